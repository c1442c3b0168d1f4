import { describeSpan } from './base/distribution.ts';
import { describeRequest } from './describe-request.ts';
import { Envelope } from './effects.ts';
import type { Content } from './message-rule.ts';
import type { Fate } from './network.ts';
import type { Recorder } from './observer.ts';
import type { Operation } from './clients/operation.ts';
import {
  type EndpointId,
  type Facts,
  MESSAGE,
  type Micros,
  type NodeId,
  type Protocol,
  type Request,
  type SnapshotWork,
  type Ticket,
  type TimerId,
  type WriteFailure,
} from './protocol.ts';
import type { FieldsOf, SimulationEvents, TraceFields, TraceSink } from './trace-event.ts';

const SNAPSHOT_WORK: Readonly<Record<SnapshotWork, string>> = {
  make: 'makes a snapshot',
  read: 'reads a snapshot',
  install: 'installs a snapshot',
};

const WRITE_FAILURES: Readonly<Record<WriteFailure, string>> = {
  full: 'no room left',
  error: 'the disk reports an error',
};

/** What the tracer needs to know of the moment. */
interface Moment {
  readonly event: number;
  readonly cause: number;
  readonly now: Micros;
  endpointName(endpoint: EndpointId): string;
}

/** The parts of a protocol that put its data into words. */
type Words<M, D, A> = Pick<
  Protocol<unknown, M, D, unknown, unknown, A>,
  'timers' | 'messageType' | 'describe' | 'facts' | 'describeWrite' | 'factsOfWrite' | 'admin'
>;

/**
 * Makes trace events of what happens, for a recorder that wants them. A text is built only where its kind is wanted, so
 * that a run without a recorder costs next to nothing.
 */
export class Tracer<M, D, A> implements TraceSink<SimulationEvents> {
  recorder: Recorder | null = null;
  private readonly moment: Moment;
  private readonly protocol: Words<M, D, A>;

  constructor(moment: Moment, protocol: Words<M, D, A>) {
    this.moment = moment;
    this.protocol = protocol;
  }

  get isOn(): boolean {
    return this.recorder !== null;
  }

  wants(kind: string): boolean {
    return this.recorder !== null && this.recorder.wants(kind);
  }

  note<K extends keyof SimulationEvents>(
    kind: K,
    node: EndpointId | -1,
    peer: EndpointId | -1,
    fields: FieldsOf<SimulationEvents[K]>,
    text: string,
  ): void {
    this.emit(kind, node, peer, fields, text);
  }

  /** Records a trace event of any catalogue, if its kind is wanted. */
  emit(kind: string, node: EndpointId | -1, peer: EndpointId | -1, fields: TraceFields, text: string): void {
    if (!this.wants(kind)) return;
    const { event, cause, now } = this.moment;
    this.recorder!.record({ kind, event, cause, at: now, node, peer, fields, text });
  }

  sent(node: NodeId, to: NodeId, message: M): void {
    if (!this.wants('sent')) return;
    this.note('sent', node, to, this.content(message), `⇒ ${this.name(to)} ${this.protocol.describe(message)}`);
  }

  /** What became of something sent, unless it simply goes its way. `kind`: the event that its arrival would be. */
  fate(fate: Fate, from: EndpointId, to: EndpointId, kind: number, payload: unknown): void {
    if (fate === 'sent') return;
    const event = EVENTS_OF_FATES[fate];
    if (event === undefined) return this.dropped(from, to, kind, payload, fate);
    if (!this.wants(event)) return;
    const content = this.contentOf(kind, payload);
    this.note(event, from, to, content, `${content.type} to ${this.name(to)} ${WORDS_OF_FATES[event]}`);
  }

  /** A message is lost, when it is sent or where it would arrive. */
  dropped(from: EndpointId, to: EndpointId, kind: number, payload: unknown, reason: string): void {
    if (!this.wants('dropped')) return;
    const content = this.contentOf(kind, payload);
    const what = kind === MESSAGE ? this.protocol.describe(payload as M) : content.type;
    this.note('dropped', from, to, { ...content, reason }, `✕ ${this.name(to)} ${what} (${reason})`);
  }

