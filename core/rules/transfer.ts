import type { Micros } from '../../sim/protocol.ts';
import { isVoter } from '../configuration.ts';
import { type TimeoutNow, NONE } from '../messages.ts';
import type { RaftNode } from '../node.ts';
import type { Rules } from './index.ts';
import { FOLLOWER } from '../view.ts';

/** Handing the leadership over: dissertation §3.10. */
export interface TransferRules {
  acceptsTimeoutNow(self: RaftNode, message: TimeoutNow): boolean;
  rejectsDuringTransfer(self: RaftNode): boolean;
  readyForTimeoutNow(self: RaftNode): boolean;
  abortsTransfer(self: RaftNode, now: Micros): boolean;
}

/** As published. */
export const transferRules: TransferRules = {
  /** Only a follower of that leader stands at its wish, and only if its vote counts. Dissertation §3.10. */
  acceptsTimeoutNow(this: Rules, self: RaftNode, message: TimeoutNow): boolean {
    return message.term === self.term && self.role === FOLLOWER && isVoter(self.configuration, self.id);
  },

  /** A leader that is handing over takes no requests: the other must be able to catch up. Dissertation §3.10. */
  rejectsDuringTransfer(self: RaftNode): boolean {
    return self.transferee !== NONE;
  },

  /** The other stands when its log is as long as the leader's: otherwise it could not win. Dissertation §3.10. */
  readyForTimeoutNow(self: RaftNode): boolean {
    return self.matchIndex[self.transferee] === self.log.lastIndex;
  },

  /** If it has not happened after an election timeout, the leader goes on. Dissertation §3.10. */
  abortsTransfer(self: RaftNode, now: Micros): boolean {
    return now >= self.transferUntil;
  },
};
