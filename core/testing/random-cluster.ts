import {
  ADMIN,
  APPLIED,
  MESSAGE,
  type Micros,
  type NodeId,
  PERSISTED,
  REQUEST,
  type StepEvent,
  TIMER,
} from '../../sim/protocol.ts';
import type { AdminRequest, MemberChange } from '../admin-request.ts';
import { cloneDisk, tearWrite, writeDisk } from '../disk.ts';
import type { Message, RaftDisk, Write } from '../messages.ts';
import { ELECTION, HEARTBEAT, type RaftNode } from '../node.ts';
import { raft, type RaftProtocol } from '../raft.ts';
import { RULES, type Rules } from '../rules/index.ts';
import { LEADER } from '../view.ts';
import { ClaimChecker } from './claims.ts';
import { Clients } from './clients.ts';
import { Dice } from './dice.ts';
import { FakeEffects, NO_EVENT } from './fake-effects.ts';
import { plainSetup, type Setup } from './setup.ts';

/** All events of a node since its last boot: enough to replay them. */
export interface Incarnation {
  readonly disk: RaftDisk;
  readonly bootedAt: Micros;
  readonly steps: { readonly event: StepEvent<Message, AdminRequest>; readonly now: Micros }[];
}

interface Machine {
  node: RaftNode | null;
  disk: RaftDisk;
  out: FakeEffects;
  pending: Write[];
  durable: number;
  heldBack: { after: number; to: NodeId; message: Message }[];
  /** Local time at which each timer fires; Infinity: it is not set. */
  timers: number[];
  /** The index up to which the state machine is to apply; 0: nothing. */
  applyTo: number;
  incarnation: Incarnation;
  /** The highest of this incarnation. */
  committed: number;
  applied: number;
  /** Parts per million by which its clock is fast. */
  readonly drift: number;
}

/** The dice of a node's n-th step, the same in every replay. */
export function diceOf(node: NodeId, step: number): Dice {
  return new Dice(node * 7919 + step * 31 + 1);
}

/**
 * A cluster without a simulator: each turn is one random event. Messages arrive in any order, twice or never, timers
 * fire late, writes take any time, nodes crash, administrators send requests. The properties of Raft are checked at
 * each turn, and failures are put into `broken`.
 */
export class RandomCluster {
  readonly protocol: RaftProtocol;
  readonly setup: Setup;
  readonly claims = new ClaimChecker();
  readonly broken = this.claims.broken;
  readonly clients: Clients;
  readonly machines: Machine[] = [];
  readonly inFlight: { from: NodeId; to: NodeId; message: Message }[] = [];
  /** Nodes whose messages are lost or late in both directions. */
  readonly cutOff = new Set<NodeId>();
  readonly marks = new Map<string, number>();
  readonly rejections = new Map<string, number>();
  now: Micros = 0;
  crashes = 0;
  restored = 0;
  /** No node crashes any more, no administrator sends requests, and no message is lost. */
  private isSettling = false;

  private readonly dice: Dice;

  constructor(setup: number | Setup, seed: number, rules: Rules = RULES) {
    this.setup = typeof setup === 'number' ? plainSetup(setup) : setup;
    const { nodes, options, members } = this.setup;
    this.protocol = raft(nodes, options, rules, members);
    this.dice = new Dice(seed);
    this.clients = new Clients(3, (options.sessionTimeout ?? null) !== null, this.dice, this.broken);
    for (let id = 0; id < nodes; id++) {
      const disk = this.protocol.freshDisk(id);
      this.machines.push({
        node: null,
        disk,
        out: new FakeEffects(),
        pending: [],
        durable: 0,
        heldBack: [],
        timers: [],
        applyTo: 0,
        incarnation: { disk, bootedAt: 0, steps: [] },
        committed: 0,
        applied: 0,
        drift: this.dice.between(-10_000, 10_000),
      });
      this.boot(id);
    }
  }

  run(turns: number): void {
    for (let turn = 0; turn < turns && this.broken.length === 0; turn++) this.turn();
  }

