import { ApplyQueue } from './apply-queue.ts';
import type { Clients } from './clients/clients.ts';
import { Clock } from './clock.ts';
import { Disk } from './disk.ts';
import type { Distribution } from './base/distribution.ts';
import { Envelope } from './envelope.ts';
import { REPLY } from './base/event-kinds.ts';
import { Faults } from './faults/faults.ts';
import { freezeDeeply } from './base/freeze.ts';
import { RollingHash } from './base/hash.ts';
import { Machine } from './machine.ts';
import { Marks } from './marks.ts';
import { Narrator } from './tracer.ts';
import { Network } from './network.ts';
import type { Observer } from './observer.ts';
import { Outbox } from './effects.ts';
import type { WorldPlan } from './plan.ts';
import {
  APPLIED,
  type EndpointId,
  MESSAGE,
  type Micros,
  type NodeId,
  ADMIN,
  PERSISTED,
  type Protocol,
  REQUEST,
  type Request,
  type StepKind,
  TIMER,
  type Ticket,
  type TimerId,
} from './protocol.ts';
import { EventQueue } from './base/queue.ts';
import { Streams } from './base/random.ts';
import { MutableStepEvent } from './step-event.ts';
import { NO_ROW } from './timers.ts';
import type { Traffic } from './message-counts.ts';

const AT_ONCE: Distribution = Object.freeze({ kind: 'constant', value: 0 });

/** The machines and the nodes that run on them: how a node boots and takes an event, and what becomes of its effects. */
export abstract class Cluster<S, M, D, K, V, A> {
  /** Global virtual time. */
  now: Micros = 0;
  /** Number of the current event, from 1. */
  event = 0;
  /** Number of the event that caused it. */
  cause = 0;
  readonly hash = new RollingHash();
  readonly faults = new Faults();
  readonly marks = new Marks();
  readonly streams: Streams;
  readonly network: Network;
  abstract readonly clients: Clients;
  readonly nodes: number;
  /** Nodes and clients. */
  readonly endpoints: number;
  /** Messages between nodes by type; null while nobody counts them, so that a message costs less. */
  traffic: Traffic | null = null;

  protected readonly protocol: Protocol<S, M, D, K, V, A>;
  protected readonly plan: WorldPlan<K>;
  protected readonly queue = new EventQueue();
  protected readonly machines: Machine<S, D, K>[] = [];
  protected observer: Observer<M, A> | null = null;
  protected readonly narrator: Narrator<M, D, A>;
  /** Why the node that was last given an order does not carry it out; null if it does. */
  protected declined: string | null = null;
  private readonly out: Outbox<M, D, K>;
  private readonly stepEvent = new MutableStepEvent<M, A>();

  constructor(protocol: Protocol<S, M, D, K, V, A>, plan: WorldPlan<K>) {
    this.protocol = protocol;
    this.plan = plan;
    this.nodes = plan.nodes.length;
    this.narrator = new Narrator(this, protocol);
    this.streams = new Streams(plan.seed);
    this.endpoints = this.nodes + plan.clients.count + plan.clients.spare;
    this.network = new Network(this.endpoints, plan.weather, this.queue, this.streams, this.faults, this.marks);
    this.out = new Outbox<M, D, K>();
    for (let node = 0; node < this.nodes; node++) this.machines.push(this.machine(node));
  }

  nodeName(node: NodeId): string {
    return this.plan.nodes[node]!;
  }

  endpointName(endpoint: EndpointId): string {
    return endpoint < this.nodes ? this.plan.nodes[endpoint]! : `c${endpoint - this.nodes + 1}`;
  }

