import {
  APPEND_ENTRIES,
  APPEND_ENTRIES_REPLY,
  type Configuration,
  FORWARD,
  FORWARD_REPLY,
  INSTALL_SNAPSHOT,
  type Message,
  READ_INDEX,
  READ_INDEX_REPLY,
  INSTALL_SNAPSHOT_REPLY,
} from '../../core/messages.ts';
import { LEADER, type RaftView } from '../../core/view.ts';
import type { Reply, Request } from '../../sim/protocol.ts';
import { describeRequest } from '../../sim/describe-request.ts';
import type { CheckContext } from '../context.ts';
import { ReadConfirmations } from './read-confirmations.ts';
import type { LedgerReader } from '../history/ledger.ts';
import type { ModelReply } from '../history/kv-model.ts';
import type { Arrival, Operation, Operations } from '../history/operations.ts';
import { ValueHistory } from '../history/value-history.ts';

/** Bytes of memory of a value with its index. */
const VALUE_FOOTPRINT = 30;

/**
 * Checks replies against what was acknowledged before their requests were invoked: I31; and for gets outside the log,
 * how the leader made sure that it still led: I32, I33. Costs O(1) an operation.
 *
 * A node may apply further entries between reading a value and replying. So the state from which a get was answered is
 * known only as a range, which ends with what the node has applied when the reply leaves.
 */
export class ReadChecks implements LedgerReader {
  private readonly context: CheckContext;
  private readonly operations: Operations;
  private readonly valueHistory = new ValueHistory();
  private readonly confirmations: ReadConfirmations;
  /** Whether nodes may serve gets without an entry in the log. */
  private readonly readsOutsideLog: boolean;
  private readonly usesReadIndex: boolean;
  private readonly usesLease: boolean;
  /** The highest term in which a leader has committed something. */
  private committedTerm = 0;
  /** By node: the event in which it last received ReadIndex. */
  private readonly readIndexReceivedIn: Float64Array;

  constructor(context: CheckContext, operations: Operations) {
    this.context = context;
    this.operations = operations;
    this.confirmations = new ReadConfirmations(context);
    // All nodes read in the same way.
    const { reads } = context.options.of(0);
    this.readsOutsideLog = reads !== 'log';
    this.usesReadIndex = reads === 'readIndex';
    this.usesLease = reads === 'lease';
    this.readIndexReceivedIn = new Float64Array(context.cluster.nodes).fill(-1);
  }

  /** Bytes of memory of the values that are remembered, estimated. */
  get footprint(): number {
    return this.valueHistory.kept * VALUE_FOOTPRINT + this.valueHistory.length;
  }

  committed(index: number, term: number, request: Request | null, reply: ModelReply | null): void {
    this.committedTerm = Math.max(this.committedTerm, term);
    if (request === null || reply === null) return;
    const operation = this.operations.find(request);
    if (operation !== undefined && !operation.executed) {
      operation.executed = true;
      operation.index = index;
    }
    if (this.readsOutsideLog) this.remember(request, reply, index);
  }

  requested(node: number, request: Request): void {
    if (!this.readsOutsideLog || request.command.op !== 'get') return;
    const operation = this.operations.find(request);
    const { view, bootedAt } = this.context.histories[node]!;
    if (operation === undefined || view === null) return;
    const { event } = this.context.cluster;
    const committed = this.context.ledger.length;
    const led = view.role === LEADER;
    const arrival: Arrival = { node, event, committed, committedTerm: this.committedTerm, term: view.term, led };
    operation.arrivals ??= [];
    const earlier = operation.arrivals.findIndex((one) => one.node === node);
    if (earlier < 0) operation.arrivals.push(arrival);
    else if (operation.arrivals[earlier]!.event < bootedAt.event) operation.arrivals[earlier] = arrival;
  }

  sent(from: number, to: number, message: Message): void {
    const { type } = message;
    if (type === APPEND_ENTRIES || type === INSTALL_SNAPSHOT) {
      if (this.usesReadIndex) this.confirmations.sent(from, message);
    } else if (type === READ_INDEX_REPLY) {
      if (message.readIndex >= 0) this.readIndexReplied(from, message.term);
    } else if (type === FORWARD_REPLY) {
      this.relayed(from, to, message.request, message.reply);
    }
  }

