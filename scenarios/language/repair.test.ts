import { describe, expect, it } from 'vitest';
import { VOCABULARY } from '../testing/examples.ts';
import { loadScenario } from './load.ts';
import { repairScenario } from './repair.ts';

/** The text of a scenario whose script is given. */
const script = (steps: string): string => `cluster: { nodes: 3 } # three\nclients: 1\nscript:\n${steps}\n`;

const repair = (text: string) => repairScenario(text, VOCABULARY);

describe('what needs no guess is repaired, the file loads then, and a second time changes nothing', () => {
  it.each([
    ['a key in another case', 'Cluster: { nodes: 3 } # three\n', 'cluster: { nodes: 3 } # three\n'],
    [
      'a key with dashes',
      'cluster:\n  nodes: 3\n  raft: { pre-vote: true }\n',
      'cluster:\n  nodes: 3\n  raft: { preVote: true }\n',
    ],
    [
      'a word that other tools use for a key',
      'description: x\ncluster: { nodes: 3 }\n',
      'about: x\ncluster: { nodes: 3 }\n',
    ],
    ['put for write', script('  - put: { key: x, value: 1 } # x'), script('  - write: { key: x, value: 1 } # x')],
    ['get for read', script('  - { get: { key: x } }'), script('  - { read: { key: x } }')],
    ['kill for crash', script('  - Kill: leader'), script('  - crash: leader')],
    ['a word in another case', script('  - crash: n1\n    disk: TEAR'), script('  - crash: n1\n    disk: tear')],
    ['yes', 'cluster: { nodes: 3, raft: { preVote: yes } }\n', 'cluster: { nodes: 3, raft: { preVote: true } }\n'],
    ['a quoted number', 'cluster: { nodes: "3" }\n', 'cluster: { nodes: 3 }\n'],
    ['a unit that is spelled otherwise', script("  - wait: '5 sec' # long"), script('  - wait: 5s # long')],
    [
      'a range with a dash',
      'cluster: { nodes: 3, raft: { electionTimeout: 150ms - 300ms } }\n',
      'cluster: { nodes: 3, raft: { electionTimeout: 150ms..300ms } }\n',
    ],
    [
      'a blank before %',
      'cluster: { nodes: 3 }\nnetwork: { loss: 5 % }\n',
      'cluster: { nodes: 3 }\nnetwork: { loss: 5% }\n',
    ],
    ['a name with $', script('  - crash: leader\n    as: $old'), script('  - crash: leader\n    as: old')],
    ['another arrow', script('  - cut: n1 => n2\n  - wait: 1s'), script('  - cut: n1 -> n2\n  - wait: 1s')],
    ['nodes in one word', script('  - crash: n1, n2'), script('  - crash: [n1, n2]')],
    [
      'a scalar for a mapping with one key',
      'cluster: 3\nsettle: 5s\n',
      'cluster: { nodes: 3 }\nsettle: { within: 5s }\n',
    ],
    [
      'a key one level too far out, between braces',
      script('  - { write: { key: x }, value: 1 } # x'),
      script('  - { write: { key: x, value: 1 } } # x'),
    ],
    [
      'a key one level too far out, in a block',
      script('  - write: { key: x } # x\n    value: 1\n    expect: ok'),
      script('  - write: { key: x, value: 1 } # x\n    expect: ok'),
    ],
    [
      'a key that belongs into a block',
      'cluster:\n  # three\n  nodes: 3\n\nmutant: E8\n# end\n',
      'cluster:\n  # three\n  mutant: E8\n  nodes: 3\n\n# end\n',
    ],
    [
      'a key for which the mapping is missing',
      'cluster:\n  nodes: 3\n  preVote: true # on\n',
      'cluster:\n  nodes: 3\n  raft: { preVote: true } # on\n',
    ],
    [
      'several keys for which the mapping is missing',
      'cluster: { nodes: 3, preVote: true, checkQuorum: yes }\n',
      'cluster: { nodes: 3, raft: { preVote: true, checkQuorum: true } }\n',
    ],
    [
      'a key one level too far in, between braces',
      script('  - { disk: { nodes: n1, for: 10s, full: true } } # full'),
      script('  - { disk: { nodes: n1, full: true }, for: 10s } # full'),
    ],
    [
      'keys one level too far in, on the line of a step',
      script('  - disk: { nodes: n1, full: true, for: 10s, must: strike } # full\n  - wait: 20s'),
      script('  - disk: { nodes: n1, full: true } # full\n    must: strike\n    for: 10s\n  - wait: 20s'),
    ],
    [
      'a key one level too far in, in the middle of a block',
      script('  - disk:\n      nodes: n1 # one\n      for: 10s\n      full: true # full\n    label: x'),
      script('  - disk:\n      nodes: n1 # one\n      full: true # full\n    for: 10s\n    label: x'),
    ],
    [
      'a key one level too far in, at the end of a block',
      'cluster: { nodes: 3 }\r\nscript:\r\n  - disk:\r\n      nodes: n1\r\n      full: true\r\n      for: 10s\r\n',
      'cluster: { nodes: 3 }\r\nscript:\r\n  - disk:\r\n      nodes: n1\r\n      full: true\r\n    for: 10s\r\n',
    ],
    [
      'a key at the end of a file that does not end its last line',
      'cluster:\n  nodes: 3\n  clients: 1',
      'cluster:\n  nodes: 3\nclients: 1',
    ],
    [
      'a key one level too far in, at the top',
      'cluster: { nodes: 3, network: { loss: 5% } } # three\nsettle: off\n',
      'cluster: { nodes: 3 } # three\nnetwork: { loss: 5% }\nsettle: off\n',
    ],
    [
      'keys two levels too far in',
      'cluster:\n  nodes: 3\n  raft:\n    preVote: true\n    clients: 3\n    mutant: E8\n# end\n',
      'cluster:\n  nodes: 3\n  raft:\n    preVote: true\n  mutant: E8\nclients: 3\n# end\n',
    ],
    [
      'a key that means something else where it stands',
      'cluster: { raft: { nodes: 3, preVote: true } }\n',
      'cluster: { raft: { preVote: true }, nodes: 3 }\n',
    ],
    [
      'the steps of a trigger, inside it',
      script('  - on: { event: elected, do: [{ crash: leader }] }'),
      script('  - on: { event: elected }\n    do: [{ crash: leader }]'),
    ],
    [
      'a mapping where a plain value belongs, in braces',
      script('  - crash: { nodes: leader, as: old } # one\n  - restart: $old'),
      script('  - crash: leader # one\n    as: old\n  - restart: $old'),
    ],
    [
      'a mapping where a plain value belongs, in a block',
      script('  - repeat:\n      times: 3\n      do: [{ wait: 1s }]'),
      script('  - repeat: 3\n    do: [{ wait: 1s }]'),
    ],
    [
      'a mapping where a list belongs',
      script('  - { partition: { groups: [[n1], [others]], for: 3s }, label: x }'),
      script('  - { partition: [[n1], [others]], for: 3s, label: x }'),
    ],
    [
      'a condition in a wait',
      script('  - wait: { leaders: 1, within: 3s } # a'),
      script('  - until: { leaders: 1 } # a\n    within: 3s'),
    ],
    ['a duration in an until', script('  - until: 3s # a'), script('  - wait: 3s # a')],
    [
      'a word for any leader',
      script('  - waitFor: { leader: any, converged: true }'),
      script('  - until: { leaders: 1, converged: true }'),
    ],
    ['after a byte order mark', '\ufeffcluster: { Nodes: 3 }\r\n', '\ufeffcluster: { nodes: 3 }\r\n'],
  ])('%s', (_, wrong, right) => {
    expect(() => loadScenario(wrong, 'wrong.yaml', VOCABULARY)).toThrow();
    const repaired = repair(wrong);
    expect(repaired.text).toBe(right);
    expect(repaired.changes.length).toBeGreaterThan(0);
    expect(() => loadScenario(right, 'right.yaml', VOCABULARY)).not.toThrow();
    expect(repair(right)).toEqual({ text: right, changes: [] });
  });
});

