import type { Configuration, Snapshot } from '../../core/messages.ts';
import { FOLLOWER, type RaftView, type RoleCode } from '../../core/view.ts';
import { LogHistory } from './log-history.ts';

/** By role code. */
export const ROLE_NAMES: readonly string[] = ['follower', 'candidate', 'leader', 'pre-candidate'];

/** A point of the run. */
export interface Moment {
  readonly event: number;
  readonly at: number;
}

export const NEVER: Moment = Object.freeze({ event: 0, at: 0 });

/** A moment, updated in place because it is set often. */
class Stamp implements Moment {
  event = 0;
  at = 0;

  set(event: number, at: number): void {
    this.event = event;
    this.at = at;
  }
}

/** What the checks remember of one node: its state after its last event, and what survives its crashes. */
export class NodeHistory {
  readonly node: number;
  /** Null while it is down. */
  view: RaftView | null = null;
  role: RoleCode = FOLLOWER;
  term = 0;
  votedFor = -1;
  commitIndex = 0;
  /** lastApplied according to the executions seen. */
  applied = 0;
  /** The same before the event in which it rose last. */
  appliedBefore = 0;
  /** lastApplied as the node reports it. */
  reportedApplied = 0;
  /** Whether it was far behind with applying when its commitIndex rose last. */
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
  /** By term: length of the longest log that was durable while the disk was in that term. */
  readonly durableIn = new Map<number, number>();
  /** When its disk lost what it held (it was wiped, put back, or had lied) after it had taken part; null: never. */
  wipedAt: Moment | null = null;
  /** That of a wipe while it was a voter, until its removal is committed; null: there was none. */
  forgotAt: Moment | null = null;
  /** When term, commitIndex, lastApplied and matchIndex were last set, for the witnesses of reports. */
  termSetAt: Moment = NEVER;
  readonly commitSetAt = new Stamp();
  readonly appliedSetAt = new Stamp();
  readonly matchSetAt: readonly Stamp[];
  /** By follower, while leading: matchIndex after the last event. */
  readonly matchIndex: Float64Array;
  /** By follower, while leading: nextIndex after the last event. */
  readonly nextIndex: Float64Array;
  /** By follower, while leading: index of the entry with which this leader has added it; 0 if it was a member before. */
  readonly memberSince: Float64Array;
  /** By follower, while leading: the event in which it was added, or in which the leader was elected. */
  readonly memberSinceEvent: Float64Array;
  /** By follower, while leading: index of the last entry sent. */
  readonly lastSent: Float64Array;
  /** By follower, while leading: index of the snapshot of which a chunk was sent last. */
  readonly sentSnapshot: Float64Array;
  /** By follower, while leading: the offset after that chunk, in bytes. */
  readonly sentOffset: Float64Array;
  /** Whether it has sent entries, in this leadership, before those sent earlier were acknowledged. */
  hasPipelined = false;
  /** By term: the candidate that it has sent a granted vote; itself, if it has sent RequestVote. */
  readonly grants = new Map<number, number>();
  /** Those of them that it has forgotten with its disk. */
  readonly forgottenGrants = new Map<number, number>();
  /** Granted votes of its term that it has received as a candidate, repeated ones included. */
  votesReceived = 0;
  /** The term of a RequestVote that it is about to handle; 0: none. */
  requestVoteTerm = 0;
  /** The event in which it has handled the reply to a request that it forwarded; −1: none yet. */
  forwardReplyIn = -1;
  /** The term of the latest TimeoutNow sent to it; 0: none. */
  timeoutNowTerm = 0;
  /** The sender of that TimeoutNow; −1: none, or the election is over. */
  timeoutNowFrom = -1;
  /** When it booted last; event 0: for the first time. */
  bootedAt: Moment = NEVER;

  constructor(node: number, nodes: number) {
    this.node = node;
    this.matchSetAt = Array.from({ length: nodes }, () => new Stamp());
    this.matchIndex = new Float64Array(nodes);
    this.nextIndex = new Float64Array(nodes);
    this.memberSince = new Float64Array(nodes);
    this.memberSinceEvent = new Float64Array(nodes);
    this.lastSent = new Float64Array(nodes);
    this.sentSnapshot = new Float64Array(nodes);
    this.sentOffset = new Float64Array(nodes);
  }

  /** A leadership begins in this event: nothing is known about followers, and nothing has been sent to them. */
  resetProgress(event: number): void {
    this.matchIndex.fill(0);
    this.nextIndex.fill(0);
    this.memberSince.fill(0);
    this.memberSinceEvent.fill(event);
    this.lastSent.fill(0);
    this.sentSnapshot.fill(0);
    this.sentOffset.fill(0);
    this.hasPipelined = false;
  }

  /** The state machine is after this index since the event at hand. */
  setApplied(index: number, event: number, at: number): void {
    if (this.appliedSetAt.event !== event) this.appliedBefore = this.applied;
    this.appliedSetAt.set(event, at);
    this.applied = index;
  }

  /** Whether it had executed the entry at `index` before this event. */
  hadApplied(index: number, event: number): boolean {
    return index <= (this.appliedSetAt.event === event ? this.appliedBefore : this.applied);
  }

  /** The term that counts for quorums: a crashed node will restart with that of its disk. */
  get effectiveTerm(): number {
    return this.view === null ? this.diskTerm : this.term;
  }

  /** The log that counts for quorums, for the same reason. */
  get effectiveLog(): LogHistory {
    return this.view === null ? this.disk : this.log;
  }

  /** Whether it has no log, neither in memory nor on disk. */
  get isBlank(): boolean {
    return this.disk.length === 0 && this.effectiveLog.length === 0;
  }
}