  /** One random event. */
  turn(): void {
    const { setup, dice } = this;
    this.now += dice.below(setup.pace);
    const id = dice.below(this.machines.length);
    const machine = this.machines[id]!;
    const draw = dice.below(1000);
    if (machine.node === null) {
      if (draw < 300) this.boot(id);
    } else if (draw < 270) {
      this.persist(id);
    } else if (draw < 300) {
      this.advance(id, dice.below(4) + 1);
    } else if (draw < 340) {
      this.fire(id, HEARTBEAT);
    } else if (draw < 348 || (setup.isPunctual && draw < 380)) {
      this.fire(id, ELECTION);
    } else if (draw < 380 + setup.requests) {
      this.step(this.requestTarget(id), { ...NO_EVENT, kind: REQUEST, request: this.clients.next() });
    } else if (draw >= 430 && draw < 430 + setup.crashes) {
      this.crash(id);
    } else if (draw >= 440 && draw < 440 + setup.adminRequests) {
      this.step(this.requestTarget(id), { ...NO_EVENT, kind: ADMIN, adminRequest: this.randomAdminRequest() });
    } else if (draw < 470 && draw >= 470 - setup.cuts) {
      const isHealed = dice.chance(0.5) && this.cutOff.size > 0;
      if (isHealed) this.cutOff.clear();
      else this.cutOff.add(this.requestTarget(id));
    } else {
      this.deliverOne();
    }
  }

  /**
   * Faults end: all nodes run, messages arrive in order and at once, disks complete their writes, timers fire when they
   * are due. Returns whether, within some seconds, all members agree and a client gets a reply.
   */
  settle(seconds: number): boolean {
    this.isSettling = true;
    this.cutOff.clear();
    for (const [id, machine] of this.machines.entries()) if (machine.node === null) this.boot(id);
    const end = this.now + seconds * 1_000_000;
    const { completed } = this.clients;
    while (this.now < end && this.broken.length === 0) {
      this.now += 5000;
      for (const id of this.machines.keys()) this.fireDueTimers(id);
      this.drain();
      const leader = this.leader();
      if (leader === null) continue;
      this.stopRemovedNodes(leader);
      if (this.clients.completed > completed && this.hasConverged(leader)) return true;
      if (this.dice.chance(0.2)) this.step(leader.id, { ...NO_EVENT, kind: REQUEST, request: this.clients.next() });
    }
    return false;
  }

  /** The leader of the highest term. */
  leader(): RaftNode | null {
    let leader: RaftNode | null = null;
    for (const { node } of this.machines) {
      if (node?.role === LEADER && (leader === null || node.term > leader.term)) leader = node;
    }
    return leader;
  }

  private hasConverged({ members, commitIndex, log }: RaftNode): boolean {
    return members.every((id) => {
      const node = this.machines[id]!.node!;
      return node.commitIndex === commitIndex && node.lastApplied === commitIndex && log.lastIndex === commitIndex;
    });
  }

  /**
   * A removed node starts elections for ever, because it gets no message about its removal: its administrator stops it.
   */
  private stopRemovedNodes({ term, isMember, configurationIndex, commitIndex }: RaftNode): void {
    if (configurationIndex > commitIndex) return;
    for (const [id, machine] of this.machines.entries())
      if (isMember[id] === 0 && machine.node !== null && machine.node.term <= term) machine.node = null;
  }

  private fireDueTimers(id: NodeId): void {
    const machine = this.machines[id]!;
    for (const timer of [ELECTION, HEARTBEAT])
      if (machine.node !== null && machine.timers[timer]! <= this.local(id)) this.fire(id, timer);
  }

  private drain(): void {
    for (let rounds = 0; rounds < 2000 && this.broken.length === 0; rounds++) {
      let isIdle = this.inFlight.length === 0;
      for (const [id, machine] of this.machines.entries()) {
        if (machine.node === null) continue;
        if (machine.pending.length > 0 || machine.applyTo > 0) isIdle = false;
        while (machine.pending.length > 0) this.persist(id);
        this.advance(id, Infinity);
      }
      if (isIdle) return;
      this.deliverOne();
    }
  }

