import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { AREAS } from '../core/areas.ts';
import { MUTANTS } from '../core/mutants/index.ts';
import { DEFAULT_OPTIONS } from '../core/options.ts';
import { RULES } from '../core/rules/index.ts';

const PAGE = read('../docs/raft.md');

/** Text of each section by its heading, in the order of the page. */
const SECTIONS: ReadonlyMap<string, string> = new Map(
  PAGE.split(/^## /m)
    .slice(1)
    .map((section) => {
      const end = section.indexOf('\n');
      return [section.slice(0, end), section.slice(end)];
    }),
);

/** The rows of the tables of options: name, and default as it is written. */
const OPTIONS: ReadonlyMap<string, string> = new Map(
  [...PAGE.matchAll(/^\| `(\w+)` +\|.*\| (\S+) +\|$/gm)].map(([, name, value]) => [name!, value!]),
);

function read(path: string): string {
  return readFileSync(fileURLToPath(new URL(path, import.meta.url)), 'utf8');
}

/** What a section says at one point of its list, such as `Rules`, up to the next point or the end. */
function point(section: string, name: string): string {
  return new RegExp(`^- \\*\\*${name}\\*\\*:?([^]*?)(?=^- \\*\\*|$(?![^]))`, 'm').exec(section)?.[1] ?? '';
}

function rulesIn(section: string): string[] {
  return [...point(section, 'Rules').matchAll(/`(\w+)`/g)].map(([, name]) => name!);
}

/** The ids at `Avoids`, with ranges such as `S1 to S12` written out. */
function avoidedIn(section: string): string[] {
  const text = point(section, 'Avoids').split('. ')[0]!;
  return [...text.matchAll(/([A-Z])(\d+)(?: to \1(\d+))?/g)].flatMap(([, letter, from, to = from]) =>
    Array.from({ length: Number(to) - Number(from) + 1 }, (_, i) => `${letter!}${Number(from) + i}`),
  );
}

test('docs/raft.md has a section for each area, in their order, and lists them', () => {
  expect([...SECTIONS.keys()]).toEqual(AREAS);
  expect([...PAGE.matchAll(/^\d+\. \[(.+)\]\(#\1\)$/gm)].map(([, title]) => title)).toEqual(AREAS);
});

test('docs/raft.md has every option of the Raft core, with its default, and no other', () => {
  const { electionTimeout, heartbeatInterval, ...others } = DEFAULT_OPTIONS;
  const expected = Object.entries(others).map(([name, value]) => [name, value === null ? 'none' : `\`${value}\``]);
  expected.push(['electionTimeout', `\`${electionTimeout.map((micros) => `${micros / 1000}ms`).join('..')}\``]);
  expected.push(['heartbeatInterval', `\`${heartbeatInterval / 1000}ms\``]);
  expect(Object.fromEntries(OPTIONS)).toEqual(Object.fromEntries(expected));
});

test('scenarios can set every option of the Raft core: docs/scenarios.md lists them under cluster.raft', () => {
  const section = read('../docs/scenarios.md')
    .split('\n### `cluster.raft`\n')[1]!
    .split('\n## ')[0]!
    .split('\n### ')[0]!;
  const keys = [...section.matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name!);
  // `nodes` has them by node.
  expect(keys.toSorted()).toEqual([...Object.keys(DEFAULT_OPTIONS), 'nodes'].toSorted());
});

test('docs/raft.md has every rule of the table, and none that is not there', () => {
  const named = new Set([...SECTIONS.values()].flatMap(rulesIn));
  expect([...named].toSorted()).toEqual(Object.keys(RULES).toSorted());
});

test.each(readdirSync(fileURLToPath(new URL('../core/rules/', import.meta.url))))(
  'docs/raft.md names the rules of core/rules/%s in the section of that area',
  (file) => {
    const area = file.replace('.ts', '');
    const rules = [...read(`../core/rules/${file}`).matchAll(/^ {2}(\w+)\(.*\): [^;{]+;$/gm)].map(([, name]) => name);
    if (!AREAS.some((one) => one === area)) return;
    expect(rules.length).toBeGreaterThan(0);
    expect(rulesIn(SECTIONS.get(area)!)).toEqual(expect.arrayContaining(rules));
  },
);

test.each(AREAS)('docs/raft.md says of %s what it avoids, its source, and every known bug of the area', (area) => {
  const section = SECTIONS.get(area)!;
  expect(point(section, 'Source')).not.toBe('');
  const mutants = [...MUTANTS.values()].filter((mutant) => mutant.area === area).map(({ id }) => id);
  expect(avoidedIn(section)).toEqual(expect.arrayContaining(mutants));
});

test('links within docs/raft.md lead to a section', () => {
  for (const [, anchor] of PAGE.matchAll(/\]\(#([^)]+)\)/g)) expect(AREAS).toContain(anchor);
});
