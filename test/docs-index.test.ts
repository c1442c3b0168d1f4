import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { anchorsIn, type Link, linksIn } from './markdown.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const INDEX = 'docs/README.md';
const DOCS = readdirSync(join(ROOT, 'docs')).filter((name) => name.endsWith('.md'));
const PAGES = ['README.md', 'CONTRIBUTING.md', 'core/README.md', ...DOCS.map((name) => `docs/${name}`)];

function read(file: string): string {
  return readFileSync(join(ROOT, file), 'utf8');
}

/** The file that a link of a page leads to, from the root. */
function fileOf(page: string, { path }: Link): string {
  return path === '' ? page : relative(ROOT, join(ROOT, dirname(page), path));
}

/** Whether a link leads to something that is there, in the repository. */
function leadsSomewhere(page: string, link: Link): boolean {
  const file = fileOf(page, link);
  if (file.startsWith('..') || !existsSync(join(ROOT, file))) return false;
  if (link.anchor === null) return true;
  return statSync(join(ROOT, file)).isFile() && anchorsIn(read(file)).includes(link.anchor);
}

test('docs/README.md, which the README links, leads to every page', () => {
  const linkedBy = (page: string): string[] => linksIn(read(page)).map((link) => fileOf(page, link));
  const linked = linkedBy(INDEX);
  expect(PAGES.filter((page) => page !== INDEX && !linked.includes(page))).toEqual([]);
  expect(linkedBy('README.md')).toContain(INDEX);
});

test.each(PAGES)('every link of %s leads to a file and a heading that are there', (page) => {
  const broken = linksIn(read(page)).filter((link) => !leadsSomewhere(page, link));
  expect(broken.map(({ target }) => target)).toEqual([]);
});

// The page of renamed words names files that are gone.
test.each(PAGES.filter((page) => page !== 'docs/renamed.md'))('every path that %s names in code is there', (page) => {
  const folders = 'core|checks|sim|scenarios|runs|reports|cli|test|bench|docs|\\.ci';
  const paths = read(page).matchAll(new RegExp(`\`((?:${folders})/[\\w./-]*)\``, 'gu'));
  expect([...paths].map(([, path = '']) => path).filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
});

test('anchors are those that GitHub makes', () => {
  const page =
    '# `cluster.raft`\n\n## What a verdict means\n\n```sh\n# a comment\n```\n\n### Marks: pre-vote\n\n## What a verdict means\n';
  const anchors = ['clusterraft', 'what-a-verdict-means', 'marks-pre-vote', 'what-a-verdict-means-1'];
  expect(anchorsIn(page)).toEqual(anchors);
});
