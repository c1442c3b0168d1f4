import type { CrashDamage, CrashDisk } from './disk.ts';
import type { FaultLog } from './faults/fault-log.ts';
import type { Machine } from './machine.ts';
import type { Micros, NodeId, Ticket, TimerId } from './protocol.ts';
import { type Distribution, isZero } from './base/distribution.ts';

/** What the control of a node needs of its runtime. */
export interface ControlledNode {
  readonly id: NodeId;
  readonly isUp: boolean;
  readonly machine: Machine<unknown, unknown>;
  boot(): void;
  shutDown(): void;
  panic(error: unknown): void;
  wipe(): void;
  beginWork(): void;
  scheduleTimer(timer: TimerId): void;
  scheduleWrite(ticket: Ticket): void;
  scheduleBatch(): void;
}

/** What can be done to one node and its machine from outside. A `fault` is the id of the fault that does it; 0: none. */
export class NodeControl {
  readonly node: ControlledNode;
  private readonly context: { readonly now: Micros; readonly event: number; readonly faults: FaultLog };

  constructor(
    node: ControlledNode,
    context: { readonly now: Micros; readonly event: number; readonly faults: FaultLog },
  ) {
    this.node = node;
    this.context = context;
  }

  get id(): NodeId {
    return this.node.id;
  }

  get isUp(): boolean {
    return this.node.isUp;
  }

  get isPaused(): boolean {
    return this.node.machine.isPaused;
  }

  /** Events that wait because the node is paused or busy. */
  get waiting(): number {
    return this.node.machine.inbox.length;
  }

  /** The clock's reading. */
  get localTime(): Micros {
    return this.node.machine.clock.local(this.context.now);
  }

  /** Makes the timer due at once. The node must be up. */
  fireTimer(timer: TimerId): void {
    this.node.machine.timers.set(timer, this.localTime, this.context.event);
    this.node.scheduleTimer(timer);
  }

  /**
   * Takes the node, which is up, down: what is not on the disk is gone. Null: it threw instead, as its runtime has reported.
   */
  crash(mode: CrashDisk, fault: number): CrashDamage | null {
    const { machine } = this.node;
    machine.crashedBy = fault;
    let damage: CrashDamage;
    try {
      damage = machine.stop(mode);
    } catch (error) {
      this.node.panic(error);
      return null;
    }
    this.node.shutDown();
    return damage;
  }

  /** Boots the node, which is down, from what its disk holds. */
  restart(): void {
    this.node.machine.crashedBy = 0;
    this.node.boot();
  }

  pause(fault: number): void {
    this.node.machine.isPaused = true;
    this.node.machine.pausedBy = fault;
  }

  resume(): void {
    this.node.machine.isPaused = false;
    this.node.machine.pausedBy = 0;
    this.node.beginWork();
  }

  /** Null: as planned. */
  setService(service: Distribution | null, fault: number): void {
    const { machine } = this.node;
    machine.slowedBy = fault;
    machine.service = service ?? machine.plannedService;
    machine.isSlow = !isZero(machine.service);
  }

  /** Null: as planned. The batch in progress takes as long as it was going to. */
  setApply(apply: Distribution | null, fault: number): void {
    const { applyQueue, plannedApply } = this.node.machine;
    applyQueue.slowedBy = fault;
    applyQueue.takes(apply ?? plannedApply);
  }

  /** Null: as planned. */
  setFsync(fsync: Distribution | null, fault: number): void {
    const { disk, plannedFsync } = this.node.machine;
    disk.slowedBy = fault;
    disk.fsync = fsync ?? plannedFsync;
  }

  /** Writes issued before that time complete only after it. */
  stallDisk(until: Micros, fault: number): void {
    const { disk } = this.node.machine;
    disk.stalledBy = fault;
    disk.stalledUntil = until;
  }

  unstallDisk(): void {
    this.stallDisk(0, 0);
  }

  /**
   * Moves the clock's reading by a span, and has it go on with a drift in parts per million. It has an effect on each timer
   * that is on, unless nothing changes.
   */
  adjustClock(span: Micros, drift: number, fault: number): void {
    const { context } = this;
    const { machine } = this.node;
    const isChanged = span !== 0 || drift !== machine.clock.drift;
    machine.clockBy = fault;
    machine.clock.adjust(context.now, span, drift);
    for (let timer = 0; timer < machine.timers.count; timer++) {
      if (!machine.timers.isOn(timer)) continue;
      if (isChanged) context.faults.hit(fault);
      this.node.scheduleTimer(timer);
    }
  }

  /** The clock is right again. Timers that were set by a clock ahead of it do not wait for it to get there. */
  correctClock(): void {
    const { context } = this;
    const { machine } = this.node;
    machine.clockBy = 0;
    const span = context.now + machine.plannedOffset - this.localTime;
    machine.clock.adjust(context.now, span, 0);
    if (span < 0) machine.timers.shift(span);
    for (let timer = 0; timer < machine.timers.count; timer++) this.node.scheduleTimer(timer);
  }

  /** Nothing that a fault has left behind holds the node up: writes, events and batches that were slow are not. */
  calm(): void {
    const { machine } = this.node;
    const { disk } = machine;
    disk.hurry();
    for (let ticket = disk.durableTicket + 1; ticket <= disk.lastTicket; ticket++) this.node.scheduleWrite(ticket);
    machine.isWorking = false;
    this.node.beginWork();
    if (machine.applyQueue.isBusy) this.node.scheduleBatch();
    this.correctClock();
  }
}
