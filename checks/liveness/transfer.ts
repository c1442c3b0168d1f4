import { type Message, NONE, REQUEST_VOTE, type RequestVote, TIMEOUT_NOW } from '../../core/messages.ts';
import { CANDIDATE, LEADER, type RaftView } from '../../core/view.ts';
import type { AdminRequest } from '../../core/admin-request.ts';
import type { Micros } from '../../sim/protocol.ts';
import type { CheckContext } from '../context.ts';
import { Deadline } from './deadline.ts';
import { silenceBound } from '../expected-options.ts';
import type { NodeHistory } from '../history/node-history.ts';
import { isUpToDate } from '../history/log-history.ts';
import { milliseconds } from './milliseconds.ts';

/** The terms that are remembered for each node: a message of an earlier one may still arrive. */
const MOST_TERMS = 64;

/** A leadership transfer in flight, as seen at the leader. */
interface Transfer {
  /** The target; NONE: no transfer is in flight. */
  to: number;
  /** Local time of the latest admin request for it, or of its beginning. */
  since: Micros;
  /** How often the leader's clock had been adjusted then. */
  adjustments: number;
  /** The last index of the leader's log after its latest event. */
  lastIndex: number;
  /** The last index of the leader's log before that event. */
  lastIndexBefore: number;
  /** That event. */
  event: number;
}

/** Checks leadership transfers: Lv8. */
export class TransferChecks {
  private readonly context: CheckContext;
  private readonly deadline: Deadline;
  /** By node, while it leads. */
  private readonly transfers: readonly Transfer[];
  /** By node: the latest term that it became candidate of because of TimeoutNow. */
  private readonly timeoutNowTerm: Float64Array;
  /** By node: the terms whose leaders have sent it TimeoutNow, ascending as they were sent. */
  private readonly termsOfTimeoutNow: readonly number[][];

  constructor(context: CheckContext) {
    const { nodes } = context.cluster;
    this.context = context;
    this.deadline = new Deadline(context);
    this.transfers = Array.from({ length: nodes }, () => ({
      to: NONE,
      since: 0,
      adjustments: 0,
      lastIndex: 0,
      lastIndexBefore: 0,
      event: -1,
    }));
    this.timeoutNowTerm = new Float64Array(nodes).fill(-1);
    this.termsOfTimeoutNow = Array.from({ length: nodes }, () => []);
  }

  booted(node: number): void {
    this.transfers[node]!.to = NONE;
    // It may become candidate of that term by itself, if the term was not durable.
    this.timeoutNowTerm[node] = -1;
  }

  adminRequested(node: number, request: AdminRequest): void {
    if (request.kind === 'transfer') this.startOver(node, this.transfers[node]!);
  }

  /** A node has handled an event: this message, if it was one. */
  stepped(history: NodeHistory, view: RaftView, message: Message | null): void {
    const transfer = this.transfers[history.node]!;
    if (view.role !== LEADER) {
      transfer.to = NONE;
    } else if (view.transferee !== NONE || transfer.to !== NONE) this.transferPending(history.node, view, transfer);
    if (message === null) return;
    if (message.type === TIMEOUT_NOW) {
      if (view.role === CANDIDATE && view.term > history.term) this.timeoutNowObeyed(history, view, message.term);
    } else if (message.type === REQUEST_VOTE && message.transfer && message.term > history.term) {
      this.checkVoteForTarget(history.node, view, message);
    }
  }

  sent(from: number, to: number, message: Message): void {
    const { context } = this;
    if (message.type === TIMEOUT_NOW) {
      if (context.leaders.get(message.term)?.node === from) this.noteRequest(to, message.term);
      const { view } = context.histories[from]!;
      if (view === null || view.role !== LEADER || view.term !== message.term) return;
      // Entries appended in the same event come after the decision.
      const transfer = this.transfers[from]!;
      const lastIndex = transfer.event === context.cluster.event ? transfer.lastIndexBefore : view.log.lastIndex;
      const lacking = lastIndex - view.matchIndex[to]!;
      if (lacking <= 0) return;
      const what = `sent TimeoutNow to ${context.name(to)}, whose log lacked ${lacking} of its entries`;
      context.reportLiveness('Lv8', from, `${context.name(from)} ${what}`);
    } else if (message.type === REQUEST_VOTE && message.transfer) {
      this.checkRequested(from, message.term);
    } else if (message.type === REQUEST_VOTE && message.term === this.timeoutNowTerm[from]) {
      // Only nodes that stick to their leader need the flag.
      if (!context.options.ever(({ checkQuorum }) => checkQuorum)) return;
      const what = `sent RequestVote for term ${message.term} without the transfer flag, although it had received TimeoutNow`;
      context.reportLiveness('Lv8', from, `${context.name(from)} ${what}`);
    }
  }

