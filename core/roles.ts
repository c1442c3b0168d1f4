import type { Micros, NodeId, Out, Random } from '../sim/protocol.ts';
import { type Message, NONE, type Write } from './messages.ts';
import { ELECTION, HEARTBEAT, type RaftNode } from './node.ts';
import { redirect, sendReadIndexReply, sendReply } from './replies.ts';
import { FOLLOWER, LEADER } from './view.ts';

/** Restarts the election timer with a newly drawn timeout. Raft §5.2. */
export function resetElectionTimer(self: RaftNode, now: Micros, random: Random, out: Out<Message, Write>): void {
  const { rules } = self;
  self.timerTicket = 0;
  out.setTimer(ELECTION, now + rules.electionTimeout(self, random) + rules.furtherWait(self));
}

/**
 * Restarts the election timer of a node that has just voted. Where it waits for the vote, it stands still until the write
 * that holds it is durable, whatever term the node enters meanwhile: a node that is not a leader either has a running
 * timer or waits for a write. Raft §5.2.
 */
export function resetElectionTimerAfterVote(
  self: RaftNode,
  now: Micros,
  random: Random,
  out: Out<Message, Write>,
): void {
  if (!self.rules.timerWaitsForVote(self) || self.durableTicket >= self.termTicket) {
    resetElectionTimer(self, now, random, out);
    return;
  }
  out.clearTimer(ELECTION);
  self.timerTicket = self.termTicket;
}

/** Writes have become durable: restarts the election timer if it waited for the last of them. */
export function onVoteDurable(self: RaftNode, now: Micros, random: Random, out: Out<Message, Write>): void {
  if (self.timerTicket > 0 && self.rules.endsWaitForVote(self)) resetElectionTimer(self, now, random, out);
}

/**
 * Enters a higher term as a follower, without a vote or a known leader. The caller saves the term (`saveVote`),
 * together with the vote if it grants one. Raft §5.1; Figure 2, all servers.
 */
export function enterTerm(self: RaftNode, term: number, now: Micros, random: Random, out: Out<Message, Write>): void {
  // First, because replies of a leader that steps down must carry the term that is on its disk.
  becomeFollower(self, NONE, now, random, out);
  self.term = term;
  self.votedFor = self.rules.voteInNewTerm(self);
}

/** Follows a leader of this term that has made contact: sticks to it, and restarts the election timer. Raft §5.2. */
export function followLeader(
  self: RaftNode,
  leader: NodeId,
  now: Micros,
  random: Random,
  out: Out<Message, Write>,
): void {
  self.votedFor = self.rules.voteWhenFollowing(self);
  becomeFollower(self, leader, now, random, out);
  self.stickyUntil = self.rules.stickyUntil(self, now);
  resetElectionTimer(self, now, random, out);
}

/** Becomes a follower of `leader` (NONE: of no known leader) in the current term. Raft §5.1, §5.2. */
export function becomeFollower(
  self: RaftNode,
  leader: NodeId,
  now: Micros,
  random: Random,
  out: Out<Message, Write>,
): void {
  if (self.role === LEADER) {
    out.clearTimer(HEARTBEAT);
    // A leader's election timer is stopped.
    resetElectionTimer(self, now, random, out);
    self.transferee = NONE;
    self.catchUp = null;
    self.uncommittedBytes = 0;
    self.leaseUntil = -Infinity;
  }
  const isSame = self.leader === leader;
  self.role = FOLLOWER;
  self.leader = leader;
  if (self.pendingRequests.size > 0) abandonRequests(self, out);
  if (self.reads.length > 0 && !isSame) abandonReads(self, out);
}

/** A deposed leader cannot know the outcome of the requests it has appended: it replies `unknown`. Raft §8. */
function abandonRequests(self: RaftNode, out: Out<Message, Write>): void {
  if (!self.rules.abandonsRequests(self)) return;
  for (const [index, request] of self.pendingRequests) {
    sendReply(
      self,
      request,
      self.forwardedBy.get(index) ?? NONE,
      { status: 'unknown', value: null, applied: false, leader: self.leader },
      out,
    );
  }
  self.pendingRequests.clear();
  self.forwardedBy.clear();
  self.pendingKeys.clear();
}

/** Redirects the pending reads. They have changed nothing, so their clients may retry anywhere. */
export function abandonReads(self: RaftNode, out: Out<Message, Write>): void {
  for (const { request, from, read } of self.reads) {
    if (request !== null) sendReply(self, request, from, redirect(self), out);
    else sendReadIndexReply(self, from, read, -1, out);
  }
  self.reads.length = 0;
}
