import { isVoter } from '../configurations.ts';
import type { CheckContext } from '../context.ts';
import { isUpToDate } from '../history/log-history.ts';
import { type Flags, hasQuorum } from '../quorums.ts';

/**
 * Whether priorities leave these nodes a leader: one of them has a priority above 0, and a log for which a quorum of them
 * may vote. A node of priority 0 starts no election, and a log that is ahead of all others may be at such nodes alone:
 * then a correct cluster has no leader until another node comes back. Nor need a node be elected that waits longer than one
 * that has been removed, and does not know it: the terms of the others may be ahead whenever it starts an election.
 *
 * @param flags by node: whether it is one of them, above 0 if so
 */
export function isElectable(context: CheckContext, flags: Flags): boolean {
  const { histories, options } = context;
  const priorityOf = (node: number): number => options.of(node).priority;
  const running = histories.filter(({ node }) => flags[node]! > 0);
  const [first = 0, ...others] = running.map(({ node }) => priorityOf(node));
  if (first > 0 && others.every((priority) => priority === first)) return true;
  const members = context.committedConfiguration?.configuration;
  const removed = running.filter(
    (history) =>
      history.view !== null &&
      members !== undefined &&
      !isVoter(members, history.node) &&
      context.mayCampaign(history, history.view),
  );
  const least = Math.max(1, ...removed.map(({ node }) => priorityOf(node)));
  return canWin(context, flags, (node) => priorityOf(node) >= least);
}

/**
 * Whether one of these nodes may start an election and has a log for which a quorum of them may vote. They need not be a
 * quorum of the configuration that each of them uses: one that has been removed, and does not know it, counts with nodes that
 * do not vote for it.
 *
 * @param flags by node: whether it is one of them, above 0 if so
 * @param isMeant which of them may win; default: any
 */
export function canWin(context: CheckContext, flags: Flags, isMeant: (node: number) => boolean = () => true): boolean {
  const { histories } = context;
  return histories.some((history) => {
    const { node, view } = history;
    if (view === null || flags[node] === 0 || !isMeant(node) || !context.mayCampaign(history, view)) return false;
    const { lastIndex } = view.log;
    const lastTerm = view.log.term(lastIndex);
    const voters = histories.map((other) => {
      const mayVote = other.view !== null && flags[other.node]! > 0 && isUpToDate(other.view, lastTerm, lastIndex);
      return mayVote ? 1 : 0;
    });
    return hasQuorum(view.configuration, voters);
  });
}
