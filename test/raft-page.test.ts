import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { DEFAULT_OPTIONS } from '../core/options.ts';
import { RULES } from '../core/rules/index.ts';

const PAGE = readFileSync(fileURLToPath(new URL('../docs/raft.md', import.meta.url)), 'utf8');

/** The rows of the tables of options: name, and default as it is written. */
const OPTIONS: ReadonlyMap<string, string> = new Map(
  [...PAGE.matchAll(/^\| `(\w+)` +\|.*\| (\S+) +\|$/gm)].map(([, name, value]) => [name!, value!]),
);

/** What follows `**Rules**:`, up to the next point of the list. */
const RULE_LISTS: readonly string[] = [...PAGE.matchAll(/^- \*\*Rules\*\*:([^]*?)^- \*\*/gm)].map(([, list]) => list!);

test('docs/raft.md has every option of the Raft core, with its default, and no other', () => {
  const { electionTimeout, heartbeatInterval, ...others } = DEFAULT_OPTIONS;
  const expected = Object.entries(others).map(([name, value]) => [name, value === null ? 'none' : `\`${value}\``]);
  expected.push(['electionTimeout', `\`${electionTimeout.map((micros) => `${micros / 1000}ms`).join('..')}\``]);
  expected.push(['heartbeatInterval', `\`${heartbeatInterval / 1000}ms\``]);
  expect(Object.fromEntries(OPTIONS)).toEqual(Object.fromEntries(expected));
});

test('docs/raft.md has every rule of the table, and none that is not there', () => {
  const named = new Set(RULE_LISTS.flatMap((list) => [...list.matchAll(/`(\w+)`/g)].map(([, name]) => name!)));
  expect([...named].toSorted()).toEqual(Object.keys(RULES).toSorted());
});

test('docs/raft.md lists its sections, and each has rules and a source', () => {
  const sections = [...PAGE.matchAll(/^## (.+)$/gm)].map(([, title]) => title!);
  const listed = [...PAGE.matchAll(/^\d+\. \[(.+)\]\(#.+\)$/gm)].map(([, title]) => title!);
  expect(listed).toEqual(sections);
  expect(RULE_LISTS.length).toBe(sections.length);
  expect([...PAGE.matchAll(/^- \*\*Source\*\*: /gm)].length).toBe(sections.length);
});

test('links within docs/raft.md lead to a section', () => {
  const anchors = [...PAGE.matchAll(/^## (.+)$/gm)].map(([, title]) =>
    title!
      .toLowerCase()
      .replace(/[^\w -]/g, '')
      .replaceAll(' ', '-'),
  );
  for (const [, anchor] of PAGE.matchAll(/\]\(#([^)]+)\)/g)) expect(anchors).toContain(anchor);
});
