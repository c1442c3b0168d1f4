import {
  APPEND_ENTRIES,
  APPEND_ENTRIES_REPLY,
  type AppendEntries,
  type AppendEntriesReply,
  type Message,
} from '../../core/messages.ts';
import type { Reply, Request } from '../../sim/protocol.ts';
import { type FakeCluster, type FakeNode, type FakeOut, ok, request } from './fake-cluster.ts';

/** The node handles a message by changing its state like this. */
export function handle(
  cluster: FakeCluster,
  from: number,
  to: number,
  message: Message,
  change: (node: FakeNode, out: FakeOut) => void = () => {},
): void {
  cluster.step(to, (node, out) => {
    cluster.checks.delivered(from, to, message);
    change(node, out);
  });
}

/** A client invokes an operation. */
export function invoke(cluster: FakeCluster, invoked: Request): Request {
  cluster.checks.invoked(invoked);
  return invoked;
}

/** A client invokes a get of x, or of another key. */
export function invokeGet(cluster: FakeCluster, session: number, key = 'x'): Request {
  return invoke(cluster, request(session, 1, { op: 'get', key, value: '' }));
}

/** The request arrives at the node. */
export function deliverRequest(cluster: FakeCluster, id: number, invoked: Request): void {
  cluster.step(id, () => cluster.checks.requested(id, invoked));
}

/** The node replies, and the client completes the operation. */
export function acknowledge(cluster: FakeCluster, id: number, invoked: Request, value: string | null): void {
  const reply: Reply = ok(value);
  cluster.reply(id, invoked, reply);
  cluster.checks.completed(invoked, 'ok');
}

/** An empty AppendEntries of the leader. */
export function heartbeat(cluster: FakeCluster, leader: number, round: number): AppendEntries {
  const { term, log, commitIndex } = cluster.node(leader);
  return {
    type: APPEND_ENTRIES,
    term,
    leader,
    prevLogIndex: log.lastIndex,
    prevLogTerm: log.term(log.lastIndex),
    entries: [],
    leaderCommit: commitIndex,
    round,
    memberSince: 0,
  };
}

/** The leader begins a heartbeat round. */
export function sendHeartbeats(
  cluster: FakeCluster,
  leader: number,
  round: number,
  followers: readonly number[],
): void {
  cluster.step(leader, (_node, out) => {
    for (const to of followers) out.send(to, heartbeat(cluster, leader, round), false);
  });
}

/** A reply to a heartbeat that confirms the leader and nothing else. */
export function heartbeatReply(term: number, round: number): AppendEntriesReply {
  return {
    type: APPEND_ENTRIES_REPLY,
    term,
    success: false,
    matchIndex: 0,
    rejectedIndex: 0,
    conflictTerm: 0,
    conflictIndex: 0,
    round,
    memberSince: 0,
  };
}

/** The leader receives the reply of a follower to a heartbeat of this round. */
export function receiveHeartbeatReply(cluster: FakeCluster, leader: number, from: number, round = 0): void {
  handle(cluster, from, leader, heartbeatReply(cluster.node(leader).term, round));
}

/** The liveness failures so far, each as `id: text`. */
export function livenessFailures(cluster: FakeCluster): readonly string[] {
  return cluster.checks.livenessFailures.map(({ id, text }) => `${id}: ${text}`);
}
