import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { leadsSomewhere, linksOf } from './markdown.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const INDEX = 'docs/README.md';
const DOCS = readdirSync(join(ROOT, 'docs')).filter((name) => name.endsWith('.md'));
const PAGES = ['README.md', 'CONTRIBUTING.md', 'core/README.md', ...DOCS.map((name) => `docs/${name}`)];

test('docs/README.md, which the README links, leads to every page', () => {
  const linked = linksOf(ROOT, INDEX).map(({ file }) => file);
  expect(PAGES.filter((page) => page !== INDEX && !linked.includes(page))).toEqual([]);
  expect(linksOf(ROOT, 'README.md').map(({ file }) => file)).toContain(INDEX);
});

test.each(PAGES)('every link of %s leads to a file and a heading that are there', (page) => {
  const broken = linksOf(ROOT, page).filter((link) => !leadsSomewhere(ROOT, link));
  expect(broken.map(({ target }) => target)).toEqual([]);
});

// The page of renamed words names files that are gone.
test.each(PAGES.filter((page) => page !== 'docs/renamed.md'))('every path that %s names in code is there', (page) => {
  const text = readFileSync(join(ROOT, page), 'utf8');
  const folders = 'core|checks|sim|scenarios|runs|reports|cli|test|bench|docs|\\.ci';
  const paths = [...text.matchAll(new RegExp(`\`((?:${folders})/[\\w./-]*)\``, 'gu'))].map(([, path = '']) => path);
  expect(paths.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
});
