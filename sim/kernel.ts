import { assert } from './assert.ts';
import { Clients, type Operation } from './clients.ts';
import { Clock } from './clock.ts';
import { Disk } from './disk.ts';
import { sample } from './distribution.ts';
import { Envelope } from './envelope.ts';
import { CLIENT, NOTHING, REPLY, WAKE, WORK } from './event-kinds.ts';
import { Faults } from './faults.ts';
import { RollingHash } from './hash.ts';
import { freezeDeeply } from './freeze.ts';
import { Machine } from './machine.ts';
import { Marks } from './marks.ts';
import { Narrator } from './narrator.ts';
import { Network } from './network.ts';
import type { Observer, Recorder } from './observer.ts';
import { Outbox } from './outbox.ts';
import {
  APPLIED,
  type EndpointId,
  MESSAGE,
  type Micros,
  type NodeId,
  PERSISTED,
  type Protocol,
  REQUEST,
  type Request,
  type StepEvent,
  type StepKind,
  TIMER,
  type Ticket,
  type TimerId,
} from './protocol.ts';
import type { WorldPlan } from './plan.ts';
import { EventQueue } from './queue.ts';
import { NO_ROW } from './timers.ts';
import type { Traffic } from './traffic.ts';
import { Streams } from './random.ts';

class MutableStepEvent<M> implements StepEvent<M> {
  kind: StepKind = MESSAGE;
  from = 0;
  message: M | null = null;
  timer = 0;
  ticket = 0;
  index = 0;
  request: Request | null = null;
}

/**
 * What happens by itself: machines, network and clients under one virtual clock. `step` takes the next event from the
 * queue and lets it happen.
 */
export class Kernel<S, M, D, K, V> {
  /** Global virtual time. */
  now: Micros = 0;
  /** Number of the current event, from 1. */
  event = 0;
  /** Number of the event that caused it. */
  cause = 0;
  delivered = 0;
  readonly hash = new RollingHash();
  readonly faults = new Faults();
  readonly marks = new Marks();
  readonly streams: Streams;
  readonly clients: Clients;
  readonly network: Network;
  readonly nodes: number;
  /** Nodes and clients. */
  readonly endpoints: number;
  /** Messages between nodes by type; null while nobody counts them, so that a message costs less. */
  traffic: Traffic | null = null;

  protected readonly protocol: Protocol<S, M, D, K, V>;
  protected readonly plan: WorldPlan<K>;
  protected readonly queue = new EventQueue();
  protected readonly machines: Machine<S, D, K>[] = [];
  private readonly out: Outbox<M, D, K>;
  private readonly stepEvent = new MutableStepEvent<M>();
  private readonly duplicateDelivered;
  private actions = 0;
  protected observer: Observer<M> | null = null;
  private readonly narrator: Narrator<M, D>;

  constructor(protocol: Protocol<S, M, D, K, V>, plan: WorldPlan<K>) {
    this.protocol = protocol;
    this.plan = plan;
    this.nodes = plan.nodes.length;
    this.narrator = new Narrator(this, protocol);
    this.streams = new Streams(plan.seed);
    this.endpoints = this.nodes + plan.clients.count + plan.clients.spare;
    this.network = new Network(this.endpoints, plan.weather, this.queue, this.streams, this.faults, this.marks);
    this.clients = new Clients(this, plan.clients, this.streams);
    this.out = new Outbox<M, D, K>();
    this.duplicateDelivered = this.marks.counter('duplicate-delivered');
    for (let node = 0; node < this.nodes; node++) {
      const disk = new Disk<D, K>(
        protocol,
        plan.disk(node) ?? protocol.freshDisk(node),
        plan.disks[node]!.fsync,
        this.streams.get('disk', node),
        this.streams.get('disk-crash', node),
      );
      const clock = new Clock(plan.clocks[node]!.offset, plan.clocks[node]!.drift);
      const random = this.streams.get('node', node);
      const service = plan.processes[node]!.service;
      const serviceRandom = this.streams.get('service', node);
      this.machines.push(new Machine(disk, clock, service, protocol.timers.length, random, serviceRandom));
    }
  }

