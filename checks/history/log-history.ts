import type { Entry } from '../../core/messages.ts';
import type { LogView } from '../../core/view.ts';
import { FORGOTTEN, type Prefixes, sameEntry } from './prefixes.ts';

/** A log as a list of prefix ids, from its base on: what it held when last looked at. */
export class LogHistory {
  /** The last index that has been compacted away. */
  base = 0;
  /** The last index; `base` for an empty log. */
  length = 0;
  /** The id at `length`. */
  tip = 0;
  /** A ring: the id at index i stands at i modulo its length, which is a power of two. */
  private ids = new Int32Array(64);
  private lastEntry: Entry | null = null;

  /** How many ids there is room for. */
  get room(): number {
    return this.ids.length;
  }

  /** Prefix id of the first `index` entries, for an index from `base` to `length`. */
  at(index: number): number {
    return this.ids[index & (this.ids.length - 1)]!;
  }

  /** Whether the log looks as it did: its ends and last entry decide (an audit at the end looks at all of it). */
  isCurrent(log: LogView): boolean {
    const { length, base } = this;
    return log.lastIndex === length && log.base === base && (length === base || log.entry(length) === this.lastEntry);
  }

  /**
   * Last index up to which the entries are still those of the shadow, which begins where the log does. Walks back from
   * the tail: O(changed suffix).
   */
  agreement(log: LogView, prefixes: Prefixes): number {
    let kept = Math.min(this.length, log.lastIndex);
    while (kept > this.base) {
      const id = this.at(kept);
      if (id === FORGOTTEN || sameEntry(prefixes.entry(id), log.entry(kept))) break;
      kept--;
    }
    return kept;
  }

  cut(kept: number): void {
    this.length = kept;
    this.tip = this.at(kept);
  }

  /** Forgets what stands before `base`, an index from the present base to the length. */
  compactTo(base: number): void {
    this.base = base;
  }

  /** Becomes the empty log after this index, up to which it is the log with this id. */
  restartAt(index: number, id: number): void {
    this.base = index;
    this.length = index;
    this.ids[index & (this.ids.length - 1)] = id;
    this.tip = id;
    this.lastEntry = null;
  }

  /** Nothing is left of it. */
  clear(): void {
    this.restartAt(0, 0);
  }

  /** Becomes equal to another. */
  copy(other: LogHistory): void {
    this.base = other.base;
    this.length = other.length;
    this.tip = other.tip;
    this.ids = other.ids.slice();
    this.lastEntry = other.lastEntry;
  }

  push(id: number): void {
    this.length++;
    if (this.length - this.base === this.ids.length) this.widen();
    this.ids[this.length & (this.ids.length - 1)] = id;
    this.tip = id;
  }

  /** To be called when a sync is complete. */
  remember(log: LogView): void {
    this.lastEntry = log.lastIndex === log.base ? null : log.entry(log.lastIndex);
  }

  private widen(): void {
    const wider = new Int32Array(this.ids.length * 2);
    for (let index = this.base; index < this.length; index++) wider[index & (wider.length - 1)] = this.at(index);
    this.ids = wider;
  }
}
