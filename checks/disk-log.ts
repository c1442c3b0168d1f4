import type { Entry } from '../core/messages.ts';
import type { LogView } from '../core/view.ts';

/** The log on a disk, looked at like one in memory. */
export class DiskLog implements LogView {
  entries: readonly Entry[] = [];

  get lastIndex(): number {
    return this.entries.length;
  }

  entry(index: number): Entry {
    return this.entries[index - 1]!;
  }
}
