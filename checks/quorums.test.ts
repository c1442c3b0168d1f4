import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Configuration } from '../core/messages.ts';
import { illegalStep } from './configurations.ts';
import { members } from './testing/fake-cluster.ts';
import { disjointQuorums, hasQuorum, isOnlyVoter, reachedByQuorum, smallestQuorum } from './quorums.ts';

const NODES = 6;
const ALL = new Uint8Array(NODES).fill(1);

const someNodes = fc.subarray(
  Array.from({ length: NODES }, (_, node) => node),
  { minLength: 1 },
);
const anyConfiguration = fc
  .record({ voters: someNodes, outgoing: fc.oneof(fc.constant<number[]>([]), someNodes) })
  .map(({ voters, outgoing }) => members(voters, { outgoing }));

function flags(...nodes: readonly number[]): Uint8Array {
  const all = new Uint8Array(NODES);
  for (const node of nodes) all[node] = 1;
  return all;
}

/** Every set of nodes, as flags. */
const SETS = Array.from({ length: 1 << NODES }, (_, bits) =>
  Uint8Array.from({ length: NODES }, (_one, node) => (bits >> node) & 1),
);

describe('a quorum', () => {
  test('is a majority of the voters; learners and other nodes do not count', () => {
    const four = members([0, 1, 2, 3], { learners: [4] });
    expect(hasQuorum(four, flags(0, 1, 2))).toBe(true);
    expect(hasQuorum(four, flags(0, 1, 4, 5))).toBe(false);
    expect(smallestQuorum(four)).toBe(3);
  });

  test('of a joint configuration is a majority of each of its two sets of voters', () => {
    const joint = members([3, 4, 5], { outgoing: [0, 1, 2] });
    expect(hasQuorum(joint, flags(0, 1, 3, 4))).toBe(true);
    expect(hasQuorum(joint, flags(0, 1, 2, 3))).toBe(false);
    expect(hasQuorum(joint, flags(2, 3, 4, 5))).toBe(false);
  });

  test('is one node by itself if no other node votes', () => {
    expect(isOnlyVoter(members([3], { learners: [1] }), 3)).toBe(true);
    expect(isOnlyVoter(members([3]), 1)).toBe(false);
    expect(isOnlyVoter(members([3], { outgoing: [1, 3] }), 3)).toBe(false);
    expect(isOnlyVoter(members([1, 3]), 3)).toBe(false);
  });

  test('needs at least one voter', () => {
    expect(hasQuorum(members([]), ALL)).toBe(false);
    expect(hasQuorum(members([2]), flags(2))).toBe(true);
  });
});

describe('disjoint quorums', () => {
  test('are found exactly if a search of all sets finds some', () => {
    fc.assert(
      fc.property(anyConfiguration, anyConfiguration, fc.nat(SETS.length - 1), (a, b, drawn) => {
        const candidates = SETS[drawn]!;
        const exists = SETS.some(
          (set) =>
            hasQuorum(
              a,
              set.map((one, node) => one & candidates[node]!),
            ) &&
            hasQuorum(
              b,
              set.map((one, node) => 1 - (one & candidates[node]!)),
            ),
        );
        expect(disjointQuorums(a, b, candidates) !== null).toBe(exists);
      }),
    );
  });

  test('are quorums, disjoint, and the first is drawn from the candidates', () => {
    fc.assert(
      fc.property(anyConfiguration, anyConfiguration, fc.nat(SETS.length - 1), (a, b, drawn) => {
        const candidates = SETS[drawn]!;
        const found = disjointQuorums(a, b, candidates);
        if (found === null) return;
        expect(hasQuorum(a, flags(...found.first))).toBe(true);
        expect(hasQuorum(b, flags(...found.second))).toBe(true);
        expect(found.first.filter((node) => found.second.includes(node))).toEqual([]);
        expect(found.first.every((node) => candidates[node] === 1)).toBe(true);
      }),
    );
  });

  test('do not exist after a legal change, among any voters', () => {
    fc.assert(
      fc.property(anyConfiguration, anyConfiguration, (a: Configuration, b: Configuration) => {
        fc.pre(illegalStep(a, b) === null);
        expect(disjointQuorums(b, a, ALL)).toBeNull();
        expect(disjointQuorums(a, b, ALL)).toBeNull();
      }),
      { numRuns: 2_000 },
    );
  });

  test('exist after a change of two voters at once, as in Figure 10', () => {
    const found = disjointQuorums(members([0, 1, 2, 3, 4]), members([0, 1, 2]), ALL);
    expect(found?.first).toHaveLength(3);
    expect(found?.second).toHaveLength(2);
  });
});

const THREE_VOTERS: Configuration = { voters: [0, 1, 2], outgoing: [], learners: [3], leavesByItself: true };

test.each([
  [{}, [5, 7, 9, 99, 99], 7],
  [{}, [5, 5, 9, 99, 99], 5],
  [{ voters: [0, 1, 2, 3] }, [5, 6, 7, 8, 99], 6],
  [{ voters: [2] }, [99, 99, 7, 99, 99], 7],
  [{ outgoing: [2, 3, 4] }, [5, 7, 9, 6, 1], 6],
  [{ outgoing: [2, 3, 4] }, [5, 7, 9, 8, 8], 7],
  [{ voters: [] }, [1, 1, 1, 1, 1], -Infinity],
] as const)('of a configuration with %o, a quorum reaches, of %o, %d', (changes, values, reached) => {
  expect(reachedByQuorum({ ...THREE_VOTERS, ...changes }, values)).toBe(reached);
});
