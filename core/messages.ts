import type { Micros, NodeId, Reply, Request } from '../sim/protocol.ts';

/** No node: the vote of a node that has not voted, the leader of a node that knows none. */
export const NONE = -1;

/**
 * Who belongs to the cluster. Joint while `outgoing` is not empty: then elections and commitment need a majority of
 * `voters` and one of `outgoing`. Dissertation §4.3. All lists ascend; a node is in `voters` or in `learners`, not in
 * both.
 */
export interface Configuration {
  readonly voters: readonly NodeId[];
  /** The voters of the configuration being left; empty unless joint. */
  readonly outgoing: readonly NodeId[];
  /** Non-voting members: they receive the log, and count in no majority. Dissertation §4.2.1. */
  readonly learners: readonly NodeId[];
  /** While joint: whether the leader leaves the joint configuration as soon as it is committed, without a request. */
  readonly leavesByItself: boolean;
}

/** A log entry. Nodes share it and never change it; it is not frozen, which would cost time. */
export interface Entry {
  readonly term: number;
  /** A client's request; null for a configuration, and for the no-op that begins a leader's term. */
  readonly request: Request | null;
  /** The members of the cluster from this entry on, or null. Dissertation §4.1. */
  readonly configuration: Configuration | null;
  /** Log time: its leader's clock, never less than in the entry before; 0 if sessions do not expire. §6.3. */
  readonly time: Micros;
  /** Size on disk and on the wire. */
  readonly bytes: number;
}

/** A record of a snapshot: a key with its value, or a session with its cached replies. Frozen. */
export type SnapshotRecord = ValueRecord | SessionRecord;

export interface ValueRecord {
  readonly kind: 'value';
  readonly key: string;
  readonly value: string;
  readonly bytes: number;
}

export interface SessionRecord {
  readonly kind: 'session';
  readonly session: number;
  /** Log time of its last request. */
  readonly active: Micros;
  readonly firstUnanswered: number;
  readonly replies: readonly CachedReply[];
  readonly bytes: number;
}

/** The reply to an executed request of a session, kept for retries, and a digest of it. */
export interface CachedReply {
  readonly sequence: number;
  readonly reply: Reply;
  readonly hash: number;
}

/** The state after the entry at `index`, and all that Raft needs of the log up to it. Dissertation §5.1. */
export interface Snapshot {
  /** lastIncludedIndex; 0: the state before the first entry. */
  readonly index: number;
  /** lastIncludedTerm. */
  readonly term: number;
  /** The latest configuration as of `index`, and the index of its entry (0: the one the cluster began with). */
  readonly configuration: Configuration;
  readonly configurationIndex: number;
  /** Log time. */
  readonly time: Micros;
  readonly records: readonly SnapshotRecord[];
  /** Size on disk and on the wire: that of the records and a header. */
  readonly bytes: number;
}

export const REQUEST_VOTE = 1;
export const REQUEST_VOTE_REPLY = 2;
export const APPEND_ENTRIES = 3;
export const APPEND_ENTRIES_REPLY = 4;
export const REQUEST_PRE_VOTE = 5;
export const REQUEST_PRE_VOTE_REPLY = 6;
export const INSTALL_SNAPSHOT = 7;
export const INSTALL_SNAPSHOT_REPLY = 8;
export const TIMEOUT_NOW = 9;
export const FORWARD = 10;
export const FORWARD_REPLY = 11;
export const READ_INDEX = 12;
export const READ_INDEX_REPLY = 13;

/** Raft Figure 2, RequestVote RPC, arguments. */
export interface RequestVote {
  readonly type: typeof REQUEST_VOTE;
  readonly term: number;
  readonly candidate: number;
  readonly lastLogIndex: number;
  readonly lastLogTerm: number;
  /** The leader has requested this election with TimeoutNow: leader stickiness does not apply. Dissertation §4.2.3. */
  readonly transfer: boolean;
}

/** Raft Figure 2, RequestVote RPC, results. */
export interface RequestVoteReply {
  readonly type: typeof REQUEST_VOTE_REPLY;
  readonly term: number;
  readonly granted: boolean;
}

/** Asks whether the candidate would be elected in the next term. Dissertation §9.6. */
export interface RequestPreVote {
  readonly type: typeof REQUEST_PRE_VOTE;
  /** The term of the election it would start. The sender has not entered it. */
  readonly term: number;
  readonly candidate: number;
  readonly lastLogIndex: number;
  readonly lastLogTerm: number;
}

export interface RequestPreVoteReply {
  readonly type: typeof REQUEST_PRE_VOTE_REPLY;
  /** Granted: the term of the request. Denied: the current term of the sender. */
  readonly term: number;
  readonly granted: boolean;
}

/** Raft Figure 2, AppendEntries RPC, arguments. Without entries it is a heartbeat, checked like any other. */
export interface AppendEntries {
  readonly type: typeof APPEND_ENTRIES;
  readonly term: number;
  readonly leader: number;
  readonly prevLogIndex: number;
  readonly prevLogTerm: number;
  readonly entries: readonly Entry[];
  readonly leaderCommit: number;
  /**
   * Number of the latest heartbeat round of this leadership; replies to it confirm that it leads. Dissertation §6.4.
   */
  readonly round: number;
  /**
   * Index of the entry with which this leader has added the receiver; 0 if that was a member when it was elected. A reply
   * repeats it, so that one that belongs to an earlier membership is told apart. Dissertation §4.2.1.
   */
  readonly memberSince: number;
}