  /** Boots all nodes. The observer and recorder see everything from here on. */
  start(observer: Observer<M> | null, recorder: Recorder | null): void {
    this.observer = observer;
    this.narrator.recorder = recorder;
    this.beginAction('boot', -1);
    for (let node = 0; node < this.nodes; node++) this.boot(node);
  }

  // What can be seen.

  nodeName(node: NodeId): string {
    return this.plan.nodes[node]!;
  }

  endpointName(endpoint: EndpointId): string {
    return endpoint < this.nodes ? this.plan.nodes[endpoint]! : `c${endpoint - this.nodes + 1}`;
  }

  isUp(node: NodeId): boolean {
    return this.machines[node]!.state !== null;
  }

  isPaused(node: NodeId): boolean {
    return this.machines[node]!.paused;
  }

  /** The node's state; null while it is down. */
  state(node: NodeId): S | null {
    return this.machines[node]!.state;
  }

  /** A read-only look at the node; null while it is down. */
  view(node: NodeId): V | null {
    const { state } = this.machines[node]!;
    return state === null ? null : this.protocol.view(state);
  }

  /** Increases with every action, mark and completed operation, and with every message while types are counted. */
  get revision(): number {
    const { ok, failed, unknown } = this.clients;
    return this.actions + this.marks.revision + ok + failed + unknown + (this.traffic === null ? 0 : this.network.sent);
  }

  /** What is durable on the node's disk. */
  diskContents(node: NodeId): K {
    return this.machines[node]!.disk.contents;
  }

  localTime(node: NodeId): Micros {
    return this.machines[node]!.clock.local(this.now);
  }

  /** Time of the next row in the queue, Infinity if there is none. */
  get nextTime(): Micros {
    return this.queue.length === 0 ? Infinity : this.queue.nextTime;
  }

  // What can happen.

  /** Lets the next event happen and returns its kind; NOTHING if its row had been overtaken. */
  step(): number {
    const { queue } = this;
    assert(queue.pop(), 'a step was asked for although nothing is left to happen');
    this.now = queue.time;
    const { kind, target, from, detail, payload } = queue;
    this.cause = queue.cause;
    switch (kind) {
      case MESSAGE:
      case REQUEST:
        return this.arrive(kind, target, from, detail, payload);
      case TIMER:
        return this.timerRow(target, from, detail);
      case PERSISTED:
        return this.writeDone(target, from, detail);
      case REPLY:
        return this.replyArrives(target, from, detail, payload as Envelope);
      case CLIENT:
        return this.clientWakes(target, from, detail);
      case WORK:
        return this.workDone(target, from, detail);
      default:
        return kind;
    }
  }

  /** A row of kind WAKE at that time, so that `step` returns then. */
  wakeAt(at: Micros): void {
    this.queue.push(Math.max(at, this.now), WAKE, 0, 0, 0, null, this.event);
  }

  /** Numbers an action from outside as an event of its own, caused by nothing inside the simulation. */
  beginAction(name: string, node: NodeId | -1): void {
    this.actions++;
    this.event++;
    this.cause = 0;
    this.hash.int(this.now);
    this.hash.text(name);
    this.hash.int(node);
  }

  /** Adds an observation if somebody wants its kind. Ask `wants` first where the text costs something. */
  note(
    kind: string,
    node: EndpointId | -1,
    peer: EndpointId | -1,
    fields: Readonly<Record<string, string | number | boolean>>,
    text: string,
  ): void {
    this.narrator.note(kind, node, peer, fields, text);
  }

  wants(kind: string): boolean {
    return this.narrator.wants(kind);
  }

  // ClientHost.

  sendRequest(client: EndpointId, to: NodeId, request: Request): void {
    const { command } = request;
    const bytes = 32 + command.key.length + command.value.length;
    const fate = this.network.send(client, to, REQUEST, request, bytes, this.now, this.event);
    if (fate === 'duplicated') this.clients.noteDuplicate(request);
    if (fate !== 'sent') this.narrator.fate(fate, client, to, 'Request', '');
  }

  wakeClient(client: EndpointId, at: Micros, place: number, generation: number): void {
    this.queue.push(at, CLIENT, client, place, generation, null, this.event);
  }

