import type { NodeId } from '../../sim/protocol.ts';
import type { Members } from '../environment.ts';

/** Whether those that voted before still have to agree. */
export function isJoint({ outgoing }: Members): boolean {
  return outgoing.length > 0;
}

/** Whether the node votes in the configuration, or learns in it. In a joint one, those that only voted before do not. */
export function isMember({ voters, learners }: Members, node: NodeId): boolean {
  return voters.includes(node) || learners.includes(node);
}

/** Whether two lists hold the same nodes, each once, in whatever order. */
export function areSameNodes(a: readonly NodeId[], b: readonly NodeId[]): boolean {
  return a.length === b.length && a.every((node) => b.includes(node));
}
