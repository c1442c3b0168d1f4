import { Clients } from './clients/clients.ts';
import type { Operation } from './clients/operation.ts';
import type { Load } from './clients/workload.ts';
import { SimulationContext } from './context.ts';
import type { Envelope } from './effects.ts';
import { Actions } from './faults/actions.ts';
import { describeDrift } from './faults/describe.ts';
import type { Origin } from './faults/fault-log.ts';
import { describeValues } from './faults/describe.ts';
import { FaultInjector } from './faults/injector.ts';
import type { FaultValues } from './faults/values.ts';
import type { Marks } from './marks.ts';
import type { MessageCounts } from './message-counts.ts';
import type { Arrival, Network } from './network.ts';
import { NodeControl } from './node-control.ts';
import { NodeRuntime } from './node-runtime.ts';
import type { Observer, Recorder } from './observer.ts';
import type { SimulationPlan } from './plan.ts';
import {
  APPLIED,
  type Command,
  type EndpointId,
  MESSAGE,
  type Micros,
  type NodeId,
  PERSISTED,
  type Protocol,
  REQUEST,
  type Request,
  TIMER,
} from './protocol.ts';
import type { ClientTimer } from './tracer.ts';
import type { TraceFields } from './trace-event.ts';
import { assert } from './base/assert.ts';
import { longest } from './base/distribution.ts';
import { CLIENT, NOTHING, REPLY, WAKE, WORK } from './base/event-kinds.ts';
import type { RollingHash } from './base/hash.ts';
import { ROW_FOOTPRINT } from './base/queue.ts';
import type { Streams } from './base/random.ts';

/** The code of the character that fills large values up. */
const DOT = 46;

/** Parts per million by which a clock may be off without being a fault. */
const MOST_DRIFT = 50_000;

/**
 * A simulated cluster with its network and clients under one virtual clock. `step` takes the next event from the queue
 * and lets it happen. A run is a function of the plan and of what is done from outside between events.
 */
export class Simulation<S, M, D, K, V, A> {
  readonly clients: Clients;
  readonly faults: FaultInjector;
  private readonly context: SimulationContext<S, M, D, K, V, A>;
  private readonly runtimes: readonly NodeRuntime<S, M, D, K, V, A>[];
  private readonly actions: Actions;
  private readonly duplicateDelivered;

  /**
   * @param protocol how messages and writes are described and digested
   * @param protocolOf the version of it that each node runs at the beginning; default: all run `protocol`
   */
  constructor(
    protocol: Protocol<S, M, D, K, V, A>,
    plan: SimulationPlan<K>,
    protocolOf: (node: NodeId) => Protocol<S, M, D, K, V, A> = () => protocol,
  ) {
    const context = new SimulationContext<S, M, D, K, V, A>(protocol, plan);
    this.context = context;
    this.runtimes = plan.nodes.map((_name, node) => new NodeRuntime(node, protocolOf(node), context));
    this.actions = new Actions(context);
    this.faults = new FaultInjector(
      this.runtimes.map((runtime) => new NodeControl(runtime, context)),
      this.actions,
      context,
    );
    this.clients = new Clients(this, plan.clients, context.streams);
    context.clients = this.clients;
    this.duplicateDelivered = context.marks.counter('duplicate-delivered');
  }

  /** Boots all nodes. The observer and recorder see everything from here on. */
  start(observer: Observer<M, A> | null, recorder: Recorder | null): void {
    const { context } = this;
    context.observer = observer;
    context.tracer.recorder = recorder;
    context.begin(0);
    context.hash.int(context.now);
    context.hash.text('boot');
    context.tracer.note('started', -1, -1, {}, 'every node boots');
    this.notePlannedDrifts();
    for (const runtime of this.runtimes) runtime.boot();
  }

  // What can be seen.

  /** Global virtual time. */
  get now(): Micros {
    return this.context.now;
  }

  /** Number of the current event, from 1. */
  get event(): number {
    return this.context.event;
  }

  get nodes(): number {
    return this.context.nodes;
  }

  /** Nodes and clients. */
  get endpoints(): number {
    return this.context.endpoints;
  }

  /** Messages, requests and replies that have reached their receivers. */
  get delivered(): number {
    return this.context.delivered;
  }

  get hash(): RollingHash {
    return this.context.hash;
  }

  get marks(): Marks {
    return this.context.marks;
  }

  get network(): Network {
    return this.context.network;
  }

  get streams(): Streams {
    return this.context.streams;
  }

  /** Messages between nodes by type; null while nothing counts them. */
  get messageCounts(): MessageCounts | null {
    return this.context.messageCounts;
  }

