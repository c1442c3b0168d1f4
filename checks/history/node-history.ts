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
  commit = 0;
  /** By the executions seen. */
  applied = 0;
  /** By the node's own account. */
  claimedApplied = 0;
  /** Whether it was far behind in applying when its commitIndex rose last. */
  isLate = false;
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
  wiped: Moment | null = null;
  /** When term, commit and match were last set: what a report shows of the earlier of two facts. */
  termSet: Moment = NEVER;
  readonly commitSet = new Stamp();
  readonly appliedSet = new Stamp();
  readonly matchSet: readonly Stamp[];
  /** By follower, while leading. */
  readonly match: Float64Array;
  /** By follower, while leading: the last look at nextIndex. */
  readonly next: Float64Array;
  /** By follower, while leading: the last entry sent. */
  readonly sentTo: Float64Array;
  /** By follower, while leading: of which snapshot a part was sent last, and the offset where that part ended. */
  readonly partsOf: Float64Array;
  readonly partsTo: Float64Array;
  /** Whether it has sent entries, in this leadership, before those sent earlier were acknowledged. */
  hasPipelined = false;
  /** Candidate granted a vote, by term. */
  readonly grants = new Map<number, number>();
  /** Granted votes of its term that have reached it since it stood, repeated ones included. */
  votesHeard = 0;
  /** The term of a RequestVote that it is about to handle; 0: of none. */
  askedTerm = 0;
  /** The term in which its leader told it to stand, and who that was; 0: in none. */
  toldToStandIn = 0;
  toldToStandBy = -1;
  /** When it came up last; event 0 for the first time. */
  bootedAt: Moment = NEVER;

  constructor(node: number, nodes: number) {
    this.node = node;
    this.matchSet = Array.from({ length: nodes }, () => new Stamp());
    this.match = new Float64Array(nodes);
    this.next = new Float64Array(nodes);
    this.sentTo = new Float64Array(nodes);
    this.partsOf = new Float64Array(nodes);
    this.partsTo = new Float64Array(nodes);
  }

  /** A leadership begins: nothing is known of its followers, and nothing has been sent to them. */
  beginLeadership(): void {
    this.match.fill(0);
    this.next.fill(0);
    this.sentTo.fill(0);
    this.partsOf.fill(0);
    this.partsTo.fill(0);
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
