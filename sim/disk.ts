import { assert } from './base/assert.ts';
import { type Distribution, sample } from './base/distribution.ts';
import type { Micros, Protocol, Random, Ticket, WriteFailure } from './protocol.ts';

/**
 * What a crash does to writes that are not durable yet: `keep` all of them; `lose-unsynced`, a drawn number of the newest, or
 * `lose-all`; `tear` the oldest one lost; `reorder`: lose any subset of them, since a disk need not write in order.
 */
export type CrashDisk = 'keep' | 'lose-unsynced' | 'lose-all' | 'tear' | 'reorder';

/** A write on its way to the platter. The objects are used again: one is valid until the next write is taken. */
export interface PendingWrite<D> {
  ticket: Ticket;
  delta: D;
  /** Number of the event that issued it. */
  issuedBy: number;
  /** What is held back until it is durable, and for whom: the first `heldCount` places. */
  readonly heldFor: number[];
  readonly held: unknown[];
  heldCount: number;
}

/** Bytes of memory of a pending write, and of something held back for it, with their objects. */
const WRITE_FOOTPRINT = 350;
const HELD_FOOTPRINT = 150;

/** What a crash left. */
export interface CrashDamage {
  readonly lost: number;
  readonly torn: boolean;
  /** Fault by which writes are gone that had been reported as durable; 0: none are. */
  readonly wentBackBy: number;
}

/** A write that has failed: what it was to write, why it failed, and the fault by which it did. */
export interface FailedWrite<D> {
  readonly delta: D;
  readonly failure: WriteFailure;
  readonly by: number;
}

type DiskProtocol<D, K> = Pick<
  Protocol<unknown, unknown, D, K, unknown>,
  'write' | 'corrupt' | 'fits' | 'cloneDisk' | 'tear' | 'bytesOfWrite'
>;

/**
 * A node's disk: contents that are durable, and an ordered list of writes that are not yet. A write becomes durable
 * when its fsync completes, after all writes before it.
 */
export class Disk<D, K> {
  contents: K;
  fsync: Distribution;
  /** Fault that changed the fsync latency, or 0. */
  slowedBy = 0;
  /** Fault that stalls it, or 0. */
  stalledBy = 0;
  /** Writes issued before this time complete only after it. */
  stalledUntil: Micros = 0;
  /** Fault that has it report writes as durable which are not, or 0. */
  liesBy = 0;
  /** Fault that has left no room on it, or 0. */
  fullBy = 0;
  /** Fault by which the next writes fail, or 0, and how many of them. */
  failsBy = 0;
  failing = 0;
  /** Fault by which it cannot be read, or 0. */
  unreadableBy = 0;
  /** Whether a write has failed of which the node has not been told: until then, no other completes. */
  isStuck = false;
  /** Counts the writes that have changed the contents. */
  changes = 0;
  lastTicket: Ticket = 0;
  durableTicket: Ticket = 0;

  /** What a loss of power leaves while the contents are more than that; null: the contents. */
  private platter: { readonly contents: K; readonly by: number } | null = null;
  /** Older copies of the contents, by name, and how many changes they had. */
  private readonly copies = new Map<string, { readonly contents: K; readonly changes: number }>();
  private readonly protocol: DiskProtocol<D, K>;
  private readonly random: Random;
  private readonly crashRandom: Random;
  /** A ring: the write with ticket t stands at t modulo its length, which is a power of two. */
  private ring: PendingWrite<D>[] = [];
  private lastDone: Micros = 0;
  /** Whether a write of this incarnation has failed: what follows may leave a gap. */
  private hasFailed = false;
  /** Size of the pending writes, and how much they hold back. */
  private pendingBytes = 0;
  private heldCount = 0;

  constructor(protocol: DiskProtocol<D, K>, contents: K, fsync: Distribution, random: Random, crashRandom: Random) {
    this.protocol = protocol;
    this.contents = contents;
    this.fsync = fsync;
    this.random = random;
    this.crashRandom = crashRandom;
  }

