import type { Ticket } from '../../sim/protocol.ts';
import type { RaftDisk } from '../messages.ts';
import type { RaftNode } from '../node.ts';

/** Which write must be durable before a message leaves or counts: Raft Figure 2; dissertation §3.8, §10.2.1. */
export interface DurabilityRules {
  voteReplyAfter(self: RaftNode): Ticket;
  requestVoteAfter(self: RaftNode): Ticket;
  appendReplyAfter(self: RaftNode): Ticket;
  ownMatch(self: RaftNode): number;
  stillMatches(write: { readonly matches: number }, truncatedFrom: number): number;
  stopsWhenWriteFails(self: RaftNode): boolean;
  startsWithDamage(disk: RaftDisk): boolean;
}

/** As published. */
export const durabilityRules: DurabilityRules = {
  /** A reply to RequestVote leaves when the vote, or the term of the denial, is on stable storage. Raft Figure 2. */
  voteReplyAfter(self: RaftNode): Ticket {
    return self.lastTicket;
  },

  /**
   * A candidate requests votes when its own vote is durable. A history that breaks without it: a candidate requests
   * votes, crashes, forgets its vote and votes for another node in the same term, and both win. Dissertation §3.8.
   */
  requestVoteAfter(self: RaftNode): Ticket {
    return self.lastTicket;
  },

  /** A follower acknowledges entries when they are on stable storage. Raft Figure 2; dissertation §3.8. */
  appendReplyAfter(self: RaftNode): Ticket {
    return self.lastTicket;
  },

  /** A leader counts itself only for entries that are durable on its own disk. Dissertation §10.2.1. */
  ownMatch(self: RaftNode): number {
    return self.stableIndex;
  },

  /**
   * How far a pending log write agrees with the log in memory after a truncation. Without this, the completion of a
   * write whose entries have been overwritten in memory would make other entries count as durable. Dissertation
   * §10.2.1.
   */
  stillMatches(write: { readonly matches: number }, truncatedFrom: number): number {
    return Math.min(write.matches, truncatedFrom - 1);
  },

  /**
   * A node whose write has failed stops. A second fsync that succeeds says nothing about the first: what it was to write
   * may be gone. Rebello et al., Can Applications Recover from fsync Failures?, ATC 2020.
   */
  stopsWhenWriteFails(): boolean {
    return true;
  },

  /**
   * A node with a corrupt record on its disk does not start. It cannot tell what it has lost: the last entry that it has
   * acknowledged, or its vote. Its log cannot be cut there either, as after a torn write: what follows, and what is corrupt
   * itself, may be committed. Alagappan et al., Protocol-Aware Recovery for Consensus-Based Storage, FAST 2018.
   */
  startsWithDamage({ damage }: RaftDisk): boolean {
    return damage.length === 0;
  },
};
