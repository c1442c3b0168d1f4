import { assert } from './assert.ts';
import { Clients, type ClientSettings, type Operation } from './clients.ts';
import { Clock } from './clock.ts';
import { type CrashDisk, Disk } from './disk.ts';
import { type Distribution, isZero, sample } from './distribution.ts';
import { Envelope } from './envelope.ts';
import { Faults } from './faults.ts';
import { RollingHash } from './hash.ts';
import { Marks } from './marks.ts';
import { type LinkWeather, Network } from './network.ts';
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
  type Random,
  type Request,
  type StepEvent,
  type StepKind,
  TIMER,
  type Ticket,
  type TimerId,
} from './protocol.ts';
import { EventQueue } from './queue.ts';
import { Streams } from './random.ts';

/** Kinds of event in the queue. The first five are those a node is stepped with. */
export const REPLY = 5;
export const CLIENT = 6;
/** The process of a slow node has finished with the event at the head of its inbox. */
export const WORK = 7;
/** A script asked to be woken. */
export const WAKE = 8;
/** Nothing happened: a row that time had overtaken (a timer that was moved, a node that is gone). */
export const NOTHING = 9;

/** What a world is made from. */
export interface WorldPlan<K> {
  readonly nodes: readonly string[];
  readonly seed: string;
  readonly weather: (from: EndpointId, to: EndpointId) => LinkWeather;
  readonly inFlight: 'keep' | 'drop';
  readonly disks: readonly { readonly fsync: Distribution; readonly atCrash: CrashDisk }[];
  readonly clocks: readonly { readonly offset: Micros; readonly drift: number }[];
  readonly processes: readonly { readonly service: Distribution }[];
  readonly clients: ClientSettings;
  /** Contents of a node's disk at the beginning; null: those of a node that has never run. */
  readonly disk: (node: NodeId) => K | null;
  /** Freeze every message deeply when it is sent: finds nodes that change what they sent. Slow. */
  readonly freeze: boolean;
}

/** An event that waits because its node is paused or busy. */
interface Waiting {
  readonly kind: StepKind;
  readonly from: EndpointId;
  readonly detail: number;
  readonly payload: unknown;
  readonly cause: number;
}

/** One simulated machine. */
class Machine<S, D, K> {
  state: S | null = null;
  paused = false;
  /** Fault that paused it, or 0. */
  pausedBy = 0;
  incarnation = 0;
  readonly disk: Disk<D, K>;
  readonly clock: Clock;
  /** Fault that changed the clock, or 0. */
  clockBy = 0;
  service: Distribution;
  slow: boolean;
  /** Fault that slowed the process, or 0. */
  slowedBy = 0;
  /** Whether a WORK event is on its way for the head of the inbox. */
  working = false;
  readonly inbox: Waiting[] = [];
  readonly random: Random;
  readonly serviceRandom: Random;
  /** Per timer: the local time it is due, Infinity when it is off. */
  readonly due: Float64Array;
  /** Per timer: the global time of the queue row that stands for it, Infinity for none. */
  readonly scheduled: Float64Array;
  crashedBy = 0;

  constructor(
    disk: Disk<D, K>,
    clock: Clock,
    service: Distribution,
    timers: number,
    random: Random,
    serviceRandom: Random,
  ) {
    this.disk = disk;
    this.clock = clock;
    this.service = service;
    this.slow = !isZero(service);
    this.random = random;
    this.serviceRandom = serviceRandom;
    this.due = new Float64Array(timers).fill(Infinity);
    this.scheduled = new Float64Array(timers).fill(Infinity);
  }
}

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
 * The simulated world: machines, network and clients under one virtual clock. `step` takes the next event from the
 * queue and lets it happen. A run is a function of the plan and the calls made between events.
 */
export class World<S, M, D, K, V> {
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
  /** Messages between nodes since the counters were reset, by type: how many left, and their bytes. */
  readonly sentByType = new Map<string, { count: number; bytes: number }>();
  /** Whether `sentByType` is kept; off, a message costs less. */
  countTypes = false;

