import { APPEND_ENTRIES, INSTALL_SNAPSHOT, type Message } from '../../core/messages.ts';
import { LEADER, type RaftView } from '../../core/view.ts';
import type { Micros } from '../../sim/protocol.ts';
import { isMember } from '../configurations.ts';
import type { CheckContext } from '../context.ts';
import type { NodeHistory } from '../history/node-history.ts';
import { Deadline } from './deadline.ts';
import { milliseconds } from './milliseconds.ts';

/** Heartbeat intervals without a message to a member after which a leader is late. */
const MOST_INTERVALS = 3;

/**
 * Checks that a leader sends each member a heartbeat, or something in its place, also while a snapshot is on its way: Lv18.
 * By the leader's own clock. Raft §5.2; Figure 2, leaders.
 */
export class HeartbeatChecks {
  private readonly context: CheckContext;
  private readonly deadline: Deadline;
  /** By leader: local time of its last message to each node, and of the beginning of its term. */
  private readonly sentAt: readonly Float64Array[];
  private readonly term: Float64Array;
  private readonly nextLook: Float64Array;
  /**
   * By leader: the member that it was late to at the last look. What it sends to that one ends the lateness. A look may come in
   * the event in which it does so, before the message counts: a leader that is paused may handle nothing else between two pauses.
   */
  private readonly lateTo: Int32Array;

  constructor(context: CheckContext) {
    const { nodes } = context.cluster;
    this.context = context;
    this.deadline = new Deadline(context);
    this.sentAt = Array.from({ length: nodes }, () => new Float64Array(nodes));
    this.term = new Float64Array(nodes).fill(-1);
    this.nextLook = new Float64Array(nodes);
    this.lateTo = new Int32Array(nodes).fill(-1);
  }

  booted(node: number): void {
    this.term[node] = -1;
  }

  sent(from: number, to: number, message: Message): void {
    if (message.type !== APPEND_ENTRIES && message.type !== INSTALL_SNAPSHOT) return;
    this.sentAt[from]![to] = this.context.localTime(from);
    if (this.lateTo[from] === to) this.onTime(from);
  }

  /** A node has handled an event. */
  stepped(history: NodeHistory, view: RaftView): void {
    const { node } = history;
    if (view.role !== LEADER) return;
    const { now } = this.context.cluster;
    const isNew = this.term[node] !== view.term;
    const isChanged = history.configuration !== view.configuration;
    if (!isNew && !isChanged && now < this.nextLook[node]!) return;
    const local = this.context.localTime(node);
    if (isNew) {
      this.term[node] = view.term;
      this.sentAt[node]!.fill(local);
      this.onTime(node);
    } else if (isChanged) {
      this.membersChanged(history, view, local);
    }
    this.nextLook[node] = now + this.interval(node);
    this.look(node, view, local);
  }

  private membersChanged({ node, configuration }: NodeHistory, view: RaftView, local: Micros): void {
    for (let other = 0; other < this.sentAt.length; other++) {
      const wasMember = configuration !== null && isMember(configuration, other);
      if (isMember(view.configuration, other) && !wasMember) this.sentAt[node]![other] = local;
    }
  }

  private interval(leader: number): Micros {
    return this.context.options.of(leader).heartbeatInterval;
  }

  private look(node: number, view: RaftView, local: Micros): void {
    const { context } = this;
    let longest = 0;
    let to = node;
    for (let other = 0; other < this.sentAt.length; other++) {
      if (other === node || !isMember(view.configuration, other)) continue;
      const silence = local - this.sentAt[node]![other]!;
      if (silence <= longest) continue;
      longest = silence;
      to = other;
    }
    const interval = this.interval(node);
    if (longest <= MOST_INTERVALS * interval) {
      this.onTime(node);
      return;
    }
    this.lateTo[node] = to;
    if (this.deadline.isMissed(node, local)) {
      const what = `has sent nothing to ${context.name(to)} for ${milliseconds(longest)}`;
      const often = `heartbeats are due every ${milliseconds(interval)}`;
      context.reportLiveness('Lv18', node, `${context.name(node)} ${what}, but ${often}`);
    }
  }

  private onTime(node: number): void {
    this.lateTo[node] = -1;
    this.deadline.clear(node);
  }
}
