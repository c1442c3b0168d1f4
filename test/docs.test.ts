import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { INVARIANTS } from '../checks/invariants.ts';
import { MARKS } from '../checks/marks.ts';
import { LIVENESS } from '../checks/liveness-properties.ts';
import { MUTANTS } from '../core/mutants/index.ts';
import { MESSAGE_TYPES } from '../core/wire.ts';
import { EVENTS } from '../runs/load/events.ts';
import { UNMET } from '../runs/fuzz/mutant-hunt.ts';

const PAGE = fileURLToPath(new URL('../docs/invariants.md', import.meta.url));

test('docs/invariants.md lists the invariants, liveness properties, marks, events and known bugs there are', () => {
  const page = invariantsPage();
  if (process.env['WHITEWATER_UPDATE'] === '1') writeFileSync(PAGE, page);
  expect(readFileSync(PAGE, 'utf8')).toBe(page);
});

test('every known bug names invariants and liveness properties that are checked', () => {
  for (const { violates } of MUTANTS.values())
    for (const id of violates) expect(INVARIANTS.has(id) || LIVENESS.has(id) || id === UNMET).toBe(true);
});

function invariantsPage(): string {
  const invariants = [...INVARIANTS.values()].map(
    ({ id, title, section, statement }) => `| ${id} | ${title} | ${statement} | ${section} |`,
  );
  const liveness = [...LIVENESS.values()].map(
    ({ id, title, section, statement }) => `| ${id} | ${title} | ${statement} | ${section} |`,
  );
  const marks = [...MARKS.values()].map(({ id, statement }) => `| \`${id}\` | ${statement} |`);
  const events = [...EVENTS].map(
    ([name, { statement, fields }]) =>
      `| \`${name}\` | ${statement} | ${Object.keys(fields)
        .map((field) => `\`${field}\``)
        .join(', ')} |`,
  );
  const mutants = [...MUTANTS.values()].map(
    ({ id, statement, violates }) => `| ${id} | ${statement} | ${violates.join(', ')} |`,
  );
  return [
    '# What is checked',
    '',
    'Every invariant is checked after every event of every run, against the whole history: the vote of a crashed node and',
    'the term of a deposed leader still count. The first invariant that breaks is reported.',
    '',
    '| id | name | what must hold | from |',
    '| --- | --- | --- | --- |',
    ...invariants,
    '',
    'After `settle`, a run must also show that the cluster is alive: one leader, equal logs that are committed and applied',
    'to the end, a reply to every client, and a fresh write accepted. The following properties are checked in every run, as',
    'far as the options in `cluster.raft` ask for them; if one fails, the run is `unmet`.',
    '',
    '| id | name | what must happen | from |',
    '| --- | --- | --- | --- |',
    ...liveness,
    '',
    '# Marks',
    '',
    'A mark records that a situation occurred. Scenarios name the marks they must produce; a run without them is `unmet`,',
    'not a pass.',
    '',
    '| mark | what happened |',
    '| --- | --- |',
    ...marks,
    '',
    '# Trace events',
    '',
    '`on:` steps wait for them, as `{ event: committed, node: n1, index: 3 }`, and `trace --kind` shows them. `node` is',
    'where it happens, `peer` the other end. `type` is the type of a message, or Request for what clients send:',
    `${MESSAGE_TYPES.join(', ')}.`,
    '',
    '| event | when | fields |',
    '| --- | --- | --- |',
    ...events,
    '',
    '# Known bugs',
    '',
    '`cluster.mutant: ID` runs a scenario with a known bug in every node. Each replaces one or two entries of the table in',
    '`core/rules/`; in a checkout, `npm run mutants` shows which bundled scenario catches it first. Any of the invariants',
    'given may be the first to break.',
    '',
    '| id | the bug | breaks |',
    '| --- | --- | --- |',
    ...mutants,
    '',
  ].join('\n');
}