  /** Bytes of memory of what is on its way to the platter, estimated. */
  get footprint(): number {
    const writes = this.lastTicket - this.durableTicket;
    return writes * WRITE_FOOTPRINT + this.heldCount * HELD_FOOTPRINT + this.pendingBytes;
  }

  /** Takes a write; `completion` says when it becomes durable. */
  take(delta: D): Ticket {
    const ticket = ++this.lastTicket;
    if (ticket - this.durableTicket > this.ring.length) this.widen(delta);
    const write = this.pendingAt(ticket);
    write.ticket = ticket;
    write.delta = delta;
    write.heldCount = 0;
    this.pendingBytes += this.protocol.bytesOfWrite?.(delta) ?? 0;
    return ticket;
  }

  /** When a write issued now becomes durable: after its own fsync, and not before the one ahead of it. */
  completion(now: Micros): Micros {
    const done = Math.max(now, this.stalledUntil) + sample(this.fsync, this.random);
    this.lastDone = Math.max(this.lastDone, done);
    return this.lastDone;
  }

  /** Notes the event that issued a pending write. */
  noteIssue(ticket: Ticket, event: number): void {
    this.pendingAt(ticket).issuedBy = event;
  }

  /** Number of the event that issued a pending write. */
  issuedBy(ticket: Ticket): number {
    return this.pendingAt(ticket).issuedBy;
  }

  isDurable(ticket: Ticket): boolean {
    return ticket <= this.durableTicket;
  }

  /** Holds something back until the write is durable. */
  hold(ticket: Ticket, to: number, what: unknown): void {
    assert(ticket <= this.lastTicket, 'a message waits for a write that was never issued');
    const write = this.pendingAt(ticket);
    write.heldFor[write.heldCount] = to;
    write.held[write.heldCount++] = what;
    this.heldCount++;
  }

  /** The oldest pending write is durable now. */
  complete(ticket: Ticket): PendingWrite<D> {
    assert(ticket === this.durableTicket + 1, 'writes became durable out of order');
    const write = this.pendingAt(ticket);
    if (this.liesBy === 0) this.platter = null;
    else this.platter ??= { contents: this.protocol.cloneDisk(this.contents), by: this.liesBy };
    // A record that does not follow on what is there is found to be none.
    if (!this.hasFailed || this.fits(this.contents, write.delta)) this.write(write.delta);
    this.durableTicket = ticket;
    this.pendingBytes -= this.protocol.bytesOfWrite?.(write.delta) ?? 0;
    this.heldCount -= write.heldCount;
    return write;
  }

  /** Whether the next write to complete fails instead. */
  get fails(): boolean {
    return this.fullBy > 0 || this.failing > 0;
  }

  /** The oldest pending write fails. What becomes of those after it is decided when the node is told so. */
  fail(ticket: Ticket): FailedWrite<D> {
    assert(ticket === this.durableTicket + 1, 'writes failed out of order');
    const isFull = this.fullBy > 0;
    if (!isFull) this.failing--;
    this.isStuck = true;
    this.hasFailed = true;
    const { delta } = this.pendingAt(ticket);
    return { delta, failure: isFull ? 'full' : 'error', by: isFull ? this.fullBy : this.failsBy };
  }

  /** Those from this ticket on, which have just been taken, are not to be written after all. */
  takeBack(from: Ticket): void {
    this.lastTicket = from - 1;
  }

  /** The node is told that a write has failed: that and all after it are lost, and so is what they held back. */
  admitFailure(): void {
    this.isStuck = false;
    this.durableTicket = this.lastTicket;
    this.pendingBytes = 0;
    this.heldCount = 0;
  }

  /** What held it up is over: forgets stalls and slow writes ahead. `completion` says anew when each is done. */
  hurry(): void {
    this.stalledUntil = 0;
    this.lastDone = 0;
  }

  /** Keeps a copy of the contents under a name. */
  makeCopy(name: string): void {
    this.copies.set(name, { contents: this.protocol.cloneDisk(this.contents), changes: this.changes });
  }

  hasCopy(name: string): boolean {
    return this.copies.has(name);
  }