  held(node: NodeId, to: EndpointId, message: M, after: Ticket): void {
    if (!this.wants('held')) return;
    const text = `holds ${this.protocol.describe(message)} for ${this.name(to)} until it is durable`;
    this.note('held', node, to, { ...this.content(message), ticket: after }, text);
  }

  delivered(node: NodeId, from: NodeId, message: M): void {
    if (!this.wants('delivered')) return;
    const text = `⇐ ${this.name(from)} ${this.protocol.describe(message)}`;
    this.note('delivered', node, from, this.content(message), text);
  }

  deliveredRequest(node: NodeId, from: EndpointId, request: Request): void {
    if (!this.wants('delivered')) return;
    const text = `⇐ ${this.name(from)} Request ${describeRequest(request)}`;
    this.note('delivered', node, from, contentOfRequest(request), text);
  }

  deliveredReply(client: EndpointId, from: NodeId, envelope: Envelope): void {
    if (!this.wants('delivered')) return;
    const { request, reply } = envelope;
    const text = `⇐ ${this.name(from)} Reply to ${describeRequest(request)}: ${reply.status}`;
    this.note('delivered', client, from, contentOfReply(envelope), text);
  }

  /** A node that was paused or busy handles something that had waited since that event. */
  handled(node: NodeId, since: number): void {
    if (this.wants('handled'))
      this.note('handled', node, -1, { since }, `handles what had waited since event ${since}`);
  }

  /** A node's process is busy with a snapshot from here on. */
  busy(node: NodeId, work: SnapshotWork, span: Micros): void {
    if (!this.wants('busy')) return;
    this.note(
      'busy',
      node,
      -1,
      { work, span },
      `${SNAPSHOT_WORK[work]}, which keeps it busy for ${describeSpan(span)}`,
    );
  }

  timer(node: NodeId, timer: TimerId): void {
    const name = this.protocol.timers[timer]!;
    if (this.wants('timer')) this.note('timer', node, -1, { timer: name }, `${name} timer fires`);
  }

  /** @param request of the operation that has waited; null: the timer is not that of an operation */
  clientTimer(client: EndpointId, timer: ClientTimer, request: Request | null): void {
    if (!this.wants('timer')) return;
    const operation =
      request === null ? {} : { op: request.command.op, key: request.command.key, sequence: request.sequence };
    this.note('timer', client, -1, { timer, ...operation }, CLIENT_TIMERS[timer]);
  }

  writing(node: NodeId, delta: D, ticket: Ticket): void {
    if (!this.wants('writing')) return;
    this.note('writing', node, -1, { ...this.factsOfWrite(delta), ticket }, `writing ${this.describeWrite(delta)}`);
  }

  persisted(node: NodeId, delta: D, ticket: Ticket): void {
    if (!this.wants('persisted')) return;
    this.note('persisted', node, -1, { ...this.factsOfWrite(delta), ticket }, `durable: ${this.describeWrite(delta)}`);
  }

  writeFailed(node: NodeId, delta: D, ticket: Ticket, reason: WriteFailure): void {
    if (!this.wants('write-failed')) return;
    const fields = { ...this.factsOfWrite(delta), ticket, reason };
    this.note(
      'write-failed',
      node,
      -1,
      fields,
      `write fails (${WRITE_FAILURES[reason]}): ${this.describeWrite(delta)}`,
    );
  }

  readFailed(node: NodeId): void {
    if (this.wants('read-failed')) this.note('read-failed', node, -1, {}, 'cannot read its disk');
  }

  halted(node: NodeId, what: 'stops' | 'does not start', reason: string): void {
    if (this.wants('halted')) this.note('halted', node, -1, { reason }, `${what}: ${reason}`);
  }

