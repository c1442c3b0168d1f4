import type { Configuration } from '../core/messages.ts';
import type { NodeId } from '../sim/protocol.ts';

/** A configuration and its place in a log. */
export interface ConfigurationRecord {
  readonly configuration: Configuration;
  /** Index of its entry; 0: the initial configuration of the cluster. */
  readonly index: number;
  /** The one before it in that log; null where it is not known. */
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
 * Why no leader may append `next` after `before`, or null if it may: a legal change adds or removes one voter, or passes
 * through a joint configuration. Dissertation §4.1, §4.3.
 */
export function illegalStep(before: Configuration, next: Configuration): string | null {
  if (next.voters.length === 0) return 'it has no voters';
  if (before.outgoing.length > 0) {
    if (next.outgoing.length > 0) return 'the one before it is joint, too';
    return sameNodes(next.voters, before.voters) ? null : 'its voters differ from those of the joint one before it';
  }
  if (next.outgoing.length > 0) {
    return sameNodes(next.outgoing, before.voters) ? null : 'its outgoing voters differ from the voters before it';
  }
  const removed = before.voters.filter((node) => !next.voters.includes(node)).length;
  const added = next.voters.filter((node) => !before.voters.includes(node)).length;
  return removed + added <= 1 ? null : `it adds or removes ${removed + added} voters at once`;
}

/** Whether two lists, both ascending, hold the same nodes. */
export function sameNodes(a: readonly NodeId[], b: readonly NodeId[]): boolean {
  return a === b || (a.length === b.length && a.every((node, place) => node === b[place]));
}
