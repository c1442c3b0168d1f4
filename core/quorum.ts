import type { NodeId } from '../sim/protocol.ts';

/**
 * The highest index that `quorum` of these nodes reach; 0 if none.
 *
 * A leader computes it at every acknowledgement. An index above one that too few nodes reach is reached by too few as
 * well, so it need not be counted: matchIndexes are mostly equal or adjacent, and two or three passes settle it.
 */
export function committedIndex(matchIndex: Float64Array, among: readonly NodeId[], quorum: number): number {
  let reached = 0;
  let missed = Infinity;
  for (let i = 0; i < among.length; i++) {
    const index = matchIndex[among[i]!]!;
    if (index <= reached || index >= missed) continue;
    if (countReaching(matchIndex, among, index) >= quorum) reached = index;
    else missed = index;
  }
  return reached;
}

function countReaching(matchIndex: Float64Array, among: readonly NodeId[], index: number): number {
  let count = 0;
  for (let i = 0; i < among.length; i++) if (matchIndex[among[i]!]! >= index) count++;
  return count;
}
