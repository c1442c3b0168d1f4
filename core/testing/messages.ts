import type { NodeId, Request } from '../../sim/protocol.ts';
import { allVoters, configuration } from '../configuration.ts';
import {
  APPEND_ENTRIES,
  APPEND_ENTRIES_REPLY,
  type AppendEntries,
  type AppendEntriesReply,
  type Configuration,
  type Entry,
  FORWARD,
  FORWARD_REPLY,
  INSTALL_SNAPSHOT,
  INSTALL_SNAPSHOT_REPLY,
  type InstallSnapshot,
  type InstallSnapshotReply,
  type Message,
  READ_INDEX,
  READ_INDEX_REPLY,
  REQUEST_PRE_VOTE,
  REQUEST_PRE_VOTE_REPLY,
  REQUEST_VOTE,
  REQUEST_VOTE_REPLY,
  type RequestPreVote,
  type RequestPreVoteReply,
  type RequestVote,
  type RequestVoteReply,
  type SnapshotRecord,
  TIMEOUT_NOW,
  type TimeoutNow,
} from '../messages.ts';

export function requestPreVoteOf(term: number, candidate: NodeId, lastLogIndex = 0, lastLogTerm = 0): RequestPreVote {
  return { type: REQUEST_PRE_VOTE, term, candidate, lastLogIndex, lastLogTerm };
}

export function preVoteReply(term: number, granted = true): RequestPreVoteReply {
  return { type: REQUEST_PRE_VOTE_REPLY, term, granted };
}

/** A RequestVote of a transfer target. */
export function transferRequestVote(term: number, candidate: NodeId, lastLogIndex = 0, lastLogTerm = 0): RequestVote {
  return { ...requestVoteOf(term, candidate, lastLogIndex, lastLogTerm), transfer: true };
}

export function timeoutNow(term: number): TimeoutNow {
  return { type: TIMEOUT_NOW, term };
}

/** The whole of an empty snapshot, in a cluster of five. */
export function installOf(
  term: number,
  leader: NodeId,
  [lastIndex, lastTerm]: readonly [number, number],
): InstallSnapshot {
  return {
    type: INSTALL_SNAPSHOT,
    term,
    leader,
    lastIndex,
    lastTerm,
    configuration: configuration([0, 1, 2, 3, 4]),
    configurationIndex: 0,
    time: 0,
    offset: 0,
    records: [],
    done: true,
    round: 0,
    memberSince: 0,
  };
}

export function installSnapshotReply(term: number, lastIndex: number, done: boolean): InstallSnapshotReply {
  return { type: INSTALL_SNAPSHOT_REPLY, term, lastIndex, offset: 0, done, round: 0, memberSince: 0 };
}

/** One message of each type that carries its sender's term, as node 3 would send it. */
export function messagesOf(term: number): readonly (readonly [string, Message])[] {
  const reply = { status: 'busy', value: null, applied: false, leader: -1 } as const;
  return [
    ['RequestVote', requestVoteOf(term, 3)],
    ['a vote', voteReply(term)],
    ['a denied vote', voteReply(term, false)],
    ['AppendEntries', appendOf(term, 3)],
    ['an acknowledgement', ack(term, 0)],
    ['a rejection', reject(term, 1, 0, 1)],
    ['a denied pre-vote', preVoteReply(term, false)],
    ['InstallSnapshot', installOf(term, 3, [4, 1])],
    ['InstallSnapshotReply', installSnapshotReply(term, 4, false)],
    ['TimeoutNow', timeoutNow(term)],
    ['Forward', { type: FORWARD, term, request: requestOf(1, 1) }],
    ['ForwardReply', { type: FORWARD_REPLY, term, request: requestOf(1, 1), reply }],
    ['ReadIndex', { type: READ_INDEX, term, read: 1 }],
    ['ReadIndexReply', { type: READ_INDEX_REPLY, term, read: 1, readIndex: -1 }],
  ];
}

export function requestOf(session: number, sequence: number, changes: Partial<Request['command']> = {}): Request {
  const command = { op: 'put' as const, key: 'x', value: `${session}.${sequence}`, expected: null, ...changes };
  return Object.freeze({
    client: 100 + session,
    session,
    sequence,
    firstUnanswered: sequence,
    command: Object.freeze(command),
  });
}

/** An entry with a request. */
export function entryOf(term: number, request: Request | null, configuration: Configuration | null = null): Entry {
  return Object.freeze({ term, request, configuration, time: 0, bytes: 16 });
}

/** Entries of these terms, without requests. */
export function entriesOf(...terms: number[]): Entry[] {
  return terms.map((term) => entryOf(term, null));
}

export function voteReply(term: number, granted = true): RequestVoteReply {
  return { type: REQUEST_VOTE_REPLY, term, granted };
}

export function requestVoteOf(term: number, candidate: NodeId, lastLogIndex = 0, lastLogTerm = 0): RequestVote {
  return { type: REQUEST_VOTE, term, candidate, lastLogIndex, lastLogTerm, transfer: false };
}

export function appendOf(
  term: number,
  leader: NodeId,
  [prevLogIndex, prevLogTerm]: readonly [number, number] = [0, 0],
  entries: readonly Entry[] = [],
  leaderCommit = 0,
): AppendEntries {
  return {
    type: APPEND_ENTRIES,
    term,
    leader,
    prevLogIndex,
    prevLogTerm,
    entries,
    leaderCommit,
    round: 0,
    memberSince: 0,
  };
}

/** A chunk of a snapshot that was taken at `lastIndex`, with changes for the test. */
export function chunkOf(
  term: number,
  leader: NodeId,
  [lastIndex, lastTerm]: readonly [number, number],
  changes: Partial<InstallSnapshot> = {},
): InstallSnapshot {
  return {
    type: INSTALL_SNAPSHOT,
    term,
    leader,
    lastIndex,
    lastTerm,
    configuration: allVoters(5),
    configurationIndex: 0,
    time: 0,
    offset: 0,
    records: [],
    done: true,
    round: 0,
    memberSince: 0,
    ...changes,
  };
}

/** A key and its value in a snapshot. */
export function valueOf(key: string, value: string): SnapshotRecord {
  return Object.freeze({ kind: 'value', key, value, bytes: 16 + key.length + value.length });
}

export function installReply(term: number, lastIndex: number, offset: number, done = false): InstallSnapshotReply {
  return { type: INSTALL_SNAPSHOT_REPLY, term, lastIndex, offset, done, round: 0, memberSince: 0 };
}

export function ack(term: number, matchIndex: number): AppendEntriesReply {
  return {
    type: APPEND_ENTRIES_REPLY,
    term,
    success: true,
    matchIndex,
    rejectedIndex: 0,
    conflictTerm: 0,
    conflictIndex: 0,
    round: 0,
    memberSince: 0,
  };
}

export function reject(
  term: number,
  rejectedIndex: number,
  conflictTerm: number,
  conflictIndex: number,
): AppendEntriesReply {
  return {
    type: APPEND_ENTRIES_REPLY,
    term,
    success: false,
    matchIndex: 0,
    rejectedIndex,
    conflictTerm,
    conflictIndex,
    round: 0,
    memberSince: 0,
  };
}
