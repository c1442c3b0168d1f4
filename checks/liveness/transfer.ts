import { type Message, REQUEST_VOTE, type RequestVote, TIMEOUT_NOW } from '../../core/messages.ts';
import { CANDIDATE, LEADER, type RaftView } from '../../core/view.ts';
import type { AdminRequest } from '../../core/admin-request.ts';
import type { Micros } from '../../sim/protocol.ts';
import type { CheckContext } from '../context.ts';
import { Deadline } from './deadline.ts';
import { silenceBound } from '../expected-options.ts';
import type { NodeHistory } from '../history/node-history.ts';
import { isUpToDate } from '../up-to-date.ts';

const NONE = -1;

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
  private readonly silenceBound: Micros;
  private readonly deadline: Deadline;
  /** By node, while it leads. */
  private readonly transfers: readonly Transfer[];
  /** By node: the latest term in which it stood because it was told to. */
  private readonly timeoutNowTerm: Float64Array;

  constructor(context: CheckContext) {
    const { nodes } = context.cluster;
    this.context = context;
    this.silenceBound = silenceBound(context.expected);
    this.deadline = new Deadline(context.cluster, context.expected.heartbeatInterval);
    this.transfers = Array.from({ length: nodes }, () => ({
      to: NONE,
      since: 0,
      lastIndex: 0,
      lastIndexBefore: 0,
      event: -1,
    }));
    this.timeoutNowTerm = new Float64Array(nodes).fill(-1);
  }

  booted(node: number): void {
    this.transfers[node]!.to = NONE;
  }

  adminRequested(node: number, request: AdminRequest): void {
    if (request.kind === 'transfer') this.transfers[node]!.since = this.context.cluster.localTime(node);
  }

  /** A node has handled an event: this message, if it was one. */
  stepped(history: NodeHistory, view: RaftView, message: Message | null): void {
    const transfer = this.transfers[history.node]!;
    if (view.role !== LEADER) {
      transfer.to = NONE;
    } else if (view.transferee !== NONE || transfer.to !== NONE) this.checkTransfer(history.node, view, transfer);
    if (message === null) return;
    if (message.type === TIMEOUT_NOW) {
      if (view.role === CANDIDATE && view.term > history.term) this.timeoutNowTerm[history.node] = view.term;
    } else if (message.type === REQUEST_VOTE && message.transfer && message.term > history.term) {
      this.checkVoteForTarget(history.node, view, message);
    }
  }

  sent(from: number, to: number, message: Message): void {
    const { context } = this;
    if (message.type === TIMEOUT_NOW) {
      const { view } = context.histories[from]!;
      if (view === null || view.role !== LEADER || view.term !== message.term) return;
      // What is appended in the same event comes after the decision.
      const transfer = this.transfers[from]!;
      const lastIndex = transfer.event === context.cluster.event ? transfer.lastIndexBefore : view.log.lastIndex;
      const lacking = lastIndex - view.matchIndex[to]!;
      if (lacking <= 0) return;
      const what = `told ${context.name(to)} to take over, which lacked ${lacking} of its entries`;
      context.reportLiveness('Lv8', `${context.name(from)} ${what}`);
    } else if (message.type === REQUEST_VOTE && !message.transfer && message.term === this.timeoutNowTerm[from]) {
      if (!context.expected.checkQuorum) return;
      const what = `asked for votes in term ${message.term} without saying that its leader had told it to`;
      context.reportLiveness('Lv8', `${context.name(from)} ${what}`);
    }
  }

  private checkTransfer(node: number, view: RaftView, transfer: Transfer): void {
    const { context } = this;
    const local = context.cluster.localTime(node);
    if (view.transferee !== transfer.to) {
      transfer.to = view.transferee;
      transfer.since = local;
      transfer.lastIndex = view.log.lastIndex;
      transfer.event = -1;
      this.deadline.clear(node);
      return;
    }
    if (transfer.event !== context.cluster.event) {
      transfer.event = context.cluster.event;
      transfer.lastIndexBefore = transfer.lastIndex;
    }
    const what = `handing over to ${context.name(transfer.to)}`;
    for (let index = transfer.lastIndex + 1; index <= view.log.lastIndex; index++) {
      if (view.log.entry(index).request === null) continue;
      context.reportLiveness('Lv8', `${context.name(node)} took a request while ${what}`);
    }
    transfer.lastIndex = view.log.lastIndex;
    const span = local - transfer.since;
    if (span <= this.silenceBound) this.deadline.clear(node);
    else if (this.deadline.isMissed(node, local))
      context.reportLiveness('Lv8', `${context.name(node)} had been ${what} for ${Math.round(span / 1_000)} ms`);
  }

  /** The leader itself wants this election: loyalty to it is no reason to keep out of it. Dissertation §4.2.3. */
  private checkVoteForTarget(
    node: number,
    view: RaftView,
    { term, candidate, lastLogTerm, lastLogIndex }: RequestVote,
  ): void {
    const { context } = this;
    const who = `${context.name(candidate)}, to whom its leader hands over`;
    if (view.term < term) {
      context.reportLiveness('Lv8', `${context.name(node)} did not listen to ${who}`);
      return;
    }
    if (view.term > term || view.votedFor === candidate) return;
    if (isUpToDate(view, lastLogTerm, lastLogIndex))
      context.reportLiveness('Lv8', `${context.name(node)} did not vote for ${who}`);
  }
}
