import type { Micros } from '../sim/protocol.ts';
import type { Snapshot } from './messages.ts';

/** The follower's log is not known yet: one AppendEntries at a time feels for the place where it matches. */
export const PROBE = 0;
/** It is known: entries are sent without waiting for the answers to those before. Dissertation §10.2.1. */
export const REPLICATE = 1;
/** It lacks entries that have been compacted away: it is sent a snapshot. Dissertation §5.3. */
export const SNAPSHOT = 2;

export type ProgressState = typeof PROBE | typeof REPLICATE | typeof SNAPSHOT;

/** What a leader knows of a follower, besides nextIndex and matchIndex, and what it has under way to it. */
export class Progress {
  state: ProgressState = PROBE;
  /** PROBE: the last index of the entries under way, 0 if none are. */
  probedIndex = 0;
  /** Local time from which on what is under way counts as lost. */
  retryAt: Micros = 0;
  /** How long to wait before it is sent again. Doubles with each repetition. */
  retryInterval: Micros = 0;
  /** Local time at which the follower last answered. */
  lastContactAt: Micros = 0;
  /** The latest round it has answered. */
  round = 0;
  /** SNAPSHOT: the one being sent, and how many of its bytes have arrived; null otherwise. */
  snapshot: Snapshot | null = null;
  offset = 0;
  /** REPLICATE: the last index and the bytes of each AppendEntries under way, oldest first. */
  private readonly lasts: number[] = [];
  private readonly sizes: number[] = [];
  inflightBytes = 0;

  get inflight(): number {
    return this.lasts.length;
  }

  /** Whether entries, or a part of a snapshot, are under way. */
  get hasInflight(): boolean {
    return this.probedIndex > 0 || this.lasts.length > 0;
  }

  /** A leadership begins, or the node joins one. */
  reset(now: Micros, retryInterval: Micros): void {
    this.state = PROBE;
    this.snapshot = null;
    this.offset = 0;
    this.round = 0;
    this.lastContactAt = now;
    this.clearInflight(retryInterval);
  }

  /** Nothing is under way any more. */
  clearInflight(retryInterval: Micros): void {
    this.probedIndex = 0;
    this.lasts.length = 0;
    this.sizes.length = 0;
    this.inflightBytes = 0;
    this.retryInterval = retryInterval;
  }

  push(last: number, bytes: number): void {
    this.lasts.push(last);
    this.sizes.push(bytes);
    this.inflightBytes += bytes;
  }

  /** What ended at or before `match` has arrived. Returns whether there was any. */
  acknowledge(match: number): boolean {
    let count = 0;
    while (count < this.lasts.length && this.lasts[count]! <= match) this.inflightBytes -= this.sizes[count++]!;
    if (count === 0) return false;
    this.lasts.splice(0, count);
    this.sizes.splice(0, count);
    return true;
  }

  clone(): Progress {
    const copy = new Progress();
    const { lasts, sizes } = copy;
    Object.assign(copy, this, { lasts, sizes });
    lasts.push(...this.lasts);
    sizes.push(...this.sizes);
    return copy;
  }
}
