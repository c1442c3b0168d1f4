import { assert } from './assert.ts';
import { type Distribution, sample } from './distribution.ts';
import type { Micros, Protocol, Random, Ticket } from './protocol.ts';

/** What a crash does to writes that are not durable yet. */
export type CrashDisk = 'keep' | 'lose-unsynced' | 'lose-all' | 'tear';

/** A write on its way to the platter. */
export interface PendingWrite<D> {
  ticket: Ticket;
  delta: D;
  /** Held back until it is durable: parallel lists of receivers and what they get. */
  readonly heldFor: number[];
  readonly held: unknown[];
}

/** What a crash left. */
export interface CrashDamage {
  readonly lost: number;
  readonly torn: boolean;
}

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
  lastTicket: Ticket = 0;
  durableTicket: Ticket = 0;

  private readonly protocol: Pick<Protocol<unknown, unknown, D, K, unknown>, 'write' | 'tear'>;
  private readonly random: Random;
  private readonly pending: PendingWrite<D>[] = [];
  private head = 0;
  private lastDone: Micros = 0;
  private readonly spare: PendingWrite<D>[] = [];

  constructor(
    protocol: Pick<Protocol<unknown, unknown, D, K, unknown>, 'write' | 'tear'>,
    contents: K,
    fsync: Distribution,
    random: Random,
  ) {
    this.protocol = protocol;
    this.contents = contents;
    this.fsync = fsync;
    this.random = random;
  }

  /** Takes a write; it is not scheduled before `schedule`. */
  take(delta: D): Ticket {
    const ticket = ++this.lastTicket;
    const write = this.spare.pop();
    if (write === undefined) {
      this.pending.push({ ticket, delta, heldFor: [], held: [] });
    } else {
      write.ticket = ticket;
      write.delta = delta;
      this.pending.push(write);
    }
    return ticket;
  }

  /** When a write issued now becomes durable: after its own fsync, and not before the one ahead of it. */
  completion(now: Micros): Micros {
    const done = Math.max(now, this.stalledUntil) + sample(this.fsync, this.random);
    this.lastDone = Math.max(this.lastDone, done);
    return this.lastDone;
  }

  isDurable(ticket: Ticket): boolean {
    return ticket <= this.durableTicket;
  }

  /** Holds something back until the write is durable. */
  hold(ticket: Ticket, to: number, what: unknown): void {
    assert(ticket <= this.lastTicket, 'a message waits for a write that was never issued');
    const write = this.pending[this.head + (ticket - this.durableTicket - 1)]!;
    write.heldFor.push(to);
    write.held.push(what);
  }

  /** The oldest pending write is durable now. The result is valid until `recycle`. */
  complete(ticket: Ticket): PendingWrite<D> {
    const write = this.pending[this.head]!;
    assert(write.ticket === ticket, 'writes became durable out of order');
    this.protocol.write(this.contents, write.delta);
    this.durableTicket = ticket;
    this.head++;
    if (this.head === this.pending.length) {
      this.pending.length = 0;
      this.head = 0;
    } else if (this.head === 1024) {
      this.pending.splice(0, this.head);
      this.head = 0;
    }
    return write;
  }

  recycle(write: PendingWrite<D>): void {
    write.heldFor.length = 0;
    write.held.length = 0;
    this.spare.push(write);
  }

  get pendingWrites(): number {
    return this.pending.length - this.head;
  }

  /** The machine stops: decides which pending writes had reached the platter all the same. */
  crash(mode: CrashDisk): CrashDamage {
    const pending = this.pending.slice(this.head);
    // Each mode draws the same numbers, so that changing the mode shifts no later decision.
    const kept = pending.length === 0 ? 0 : this.random.below(pending.length);
    const surviving = mode === 'keep' ? pending.length : mode === 'lose-all' ? 0 : kept;
    for (const write of pending.slice(0, surviving)) this.protocol.write(this.contents, write.delta);
    let torn = false;
    const firstLost = pending[surviving];
    if (mode === 'tear' && firstLost !== undefined && this.protocol.tear !== undefined) {
      const rest = this.protocol.tear(firstLost.delta, this.random);
      if (rest !== null) {
        this.protocol.write(this.contents, rest);
        torn = true;
      }
    }
    this.pending.length = 0;
    this.head = 0;
    this.lastTicket = 0;
    this.durableTicket = 0;
    this.lastDone = 0;
    return { lost: pending.length - surviving, torn };
  }
}
