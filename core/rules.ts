import type { Random, Request, Ticket } from '../sim/protocol.ts';
import {
  type AppendEntries,
  type AppendReply,
  NOBODY,
  type RaftDisk,
  type RequestVote,
  type Vote,
} from './messages.ts';
import type { RaftNode } from './node.ts';
import { CANDIDATE, LEADER } from './view.ts';

/**
 * The decisions of the protocol, one small function each. The rest of `core` asks this table and does as it says; a
 * known bug is a table with one entry replaced (see `core/mutants`). Hold Figure 2 of the Raft paper beside it.
 */
export interface Rules {
  // Terms and votes.
  isNewerTerm(self: RaftNode, term: number): boolean;
  isStaleTerm(self: RaftNode, term: number): boolean;
  voteInNewTerm(self: RaftNode): number;
  voteWhenFollowing(self: RaftNode): number;
  voteAtRestart(disk: RaftDisk): number;
  electionTimeout(self: RaftNode, random: Random): number;
  mayCampaign(self: RaftNode): boolean;
  mayVote(self: RaftNode): boolean;
  grantVote(self: RaftNode, request: RequestVote): boolean;
  logUpToDate(self: RaftNode, lastLogTerm: number, lastLogIndex: number): boolean;
  countsVote(self: RaftNode, vote: Vote): boolean;
  voteWeight(self: RaftNode, from: number): number;
  wins(self: RaftNode, votes: number): boolean;
  quorum(nodes: number): number;

  // Durability.
  savesVote(self: RaftNode): boolean;
  votesAfter(self: RaftNode): Ticket;
  acknowledgesAfter(self: RaftNode): Ticket;
  campaignsAfter(self: RaftNode): Ticket;
  stillMatches(write: { readonly matches: number }, truncatedFrom: number): number;

  // Replication, the follower's side.
  matchesPrev(self: RaftNode, append: AppendEntries): boolean;
  firstToReplace(self: RaftNode, append: AppendEntries): number;
  truncatesConflict(self: RaftNode, index: number): boolean;
  acknowledges(self: RaftNode, append: AppendEntries): number;
  followerCommit(self: RaftNode, append: AppendEntries): number;

  // Replication, the leader's side.
  countsAck(self: RaftNode, reply: AppendReply): boolean;
  matchAfterAck(self: RaftNode, from: number, reply: AppendReply): number;
  nextAfterAck(self: RaftNode, from: number): number;
  nextAfterReject(self: RaftNode, from: number, reply: AppendReply): number;
  ownMatch(self: RaftNode): number;
  replicated(self: RaftNode): number;
  mayCommit(self: RaftNode, index: number): boolean;

  // The state machine and its clients.
  firstToApply(self: RaftNode): number;
  mayServe(self: RaftNode): boolean;
  alreadyExecuted(self: RaftNode, request: Request): boolean;
  alreadyAppended(self: RaftNode, request: Request): boolean;
  answersAtAppend(self: RaftNode): boolean;
}

