import type { Configuration } from '../core/messages.ts';
import type { NodeId } from '../sim/protocol.ts';
import { isVoter, sameNodes } from './configurations.ts';

/** By node: whether it counts, above 0 if so. */
export type Flags = ArrayLike<number>;

/** Nodes that suffice to elect a leader or to commit an entry. */
export type Quorum = readonly NodeId[];

/** Whether these nodes suffice: a majority of the voters, and while joint one of the outgoing voters too. §4.3. */
export function hasQuorum({ voters, outgoing }: Configuration, flags: Flags): boolean {
  return hasMajority(voters, flags) && (outgoing.length === 0 || hasMajority(outgoing, flags));
}

/** Without voters there is no majority. */
function hasMajority(voters: readonly NodeId[], flags: Flags): boolean {
  let count = 0;
  for (let i = 0; i < voters.length; i++) if (flags[voters[i]!]! > 0) count++;
  return count * 2 > voters.length;
}

/** Size of the smallest quorum. */
export function smallestQuorum({ voters, outgoing }: Configuration): number {
  return Math.floor(Math.max(voters.length, outgoing.length) / 2) + 1;
}

/** Whether this node is a quorum by itself. */
export function isOnlyVoter({ voters, outgoing }: Configuration, node: NodeId): boolean {
  return voters.length === 1 && voters[0] === node && (outgoing.length === 0 || sameNodes(outgoing, voters));
}

/**
 * The highest value that a quorum reaches: a majority of the voters, and while joint also one of the outgoing voters.
 * Raft §5.2; dissertation §4.3. −Infinity without voters.
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

/**
 * Two quorums without a node in common: one of the configuration `a`, drawn from `candidates` alone, and one of `b`,
 * drawn from all nodes. Null if any two intersect. Nodes with the same roles in both configurations are interchangeable,
 * so that only their numbers are tried.
 */
export function disjointQuorums(
  a: Configuration,
  b: Configuration,
  candidates: Flags,
): { readonly first: Quorum; readonly second: Quorum } | null {
  const voters = [...new Set([...a.voters, ...a.outgoing, ...b.voters, ...b.outgoing])].sort((x, y) => x - y);
  const kinds = new Map<string, NodeId[]>();
  for (const node of voters) {
    if (candidates[node]! === 0) continue;
    const kind = [a.voters, a.outgoing, b.voters, b.outgoing].map((nodes) => nodes.includes(node)).join(' ');
    kinds.set(kind, [...(kinds.get(kind) ?? []), node]);
  }
  const groups = [...kinds.values()];
  const first = new Uint8Array(candidates.length);
  const second = new Uint8Array(candidates.length).fill(1);
  const share = (place: number): boolean => {
    if (place === groups.length) return hasQuorum(a, first) && hasQuorum(b, second);
    const group = groups[place]!;
    for (let taken = 0; taken <= group.length; taken++) {
      group.forEach((node, i) => {
        first[node] = i < taken ? 1 : 0;
        second[node] = i < taken ? 0 : 1;
      });
      if (share(place + 1)) return true;
    }
    return false;
  };
  if (!share(0)) return null;
  const counted = (flags: Flags, configuration: Configuration): Quorum =>
    voters.filter((node) => flags[node]! > 0 && isVoter(configuration, node));
  return { first: counted(first, a), second: counted(second, b) };
}
