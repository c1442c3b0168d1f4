import { APPEND_ENTRIES, type AppendEntries, type Message } from '../../core/messages.ts';
import { FOLLOWER, type RaftView } from '../../core/view.ts';
import type { CheckContext } from '../context.ts';

/**
 * Checks that a follower raises its commitIndex with every AppendEntries that it accepts, up to leaderCommit or the last
 * new entry: Lv11. Raft Figure 2, AppendEntries receiver 5.
 */
export class CommitSpreadChecks {
  private readonly context: CheckContext;

  constructor(context: CheckContext) {
    this.context = context;
  }

  /** A node has handled an event: this message, if it was one. */
  stepped(node: number, view: RaftView, message: Message | null): void {
    if (message?.type !== APPEND_ENTRIES || !isAccepted(view, message)) return;
    const { leaderCommit } = message;
    const last = lastNewIndex(message);
    if (view.commitIndex >= Math.min(leaderCommit, last)) return;
    const { context } = this;
    const what = `accepted AppendEntries up to index ${last} with leaderCommit ${leaderCommit}`;
    const text = `${context.name(node)} ${what}, but its commitIndex stays at ${view.commitIndex}`;
    context.reportLiveness('Lv11', node, text);
  }
}

/** Whether the node follows the sender, and its log has the last entry of the message (so all before it: §5.3). */
function isAccepted({ role, term, leader, log }: RaftView, message: AppendEntries): boolean {
  if (role !== FOLLOWER || term !== message.term || leader !== message.leader) return false;
  const last = lastNewIndex(message);
  if (last < log.base || last > log.lastIndex) return false;
  return log.term(last) === (message.entries.at(-1)?.term ?? message.prevLogTerm);
}

/** The index of the last new entry; prevLogIndex if there is none. */
function lastNewIndex({ prevLogIndex, entries }: AppendEntries): number {
  return prevLogIndex + entries.length;
}
