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
import type { CheckContext } from '../context.ts';
import { ReadConfirmations } from './read-confirmations.ts';
import type { LedgerReader } from '../history/ledger.ts';
import type { ModelReply } from '../history/kv-model.ts';
import type { Ask, Operation, Operations } from '../history/operations.ts';
import { ValueHistory } from '../history/value-history.ts';

/**
 * Watches what clients are told against what was acknowledged before they asked: I31; and for gets that do not go
 * through the log, how the answer was arrived at: I32, I33. Costs O(1) an operation.
 *
 * A node may apply further entries between looking a value up and answering. So the state that a get was answered from
 * is known as a range: it is at most what the node has applied when the answer leaves.
 */
export class ReadChecks implements LedgerReader {
  private readonly context: CheckContext;
  private readonly operations: Operations;
  private readonly versions = new ValueHistory();
  private readonly greetings: ReadConfirmations;
  /** Whether gets may be answered without an entry in the log. */
  private readonly isOutsideLog: boolean;
  private readonly isByGreetings: boolean;
  private readonly isByLease: boolean;
  /** The highest term in which a leader has committed something. */
  private committedTerm = 0;
  /** By node: the event in which it was last asked where to read. */
  private readonly readIndexAsked: Float64Array;

  constructor(context: CheckContext, operations: Operations) {
    const { reads } = context.promises;
    this.context = context;
    this.operations = operations;
    this.greetings = new ReadConfirmations(context);
    this.isOutsideLog = reads !== 'log';
    this.isByGreetings = reads === 'readIndex';
    this.isByLease = reads === 'lease';
    this.readIndexAsked = new Float64Array(context.watched.nodes).fill(-1);
  }

  committed(index: number, term: number, request: Request | null, told: ModelReply | null): void {
    this.committedTerm = Math.max(this.committedTerm, term);
    if (request === null || told === null) return;
    const operation = this.operations.find(request);
    if (operation !== undefined && !operation.executed) {
      operation.executed = true;
      operation.index = index;
    }
    if (this.isOutsideLog) this.remember(request, told, index);
  }

  asked(node: number, request: Request): void {
    if (!this.isOutsideLog || request.command.op !== 'get') return;
    const operation = this.operations.find(request);
    const { view, bootedAt } = this.context.shadows[node]!;
    if (operation === undefined || view === null) return;
    const { event } = this.context.watched;
    const committed = this.context.ledger.length;
    const led = view.role === LEADER;
    const ask: Ask = { node, event, committed, committedTerm: this.committedTerm, term: view.term, led };
    operation.asks ??= [];
    const earlier = operation.asks.findIndex((one) => one.node === node);
    if (earlier < 0) operation.asks.push(ask);
    else if (operation.asks[earlier]!.event < bootedAt.event) operation.asks[earlier] = ask;
  }

  sent(from: number, to: number, message: Message): void {
    const { type } = message;
    if (type === APPEND_ENTRIES || type === INSTALL_SNAPSHOT) {
      if (this.isByGreetings) this.greetings.sent(from, message);
    } else if (type === READ_INDEX_REPLY) {
      if (message.readIndex >= 0) this.saidWhereToRead(from, message.term);
    } else if (type === FORWARD_REPLY) {
      this.handedOn(from, to, message.request, message.reply);
    }
  }

  delivered(from: number, to: number, message: Message): void {
    const { type } = message;
    if (type === APPEND_ENTRIES_REPLY || type === INSTALL_SNAPSHOT_REPLY) {
      if (this.isByGreetings) this.greetings.answered(from, to, message);
    } else if (type === READ_INDEX) {
      this.readIndexAsked[to] = this.context.watched.event;
    } else if (type === FORWARD) {
      this.asked(to, message.request);
    }
  }

  /** The node has changed its configuration. */
  reconfigured(node: number, view: RaftView, before: Configuration): void {
    if (this.isByGreetings) this.greetings.reconfigured(node, view, before);
  }

  /** Whether the request is a get that is answered without standing in the ledger. */
  isRead(request: Request): boolean {
    return this.isOutsideLog && request.command.op === 'get' && this.operations.find(request)?.executed !== true;
  }

  /** An `ok` leaves a node for its client. */
  acknowledged(node: number, request: Request, reply: Reply): void {
    const operation = this.operations.find(request);
    // Nobody waits for it any more.
    if (operation === undefined) return;
    if (!this.isRead(request)) {
      this.throughLog(node, request, operation);
      return;
    }
    if (operation.wasHandedTo(node, reply.value)) return;
    this.answered(node, request, operation, reply.value);
  }

  /** The answer to a get that was passed on goes back to the node that passed it on, which will tell the client. */
  private handedOn(node: number, to: number, request: Request, reply: Reply): void {
    const operation = this.operations.find(request);
    if (reply.status !== 'ok' || operation === undefined || !this.isRead(request)) return;
    operation.relays ??= [];
    operation.relays.push({ to, value: reply.value });
    this.answered(node, request, operation, reply.value);
  }

  private throughLog(node: number, request: Request, { executed, index, floor }: Operation): void {
    if (executed && index > floor) return;
    const { context } = this;
    const asked = `"${inWords(request)}" (session ${request.session}, request ${request.sequence})`;
    const summary = executed
      ? `${context.name(node)} acknowledged ${asked} at index ${index}, but index ${floor} had been acknowledged before it was asked`
      : `${context.name(node)} acknowledged ${asked}, which has not been executed since it was asked`;
    context.report('I31', node, summary);
  }

