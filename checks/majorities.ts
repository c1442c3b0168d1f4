import type { Configuration } from '../core/messages.ts';

/**
 * The highest value that a quorum reaches: a majority of the voters, and while joint also one of the outgoing voters.
 * Raft §5.2; dissertation §4.3. −Infinity if nobody votes.
 *
 * @param values by node
 */
export function reachedByQuorum({ voters, outgoing }: Configuration, values: ArrayLike<number>): number {
  const count = reachedByMajority(voters, values);
  return outgoing.length === 0 ? count : Math.min(count, reachedByMajority(outgoing, values));
}

function reachedByMajority(nodes: readonly number[], values: ArrayLike<number>): number {
  const majority = Math.floor(nodes.length / 2) + 1;
  let best = -Infinity;
  for (const candidate of nodes) {
    const value = values[candidate]!;
    if (value <= best) continue;
    let count = 0;
    for (const node of nodes) if (values[node]! >= value) count++;
    if (count >= majority) best = value;
  }
  return best;
}
