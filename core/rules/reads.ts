import type { Micros } from '../../sim/protocol.ts';
import type { PendingRead, RaftNode } from '../node.ts';
import type { Rules } from './index.ts';

/** Reads that do not go through the log: dissertation §6.4. */
export interface ReadRules {
  readIndex(self: RaftNode): number;
  readNeedsConfirmation(self: RaftNode, now: Micros): boolean;
  confirmingRound(self: RaftNode): number;
  leaseEnds(self: RaftNode, roundStart: Micros, now: Micros): Micros;
  mayServeRead(self: RaftNode, read: PendingRead): boolean;
  sendsReadIndex(self: RaftNode): boolean;
}

/** As published. */
export const readRules: ReadRules = {
  /**
   * How far must the state machine be for a read that arrives now? −1 while no entry of the leader's own term is
   * committed: it does not know yet how much is. Dissertation §6.4, step 1.
   */
  readIndex(this: Rules, self: RaftNode): number {
    return this.hasCommittedInTerm(self) ? self.commitIndex : -1;
  },

  /** A leader that may have been deposed must make sure that it was not, unless a lease says so. §6.4, §6.4.1. */
  readNeedsConfirmation(self: RaftNode, now: Micros): boolean {
    return self.options.reads !== 'lease' || self.timeoutNowSent || now >= self.leaseUntil;
  },

  /** Only greetings that leave after the read has come in say anything about it. Dissertation §6.4, step 3. */
  confirmingRound(self: RaftNode): number {
    return self.heartbeatRound + 1;
  },

  /**
   * Nobody else is elected before those who answered stop being loyal: counted from when they were greeted, not from
   * when they answered, and with clocks that run at different rates. Dissertation §6.4.1.
   */
  leaseEnds(self: RaftNode, roundStart: Micros): Micros {
    const { electionTimeout, clockDriftBound } = self.options;
    return roundStart + Math.floor((electionTimeout[0] * (1 - clockDriftBound)) / (1 + clockDriftBound));
  },

  /** A read is answered when the state machine has got as far as the read index. Dissertation §6.4, step 4. */
  mayServeRead(self: RaftNode, read: PendingRead): boolean {
    return self.lastApplied >= read.index;
  },

  /** A follower's own commitIndex may be behind: it asks the leader. Dissertation §6.4. */
  sendsReadIndex(): boolean {
    return true;
  },
};