  /** The node that gets a request: a leader, mostly. */
  private requestTarget(id: NodeId): NodeId {
    return this.dice.chance(0.3) ? id : (this.leader()?.id ?? id);
  }

  private boot(id: NodeId): void {
    const machine = this.machines[id]!;
    machine.out = new FakeEffects();
    machine.pending = [];
    machine.durable = 0;
    machine.heldBack = [];
    machine.timers = [Infinity, Infinity];
    machine.applyTo = 0;
    machine.incarnation = { disk: cloneDisk(machine.disk), bootedAt: this.local(id), steps: [] };
    machine.node = this.protocol.boot(id, cloneDisk(machine.disk), this.local(id), diceOf(id, 0), machine.out);
    machine.committed = machine.node.commitIndex;
    machine.applied = machine.node.lastApplied;
    this.claims.checkState(id, machine.applied, machine.node.store.hash);
    this.applyEffects(id);
  }

  private crash(id: NodeId): void {
    const machine = this.machines[id]!;
    this.crashes++;
    const kept = this.dice.below(machine.pending.length + 1);
    for (const write of machine.pending.slice(0, kept)) writeDisk(machine.disk, write);
    const lost = machine.pending[kept];
    const torn = lost !== undefined && this.dice.chance(0.5) ? tearWrite(lost, this.dice) : null;
    if (torn !== null) writeDisk(machine.disk, torn);
    machine.node = null;
  }

  private persist(id: NodeId): void {
    const machine = this.machines[id]!;
    const write = machine.pending.shift();
    if (write === undefined) return;
    writeDisk(machine.disk, write);
    const ticket = ++machine.durable;
    for (const { to, message } of machine.heldBack.filter(({ after }) => after <= ticket)) this.send(id, to, message);
    machine.heldBack = machine.heldBack.filter(({ after }) => after > ticket);
    this.step(id, { ...NO_EVENT, kind: PERSISTED, ticket });
  }

  /** The state machine applies entries: some of them if it is slow, else all. */
  private advance(id: NodeId, entries: number): void {
    const machine = this.machines[id]!;
    while (machine.applyTo > 0 && this.broken.length === 0) {
      const isSlow = this.setup.appliesSlowly && !this.isSettling;
      const index = isSlow ? Math.min(machine.applyTo, machine.node!.lastApplied + entries) : machine.applyTo;
      if (index >= machine.applyTo) machine.applyTo = 0;
      this.step(id, { ...NO_EVENT, kind: APPLIED, index });
      if (isSlow) return;
    }
  }

  private fire(id: NodeId, timer: number): void {
    const machine = this.machines[id]!;
    if (this.setup.isPunctual || this.isSettling) {
      if (machine.timers[timer]! > this.local(id)) return;
      machine.timers[timer] = Infinity;
    }
    this.step(id, { ...NO_EVENT, kind: TIMER, timer });
  }

  private randomAdminRequest(): AdminRequest {
    const { dice, machines } = this;
    const anyone = (): NodeId => dice.below(machines.length);
    const some = (): NodeId[] => [...machines.keys()].filter(() => dice.chance(0.5));
    const changes: MemberChange[] = ['add', 'addLearner', 'promote', 'remove'];
    switch (dice.below(8)) {
      case 0:
        return { kind: 'snapshot' };
      case 1:
        return { kind: 'forget-leader' };
      case 2:
        return { kind: 'transfer', to: anyone() };
      case 3:
        return { kind: 'leave-joint' };
      case 4:
        return {
          kind: 'reconfigure',
          voters: some(),
          learners: some(),
          leave: dice.chance(0.7) ? 'auto' : 'explicit',
        };
      default:
        return { kind: 'change', change: changes[dice.below(4)]!, node: anyone() };
    }
  }

