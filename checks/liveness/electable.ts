import { isVoter } from '../configurations.ts';
import type { CheckContext } from '../context.ts';
import { isUpToDate } from '../history/log-history.ts';
import { type Flags, hasQuorum } from '../quorums.ts';

/**
 * Whether priorities leave these nodes a leader: one of them has a priority above 0, and a log for which a quorum of them
 * may vote. A node of priority 0 starts no election, and a log that is ahead of all others may be at such nodes alone:
 * then a correct cluster has no leader until another node comes back.
 *
 * @param flags by node: whether it is one of them, above 0 if so
 */
export function isElectable(context: CheckContext, flags: Flags): boolean {
  const { histories, options } = context;
  const priorityOf = (node: number): number => options.of(node).priority;
  if (histories.every(({ node }) => flags[node] === 0 || priorityOf(node) > 0)) return true;
  return histories.some(({ node, view }) => {
    if (view === null || flags[node] === 0 || priorityOf(node) === 0 || !isVoter(view.configuration, node))
      return false;
    const { lastIndex } = view.log;
    const lastTerm = view.log.term(lastIndex);
    const voters = histories.map((other) => {
      const mayVote = other.view !== null && flags[other.node]! > 0 && isUpToDate(other.view, lastTerm, lastIndex);
      return mayVote ? 1 : 0;
    });
    return hasQuorum(view.configuration, voters);
  });
}
