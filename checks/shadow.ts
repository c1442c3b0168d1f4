import type { Entry } from '../core/messages.ts';
import { FOLLOWER, type LogView, type RaftView, type RoleCode } from '../core/view.ts';
import type { Prefixes } from './prefixes.ts';
import { sameEntry } from './prefixes.ts';

/** A log as a list of prefix ids: what it held when last looked at. */
export class ShadowLog {
  length = 0;
  /** The id at `length`; 0 for an empty log. */
  tip = 0;
  private ids = new Int32Array(64);
  private lastEntry: Entry | null = null;

  /** Prefix id of the first `index` entries. */
  at(index: number): number {
    return index === 0 ? 0 : this.ids[index - 1]!;
  }

  /** Whether this prefix stands at `index`. */
  holds(index: number, prefix: number): boolean {
    return index <= this.length && this.at(index) === prefix;
  }

  /** Whether the log looks as it did: its length and last entry decide (an audit at the end looks at all of it). */
  isCurrent(log: LogView): boolean {
    const { length } = this;
    return log.lastIndex === length && (length === 0 || log.entry(length) === this.lastEntry);
  }

  /** How many entries from the front are still those of the shadow. Walks back from the tail: O(changed suffix). */
  agreement(log: LogView, prefixes: Prefixes): number {
    let kept = Math.min(this.length, log.lastIndex);
    while (kept > 0 && !sameEntry(prefixes.entry(this.ids[kept - 1]!), log.entry(kept))) kept--;
    return kept;
  }

  cut(kept: number): void {
    this.length = kept;
    this.tip = this.at(kept);
  }

  /** Nothing is left of it. */
  clear(): void {
    this.cut(0);
    this.lastEntry = null;
  }

  push(id: number): void {
    if (this.length === this.ids.length) {
      const wider = new Int32Array(this.ids.length * 2);
      wider.set(this.ids);
      this.ids = wider;
    }
    this.ids[this.length++] = id;
    this.tip = id;
  }

  /** To be called when a sync is complete. */
  remember(log: LogView): void {
    this.lastEntry = log.lastIndex === 0 ? null : log.entry(log.lastIndex);
  }
}

/** A point of the run. */
export interface Moment {
  readonly event: number;
  readonly at: number;
}

export const NEVER: Moment = Object.freeze({ event: 0, at: 0 });

/** A moment that is set again and again, without a new object each time. */
export class Stamp implements Moment {
  event = 0;
  at = 0;

  set(event: number, at: number): void {
    this.event = event;
    this.at = at;
  }
}

/** What the checks remember of one node: its state after the last event, and what outlives its crashes. */
export class Shadow {
  readonly node: number;
  /** Null while it is down. */
  view: RaftView | null = null;
  role: RoleCode = FOLLOWER;
  term = 0;
  votedFor = -1;
  commit = 0;
  /** By the executions seen. */
  applied = 0;
  /** By the node's own account. */
  claimedApplied = 0;
  readonly log = new ShadowLog();
  readonly disk = new ShadowLog();
  diskTerm = 0;
  diskVote = -1;
  /** By term: the longest log that was durable while the disk was in that term. */
  readonly durableIn = new Map<number, number>();
  /** When term, commit and match were last set: what a report shows of the earlier of two facts. */
  termSet: Moment = NEVER;
  readonly commitSet = new Stamp();
  readonly appliedSet = new Stamp();
  readonly matchSet: readonly Stamp[];
  /** By follower, while leading. */
  readonly match: Float64Array;
  /** By follower, while leading: the last look at nextIndex. */
  readonly next: Float64Array;
  /** Candidate granted a vote, by term. */
  readonly grants = new Map<number, number>();
  /** When it came up last; event 0 for the first time. */
  bootedAt: Moment = NEVER;

  constructor(node: number, nodes: number) {
    this.node = node;
    this.matchSet = Array.from({ length: nodes }, () => new Stamp());
    this.match = new Float64Array(nodes);
    this.next = new Float64Array(nodes);
  }

  /** The term that counts for quorums: a crashed node will come back with that of its disk. */
  get effectiveTerm(): number {
    return this.view === null ? this.diskTerm : this.term;
  }
}
