import type { NodeId } from '../sim/protocol.ts';

/** The highest index that `quorum` of these nodes reach; 0 if none. */
export function committedIndex(matchIndex: Float64Array, among: readonly NodeId[], quorum: number): number {
  let best = 0;
  for (let i = 0; i < among.length; i++) {
    const index = matchIndex[among[i]!]!;
    if (index <= best) continue;
    let reached = 0;
    for (let j = 0; j < among.length; j++) if (matchIndex[among[j]!]! >= index) reached++;
    if (reached >= quorum) best = index;
  }
  return best;
}
