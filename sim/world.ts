import { assert } from './base/assert.ts';
import type { CrashDisk } from './disk.ts';
import { describeLinks } from './faults/describe-links.ts';
import { type Distribution, isZero } from './base/distribution.ts';
import { Kernel } from './kernel.ts';
import { type LinkConditions, reshapes } from './network.ts';
import { type EndpointId, type Micros, type NodeId, ADMIN, type TimerId } from './protocol.ts';

/** Directed links, as (from, to). */
export type Links = readonly (readonly [EndpointId, EndpointId])[];

/** Null leaves a property as it is. */
export interface ClockChange {
  /** Distance to global time. */
  readonly offset: Micros | null;
  /** Parts per million by which it runs fast, or slow. */
  readonly drift: number | null;
  /** Span by which it is moved. */
  readonly jump: Micros | null;
}

/**
 * The simulated world and what can be done to it from outside. A run is a function of the plan and of the calls made
 * between events.
 */
export class World<S, M, D, K, V, A> extends Kernel<S, M, D, K, V, A> {
  fireTimer(node: NodeId, timer: TimerId): void {
    const machine = this.machines[node]!;
    if (machine.state === null) return;
    this.beginAction('fire', node);
    machine.timers.set(timer, machine.clock.local(this.now));
    this.scheduleTimer(node, machine, timer);
  }

  /** Why the node declines; null if it does not, or if it is paused or busy and will look at the order only later. */
  order(node: NodeId, order: A, path: string): string | null {
    const machine = this.machines[node]!;
    this.beginAction('order', node);
    const { admin } = this.protocol;
    assert(admin !== undefined, 'an admin request was made of a protocol that takes none');
    admin.digest(order, this.hash);
    this.narrator.ordered(node, order, path);
    this.declined = null;
    if (machine.state === null) {
      this.declined = 'it is down';
      this.narrator.declined(node, this.declined);
    } else if (machine.isEngaged) {
      this.wait(node, machine, ADMIN, 0, 0, order);
    } else {
      this.run(node, machine, ADMIN, 0, 0, order);
    }
    return this.declined;
  }

