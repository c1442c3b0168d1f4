import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { INVARIANTS, type Invariant } from '../checks/invariants.ts';
import { MARKS, type MarkArea } from '../checks/marks.ts';
import { LIVENESS } from '../checks/liveness-properties.ts';
import { AREAS, type Area } from '../core/areas.ts';
import { MUTANTS } from '../core/mutants/index.ts';
import { CARRIED, EVENTS } from '../runs/load/events.ts';
import { UNMET } from '../runs/fuzz/mutant-hunt.ts';

const PAGE = fileURLToPath(new URL('../docs/invariants.md', import.meta.url));

/** Trace events by what they are about, in the order of the page. */
const EVENT_THEMES: Readonly<Record<string, readonly string[]>> = {
  'messages and timers': [
    ...[
      'sent',
      'held',
      'dropped',
      'duplicated',
      'held-back',
      'delayed',
      'corrupted',
      'delivered',
      'handled',
      'busy',
      'timer',
    ],
  ],
  'disks and state machines': [
    'writing',
    'persisted',
    'write-failed',
    'read-failed',
    'applied',
    'snapshot-taken',
    'restored',
  ],
  elections: ['term-raised', 'pre-candidate', 'candidate', 'vote-granted', 'vote-denied', 'elected', 'stepped-down'],
  logs: ['appended', 'truncated', 'committed', 'configuration'],
  'clients and administrators': [
    'invoked',
    'retried',
    'completed',
    'registered',
    'load',
    'admin-request',
    'admin-rejected',
  ],
  faults: ['crashed', 'panicked', 'halted', 'restarted', 'paused', 'resumed', 'fault'],
  'the run': ['started', 'step', 'mark'],
};

const MARK_AREAS: readonly MarkArea[] = [...AREAS, 'clients', 'network'];

test('docs/invariants.md lists the invariants, liveness properties, marks, events and known bugs there are', () => {
  const page = invariantsPage();
  if (process.env['WHITEWATER_UPDATE'] === '1') writeFileSync(PAGE, page);
  expect(readFileSync(PAGE, 'utf8')).toBe(page);
});

test('docs/invariants.md shows each mark, event and known bug in one group', () => {
  expect(Object.values(EVENT_THEMES).flat().toSorted()).toEqual([...EVENTS.keys()].toSorted());
  expect([...MARKS.values()].filter(({ area }) => !MARK_AREAS.includes(area))).toEqual([]);
});

test('every known bug names invariants and liveness properties that are checked', () => {
  for (const { violates } of MUTANTS.values())
    for (const id of violates) expect(INVARIANTS.has(id) || LIVENESS.has(id) || id === UNMET).toBe(true);
});

function invariantsPage(): string {
  return [
    ...INTRODUCTION,
    ...SAFETY,
    ...table(['id', 'name', 'what must hold', 'area', 'from'], [...INVARIANTS.values()].map(propertyRow)),
    ...ALIVE,
    ...table(['id', 'name', 'what must happen', 'area', 'from'], [...LIVENESS.values()].map(propertyRow)),
    ...SITUATIONS,
    ...MARK_AREAS.flatMap(marksOf),
    ...TRACES,
    ...MESSAGES,
    ...Object.entries(EVENT_THEMES).flatMap(([theme, kinds]) => eventsOf(theme, kinds)),
    ...BUGS,
    ...AREAS.flatMap(mutantsOf),
  ]
    .join('\n')
    .replace(/\n+$/u, '\n');
}

const INTRODUCTION: readonly string[] = [
  '# What is checked',
  '',
  '<!-- Made from the lists in checks/, sim/ and core/mutants/ by test/docs.test.ts. Change those, not this page. -->',
  '',
  'What must hold in every run, what a scenario can ask a run to have produced, what a trace shows, and which known bugs',
  'can be switched on. An area is a section of [raft.md](raft.md).',
  '',
  '- [Invariants](#invariants)',
  '- [Liveness](#liveness)',
  '- [Marks](#marks)',
  '- [Trace events](#trace-events)',
  '- [Known bugs](#known-bugs)',
  '',
];

const SAFETY: readonly string[] = [
  '## Invariants',
  '',
  'Every invariant is checked after every event of every run, against the whole history: the vote of a crashed node and',
  'the term of a deposed leader still count. The first invariant that breaks is reported, and the run ends there.',
  '',
];

const ALIVE: readonly string[] = [
  '## Liveness',
  '',
  'After `settle`, a run must also show that the cluster is alive: one leader, equal logs that are committed and applied',
  'to the end, a reply to every client, and a fresh write accepted. The following properties are checked in every run, as',
  'far as the options in `cluster.raft` ask for them. If one fails, the run is `unmet`.',
  '',
];

const SITUATIONS: readonly string[] = [
  '## Marks',
  '',
  'A mark records that a situation occurred. Scenarios name the marks they must produce; a run without them is `unmet`,',
  'not a pass.',
  '',
];

const TRACES: readonly string[] = [
  '## Trace events',
  '',
  '`on:` steps wait for trace events, as `{ event: committed, node: n1, index: 3 }`, and `trace --kind` shows them.',
  '`node` is where an event happens, `peer` the other end. `type` is the type of a message, or `Request` for what clients',
  'send and `Reply` for what they get. What a message carries is a field of its event, too.',
  '',
];

const MESSAGES: readonly string[] = group(
  'What messages carry',
  ['type', 'fields'],
  [...CARRIED].map(([type, fields]) => [code(type), Object.keys(fields).map(code).join(', ')]),
);

const BUGS: readonly string[] = [
  '## Known bugs',
  '',
  '`cluster.mutant: ID` runs a scenario with a known bug in every node. Each replaces one or two entries of the table in',
  '`core/rules/`; `whitewater mutants run --with library` shows which bundled scenario catches it first. Any of the invariants',
  `and liveness properties given may be the first to break. \`${UNMET}\`: an expectation of the scenario fails.`,
  '',
];

function propertyRow({ id, title, statement, area, section }: Invariant): string[] {
  return [id, title, statement, area === null ? '–' : areaLink(area), section];
}

function marksOf(area: MarkArea): string[] {
  const marks = [...MARKS.values()].filter((mark) => mark.area === area);
  return group(
    `Marks: ${area}`,
    ['mark', 'what happened'],
    marks.map(({ id, statement }) => [code(id), statement]),
  );
}

function eventsOf(theme: string, kinds: readonly string[]): string[] {
  const events = kinds.map((kind) => EVENTS.get(kind)!);
  return group(
    `Events: ${theme}`,
    ['event', 'when', 'fields'],
    events.map(({ id, statement, fields }) => [code(id), statement, Object.keys(fields).map(code).join(', ')]),
  );
}

function mutantsOf(area: Area): string[] {
  const mutants = [...MUTANTS.values()].filter((mutant) => mutant.area === area);
  return group(
    `Known bugs: ${area}`,
    ['id', 'the bug', 'breaks'],
    mutants.map(({ id, statement, violates }) => [id, statement, violates.join(', ')]),
  );
}

/** A heading with its table; nothing if the table has no rows. */
function group(title: string, head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  return rows.length === 0 ? [] : [`### ${title}`, '', ...table(head, rows)];
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).concat('');
}

function areaLink(area: Area): string {
  return `[${area}](raft.md#${area})`;
}

function code(word: string): string {
  return `\`${word}\``;
}