  /** A node answers a get from the state it has. */
  private answered(node: number, request: Request, operation: Operation, value: string | null): void {
    const { view } = this.context.shadows[node]!;
    const ask = operation.asks?.find((one) => one.node === node);
    if (view === null) return;
    const index = view.lastApplied;
    operation.index = operation.index < 0 ? index : Math.min(operation.index, index);
    if (this.isByLease && ask !== undefined) this.leaseMustHold(node, request, ask, view);
    this.mustBeRecent(node, request, operation, index, value);
    if (ask === undefined) return;
    this.mustHoldWhatWasCommitted(node, request, ask, index, value);
    if (this.isByGreetings) this.mustBeConfirmed(node, request, ask, view);
  }

  /** I31: not older than what was acknowledged before the client asked, and a value that a state since then held. */
  private mustBeRecent(
    node: number,
    request: Request,
    { floor }: Operation,
    index: number,
    value: string | null,
  ): void {
    const { context, versions } = this;
    const { key } = request.command;
    const name = context.name(node);
    if (index < floor) {
      const summary = `${name} answered "${inWords(request)}" from the state after index ${index}, although index ${floor} had been acknowledged before it was asked`;
      context.report('I31', node, summary, {
        witnesses: [
          context.commitWitness('A', floor),
          context.here('B', node, `answer: ${value ?? 'absent'}, from the state after index ${index}`),
        ],
      });
    } else if (!versions.held(key, value, floor, index)) {
      const right = versions.at(key, index);
      const summary = `${name} answered "${inWords(request)}" with ${value ?? 'absent'}, but after index ${index} it is ${right ?? 'absent'}`;
      context.report('I31', node, summary, {
        witnesses: [context.here('B', node, `answer: ${value ?? 'absent'}`)],
      });
    }
  }

  /** I32, the first half: nothing is missing that was committed when the read reached the node. */
  private mustHoldWhatWasCommitted(
    node: number,
    request: Request,
    ask: Ask,
    index: number,
    value: string | null,
  ): void {
    const { context } = this;
    if (index >= ask.committed && this.versions.held(request.command.key, value, ask.committed, index)) return;
    const summary = `${context.name(node)} answered "${inWords(request)}" from a state without index ${ask.committed}, which had been committed when it was asked`;
    context.report('I32', node, summary, {
      witnesses: [
        context.commitWitness('A', ask.committed),
        context.here('B', node, `answer: ${value ?? 'absent'}; applied up to index ${index}`),
      ],
    });
  }

  /** I32, the second half: since the read reached the node, a quorum has confirmed who leads. */
  private mustBeConfirmed(node: number, request: Request, ask: Ask, view: RaftView): void {
    const { context, greetings } = this;
    const isSameLeader = view.role === LEADER && ask.led && ask.term === view.term;
    const isConfirmed =
      (view.role === LEADER && greetings.confirms(node, view, ask.event)) ||
      (!isSameLeader && greetings.confirmedForFollower(node, ask.event));
    if (isConfirmed) return;
    const name = context.name(node);
    const summary = isSameLeader
      ? `${name} answered "${inWords(request)}" as leader of term ${view.term}, but no quorum has confirmed that since it was asked`
      : `${name} answered "${inWords(request)}", but since it was asked no leader whom a quorum has confirmed has said where to read`;
    const answerers = greetings.answerersSince(node, ask.event);
    context.report('I32', node, summary, {
      quorums: isSameLeader ? [{ text: `nodes that answered ${name} since then`, nodes: answerers }] : [],
    });
  }

  /**
   * I33. The lease was looked at some time between the question and the answer: at that very moment, if they are of the
   * same event. Otherwise it is certain only that it must not have been too late when the question came.
   */
  private leaseMustHold(node: number, request: Request, ask: Ask, view: RaftView): void {
    if (view.role !== LEADER || !ask.led || ask.term !== view.term) return;
    const { context } = this;
    const committedTerm = ask.event === context.watched.event ? this.committedTerm : ask.committedTerm;
    if (committedTerm > view.term) this.leaseBroken(node, view.term, `answered "${inWords(request)}"`);
  }

  private saidWhereToRead(node: number, term: number): void {
    const { context } = this;
    const { view } = context.shadows[node]!;
    if (view === null) return;
    // It may have stepped down in this very event.
    if (this.isByGreetings) this.greetings.vouches(node, view, term);
    if (view.role !== LEADER) return;
    if (!this.isByLease || this.readIndexAsked[node] !== context.watched.event) return;
    if (this.committedTerm > view.term) this.leaseBroken(node, view.term, 'told a follower where to read');
  }

  private leaseBroken(node: number, term: number, what: string): void {
    const { context } = this;
    const { ledger } = context;
    const summary = `${context.name(node)} ${what} by its lease of term ${term}, although a leader of term ${this.committedTerm} had committed entries`;
    context.report('I33', node, summary, {
      witnesses: [
        context.commitWitness('A', ledger.length),
        context.here('B', node, `${context.name(node)} leads term ${term}`),
      ],
    });
  }

  private remember({ command }: Request, told: ModelReply, index: number): void {
    const { op, key, value } = command;
    const { versions, operations } = this;
    if (op === 'put' || op === 'append') versions.put(key, told.value, index, operations.lowestFloor);
    else if (op === 'delete') versions.put(key, null, index, operations.lowestFloor);
    else if (op === 'cas' && told.applied) versions.put(key, value, index, operations.lowestFloor);
  }
}

function inWords({ command }: Request): string {
  return `${command.op} ${command.key} ${command.value}`.trim();
}
