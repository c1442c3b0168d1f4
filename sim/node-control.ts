import type { CrashDamage, CrashDisk } from './disk.ts';
import type { FaultLog } from './faults/fault-log.ts';
import type { Machine } from './machine.ts';
import type { SnapshotSpans } from './plan.ts';
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

  /** The monotonic clock's reading. */
  get localTime(): Micros {
    return this.node.machine.clock.local(this.context.now);
  }

  /** Makes the timer due at once, whatever the clock reads until a busy node gets to it. The node must be up. */
  fireTimer(timer: TimerId): void {
    this.node.machine.timers.set(timer, -Infinity, this.context.event);
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

  /** Null: as planned. Work that has begun takes as long as it was going to. */
  setSnapshotWork(spans: Partial<SnapshotSpans> | null, fault: number): void {
    const { machine } = this.node;
    machine.snapshotsSlowedBy = fault;
    machine.snapshotSpans = { ...machine.plannedSnapshotSpans, ...spans };
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
   * Moves the reading of the monotonic clock by a span, and has it go on with a drift in parts per million. It has an effect on
   * each timer that is on, unless nothing changes.
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

  /** The same for the wall clock. It has an effect when the node reads it. */
  adjustWallClock(span: Micros, drift: number, fault: number): void {
    const { machine } = this.node;
    machine.wallClockBy = fault;
    machine.wallClockBefore = machine.wallClock.copy();
    machine.wallClock.adjust(this.context.now, span, drift);
  }

  /**
   * The monotonic clock goes on with this drift, and is set forward to what is planned. It is never set back: a node has set
   * timers by its readings, and remembers them, and would otherwise wait for the clock to get there a second time.
   */
  correctClock(drift: number): void {
    const { now } = this.context;
    const { clock, plannedOffset } = this.node.machine;
    const reading = Math.max(now + plannedOffset, clock.highest(now));
    this.adjustClock(reading - this.localTime, drift, 0);
  }

  /** The wall clock is set to what is planned, and goes on with this drift. */
  correctWallClock(drift: number): void {
    const { now } = this.context;
    const { wallClock, plannedOffset } = this.node.machine;
    this.adjustWallClock(now + plannedOffset - wallClock.local(now), drift, 0);
  }

  /** Nothing that a fault has left behind holds the node up: writes, events and batches that were slow are not. */
  calm(): void {
    const { machine } = this.node;
    const { disk } = machine;
    disk.hurry();
    for (let ticket = disk.durableTicket + 1; ticket <= disk.lastTicket; ticket++) this.node.scheduleWrite(ticket);
    machine.dropWork();
    this.node.beginWork();
    if (machine.applyQueue.isBusy) this.node.scheduleBatch();
    this.correctClock(0);
    this.correctWallClock(0);
  }
}
