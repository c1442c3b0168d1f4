import { assert } from '../sim/base/assert.ts';
import type { Entry } from './messages.ts';
import type { LogView } from './view.ts';

/**
 * A node's log in memory. Indices count from 1, as in the paper. The entries up to `base` have been compacted: of them,
 * only the term of the last is known. Index 0 is before the first entry and has term 0.
 */
export class Log implements LogView {
  base: number;
  private baseTerm: number;
  private readonly entries: Entry[];

  constructor(entries: Entry[], base = 0, baseTerm = 0) {
    this.entries = entries;
    this.base = base;
    this.baseTerm = baseTerm;
  }

  get lastIndex(): number {
    return this.base + this.entries.length;
  }

  get lastTerm(): number {
    return this.term(this.base + this.entries.length);
  }

  entry(index: number): Entry {
    return this.entries[index - this.base - 1]!;
  }

  /** Of an index from `base` on. */
  term(index: number): number {
    return index === this.base ? this.baseTerm : this.entries[index - this.base - 1]!.term;
  }

  /** Whether the term at this index is known: it is not compacted, and the log reaches it. */
  has(index: number): boolean {
    return index >= this.base && index <= this.base + this.entries.length;
  }

  append(entry: Entry): void {
    this.entries.push(entry);
  }

  /** Removes the entry at `index` and all that follow. */
  truncateFrom(index: number): void {
    assert(index > this.base, 'a log is truncated before its first entry');
    this.entries.length = Math.min(this.entries.length, index - this.base - 1);
  }

  /** Removes the entries up to `index`, and remembers the term of the last. */
  compactTo(index: number): void {
    assert(index <= this.lastIndex, 'a log is compacted beyond its last entry');
    if (index <= this.base) return;
    const term = this.term(index);
    this.entries.splice(0, index - this.base);
    this.base = index;
    this.baseTerm = term;
  }

  /** Becomes the empty log after an entry that a snapshot covers. */
  restartAfter(index: number, term: number): void {
    this.entries.length = 0;
    this.base = index;
    this.baseTerm = term;
  }

  /** The entries from `from` up to but not including `end`. */
  slice(from: number, end: number): readonly Entry[] {
    return this.entries.slice(from - this.base - 1, end - this.base - 1);
  }

  /** The lowest known index at or below `index` whose entry has the same term. Terms never decrease along a log. */
  firstOfTerm(index: number): number {
    const term = this.term(index);
    return this.search(index, (candidate) => candidate >= term);
  }

  /** The highest known index whose entry has this term, or 0 if none has. */
  lastOfTerm(term: number): number {
    const after = this.search(this.lastIndex + 1, (candidate) => candidate > term);
    return after > this.base + 1 && this.term(after - 1) === term ? after - 1 : 0;
  }

  clone(): Log {
    return new Log(this.entries.slice(), this.base, this.baseTerm);
  }

  /** The lowest index below `end` whose term satisfies a condition that, once true, stays true; else `end`. */
  private search(end: number, satisfied: (term: number) => boolean): number {
    let low = this.base + 1;
    let high = end;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (satisfied(this.term(middle))) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
