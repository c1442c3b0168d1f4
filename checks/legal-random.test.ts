/**
 * Random histories of a small Raft on the fake cluster: messages late, twice or never, writes that become durable one
 * by one, crashes between any two, logs compacted and members changed. Legal ones lead to no violation; with one rule broken,
 * the right violation is reported first.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Broken, RandomRaft } from './testing/fake-random-raft.ts';

const histories = fc.record({
  nodes: fc.noBias(fc.integer({ min: 1, max: 5 })),
  compacts: fc.boolean(),
  changes: fc.boolean(),
  choices: fc.array(fc.noBias(fc.nat()), { minLength: 1_500, maxLength: 1_500 }),
});

test('no legal history leads to a violation', () => {
  const marks = new Set<string>();
  let committed = 0;
  fc.assert(
    fc.property(histories, ({ choices, ...options }) => {
      const raft = new RandomRaft({ ...options, broken: 'none' });
      const { cluster } = raft;
      for (const choice of choices) {
        raft.act(choice);
        if (cluster.violation !== null) break;
      }
      expect(cluster.end()).toBeNull();
      for (const mark of cluster.marks.keys()) marks.add(mark);
      committed += cluster.checks.committed;
    }),
    { numRuns: 400, seed: 1 },
  );
  // Enough happened in these histories.
  expect(committed).toBeGreaterThan(1_000);
  expect([...marks].toSorted((a, b) => (a < b ? -1 : 1))).toEqual(
    expect.arrayContaining([
      'candidate-stepped-down',
      'configuration-committed',
      'configuration-rolled-back',
      'entries-lost',
      'indirect-commit',
      'joint-left',
      'leader-change',
      'leader-removed',
      'leader-stepped-down',
      'learner-added',
      'log-compacted',
      'log-discarded',
      'log-truncated',
      'old-term-majority',
      'removed-node-campaigned',
      'request-committed-twice',
      'snapshot-installed',
      'snapshot-taken',
      'split-vote',
      'stale-leader',
      'log-suffix-kept',
      'term-lost',
      'vote-denied',
      'vote-denied-by-log',
      'vote-lost',
      'write-rolled-back',
    ]),
  );
});

const EXPECTED: readonly [Exclude<Broken, 'none'>, readonly string[]][] = [
  ['votes twice', ['I8']],
  ['votes for any log', ['I3']],
  ['forgets its vote in a crash', ['I36']],
  ['leads with a minority', ['I1', 'I3', 'I19']],
  ['commits old terms by counting', ['I14']],
  ['commits with a minority', ['I14']],
  ['acknowledges before it is durable', ['I12', 'I16']],
  ['truncates its log for a short message', ['I3', 'I6', 'I12', 'I14', 'I22']],
  ['ignores prevLogTerm', ['I2', 'I6', 'I12', 'I18']],
  ['commits beyond what it was sent', ['I6']],
  ['counts replies of earlier terms', ['I12']],
  ['changes two voters at once', ['I24']],
  ['changes the members before it has committed anything', ['I24']],
  ['keeps a configuration that its log has lost', ['I23']],
  ['counts replies of non-voters', ['I14', 'I19', 'I26']],
  ['installs snapshots that are behind', ['I9']],
  ['drops the entries after a snapshot', ['I27']],
];

test.each(EXPECTED)('a node that %s is found by %j first', (broken, expected) => {
  const found = new Set<string>();
  for (const { choices, ...options } of fc.sample(histories, { numRuns: 300, seed: 1 })) {
    const raft = new RandomRaft({ ...options, broken });
    const { cluster } = raft;
    for (const choice of choices) {
      raft.act(choice);
      if (cluster.violation !== null) break;
    }
    if (cluster.violation !== null) found.add(cluster.violation.invariant);
  }
  expect([...found].filter((id) => !expected.includes(id))).toEqual([]);
  expect(found.size).toBeGreaterThan(0);
});