describe('what would be a guess is left alone', () => {
  it.each([
    ['a unit left out', script('  - wait: 150')],
    ['a range with one unit', 'cluster: { nodes: 3, raft: { electionTimeout: 150..300ms } }\n'],
    ['a misspelling', 'cluster: { noodes: 3 }\n'],
    ['a word with two meanings', script('  - stop: n1')],
    [
      'kilobytes, or kibibytes',
      script('  - write: { key: x, value: 1 }').replace('clients: 1', 'clients: { count: 1, valueSize: 5KB }'),
    ],
    ['a probability without %', script('  - maybe: 50\n    do: [{ crash: n1 }]')],
    ['a key that would be there twice', script('  - write: { key: x, value: 2 }\n    value: 1')],
    ['a word whose value does not fit', script('  - put: x')],
    ['a key with a comment of its own', script('  - write: { key: x }\n    value: 1 # one')],
    ['a value of several lines', script('  - write: { key: x }\n    value: >-\n      a\n      b')],
    ['a key at which a step begins', script('  - value: 1\n    write: { key: x }')],
    ['any leader, beside a number of them', script('  - until: { leader: any, leaders: 2 }')],
    ['a word in place of a condition', script('  - wait: leader')],
    ['a key that may be a misspelling where it stands', 'cluster: { nodes: 3, disk: { fsync: 2ms } }\n'],
    ['a key that is given further out', script('  - disk: { nodes: n1, full: true, for: 1s }\n    for: 2s')],
    ['a key without which nothing stays', 'cluster: { nodes: 3, raft: { mutant: E8 } }\n'],
    ['a key with an alias', script('  - disk: { nodes: n1, full: true, label: &a x }\n  - pause: n1\n    label: *a')],
    ['a key too far in, beside a comment', script('  - disk:\n      nodes: n1\n      full: true\n      for: 1s # one')],
    ['a mapping of which one key has no meaning', script('  - crash: { nodes: n1, hard: true }')],
    ['a mapping of one key that may mean anything', script('  - crash: { except: n1 }')],
    ['text that is no YAML', 'cluster: { Nodes: 3\n'],
    ['an empty file', ''],
  ])('%s', (_, text) => expect(repair(text)).toEqual({ text, changes: [] }));
});

it('what is repaired is listed in order, and the other mistakes stay', () => {
  const { text, changes } = repair(
    script('  - put: { key: x, value: 1 }\n  - write: { key: x }\n    value: 2\n  - wait: 150\n  - sleep: 1 sec'),
  );
  expect(text).toBe(
    script('  - write: { key: x, value: 1 }\n  - write: { key: x, value: 2 }\n  - wait: 150\n  - wait: 1s'),
  );
  expect(changes).toEqual([
    { line: 4, old: 'put', new: 'write' },
    { line: 6, old: 'script[1].value', new: 'script[1].write.value' },
    { line: 7, old: 'sleep', new: 'wait' },
    { line: 7, old: 'wait: 1 sec', new: 'wait: 1s' },
  ]);
});
