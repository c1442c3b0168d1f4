import {
  APPEND_ENTRIES,
  type Configuration,
  INSTALL_SNAPSHOT,
  type Message,
  REQUEST_VOTE,
  type RequestVote,
} from '../../core/messages.ts';
import { LEADER, type RaftView } from '../../core/view.ts';
import type { AdminRequest } from '../../core/admin-request.ts';
import { isMember, isVoter } from '../configurations.ts';
import type { CheckContext } from '../context.ts';
import { isUpToDate } from '../history/log-history.ts';
import type { NodeHistory } from '../history/node-history.ts';

/**
 * Checks that new members catch up before they vote, and that no node rejects messages because of its configuration:
 * Lv6, as far as it shows during a run.
 *
 * A node's configuration may be out of date, so that whether it handles a message must not depend on it: it follows
 * leaders and votes for candidates that are not in its configuration, and does so when it is not in it itself.
 * Dissertation §4.1.
 */
export class CatchUpChecks {
  private readonly context: CheckContext;
  /** By node: its configuration before the event at hand. */
  private readonly configurations: (Configuration | null)[] = [];
  /** The event of the latest reconfigure request, which makes nodes voters at once. */
  private reconfiguredIn = -1;
  /** Whether a node may have heard from a leader too recently to vote. */
  private readonly mayStickToLeader: (node: number) => boolean;

  constructor(context: CheckContext, mayStickToLeader: (node: number) => boolean) {
    this.context = context;
    this.mayStickToLeader = mayStickToLeader;
    for (let node = 0; node < context.cluster.nodes; node++) this.configurations.push(null);
  }

  booted(node: number, view: RaftView): void {
    this.configurations[node] = view.configuration;
  }

  adminRequested(request: AdminRequest): void {
    if (request.kind === 'reconfigure') this.reconfiguredIn = this.context.cluster.event;
  }

  /** A node has handled an event: this message, if it was one. */
  stepped(history: NodeHistory, view: RaftView, message: Message | null): void {
    const { node } = history;
    const before = this.configurations[node]!;
    if (message !== null) {
      if (message.type === APPEND_ENTRIES || message.type === INSTALL_SNAPSHOT) {
        if (message.term >= history.term && view.leader !== message.leader)
          this.reportRejection(
            node,
            message.leader,
            before,
            message.type === APPEND_ENTRIES ? 'AppendEntries' : 'InstallSnapshot',
          );
      } else if (message.type === REQUEST_VOTE && message.term > history.term) {
        this.voteRequested(node, view, message, before);
      }
    }
    if (view.configuration === before) return;
    this.configurations[node] = view.configuration;
    const isStillLeader = history.role === LEADER && view.role === LEADER && view.term === history.term;
    if (isStillLeader && this.reconfiguredIn !== this.context.cluster.event) this.votersChanged(node, view, before);
  }

  private voteRequested(node: number, view: RaftView, message: RequestVote, before: Configuration): void {
    if (view.term >= message.term && view.votedFor === message.candidate) return;
    const isRejected = view.term < message.term || isUpToDate(view, message.lastLogTerm, message.lastLogIndex);
    // Whether it must vote for the target of a leadership transfer is checked as Lv8.
    if (!isRejected || view.term > message.term || message.transfer || this.mayStickToLeader(node)) return;
    this.reportRejection(node, message.candidate, before, 'RequestVote');
  }

  /** Reports only where membership is the one visible reason: any other reason breaks another property. */
  private reportRejection(node: number, from: number, configuration: Configuration, what: string): void {
    const { context } = this;
    const isSenderVoter = isVoter(configuration, from);
    if (isSenderVoter && isVoter(configuration, node)) return;
    const missing = isSenderVoter ? 'itself' : context.name(from);
    const where = `whose configuration does not have ${missing} among the voters`;
    context.reportLiveness('Lv6', node, `${context.name(node)}, ${where}, rejected ${what} from ${context.name(from)}`);
  }

  /** The configuration of a leader has changed. */
  private votersChanged(node: number, view: RaftView, before: Configuration): void {
    const { context } = this;
    const after = view.configuration;
    if (before.outgoing.length > 0 || after.outgoing.length > 0) return;
    for (const voter of after.voters) {
      if (isMember(before, voter) || view.matchIndex[voter]! > 0) continue;
      const text = `${context.name(node)} made ${context.name(voter)} a voter before it had caught up`;
      context.reportLiveness('Lv6', node, text);
    }
  }
}