  /** Puts the contents back to the copy of that name, which there is. Returns whether they were others. */
  restore(name: string): boolean {
    const { contents, changes } = this.copies.get(name)!;
    const isOlder = changes !== this.changes;
    this.replace(this.protocol.cloneDisk(contents));
    // From here on it is what it was then.
    this.changes = changes;
    return isOlder;
  }

  /** Damages a record of the contents. Returns whether there is such a record. No write is pending. */
  corrupt(record: string, index: number): boolean {
    if (this.protocol.corrupt?.(this.contents, record, index) !== true) return false;
    this.platter = null;
    this.changes++;
    return true;
  }

  /** Exchanges all contents. No write is pending. */
  replace(contents: K): void {
    this.contents = contents;
    this.platter = null;
    this.changes++;
  }

  /** The machine stops: decides which pending writes had reached the platter all the same. */
  crash(mode: CrashDisk): CrashDamage {
    const pending: D[] = [];
    for (let ticket = this.durableTicket + 1; ticket <= this.lastTicket; ticket++)
      pending.push(this.pendingAt(ticket).delta);
    // Each mode draws the same numbers, so that changing the mode shifts no later decision.
    const kept = pending.length === 0 ? 0 : this.crashRandom.below(pending.length);
    const { platter } = this;
    const isPowerLoss = mode !== 'keep' && platter !== null;
    if (isPowerLoss) this.replace(platter.contents);
    const surviving = isPowerLoss || this.isStuck ? [] : this.surviving(pending, kept, mode);
    for (const delta of surviving) this.write(delta);
    let torn = false;
    const firstLost = pending[surviving.length];
    if (
      mode === 'tear' &&
      !isPowerLoss &&
      !this.hasFailed &&
      firstLost !== undefined &&
      this.protocol.tear !== undefined
    ) {
      const rest = this.protocol.tear(firstLost, this.crashRandom);
      if (rest !== null) {
        this.write(rest);
        torn = true;
      }
    }
    this.ring = [];
    this.pendingBytes = 0;
    this.heldCount = 0;
    this.lastTicket = 0;
    this.durableTicket = 0;
    this.lastDone = 0;
    this.isStuck = false;
    this.hasFailed = false;
    return { lost: pending.length - surviving.length, torn, wentBackBy: isPowerLoss ? platter.by : 0 };
  }

  private surviving(pending: readonly D[], kept: number, mode: CrashDisk): readonly D[] {
    if (mode === 'lose-all') return [];
    if (mode === 'reorder') return this.fitting(pending, () => this.crashRandom.chance(0.5));
    const inOrder = mode === 'keep' ? pending : pending.slice(0, kept);
    return this.hasFailed ? this.fitting(inOrder, () => false) : inOrder;
  }

  /** Those that are not lost. A record of a log that does not follow on the one before it is found to be none. */
  private fitting(pending: readonly D[], isLost: () => boolean): readonly D[] {
    const after = this.protocol.cloneDisk(this.contents);
    const lost: D[] = [];
    return pending.filter((delta) => {
      const survives = !isLost() && this.fits(after, delta, lost);
      if (survives) this.protocol.write(after, delta);
      else lost.push(delta);
      return survives;
    });
  }

  private fits(contents: K, delta: D, lost: readonly D[] = []): boolean {
    return this.protocol.fits?.(contents, delta, lost) !== false;
  }

  private write(delta: D): void {
    this.protocol.write(this.contents, delta);
    this.changes++;
  }

  private pendingAt(ticket: Ticket): PendingWrite<D> {
    return this.ring[ticket & (this.ring.length - 1)]!;
  }

  /** Makes room for twice as many pending writes. */
  private widen(delta: D): void {
    const length = Math.max(8, this.ring.length * 2);
    const wider = Array.from({ length }, (): PendingWrite<D> => ({
      ticket: 0,
      delta,
      issuedBy: 0,
      heldFor: [],
      held: [],
      heldCount: 0,
    }));
    for (const write of this.ring) wider[write.ticket & (length - 1)] = write;
    this.ring = wider;
  }
}
