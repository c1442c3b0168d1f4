import type { Micros } from '../../sim/protocol.ts';
import {
  type Message,
  NONE,
  REQUEST_PRE_VOTE,
  REQUEST_PRE_VOTE_REPLY,
  type RequestPreVote,
  type RequestPreVoteReply,
} from '../messages.ts';
import type { RaftNode } from '../node.ts';
import { LEADER, PRE_CANDIDATE } from '../view.ts';
import type { Rules } from './index.ts';

/** Asking for votes before raising the term: dissertation §9.6. */
export interface PreVoteRules {
  usesPreVote(self: RaftNode): boolean;
  carriesSenderTerm(message: Message): boolean;
  grantPreVote(self: RaftNode, request: RequestPreVote, now: Micros): boolean;
  countsPreVote(self: RaftNode, vote: RequestPreVoteReply): boolean;
}

/** As published. */
export const preVoteRules: PreVoteRules = {
  /** With PreVote, a node requests pre-votes before it raises its term. Dissertation §9.6. */
  usesPreVote(self: RaftNode): boolean {
    return self.options.preVote;
  },

  /**
   * Does the message's term say which term its sender is in? A pre-vote request names the next term, which no node has
   * entered, and a granted reply repeats it: receivers must not enter that term. Dissertation §9.6.
   */
  carriesSenderTerm(message: Message): boolean {
    return message.type !== REQUEST_PRE_VOTE && !(message.type === REQUEST_PRE_VOTE_REPLY && message.granted);
  },

  /**
   * Would this node vote for the candidate in the next term? Only if the candidate's log is up to date and this node
   * has not heard from a leader for the shortest election timeout: a node that was cut off must not depose a leader
   * that works. Dissertation §9.6.
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

  /** A pre-vote counts only for the next term, and only while this node is a pre-candidate. Dissertation §9.6. */
  countsPreVote(self: RaftNode, vote: RequestPreVoteReply): boolean {
    return vote.granted && self.role === PRE_CANDIDATE && vote.term === self.term + 1;
  },
};
