import { priorityDelay } from '../../core/options.ts';
import { APPEND_ENTRIES, INSTALL_SNAPSHOT, type Message, REQUEST_VOTE } from '../../core/messages.ts';
import { CANDIDATE, FOLLOWER, LEADER, PRE_CANDIDATE, type RaftView } from '../../core/view.ts';
import type { Micros } from '../../sim/protocol.ts';
import type { CheckContext } from '../context.ts';
import type { NodeHistory } from '../history/node-history.ts';
import { milliseconds } from './milliseconds.ts';

/** A vote that is not durable yet, for which the timer of its node may wait. */
interface PendingVote {
  readonly term: number;
  readonly candidate: number;
}

/** What has restarted a node's election timer last. */
interface Restart {
  /** By the node's clock. */
  at: Micros;
  /** How often the clock had been adjusted then: a clock that is set takes timers along. */
  adjustments: number;
  why: string;
}

/**
 * Checks that a node waits for an election timeout after it has heard from its leader, granted a vote or started an
 * election, before it starts the next: Lv17. Raft §5.2; Figure 2, followers. Where the timer waits for votes, the timeout
 * begins when the vote is durable, unless something else has restarted the timer before. And that it waits for as much longer as its
 * priority says, and with priority 0 starts none by its timer: Lv20.
 */
export class ElectionTimerChecks {
  private readonly context: CheckContext;
  private readonly restarts: readonly Restart[];
  /** By node: 1 if its timer has been made to fire from outside. */
  private readonly forced: Uint8Array;
  /** By node; null: its timer does not wait for one. */
  private readonly pendingVotes: (PendingVote | null)[];

  constructor(context: CheckContext) {
    this.context = context;
    this.restarts = context.histories.map(() => ({ at: -Infinity, adjustments: 0, why: '' }));
    this.forced = new Uint8Array(context.cluster.nodes);
    this.pendingVotes = context.histories.map(() => null);
  }

  booted(node: number): void {
    this.restarted(node, 'it booted');
    this.forced[node] = 0;
  }

  timerForced(node: number): void {
    this.forced[node] = 1;
    // A timer that fires and starts no election is set anew, whatever it has waited for.
    this.pendingVotes[node] = null;
  }

  /** The node has more on its disk. */
  persisted(node: number): void {
    const vote = this.pendingVotes[node]!;
    if (vote === null) return;
    const { term, votedFor } = this.context.cluster.disk(node);
    if (term > vote.term || (term === vote.term && votedFor === vote.candidate))
      this.restarted(node, 'its vote was durable');
  }

  /** A node has handled an event: this message, if it was one. */
  stepped(history: NodeHistory, view: RaftView, message: Message | null): void {
    const { node } = history;
    if (view.role === LEADER) this.pendingVotes[node] = null;
    if (message === null) {
      const isElection = view.role === CANDIDATE || view.role === PRE_CANDIDATE;
      const isNew = isElection && (view.role !== history.role || view.term !== history.term);
      if (isNew && history.role !== PRE_CANDIDATE) this.started(node);
      if (isNew && view.role === CANDIDATE) this.voted(node, view);
      return;
    }
    if (view.role !== FOLLOWER || view.term !== message.term) return;
    if (message.type === APPEND_ENTRIES || message.type === INSTALL_SNAPSHOT) {
      if (view.leader === message.leader) this.restarted(node, 'it heard from its leader');
    } else if (message.type === REQUEST_VOTE) {
      const isGranted = view.votedFor === message.candidate;
      const isNew = history.votedFor !== view.votedFor || history.term !== view.term;
      if (!isGranted || !isNew) return;
      this.restarted(node, 'it granted a vote');
      this.voted(node, view);
    }
  }

  private started(node: number): void {
    const { context } = this;
    const { cluster } = context;
    const options = context.options.of(node);
    const { priority } = options;
    const [shortest] = options.electionTimeout;
    const least = shortest + priorityDelay(options);
    const restart = this.restarts[node]!;
    const span = context.localTime(node) - restart.at;
    const isSameClock = cluster.clockAdjustments(node) === restart.adjustments;
    const what = `${context.name(node)} started an election ${milliseconds(span)} after ${restart.why}`;
    if (this.pendingVotes[node] !== null) {
      context.reportLiveness(
        'Lv17',
        node,
        `${context.name(node)} started an election before its last vote was durable`,
      );
    }
    if (priority === 0) {
      context.reportLiveness('Lv20', node, `${what}, but its priority is 0`);
    } else if (this.forced[node] === 0 && isSameClock && span < shortest) {
      context.reportLiveness('Lv17', node, `${what}, but the shortest election timeout is ${milliseconds(shortest)}`);
    } else if (this.forced[node] === 0 && isSameClock && span < least) {
      context.reportLiveness('Lv20', node, `${what}, but with priority ${priority} it waits ${milliseconds(least)}`);
    }
    this.forced[node] = 0;
    this.restarted(node, 'it had started one');
  }

  /** The node has given its vote, which is not durable yet. */
  private voted(node: number, { term, votedFor: candidate }: RaftView): void {
    if (this.context.options.of(node).voteTimer === 'durable') this.pendingVotes[node] = { term, candidate };
  }

  private restarted(node: number, why: string): void {
    const { context } = this;
    const restart = this.restarts[node]!;
    this.pendingVotes[node] = null;
    restart.at = context.localTime(node);
    restart.adjustments = context.cluster.clockAdjustments(node);
    restart.why = why;
  }
}
