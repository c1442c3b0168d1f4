import type { Clients } from './clients/clients.ts';
import { Effects, Envelope } from './effects.ts';
import { FaultLog, type HaltLog } from './faults/fault-log.ts';
import { Marks } from './marks.ts';
import type { MessageCounts } from './message-counts.ts';
import type { SentMessage } from './messages-in-hand.ts';
import { Network } from './network.ts';
import type { Observer } from './observer.ts';
import type { SimulationPlan } from './plan.ts';
import { type EndpointId, MESSAGE, type Micros, type NodeId, type Protocol, type Request } from './protocol.ts';
import { Tracer } from './tracer.ts';
import { assert } from './base/assert.ts';
import { REPLY } from './base/event-kinds.ts';
import { freezeDeeply } from './base/freeze.ts';
import { RollingHash } from './base/hash.ts';
import { EventQueue } from './base/queue.ts';
import { Streams } from './base/random.ts';

/** What the parts of one simulation share: the moment, the event queue, the hash, the network, and who listens. */
export class SimulationContext<S, M, D, K, V, A> {
  /** Global virtual time. */
  now: Micros = 0;
  /** Number of the current event, from 1. */
  event = 0;
  /** Number of the event that caused it; 0: the start of the run. */
  cause = 0;
  /** Messages, requests and replies that have reached their receivers. */
  delivered = 0;
  /** How many things have been done from outside. */
  actions = 0;
  /** Why the node that took the last admin request rejects it; null if it does not. */
  rejection: string | null = null;
  observer: Observer<M, A> | null = null;
  /** Messages between nodes by type; null while nothing counts them, so that a message costs less. */
  messageCounts: MessageCounts | null = null;

  readonly protocol: Protocol<S, M, D, K, V, A>;
  readonly plan: SimulationPlan<K>;
  readonly nodes: number;
  /** Nodes and clients. */
  readonly endpoints: number;
  readonly queue = new EventQueue();
  readonly hash = new RollingHash();
  readonly faults = new FaultLog();
  readonly marks = new Marks();
  readonly streams: Streams;
  readonly network: Network;
  readonly tracer: Tracer<M, D, A>;
  readonly effects = new Effects<M, D, K>();
  /** The message whose trace event `sent` is being looked at; null: none. */
  inHand: SentMessage | null = null;
  clients!: Clients;
  halts!: HaltLog;

  constructor(protocol: Protocol<S, M, D, K, V, A>, plan: SimulationPlan<K>) {
    this.protocol = protocol;
    this.plan = plan;
    this.nodes = plan.nodes.length;
    this.endpoints = this.nodes + plan.clients.count + plan.clients.spare;
    this.streams = new Streams(plan.seed);
    this.network = new Network(
      this.nodes,
      this.endpoints,
      plan.links,
      this.queue,
      this.streams,
      this.faults,
      this.marks,
      (kind, payload) => this.tracer.contentOf(kind, payload),
    );
    this.tracer = new Tracer(this, protocol);
  }

  /** Numbers the event that begins. A cause that is not earlier than its effect would make chains of causes endless. */
  begin(cause: number): void {
    assert(cause <= this.event, 'an event was caused by one that has not happened yet');
    this.event++;
    this.cause = cause;
    this.tracer.recorder?.begin?.(this.event, cause);
  }

  endpointName(endpoint: EndpointId): string {
    return endpoint < this.nodes ? this.plan.nodes[endpoint]! : `c${endpoint - this.nodes + 1}`;
  }

  /** A message or a reply leaves its node. */
  depart(node: NodeId, to: EndpointId, what: unknown): void {
    if (what instanceof Envelope) this.departReply(node, to, what);
    else this.departMessage(node, to, what as M);
  }

  /** A situation has come about at the node. */
  addMark(name: string, node: NodeId): void {
    this.marks.add(name);
    this.noteMark(name, node);
  }

  /** The same for marks that are counted where they come about. */
  noteMark(name: string, node: NodeId): void {
    if (this.tracer.wants('mark')) this.tracer.note('mark', node, -1, { name }, `mark ${name}`);
  }

  private departReply(node: NodeId, to: EndpointId, envelope: Envelope): void {
    const { request, reply } = envelope;
    this.observer?.replied(node, request, reply);
    const bytes = 24 + (reply.value === null ? 0 : reply.value.length);
    const fate = this.network.send(node, to, REPLY, envelope, bytes, this.now, this.event);
    if (fate === 'sent') return;
    if (fate === 'duplicated') this.clients.noteDuplicate(request);
    this.tracer.fate(fate, node, to, REPLY, envelope);
  }

  private departMessage(node: NodeId, to: NodeId, message: M): void {
    const { network, protocol } = this;
    if (this.plan.freeze) freezeDeeply(message);
    this.observer?.sent(node, to, message);
    const bytes = protocol.bytes(message);
    const { reordered } = network;
    const firstRow = this.queue.nextSequence;
    const fate = network.send(node, to, MESSAGE, message, bytes, this.now, this.event);
    if (network.reordered > reordered) this.noteMark('message-reordered', node);
    this.messageCounts?.add(protocol.messageType(message), bytes);
    if (this.tracer.wants('sent')) {
      const rows = { firstRow, endOfRows: this.queue.nextSequence };
      this.inHand = { from: node, to, kind: MESSAGE, payload: message, bytes, cause: this.event, ...rows };
      this.tracer.sent(node, to, message);
      this.inHand = null;
    }
    if (fate === 'sent') return;
    this.tracer.fate(fate, node, to, MESSAGE, message);
    if (fate === 'duplicated') {
      const request = this.passedOn(MESSAGE, message);
      if (request !== null) this.clients.noteDuplicate(request);
    }
  }

  /** The client's request that something on the network is, passes on, or replies to; null: none. */
  passedOn(kind: number, payload: unknown): Request | null {
    if (kind === MESSAGE) return this.protocol.passesOn?.(payload as M) ?? null;
    return payload instanceof Envelope ? payload.request : (payload as Request);
  }
}
