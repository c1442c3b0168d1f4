import type { Entry, RaftDisk } from '../../core/messages.ts';
import type { LogView } from '../../core/view.ts';

/** The log on a disk, looked at like one in memory. */
export class DiskLog implements LogView {
  base = 0;
  private baseTerm = 0;
  private entries: readonly Entry[] = [];

  /** From here on it is the log on this disk. */
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
