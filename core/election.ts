import type { Micros, NodeId, Out, Random, Ticket } from '../sim/protocol.ts';
import { type Message, NOBODY, REQUEST_VOTE, type RequestVote, VOTE, type Vote, type Write } from './messages.ts';
import type { RaftNode } from './node.ts';
import { beginLeadership } from './replication.ts';
import { enterTerm, resetElectionTimer, saveVote } from './terms.ts';
import { CANDIDATE } from './view.ts';

/** The election timeout has passed without word from a leader: stand for election. Raft §5.2. */
export function campaign(self: RaftNode, now: Micros, random: Random, out: Out<Message, Write>): void {
  if (!self.rules.mayCampaign(self)) return;
  self.role = CANDIDATE;
  self.leader = NOBODY;
  self.term++;
  self.votedFor = self.id;
  self.votes.fill(0);
  saveVote(self, out);
  self.voteTicket = self.lastTicket;
  resetElectionTimer(self, now, random, out);
  const request: RequestVote = {
    type: REQUEST_VOTE,
    term: self.term,
    candidate: self.id,
    lastLogIndex: self.log.lastIndex,
    lastLogTerm: self.log.lastTerm,
  };
  const after = self.rules.campaignsAfter(self);
  for (let node = 0; node < self.nodes; node++) if (node !== self.id) out.send(node, request, after);
}

/** A candidate asks for our vote. Raft Figure 2, RequestVote, receiver. */
export function considerCandidate(
  self: RaftNode,
  from: NodeId,
  request: RequestVote,
  now: Micros,
  random: Random,
  out: Out<Message, Write>,
): void {
  const { term, votedFor } = self;
  if (self.rules.isNewerTerm(self, request.term)) enterTerm(self, request.term, now, random, out);
  const granted = self.rules.grantVote(self, request);
  if (granted) {
    self.votedFor = request.candidate;
    resetElectionTimer(self, now, random, out);
  }
  if (self.term !== term || self.votedFor !== votedFor) saveVote(self, out);
  out.send(from, { type: VOTE, term: self.term, granted }, self.rules.votesAfter(self));
}

/** A vote has come in. Raft §5.2. */
export function countVote(
  self: RaftNode,
  from: NodeId,
  vote: Vote,
  now: Micros,
  random: Random,
  out: Out<Message, Write>,
): void {
  if (self.rules.isNewerTerm(self, vote.term)) {
    enterTerm(self, vote.term, now, random, out);
    saveVote(self, out);
    return;
  }
  if (self.rules.countsVote(self, vote)) addVote(self, from, now, out);
}

/** Our own vote counts like any other: when it is on disk. */
export function countOwnVote(self: RaftNode, ticket: Ticket, now: Micros, out: Out<Message, Write>): void {
  if (self.role === CANDIDATE && ticket >= self.voteTicket && self.votes[self.id] === 0)
    addVote(self, self.id, now, out);
}

function addVote(self: RaftNode, from: NodeId, now: Micros, out: Out<Message, Write>): void {
  self.votes[from]! += self.rules.voteWeight(self, from);
  let votes = 0;
  for (let node = 0; node < self.nodes; node++) votes += self.votes[node]!;
  if (self.rules.wins(self, votes)) beginLeadership(self, now, out);
}