  set messageCounts(counts: MessageCounts | null) {
    this.context.messageCounts = counts;
  }

  /** Time of the next row in the queue, Infinity if there is none. */
  get nextTime(): Micros {
    const { queue } = this.context;
    return queue.length === 0 ? Infinity : queue.nextTime;
  }

  /** Bytes of memory that the run holds besides the nodes' own states, estimated: a function of the run. */
  get footprint(): number {
    const { queue, network, faults, streams } = this.context;
    let machines = 0;
    for (const { machine } of this.runtimes) machines += machine.footprint;
    return (
      queue.footprint + network.footprint + machines + this.clients.footprint + faults.footprint + streams.footprint
    );
  }

  /** Bytes of everything that has been sent, invoked or put into the queue so far: memory grows no faster. */
  get produced(): number {
    const { network, queue } = this.context;
    return network.bytes + queue.nextSequence * ROW_FOOTPRINT + this.clients.invokedText;
  }

  /**
   * Increases with every action, mark and completed operation; with every message while types are counted, and with every
   * operation that begins while those are.
   */
  get revision(): number {
    const { ok, failed, unknown, invoked, tally } = this.clients;
    const { actions, marks, messageCounts, network } = this.context;
    const counted = (messageCounts === null ? 0 : network.sent) + (tally === null ? 0 : invoked);
    return actions + marks.revision + ok + failed + unknown + counted;
  }

  nodeName(node: NodeId): string {
    return this.context.plan.nodes[node]!;
  }

  endpointName(endpoint: EndpointId): string {
    return this.context.endpointName(endpoint);
  }

  /** The version that the node runs, or ran last. */
  protocolOf(node: NodeId): Protocol<S, M, D, K, V, A> {
    return this.runtimes[node]!.protocol;
  }

  /** The version that the node will run from its next boot on. */
  nextProtocolOf(node: NodeId): Protocol<S, M, D, K, V, A> {
    return this.runtimes[node]!.nextProtocol;
  }

  isUp(node: NodeId): boolean {
    return this.runtimes[node]!.isUp;
  }

  isPaused(node: NodeId): boolean {
    return this.runtimes[node]!.machine.isPaused;
  }

  /** Whether events that are due may have to wait: the node is paused, slow, or still has others to handle. */
  isHeldUp(node: NodeId): boolean {
    const { isEngaged, inbox } = this.runtimes[node]!.machine;
    return isEngaged || inbox.length > 0;
  }

  /** The node's state; null while it is down. */
  state(node: NodeId): S | null {
    return this.runtimes[node]!.state;
  }

  /** A read-only look at the node; null while it is down. */
  view(node: NodeId): V | null {
    const { state } = this.runtimes[node]!;
    return state === null ? null : this.context.protocol.view(state);
  }

  /** What is durable on the node's disk. */
  diskContents(node: NodeId): K {
    return this.runtimes[node]!.machine.disk.contents;
  }

  /** The reading of the node's monotonic clock. */
  localTime(node: NodeId): Micros {
    return this.runtimes[node]!.localTime;
  }

  /** How often the node's monotonic clock has been adjusted. */
  clockAdjustments(node: NodeId): number {
    return this.runtimes[node]!.machine.clock.adjustments;
  }

  /** Whether the node's monotonic clock reads less than it has read before, since the node booted. */
  isClockBehind(node: NodeId): boolean {
    const { clock } = this.runtimes[node]!.machine;
    return this.localTime(node) < clock.highest(this.now);
  }

  /** Increases whenever a fault begins or ends. */
  get faultRevision(): number {
    return this.context.faults.revision;
  }

  /**
   * How long the node's state machine takes at most to catch up; Infinity for a node with a clock that is off by more than
   * 5%, as one that stands still or runs backwards is, for one that events or snapshots keep busy, however many of them may
   * be waiting, and for one that cannot read its disk.
   */
  processDelay(node: NodeId): Micros {
    const { machine } = this.runtimes[node]!;
    if (machine.disk.unreadableBy > 0) return Infinity;
    if (machine.isSlow || machine.isSlowWithSnapshots || Math.abs(machine.clock.drift) > MOST_DRIFT) return Infinity;
    return machine.applyQueue.longest;
  }

  /** How long a write takes at most; Infinity while the disk is stalled, or writes fail. */
  fsyncDelay(node: NodeId): Micros {
    const { disk } = this.runtimes[node]!.machine;
    return disk.stalledUntil > this.now || disk.fails ? Infinity : longest(disk.fsync);
  }

  /** Whether anything records trace events of this kind. */
  wants(kind: string): boolean {
    return this.context.tracer.wants(kind);
  }