  /** A message arrives, once or not for the last time, or is lost. */
  private deliverOne(): void {
    if (this.inFlight.length === 0) return;
    const place = this.isSettling || this.dice.chance(0.5) ? 0 : this.dice.below(this.inFlight.length);
    const { from, to, message } = this.inFlight[place]!;
    if (this.isSettling || !this.dice.chance(0.05)) this.inFlight.splice(place, 1);
    if (this.machines[to]!.node === null || (!this.isSettling && this.dice.chance(0.05))) return;
    if (this.cutOff.has(from) || this.cutOff.has(to)) {
      // What was sent across a cut is lost, or comes when the cut is healed.
      if (this.dice.chance(0.3)) this.inFlight.push({ from, to, message });
      return;
    }
    this.step(to, { ...NO_EVENT, kind: MESSAGE, from, message });
  }

  private step(id: NodeId, event: StepEvent<Message, AdminRequest>): void {
    const { node, out, incarnation } = this.machines[id]!;
    incarnation.steps.push({ event, now: this.local(id) });
    const before = node!.role;
    out.wallTime = this.local(id);
    this.protocol.step(node!, event, this.local(id), diceOf(id, incarnation.steps.length), out);
    if (node!.role === LEADER && before !== LEADER) this.claims.checkElection(node!);
    this.applyEffects(id);
    this.check(id);
    if (!this.setup.appliesSlowly) this.advance(id, Infinity);
  }

  /** Effects take effect. */
  private applyEffects(id: NodeId): void {
    const machine = this.machines[id]!;
    const { out } = machine;
    for (const write of out.writes) machine.pending.push(freezeDeeply(write));
    for (const { to, message, after } of out.sent) {
      if (after <= machine.durable) this.send(id, to, message);
      else machine.heldBack.push({ to, message: freezeDeeply(message), after });
    }
    for (const { timer, at } of out.timers) machine.timers[timer] = at;
    for (const { index, stateHash } of out.restoredSnapshots) {
      if (index <= machine.applied) this.broken.push(`${id} goes back to ${index}`);
      machine.applied = index;
      this.restored++;
      this.claims.checkState(id, index, stateHash);
    }
    for (const { index, stateHash } of out.appliedEntries) {
      if (index !== ++machine.applied) this.broken.push(`${id} applies ${index} after ${machine.applied - 1}`);
      this.claims.checkState(id, index, stateHash);
    }
    if (out.applyTo > 0) machine.applyTo = Math.max(machine.applyTo, out.applyTo);
    for (const { request, reply } of out.replies) this.clients.receive(request, reply);
    for (const mark of out.marks) this.marks.set(mark, (this.marks.get(mark) ?? 0) + 1);
    for (const reason of out.rejections) this.rejections.set(reason, (this.rejections.get(reason) ?? 0) + 1);
    out.clear();
  }

  private send(from: NodeId, to: NodeId, message: Message): void {
    this.claims.checkMessage(from, to, message, this.machines[from]!.disk);
    this.inFlight.push({ from, to, message: freezeDeeply(message) });
  }

  private check(id: NodeId): void {
    const machine = this.machines[id]!;
    const node = machine.node!;
    if (node.commitIndex < machine.committed) this.broken.push(`${id} takes a commit back`);
    machine.committed = node.commitIndex;
    const waitsForVote = node.timerTicket > machine.durable && machine.pending.length > 0;
    if (node.role !== LEADER && machine.timers[ELECTION] === Infinity && !waitsForVote)
      this.broken.push(`${id} has no election timer, and waits for no write`);
    const nodes = this.machines.map((other) => other.node);
    const disks = this.machines.map((other) => other.disk);
    this.claims.check(node, machine.disk, nodes, disks);
  }

  private local(id: NodeId): Micros {
    return this.now + Math.floor((this.now * this.machines[id]!.drift) / 1_000_000);
  }
}

function freezeDeeply<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const member of Object.values(value)) freezeDeeply(member);
  return value;
}
