import type { Micros, NodeId, Out, Random } from '../sim/protocol.ts';
import { appendNoop } from './appending.ts';
import { commitTo } from './commit-index.ts';
import { considerGivingUpCatchUp, maintainMembership } from './membership.ts';
import { type AppendReply, type Message, NOBODY, type SnapshotReply, type Write } from './messages.ts';
import type { RaftNode } from './node.ts';
import { PROBE, REPLICATE, SNAPSHOT } from './progress.ts';
import { confirmRounds, forgetOldReads, giveReadIndexes, nextRound } from './reads.ts';
import { giveUpWaiting, greet, sendMore } from './sending.ts';
import { sendPart } from './snapshot-sending.ts';
import { becomeFollower } from './terms.ts';
import { ELECTION, HEARTBEAT } from './timers.ts';
import { considerGivingUpTransfer, considerTransfer } from './transfer.ts';
import { LEADER } from './view.ts';

/** A follower that has not answered for this many heartbeats was out of reach. */
const SILENCE_IN_HEARTBEATS = 4;

/** An election is won. Raft §5.2; Figure 2, volatile state on leaders. */
export function beginLeadership(self: RaftNode, now: Micros, out: Out<Message, Write>): void {
  self.role = LEADER;
  self.leader = self.id;
  self.nextIndex.fill(self.log.lastIndex + 1);
  self.matchIndex.fill(0);
  self.matchIndex[self.id] = self.rules.ownMatch(self);
  for (const progress of self.progress) progress.begin(now, self.options.heartbeatInterval);
  self.reads.length = 0;
  self.uncommittedBytes = 0;
  self.firstOwnIndex = 0;
  self.lastAppend = null;
  self.transferee = NOBODY;
  self.hasAbdicated = false;
  self.catchingUp = null;
  self.round = 0;
  self.oldestRound = 1;
  self.roundStarts.length = 0;
  self.leaseUntil = -Infinity;
  out.clearTimer(ELECTION);
  if (self.options.noop) appendNoop(self, now, out);
  sendGreetings(self, now, out);
}

/** It is time to let everybody know who leads, and to see whether anybody listens. Raft §5.2; dissertation §6.2. */
export function heartbeat(self: RaftNode, now: Micros, random: Random, out: Out<Message, Write>): void {
  if (self.role !== LEADER) return;
  if (self.rules.lacksQuorum(self, now)) {
    becomeFollower(self, NOBODY, now, random, out);
    return;
  }
  considerGivingUpTransfer(self, now);
  considerGivingUpCatchUp(self, now, out);
  forgetOldReads(self, now);
  sendGreetings(self, now, out);
}

function sendGreetings(self: RaftNode, now: Micros, out: Out<Message, Write>): void {
  nextRound(self, now);
  for (const node of self.members) if (node !== self.id) greet(self, node, now, out);
  confirmRounds(self, now, out);
  out.setTimer(HEARTBEAT, now + self.options.heartbeatInterval);
}

/** Our own disk has answered. Dissertation §10.2.1. */
export function countOwnAck(self: RaftNode, now: Micros, out: Out<Message, Write>): void {
  self.matchIndex[self.id] = self.rules.ownMatch(self);
  advanceCommit(self, self.id, now, out);
}

/** A follower has answered AppendEntries. Raft Figure 2, rules for leaders. */
export function countAck(
  self: RaftNode,
  from: NodeId,
  reply: AppendReply,
  now: Micros,
  out: Out<Message, Write>,
): void {
  const { rules } = self;
  if (!rules.countsAck(self, reply) || self.isMember[from] === 0) return;
  const progress = self.progress[from]!;
  const silence = hearFrom(self, from, reply.round, now);
  if (!reply.success) {
    backUp(self, from, reply, now, out);
  } else {
    self.matchIndex[from] = rules.matchAfterAck(self, from, reply);
    self.nextIndex[from] = rules.nextAfterAck(self, from);
    // What was sent into a silence of several heartbeats is lost: now that the follower is back, it need not wait.
    const isBack = silence > SILENCE_IN_HEARTBEATS * self.options.heartbeatInterval;
    noteArrival(self, from, reply.matchIndex, isBack, now);
    advanceCommit(self, from, now, out);
    sendMore(self, from, now, out);
  }
  considerTransfer(self, from, out);
  if (progress.round > 0) confirmRounds(self, now, out);
}