  /** Records a trace event of the current event, of any catalogue. */
  emit(kind: string, node: EndpointId | -1, peer: EndpointId | -1, fields: TraceFields, text: string): void {
    this.context.tracer.emit(kind, node, peer, fields, text);
  }

  // What can happen.

  /** Lets the next event happen and returns its kind; NOTHING for a stale row. */
  step(): number {
    const { context } = this;
    const { queue } = context;
    assert(queue.pop(), 'a step was requested, but no event is left');
    context.now = queue.time;
    const { kind, target, from, detail, payload } = queue;
    switch (kind) {
      case MESSAGE:
      case REQUEST:
        return this.arrive(kind, target, from, detail, payload);
      case TIMER:
        return this.runtimes[target]!.timerRow(from, detail);
      case PERSISTED:
        return this.runtimes[target]!.writeDone(from, detail);
      case APPLIED:
        return this.runtimes[target]!.batchDone(from, detail);
      case REPLY:
        return this.replyArrives(target, from, detail, payload as Envelope);
      case CLIENT:
        return this.clientWakes(target, from, detail);
      case WORK:
        return this.runtimes[target]!.workDone(from, detail);
      default:
        return kind;
    }
  }

  /**
   * A row of kind WAKE at that time, so that `step` returns then, before anything else happens at that instant: what a script
   * does at a time does not depend on when it was known that it would.
   */
  wakeAt(at: Micros): void {
    this.context.queue.pushFirst(Math.max(at, this.now), WAKE);
  }

  // What can be done from outside, besides faults.

  /**
   * A step of the script begins, or goes on after a wait: an event, so that what it does can name it as its cause. It
   * changes nothing, and does not enter the hash.
   *
   * @param cause number of the event that let it
   * @returns the number of the step's event
   */
  beginStep(path: string, text: string, cause: number): number {
    const { context } = this;
    context.begin(cause);
    if (context.tracer.wants('step')) context.tracer.note('step', -1, -1, { path }, `${path}: ${text}`);
    return context.event;
  }

  /**
   * Has the node run another version of its protocol from its next boot on.
   *
   * @param values how it differs: the version itself does not enter the hash
   */
  upgrade(node: NodeId, protocol: Protocol<S, M, D, K, V, A>, values: FaultValues, origin: Origin): void {
    const runtime = this.runtimes[node]!;
    const injection = { kind: 'upgrade', target: { node }, values, undo: null };
    runtime.upgradedBy = this.actions.replace(runtime.upgradedBy, false, injection, origin);
    runtime.nextProtocol = protocol;
    this.actions.note('upgrade', node, () => `the next boot brings ${describeValues(values)}`);
  }

  /** Why the node rejects the request; null if it does not, or if it is paused or busy and will handle it only later. */
  admin(node: NodeId, request: A, origin: Origin): string | null {
    const { admin } = this.context.protocol;
    assert(admin !== undefined, 'an admin request was sent to a protocol that takes none');
    this.actions.act({ kind: 'admin', target: { node } }, origin);
    admin.digest(request, this.context.hash);
    this.context.tracer.adminRequest(node, request, origin.path);
    return this.runtimes[node]!.admin(request);
  }

  /** Has a client begin an operation, or queue it behind its current ones; returns its number. `only` −1: any node. */
  operate(client: number, command: Command, only: NodeId, origin: Origin): number {
    const target = { node: this.nodes + client };
    this.actions.act({ kind: 'operate', target, values: { only } }, origin);
    return this.clients.operate(client, command, only);
  }

  startLoad(load: Load, origin: Origin): void {
    this.actions.act({ kind: 'load', target: { links: 'all' } }, origin);
    this.context.tracer.note('load', -1, -1, { load: 'start' }, 'the clients begin to issue operations');
    this.clients.startLoad(load);
  }

  stopLoad(origin: Origin): void {
    this.actions.act({ kind: 'load-stop', target: { links: 'all' } }, origin);
    this.context.tracer.note('load', -1, -1, { load: 'stop' }, 'the clients issue no further operations');
    this.clients.stopLoad();
  }

  // ClientHost.

  sendRequest(client: EndpointId, to: NodeId, request: Request): void {
    const { context } = this;
    const { command } = request;
    const bytes = 32 + command.key.length + command.value.length;
    const fate = context.network.send(client, to, REQUEST, request, bytes, context.now, context.event);
    if (fate === 'sent') return;
    if (fate === 'duplicated') this.clients.noteDuplicate(request);
    context.tracer.fate(fate, client, to, REQUEST, request);
  }

  wakeClient(client: EndpointId, at: Micros, place: number, generation: number): void {
    const { queue, event } = this.context;
    queue.push(at, CLIENT, client, place, generation, null, event);
  }