  delivered(from: number, to: number, message: Message): void {
    const { type } = message;
    if (type === APPEND_ENTRIES_REPLY || type === INSTALL_SNAPSHOT_REPLY) {
      if (this.usesReadIndex) this.confirmations.acknowledged(from, to, message);
    } else if (type === READ_INDEX) {
      this.readIndexReceivedIn[to] = this.context.cluster.event;
    } else if (type === FORWARD) {
      this.requested(to, message.request);
    }
  }

  /** The node has changed its configuration. */
  reconfigured(node: number, view: RaftView, before: Configuration): void {
    if (this.usesReadIndex) this.confirmations.reconfigured(node, view, before);
  }

  /** Whether the request is a get that needs no entry in the ledger. */
  isRead(request: Request): boolean {
    return this.readsOutsideLog && request.command.op === 'get' && this.operations.find(request)?.executed !== true;
  }

  /** An `ok` leaves a node for its client. */
  acknowledged(node: number, request: Request, reply: Reply): void {
    const operation = this.operations.find(request);
    // Its client no longer waits for a reply.
    if (operation === undefined) return;
    if (!this.isRead(request)) {
      this.checkThroughLog(node, request, operation);
      return;
    }
    if (operation.wasRelayedTo(node, reply.value)) return;
    this.recordReply(node, request, operation, reply.value);
  }

  /** The reply to a forwarded get goes back to the node that forwarded it, which forwards it to the client. */
  private relayed(node: number, to: number, request: Request, reply: Reply): void {
    const operation = this.operations.find(request);
    if (reply.status !== 'ok' || operation === undefined || !this.isRead(request)) return;
    operation.relays ??= [];
    operation.relays.push({ to, value: reply.value });
    this.recordReply(node, request, operation, reply.value);
  }

  private checkThroughLog(node: number, request: Request, { executed, index, floor }: Operation): void {
    if (executed && index > floor) return;
    const { context } = this;
    const which = `"${describeRequest(request)}" (session ${request.session}, request ${request.sequence})`;
    const summary = executed
      ? `${context.name(node)} acknowledged ${which} at index ${index}, but index ${floor} had been acknowledged before it was invoked`
      : `${context.name(node)} acknowledged ${which}, which has not been executed since it was invoked`;
    context.report('I31', node, summary);
  }

  /** A node replies to a get from its state. */
  private recordReply(node: number, request: Request, operation: Operation, value: string | null): void {
    const { view } = this.context.histories[node]!;
    const arrival = operation.arrivals?.find((one) => one.node === node);
    if (view === null) return;
    const index = view.lastApplied;
    operation.index = operation.index < 0 ? index : Math.min(operation.index, index);
    if (this.usesLease && arrival !== undefined) this.checkLease(node, request, arrival, view);
    this.checkRecency(node, request, operation, index, value);
    if (arrival === undefined) return;
    this.checkReadIndex(node, request, arrival, index, value);
    if (this.usesReadIndex) this.checkConfirmation(node, request, arrival, view);
  }

  /** I31: the state includes what was acknowledged before the request was invoked, and one since then held the value. */
  private checkRecency(
    node: number,
    request: Request,
    { floor }: Operation,
    index: number,
    value: string | null,
  ): void {
    const { context, valueHistory } = this;
    const { key } = request.command;
    const name = context.name(node);
    if (index < floor) {
      const summary = `${name} replied to "${describeRequest(request)}" from the state after index ${index}, although index ${floor} had been acknowledged before it was invoked`;
      context.report('I31', node, summary, {
        witnesses: [
          context.commitWitness('A', floor),
          context.present('B', node, `reply: ${value ?? 'absent'}, from the state after index ${index}`),
        ],
      });
    } else if (!valueHistory.held(key, value, floor, index)) {
      const right = valueHistory.at(key, index);
      const summary = `${name} replied ${value ?? 'absent'} to "${describeRequest(request)}", but after index ${index} the value is ${right ?? 'absent'}`;
      context.report('I31', node, summary, {
        witnesses: [context.present('B', node, `reply: ${value ?? 'absent'}`)],
      });
    }
  }

