import { assert } from '../sim/assert.ts';
import type { Entry } from './messages.ts';
import type { LogView } from './view.ts';

/** A node's log in memory. Indices count from 1, as in the paper; index 0 stands before the first entry, with term 0. */
export class Log implements LogView {
  private readonly entries: Entry[];

  constructor(entries: Entry[]) {
    this.entries = entries;
  }

  get lastIndex(): number {
    return this.entries.length;
  }

  get lastTerm(): number {
    return this.term(this.entries.length);
  }

  entry(index: number): Entry {
    return this.entries[index - 1]!;
  }

  /** 0 for index 0. */
  term(index: number): number {
    return index === 0 ? 0 : this.entries[index - 1]!.term;
  }

  has(index: number): boolean {
    return index <= this.entries.length;
  }

  append(entry: Entry): void {
    this.entries.push(entry);
  }

  /** Removes the entry at `index` and all that follow. */
  truncateFrom(index: number): void {
    assert(index >= 1, 'a log was to be truncated before its first entry');
    this.entries.length = Math.min(this.entries.length, index - 1);
  }

  /** The entries from `from` up to but not including `end`. */
  slice(from: number, end: number): readonly Entry[] {
    return this.entries.slice(from - 1, end - 1);
  }

  /** The lowest index at or below `index` whose entry has the same term. Terms never decrease along a log. */
  firstOfTerm(index: number): number {
    const term = this.term(index);
    return this.search(index, (candidate) => candidate >= term);
  }

  /** The highest index whose entry has this term, or 0 if none has. */
  lastOfTerm(term: number): number {
    const after = this.search(this.lastIndex + 1, (candidate) => candidate > term);
    return after > 1 && this.term(after - 1) === term ? after - 1 : 0;
  }

  clone(): Log {
    return new Log(this.entries.slice());
  }

  /** The lowest index below `end` whose term satisfies a condition that, once true, stays true; else `end`. */
  private search(end: number, satisfied: (term: number) => boolean): number {
    let low = 1;
    let high = end;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (satisfied(this.term(middle))) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