/** A follower has answered InstallSnapshot. Dissertation Figure 5.3. */
export function countPart(
  self: RaftNode,
  from: NodeId,
  reply: SnapshotReply,
  now: Micros,
  out: Out<Message, Write>,
): void {
  if (self.role !== LEADER || reply.term !== self.term || self.isMember[from] === 0) return;
  const progress = self.progress[from]!;
  if (self.rules.countsAsContact(self)) hearFrom(self, from, reply.round, now);
  if (reply.done) {
    self.matchIndex[from] = Math.max(self.matchIndex[from]!, reply.lastIndex);
    self.nextIndex[from] = self.rules.nextAfterAck(self, from);
    if (progress.state === SNAPSHOT && progress.snapshot!.index <= reply.lastIndex) endSnapshot(self, from);
    advanceCommit(self, from, now, out);
    sendMore(self, from, now, out);
  } else if (progress.state === SNAPSHOT && progress.snapshot!.index === reply.lastIndex) {
    // An answer that says nothing new was overtaken, or belongs to a part that came twice.
    if (reply.offset !== progress.offset) {
      progress.offset = reply.offset;
      progress.patience = self.options.heartbeatInterval;
      sendPart(self, from, now, out);
    }
  }
  considerTransfer(self, from, out);
  if (progress.round > 0) confirmRounds(self, now, out);
}

/** Returns for how long it had been silent. */
function hearFrom(self: RaftNode, from: NodeId, round: number, now: Micros): Micros {
  const progress = self.progress[from]!;
  const silence = now - progress.heardAt;
  progress.heardAt = now;
  if (round > progress.round) progress.round = round;
  return silence;
}

/** The follower has everything up to `match`: what is under way to it, now? */
function noteArrival(self: RaftNode, from: NodeId, match: number, isBack: boolean, now: Micros): void {
  const progress = self.progress[from]!;
  const patience = self.options.heartbeatInterval;
  switch (progress.state) {
    case PROBE:
      if (isBack || match >= progress.probing) {
        progress.settle(patience);
        progress.state = REPLICATE;
      }
      break;
    case REPLICATE:
      if (isBack) {
        self.nextIndex[from] = self.matchIndex[from]! + 1;
        progress.settle(patience);
        break;
      }
      if (progress.free(match)) {
        progress.patience = patience;
        progress.repeatAt = now + patience;
      }
      break;
    case SNAPSHOT:
      // It has got there in another way.
      if (self.matchIndex[from]! >= self.log.base) endSnapshot(self, from);
  }
}

function endSnapshot(self: RaftNode, from: NodeId): void {
  const progress = self.progress[from]!;
  progress.state = PROBE;
  progress.snapshot = null;
  progress.offset = 0;
  progress.settle(self.options.heartbeatInterval);
}

/** The follower's log does not match at prevLogIndex: look for the place where it does. Raft §5.3. */
function backUp(self: RaftNode, from: NodeId, reply: AppendReply, now: Micros, out: Out<Message, Write>): void {
  const progress = self.progress[from]!;
  if (progress.state === SNAPSHOT || !self.rules.countsReject(self, from, reply)) return;
  self.matchIndex[from] = self.rules.matchAfterReject(self, from, reply);
  giveUpWaiting(self, from, self.options.heartbeatInterval);
  self.nextIndex[from] = self.rules.nextAfterReject(self, from, reply);
  sendMore(self, from, now, out);
  // A follower that lacks nothing but was asked too far on must be asked again.
  if (!progress.isWaiting) greet(self, from, now, out);
}

/** The matchIndex of `from` is new: is more committed? Raft Figure 2, rules for leaders; §5.4.2. */
function advanceCommit(self: RaftNode, from: NodeId, now: Micros, out: Out<Message, Write>): void {
  // What does not reach beyond the commitIndex cannot raise it.
  if (self.matchIndex[from]! > self.commitIndex) {
    const index = self.rules.replicated(self);
    if (self.rules.mayCommit(self, index)) {
      commitTo(self, index, out);
      if (self.reads.length > 0) giveReadIndexes(self, out);
    }
  }
  if (self.catchingUp !== null || self.configuration.outgoing.length > 0) maintainMembership(self, now, out);
}