  /** The node has become candidate because of TimeoutNow of this term. */
  private timeoutNowObeyed({ node, term: before }: NodeHistory, { term }: RaftView, sentIn: number): void {
    this.timeoutNowTerm[node] = term;
    if (sentIn >= before) return;
    const { context } = this;
    const what = `obeyed TimeoutNow of term ${sentIn}, although it was in term ${before}`;
    context.reportLiveness('Lv8', node, `${context.name(node)} ${what}`);
  }

  private noteRequest(to: number, term: number): void {
    const terms = this.termsOfTimeoutNow[to]!;
    if (terms.includes(term)) return;
    terms.push(term);
    if (terms.length > MOST_TERMS) terms.shift();
  }

  /** Voters do not stick to their leader in an election that the leader of the term before has requested, and in no other. */
  private checkRequested(node: number, term: number): void {
    if (this.termsOfTimeoutNow[node]!.includes(term - 1)) return;
    const { context } = this;
    const what = `sent RequestVote for term ${term} as the target of a transfer that no leader of term ${term - 1} has requested`;
    context.reportLiveness('Lv8', node, `${context.name(node)} ${what}`);
  }

  private startOver(node: number, transfer: Transfer): void {
    const { context } = this;
    transfer.since = context.localTime(node);
    transfer.adjustments = context.cluster.clockAdjustments(node);
  }

  private transferPending(node: number, view: RaftView, transfer: Transfer): void {
    const { context } = this;
    const local = context.localTime(node);
    if (view.transferee !== transfer.to) {
      transfer.to = view.transferee;
      this.startOver(node, transfer);
      transfer.lastIndex = view.log.lastIndex;
      transfer.event = -1;
      this.deadline.clear(node);
      return;
    }
    if (transfer.event !== context.cluster.event) {
      transfer.event = context.cluster.event;
      transfer.lastIndexBefore = transfer.lastIndex;
    }
    const name = context.name(node);
    const target = context.name(transfer.to);
    for (let index = transfer.lastIndex + 1; index <= view.log.lastIndex; index++) {
      if (view.log.entry(index).request === null) continue;
      context.reportLiveness('Lv8', node, `${name} appended a request during its leadership transfer to ${target}`);
    }
    transfer.lastIndex = view.log.lastIndex;
    // A span that a clock has not gone through is none.
    if (transfer.adjustments !== context.cluster.clockAdjustments(node)) this.startOver(node, transfer);
    const span = local - transfer.since;
    if (span <= silenceBound(context.options.of(node))) this.deadline.clear(node);
    else if (this.deadline.isMissed(node, local)) {
      const text = `${name} did not abort its leadership transfer to ${target} for ${milliseconds(span)}`;
      context.reportLiveness('Lv8', node, text);
    }
  }

  /** The leader itself wants this election: leader stickiness is no reason to ignore it. Dissertation §4.2.3. */
  private checkVoteForTarget(
    node: number,
    view: RaftView,
    { term, candidate, lastLogTerm, lastLogIndex }: RequestVote,
  ): void {
    const { context } = this;
    const name = context.name(node);
    const target = `${context.name(candidate)}, the target of its leader's transfer`;
    if (view.term < term) {
      context.reportLiveness('Lv8', node, `${name} ignored the RequestVote of ${target}`);
      return;
    }
    if (view.term > term || view.votedFor === candidate) return;
    if (isUpToDate(view, lastLogTerm, lastLogIndex))
      context.reportLiveness('Lv8', node, `${name} did not vote for ${target}`);
  }
}
