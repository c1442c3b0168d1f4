import type { NodeId } from '../sim/protocol.ts';
import type { Configuration, DamagedRecord } from './messages.ts';

/** A configuration as a phrase: `voters n1, n2, n4, joint with n1, n2, n3, learners n5`. `name` says what a node is called. */
export function describeConfiguration(
  { voters, outgoing, learners }: Pick<Configuration, 'voters' | 'outgoing' | 'learners'>,
  name: (node: NodeId) => string,
): string {
  const list = (nodes: readonly NodeId[]): string => nodes.map(name).join(', ');
  const before = outgoing.length > 0 ? `, joint with ${list(outgoing)}` : '';
  return `voters ${list(voters)}${before}${learners.length > 0 ? `, learners ${list(learners)}` : ''}`;
}

/** `entry 5` */
export function describeDamage({ record, index }: DamagedRecord): string {
  if (record === 'vote') return 'its term and vote';
  return record === 'entry' ? `entry ${index}` : `its snapshot of ${index}`;
}
