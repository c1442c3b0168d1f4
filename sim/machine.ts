import { ApplyQueue } from './apply-queue.ts';
import { Clock, drawDrift } from './clock.ts';
import { type CrashDamage, type CrashDisk, Disk } from './disk.ts';
import { Inbox } from './inbox.ts';
import type { SimulationPlan, SnapshotSpans } from './plan.ts';
import type { Micros, NodeId, Protocol, Random } from './protocol.ts';
import { Timers } from './timers.ts';
import { type Distribution, isZero } from './base/distribution.ts';
import type { Streams } from './base/random.ts';

/** Bytes of memory of an event that waits, with the objects of its payload. */
const WAITING_FOOTPRINT = 250;

const AT_ONCE: Distribution = Object.freeze({ kind: 'constant', value: 0 });

const NO_SNAPSHOT_WORK: SnapshotSpans = Object.freeze({ make: AT_ONCE, read: AT_ONCE, install: AT_ONCE });

/** The machine a node runs on: its disk, its clocks and timers, its process with the events that wait for it. */
export class Machine<D, K> {
  readonly disk: Disk<D, K>;
  /** The monotonic clock: what the node calls now, and what its timers go by. */
  readonly clock: Clock;
  /** Reads the same until one of the two is changed by itself. */
  readonly wallClock: Clock;
  /** The wall clock as it would go on without the last change of it. */
  wallClockBefore: Clock;
  readonly timers: Timers;
  readonly applyQueue: ApplyQueue;
  /** What the node draws from. */
  readonly random: Random;
  /** Counts restarts: queue rows of an earlier incarnation are stale. */
  incarnation = 0;
  isPaused = false;
  /** Whether each event keeps the process busy for a while. */
  isSlow: boolean;
  /** Whether a WORK row is in the queue: for work on snapshots, or else for the head of the inbox. */
  isWorking = false;
  /** Tells the WORK row that counts from those that were rescheduled. */
  workTurn = 0;
  readonly inbox = new Inbox();
  /** How long an event keeps the process busy. */
  service: Distribution;
  readonly serviceRandom: Random;
  /** How long work on a snapshot keeps it busy. */
  snapshotSpans: SnapshotSpans;
  readonly snapshotRandom: Random;
  /** How long the process is still to be busy with snapshots before it takes an event; 0: not at all. */
  snapshotWork: Micros = 0;
  /** Number of the event that this work is from. */
  snapshotWorkBy = 0;

  /** Ids of the faults in force on this machine, by what they do; 0: none. */
  crashedBy = 0;
  /** The one by which a write of this incarnation failed last. */
  failedBy = 0;
  pausedBy = 0;
  slowedBy = 0;
  snapshotsSlowedBy = 0;
  clockBy = 0;
  wallClockBy = 0;

  readonly plannedService: Distribution;
  readonly plannedApply: Distribution;
  readonly plannedSnapshotSpans: SnapshotSpans;
  readonly plannedFsync: Distribution;
  readonly plannedOffset: number;
  /** Parts per million. */
  readonly plannedDrift: number;

  constructor(
    node: NodeId,
    protocol: Protocol<unknown, unknown, D, K, unknown, never>,
    plan: SimulationPlan<K>,
    streams: Streams,
  ) {
    const { service, apply, snapshot } = plan.processes[node]!;
    const { offset, drift } = plan.clocks[node]!;
    this.plannedService = service;
    this.plannedApply = apply ?? AT_ONCE;
    this.plannedSnapshotSpans = snapshot ?? NO_SNAPSHOT_WORK;
    this.plannedFsync = plan.disks[node]!.fsync;
    this.plannedOffset = offset;
    this.plannedDrift = drawDrift(drift, () => streams.get('clock-drift', node));
    this.service = service;
    this.isSlow = !isZero(service);
    this.random = streams.get('node', node);
    this.serviceRandom = streams.get('service', node);
    this.snapshotSpans = this.plannedSnapshotSpans;
    this.snapshotRandom = streams.get('snapshot-work', node);
    this.clock = new Clock(offset, this.plannedDrift);
    this.wallClock = new Clock(offset, this.plannedDrift);
    this.wallClockBefore = this.wallClock;
    this.timers = new Timers(protocol.timers.length);
    this.applyQueue = new ApplyQueue(this.plannedApply, streams.get('apply', node));
    this.disk = new Disk<D, K>(
      protocol,
      plan.disk(node) ?? protocol.freshDisk(node),
      this.plannedFsync,
      streams.get('disk', node),
      streams.get('disk-crash', node),
    );
  }

  /** The process is gone, and with it all that was not on the disk. Decides what is on it. */
  stop(mode: CrashDisk): CrashDamage {
    this.isPaused = false;
    this.pausedBy = 0;
    this.failedBy = 0;
    const damage = this.disk.crash(mode);
    this.incarnation++;
    this.inbox.clear();
    this.dropWork();
    this.applyQueue.clear();
    this.timers.clear();
    return damage;
  }

  /** The process is free: the WORK row in the queue, if there is one, counts no more. */
  dropWork(): void {
    this.isWorking = false;
    this.snapshotWork = 0;
    this.workTurn++;
  }

  /** Bytes of memory of what waits for the node and for its disk, estimated. */
  get footprint(): number {
    return this.inbox.length * WAITING_FOOTPRINT + this.inbox.bytes + this.disk.footprint;
  }

  /** Whether any work on a snapshot keeps the process busy. */
  get isSlowWithSnapshots(): boolean {
    const { make, read, install } = this.snapshotSpans;
    return !isZero(make) || !isZero(read) || !isZero(install);
  }

  /** Whether the process cannot take an event at this moment. */
  get isEngaged(): boolean {
    return this.isPaused || this.isSlow || this.isWorking;
  }
}
