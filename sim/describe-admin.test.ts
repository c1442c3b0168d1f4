import fc from 'fast-check';
import { expect, test } from 'vitest';
import { describeOrder } from './describe-admin.ts';
import type { MemberChange, AdminRequest } from './protocol.ts';

const name = (node: number): string => `n${node + 1}`;
const node = fc.nat(4);
const nodes = fc.uniqueArray(node, { minLength: 1 });

const order: fc.Arbitrary<AdminRequest> = fc.oneof(
  fc.constantFrom<AdminRequest>({ kind: 'snapshot' }, { kind: 'forget-leader' }, { kind: 'leave-joint' }),
  fc.record({ kind: fc.constant('transfer' as const), to: node }),
  fc.record({
    kind: fc.constant('change' as const),
    change: fc.constantFrom<MemberChange>('add', 'addLearner', 'promote', 'remove'),
    node,
  }),
  fc.record({
    kind: fc.constant('reconfigure' as const),
    voters: nodes,
    learners: fc.oneof(fc.constant([]), nodes),
    leave: fc.constantFrom('auto' as const, 'explicit' as const),
  }),
);

test('orders are told apart by their words, which go into the hash', () => {
  fc.assert(
    fc.property(order, order, (one, other) => {
      expect(describeOrder(one, String) === describeOrder(other, String)).toBe(
        JSON.stringify(Object.entries(one).toSorted()) === JSON.stringify(Object.entries(other).toSorted()),
      );
    }),
    { numRuns: 1000 },
  );
});

test.each<[AdminRequest, string]>([
  [{ kind: 'snapshot' }, 'take a snapshot'],
  [{ kind: 'forget-leader' }, 'forget the leader'],
  [{ kind: 'transfer', to: 1 }, 'hand over to n2'],
  [{ kind: 'change', change: 'add', node: 3 }, 'add n4'],
  [{ kind: 'change', change: 'addLearner', node: 3 }, 'add n4 as a learner'],
  [{ kind: 'change', change: 'promote', node: 3 }, 'make n4 a voter'],
  [{ kind: 'change', change: 'remove', node: 0 }, 'remove n1'],
  [{ kind: 'reconfigure', voters: [0, 1], learners: [], leave: 'auto' }, 'go over to voters n1, n2'],
  [
    { kind: 'reconfigure', voters: [0, 1], learners: [2], leave: 'explicit' },
    'go over to voters n1, n2 and learners n3, and stay joint',
  ],
  [{ kind: 'leave-joint' }, 'leave the joint configuration'],
])('%j is told as: %s', (order, words) => {
  expect(describeOrder(order, name)).toBe(words);
});