/** Raft as published. */
export const RULES: Rules = Object.freeze({
  /** If a message carries a higher term, adopt it and become a follower. Raft §5.1. */
  isNewerTerm(self: RaftNode, term: number): boolean {
    return term > self.term;
  },

  /** A request with a lower term is refused, and the answer tells the sender why. Raft §5.1. */
  isStaleTerm(self: RaftNode, term: number): boolean {
    return term < self.term;
  },

  /** A new term begins without a vote. Raft §5.2. */
  voteInNewTerm(): number {
    return NOBODY;
  },

  /** Who follows a leader of the same term keeps its vote: it must not give another one in that term. Raft §5.2. */
  voteWhenFollowing(self: RaftNode): number {
    return self.votedFor;
  },

  /** The vote survives a crash: it was on disk before anybody heard of it. Raft Figure 2, persistent state. */
  voteAtRestart(disk: RaftDisk): number {
    return disk.votedFor;
  },

  /** Election timeouts are drawn from a range, so that split votes are rare and resolved quickly. Raft §5.2. */
  electionTimeout(self: RaftNode, random: Random): number {
    const [low, high] = self.options.electionTimeout;
    return random.between(low, high);
  },

  /** A leader does not stand for election. Raft Figure 4. */
  mayCampaign(self: RaftNode): boolean {
    return self.role !== LEADER;
  },

  /** Who leads or stands in this term has voted for itself, so only a follower's answer is open. Raft §5.2. */
  mayVote(self: RaftNode): boolean {
    return self.role !== LEADER && self.role !== CANDIDATE;
  },

  /**
   * May this node vote for the candidate? At most one candidate a term, and only one whose log is at least as up to
   * date as ours. The same candidate may be granted its vote again, when the first answer was lost. Raft §5.2, §5.4.1.
   */
  grantVote(this: Rules, self: RaftNode, request: RequestVote): boolean {
    return (
      request.term === self.term &&
      this.mayVote(self) &&
      (self.votedFor === NOBODY || self.votedFor === request.candidate) &&
      this.logUpToDate(self, request.lastLogTerm, request.lastLogIndex)
    );
  },

  /** The later last term is more up to date; with equal last terms, the longer log. Raft §5.4.1. */
  logUpToDate(self: RaftNode, lastLogTerm: number, lastLogIndex: number): boolean {
    const { log } = self;
    return lastLogTerm > log.lastTerm || (lastLogTerm === log.lastTerm && lastLogIndex >= log.lastIndex);
  },

  /** Only a vote of the election under way counts: one of an earlier term was for another election. Raft §5.2. */
  countsVote(self: RaftNode, vote: Vote): boolean {
    return vote.granted && self.role === CANDIDATE && vote.term === self.term;
  },

  /** Each voter counts once, however often its answer arrives. Raft §5.2. */
  voteWeight(self: RaftNode, from: number): number {
    return self.votes[from] === 1 ? 0 : 1;
  },

  /** A candidate wins with the votes of a majority of the full cluster. Raft §5.2. */
  wins(this: Rules, self: RaftNode, votes: number): boolean {
    return votes >= this.quorum(self.nodes);
  },

  /** The smallest majority. Raft §5.1. */
  quorum(nodes: number): number {
    return Math.floor(nodes / 2) + 1;
  },

  /** Term and vote are updated on stable storage. Raft Figure 2. */
  savesVote(): boolean {
    return true;
  },

  /** A vote is told only when it is on stable storage, and so is the term of a refusal. Raft Figure 2. */
  votesAfter(self: RaftNode): Ticket {
    return self.lastTicket;
  },

  /** A follower acknowledges entries only when they are on stable storage. Raft Figure 2; dissertation §3.8. */
  acknowledgesAfter(self: RaftNode): Ticket {
    return self.lastTicket;
  },

  /**
   * A candidate asks for votes only when its own vote is durable. A history that breaks without it: ask, crash, forget,
   * vote for another in the same term, and both win. Dissertation §3.8.
   */
  campaignsAfter(self: RaftNode): Ticket {
    return self.lastTicket;
  },

  /**
   * How far an unfinished log write agrees with the log in memory after a truncation. Without this, the completion of
   * a write that has been overwritten meanwhile would speak for entries that are not the same. Dissertation §10.2.1.
   */
  stillMatches(write: { readonly matches: number }, truncatedFrom: number): number {
    return Math.min(write.matches, truncatedFrom - 1);
  },

  /** Does the log contain an entry at prevLogIndex whose term is prevLogTerm? Raft §5.3. */
  matchesPrev(self: RaftNode, append: AppendEntries): boolean {
    return self.log.has(append.prevLogIndex) && self.log.term(append.prevLogIndex) === append.prevLogTerm;
  },

  /**
   * Which entry of the request is the first that the log lacks or contradicts? The number of entries if none. What the
   * log holds beyond the request stays: a delayed short request must not undo a longer one. Raft Figure 2, receiver 3–4.
   */
  firstToReplace(self: RaftNode, append: AppendEntries): number {
    const { prevLogIndex, entries } = append;
    let i = 0;
    while (
      i < entries.length &&
      self.log.has(prevLogIndex + 1 + i) &&
      self.log.term(prevLogIndex + 1 + i) === entries[i]!.term
    ) {
      i++;
    }
    return i;
  },

  /** An entry that conflicts with the leader's, and all that follow it, are deleted. Raft Figure 2, receiver 3. */
  truncatesConflict(): boolean {
    return true;
  },

  /** What is known to match is what this request covered, not whatever the log happens to hold. Raft Figure 2. */
  acknowledges(_self: RaftNode, append: AppendEntries): number {
    return append.prevLogIndex + append.entries.length;
  },

  /** commitIndex = min(leaderCommit, index of last new entry): beyond it the log may still differ. Raft Figure 2, 5. */
  followerCommit(self: RaftNode, append: AppendEntries): number {
    return Math.max(self.commitIndex, Math.min(append.leaderCommit, append.prevLogIndex + append.entries.length));
  },

  /** An answer to an earlier leadership says nothing about this one. Raft §5.3. */
  countsAck(self: RaftNode, reply: AppendReply): boolean {
    return self.role === LEADER && reply.term === self.term;
  },

  /** Answers can overtake each other; what was once known to match still does. Raft Figure 2, matchIndex. */
  matchAfterAck(self: RaftNode, from: number, reply: AppendReply): number {
    return Math.max(self.matchIndex[from]!, reply.matchIndex);
  },

  /** nextIndex stands after everything known to match. Raft Figure 2, rules for leaders. */
  nextAfterAck(self: RaftNode, from: number): number {
    return Math.max(self.nextIndex[from]!, self.matchIndex[from]! + 1);
  },

  /**
   * Back up by a term at a time: to our last entry of the conflicting term, or to where the follower's begins. Never
   * below what is known to match. Raft §5.3, last paragraphs.
   */
  nextAfterReject(self: RaftNode, from: number, reply: AppendReply): number {
    const ours = reply.conflictTerm === 0 ? 0 : self.log.lastOfTerm(reply.conflictTerm);
    const next = ours > 0 ? Math.min(ours + 1, reply.rejectedIndex) : reply.conflictIndex;
    return Math.max(self.matchIndex[from]! + 1, Math.min(next, reply.rejectedIndex));
  },

  /** The leader counts itself only for what is on its own disk. Dissertation §10.2.1. */
  ownMatch(self: RaftNode): number {
    return self.stableIndex;
  },

  /** The highest index that a majority of the matchIndexes reach: the quorum-th largest. Raft Figure 2, leaders. */
  replicated(this: Rules, self: RaftNode): number {
    const { matchIndex, nodes } = self;
    const quorum = this.quorum(nodes);
    let best = 0;
    for (let candidate = 0; candidate < nodes; candidate++) {
      const index = matchIndex[candidate]!;
      if (index <= best) continue;
      let reached = 0;
      for (let node = 0; node < nodes; node++) if (matchIndex[node]! >= index) reached++;
      if (reached >= quorum) best = index;
    }
    return best;
  },

  /** Only entries of the current term are committed by counting; earlier ones follow. Raft §5.4.2, Figure 8. */
  mayCommit(self: RaftNode, index: number): boolean {
    return index > self.commitIndex && self.log.term(index) === self.term;
  },

  /** Entries are applied one after the other, each once. Raft Figure 2, all servers. */
  firstToApply(self: RaftNode): number {
    return self.lastApplied + 1;
  },

  /** Clients are served by the leader alone. Raft §8. */
  mayServe(self: RaftNode): boolean {
    return self.role === LEADER;
  },

  /** A request executed before is answered as before, and not executed again. Raft §8; dissertation §6.3. */
  alreadyExecuted(self: RaftNode, request: Request): boolean {
    return self.store.answered(request) !== null;
  },

  /** A leader that still waits for a request to be applied need not append it a second time. Dissertation §6.3. */
  alreadyAppended(self: RaftNode, request: Request): boolean {
    return self.asked.get(request.session) === request.sequence;
  },

  /** A client is answered when its entry has been applied, not when it has been appended. Raft §5.3. */
  answersAtAppend(): boolean {
    return false;
  },
});
