import type { NodeId } from '../sim/protocol.ts';
import type { Configuration } from './messages.ts';

const NONE: readonly NodeId[] = Object.freeze([]);

/** A configuration that is not joint. The lists may come in any order. */
export function configuration(voters: readonly NodeId[], learners: readonly NodeId[] = NONE): Configuration {
  return joint(voters, NONE, learners, true);
}

/** A configuration in which both majorities count, if `outgoing` is not empty. Dissertation §4.3. */
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

/** The configuration in which all of some nodes vote. */
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

/** Everybody the log is sent to, ascending. */
export function membersOf({ voters, outgoing, learners }: Configuration): readonly NodeId[] {
  if (outgoing.length === 0 && learners.length === 0) return voters;
  return ascending([...voters, ...outgoing, ...learners]);
}

/** How many voters one configuration has that the other has not, in either direction. */
export function voterDifference(a: readonly NodeId[], b: readonly NodeId[]): number {
  const gone = a.filter((node) => !b.includes(node)).length;
  const come = b.filter((node) => !a.includes(node)).length;
  return gone + come;
}

function ascending(nodes: readonly NodeId[]): readonly NodeId[] {
  return Object.freeze([...new Set(nodes)].sort((a, b) => a - b));
}
