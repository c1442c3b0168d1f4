import type { Micros, NodeId, Out, Random } from '../sim/protocol.ts';
import { commitTo } from './apply.ts';
import { maybeAbortTransfer, maybeSendTimeoutNow } from './leadership-transfer.ts';
import { maybeAbortCatchUp, maybeAdvanceMembership } from './membership.ts';
import { type AppendEntriesReply, type InstallSnapshotReply, type Message, NONE, type Write } from './messages.ts';
import { ELECTION, HEARTBEAT, type RaftNode } from './node.ts';
import { PROBE, REPLICATE, SNAPSHOT } from './progress.ts';
import { appendNoop } from './proposals.ts';
import { assignReadIndexes, confirmRounds, nextHeartbeatRound, rejectExpiredReads } from './read-index.ts';
import { assumeLost, maybeSendEntries, sendHeartbeat, sendSnapshotChunk } from './replication.ts';
import { becomeFollower } from './roles.ts';
import { LEADER } from './view.ts';

/** A follower without a reply for more than this many heartbeat intervals was unreachable. */
const UNREACHABLE_AFTER_HEARTBEATS = 4;

/** The candidate has won its election. Raft §5.2; Figure 2, volatile state on leaders. */
export function becomeLeader(self: RaftNode, now: Micros, out: Out<Message, Write>): void {
  self.role = LEADER;
  self.leader = self.id;
  self.nextIndex.fill(self.log.lastIndex + 1);
  self.matchIndex.fill(0);
  self.matchIndex[self.id] = self.rules.ownMatch(self);
  for (const progress of self.progress) progress.reset(0, now, self.options.heartbeatInterval);
  self.reads.length = 0;
  self.uncommittedBytes = 0;
  self.firstOwnIndex = 0;
  self.lastAppend = null;
  self.transferee = NONE;
  self.timeoutNowSent = false;
  self.catchUp = null;
  self.heartbeatRound = 0;
  self.oldestRound = 1;
  self.roundStarts.length = 0;
  self.leaseUntil = -Infinity;
  out.clearTimer(ELECTION);
  self.timerTicket = 0;
  if (self.options.noop) appendNoop(self, out);
  // Figure 2, leaders: upon election, send initial AppendEntries RPCs (heartbeats) to each server.
  broadcastHeartbeat(self, now, out);
}

/** Heartbeats are due. A leader that has lost its quorum steps down instead. Raft §5.2; dissertation §6.2. */
export function onHeartbeatTimeout(self: RaftNode, now: Micros, random: Random, out: Out<Message, Write>): void {
  if (self.role !== LEADER) return;
  if (self.rules.lacksQuorum(self, now)) {
    becomeFollower(self, NONE, now, random, out);
    return;
  }
  maybeAbortTransfer(self, now);
  maybeAbortCatchUp(self, now, out);
  rejectExpiredReads(self, now, out);
  broadcastHeartbeat(self, now, out);
}

/** Figure 2, leaders: send heartbeats to each server, repeat to prevent election timeouts. Raft §5.2. */
function broadcastHeartbeat(self: RaftNode, now: Micros, out: Out<Message, Write>): void {
  nextHeartbeatRound(self, now, out);
  for (const node of self.members) if (node !== self.id) sendHeartbeat(self, node, now, out);
  confirmRounds(self, now, out);
  out.setTimer(HEARTBEAT, now + self.options.heartbeatInterval);
}

/** More of the leader's own log is durable. Dissertation §10.2.1. */
export function onOwnEntriesDurable(self: RaftNode, now: Micros, out: Out<Message, Write>): void {
  self.matchIndex[self.id] = self.rules.ownMatch(self);
  maybeAdvanceCommit(self, self.id, now, out);
}

/** A reply to AppendEntries. Raft Figure 2, leaders. */
export function handleAppendEntriesReply(
  self: RaftNode,
  from: NodeId,
  reply: AppendEntriesReply,
  now: Micros,
  out: Out<Message, Write>,
): void {
  const { rules } = self;
  if (!rules.countsAck(self, reply) || !rules.isOfMembership(self, from, reply.memberSince)) return;
  const progress = self.progress[from]!;
  const silence = recordContact(self, from, reply.round, now);
  if (!reply.success) {
    // Figure 2, leaders: if AppendEntries fails because of log inconsistency, decrement nextIndex and retry.
    handleRejection(self, from, reply, now, out);
  } else {
    // Figure 2, leaders: if successful, update nextIndex and matchIndex for follower.
    self.matchIndex[from] = rules.matchAfterAck(self, from, reply);
    self.nextIndex[from] = rules.nextAfterAck(self, from);
    // What was sent to an unreachable follower is lost. Once it replies, it need not wait for the retry interval.
    const isBack = silence > UNREACHABLE_AFTER_HEARTBEATS * self.options.heartbeatInterval;
    recordMatch(self, from, reply.matchIndex, isBack, now);
    maybeAdvanceCommit(self, from, now, out);
    maybeSendEntries(self, from, now, out);
  }
  maybeSendTimeoutNow(self, from, out);
  if (progress.round > 0) confirmRounds(self, now, out);
}

