import { expect, test } from 'vitest';
import { mistakes } from '../testing/load.ts';

const script = (steps: string): string => `cluster: { nodes: 3 }\nclients: 2\nscript:\n${steps}\n`;

/** The mistakes in a script, without their places. */
const said = (text: string): readonly string[] => mistakes(text).map((one) => one.replace(/^\S+ [^:]*: /u, ''));

test.each([
  ['- disk: full', ['did you mean { nodes: …, full: … }?']],
  ['- disk: { nodes: n1, index: 5 }', ['only an entry has an index']],
  ['- upgrade: all\n  preVote: true', ['unknown key "preVote"; it belongs under "raft"']],
  ['- upgrade: n1\n  raft: preVote', ['did you mean { preVote: … }?']],
  ['- upgrade: n1\n  raft: { nodes: { n1: { preVote: true } } }', ['the step itself says which nodes']],
  ['- until: { operations: { ok: 10+ } }', ['did you mean { min: 10 }?']],
  ["- until: { operations: { ok: '<= 10' } }", ['did you mean { max: 10 }?']],
  ['- until: { operations: { ok: 1..10 } }', ['did you mean { min: 1, max: 10 }?']],
  ['- until: { reads: { key: x, value: a } }', ['unknown key "value"; did you mean "values"?']],
  ['- drop: AppendEntries', ['did you mean { types: AppendEntries }?']],
  ['- hold: n1 -> n2', ['did you mean { links: n1 -> n2 }?']],
  ['- drop: { types: AppendEntries, from: n1 }', ['unknown key "from"; did you mean "links"?']],
  ['- drop: { types: AppendEntries, times: 3 }', ['unknown key "times"; did you mean "count"?']],
  ['- delay: 200ms', ['did you mean { by: 200ms }?']],
  ['- delay: { types: AppendEntries, for: 200ms }', ['how much later messages arrive is written by: 200ms']],
  ['- corrupt: n1', ['"corrupt" damages messages; what is on a disk, this does: disk: { nodes: n1, corrupt: entry }']],
  ['- corrupt: { nodes: n1, entry: 3 }', ['"corrupt" damages messages']],
  ['- release: { links: all }', ['did you mean release: all?']],
  ['- each: [n1, n2]\n  do: [{ crash: it }]', ['unknown node "it"; did you mean $it?']],
  ['- each: [n1, n2]\n  do: [{ crash: $item }]', ['$item is never bound; the node of "each" is $it']],
  [
    '- each: [n1, n2]\n  as: node\n  do: [{ crash: $it }]',
    ['"as" is not needed: in the steps of "each", $it is the node'],
  ],
  ['- each: 3\n  do: [{ wait: 1s }]', ['"each" takes nodes; "repeat" executes steps several times']],
  ['- restart: $it', ['$it is never bound here; it is the node in the steps of "each"']],
  ['- for: [n1, n2]\n  do: [{ crash: n1 }]', ['"for" says how long a fault lasts, beside its action; "each" executes']],
])('a step that people write is told what to write instead, once: %s', (steps, messages) => {
  expect(said(script(steps))).toEqual(messages.map((message) => expect.stringContaining(message)));
});

test.each([
  [
    'priority: { n1: 0 }',
    'expected a priority from 0 to 3, got a mapping; for one node write nodes: { n1: { priority: 0 } }',
  ],
  ['n1: { priority: 1 }', 'unknown key "n1"; what differs at one node belongs under "nodes": nodes: { n1: { … } }'],
  [
    'nodes: { n1: { mutant: E8 } }',
    'unknown key "mutant"; a known bug of one node is written cluster.mutant: { n1: V1 }',
  ],
])('an option of one node is told how it is written: %s', (options, message) => {
  expect(said(`cluster: { nodes: 3, raft: { ${options} } }`)).toEqual([message]);
});

test('a matrix over options without "cluster" is told where they belong', () => {
  expect(said('cluster: { nodes: 3 }\nmatrix: { raft.preVote: [true, false] }')).toEqual([
    'unknown key "raft"; it belongs under "cluster"',
  ]);
});
