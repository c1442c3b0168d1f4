import type { Micros, NodeId, Out, Random } from '../sim/protocol.ts';
import { type Message, NOBODY, type Write } from './messages.ts';
import type { RaftNode } from './node.ts';
import { ELECTION, HEARTBEAT } from './timers.ts';
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
  self.term = term;
  self.votedFor = self.rules.voteInNewTerm(self);
  becomeFollower(self, NOBODY, now, random, out);
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
  }
  self.role = FOLLOWER;
  self.leader = leader;
  abandonRequests(self, out);
}

/** Term and vote go to the disk together: a crash between the two would forget a vote. Raft Figure 2. */
export function saveVote(self: RaftNode, out: Out<Message, Write>): void {
  if (!self.rules.savesVote(self)) return;
  self.lastTicket = out.persist({ kind: 'vote', term: self.term, votedFor: self.votedFor });
}

/** A deposed leader cannot tell what will become of the requests it has appended. */
function abandonRequests(self: RaftNode, out: Out<Message, Write>): void {
  if (self.waiting.size === 0) return;
  for (const request of self.waiting.values()) {
    out.reply(request, { status: 'unknown', value: null, applied: false, leader: self.leader });
  }
  self.waiting.clear();
  self.asked.clear();
}
