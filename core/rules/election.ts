import type { Micros, NodeId, Random } from '../../sim/protocol.ts';
import { isVoter } from '../configuration.ts';
import { NONE, type RequestVote, type RequestVoteReply } from '../messages.ts';
import type { RaftNode } from '../node.ts';
import { priorityDelay } from '../options.ts';
import { CANDIDATE, LEADER } from '../view.ts';
import type { Rules } from './index.ts';

/** Terms, elections and votes: Raft §5.1, §5.2, §5.4.1. */
export interface ElectionRules {
  isNewerTerm(self: RaftNode, term: number): boolean;
  isStaleTerm(self: RaftNode, term: number): boolean;
  electionTimeout(self: RaftNode, random: Random): number;
  furtherWait(self: RaftNode): Micros;
  mayCampaign(self: RaftNode): boolean;
  campaignsByTimer(self: RaftNode): boolean;
  mayVote(self: RaftNode): boolean;
  grantVote(self: RaftNode, request: RequestVote): boolean;
  logUpToDate(self: RaftNode, lastLogTerm: number, lastLogIndex: number): boolean;
  resetsElectionTimer(self: RaftNode, granted: boolean): boolean;
  timerWaitsForVote(self: RaftNode): boolean;
  endsWaitForVote(self: RaftNode): boolean;
  countsVote(self: RaftNode, vote: RequestVoteReply): boolean;
  voteWeight(self: RaftNode, from: number): number;
  wins(self: RaftNode): boolean;
  quorum(voters: number): number;
  hasQuorum(self: RaftNode, agrees: (node: NodeId) => boolean): boolean;
}

/** As published. */
export const electionRules: ElectionRules = {
  /** A node that receives a higher term adopts it and becomes a follower. Raft Figure 2, all servers; §5.1. */
  isNewerTerm(self: RaftNode, term: number): boolean {
    return term > self.term;
  },

  /** A node rejects a request with a lower term, and its reply carries the current one. Raft §5.1. */
  isStaleTerm(self: RaftNode, term: number): boolean {
    return term < self.term;
  },

  /** Election timeouts are drawn from a range, so that split votes are rare and resolved quickly. Raft §5.2. */
  electionTimeout(self: RaftNode, random: Random): number {
    const [low, high] = self.options.electionTimeout;
    return random.between(low, high);
  },

  /** A node of a lower priority leaves the others time to be elected first. MongoDB, sofa-jraft: priorities. */
  furtherWait(self: RaftNode): Micros {
    return priorityDelay(self.options);
  },

  /**
   * A leader does not start an election (Raft Figure 4), nor does a learner. A voter that is being removed may start
   * one until its removal is committed: it may have the only log that can win. Dissertation §4.2.2.
   */
  mayCampaign(self: RaftNode): boolean {
    if (self.role === LEADER) return false;
    if (isVoter(self.configuration, self.id)) return true;
    const before = self.configurations[self.configurations.length - 2];
    return before !== undefined && self.configurationIndex > self.commitIndex && isVoter(before.configuration, self.id);
  },

  /** With priority 0, a node leads only if leadership is transferred to it. MongoDB: members of priority 0. */
  campaignsByTimer(self: RaftNode): boolean {
    return self.options.priority > 0;
  },

  /** Leaders and candidates have voted for themselves in their term: only followers can still vote. Raft §5.2. */
  mayVote(self: RaftNode): boolean {
    return self.role !== LEADER && self.role !== CANDIDATE;
  },

  /**
   * May this node vote for the candidate? It votes for at most one candidate a term, and only for one whose log is at
   * least as up to date as its own. It votes for the same candidate again, because the first reply may be lost.
   * Raft Figure 2, RequestVote receiver 2; §5.2, §5.4.1.
   */
  grantVote(this: Rules, self: RaftNode, request: RequestVote): boolean {
    return (
      request.term === self.term &&
      this.mayVote(self) &&
      (self.votedFor === NONE || self.votedFor === request.candidate) &&
      this.logUpToDate(self, request.lastLogTerm, request.lastLogIndex)
    );
  },

  /** The log with the later last term is more up to date; with equal last terms, the longer log is. Raft §5.4.1. */
  logUpToDate(self: RaftNode, lastLogTerm: number, lastLogIndex: number): boolean {
    const { log } = self;
    return lastLogTerm > log.lastTerm || (lastLogTerm === log.lastTerm && lastLogIndex >= log.lastIndex);
  },

  /** A granted vote gives the candidate time to win. A denied one leaves the election timer alone. Raft §5.2. */
  resetsElectionTimer(_self: RaftNode, granted: boolean): boolean {
    return granted;
  },

  /**
   * Does the election timer wait until a vote is durable? The paper leaves it open, and etcd does not. A candidate whose
   * writes take longer than its timeouts begins the next election before it has requested votes in this one, and so on
   * for ever. Raft §5.2.
   */
  timerWaitsForVote(self: RaftNode): boolean {
    return self.options.voteTimer === 'durable';
  },

  /** A timer that waits for a vote restarts when the vote is durable, as its reply leaves then. */
  endsWaitForVote(self: RaftNode): boolean {
    return self.durableTicket >= self.timerTicket;
  },

  /** Only votes of the current election count: a vote of an earlier term was for another election. Raft §5.2. */
  countsVote(self: RaftNode, vote: RequestVoteReply): boolean {
    return vote.granted && self.role === CANDIDATE && vote.term === self.term;
  },

  /** Each voter counts once, however often its reply arrives. Raft §5.2. */
  voteWeight(self: RaftNode, from: number): number {
    return self.votes[from] === 1 ? 0 : 1;
  },

  /** A candidate wins with the votes of a majority of the full cluster. Votes of learners do not count. Raft §5.2. */
  wins(this: Rules, self: RaftNode): boolean {
    const { voters, outgoing } = self.configuration;
    const wins = (among: readonly NodeId[]) => {
      let votes = 0;
      for (const node of among) votes += self.votes[node]!;
      return votes >= this.quorum(among.length);
    };
    return wins(voters) && (outgoing.length === 0 || wins(outgoing));
  },

  /** The smallest majority. Raft §5.1. */
  quorum(voters: number): number {
    return Math.floor(voters / 2) + 1;
  },

  /**
   * While the configuration is joint, agreement takes a majority of the new voters and of the old. Dissertation §4.3.
   */
  hasQuorum(this: Rules, self: RaftNode, agrees: (node: NodeId) => boolean): boolean {
    const { voters, outgoing } = self.configuration;
    const agree = (among: readonly NodeId[]) => {
      let count = 0;
      for (const node of among) if (agrees(node)) count++;
      return count >= this.quorum(among.length);
    };
    return agree(voters) && (outgoing.length === 0 || agree(outgoing));
  },
};
