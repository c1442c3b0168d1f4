import type { Micros, NodeId, Out, Random, Ticket } from '../sim/protocol.ts';
import { isVoter } from './configuration.ts';
import {
  type Message,
  NONE,
  REQUEST_PRE_VOTE_REPLY,
  type RequestPreVoteReply,
  REQUEST_PRE_VOTE,
  REQUEST_VOTE,
  type RequestPreVote,
  type RequestVote,
  type TimeoutNow,
  REQUEST_VOTE_REPLY,
  type RequestVoteReply,
  type Write,
} from './messages.ts';
import type { RaftNode } from './node.ts';
import { becomeLeader } from './leader.ts';
import { abandonReads, enterTerm, resetElectionTimer } from './roles.ts';
import { saveVote } from './persistence.ts';
import { CANDIDATE, LEADER, PRE_CANDIDATE } from './view.ts';

/** The election timeout has passed without word from a leader. Raft §5.2. */
export function onElectionTimeout(self: RaftNode, now: Micros, random: Random, out: Out<Message, Write>): void {
  if (!self.rules.mayCampaign(self)) {
    // It may yet become a voter.
    if (self.role !== LEADER) resetElectionTimer(self, now, random, out);
    return;
  }
  if (self.rules.usesPreVote(self)) startPreVote(self, now, random, out);
  else startElection(self, false, now, random, out);
}

/** The leader wants us to take over. Dissertation §3.10. */
export function handleTimeoutNow(
  self: RaftNode,
  message: TimeoutNow,
  now: Micros,
  random: Random,
  out: Out<Message, Write>,
): void {
  if (self.rules.acceptsTimeoutNow(self, message)) startElection(self, true, now, random, out);
}

/** Asks whether we would be elected. The term stays, and nothing is written. Dissertation §9.6. */
function startPreVote(self: RaftNode, now: Micros, random: Random, out: Out<Message, Write>): void {
  self.role = PRE_CANDIDATE;
  self.leader = self.rules.leaderDuringPreVote(self);
  if (self.reads.length > 0) abandonReads(self, out);
  self.votes.fill(0);
  resetElectionTimer(self, now, random, out);
  const request: RequestPreVote = {
    type: REQUEST_PRE_VOTE,
    term: self.term + 1,
    candidate: self.id,
    lastLogIndex: self.log.lastIndex,
    lastLogTerm: self.log.lastTerm,
  };
  sendToVoters(self, request, self.termTicket, out);
  self.votes[self.id] = 1;
  if (self.rules.wins(self)) startElection(self, false, now, random, out);
}

/** Stands for election, in a higher term. Raft §5.2. */
function startElection(self: RaftNode, transfer: boolean, now: Micros, random: Random, out: Out<Message, Write>): void {
  self.role = CANDIDATE;
  self.leader = NONE;
  if (self.reads.length > 0) abandonReads(self, out);
  self.term++;
  self.votedFor = self.id;
  self.votes.fill(0);
  saveVote(self, out);
  self.voteTicket = self.lastTicket;
  if (self.rules.retriesElection(self)) resetElectionTimer(self, now, random, out);
  const request: RequestVote = {
    type: REQUEST_VOTE,
    term: self.term,
    candidate: self.id,
    lastLogIndex: self.log.lastIndex,
    lastLogTerm: self.log.lastTerm,
    transfer,
  };
  sendToVoters(self, request, self.rules.requestVoteAfter(self), out);
}

/** A candidate asks for our vote. Raft Figure 2, RequestVote, receiver. */
export function handleRequestVote(
  self: RaftNode,
  from: NodeId,
  request: RequestVote,
  now: Micros,
  random: Random,
  out: Out<Message, Write>,
): void {
  if (self.rules.ignoresCandidate(self, request, now)) return;
  const { term, votedFor } = self;
  if (self.rules.isNewerTerm(self, request.term)) enterTerm(self, request.term, now, random, out);
  const granted = self.rules.grantVote(self, request);
  if (granted) self.votedFor = request.candidate;
  if (self.rules.resetsElectionTimer(self, granted)) resetElectionTimer(self, now, random, out);
  if (self.term !== term || self.votedFor !== votedFor) saveVote(self, out);
  out.send(from, { type: REQUEST_VOTE_REPLY, term: self.term, granted }, self.rules.voteReplyAfter(self));
}

/** Somebody asks whether it would get our vote. Dissertation §9.6. */
export function handleRequestPreVote(
  self: RaftNode,
  from: NodeId,
  request: RequestPreVote,
  now: Micros,
  out: Out<Message, Write>,
): void {
  const { rules } = self;
  if (rules.isStaleTerm(self, request.term) && !rules.repliesToStalePreVote(self)) return;
  const granted = rules.grantPreVote(self, request, now);
  out.send(from, { type: REQUEST_PRE_VOTE_REPLY, term: granted ? request.term : self.term, granted }, self.termTicket);
}

/** A vote has come in. Raft §5.2. */
export function handleRequestVoteReply(
  self: RaftNode,
  from: NodeId,
  vote: RequestVoteReply,
  now: Micros,
  out: Out<Message, Write>,
): void {
  if (self.rules.countsVote(self, vote)) addVote(self, from, now, out);
}

/** A pre-vote has come in. With a majority of them, an election is worth its while. Dissertation §9.6. */
export function handleRequestPreVoteReply(
  self: RaftNode,
  from: NodeId,
  vote: RequestPreVoteReply,
  now: Micros,
  random: Random,
  out: Out<Message, Write>,
): void {
  if (!self.rules.countsPreVote(self, vote)) return;
  self.votes[from] = 1;
  if (self.rules.wins(self)) startElection(self, false, now, random, out);
}

/** Our own vote counts like any other: when it is on disk. */
export function onOwnVoteDurable(self: RaftNode, ticket: Ticket, now: Micros, out: Out<Message, Write>): void {
  if (self.role === CANDIDATE && ticket >= self.voteTicket && self.votes[self.id] === 0)
    addVote(self, self.id, now, out);
}

function addVote(self: RaftNode, from: NodeId, now: Micros, out: Out<Message, Write>): void {
  self.votes[from]! += self.rules.voteWeight(self, from);
  if (self.rules.wins(self)) becomeLeader(self, now, out);
}

function sendToVoters(
  self: RaftNode,
  message: RequestVote | RequestPreVote,
  after: Ticket,
  out: Out<Message, Write>,
): void {
  for (const node of self.members) {
    if (node !== self.id && isVoter(self.configuration, node)) out.send(node, message, after);
  }
}
