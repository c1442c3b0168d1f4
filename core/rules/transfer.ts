import type { Micros } from '../../sim/protocol.ts';
import { isVoter } from '../configuration.ts';
import { NONE, type TimeoutNow } from '../messages.ts';
import type { RaftNode } from '../node.ts';
import { FOLLOWER } from '../view.ts';
import type { Rules } from './index.ts';

/** Leadership transfer: dissertation §3.10. */
export interface TransferRules {
  rejectsDuringTransfer(self: RaftNode): boolean;
  readyForTimeoutNow(self: RaftNode): boolean;
  acceptsTimeoutNow(self: RaftNode, message: TimeoutNow): boolean;
  abortsTransfer(self: RaftNode, now: Micros): boolean;
}

/** As published. */
export const transferRules: TransferRules = {
  /** During a transfer, a leader appends no requests, so that the transfer target can catch up. Dissertation §3.10. */
  rejectsDuringTransfer(self: RaftNode): boolean {
    return self.transferee !== NONE;
  },

  /** The transfer target starts its election when its log is as long as the leader's: otherwise it may lose. §3.10. */
  readyForTimeoutNow(self: RaftNode): boolean {
    return self.matchIndex[self.transferee] === self.log.lastIndex;
  },

  /** TimeoutNow is for followers of the same term, and only for voters. Dissertation §3.10. */
  acceptsTimeoutNow(this: Rules, self: RaftNode, message: TimeoutNow): boolean {
    return message.term === self.term && self.role === FOLLOWER && isVoter(self.configuration, self.id);
  },

  /** A transfer that has not completed after an election timeout is aborted. Dissertation §3.10. */
  abortsTransfer(self: RaftNode, now: Micros): boolean {
    return now >= self.transferUntil;
  },
};
