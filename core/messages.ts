import type { Request } from '../sim/protocol.ts';

/** Vote of a node that has not voted, leader of a node that knows none. */
export const NOBODY = -1;

/** A log entry. Frozen in spirit: nodes share it, and nobody changes it. */
export interface Entry {
  readonly term: number;
  /** What a client asked for; null: the no-op a leader starts its term with. */
  readonly request: Request | null;
  /** Size on disk and on the wire. */
  readonly bytes: number;
}

export const REQUEST_VOTE = 1;
export const VOTE = 2;
export const APPEND_ENTRIES = 3;
export const APPEND_REPLY = 4;

/** Raft Figure 2, RequestVote RPC, arguments. */
export interface RequestVote {
  readonly type: typeof REQUEST_VOTE;
  readonly term: number;
  readonly candidate: number;
  readonly lastLogIndex: number;
  readonly lastLogTerm: number;
}

/** Raft Figure 2, RequestVote RPC, results. */
export interface Vote {
  readonly type: typeof VOTE;
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
}

/** Raft Figure 2, AppendEntries RPC, results, with the fast back-up that the end of §5.3 sketches. */
export interface AppendReply {
  readonly type: typeof APPEND_REPLY;
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
}

export type Message = RequestVote | Vote | AppendEntries | AppendReply;

/** What a node writes to its disk in one piece. */
export type Write = VoteWrite | LogWrite;

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

/** What is on a node's disk. */
export interface RaftDisk {
  term: number;
  votedFor: number;
  /** The entry of index i stands at i − 1. */
  readonly log: Entry[];
}