  /** I32, first half: the state includes everything that was committed when the request arrived at the node. */
  private checkReadIndex(node: number, request: Request, arrival: Arrival, index: number, value: string | null): void {
    const { context } = this;
    if (index >= arrival.committed && this.valueHistory.held(request.command.key, value, arrival.committed, index))
      return;
    const summary = `${context.name(node)} replied to "${describeRequest(request)}" from a state without index ${arrival.committed}, which had been committed when the request arrived`;
    context.report('I32', node, summary, {
      witnesses: [
        context.commitWitness('A', arrival.committed),
        context.present('B', node, `reply: ${value ?? 'absent'}; applied up to index ${index}`),
      ],
    });
  }

  /** I32, second half: since the request arrived at the node, a quorum has confirmed the leader. */
  private checkConfirmation(node: number, request: Request, arrival: Arrival, view: RaftView): void {
    const { context, confirmations } = this;
    const isSameLeader = view.role === LEADER && arrival.led && arrival.term === view.term;
    const isConfirmed =
      (view.role === LEADER && confirmations.confirms(node, view, arrival.event)) ||
      (!isSameLeader && confirmations.confirmedForFollower(node, arrival.event));
    if (isConfirmed) return;
    const name = context.name(node);
    const summary = isSameLeader
      ? `${name} replied to "${describeRequest(request)}" as leader of term ${view.term}, but no quorum has confirmed that since the request arrived`
      : `${name} replied to "${describeRequest(request)}", but since the request arrived it has received no read index of a confirmed leader`;
    const responders = confirmations.respondersSince(node, arrival.event);
    context.report('I32', node, summary, {
      quorums: isSameLeader ? [{ text: `nodes that replied to ${name} since then`, nodes: responders }] : [],
    });
  }

  /**
   * I33. The node checked its lease some time between the arrival and the reply: in this event if both belong to it.
   * Otherwise it is certain only that the lease must have been valid when the request arrived.
   */
  private checkLease(node: number, request: Request, arrival: Arrival, view: RaftView): void {
    if (view.role !== LEADER || !arrival.led || arrival.term !== view.term) return;
    const { context } = this;
    const committedTerm = arrival.event === context.cluster.event ? this.committedTerm : arrival.committedTerm;
    if (committedTerm > view.term) this.reportBrokenLease(node, view.term, `replied to "${describeRequest(request)}"`);
  }

  private readIndexReplied(node: number, term: number): void {
    const { context } = this;
    const { view } = context.histories[node]!;
    if (view === null) return;
    // It may have stepped down in the same event.
    if (this.usesReadIndex) this.confirmations.readIndexSent(node, view, term);
    if (view.role !== LEADER) return;
    if (!this.usesLease || this.readIndexReceivedIn[node] !== context.cluster.event) return;
    if (this.committedTerm > view.term) this.reportBrokenLease(node, view.term, 'sent a follower a read index');
  }

  private reportBrokenLease(node: number, term: number, what: string): void {
    const { context } = this;
    const { ledger } = context;
    const summary = `${context.name(node)} ${what} by its lease of term ${term}, although the leader of term ${this.committedTerm} had committed entries`;
    context.report('I33', node, summary, {
      witnesses: [
        context.commitWitness('A', ledger.length),
        context.present('B', node, `${context.name(node)} leads term ${term}`),
      ],
    });
  }

  private remember({ command }: Request, reply: ModelReply, index: number): void {
    const { op, key, value } = command;
    const { valueHistory, operations } = this;
    if (op === 'put' || op === 'append') valueHistory.put(key, reply.value, index, operations.lowestFloor);
    else if (op === 'delete') valueHistory.put(key, null, index, operations.lowestFloor);
    else if (op === 'cas' && reply.applied) valueHistory.put(key, value, index, operations.lowestFloor);
  }
}