  crash(node: NodeId, mode: CrashDisk | null, path: string): void {
    const machine = this.machines[node]!;
    this.beginAction('crash', node);
    const fault = this.faults.start('crash', path, `crash ${this.nodeName(node)}`, this.now);
    if (machine.state === null) return;
    this.faults.hit(fault);
    machine.crashedBy = fault;
    this.faults.end(machine.pausedBy, this.now);
    machine.paused = false;
    machine.pausedBy = 0;
    const damage = machine.disk.crash(mode ?? this.plan.disks[node]!.atCrash);
    machine.incarnation++;
    machine.inbox.length = 0;
    machine.working = false;
    machine.applying.clear();
    machine.timers.clear();
    if (damage.lost > 0) this.addMark('unsynced-write-lost', node);
    if (damage.torn) this.addMark('write-torn', node);
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
    machine.state = null;
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
    this.observer?.wiped(node);
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

  /** Null: back to the plan. The batch under way takes as long as it was going to. */
  setApply(node: NodeId, apply: Distribution | null, path: string): void {
    const { applying } = this.machines[node]!;
    this.beginAction('apply', node);
    this.faults.end(applying.slowedBy, this.now);
    applying.slowedBy =
      apply === null ? 0 : this.faults.start('slow-apply', path, `slow apply on ${this.nodeName(node)}`, this.now);
    applying.takes(apply ?? this.plannedApply(node));
    const text = apply === null ? 'state machine at full speed' : 'state machine slowed';
    if (this.wants('fault')) this.note('fault', node, -1, { fault: 'slow-apply' }, text);
  }

  /** Cuts directed links; all of one call are one fault. */
  cut(links: Links, inFlight: 'keep' | 'drop' | null, kind: string, path: string): void {
    this.beginAction('cut', -1);
    const text = `${kind} ${this.describeLinks(links)}`;
    const fault = this.faults.start(kind, path, text, this.now);
    for (const [from, to] of links) {
      this.hash.int(from * 256 + to);
      this.network.cut(from, to, fault, inFlight ?? this.plan.inFlight);
    }
    if (this.wants('fault')) this.note('fault', -1, -1, { fault: kind }, text);
  }

  heal(links: Links | 'all'): void {
    this.beginAction('heal', -1);
    for (const [from, to] of this.pairs(links)) this.network.heal(from, to, this.now);
    if (this.wants('fault')) this.note('fault', -1, -1, { fault: 'heal' }, `heal ${this.describeLinks(links)}`);
  }

  clog(links: Links, path: string): void {
    this.beginAction('clog', -1);
    const text = `clog ${this.describeLinks(links)}`;
    const fault = this.faults.start('clog', path, text, this.now);
    for (const [from, to] of links) this.network.clog(from, to, fault, this.now);
    if (this.wants('fault')) this.note('fault', -1, -1, { fault: 'clog' }, text);
  }

  release(links: Links | 'all', order: 'fifo' | 'shuffled'): void {
    this.beginAction('release', -1);
    for (const [from, to] of this.pairs(links)) this.network.release(from, to, order, this.now);
    if (this.wants('fault')) this.note('fault', -1, -1, { fault: 'release' }, `release ${this.describeLinks(links)}`);
  }

  weather(links: Links | 'all', change: Partial<LinkConditions> | 'reset', path: string): void {
    this.beginAction('weather', -1);
    const text = `${change === 'reset' ? 'usual weather' : `weather ${Object.keys(change).join(', ')}`} on ${this.describeLinks(links)}`;
    const fault = change === 'reset' ? 0 : this.faults.start('weather', path, text, this.now, !reshapes(change));
    for (const [from, to] of this.pairs(links)) this.network.setWeather(from, to, change, fault, this.now);
    if (this.wants('fault')) this.note('fault', -1, -1, { fault: 'weather' }, text);
  }

  /** Writes issued from now on start only after `span`. */
  stallDisk(node: NodeId, span: Micros, path: string): void {
    const { disk } = this.machines[node]!;
    this.beginAction('stall', node);
    disk.stalledBy = this.faults.start('disk-stall', path, `stall disk of ${this.nodeName(node)}`, this.now);
    disk.stalledUntil = this.now + span;
    this.faults.end(disk.stalledBy, this.now + span);
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
  setClock(node: NodeId, change: ClockChange, path: string): void {
    const machine = this.machines[node]!;
    this.beginAction('clock', node);
    this.faults.end(machine.clockBy, this.now);
    const text = `clock of ${this.nodeName(node)}: ${describeClockChange(change)}`;
    machine.clockBy = this.faults.start('clock', path, text, this.now);
    const reading = machine.clock.local(this.now);
    const target = (change.offset === null ? reading : this.now + change.offset) + (change.jump ?? 0);
    machine.clock.adjust(this.now, target - reading, change.drift ?? machine.clock.drift);
    for (let timer = 0; timer < machine.timers.count; timer++) {
      if (!machine.timers.isOn(timer)) continue;
      this.faults.hit(machine.clockBy);
      this.scheduleTimer(node, machine, timer);
    }
    if (this.wants('fault')) this.note('fault', node, -1, { fault: 'clock' }, `clock: ${describeClockChange(change)}`);
  }

  /** Ends every disturbance: links, clocks, disks and processes as good as new, paused nodes resumed, crashed ones up. */
  healEverything(): void {
    this.beginAction('settle', -1);
    for (const [from, to] of this.pairs('all')) this.network.calm(from, to, this.now);
    for (let node = 0; node < this.nodes; node++) {
      this.healDisk(node);
      this.healProcess(node);
      this.healApplying(node);
      this.healClock(node);
      this.resume(node);
      this.restart(node);
    }
    if (this.wants('fault')) this.note('fault', -1, -1, { fault: 'settle' }, 'everything heals');
  }

  /** Fsync as planned, for what is pending too: a write that would have taken a minute is done as quickly as any. */
  private healDisk(node: NodeId): void {
    const machine = this.machines[node]!;
    const { disk } = machine;
    this.faults.end(disk.slowedBy, this.now);
    this.faults.end(disk.stalledBy, this.now);
    disk.slowedBy = 0;
    disk.stalledBy = 0;
    disk.fsync = this.plan.disks[node]!.fsync;
    disk.hurry();
    for (let ticket = disk.durableTicket + 1; ticket <= disk.lastTicket; ticket++)
      this.scheduleWrite(node, machine, ticket);
  }

  private healProcess(node: NodeId): void {
    const machine = this.machines[node]!;
    this.faults.end(machine.slowedBy, this.now);
    machine.slowedBy = 0;
    machine.service = this.plan.processes[node]!.service;
    machine.slow = !isZero(machine.service);
    machine.working = false;
    this.beginWork(node, machine);
  }

  /** The state machine at its planned speed, for the batch under way too. */
  private healApplying(node: NodeId): void {
    const machine = this.machines[node]!;
    const { applying } = machine;
    this.faults.end(applying.slowedBy, this.now);
    applying.slowedBy = 0;
    applying.takes(this.plannedApply(node));
    if (applying.isBusy) this.scheduleBatch(node, machine);
  }

  /** The clock goes right again. Timers that were set by a clock ahead of it do not wait for it to get there. */
  private healClock(node: NodeId): void {
    const machine = this.machines[node]!;
    this.faults.end(machine.clockBy, this.now);
    machine.clockBy = 0;
    const span = this.now + this.plan.clocks[node]!.offset - machine.clock.local(this.now);
    machine.clock.adjust(this.now, span, 0);
    if (span < 0) machine.timers.shift(span);
    for (let timer = 0; timer < machine.timers.count; timer++) this.scheduleTimer(node, machine, timer);
  }

  private pairs(links: Links | 'all'): Links {
    if (links !== 'all') return links;
    const all: [EndpointId, EndpointId][] = [];
    const endpoints = this.endpoints;
    for (let from = 0; from < endpoints; from++) {
      for (let to = 0; to < endpoints; to++) if (from !== to) all.push([from, to]);
    }
    return all;
  }

  private describeLinks(links: Links | 'all'): string {
    if (links === 'all') return 'all links';
    return describeLinks(links, this.nodes, (endpoint) => this.endpointName(endpoint));
  }
}

function describeClockChange({ offset, drift, jump }: ClockChange): string {
  const parts: string[] = [];
  if (offset !== null) parts.push(`offset ${offset / 1_000} ms`);
  if (jump !== null) parts.push(`jump ${jump / 1_000} ms`);
  if (drift !== null) parts.push(`drift ${drift} ppm`);
  return parts.join(', ');
}
