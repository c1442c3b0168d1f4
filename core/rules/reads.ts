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
}

/** As published. */
export const readRules: ReadRules = {
  /**
   * The index that must be applied before a read that arrives at this moment is served. −1 while no entry of the
   * leader's own term is committed: it does not know yet how much is. Dissertation §6.4, step 1.
   */
  readIndex(this: Rules, self: RaftNode): number {
    return this.hasCommittedInTerm(self) ? self.commitIndex : -1;
  },

  /**
   * A leader may have been deposed unnoticed: it confirms that it still leads, unless it holds a lease. §6.4, §6.4.1.
   */
  readNeedsConfirmation(self: RaftNode, now: Micros): boolean {
    return self.options.reads !== 'lease' || self.timeoutNowSent || now >= self.leaseUntil;
  },

  /** Only a heartbeat round that begins after the read has arrived confirms it. Dissertation §6.4, step 3. */
  confirmingRound(self: RaftNode): number {
    return self.heartbeatRound + 1;
  },

  /**
   * No other leader is elected while a quorum sticks to this one. The time counts from when the heartbeats were sent,
   * not from when the replies arrived, and allows for clocks of different rates. Dissertation §6.4.1.
   */
  leaseEnds(self: RaftNode, roundStart: Micros): Micros {
    const { electionTimeout, clockDriftBound } = self.options;
    return roundStart + Math.floor((electionTimeout[0] * (1 - clockDriftBound)) / (1 + clockDriftBound));
  },

  /** A read is served when the state machine has reached the read index. Dissertation §6.4, step 4. */
  mayServeRead(self: RaftNode, read: PendingRead): boolean {
    return self.lastApplied >= read.index;
  },
};
