import type { Micros, NodeId, Out, Random } from '../sim/protocol.ts';
import { redirect, sendReply, sendReadIndexReply } from './replies.ts';
import { type Message, NONE, type Write } from './messages.ts';
import { ELECTION, HEARTBEAT, type RaftNode } from './node.ts';
import { FOLLOWER, LEADER } from './view.ts';

/** Starts the wait for a leader anew, for a freshly drawn time. Raft §5.2. */
export function resetElectionTimer(self: RaftNode, now: Micros, random: Random, out: Out<Message, Write>): void {
  out.setTimer(ELECTION, now + self.rules.electionTimeout(self, random));
}

/**
 * Moves to a higher term: no vote in it yet, and nobody known to lead it. Whoever led or stood is a follower.
 * The caller writes it down (`saveVote`), with the vote if it gives one. Raft §5.1.
 */
export function enterTerm(self: RaftNode, term: number, now: Micros, random: Random, out: Out<Message, Write>): void {
  // First, since who is told that this node gives up is told in the term that is on the disk.
  becomeFollower(self, NONE, now, random, out);
  self.term = term;
  self.votedFor = self.rules.voteInNewTerm(self);
}

/** A leader of this term, or a later one, has spoken: follow it, be loyal, and wait for its next word. Raft §5.2. */
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

/** Follows `leader` (NOBODY while it is not known). */
export function becomeFollower(
  self: RaftNode,
  leader: NodeId,
  now: Micros,
  random: Random,
  out: Out<Message, Write>,
): void {
  if (self.role === LEADER) {
    out.clearTimer(HEARTBEAT);
    // A leader has no election timer running.
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

/** A deposed leader cannot tell what will become of the requests it has appended. */
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

/** Reads that wait for a leader's word: they have changed nothing and may be asked again. */
export function abandonReads(self: RaftNode, out: Out<Message, Write>): void {
  for (const { request, from, read } of self.reads) {
    if (request !== null) sendReply(self, request, from, redirect(self), out);
    else sendReadIndexReply(self, from, read, -1, out);
  }
  self.reads.length = 0;
}