  restored(node: NodeId, index: number): void {
    if (!this.wants('restored')) return;
    this.note('restored', node, -1, { index }, `the state machine is that of a snapshot of index ${index}`);
  }

  adminRequest(node: NodeId, request: A, path: string): void {
    if (!this.wants('admin-request')) return;
    const { admin } = this.protocol;
    const text = `${path}: ${admin!.describe(request, (other) => this.name(other))}`;
    this.note('admin-request', node, -1, { request: admin!.kind(request), path }, text);
  }

  adminRejected(node: NodeId, reason: string): void {
    this.note('admin-rejected', node, -1, { reason }, `rejects the request: ${reason}`);
  }

  panicked(node: NodeId, error: unknown): void {
    if (this.wants('panicked')) this.note('panicked', node, -1, { error: String(error) }, `throws ${String(error)}`);
  }

  registered(client: EndpointId, session: number): void {
    if (this.wants('registered')) this.note('registered', client, -1, { session }, `session ${session} is open`);
  }

  /** @param to the node that a request is sent to again; −1: none in particular */
  operation(kind: 'invoked' | 'retried' | 'completed', operation: Operation, to: NodeId | -1): void {
    if (!this.wants(kind)) return;
    const { request, outcome, reply } = operation;
    const { command, sequence } = request;
    const isCompleted = kind === 'completed';
    const found = isCompleted && command.op === 'get' && reply !== null ? reply : null;
    const read = found === null ? '' : ` = ${found.value ?? 'absent'}`;
    const end = isCompleted ? `: ${outcome}` : '';
    const fields = {
      ...{ op: command.op, key: command.key, value: command.value, sequence, outcome },
      ...(outcome === 'ok' && found !== null && found.value !== null ? { read: found.value } : {}),
    };
    this.note(kind, request.client, to, fields, `${kind} ${describeRequest(request)}${read}${end}`);
  }

  /** The type of a message, and what it carries. */
  private content(message: M): Content {
    return { type: this.protocol.messageType(message), ...this.protocol.facts?.(message) };
  }

  /** The same of whatever the network carries. `kind`: the event that its arrival would be. */
  contentOf(kind: number, payload: unknown): Content {
    if (kind === MESSAGE) return this.content(payload as M);
    return payload instanceof Envelope ? contentOfReply(payload) : contentOfRequest(payload as Request);
  }

  private factsOfWrite(delta: D): Facts {
    return this.protocol.factsOfWrite?.(delta, (other) => this.name(other)) ?? {};
  }

  private describeWrite(delta: D): string {
    return this.protocol.describeWrite(delta, (other) => this.name(other));
  }

  private name(endpoint: EndpointId): string {
    return this.moment.endpointName(endpoint);
  }
}

/** The trace events of what becomes of a message that is not lost. */
const EVENTS_OF_FATES = {
  duplicated: 'duplicated',
  clogged: 'held-back',
  held: 'held-back',
  delayed: 'delayed',
  corrupted: 'corrupted',
  lost: undefined,
  cut: undefined,
  dropped: undefined,
} as const satisfies Record<Exclude<Fate, 'sent'>, keyof SimulationEvents | undefined>;

const WORDS_OF_FATES = {
  duplicated: 'will arrive twice',
  'held-back': 'is held back until it is released',
  delayed: 'will arrive late',
  corrupted: 'will arrive corrupt',
} as const;

function contentOfRequest({ sequence, command }: Request): Content {
  return { type: 'Request', sequence, op: command.op, key: command.key };
}

function contentOfReply({ request, reply }: Envelope): Content {
  return { ...contentOfRequest(request), type: 'Reply', status: reply.status };
}

/** What a client waits for when its timer fires: a reply, the end of a pause, or its next operation. */
export type ClientTimer = keyof typeof CLIENT_TIMERS;

const CLIENT_TIMERS = {
  timeout: 'no reply in time',
  backoff: 'the pause before the next attempt is over',
  think: 'the pause before the next operation is over',
} as const;
