import type { Micros } from '../../sim/protocol.ts';
import type { RequestVote } from '../messages.ts';
import type { RaftNode } from '../node.ts';
import type { Rules } from './index.ts';
import { LEADER } from '../view.ts';

/** Loyalty to a leader, and a leader without followers: dissertation §4.2.3, §6.2. */
export interface CheckQuorumRules {
  stickyUntil(self: RaftNode, now: Micros): Micros;
  stickyAtRestart(self: RaftNode, now: Micros): Micros;
  isSticky(self: RaftNode, now: Micros): boolean;
  ignoresCandidate(self: RaftNode, request: RequestVote, now: Micros): boolean;
  lacksQuorum(self: RaftNode, now: Micros): boolean;
}

/** As published. */
export const checkQuorumRules: CheckQuorumRules = {
  /** Who has heard from a leader is loyal to it for the shortest election timeout. Dissertation §4.2.3. */
  stickyUntil(self: RaftNode, now: Micros): Micros {
    return now + self.options.electionTimeout[0];
  },

  /** A lease outlives the memory of who granted it: after a restart, wait until it is surely over. Dissertation §6.4.1. */
  stickyAtRestart(this: Rules, self: RaftNode, now: Micros): Micros {
    return self.options.reads === 'lease' ? this.stickyUntil(self, now) : -Infinity;
  },

  isSticky(self: RaftNode, now: Micros): boolean {
    return now < self.stickyUntil;
  },

  /**
   * A vote is neither given nor refused, and the term stays, while there is a leader: a server that was removed, or cut
   * off, must not depose it. An election that the leader itself has asked for is another matter. Dissertation §4.2.3.
   */
  ignoresCandidate(this: Rules, self: RaftNode, request: RequestVote, now: Micros): boolean {
    if (!self.options.checkQuorum || request.transfer) return false;
    return self.role === LEADER || this.isSticky(self, now);
  },

  /** A leader that has not heard from a quorum for an election timeout may be deposed already. Dissertation §6.2. */
  lacksQuorum(this: Rules, self: RaftNode, now: Micros): boolean {
    if (!self.options.checkQuorum) return false;
    const since = now - self.options.electionTimeout[1];
    return !this.hasQuorum(self, (node) => node === self.id || self.progress[node]!.lastContactAt > since);
  },
};