/** Raft Figure 2, AppendEntries RPC, results, with the fast backtracking that the end of §5.3 sketches. */
export interface AppendEntriesReply {
  readonly type: typeof APPEND_ENTRIES_REPLY;
  readonly term: number;
  readonly success: boolean;
  /** Success: the log is known to match the leader's, durably, up to here. Otherwise 0. */
  readonly matchIndex: number;
  /** Failure: the prevLogIndex that did not match. Otherwise 0. */
  readonly rejectedIndex: number;
  /** Failure: term of the entry at prevLogIndex, 0 if there is none. */
  readonly conflictTerm: number;
  /** Failure: first index of that term, or the first index the log lacks. */
  readonly conflictIndex: number;
  /** The round of the request; 0 if the request is of a stale term. */
  readonly round: number;
  /** That of the request. */
  readonly memberSince: number;
}

/** Dissertation Figure 5.3, InstallSnapshot RPC, arguments: a chunk of a snapshot. */
export interface InstallSnapshot {
  readonly type: typeof INSTALL_SNAPSHOT;
  readonly term: number;
  readonly leader: number;
  readonly lastIndex: number;
  readonly lastTerm: number;
  readonly configuration: Configuration;
  readonly configurationIndex: number;
  readonly time: Micros;
  /** Bytes of the snapshot before this chunk. */
  readonly offset: number;
  readonly records: readonly SnapshotRecord[];
  /** Whether this is the last chunk. */
  readonly done: boolean;
  readonly round: number;
  /** See AppendEntries. */
  readonly memberSince: number;
}

/** Dissertation Figure 5.3, InstallSnapshot RPC, results, with the offset to continue from. */
export interface InstallSnapshotReply {
  readonly type: typeof INSTALL_SNAPSHOT_REPLY;
  readonly term: number;
  /** The snapshot's last index. */
  readonly lastIndex: number;
  /** Bytes received without a gap: the offset of the chunk to send next. */
  readonly offset: number;
  /** Whether the node has everything up to `lastIndex`, durably. */
  readonly done: boolean;
  readonly round: number;
  /** That of the request. */
  readonly memberSince: number;
}

/** Requests that the transfer target starts an election at once. Dissertation §3.10. */
export interface TimeoutNow {
  readonly type: typeof TIMEOUT_NOW;
  readonly term: number;
}

/** A follower forwards a client's request to the leader. Dissertation §6.2. */
export interface Forward {
  readonly type: typeof FORWARD;
  readonly term: number;
  readonly request: Request;
}

/** The leader's reply to a forwarded request, for the follower to pass back to the client. */
export interface ForwardReply {
  readonly type: typeof FORWARD_REPLY;
  readonly term: number;
  readonly request: Request;
  readonly reply: Reply;
}

/** Requests the index that a follower must have applied before it serves a read. Dissertation §6.4. */
export interface ReadIndex {
  readonly type: typeof READ_INDEX;
  readonly term: number;
  /** The follower's number for the read, which the reply repeats. */
  readonly read: number;
}

export interface ReadIndexReply {
  readonly type: typeof READ_INDEX_REPLY;
  readonly term: number;
  readonly read: number;
  /** −1: the sender does not lead, or stopped leading before it knew the index. */
  readonly readIndex: number;
}

export type Message =
  | RequestVote
  | RequestVoteReply
  | AppendEntries
  | AppendEntriesReply
  | RequestPreVote
  | RequestPreVoteReply
  | InstallSnapshot
  | InstallSnapshotReply
  | TimeoutNow
  | Forward
  | ForwardReply
  | ReadIndex
  | ReadIndexReply;

/** What a node writes to its disk in one piece: all of it becomes durable, or none (but see `tearWrite`). */
export type Write = VoteWrite | LogWrite | SnapshotWrite;

/** Raft Figure 2, persistent state: currentTerm and votedFor, always together. */
export interface VoteWrite {
  readonly kind: 'vote';
  readonly term: number;
  readonly votedFor: number;
}

/** Replaces the log from index `from` on by `entries`. */
export interface LogWrite {
  readonly kind: 'log';
  readonly from: number;
  readonly entries: readonly Entry[];
}

/** Replaces the snapshot and removes the beginning of the log, in one piece. Dissertation §5.1. */
export interface SnapshotWrite {
  readonly kind: 'snapshot';
  readonly snapshot: Snapshot;
  /** Entries up to this index are removed. */
  readonly base: number;
  readonly baseTerm: number;
  /** Whether the entries after `base` stay. If not, the log is empty. */
  readonly keepsLog: boolean;
}

/** The durable state of a node. */
export interface RaftDisk {
  term: number;
  votedFor: number;
  snapshot: Snapshot;
  /** Index and term of the last entry that was compacted away, 0 if none was: base ≤ snapshot.index. */
  base: number;
  baseTerm: number;
  /** The entry of index i is at position i − base − 1. */
  readonly log: Entry[];
  /** The records whose checksums do not fit what they hold. */
  damage: readonly DamagedRecord[];
}

/** A record on a disk: term and vote, the snapshot, or the entry of an index. */
export type DiskRecord = 'vote' | 'snapshot' | 'entry';

/** A record that does not hold what was written to it. `index`: of the entry; of the snapshot; 0 for term and vote. */
export interface DamagedRecord {
  readonly record: DiskRecord;
  readonly index: number;
}