  noteOperation(what: string, operation: Operation): void {
    const { command, session, sequence } = operation.request;
    if (what === 'invoked') {
      this.hash.int(session);
      this.hash.int(sequence);
      this.hash.text(command.op);
      this.hash.text(command.key);
      this.hash.text(command.value);
    }
    this.narrator.operation(what, operation);
  }

  // The inside.

  protected boot(node: NodeId): void {
    const machine = this.machines[node]!;
    this.out.begin(machine.disk);
    machine.state = this.protocol.boot(
      node,
      this.protocol.cloneDisk(machine.disk.contents),
      machine.clock.local(this.now),
      machine.random,
      this.out,
    );
    this.observer?.booted(node);
    this.applyNow(node, machine, machine.clock.local(this.now));
    this.drain(node, machine);
  }

  private arrive(
    kind: typeof MESSAGE | typeof REQUEST,
    node: NodeId,
    from: EndpointId,
    detail: number,
    payload: unknown,
  ): number {
    if (this.network.isStale(from, node, detail)) return this.lostOnArrival(node, from, 'cut');
    const machine = this.machines[node]!;
    if (machine.state === null) {
      this.network.dropped++;
      return this.lostOnArrival(node, from, 'down');
    }
    this.delivered++;
    if ((detail & 1) === 1) this.duplicateDelivered.count++;
    this.event++;
    this.hash.int(this.now);
    this.hash.int((from << 16) | (node << 4) | kind);
    if (kind === MESSAGE) {
      this.protocol.digest(payload as M, this.hash);
    } else {
      this.hash.int((payload as Request).session);
      this.hash.int((payload as Request).sequence);
    }
    if (this.narrator.isOn) this.narrator.delivered(kind, node, from, payload);
    if (machine.paused || machine.slow || machine.working) this.wait(node, machine, kind, from, 0, payload);
    else this.run(node, machine, kind, from, 0, payload);
    return kind;
  }

  private timerRow(node: NodeId, timer: TimerId, incarnation: number): number {
    const machine = this.machines[node]!;
    if (machine.incarnation !== incarnation || !machine.timers.takeRow(timer, this.now)) return NOTHING;
    if (!machine.timers.isOn(timer)) return NOTHING;
    if (!machine.timers.isDue(timer, machine.clock.local(this.now))) {
      this.scheduleTimer(node, machine, timer);
      return NOTHING;
    }
    this.event++;
    this.hash.int(this.now);
    this.hash.int((timer << 16) | (node << 4) | TIMER);
    if (machine.paused || machine.slow || machine.working) {
      this.wait(node, machine, TIMER, 0, timer, null);
      return TIMER;
    }
    this.timerFires(node, machine, timer);
    return TIMER;
  }

  private timerFires(node: NodeId, machine: Machine<S, D, K>, timer: TimerId): void {
    machine.timers.set(timer, Infinity);
    this.narrator.timer(node, timer);
    this.run(node, machine, TIMER, 0, timer, null);
  }

  private writeDone(node: NodeId, ticket: Ticket, incarnation: number): number {
    const machine = this.machines[node]!;
    if (machine.incarnation !== incarnation || machine.disk.isDurable(ticket)) return NOTHING;
    this.event++;
    this.hash.int(this.now);
    this.hash.int((node << 4) | PERSISTED);
    this.hash.int(ticket);
    const write = machine.disk.complete(ticket);
    this.observer?.persisted(node);
    this.narrator.persisted(node, write.delta, ticket);
    // The disk works on under a paused process, which learns of it and sends what it held only later.
    if (machine.paused || machine.slow || machine.working) {
      const held = { to: write.heldFor.slice(0, write.heldCount), what: write.held.slice(0, write.heldCount) };
      this.wait(node, machine, PERSISTED, 0, ticket, held);
    } else {
      for (let i = 0; i < write.heldCount; i++) this.leave(node, write.heldFor[i]!, write.held[i]);
      this.run(node, machine, PERSISTED, 0, ticket, null);
    }
    return PERSISTED;
  }

