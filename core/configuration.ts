import type { NodeId } from '../sim/protocol.ts';
import type { Configuration } from './messages.ts';

const NO_NODES: readonly NodeId[] = Object.freeze([]);

/** A configuration that is not joint. The lists may be in any order. */
export function configuration(voters: readonly NodeId[], learners: readonly NodeId[] = NO_NODES): Configuration {
  return joint(voters, NO_NODES, learners, true);
}

/** A joint configuration, which needs both majorities; not joint if `outgoing` is empty. Dissertation §4.3. */
export function joint(
  voters: readonly NodeId[],
  outgoing: readonly NodeId[],
  learners: readonly NodeId[],
  leavesByItself: boolean,
): Configuration {
  return Object.freeze({
    voters: ascending(voters),
    outgoing: ascending(outgoing),
    learners: ascending(learners.filter((node) => !voters.includes(node))),
    leavesByItself,
  });
}

/** The configuration in which all nodes vote. */
export function allVoters(nodes: number): Configuration {
  return configuration(Array.from({ length: nodes }, (_, node) => node));
}

export function isJoint({ outgoing }: Configuration): boolean {
  return outgoing.length > 0;
}

/** Whether the node's vote and acknowledgements count. */
export function isVoter({ voters, outgoing }: Configuration, node: NodeId): boolean {
  return voters.includes(node) || outgoing.includes(node);
}

/** Voters and learners, ascending: the nodes that receive the log. */
export function membersOf({ voters, outgoing, learners }: Configuration): readonly NodeId[] {
  if (outgoing.length === 0 && learners.length === 0) return voters;
  return ascending([...voters, ...outgoing, ...learners]);
}

/** The number of voters that are in one of the two lists only. */
export function voterDifference(a: readonly NodeId[], b: readonly NodeId[]): number {
  const removed = a.filter((node) => !b.includes(node)).length;
  const added = b.filter((node) => !a.includes(node)).length;
  return removed + added;
}

function ascending(nodes: readonly NodeId[]): readonly NodeId[] {
  return Object.freeze([...new Set(nodes)].sort((a, b) => a - b));
}