/** A reply to InstallSnapshot. Dissertation Figure 5.3, sender. */
export function handleInstallSnapshotReply(
  self: RaftNode,
  from: NodeId,
  reply: InstallSnapshotReply,
  now: Micros,
  out: Out<Message, Write>,
): void {
  if (self.role !== LEADER || reply.term !== self.term) return;
  if (!self.rules.isOfMembership(self, from, reply.memberSince)) return;
  const progress = self.progress[from]!;
  if (self.rules.countsAsContact(self)) recordContact(self, from, reply.round, now);
  if (reply.done) {
    self.matchIndex[from] = Math.max(self.matchIndex[from]!, reply.lastIndex);
    self.nextIndex[from] = self.rules.nextAfterAck(self, from);
    if (progress.state === SNAPSHOT && progress.snapshot!.index <= reply.lastIndex) endSnapshot(self, from);
    maybeAdvanceCommit(self, from, now, out);
    maybeSendEntries(self, from, now, out);
  } else if (progress.state === SNAPSHOT && progress.snapshot!.index === reply.lastIndex) {
    // A reply without progress is stale, or to a duplicated chunk: if each of them had a chunk sent again, chunks and replies
    // would multiply. But a follower that has restarted has lost the chunks before: one step back is believed for each retry.
    if (reply.offset > progress.offset || (progress.isRetried && reply.offset < progress.offset)) {
      progress.offset = reply.offset;
      progress.isRetried = false;
      progress.retryInterval = self.options.heartbeatInterval;
      sendSnapshotChunk(self, from, now, out);
    }
  }
  maybeSendTimeoutNow(self, from, out);
  if (progress.round > 0) confirmRounds(self, now, out);
}

/** Returns the time since the follower's previous reply. */
function recordContact(self: RaftNode, from: NodeId, round: number, now: Micros): Micros {
  const progress = self.progress[from]!;
  const silence = now - progress.lastContactAt;
  progress.lastContactAt = now;
  if (round > progress.round) progress.round = round;
  return silence;
}

/** The follower matches up to `match`: the messages in flight up to there have arrived. */
function recordMatch(self: RaftNode, from: NodeId, match: number, isBack: boolean, now: Micros): void {
  const progress = self.progress[from]!;
  const retryInterval = self.options.heartbeatInterval;
  switch (progress.state) {
    case PROBE:
      if (isBack || match >= progress.probedIndex) {
        progress.clearInflight(retryInterval);
        progress.state = REPLICATE;
      }
      break;
    case REPLICATE:
      if (isBack) {
        self.nextIndex[from] = self.matchIndex[from]! + 1;
        progress.clearInflight(retryInterval);
        break;
      }
      if (progress.acknowledge(match)) {
        progress.retryInterval = retryInterval;
        progress.retryAt = now + retryInterval;
      }
      break;
    case SNAPSHOT:
      // The follower has caught up without the snapshot.
      if (self.matchIndex[from]! >= self.log.base) endSnapshot(self, from);
  }
}

function endSnapshot(self: RaftNode, from: NodeId): void {
  const progress = self.progress[from]!;
  progress.state = PROBE;
  progress.snapshot = null;
  progress.offset = 0;
  progress.clearInflight(self.options.heartbeatInterval);
}

/** The follower's log does not match at prevLogIndex: backtracks. Raft §5.3. */
function handleRejection(
  self: RaftNode,
  from: NodeId,
  reply: AppendEntriesReply,
  now: Micros,
  out: Out<Message, Write>,
): void {
  const progress = self.progress[from]!;
  if (progress.state === SNAPSHOT || !self.rules.countsReject(self, from, reply)) return;
  self.matchIndex[from] = self.rules.matchAfterReject(self, from, reply);
  assumeLost(self, from, self.options.heartbeatInterval);
  self.nextIndex[from] = self.rules.nextAfterReject(self, from, reply);
  maybeSendEntries(self, from, now, out);
  // A follower that lacks no entries was probed too far ahead: probe again.
  if (!progress.hasInflight) sendHeartbeat(self, from, now, out);
}

/** Commits the entries for which the matchIndex of `from` completes a majority. Raft Figure 2, leaders; §5.3, §5.4.2. */
function maybeAdvanceCommit(self: RaftNode, from: NodeId, now: Micros, out: Out<Message, Write>): void {
  // A matchIndex up to the commitIndex cannot raise it.
  if (self.matchIndex[from]! > self.commitIndex) {
    // Figure 2, leaders: if there exists an N such that N > commitIndex, a majority of matchIndex[i] ≥ N, and
    // log[N].term == currentTerm, set commitIndex = N.
    const index = self.rules.quorumMatchIndex(self);
    if (self.rules.mayCommit(self, index)) {
      commitTo(self, index, out);
      if (self.reads.length > 0) assignReadIndexes(self, out);
    }
  }
  if (self.catchUp !== null || self.configuration.outgoing.length > 0) maybeAdvanceMembership(self, now, out);
}