  private replyArrives(client: EndpointId, from: NodeId, detail: number, { request, reply }: Envelope): number {
    if (this.network.isStale(from, client, detail)) return this.lostOnArrival(client, from, 'cut');
    this.event++;
    this.delivered++;
    this.hash.int(this.now);
    this.hash.int((from << 16) | (client << 4) | REPLY);
    this.hash.int(request.sequence);
    this.hash.text(reply.status);
    // What it says follows from the state it was read from, which was hashed when it was applied.
    this.hash.int(reply.value === null ? -1 : reply.value.length);
    this.clients.receive(client, from, request, reply);
    return REPLY;
  }

  private clientWakes(client: EndpointId, place: number, generation: number): number {
    this.event++;
    if (!this.clients.wake(client, place, generation)) {
      this.event--;
      return NOTHING;
    }
    this.hash.int(this.now);
    this.hash.int((client << 4) | CLIENT);
    return CLIENT;
  }

  /** Puts an event into the inbox of a node that cannot take it now. */
  private wait(
    node: NodeId,
    machine: Machine<S, D, K>,
    kind: StepKind,
    from: EndpointId,
    detail: number,
    payload: unknown,
  ): void {
    this.faults.hit(machine.pausedBy);
    this.faults.hit(machine.slowedBy);
    machine.inbox.push({ kind, from, detail, payload, cause: this.event });
    this.beginWork(node, machine);
  }

  protected beginWork(node: NodeId, machine: Machine<S, D, K>): void {
    if (machine.working || machine.paused || machine.inbox.length === 0) return;
    machine.working = true;
    const busy = machine.slow ? sample(machine.service, machine.serviceRandom) : 0;
    this.queue.push(this.now + busy, WORK, node, ++machine.shift, machine.incarnation, null, machine.inbox[0]!.cause);
  }

  /** The head of the inbox takes effect. */
  private workDone(node: NodeId, shift: number, incarnation: number): number {
    const machine = this.machines[node]!;
    if (machine.incarnation !== incarnation || machine.shift !== shift) return NOTHING;
    machine.working = false;
    if (machine.paused) return NOTHING;
    const waiting = machine.inbox.shift()!;
    this.event++;
    this.hash.int(this.now);
    this.hash.int((node << 4) | WORK);
    const { kind, from, detail, payload } = waiting;
    if (kind === TIMER) {
      // An event ahead of it in the inbox may have moved the timer.
      if (machine.timers.isDue(detail, machine.clock.local(this.now))) this.timerFires(node, machine, detail);
    } else if (kind === PERSISTED) {
      const held = payload as { to: number[]; what: unknown[] };
      for (let i = 0; i < held.what.length; i++) this.leave(node, held.to[i]!, held.what[i]);
      this.run(node, machine, PERSISTED, 0, detail, null);
    } else {
      this.run(node, machine, kind, from, detail, payload);
    }
    this.beginWork(node, machine);
    return WORK;
  }

  /** Steps a node with one event and lets its effects out. */
  private run(
    node: NodeId,
    machine: Machine<S, D, K>,
    kind: StepKind,
    from: EndpointId,
    detail: number,
    payload: unknown,
  ): void {
    const { stepEvent, out } = this;
    const state = machine.state!;
    const local = machine.clock.local(this.now);
    stepEvent.kind = kind;
    stepEvent.from = from;
    stepEvent.message = kind === MESSAGE ? (payload as M) : null;
    stepEvent.request = kind === REQUEST ? (payload as Request) : null;
    stepEvent.timer = detail;
    stepEvent.ticket = detail;
    out.begin(machine.disk);
    this.protocol.step(state, stepEvent, local, machine.random, out);
    this.applyNow(node, machine, local);
    this.observer?.stepped(node);
    this.drain(node, machine);
  }

  /** Lets the node advance its state machine as far as it has asked for. */
  private applyNow(node: NodeId, machine: Machine<S, D, K>, local: Micros): void {
    const { stepEvent, out } = this;
    // Applying takes no time of its own, so its event follows at once; but what is to be applied is looked at first.
    while (out.applyTo > 0) {
      this.observer?.stepped(node);
      if (this.observer?.isBroken === true) break;
      stepEvent.kind = APPLIED;
      stepEvent.index = out.applyTo;
      out.applyTo = 0;
      this.protocol.step(machine.state!, stepEvent, local, machine.random, out);
    }
  }

