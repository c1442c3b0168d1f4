import type { Micros, NodeId, Reply, Request } from '../sim/protocol.ts';

/** Vote of a node that has not voted, leader of a node that knows none. */
export const NONE = -1;

/**
 * Who belongs to the cluster. Joint while `outgoing` is not empty: then elections and commitment need a majority of
 * `voters` and one of `outgoing`. Dissertation §4.3. All lists ascend; a node is in `voters` or in `learners`, not in both.
 */
export interface Configuration {
  readonly voters: readonly NodeId[];
  /** The voters of the configuration being left; empty unless joint. */
  readonly outgoing: readonly NodeId[];
  /** Non-voting members: they are sent the log and count in nothing. Dissertation §4.2.1. */
  readonly learners: readonly NodeId[];
  /** While joint: whether the leader leaves the joint configuration by itself as soon as that is committed. */
  readonly leavesByItself: boolean;
}

/** A log entry. Frozen in spirit: nodes share it, and nobody changes it. */
export interface Entry {
  readonly term: number;
  /** What a client asked for; null: a configuration, or the no-op a leader starts its term with. */
  readonly request: Request | null;
  /** The members of the cluster from this entry on, or null. Dissertation §4.1. */
  readonly configuration: Configuration | null;
  /** What the clock of its leader said, never less than in the entry before; 0 where sessions do not expire. §6.3. */
  readonly time: Micros;
  /** Size on disk and on the wire. */
  readonly bytes: number;
}

/** A piece of a snapshot: a key with its value, or a session with what it was told. Frozen. */
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
  /** Log time at which it was last heard of. */
  readonly active: Micros;
  readonly firstUnanswered: number;
  readonly replies: readonly CachedReply[];
  readonly bytes: number;
}

/** What a session was told, and a digest of it. */
export interface CachedReply {
  readonly sequence: number;
  readonly reply: Reply;
  readonly hash: number;
}

/** The state after the entry at `index`, with all that Raft must remember of the log up to it. Dissertation §5.1. */
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
  /** The leader has asked for this election: nobody need stay loyal to it. Dissertation §4.2.3. */
  readonly transfer: boolean;
}

/** Raft Figure 2, RequestVote RPC, results. */
export interface RequestVoteReply {
  readonly type: typeof REQUEST_VOTE_REPLY;
  readonly term: number;
  readonly granted: boolean;
}

/** Would this node be elected? Dissertation §9.6. */
export interface RequestPreVote {
  readonly type: typeof REQUEST_PRE_VOTE;
  /** The term it would stand in; nobody is in it yet. */
  readonly term: number;
  readonly candidate: number;
  readonly lastLogIndex: number;
  readonly lastLogTerm: number;
}

export interface RequestPreVoteReply {
  readonly type: typeof REQUEST_PRE_VOTE_REPLY;
  /** Granted: the term asked about. Denied: that of the sender. */
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
  /** Number of the latest round of greetings of this leadership; its answers confirm who leads. Dissertation §6.4. */
  readonly round: number;
}

/** Raft Figure 2, AppendEntries RPC, results, with the fast back-up that the end of §5.3 sketches. */
export interface AppendEntriesReply {
  readonly type: typeof APPEND_ENTRIES_REPLY;
  readonly term: number;
  readonly success: boolean;
  /** Success: the log is known to match the leader's, durably, up to here. Otherwise 0. */
  readonly matchIndex: number;
  /** Failure: the prevLogIndex that did not match. Otherwise 0. */
  readonly rejectedIndex: number;
  /** Failure: term of the entry that stood at prevLogIndex, 0 if there was none. */
  readonly conflictTerm: number;
  /** Failure: first index of that term, or the first index the log lacks. */
  readonly conflictIndex: number;
  /** That of the request it answers. */
  readonly round: number;
}

/** Dissertation Figure 5.3, InstallSnapshot RPC, arguments: a part of a snapshot. */
export interface InstallSnapshot {
  readonly type: typeof INSTALL_SNAPSHOT;
  readonly term: number;
  readonly leader: number;
  readonly lastIndex: number;
  readonly lastTerm: number;
  readonly configuration: Configuration;
  readonly configurationIndex: number;
  readonly time: Micros;
  /** Bytes of the snapshot before this part. */
  readonly offset: number;
  readonly records: readonly SnapshotRecord[];
  /** Whether this is the last part. */
  readonly done: boolean;
  readonly round: number;
}

/** Dissertation Figure 5.3, InstallSnapshot RPC, results, with where to go on. */
export interface InstallSnapshotReply {
  readonly type: typeof INSTALL_SNAPSHOT_REPLY;
  readonly term: number;
  /** The snapshot's last index. */
  readonly lastIndex: number;
  /** Bytes received in a row: the offset of the part to send next. */
  readonly offset: number;
  /** Whether everything up to `lastIndex` is there, durably. */
  readonly done: boolean;
  readonly round: number;
}

/** The leader asks a follower to stand for election at once. Dissertation §3.10. */
export interface TimeoutNow {
  readonly type: typeof TIMEOUT_NOW;
  readonly term: number;
}

/** A follower passes a client's request on to the leader. Dissertation §6.2. */
export interface Forward {
  readonly type: typeof FORWARD;
  readonly term: number;
  readonly request: Request;
}

/** What to tell the client. */
export interface ForwardReply {
  readonly type: typeof FORWARD_REPLY;
  readonly term: number;
  readonly request: Request;
  readonly reply: Reply;
}

/** A follower asks up to where it must have applied the log before it may answer a read. Dissertation §6.4. */
export interface ReadIndex {
  readonly type: typeof READ_INDEX;
  readonly term: number;
  /** Of the follower's choice. */
  readonly read: number;
}

export interface ReadIndexReply {
  readonly type: typeof READ_INDEX_REPLY;
  readonly term: number;
  readonly read: number;
  /** −1: the sender does not lead, or cannot tell. */
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

/** What a node writes to its disk in one piece. */
export type Write = VoteWrite | LogWrite | SnapshotWrite;

/** Raft Figure 2, persistent state: currentTerm and votedFor, always together. */
export interface VoteWrite {
  readonly kind: 'vote';
  readonly term: number;
  readonly votedFor: number;
}

/** The log from index `from` on becomes `entries`; what stood there before is gone. */
export interface LogWrite {
  readonly kind: 'log';
  readonly from: number;
  readonly entries: readonly Entry[];
}

/** The snapshot becomes this one, and the log loses its beginning, in one piece. Dissertation §5.1. */
export interface SnapshotWrite {
  readonly kind: 'snapshot';
  readonly snapshot: Snapshot;
  /** Entries up to here go. */
  readonly base: number;
  readonly baseTerm: number;
  /** Whether the entries after `base` stay. If not, the log is empty. */
  readonly keepsLog: boolean;
}

/** What is on a node's disk. */
export interface RaftDisk {
  term: number;
  votedFor: number;
  snapshot: Snapshot;
  /** Index and term of the last entry that was compacted away, 0 if none was: base ≤ snapshot.index. */
  base: number;
  baseTerm: number;
  /** The entry of index i stands at i − base − 1. */
  readonly log: Entry[];
}
