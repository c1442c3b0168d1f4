import type { Micros } from '../../sim/protocol.ts';
import type { RequestVote } from '../messages.ts';
import type { RaftNode } from '../node.ts';
import { LEADER } from '../view.ts';
import type { Rules } from './index.ts';

/** Leader stickiness, and leaders that have lost their quorum: dissertation §4.2.3, §6.2. */
export interface CheckQuorumRules {
  stickyUntil(self: RaftNode, now: Micros): Micros;
  stickyAtRestart(self: RaftNode, now: Micros): Micros;
  isSticky(self: RaftNode, now: Micros): boolean;
  ignoresCandidate(self: RaftNode, request: RequestVote, now: Micros): boolean;
  lacksQuorum(self: RaftNode, now: Micros): boolean;
}

/** As published. */
export const checkQuorumRules: CheckQuorumRules = {
  /** After leader contact, a node sticks to the leader for the shortest election timeout. Dissertation §4.2.3. */
  stickyUntil(self: RaftNode, now: Micros): Micros {
    return now + self.options.electionTimeout[0];
  },

  /**
   * A restart forgets which leader the node stuck to, but the leader's lease still rests on it: a restarted node waits
   * until every lease it may have supported has ended. Dissertation §6.4.1.
   */
  stickyAtRestart(this: Rules, self: RaftNode, now: Micros): Micros {
    return self.options.reads === 'lease' ? this.stickyUntil(self, now) : -Infinity;
  },

  isSticky(self: RaftNode, now: Micros): boolean {
    return now < self.stickyUntil;
  },

  /**
   * A node that has a leader ignores vote requests: it neither replies nor enters their term. A node that was removed
   * or cut off must not depose a leader that works. An election that the leader itself has requested is not ignored.
   * Dissertation §4.2.3.
   */
  ignoresCandidate(this: Rules, self: RaftNode, request: RequestVote, now: Micros): boolean {
    if (!self.options.checkQuorum || request.transfer) return false;
    return self.role === LEADER || this.isSticky(self, now);
  },

  /**
   * A leader without contact to a quorum for the longest election timeout may already be deposed. Dissertation §6.2.
   */
  lacksQuorum(this: Rules, self: RaftNode, now: Micros): boolean {
    if (!self.options.checkQuorum) return false;
    const since = now - self.options.electionTimeout[1];
    return !this.hasQuorum(self, (node) => node === self.id || self.progress[node]!.lastContactAt > since);
  },
};