  /** Carries out the effects of the step that has just ended. */
  private drain(node: NodeId, machine: Machine<S, D, K>): void {
    const { out, observer } = this;
    for (let i = 0; i < out.appliedCount; i++) {
      this.hash.int(out.appliedHash[i]!);
      observer?.applied(node, out.appliedIndex[i]!, out.appliedHash[i]!);
    }
    for (let i = 0; i < out.writeCount; i++) this.issueWrite(node, machine, out.firstTicket + i);
    for (let i = 0; i < out.timerCount; i++) {
      const timer = out.timerIds[i]!;
      machine.timers.set(timer, out.timerTimes[i]!);
      if (machine.timers.isOn(timer)) {
        this.faults.hit(machine.clockBy);
        this.scheduleTimer(node, machine, timer);
      }
    }
    for (let i = 0; i < out.sendCount; i++) {
      const after = out.sendAfter[i]!;
      const to = out.sendTo[i]!;
      const what = out.sendWhat[i];
      if (machine.disk.isDurable(after)) this.leave(node, to, what);
      else this.hold(node, machine, to, what, after);
    }
    for (let i = 0; i < out.markCount; i++) this.marks.add(out.marks[i]!);
    out.end();
  }

  private issueWrite(node: NodeId, machine: Machine<S, D, K>, ticket: Ticket): void {
    const { disk } = machine;
    this.faults.hit(disk.slowedBy);
    if (disk.stalledUntil > this.now) this.faults.hit(disk.stalledBy);
    this.scheduleWrite(node, machine, ticket);
    this.narrator.writing(node, this.out.writes[ticket - this.out.firstTicket]!, ticket);
  }

  /** Says when a pending write becomes durable. An earlier word on it, if there is one, comes too late and is ignored. */
  protected scheduleWrite(node: NodeId, machine: Machine<S, D, K>, ticket: Ticket): void {
    this.queue.push(machine.disk.completion(this.now), PERSISTED, node, ticket, machine.incarnation, null, this.event);
  }

  private hold(node: NodeId, machine: Machine<S, D, K>, to: EndpointId, what: unknown, after: Ticket): void {
    machine.disk.hold(after, to, what);
    if (this.narrator.isOn && !(what instanceof Envelope)) this.narrator.held(node, to, what as M, after);
  }

  /** A message or a reply leaves its node. */
  private leave(node: NodeId, to: EndpointId, what: unknown): void {
    if (what instanceof Envelope) {
      this.observer?.replied(node, what.request, what.reply);
      const bytes = 24 + (what.reply.value === null ? 0 : what.reply.value.length);
      const fate = this.network.send(node, to, REPLY, what, bytes, this.now, this.event);
      if (fate === 'duplicated') this.clients.noteDuplicate(what.request);
      if (fate !== 'sent') this.narrator.fate(fate, node, to, 'Reply', '');
      return;
    }
    const message = what as M;
    if (this.plan.freeze) freezeDeeply(message);
    this.observer?.sent(node, to, message);
    const bytes = this.protocol.bytes(message);
    const fate = this.network.send(node, to, MESSAGE, message, bytes, this.now, this.event);
    this.traffic?.add(this.protocol.messageType(message), bytes);
    if (this.narrator.isOn || fate !== 'sent') this.narrator.sent(fate, node, to, message);
  }

  /** Sees to it that a queue row stands for the timer at the time it is due, or earlier. */
  protected scheduleTimer(node: NodeId, machine: Machine<S, D, K>, timer: TimerId): void {
    const at = machine.timers.row(timer, machine.clock, this.now);
    if (at !== NO_ROW) this.queue.push(at, TIMER, node, timer, machine.incarnation, null, this.event);
  }

  private lostOnArrival(node: NodeId, from: EndpointId, reason: string): number {
    this.event++;
    this.hash.int(this.now);
    this.hash.int((from << 16) | (node << 4) | NOTHING);
    this.narrator.lost(node, from, reason);
    return NOTHING;
  }
}
