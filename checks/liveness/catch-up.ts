import {
  APPEND_ENTRIES,
  type Configuration,
  INSTALL_SNAPSHOT,
  NONE,
  type Message,
  REQUEST_VOTE,
  type RequestVote,
} from '../../core/messages.ts';
import { LEADER, type RaftView } from '../../core/view.ts';
import type { AdminRequest } from '../../core/admin-request.ts';
import type { Micros } from '../../sim/protocol.ts';
import { isMember, isVoter } from '../configurations.ts';
import type { CheckContext } from '../context.ts';
import { Deadline } from './deadline.ts';
import { isUpToDate } from '../history/log-history.ts';
import type { NodeHistory } from '../history/node-history.ts';
import { milliseconds } from './milliseconds.ts';

/** How many rounds in a row a member has to complete within half an election timeout before it must have been promoted. */
const FAST_ROUNDS = 4;

/**
 * Election timeouts after which a leader has promoted a new member or aborted that. Dissertation §4.2.1 fixes the number of
 * rounds, such as 10, and not their length: a round that makes progress may take ten election timeouts.
 */
const LONGEST_CATCH_UP = 110;

/** Rounds of catching up, counted as §4.2.1 has them: each replicates what the log held when it began. */
interface Rounds {
  /** The member that catches up; −1: none does. */
  member: number;
  term: number;
  /** Local times of the leader. */
  began: Micros;
  since: Micros;
  goal: number;
  /** Rounds in a row that were fast. */
  fast: number;
  /** How often the leader's clock had been adjusted when the rounds began. */
  adjustments: number;
}

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
  /** By leader. */
  private readonly rounds: readonly Rounds[];
  private readonly deadline: Deadline;
  /** The event of the latest reconfigure request, which makes nodes voters at once. */
  private reconfiguredIn = -1;
  /** Whether a node may have heard from a leader too recently to vote. */
  private readonly mayStickToLeader: (node: number) => boolean;

  constructor(context: CheckContext, mayStickToLeader: (node: number) => boolean) {
    this.context = context;
    this.mayStickToLeader = mayStickToLeader;
    const { nodes } = context.cluster;
    for (let node = 0; node < nodes; node++) this.configurations.push(null);
    const none = (): Rounds => ({ member: NONE, term: 0, began: 0, since: 0, goal: 0, fast: 0, adjustments: 0 });
    this.rounds = Array.from({ length: nodes }, none);
    this.deadline = new Deadline(context);
  }

  booted(node: number, view: RaftView): void {
    this.configurations[node] = view.configuration;
  }

  adminRequested(request: AdminRequest): void {
    if (request.kind === 'reconfigure') this.reconfiguredIn = this.context.cluster.event;
  }

  /** A node has handled an event: this message from this node, if it was one. */
  stepped(history: NodeHistory, view: RaftView, from: number, message: Message | null): void {
    const { node } = history;
    this.checkRounds(node, view, message === null ? NONE : from);
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

  /** A member that keeps up with the log is promoted, however much is written meanwhile. `from`: who has replied, or −1. */
  private checkRounds(node: number, view: RaftView, from: number): void {
    const rounds = this.rounds[node]!;
    const { catchingUp: member, term, log, commitIndex, configurationIndex } = view;
    if (view.role !== LEADER || member === NONE) {
      rounds.member = NONE;
      return;
    }
    const { context } = this;
    const local = context.localTime(node);
    const adjustments = context.cluster.clockAdjustments(node);
    // A clock that was set says nothing of how long the rounds before took.
    if (rounds.member !== member || rounds.term !== term || rounds.adjustments !== adjustments) {
      Object.assign(rounds, { member, term, began: local, since: local, goal: log.lastIndex, fast: 0, adjustments });
      this.deadline.clear(node);
      return;
    }
    const longest = context.options.of(node).electionTimeout[1];
    const name = context.name(node);
    const what = `has not made ${context.name(member)} a voter`;
    if (local - rounds.began <= LONGEST_CATCH_UP * longest) this.deadline.clear(node);
    else if (this.deadline.isMissed(node, local))
      context.reportLiveness(
        'Lv6',
        node,
        `${name} ${what} for ${milliseconds(local - rounds.began)}, nor aborted that`,
      );
    if (from !== member || view.matchIndex[member]! < rounds.goal) return;
    const span = local - rounds.since;
    // One change at a time: the promotion waits for the one before.
    const mayPromote = configurationIndex <= commitIndex && view.configuration.outgoing.length === 0;
    rounds.fast = mayPromote && span >= 0 && span <= longest / 2 ? rounds.fast + 1 : 0;
    rounds.goal = log.lastIndex;
    rounds.since = local;
    if (rounds.fast < FAST_ROUNDS) return;
    const rate = `which has replicated what the log held ${rounds.fast} times within ${milliseconds(longest / 2)} each`;
    context.reportLiveness('Lv6', node, `${name} ${what}, ${rate}`);
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
