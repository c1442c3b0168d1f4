import type { Micros, NodeId, Random } from '../../sim/protocol.ts';
import { isVoter } from '../configuration.ts';
import {
  type Message,
  type RequestPreVoteReply,
  type RaftDisk,
  type RequestPreVote,
  type RequestVote,
  type RequestVoteReply,
  NONE,
  REQUEST_PRE_VOTE_REPLY,
  REQUEST_PRE_VOTE,
} from '../messages.ts';
import type { RaftNode } from '../node.ts';
import type { Rules } from './index.ts';
import { CANDIDATE, LEADER, PRE_CANDIDATE } from '../view.ts';

/** Terms, elections and votes: Raft §5.1, §5.2, §5.4.1; dissertation §9.6. */
export interface ElectionRules {
  isNewerTerm(self: RaftNode, term: number): boolean;
  isStaleTerm(self: RaftNode, term: number): boolean;
  carriesSenderTerm(message: Message): boolean;
  voteInNewTerm(self: RaftNode): number;
  voteWhenFollowing(self: RaftNode): number;
  voteAtRestart(disk: RaftDisk): number;
  electionTimeout(self: RaftNode, random: Random): number;
  mayCampaign(self: RaftNode): boolean;
  usesPreVote(self: RaftNode): boolean;
  leaderDuringPreVote(self: RaftNode): NodeId;
  grantPreVote(self: RaftNode, request: RequestPreVote, now: Micros): boolean;
  repliesToStalePreVote(self: RaftNode): boolean;
  countsPreVote(self: RaftNode, vote: RequestPreVoteReply): boolean;
  mayVote(self: RaftNode): boolean;
  grantVote(self: RaftNode, request: RequestVote): boolean;
  logUpToDate(self: RaftNode, lastLogTerm: number, lastLogIndex: number): boolean;
  countsVote(self: RaftNode, vote: RequestVoteReply): boolean;
  voteWeight(self: RaftNode, from: number): number;
  wins(self: RaftNode): boolean;
  quorum(voters: number): number;
  hasQuorum(self: RaftNode, agrees: (node: NodeId) => boolean): boolean;
  retriesElection(self: RaftNode): boolean;
  resetsElectionTimer(self: RaftNode, granted: boolean): boolean;
  acceptsFrom(self: RaftNode, from: NodeId): boolean;
}

/** As published. */
export const electionRules: ElectionRules = {
  /** If a message carries a higher term, adopt it and become a follower. Raft §5.1. */
  isNewerTerm(self: RaftNode, term: number): boolean {
    return term > self.term;
  },

  /** A request with a lower term is refused, and the answer tells the sender why. Raft §5.1. */
  isStaleTerm(self: RaftNode, term: number): boolean {
    return term < self.term;
  },

  /** A pre-vote is about a term that nobody has entered: nobody does on hearing of it. Dissertation §9.6. */
  carriesSenderTerm(message: Message): boolean {
    return message.type !== REQUEST_PRE_VOTE && !(message.type === REQUEST_PRE_VOTE_REPLY && message.granted);
  },

  /** A new term begins without a vote. Raft §5.2. */
  voteInNewTerm(): number {
    return NONE;
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

  /**
   * A leader does not stand for election (Raft Figure 4), nor does a learner. Who is being removed still does while that
   * is not committed: it may have the only log that can win. Dissertation §4.2.2.
   */
  mayCampaign(self: RaftNode): boolean {
    if (self.role === LEADER) return false;
    if (isVoter(self.configuration, self.id)) return true;
    const before = self.configurations[self.configurations.length - 2];
    return before !== undefined && self.configurationIndex > self.commitIndex && isVoter(before.configuration, self.id);
  },

  /** With PreVote, a node asks whether it would win before it raises its term. Dissertation §9.6. */
  usesPreVote(self: RaftNode): boolean {
    return self.options.preVote;
  },

  /** Who asks for pre-votes has given its leader up, and may grant those of others. Dissertation §9.6. */
  leaderDuringPreVote(): NodeId {
    return NONE;
  },

  /**
   * Would this node vote for the candidate in a term that is not there yet? If the log is up to date, and no leader has
   * been heard from for the shortest election timeout: a node that was cut off must not depose one. Dissertation §9.6.
   */
  grantPreVote(this: Rules, self: RaftNode, request: RequestPreVote, now: Micros): boolean {
    const isFree = self.votedFor === NONE || self.votedFor === request.candidate;
    return (
      (request.term > self.term || (request.term === self.term && isFree && this.mayVote(self))) &&
      self.role !== LEADER &&
      !this.isSticky(self, now) &&
      this.logUpToDate(self, request.lastLogTerm, request.lastLogIndex)
    );
  },

  /**
   * Who asks in a term gone by is told so. Without it, nodes with the better logs and nodes with the higher terms wait
   * for each other for ever. Dissertation §9.6; etcd #8501.
   */
  repliesToStalePreVote(): boolean {
    return true;
  },

  /** Only a pre-vote for the term that comes next counts, and only while it is asked for. Dissertation §9.6. */
  countsPreVote(self: RaftNode, vote: RequestPreVoteReply): boolean {
    return vote.granted && self.role === PRE_CANDIDATE && vote.term === self.term + 1;
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
      (self.votedFor === NONE || self.votedFor === request.candidate) &&
      this.logUpToDate(self, request.lastLogTerm, request.lastLogIndex)
    );
  },

  /** The later last term is more up to date; with equal last terms, the longer log. Raft §5.4.1. */
  logUpToDate(self: RaftNode, lastLogTerm: number, lastLogIndex: number): boolean {
    const { log } = self;
    return lastLogTerm > log.lastTerm || (lastLogTerm === log.lastTerm && lastLogIndex >= log.lastIndex);
  },

  /** Only a vote of the election under way counts: one of an earlier term was for another election. Raft §5.2. */
  countsVote(self: RaftNode, vote: RequestVoteReply): boolean {
    return vote.granted && self.role === CANDIDATE && vote.term === self.term;
  },

  /** Each voter counts once, however often its answer arrives. Raft §5.2. */
  voteWeight(self: RaftNode, from: number): number {
    return self.votes[from] === 1 ? 0 : 1;
  },

  /** A candidate wins with the votes of a majority of the full cluster, whatever learners say. Raft §5.2. */
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

  /** While the configuration is joint, agreement takes a majority of the new one and of the old. Dissertation §4.3. */
  hasQuorum(this: Rules, self: RaftNode, agrees: (node: NodeId) => boolean): boolean {
    const { voters, outgoing } = self.configuration;
    const agree = (among: readonly NodeId[]) => {
      let count = 0;
      for (const node of among) if (agrees(node)) count++;
      return count >= this.quorum(among.length);
    };
    return agree(voters) && (outgoing.length === 0 || agree(outgoing));
  },

  /** An election that nobody wins is followed by another, after a timeout drawn anew. Raft §5.2. */
  retriesElection(): boolean {
    return true;
  },

  /** Who grants a vote gives the candidate time to win; who denies one goes on waiting as before. Raft §5.2. */
  resetsElectionTimer(_self: RaftNode, granted: boolean): boolean {
    return granted;
  },

  /** Requests are handled whoever sends them: a server may need the vote of one that does not know it yet. §4.1. */
  acceptsFrom(): boolean {
    return true;
  },
};
