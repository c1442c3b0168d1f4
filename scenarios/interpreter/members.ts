import type { NodeId } from '../../sim/protocol.ts';
import type { Members } from '../environment.ts';
import { describeNodes } from './describe.ts';
import type { Naming } from './describe.ts';

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

/** `voters n1, n2, n4, joint with n1, n2, n3, learners n5`. */
export function describeMembers({ voters, outgoing, learners }: Members, naming: Naming): string {
  const before = outgoing.length === 0 ? '' : `, joint with ${describeNodes(outgoing, naming)}`;
  const rest = learners.length === 0 ? '' : `, learners ${describeNodes(learners, naming)}`;
  return `voters ${describeNodes(voters, naming)}${before}${rest}`;
}