  /** How long a batch of the node's state machine takes when nothing disturbs it. */
  protected plannedApply(node: NodeId): Distribution {
    return this.plan.processes[node]!.apply ?? AT_ONCE;
  }

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
    this.reportApplied(node);
    this.apply(node, machine, machine.clock.local(this.now));
    this.drain(node, machine);
  }

  /** Steps a node with one event and lets its effects out. */
  protected run(
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
    stepEvent.adminRequest = kind === ADMIN ? (payload as A) : null;
    stepEvent.timer = detail;
    stepEvent.ticket = detail;
    stepEvent.index = detail;
    if (this.observer !== null) this.announce(this.observer, node, kind, from, payload);
    out.begin(machine.disk);
    this.protocol.step(state, stepEvent, local, machine.random, out);
    this.apply(node, machine, local);
    this.observer?.stepped(node);
    this.drain(node, machine);
  }

  /** The node has learned that its state machine may be advanced up to the batch's index. */
  protected runBatch(node: NodeId, machine: Machine<S, D, K>, index: number): void {
    const { applying } = machine;
    applying.end();
    this.run(node, machine, APPLIED, 0, index, null);
    if (applying.wanted > 0 && applying.batch === 0) this.beginBatch(node, machine);
  }

  /** Says when the batch under way is done. An earlier word on it, if there is one, is ignored. */
  protected scheduleBatch(node: NodeId, machine: Machine<S, D, K>): void {
    const at = this.now + machine.applying.draw();
    this.queue.push(at, APPLIED, node, machine.applying.turn, machine.incarnation, null, this.event);
  }

  /** Says when a pending write becomes durable. An earlier word on it, if there is one, comes too late and is ignored. */
  protected scheduleWrite(node: NodeId, machine: Machine<S, D, K>, ticket: Ticket): void {
    this.queue.push(machine.disk.completion(this.now), PERSISTED, node, ticket, machine.incarnation, null, this.event);
  }

  /** Sees to it that a queue row stands for the timer at the time it is due, or earlier. */
  protected scheduleTimer(node: NodeId, machine: Machine<S, D, K>, timer: TimerId): void {
    const at = machine.timers.row(timer, machine.clock, this.now);
    if (at !== NO_ROW) this.queue.push(at, TIMER, node, timer, machine.incarnation, null, this.event);
  }

  /** A message or a reply leaves its node. */
  protected leave(node: NodeId, to: EndpointId, what: unknown): void {
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
    const { reordered } = this.network;
    const fate = this.network.send(node, to, MESSAGE, message, bytes, this.now, this.event);
    if (this.network.reordered > reordered) this.noteMark('message-reordered', node);
    this.traffic?.add(this.protocol.messageType(message), bytes);
    if (fate === 'duplicated') this.noteDuplicate(message);
    if (this.narrator.isOn || fate !== 'sent') this.narrator.sent(fate, node, to, message);
  }

  /** A situation has come about at the node. */
  protected addMark(name: string, node: NodeId): void {
    this.marks.add(name);
    this.noteMark(name, node);
  }

  /** The same for marks that are counted where they come about. */
  protected noteMark(name: string, node: NodeId): void {
    if (this.narrator.wants('mark')) this.narrator.note('mark', node, -1, { name }, `mark ${name}`);
  }

  private machine(node: NodeId): Machine<S, D, K> {
    const { plan, protocol, streams } = this;
    return new Machine(
      new Disk<D, K>(
        protocol,
        plan.disk(node) ?? protocol.freshDisk(node),
        plan.disks[node]!.fsync,
        streams.get('disk', node),
        streams.get('disk-crash', node),
      ),
      new Clock(plan.clocks[node]!.offset, plan.clocks[node]!.drift),
      plan.processes[node]!.service,
      protocol.timers.length,
      streams.get('node', node),
      streams.get('service', node),
      new ApplyQueue(this.plannedApply(node), streams.get('apply', node)),
    );
  }

  /** Tells of what the node is about to handle. */
  private announce(observer: Observer<M, A>, node: NodeId, kind: StepKind, from: EndpointId, payload: unknown): void {
    if (kind === MESSAGE) observer.delivered(from, node, payload as M);
    else if (kind === REQUEST) observer.requested(node, payload as Request);
    else if (kind === ADMIN) observer.adminRequested(node, payload as A);
  }

  /** Lets the node advance its state machine as far as it has asked for, now or when that has taken its time. */
  private apply(node: NodeId, machine: Machine<S, D, K>, local: Micros): void {
    const { stepEvent, out } = this;
    while (out.applyTo > 0) {
      if (!machine.applying.isInstant) {
        machine.applying.ask(out.applyTo);
        if (machine.applying.batch === 0) this.beginBatch(node, machine);
        return;
      }
      // What is to be applied is looked at first.
      this.observer?.stepped(node);
      this.reportApplied(node);
      if (this.observer?.isBroken === true) break;
      stepEvent.kind = APPLIED;
      stepEvent.index = out.applyTo;
      out.applyTo = 0;
      this.protocol.step(machine.state!, stepEvent, local, machine.random, out);
    }
  }

  private beginBatch(node: NodeId, machine: Machine<S, D, K>): void {
    this.faults.hit(machine.applying.slowedBy);
    machine.applying.begin();
    this.scheduleBatch(node, machine);
  }

  /** Tells what has become of the state machine since this was last asked. */
  private reportApplied(node: NodeId): void {
    const { out, observer } = this;
    if (out.restoredIndex >= 0) {
      this.hash.int(out.restoredIndex);
      this.hash.int(out.restoredHash);
      observer?.restored(node, out.restoredIndex, out.restoredHash);
      this.narrator.restored(node, out.restoredIndex);
    }
    for (let i = 0; i < out.appliedCount; i++) {
      this.hash.int(out.appliedHash[i]!);
      observer?.applied(node, out.appliedIndex[i]!, out.appliedHash[i]!);
    }
    out.reported();
  }

  /** Carries out the effects of the step that has just ended. */
  private drain(node: NodeId, machine: Machine<S, D, K>): void {
    const { out } = this;
    this.reportApplied(node);
    if (out.declined !== null) {
      this.declined = out.declined;
      this.narrator.declined(node, out.declined);
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
    for (let i = 0; i < out.markCount; i++) this.addMark(out.marks[i]!, node);
    out.end();
  }

  private issueWrite(node: NodeId, machine: Machine<S, D, K>, ticket: Ticket): void {
    const { disk } = machine;
    this.faults.hit(disk.slowedBy);
    if (disk.stalledUntil > this.now) this.faults.hit(disk.stalledBy);
    this.scheduleWrite(node, machine, ticket);
    this.narrator.writing(node, this.out.writes[ticket - this.out.firstTicket]!, ticket);
  }

  private hold(node: NodeId, machine: Machine<S, D, K>, to: EndpointId, what: unknown, after: Ticket): void {
    machine.disk.hold(after, to, what);
    if (this.narrator.isOn && !(what instanceof Envelope)) this.narrator.held(node, to, what as M, after);
  }

  private noteDuplicate(message: M): void {
    const request = this.protocol.passesOn?.(message) ?? null;
    if (request !== null) this.clients.noteDuplicate(request);
  }
}
