import type { Recorder } from './observer.ts';
import type { Operation } from './clients/operation.ts';
import {
  type EndpointId,
  MESSAGE,
  type Micros,
  type NodeId,
  type Protocol,
  type Request,
  type Ticket,
  type TimerId,
} from './protocol.ts';

/** What the narrator needs to know of the moment. */
interface Moment {
  readonly event: number;
  readonly cause: number;
  readonly now: Micros;
  endpointName(endpoint: EndpointId): string;
}

/** Puts what happens into words, for whoever listens. Costs next to nothing while nobody does. */
export class Narrator<M, D, A> {
  recorder: Recorder | null = null;
  private readonly moment: Moment;
  private readonly protocol: Pick<
    Protocol<unknown, M, D, unknown, unknown, A>,
    'timers' | 'messageType' | 'describe' | 'describeWrite' | 'admin'
  >;

  constructor(
    moment: Moment,
    protocol: Pick<
      Protocol<unknown, M, D, unknown, unknown, A>,
      'timers' | 'messageType' | 'describe' | 'describeWrite' | 'admin'
    >,
  ) {
    this.moment = moment;
    this.protocol = protocol;
  }

  get isOn(): boolean {
    return this.recorder !== null;
  }

  wants(kind: string): boolean {
    return this.recorder !== null && this.recorder.wants(kind);
  }

  note(
    kind: string,
    node: EndpointId | -1,
    peer: EndpointId | -1,
    fields: Readonly<Record<string, string | number | boolean>>,
    text: string,
  ): void {
    if (!this.wants(kind)) return;
    const { event, cause, now } = this.moment;
    this.recorder!.record({ kind, event, cause, at: now, node, peer, fields, text });
  }

  sent(fate: string, node: NodeId, to: EndpointId, message: M): void {
    const type = this.protocol.messageType(message);
    if (this.wants('sent')) {
      this.note('sent', node, to, { type }, `⇒ ${this.name(to)} ${this.protocol.describe(message)}`);
    }
    if (fate !== 'sent') this.fate(fate, node, to, type, this.protocol.describe(message));
  }

  fate(fate: string, from: EndpointId, to: EndpointId, type: string, text: string): void {
    if (fate === 'duplicated') {
      this.note('duplicated', from, to, { type }, `${type} to ${this.name(to)} will arrive twice`);
    } else if (fate !== 'clogged') {
      this.note(
        'dropped',
        from,
        to,
        { type, reason: fate },
        `✕ ${this.name(to)} ${text === '' ? type : text} (${fate})`,
      );
    }
  }

  held(node: NodeId, to: EndpointId, message: M, after: Ticket): void {
    if (!this.wants('held')) return;
    const type = this.protocol.messageType(message);
    const text = `holds ${this.protocol.describe(message)} for ${this.name(to)} until it is durable`;
    this.note('held', node, to, { type, ticket: after }, text);
  }

  delivered(kind: number, node: NodeId, from: EndpointId, payload: unknown): void {
    if (!this.wants('delivered')) return;
    if (kind === MESSAGE) {
      const message = payload as M;
      const type = this.protocol.messageType(message);
      this.note('delivered', node, from, { type }, `⇐ ${this.name(from)} ${this.protocol.describe(message)}`);
      return;
    }
    const { sequence } = payload as Request;
    const text = `⇐ ${this.name(from)} Request ${words(payload as Request)}`;
    this.note('delivered', node, from, { type: 'Request', sequence }, text);
  }

  lost(node: NodeId, from: EndpointId, reason: string): void {
    this.note('dropped', node, from, { reason }, `message from ${this.name(from)} lost (${reason})`);
  }

  timer(node: NodeId, timer: TimerId): void {
    const name = this.protocol.timers[timer]!;
    this.note('timer', node, -1, { timer: name }, `${name} timer fires`);
  }

  writing(node: NodeId, delta: D, ticket: Ticket): void {
    if (!this.wants('writing')) return;
    this.note(
      'writing',
      node,
      -1,
      { ticket },
      `writing ${this.protocol.describeWrite(delta, (other) => this.name(other))}`,
    );
  }

  persisted(node: NodeId, delta: D, ticket: Ticket): void {
    if (!this.wants('persisted')) return;
    this.note(
      'persisted',
      node,
      -1,
      { ticket },
      `durable: ${this.protocol.describeWrite(delta, (other) => this.name(other))}`,
    );
  }

  restored(node: NodeId, index: number): void {
    if (!this.wants('restored')) return;
    this.note('restored', node, -1, { index }, `the state machine is that of a snapshot of index ${index}`);
  }

  ordered(node: NodeId, order: A, path: string): void {
    if (!this.wants('order')) return;
    const { admin } = this.protocol;
    const text = admin!.describe(order, (other) => this.name(other));
    this.note('order', node, -1, { order: admin!.kind(order), path }, `${path}: ${text}`);
  }

  declined(node: NodeId, reason: string): void {
    this.note('declined', node, -1, { reason }, `declines: ${reason}`);
  }

  registered(client: EndpointId, session: number): void {
    this.note('registered', client, -1, { session }, `session ${session} is open`);
  }

  /** `what`: invoked, retried or completed. */
  operation(what: string, operation: Operation): void {
    if (!this.wants(what)) return;
    const { request, outcome, reply } = operation;
    const { command, sequence } = request;
    const read = what === 'completed' && command.op === 'get' && reply !== null ? ` = ${reply.value ?? 'absent'}` : '';
    const end = what === 'completed' ? `: ${outcome}` : '';
    const fields = { op: command.op, key: command.key, value: command.value, sequence, outcome };
    this.note(what, request.client, -1, fields, `${what} ${words(request)}${read}${end}`);
  }

  private name(endpoint: EndpointId): string {
    return this.moment.endpointName(endpoint);
  }
}

function words({ command }: Request): string {
  return `${command.op} ${command.key} ${command.value}`.trim();
}
