import fc from 'fast-check';
import { expect, test } from 'vitest';
import { allVoters, joint } from './configuration.ts';
import { freshDisk } from './disk.ts';
import { RaftNode } from './node.ts';
import { DEFAULT_OPTIONS } from './options.ts';
import { committedIndex } from './quorum.ts';
import { RULES } from './rules/index.ts';

const NODES = 25;

/** By definition: of all indices from 0 on, the highest that `quorum` of these nodes reach. */
function bruteForce(matchIndex: Float64Array, among: readonly number[], quorum: number): number {
  for (let index = Math.max(0, ...matchIndex); index > 0; index--)
    if (among.filter((node) => matchIndex[node]! >= index).length >= quorum) return index;
  return 0;
}

const matches = fc
  .oneof(
    // As in a run: nearly all of them equal or adjacent.
    fc.array(fc.constantFrom(0, 7, 8, 9), { minLength: NODES, maxLength: NODES }),
    fc.array(fc.nat(40), { minLength: NODES, maxLength: NODES }),
  )
  .map((indices) => Float64Array.from(indices));
const someNodes = fc.uniqueArray(fc.nat(NODES - 1), { minLength: 1, maxLength: NODES });

test('Figure 2 the committed index is the highest that a quorum reaches, for any quorum of any nodes', () => {
  fc.assert(
    fc.property(matches, someNodes, fc.integer({ min: 1, max: NODES }), (matchIndex, among, quorum) => {
      expect(committedIndex(matchIndex, among, quorum)).toBe(bruteForce(matchIndex, among, quorum));
    }),
    { numRuns: 2000 },
  );
});

test('dissertation §4.3 while the configuration is joint, the index must be reached by a majority of either set', () => {
  const node = new RaftNode(0, NODES, DEFAULT_OPTIONS, RULES, freshDisk(allVoters(NODES)));
  fc.assert(
    fc.property(matches, someNodes, someNodes, (matchIndex, voters, outgoing) => {
      node.matchIndex.set(matchIndex);
      node.configuration = joint(voters, outgoing, [], true);
      const majority = (among: readonly number[]) => bruteForce(matchIndex, among, Math.floor(among.length / 2) + 1);
      expect(RULES.quorumMatchIndex(node)).toBe(Math.min(majority(voters), majority(outgoing)));
    }),
    { numRuns: 1000 },
  );
});
