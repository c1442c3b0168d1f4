import type { NodeId } from '../../sim/protocol.ts';
import { configuration } from '../configuration.ts';
import {
  APPEND_ENTRIES,
  APPEND_ENTRIES_REPLY,
  type AppendEntries,
  type AppendEntriesReply,
  FORWARD,
  FORWARD_REPLY,
  INSTALL_SNAPSHOT,
  type InstallSnapshot,
  type Message,
  REQUEST_PRE_VOTE_REPLY,
  type RequestPreVoteReply,
  READ_INDEX,
  READ_INDEX_REPLY,
  REQUEST_PRE_VOTE,
  type RequestPreVote,
  type RequestVote,
  INSTALL_SNAPSHOT_REPLY,
  type InstallSnapshotReply,
  TIMEOUT_NOW,
  type TimeoutNow,
} from '../messages.ts';
import { TestNode, type TestNodeOptions, ack, appendOf, requestVoteOf, reject, requestOf, voteReply } from './node.ts';
import { ELECTION } from '../node.ts';

export function requestPreVoteOf(term: number, candidate: NodeId, lastLogIndex = 0, lastLogTerm = 0): RequestPreVote {
  return { type: REQUEST_PRE_VOTE, term, candidate, lastLogIndex, lastLogTerm };
}

export function preVote(term: number, granted = true): RequestPreVoteReply {
  return { type: REQUEST_PRE_VOTE_REPLY, term, granted };
}

/** A candidacy that the leader has asked for. */
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
  };
}

export function snapshotReply(term: number, lastIndex: number, done: boolean): InstallSnapshotReply {
  return { type: INSTALL_SNAPSHOT_REPLY, term, lastIndex, offset: 0, done, round: 0 };
}

/** One message of each type that speaks for the term it carries, as node 3 would send it. */
export function messagesOf(term: number): readonly (readonly [string, Message])[] {
  const reply = { status: 'busy', value: null, applied: false, leader: -1 } as const;
  return [
    ['RequestVote', requestVoteOf(term, 3)],
    ['a vote', voteReply(term)],
    ['a refused vote', voteReply(term, false)],
    ['AppendEntries', appendOf(term, 3)],
    ['an acknowledgement', ack(term, 0)],
    ['a rejection', reject(term, 1, 0, 1)],
    ['a refused pre-vote', preVote(term, false)],
    ['InstallSnapshot', installOf(term, 3, [4, 1])],
    ['an answer to InstallSnapshot', snapshotReply(term, 4, false)],
    ['TimeoutNow', timeoutNow(term)],
    ['Forward', { type: FORWARD, term, request: requestOf(1, 1) }],
    ['an answer to Forward', { type: FORWARD_REPLY, term, request: requestOf(1, 1), reply }],
    ['ReadIndex', { type: READ_INDEX, term, read: 1 }],
    ['an answer to ReadIndex', { type: READ_INDEX_REPLY, term, read: 1, readIndex: -1 }],
  ];
}

/** A node in term 5 that follows nobody yet. */
export function follower(options: TestNodeOptions = {}): TestNode {
  return new TestNode({ ...options, disk: { term: 5, ...options.disk } });
}

/** A node that stands in term 5, and whose vote for itself is on disk. */
export function candidate(options: TestNodeOptions = {}): TestNode {
  const bench = new TestNode({ ...options, disk: { term: 4, ...options.disk } });
  bench.fire(ELECTION);
  bench.sync();
  return bench;
}

/** The leader of term 5, whose first entry is on its own disk and nowhere else. */
export function leader(options: TestNodeOptions = {}): TestNode {
  const bench = new TestNode({ ...options, disk: { term: 4, ...options.disk } });
  bench.lead();
  return bench;
}

/** The leader of term 5 in a cluster of three, whose log everybody has and which is committed. */
export function convergedLeader(
  disk: TestNodeOptions['disk'] = {},
  options: TestNodeOptions['options'] = {},
): TestNode {
  const bench = leader({ nodes: 3, disk, options });
  bench.acknowledge(bench.node.log.lastIndex, 1, 2);
  return bench;
}

/** The first AppendEntries that the last event has sent to this node. */
export function appendTo(bench: TestNode, to: NodeId): AppendEntries {
  const message = bench.sentTo(to).find(({ type }) => type === APPEND_ENTRIES);
  if (message?.type !== APPEND_ENTRIES) throw new Error(`no AppendEntries to ${to}`);
  return message;
}

/** What the last event has answered to AppendEntries. */
export function replyOf(bench: TestNode): AppendEntriesReply {
  const message = bench.out.sent.find((sent) => sent.message.type === APPEND_ENTRIES_REPLY)?.message;
  if (message?.type !== APPEND_ENTRIES_REPLY) throw new Error('no answer to AppendEntries');
  return message;
}

/** To when the last event has set a timer; null if it has left it alone, Infinity if it has stopped it. */
export function timerOf(bench: TestNode, timer: number): number | null {
  return bench.out.timers.findLast((set) => set.timer === timer)?.at ?? null;
}