  beginClientEvent(client: EndpointId, timer: ClientTimer, cause: number, request: Request | null): void {
    const { context } = this;
    context.begin(cause);
    context.hash.int(context.now);
    context.hash.int((client << 4) | CLIENT);
    context.tracer.clientTimer(client, timer, request);
  }

  beginRetry(): void {
    this.context.begin(this.context.event);
  }

  noteOperation(what: 'invoked' | 'retried' | 'completed', operation: Operation, to: NodeId | -1): void {
    const { hash, tracer, observer } = this.context;
    const { command, session, sequence } = operation.request;
    if (what === 'invoked') {
      hash.int(session);
      hash.int(sequence);
      hash.text(command.op);
      hash.text(command.key);
      if (command.head === undefined) hash.text(command.value);
      else hash.padded(command.head, DOT, command.value.length);
    }
    tracer.operation(what, operation, to);
    if (observer === null) return;
    if (what === 'invoked') observer.invoked(operation.request);
    else if (operation.outcome !== 'pending') observer.completed(operation.request, operation.outcome, operation.reply);
  }

  noteSession(client: EndpointId, session: number): void {
    this.context.tracer.registered(client, session);
  }

  // The inside.

  /** Which drifts have been drawn for this run. */
  private notePlannedDrifts(): void {
    for (const [node, { drift }] of this.context.plan.clocks.entries()) {
      if (typeof drift === 'number') continue;
      const { plannedDrift } = this.runtimes[node]!.machine;
      this.actions.note('clock', node, () => `clock: drift ${describeDrift(plannedDrift)}, as drawn`);
    }
  }

  private arrive(
    kind: typeof MESSAGE | typeof REQUEST,
    node: NodeId,
    from: EndpointId,
    detail: number,
    payload: unknown,
  ): number {
    const { context } = this;
    const { hash, tracer } = context;
    const arrival = context.network.arrival(from, node, detail);
    if (arrival !== 'arrives') return this.doesNotArrive(arrival, kind, node, from, payload);
    const runtime = this.runtimes[node]!;
    if (!runtime.isUp) {
      context.network.dropped++;
      return this.lostOnArrival(kind, node, from, payload, 'down');
    }
    context.delivered++;
    context.begin(context.queue.cause);
    if ((detail & 1) === 1) {
      this.duplicateDelivered.count++;
      context.noteMark('duplicate-delivered', node);
    }
    hash.int(context.now);
    hash.int((from << 16) | (node << 4) | kind);
    if (kind === MESSAGE) {
      context.protocol.digest(payload as M, hash);
      if (tracer.isOn) tracer.delivered(node, from, payload as M);
    } else {
      hash.int((payload as Request).session);
      hash.int((payload as Request).sequence);
      if (tracer.isOn) tracer.deliveredRequest(node, from, payload as Request);
    }
    return runtime.arrive(kind, from, payload);
  }

  private replyArrives(client: EndpointId, from: NodeId, detail: number, envelope: Envelope): number {
    const { context } = this;
    const { hash } = context;
    const arrival = context.network.arrival(from, client, detail);
    if (arrival !== 'arrives') return this.doesNotArrive(arrival, REPLY, client, from, envelope);
    const { request, reply } = envelope;
    context.begin(context.queue.cause);
    context.delivered++;
    hash.int(context.now);
    hash.int((from << 16) | (client << 4) | REPLY);
    hash.int(request.sequence);
    hash.text(reply.status);
    // What it says follows from the state it was read from, which was hashed when it was applied.
    hash.int(reply.value === null ? -1 : reply.value.length);
    context.tracer.deliveredReply(client, from, envelope);
    this.clients.receive(client, from, request, reply);
    return REPLY;
  }

  private clientWakes(client: EndpointId, place: number, generation: number): number {
    return this.clients.wake(client, place, generation, this.context.queue.cause) ? CLIENT : NOTHING;
  }

  private doesNotArrive(
    arrival: Exclude<Arrival, 'arrives'>,
    kind: number,
    to: EndpointId,
    from: EndpointId,
    payload: unknown,
  ): number {
    return arrival === 'nothing' ? NOTHING : this.lostOnArrival(kind, to, from, payload, arrival);
  }

  private lostOnArrival(kind: number, to: EndpointId, from: EndpointId, payload: unknown, reason: string): number {
    const { context } = this;
    context.begin(context.queue.cause);
    context.hash.int(context.now);
    context.hash.int((from << 16) | (to << 4) | NOTHING);
    context.tracer.dropped(from, to, kind, payload, reason);
    return NOTHING;
  }
}
