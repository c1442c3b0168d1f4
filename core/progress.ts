import type { Micros } from '../sim/protocol.ts';
import type { Snapshot } from './messages.ts';

/** It is not known where the follower's log matches: the leader probes with one AppendEntries at a time. */
export const PROBE = 0;
/** It is known: the leader sends entries without waiting for the replies to earlier ones. Dissertation §10.2.1. */
export const REPLICATE = 1;
/** The follower lacks compacted entries: the leader sends it a snapshot. Dissertation §5.3. */
export const SNAPSHOT = 2;

export type ProgressState = typeof PROBE | typeof REPLICATE | typeof SNAPSHOT;

/** The state of replication to a follower besides nextIndex and matchIndex, and what is in flight to it. */
export class Progress {
  state: ProgressState = PROBE;
  /** PROBE: the last index of the entries in flight. SNAPSHOT: that of the snapshot. 0 if nothing is in flight. */
  probedIndex = 0;
  /** Local time from which on the messages in flight count as lost. */
  retryAt: Micros = 0;
  /** How long to wait before it is sent again. Doubles with each retry. */
  retryInterval: Micros = 0;
  /** Local time of the follower's last reply. */
  lastContactAt: Micros = 0;
  /** Index of the entry with which this leader has added it; 0 if it was a member when the leader was elected. */
  memberSince = 0;
  /** The latest heartbeat round it has replied to. */
  round = 0;
  /** SNAPSHOT: the snapshot being sent, and how many of its bytes have arrived; otherwise null and 0. */
  snapshot: Snapshot | null = null;
  offset = 0;
  /** SNAPSHOT: whether the chunk in flight has been sent again. */
  isRetried = false;
  /** REPLICATE: the last index and the bytes of each AppendEntries in flight, oldest first. */
  private readonly lasts: number[] = [];
  private readonly sizes: number[] = [];
  inflightBytes = 0;

  get inflight(): number {
    return this.lasts.length;
  }

  /** Whether entries or a chunk of a snapshot are in flight. */
  get hasInflight(): boolean {
    return this.probedIndex > 0 || this.lasts.length > 0;
  }

  /** The progress at the beginning of a leadership (`memberSince` 0), or of a member that this leader adds. */
  reset(memberSince: number, now: Micros, retryInterval: Micros): void {
    this.memberSince = memberSince;
    this.state = PROBE;
    this.snapshot = null;
    this.offset = 0;
    this.round = 0;
    this.lastContactAt = now;
    this.clearInflight(retryInterval);
  }

  /** Nothing is in flight any more. */
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

  /** AppendEntries that end at or before `match` have arrived. Returns whether there were any. */
  acknowledge(match: number): boolean {
    let count = 0;
    while (count < this.lasts.length && this.lasts[count]! <= match) this.inflightBytes -= this.sizes[count++]!;
    if (count === 0) return false;
    if (count === this.lasts.length) {
      this.lasts.length = 0;
      this.sizes.length = 0;
    } else {
      this.lasts.splice(0, count);
      this.sizes.splice(0, count);
    }
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
