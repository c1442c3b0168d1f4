import type { Configuration, Snapshot } from '../../core/messages.ts';
import { FOLLOWER, type RaftView, type RoleCode } from '../../core/view.ts';
import { LogHistory } from './log-history.ts';

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
export class NodeHistory {
  readonly node: number;
  /** Null while it is down. */
  view: RaftView | null = null;
  role: RoleCode = FOLLOWER;
  term = 0;
  votedFor = -1;
  commitIndex = 0;
  /** By the executions seen. */
  applied = 0;
  /** By the node's own account. */
  reportedApplied = 0;
  /** Whether it was far behind in applying when its commitIndex rose last. */
  isApplyLagging = false;
  readonly log = new LogHistory();
  snapshot: Snapshot | null = null;
  /** The configuration in force; null before it has booted for the first time. */
  configuration: Configuration | null = null;
  configurationIndex = 0;
  transferee = -1;
  readonly disk = new LogHistory();
  diskTerm = 0;
  diskVote = -1;
  diskSnapshot: Snapshot | null = null;
  /** By term: the longest log that was durable while the disk was in that term. */
  readonly durableIn = new Map<number, number>();
  /** When its disk was wiped after it had taken part; null if that has not happened. */
  wipedAt: Moment | null = null;
  /** When term, commit and match were last set: what a report shows of the earlier of two facts. */
  termSetAt: Moment = NEVER;
  readonly commitSetAt = new Stamp();
  readonly appliedSetAt = new Stamp();
  readonly matchSetAt: readonly Stamp[];
  /** By follower, while leading. */
  readonly matchIndex: Float64Array;
  /** By follower, while leading: the last look at nextIndex. */
  readonly nextIndex: Float64Array;
  /** By follower, while leading: the last entry sent. */
  readonly lastSent: Float64Array;
  /** By follower, while leading: of which snapshot a part was sent last, and the offset where that part ended. */
  readonly sentSnapshot: Float64Array;
  readonly sentOffset: Float64Array;
  /** Whether it has sent entries, in this leadership, before those sent earlier were acknowledged. */
  hasPipelined = false;
  /** Candidate granted a vote, by term. */
  readonly grants = new Map<number, number>();
  /** Granted votes of its term that have reached it since it stood, repeated ones included. */
  votesReceived = 0;
  /** The term of a RequestVote that it is about to handle; 0: of none. */
  requestVoteTerm = 0;
  /** The term in which its leader told it to stand, and who that was; 0: in none. */
  timeoutNowTerm = 0;
  timeoutNowFrom = -1;
  /** When it came up last; event 0 for the first time. */
  bootedAt: Moment = NEVER;

  constructor(node: number, nodes: number) {
    this.node = node;
    this.matchSetAt = Array.from({ length: nodes }, () => new Stamp());
    this.matchIndex = new Float64Array(nodes);
    this.nextIndex = new Float64Array(nodes);
    this.lastSent = new Float64Array(nodes);
    this.sentSnapshot = new Float64Array(nodes);
    this.sentOffset = new Float64Array(nodes);
  }

  /** A leadership begins: nothing is known of its followers, and nothing has been sent to them. */
  resetProgress(): void {
    this.matchIndex.fill(0);
    this.nextIndex.fill(0);
    this.lastSent.fill(0);
    this.sentSnapshot.fill(0);
    this.sentOffset.fill(0);
    this.hasPipelined = false;
  }

  /** The term that counts for quorums: a crashed node will come back with that of its disk. */
  get effectiveTerm(): number {
    return this.view === null ? this.diskTerm : this.term;
  }

  /** The log that counts, by the same reasoning. */
  get effectiveLog(): LogHistory {
    return this.view === null ? this.disk : this.log;
  }

  /** Whether it has never taken part in anything, as far as one can see from its log. */
  get isBlank(): boolean {
    return this.disk.length === 0 && this.effectiveLog.length === 0;
  }
}
