import { type Message, REQUEST_VOTE, type RequestVote, TIMEOUT_NOW } from '../../core/messages.ts';
import { CANDIDATE, LEADER, type RaftView } from '../../core/view.ts';
import type { AdminRequest } from '../../core/admin-request.ts';
import type { Micros } from '../../sim/protocol.ts';
import type { CheckContext } from '../context.ts';
import { Deadline } from './deadline.ts';
import { silenceBound } from '../expected-options.ts';
import type { NodeHistory } from '../history/node-history.ts';
import { isUpToDate } from '../up-to-date.ts';

const NOBODY = -1;

/** What is known of a leader's attempt to hand over. */
interface Transfer {
  to: number;
  /** Local time of the latest order, or of the beginning. */
  since: Micros;
  /** The last index of the leader's log after the latest event, and before it. */
  lastIndex: number;
  lastIndexBefore: number;
  event: number;
}

/** Watches how the leadership is handed over: Lv8. */
export class TransferChecks {
  private readonly context: CheckContext;
  private readonly patience: Micros;
  private readonly overdue: Deadline;
  /** By node, while it leads. */
  private readonly transfers: readonly Transfer[];
  /** By node: the latest term in which it stood because it was told to. */
  private readonly toldToStandIn: Float64Array;

  constructor(context: CheckContext) {
    const { nodes } = context.watched;
    this.context = context;
    this.patience = silenceBound(context.promises);
    this.overdue = new Deadline(context.watched, context.promises.heartbeatInterval);
    this.transfers = Array.from({ length: nodes }, () => ({
      to: NOBODY,
      since: 0,
      lastIndex: 0,
      lastIndexBefore: 0,
      event: -1,
    }));
    this.toldToStandIn = new Float64Array(nodes).fill(-1);
  }

  booted(node: number): void {
    this.transfers[node]!.to = NOBODY;
  }

  ordered(node: number, order: AdminRequest): void {
    if (order.kind === 'transfer') this.transfers[node]!.since = this.context.watched.localTime(node);
  }

  /** A node has handled an event: this message, if it was one. */
  stepped(shadow: NodeHistory, view: RaftView, message: Message | null): void {
    const transfer = this.transfers[shadow.node]!;
    if (view.role !== LEADER) {
      transfer.to = NOBODY;
    } else if (view.transferee !== NOBODY || transfer.to !== NOBODY) this.handsOver(shadow.node, view, transfer);
    if (message === null) return;
    if (message.type === TIMEOUT_NOW) {
      if (view.role === CANDIDATE && view.term > shadow.term) this.toldToStandIn[shadow.node] = view.term;
    } else if (message.type === REQUEST_VOTE && message.transfer && message.term > shadow.term) {
      this.mustHelp(shadow.node, view, message);
    }
  }

  sent(from: number, to: number, message: Message): void {
    const { context } = this;
    if (message.type === TIMEOUT_NOW) {
      const { view } = context.shadows[from]!;
      if (view === null || view.role !== LEADER || view.term !== message.term) return;
      // What is appended in the same event comes after the decision.
      const transfer = this.transfers[from]!;
      const lastIndex = transfer.event === context.watched.event ? transfer.lastIndexBefore : view.log.lastIndex;
      const lacking = lastIndex - view.matchIndex[to]!;
      if (lacking <= 0) return;
      const what = `told ${context.name(to)} to take over, which lacked ${lacking} of its entries`;
      context.liveness('Lv8', `${context.name(from)} ${what}`);
    } else if (message.type === REQUEST_VOTE && !message.transfer && message.term === this.toldToStandIn[from]) {
      if (!context.promises.checkQuorum) return;
      const what = `asked for votes in term ${message.term} without saying that its leader had told it to`;
      context.liveness('Lv8', `${context.name(from)} ${what}`);
    }
  }

  private handsOver(node: number, view: RaftView, transfer: Transfer): void {
    const { context } = this;
    const local = context.watched.localTime(node);
    if (view.transferee !== transfer.to) {
      transfer.to = view.transferee;
      transfer.since = local;
      transfer.lastIndex = view.log.lastIndex;
      transfer.event = -1;
      this.overdue.clear(node);
      return;
    }
    if (transfer.event !== context.watched.event) {
      transfer.event = context.watched.event;
      transfer.lastIndexBefore = transfer.lastIndex;
    }
    const what = `handing over to ${context.name(transfer.to)}`;
    for (let index = transfer.lastIndex + 1; index <= view.log.lastIndex; index++) {
      if (view.log.entry(index).request === null) continue;
      context.liveness('Lv8', `${context.name(node)} took a request while ${what}`);
    }
    transfer.lastIndex = view.log.lastIndex;
    const span = local - transfer.since;
    if (span <= this.patience) this.overdue.clear(node);
    else if (this.overdue.isProved(node, local))
      context.liveness('Lv8', `${context.name(node)} had been ${what} for ${Math.round(span / 1_000)} ms`);
  }

  /** The leader itself wants this election: loyalty to it is no reason to keep out of it. Dissertation §4.2.3. */
  private mustHelp(node: number, view: RaftView, { term, candidate, lastLogTerm, lastLogIndex }: RequestVote): void {
    const { context } = this;
    const who = `${context.name(candidate)}, to whom its leader hands over`;
    if (view.term < term) {
      context.liveness('Lv8', `${context.name(node)} did not listen to ${who}`);
      return;
    }
    if (view.term > term || view.votedFor === candidate) return;
    if (isUpToDate(view, lastLogTerm, lastLogIndex))
      context.liveness('Lv8', `${context.name(node)} did not vote for ${who}`);
  }
}
