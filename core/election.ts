import type { Micros, NodeId, Out, Random, Ticket } from '../sim/protocol.ts';
import { isVoter } from './configuration.ts';
import { becomeLeader } from './leader.ts';
import {
  type Message,
  NONE,
  REQUEST_PRE_VOTE,
  REQUEST_PRE_VOTE_REPLY,
  REQUEST_VOTE,
  REQUEST_VOTE_REPLY,
  type RequestPreVote,
  type RequestPreVoteReply,
  type RequestVote,
  type RequestVoteReply,
  type TimeoutNow,
  type Write,
} from './messages.ts';
import type { RaftNode } from './node.ts';
import { saveVote } from './persistence.ts';
import { rejectExpiredReads } from './read-index.ts';
import { abandonReads, enterTerm, resetElectionTimer, resetElectionTimerAfterVote } from './roles.ts';
import { CANDIDATE, LEADER, PRE_CANDIDATE } from './view.ts';

/** The election timeout has elapsed without contact from a leader. Raft §5.2. */
export function onElectionTimeout(self: RaftNode, now: Micros, random: Random, out: Out<Message, Write>): void {
  if (!self.rules.mayCampaign(self) || !self.rules.campaignsByTimer(self)) {
    // A learner that has been removed gets no message of the leader any more: nothing else ends its reads.
    rejectExpiredReads(self, now, out);
    // A learner may become a voter.
    if (self.role !== LEADER) resetElectionTimer(self, now, random, out);
    return;
  }
  // Figure 2, followers and candidates: if election timeout elapses, start an election.
  if (self.rules.usesPreVote(self)) startPreVote(self, now, random, out);
  else startElection(self, false, now, random, out);
}

/** The leader requests that this node, the transfer target, starts an election at once. Dissertation §3.10. */
export function handleTimeoutNow(
  self: RaftNode,
  message: TimeoutNow,
  now: Micros,
  random: Random,
  out: Out<Message, Write>,
): void {
  if (self.rules.acceptsTimeoutNow(self, message)) startElection(self, true, now, random, out);
}

/** Becomes pre-candidate and requests pre-votes. The term stays, and nothing is written. Dissertation §9.6. */
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
  self.votes[self.id] = supportsLease(self, now) ? 0 : 1;
  if (self.rules.wins(self)) startElection(self, false, now, random, out);
}

/**
 * Whether the lease of a leader may rest on this node: then its own vote does not count either. With the votes of others that
 * have lost contact, or alone if it is the only voter left, it could win while the leader goes on reading by its lease. Its timer
 * does not fire that early by itself, but a script or an administrator can make it. Dissertation §6.4.1.
 */
function supportsLease(self: RaftNode, now: Micros): boolean {
  return self.options.reads === 'lease' && self.rules.isSticky(self, now);
}

/** Becomes candidate in the next term. Raft §5.2; Figure 2, candidates. */
function startElection(self: RaftNode, transfer: boolean, now: Micros, random: Random, out: Out<Message, Write>): void {
  self.role = CANDIDATE;
  self.leader = NONE;
  if (self.reads.length > 0) abandonReads(self, out);
  // Figure 2, candidates: increment currentTerm, vote for self, reset election timer, send RequestVote RPCs to all
  // others.
  self.term++;
  self.votedFor = self.id;
  self.votes.fill(0);
  saveVote(self, out);
  // The leader that has asked for this election has no lease any more.
  self.voteTicket = !transfer && supportsLease(self, now) ? Infinity : self.lastTicket;
  if (self.rules.retriesElection(self)) resetElectionTimerAfterVote(self, now, random, out);
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

/** A candidate requests a vote. Raft Figure 2, RequestVote RPC, receiver. */
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
  // Figure 2, all servers: if RPC request contains term T > currentTerm, set currentTerm = T, convert to follower.
  if (self.rules.isNewerTerm(self, request.term)) enterTerm(self, request.term, now, random, out);
  // Figure 2, RequestVote receiver 1: reply false if term < currentTerm.
  // Figure 2, RequestVote receiver 2: if votedFor is null or candidateId, and candidate's log is at least as up-to-date
  // as receiver's log, grant vote.
  const granted = self.rules.grantVote(self, request);
  if (granted) self.votedFor = request.candidate;
  if (self.term !== term || self.votedFor !== votedFor) saveVote(self, out);
  if (self.rules.resetsElectionTimer(self, granted)) resetElectionTimerAfterVote(self, now, random, out);
  out.send(from, { type: REQUEST_VOTE_REPLY, term: self.term, granted }, self.rules.voteReplyAfter(self));
}

/** A pre-candidate requests a pre-vote. Dissertation §9.6. */
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

/** A reply to RequestVote. Raft §5.2. */
export function handleRequestVoteReply(
  self: RaftNode,
  from: NodeId,
  vote: RequestVoteReply,
  now: Micros,
  out: Out<Message, Write>,
): void {
  if (self.rules.countsVote(self, vote)) addVote(self, from, now, out);
}

/** A reply to RequestPreVote. With a majority of pre-votes, the node starts its election. Dissertation §9.6. */
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

/** A candidate counts its own vote like any other: when it is durable. */
export function onOwnVoteDurable(self: RaftNode, ticket: Ticket, now: Micros, out: Out<Message, Write>): void {
  if (self.role === CANDIDATE && ticket >= self.voteTicket && self.votes[self.id] === 0)
    addVote(self, self.id, now, out);
}

function addVote(self: RaftNode, from: NodeId, now: Micros, out: Out<Message, Write>): void {
  self.votes[from]! += self.rules.voteWeight(self, from);
  // Figure 2, candidates: if votes received from majority of servers, become leader.
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
