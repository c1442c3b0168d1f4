import type { Configuration } from '../core/messages.ts';
import type { NodeId } from '../sim/protocol.ts';

/** A configuration as it stands in a log. */
export interface ConfigurationRecord {
  readonly configuration: Configuration;
  /** Index of its entry; 0: the one the cluster began with. */
  readonly index: number;
  /** The one before it in that log; null where that is not known. */
  readonly before: Configuration | null;
}

export function isVoter({ voters, outgoing }: Configuration, node: NodeId): boolean {
  return voters.includes(node) || outgoing.includes(node);
}

export function isMember(configuration: Configuration, node: NodeId): boolean {
  return isVoter(configuration, node) || configuration.learners.includes(node);
}

/** Nodes of one implementation share configurations, so that the reference nearly always decides. */
export function sameConfiguration(a: Configuration, b: Configuration): boolean {
  return (
    a === b ||
    (sameNodes(a.voters, b.voters) &&
      sameNodes(a.outgoing, b.outgoing) &&
      sameNodes(a.learners, b.learners) &&
      (a.outgoing.length === 0 || a.leavesByItself === b.leavesByItself))
  );
}

/**
 * Why no leader may append `next` after `before`, or null if it may: one voter comes or goes, or the change passes
 * through a joint configuration. Dissertation §4.1, §4.3.
 */
export function illegalStep(before: Configuration, next: Configuration): string | null {
  if (next.voters.length === 0) return 'nobody votes in it';
  if (before.outgoing.length > 0) {
    if (next.outgoing.length > 0) return 'the one before it is joint already';
    return sameNodes(next.voters, before.voters) ? null : 'it is not what the joint one before it leads to';
  }
  if (next.outgoing.length > 0) {
    return sameNodes(next.outgoing, before.voters) ? null : 'it is joint with voters other than those before it';
  }
  const gone = before.voters.filter((node) => !next.voters.includes(node)).length;
  const come = next.voters.filter((node) => !before.voters.includes(node)).length;
  return gone + come <= 1 ? null : `${gone + come} voters come or go at once`;
}

/** In words: `n1 n2 n3, joint with n1 n2, learners n4`. */
export function configurationText(
  { voters, outgoing, learners }: Configuration,
  name: (node: NodeId) => string,
): string {
  const list = (nodes: readonly NodeId[]): string => nodes.map(name).join(' ');
  const before = outgoing.length > 0 ? `, joint with ${list(outgoing)}` : '';
  return `${list(voters)}${before}${learners.length > 0 ? `, learners ${list(learners)}` : ''}`;
}

/** Whether two lists, both ascending, hold the same nodes. */
export function sameNodes(a: readonly NodeId[], b: readonly NodeId[]): boolean {
  return a === b || (a.length === b.length && a.every((node, place) => node === b[place]));
}
