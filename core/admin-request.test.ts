import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ADMIN_REQUESTS, type AdminRequest, type MemberChange } from './admin-request.ts';

const name = (node: number): string => `n${node + 1}`;
const node = fc.nat(4);
const nodes = fc.uniqueArray(node, { minLength: 1 });

const request: fc.Arbitrary<AdminRequest> = fc.oneof(
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

/** What the event hash is fed. */
function digestOf(one: AdminRequest): readonly (string | number)[] {
  const fed: (string | number)[] = [];
  ADMIN_REQUESTS.digest(one, { int: (value) => void fed.push(value), text: (value) => void fed.push(value) });
  return fed;
}

test('requests that differ in kind or in a field feed the event hash differently, and equal ones alike', () => {
  fc.assert(
    fc.property(request, request, (one, other) => {
      expect(JSON.stringify(digestOf(one)) === JSON.stringify(digestOf(other))).toBe(
        JSON.stringify(Object.entries(one).toSorted()) === JSON.stringify(Object.entries(other).toSorted()),
      );
    }),
    { numRuns: 1000 },
  );
});

test.each<[AdminRequest, string]>([
  [{ kind: 'snapshot' }, 'take a snapshot'],
  [{ kind: 'forget-leader' }, 'forget the leader'],
  [{ kind: 'transfer', to: 1 }, 'transfer the leadership to n2'],
  [{ kind: 'change', change: 'add', node: 3 }, 'add n4'],
  [{ kind: 'change', change: 'addLearner', node: 3 }, 'add n4 as a learner'],
  [{ kind: 'change', change: 'promote', node: 3 }, 'promote n4 to voter'],
  [{ kind: 'change', change: 'remove', node: 0 }, 'remove n1'],
  [{ kind: 'reconfigure', voters: [0, 1], learners: [], leave: 'auto' }, 'reconfigure to voters n1, n2'],
  [
    { kind: 'reconfigure', voters: [0, 1], learners: [2], leave: 'explicit' },
    'reconfigure to voters n1, n2 and learners n3, and stay joint',
  ],
  [{ kind: 'leave-joint' }, 'leave the joint configuration'],
])('%j reads: %s', (one, phrase) => {
  expect(ADMIN_REQUESTS.describe(one, name)).toBe(phrase);
});
