import { priorityDelay } from '../../core/options.ts';
import { APPEND_ENTRIES, INSTALL_SNAPSHOT, type Message, REQUEST_VOTE } from '../../core/messages.ts';
import { CANDIDATE, FOLLOWER, PRE_CANDIDATE, type RaftView } from '../../core/view.ts';
import type { Micros } from '../../sim/protocol.ts';
import type { CheckContext } from '../context.ts';
import type { NodeHistory } from '../history/node-history.ts';
import { milliseconds } from './milliseconds.ts';

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
 * election, before it starts the next: Lv17. Raft §5.2; Figure 2, followers. And that it waits for as much longer as its
 * priority says, and with priority 0 starts none by its timer: Lv20.
 */
export class ElectionTimerChecks {
  private readonly context: CheckContext;
  private readonly restarts: readonly Restart[];
  /** By node: 1 if its timer has been made to fire from outside. */
  private readonly forced: Uint8Array;

  constructor(context: CheckContext) {
    this.context = context;
    this.restarts = context.histories.map(() => ({ at: -Infinity, adjustments: 0, why: '' }));
    this.forced = new Uint8Array(context.cluster.nodes);
  }

  booted(node: number): void {
    this.restarted(node, 'it booted');
    this.forced[node] = 0;
  }

  timerForced(node: number): void {
    this.forced[node] = 1;
  }

  /** A node has handled an event: this message, if it was one. */
  stepped(history: NodeHistory, view: RaftView, message: Message | null): void {
    const { node } = history;
    if (message === null) {
      const isElection = view.role === CANDIDATE || view.role === PRE_CANDIDATE;
      const isNew = isElection && (view.role !== history.role || view.term !== history.term);
      if (isNew && history.role !== PRE_CANDIDATE) this.started(node);
      return;
    }
    if (view.role !== FOLLOWER || view.term !== message.term) return;
    if (message.type === APPEND_ENTRIES || message.type === INSTALL_SNAPSHOT) {
      if (view.leader === message.leader) this.restarted(node, 'it heard from its leader');
    } else if (message.type === REQUEST_VOTE) {
      const isGranted = view.votedFor === message.candidate;
      const isNew = history.votedFor !== view.votedFor || history.term !== view.term;
      if (isGranted && isNew) this.restarted(node, 'it granted a vote');
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

  private restarted(node: number, why: string): void {
    const { context } = this;
    const restart = this.restarts[node]!;
    restart.at = context.localTime(node);
    restart.adjustments = context.cluster.clockAdjustments(node);
    restart.why = why;
  }
}
