import type { Entry, RaftDisk } from '../../core/messages.ts';
import type { LogView, RaftView } from '../../core/view.ts';
import { FORGOTTEN, type Prefixes, sameEntry } from './prefixes.ts';

/**
 * Shadow log: the contents of a log at the last check, as a list of prefix ids from its base on. One for each
 * log in memory and one for each log on a disk.
 */
export class LogHistory {
  /** The last index that has been compacted away. */
  base = 0;
  /** The last index; `base` for an empty log. */
  length = 0;
  /** The id at `length`. */
  tip = 0;
  /** A ring buffer: the id of index i is at i modulo its length, which is a power of two. */
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

  /** Whether both begin at the same index and hold the same entries. */
  equals({ base, length, tip }: LogHistory): boolean {
    return this.base === base && this.length === length && this.tip === tip;
  }

  /** The first index at which the log holds another entry than this shadow log of the same length; 0 if there is none. */
  firstDifference(log: LogView, prefixes: Prefixes): number {
    for (let index = this.base + 1; index <= this.length; index++) {
      const id = this.at(index);
      if (id !== FORGOTTEN && !sameEntry(prefixes.entry(id), log.entry(index))) return index;
    }
    return 0;
  }

  /** Whether the log is as it was, judged by its ends and its last entry alone. The audit compares all entries. */
  isCurrent(log: LogView): boolean {
    const { length, base } = this;
    return log.lastIndex === length && log.base === base && (length === base || log.entry(length) === this.lastEntry);
  }

  /**
   * Last index up to which the log still holds the entries of this shadow log; both have the same base. Walks back from
   * the end: O(changed suffix).
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

  /** Removes the entries after `kept`. */
  cut(kept: number): void {
    this.length = kept;
    this.tip = this.at(kept);
  }

  /** Forgets the entries up to `base`, an index from the current base to the length. */
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

  /** Becomes the empty log. */
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

  /** Records the last entry for `isCurrent`. To be called when the shadow log equals the log. */
  remember(log: LogView): void {
    this.lastEntry = log.lastIndex === log.base ? null : log.entry(log.lastIndex);
  }

  private widen(): void {
    const wider = new Int32Array(this.ids.length * 2);
    for (let index = this.base; index < this.length; index++) wider[index & (wider.length - 1)] = this.at(index);
    this.ids = wider;
  }
}

/** Shows the log on a disk like a log in memory. */
export class DiskLog implements LogView {
  base = 0;
  private baseTerm = 0;
  private entries: readonly Entry[] = [];

  /** Makes this the log of that disk. */
  show({ base, baseTerm, log }: Pick<RaftDisk, 'base' | 'baseTerm' | 'log'>): void {
    this.base = base;
    this.baseTerm = baseTerm;
    this.entries = log;
  }

  get lastIndex(): number {
    return this.base + this.entries.length;
  }

  entry(index: number): Entry {
    return this.entries[index - this.base - 1]!;
  }

  term(index: number): number {
    return index === this.base ? this.baseTerm : this.entry(index).term;
  }
}

/** Whether a log that ends in this term and index is at least as up to date as the log of the node. Raft §5.4.1. */
export function isUpToDate({ log }: RaftView, lastLogTerm: number, lastLogIndex: number): boolean {
  const ownTerm = log.term(log.lastIndex);
  return lastLogTerm > ownTerm || (lastLogTerm === ownTerm && lastLogIndex >= log.lastIndex);
}