  private readonly protocol: Protocol<S, M, D, K, V>;
  private readonly plan: WorldPlan<K>;
  private readonly queue = new EventQueue();
  private readonly machines: Machine<S, D, K>[] = [];
  private readonly out: Outbox<M, D, K>;
  private readonly stepEvent = new MutableStepEvent<M>();
  private readonly duplicateDelivered;
  private actions = 0;
  private observer: Observer<M> | null = null;
  private recorder: Recorder | null = null;

  constructor(protocol: Protocol<S, M, D, K, V>, plan: WorldPlan<K>) {
    this.protocol = protocol;
    this.plan = plan;
    this.nodes = plan.nodes.length;
    this.streams = new Streams(plan.seed);
    const endpoints = this.nodes + plan.clients.count;
    this.network = new Network(endpoints, plan.weather, this.queue, this.streams, this.faults, this.marks);
    this.clients = new Clients(this, plan.clients, this.streams);
    this.out = new Outbox<M, D, K>();
    this.duplicateDelivered = this.marks.counter('duplicate-delivered');
    for (let node = 0; node < this.nodes; node++) {
      const disk = new Disk<D, K>(
        protocol,
        plan.disk(node) ?? protocol.freshDisk(node),
        plan.disks[node]!.fsync,
        this.streams.get('disk', node),
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
    this.recorder = recorder;
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
    return this.actions + this.marks.revision + ok + failed + unknown + (this.countTypes ? this.network.sent : 0);
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
        return this.clientWakes(target, detail);
      case WORK:
        return this.workDone(target, detail);
      default:
        return kind;
    }
  }

  /** A row of kind WAKE at that time, so that `step` returns then. */
  wakeAt(at: Micros): void {
    this.queue.push(Math.max(at, this.now), WAKE, 0, 0, 0, null, this.event);
  }

  fireTimer(node: NodeId, timer: TimerId): void {
    const machine = this.machines[node]!;
    if (machine.state === null) return;
    this.beginAction('fire', node);
    machine.due[timer] = machine.clock.local(this.now);
    this.scheduleTimer(node, machine, timer);
  }

  crash(node: NodeId, mode: CrashDisk | null, path: string): void {
    const machine = this.machines[node]!;
    this.beginAction('crash', node);
    const fault = this.faults.start('crash', path, `crash ${this.nodeName(node)}`, this.now);
    if (machine.state === null) return;
    this.faults.hit(fault);
    machine.crashedBy = fault;
    if (machine.paused) this.resume(node);
    const damage = machine.disk.crash(mode ?? this.plan.disks[node]!.atCrash);
    machine.state = null;
    machine.incarnation++;
    machine.inbox.length = 0;
    machine.working = false;
    machine.due.fill(Infinity);
    machine.scheduled.fill(Infinity);
    if (damage.lost > 0) this.marks.add('unsynced-write-lost');
    if (damage.torn) this.marks.add('write-torn');
    this.hash.int(damage.lost);
    if (this.wants('crashed')) {
      const lost = damage.lost === 0 ? '' : `, ${damage.lost} unsynced write${damage.lost === 1 ? '' : 's'} lost`;
      this.note(
        'crashed',
        node,
        -1,
        { lost: damage.lost, torn: damage.torn },
        `crashed${lost}${damage.torn ? ', one torn' : ''}`,
      );
    }
    this.observer?.crashed(node);
  }

  /** Boots a node that is down, from what its disk holds. */
  restart(node: NodeId): void {
    const machine = this.machines[node]!;
    if (machine.state !== null) return;
    this.beginAction('restart', node);
    this.faults.end(machine.crashedBy, this.now);
    if (this.wants('restarted')) this.note('restarted', node, -1, {}, 'restarted');
    this.boot(node);
  }

  pause(node: NodeId, path: string): void {
    const machine = this.machines[node]!;
    this.beginAction('pause', node);
    const fault = this.faults.start('pause', path, `pause ${this.nodeName(node)}`, this.now);
    if (machine.state === null || machine.paused) return;
    machine.paused = true;
    machine.pausedBy = fault;
    if (this.wants('paused')) this.note('paused', node, -1, {}, 'paused');
  }

  resume(node: NodeId): void {
    const machine = this.machines[node]!;
    if (!machine.paused) return;
    this.beginAction('resume', node);
    this.faults.end(machine.pausedBy, this.now);
    machine.paused = false;
    machine.pausedBy = 0;
    if (this.wants('resumed'))
      this.note(
        'resumed',
        node,
        -1,
        { waiting: machine.inbox.length },
        `resumed, ${machine.inbox.length} events waiting`,
      );
    this.beginWork(node, machine);
  }

  /** Takes the node down and leaves it an empty disk. */
  wipe(node: NodeId, path: string): void {
    if (this.isUp(node)) this.crash(node, 'keep', path);
    this.beginAction('wipe', node);
    this.faults.hit(this.faults.start('wipe', path, `wipe ${this.nodeName(node)}`, this.now));
    this.machines[node]!.disk.contents = this.protocol.freshDisk(node);
    if (this.wants('fault')) this.note('fault', node, -1, { fault: 'wipe' }, 'disk wiped');
  }

  /** Null: back to the plan. */
  setService(node: NodeId, service: Distribution | null, path: string): void {
    const machine = this.machines[node]!;
    this.beginAction('service', node);
    this.faults.end(machine.slowedBy, this.now);
    machine.slowedBy =
      service === null ? 0 : this.faults.start('slow-process', path, `slow process ${this.nodeName(node)}`, this.now);
    machine.service = service ?? this.plan.processes[node]!.service;
    machine.slow = !isZero(machine.service);
    if (this.wants('fault'))
      this.note(
        'fault',
        node,
        -1,
        { fault: 'slow-process' },
        service === null ? 'process at full speed' : 'process slowed',
      );
  }

  /** Cuts directed links; all of one call are one fault. */
  cut(
    links: readonly (readonly [EndpointId, EndpointId])[],
    inFlight: 'keep' | 'drop' | null,
    kind: string,
    path: string,
  ): void {
    this.beginAction('cut', -1);
    const text = `${kind}: ${this.describeLinks(links)} cut`;
    const fault = this.faults.start(kind, path, text, this.now);
    for (const [from, to] of links) {
      this.hash.int(from * 256 + to);
      this.network.cut(from, to, fault, inFlight ?? this.plan.inFlight);
    }
    if (this.wants('fault')) this.note('fault', -1, -1, { fault: kind }, text);
  }

  heal(links: readonly (readonly [EndpointId, EndpointId])[] | 'all'): void {
    this.beginAction('heal', -1);
    for (const [from, to] of this.pairs(links)) this.network.heal(from, to, this.now);
    if (this.wants('fault')) this.note('fault', -1, -1, { fault: 'heal' }, `heal ${this.describeLinks(links)}`);
  }

  clog(links: readonly (readonly [EndpointId, EndpointId])[], path: string): void {
    this.beginAction('clog', -1);
    const text = `clog ${this.describeLinks(links)}`;
    const fault = this.faults.start('clog', path, text, this.now);
    for (const [from, to] of links) this.network.clog(from, to, fault);
    if (this.wants('fault')) this.note('fault', -1, -1, { fault: 'clog' }, text);
  }

  release(links: readonly (readonly [EndpointId, EndpointId])[] | 'all', order: 'fifo' | 'shuffled'): void {
    this.beginAction('release', -1);
    for (const [from, to] of this.pairs(links)) this.network.release(from, to, order, this.now);
    if (this.wants('fault')) this.note('fault', -1, -1, { fault: 'release' }, `release ${this.describeLinks(links)}`);
  }

  weather(
    links: readonly (readonly [EndpointId, EndpointId])[] | 'all',
    change: Partial<LinkWeather> | 'reset',
    path: string,
  ): void {
    this.beginAction('weather', -1);
    const text = `${change === 'reset' ? 'usual weather' : `weather ${Object.keys(change).join(', ')}`} on ${this.describeLinks(links)}`;
    const fault = change === 'reset' ? 0 : this.faults.start('weather', path, text, this.now);
    for (const [from, to] of this.pairs(links)) this.network.setWeather(from, to, change, fault, this.now);
    if (this.wants('fault')) this.note('fault', -1, -1, { fault: 'weather' }, text);
  }

  /** Writes issued from now on start only after `span`. */
  stallDisk(node: NodeId, span: Micros, path: string): void {
    const { disk } = this.machines[node]!;
    this.beginAction('stall', node);
    disk.stalledBy = this.faults.start('disk-stall', path, `stall disk of ${this.nodeName(node)}`, this.now);
    disk.stalledUntil = this.now + span;
    if (this.wants('fault')) this.note('fault', node, -1, { fault: 'disk-stall' }, 'disk stalls');
  }

  setFsync(node: NodeId, fsync: Distribution | 'reset', path: string): void {
    const { disk } = this.machines[node]!;
    this.beginAction('fsync', node);
    this.faults.end(disk.slowedBy, this.now);
    disk.slowedBy =
      fsync === 'reset' ? 0 : this.faults.start('disk-fsync', path, `fsync of ${this.nodeName(node)}`, this.now);
    disk.fsync = fsync === 'reset' ? this.plan.disks[node]!.fsync : fsync;
    if (this.wants('fault')) this.note('fault', node, -1, { fault: 'disk-fsync' }, 'fsync latency changes');
  }

  /** Null leaves a property as it is. `offset` sets the distance to global time, `jump` moves the clock by a span. */
  setClock(
    node: NodeId,
    change: { readonly offset: Micros | null; readonly drift: number | null; readonly jump: Micros | null },
    path: string,
  ): void {
    const machine = this.machines[node]!;
    this.beginAction('clock', node);
    machine.clockBy = this.faults.start('clock', path, `clock of ${this.nodeName(node)}`, this.now);
    const reading = machine.clock.local(this.now);
    const target = (change.offset === null ? reading : this.now + change.offset) + (change.jump ?? 0);
    machine.clock.adjust(this.now, target - reading, change.drift ?? machine.clock.drift);
    for (let timer = 0; timer < machine.due.length; timer++) {
      if (machine.due[timer] === Infinity) continue;
      this.faults.hit(machine.clockBy);
      this.scheduleTimer(node, machine, timer);
    }
    if (this.wants('fault')) this.note('fault', node, -1, { fault: 'clock' }, 'clock changes');
  }

  /** Ends every disturbance: links, clocks, disks and processes as good as new, paused nodes resumed, crashed ones up. */
  healEverything(): void {
    this.beginAction('settle', -1);
    const calm = { loss: 0, duplicate: 0 };
    const endpoints = this.nodes + this.plan.clients.count;
    for (let from = 0; from < endpoints; from++) {
      for (let to = 0; to < endpoints; to++) {
        this.network.heal(from, to, this.now);
        this.network.setWeather(from, to, 'reset', 0, this.now);
        this.network.setWeather(from, to, calm, 0, this.now);
        this.network.release(from, to, 'fifo', this.now);
      }
    }
    for (let node = 0; node < this.nodes; node++) {
      const machine = this.machines[node]!;
      machine.disk.fsync = this.plan.disks[node]!.fsync;
      machine.disk.stalledUntil = 0;
      this.faults.end(machine.disk.slowedBy, this.now);
      this.faults.end(machine.disk.stalledBy, this.now);
      machine.disk.slowedBy = 0;
      machine.disk.stalledBy = 0;
      machine.service = this.plan.processes[node]!.service;
      machine.slow = !isZero(machine.service);
      this.faults.end(machine.slowedBy, this.now);
      machine.slowedBy = 0;
      machine.clock.adjust(this.now, 0, 0);
      this.faults.end(machine.clockBy, this.now);
      machine.clockBy = 0;
      for (let timer = 0; timer < machine.due.length; timer++) this.scheduleTimer(node, machine, timer);
      this.resume(node);
      this.restart(node);
    }
    if (this.wants('fault')) this.note('fault', -1, -1, { fault: 'settle' }, 'everything heals');
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
    if (!this.wants(kind)) return;
    this.recorder!.record({ kind, event: this.event, cause: this.cause, at: this.now, node, peer, fields, text });
  }

  wants(kind: string): boolean {
    return this.recorder !== null && this.recorder.wants(kind);
  }

  // ClientHost.

  sendRequest(client: EndpointId, to: NodeId, request: Request): void {
    const { command } = request;
    const bytes = 32 + command.key.length + command.value.length;
    const fate = this.network.send(client, to, REQUEST, request, bytes, this.now, this.event);
    if (fate === 'duplicated') this.clients.noteDuplicate(request);
    if (this.recorder !== null && fate !== 'sent') this.noteFate(fate, client, to, 'Request', '');
  }

  wakeClient(client: EndpointId, at: Micros, code: number): void {
    this.queue.push(at, CLIENT, client, 0, code, null, this.event);
  }

  noteOperation(what: string, operation: Operation, detail: string): void {
    const { command, client, session, sequence } = operation.request;
    if (what === 'invoked') {
      this.hash.int(session);
      this.hash.int(sequence);
      this.hash.text(command.op);
      this.hash.text(command.key);
      this.hash.text(command.value);
    }
    if (!this.wants(what)) return;
    const { op, key } = command;
    const words = `${op} ${key}${command.value === '' ? '' : ` ${command.value}`}`;
    const reply =
      what === 'completed' && operation.reply !== null && op === 'get' ? ` = ${operation.reply.value ?? 'absent'}` : '';
    const fields = { op, key, value: command.value, sequence, outcome: operation.outcome };
    this.note(what, client, -1, fields, `${what} ${words}${reply}${detail === '' ? '' : `: ${detail}`}`);
  }

  // The inside.

  private boot(node: NodeId): void {
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
    if (this.recorder !== null) this.noteDelivered(kind, node, from, payload);
    if (machine.paused || machine.slow || machine.working) this.wait(node, machine, kind, from, 0, payload);
    else this.run(node, machine, kind, from, 0, payload);
    return kind;
  }

  private timerRow(node: NodeId, timer: TimerId, incarnation: number): number {
    const machine = this.machines[node]!;
    if (machine.incarnation !== incarnation || machine.scheduled[timer] !== this.now) return NOTHING;
    machine.scheduled[timer] = Infinity;
    const due = machine.due[timer]!;
    if (due === Infinity) return NOTHING;
    if (machine.clock.local(this.now) < due) {
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
    machine.due[timer] = Infinity;
    if (this.wants('timer')) {
      const name = this.protocol.timers[timer]!;
      this.note('timer', node, -1, { timer: name }, `${name} timer fires`);
    }
    this.run(node, machine, TIMER, 0, timer, null);
  }

  private writeDone(node: NodeId, ticket: Ticket, incarnation: number): number {
    const machine = this.machines[node]!;
    if (machine.incarnation !== incarnation) return NOTHING;
    this.event++;
    this.hash.int(this.now);
    this.hash.int((node << 4) | PERSISTED);
    this.hash.int(ticket);
    const write = machine.disk.complete(ticket);
    this.observer?.persisted(node);
    if (this.wants('persisted')) {
      this.note('persisted', node, -1, { ticket }, `durable: ${this.protocol.describeWrite(write.delta)}`);
    }
    // The disk works on under a paused process, which learns of it and sends what it held only later.
    if (machine.paused || machine.slow || machine.working) {
      const held = { to: write.heldFor.slice(), what: write.held.slice() };
      machine.disk.recycle(write);
      this.wait(node, machine, PERSISTED, 0, ticket, held);
    } else {
      for (let i = 0; i < write.held.length; i++) this.leave(node, write.heldFor[i]!, write.held[i]);
      machine.disk.recycle(write);
      this.run(node, machine, PERSISTED, 0, ticket, null);
    }
    return PERSISTED;
  }

  private replyArrives(client: EndpointId, from: NodeId, detail: number, { request, reply }: Envelope): number {
    if (this.network.isStale(from, client, detail)) return NOTHING;
    this.event++;
    this.delivered++;
    this.hash.int(this.now);
    this.hash.int((from << 16) | (client << 4) | REPLY);
    this.hash.int(request.sequence);
    this.hash.text(reply.status);
    if (reply.value !== null) this.hash.text(reply.value);
    this.clients.receive(client, from, request, reply);
    return REPLY;
  }

  private clientWakes(client: EndpointId, code: number): number {
    this.event++;
    if (!this.clients.wake(client, code)) {
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

  private beginWork(node: NodeId, machine: Machine<S, D, K>): void {
    if (machine.working || machine.paused || machine.inbox.length === 0) return;
    machine.working = true;
    const busy = machine.slow ? sample(machine.service, machine.serviceRandom) : 0;
    this.queue.push(this.now + busy, WORK, node, 0, machine.incarnation, null, machine.inbox[0]!.cause);
  }

  /** The head of the inbox takes effect. */
  private workDone(node: NodeId, incarnation: number): number {
    const machine = this.machines[node]!;
    if (machine.incarnation !== incarnation) return NOTHING;
    machine.working = false;
    if (machine.paused) return NOTHING;
    const waiting = machine.inbox.shift()!;
    this.event++;
    this.hash.int(this.now);
    this.hash.int((node << 4) | WORK);
    const { kind, from, detail, payload } = waiting;
    if (kind === TIMER) {
      // An event ahead of it in the inbox may have moved the timer.
      if (machine.due[detail]! <= machine.clock.local(this.now)) this.timerFires(node, machine, detail);
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
    // Applying takes no time of its own, so its event follows at once.
    while (out.applyTo > 0) {
      stepEvent.kind = APPLIED;
      stepEvent.index = out.applyTo;
      out.applyTo = 0;
      this.protocol.step(state, stepEvent, local, machine.random, out);
    }
    this.observer?.stepped(node);
    this.drain(node, machine);
  }

  /** Carries out the effects of the step that has just ended. */
  private drain(node: NodeId, machine: Machine<S, D, K>): void {
    const { out, observer } = this;
    for (let i = 0; i < out.appliedCount; i++) observer?.applied(node, out.appliedIndex[i]!, out.appliedHash[i]!);
    for (let i = 0; i < out.writeCount; i++) this.issueWrite(node, machine, out.firstTicket + i);
    for (let i = 0; i < out.timerCount; i++) {
      const timer = out.timerIds[i]!;
      machine.due[timer] = out.timerTimes[i]!;
      if (machine.due[timer] !== Infinity) {
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
    this.queue.push(disk.completion(this.now), PERSISTED, node, ticket, machine.incarnation, null, this.event);
    if (this.wants('writing')) {
      const delta = this.out.writes[ticket - this.out.firstTicket]!;
      this.note('writing', node, -1, { ticket }, `writing ${this.protocol.describeWrite(delta)}`);
    }
  }

  private hold(node: NodeId, machine: Machine<S, D, K>, to: EndpointId, what: unknown, after: Ticket): void {
    machine.disk.hold(after, to, what);
    if (this.wants('held') && !(what instanceof Envelope)) {
      const type = this.protocol.messageType(what as M);
      this.note(
        'held',
        node,
        to,
        { type, ticket: after },
        `holds ${this.protocol.describe(what as M)} until it is durable`,
      );
    }
  }

  /** A message or a reply leaves its node. */
  private leave(node: NodeId, to: EndpointId, what: unknown): void {
    if (what instanceof Envelope) {
      this.observer?.replied(node, what.request, what.reply);
      const bytes = 24 + (what.reply.value === null ? 0 : what.reply.value.length);
      const fate = this.network.send(node, to, REPLY, what, bytes, this.now, this.event);
      if (this.recorder !== null && fate !== 'sent') this.noteFate(fate, node, to, 'Reply', '');
      return;
    }
    const message = what as M;
    if (this.plan.freeze) freezeDeeply(message);
    this.observer?.sent(node, to, message);
    const bytes = this.protocol.bytes(message);
    const fate = this.network.send(node, to, MESSAGE, message, bytes, this.now, this.event);
    if (this.countTypes) this.countType(message, bytes);
    if (this.recorder !== null) this.noteSent(fate, node, to, message);
  }

  private countType(message: M, bytes: number): void {
    const type = this.protocol.messageType(message);
    const counter = this.sentByType.get(type);
    if (counter === undefined) {
      this.sentByType.set(type, { count: 1, bytes });
      return;
    }
    counter.count++;
    counter.bytes += bytes;
  }

  /** Sees to it that a queue row stands for the timer at the time it is due, or earlier. */
  private scheduleTimer(node: NodeId, machine: Machine<S, D, K>, timer: TimerId): void {
    const due = machine.due[timer]!;
    if (due === Infinity) return;
    const at = machine.clock.global(due, this.now);
    // A row that stands earlier will look again when it comes up: moving a timer back costs nothing.
    if (at >= machine.scheduled[timer]! || at === Infinity) return;
    machine.scheduled[timer] = at;
    this.queue.push(at, TIMER, node, timer, machine.incarnation, null, this.event);
  }

  private pairs(
    links: readonly (readonly [EndpointId, EndpointId])[] | 'all',
  ): readonly (readonly [EndpointId, EndpointId])[] {
    if (links !== 'all') return links;
    const all: [EndpointId, EndpointId][] = [];
    const endpoints = this.nodes + this.plan.clients.count;
    for (let from = 0; from < endpoints; from++) {
      for (let to = 0; to < endpoints; to++) if (from !== to) all.push([from, to]);
    }
    return all;
  }

  private describeLinks(links: readonly (readonly [EndpointId, EndpointId])[] | 'all'): string {
    if (links === 'all') return 'all links';
    return links.map(([from, to]) => `${this.endpointName(from)} -> ${this.endpointName(to)}`).join(', ');
  }

  private lostOnArrival(node: NodeId, from: EndpointId, reason: string): number {
    if (this.wants('dropped')) {
      this.note('dropped', node, from, { reason }, `message from ${this.endpointName(from)} lost (${reason})`);
    }
    return NOTHING;
  }

  private noteDelivered(kind: number, node: NodeId, from: EndpointId, payload: unknown): void {
    if (!this.wants('delivered')) return;
    if (kind === MESSAGE) {
      const message = payload as M;
      const type = this.protocol.messageType(message);
      this.note('delivered', node, from, { type }, `${this.endpointName(from)} ⇒ ${this.protocol.describe(message)}`);
      return;
    }
    const { command, sequence } = payload as Request;
    const words = `${command.op} ${command.key}${command.value === '' ? '' : ` ${command.value}`}`;
    this.note('delivered', node, from, { type: 'Request', sequence }, `${this.endpointName(from)} ⇒ Request ${words}`);
  }

  private noteSent(fate: string, node: NodeId, to: EndpointId, message: M): void {
    const type = this.protocol.messageType(message);
    if (this.wants('sent')) {
      this.note('sent', node, to, { type }, `⇒ ${this.endpointName(to)} ${this.protocol.describe(message)}`);
    }
    if (fate !== 'sent') this.noteFate(fate, node, to, type, this.protocol.describe(message));
  }

  private noteFate(fate: string, from: EndpointId, to: EndpointId, type: string, text: string): void {
    if (fate === 'duplicated') {
      if (this.wants('duplicated'))
        this.note('duplicated', from, to, { type }, `${type} to ${this.endpointName(to)} will arrive twice`);
      return;
    }
    if (!this.wants('dropped') || fate === 'clogged') return;
    this.note(
      'dropped',
      from,
      to,
      { type, reason: fate },
      `✕ ${this.endpointName(to)} ${text === '' ? type : text} (${fate})`,
    );
  }
}

function freezeDeeply(value: unknown): void {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return;
  Object.freeze(value);
  for (const part of Object.values(value)) freezeDeeply(part);
}
