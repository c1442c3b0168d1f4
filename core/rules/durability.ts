import type { Ticket } from '../../sim/protocol.ts';
import type { RaftNode } from '../node.ts';

/** What must be on the disk before what is said: Raft Figure 2; dissertation §3.8, §10.2.1. */
export interface DurabilityRules {
  savesVote(self: RaftNode): boolean;
  voteReplyAfter(self: RaftNode): Ticket;
  appendReplyAfter(self: RaftNode): Ticket;
  requestVoteAfter(self: RaftNode): Ticket;
  stillMatches(write: { readonly matches: number }, truncatedFrom: number): number;
}

/** As published. */
export const durabilityRules: DurabilityRules = {
  /** Term and vote are updated on stable storage. Raft Figure 2. */
  savesVote(): boolean {
    return true;
  },

  /** A vote is told only when it is on stable storage, and so is the term of a refusal. Raft Figure 2. */
  voteReplyAfter(self: RaftNode): Ticket {
    return self.lastTicket;
  },

  /** A follower acknowledges entries only when they are on stable storage. Raft Figure 2; dissertation §3.8. */
  appendReplyAfter(self: RaftNode): Ticket {
    return self.lastTicket;
  },

  /**
   * A candidate asks for votes only when its own vote is durable. A history that breaks without it: ask, crash, forget,
   * vote for another in the same term, and both win. Dissertation §3.8.
   */
  requestVoteAfter(self: RaftNode): Ticket {
    return self.lastTicket;
  },

  /**
   * How far an unfinished log write agrees with the log in memory after a truncation. Without this, the completion of
   * a write that has been overwritten meanwhile would speak for entries that are not the same. Dissertation §10.2.1.
   */
  stillMatches(write: { readonly matches: number }, truncatedFrom: number): number {
    return Math.min(write.matches, truncatedFrom - 1);
  },
};
