import { isVoter } from '../configuration.ts';
import { NONE } from '../messages.ts';
import type { Rules } from '../rules/index.ts';
import { FOLLOWER, LEADER } from '../view.ts';
import { mutantIn } from './mutant.ts';

const mutant = mutantIn('transfer');

/** Seen in: hashicorp #581. */
export const writesDuringTransfer = mutant('T1', 'a leader accepts writes during a leadership transfer', ['Lv8'], {
  rejectsDuringTransfer: () => false,
});

export const timeoutNowTooEarly = mutant('T2', 'TimeoutNow is sent before the transfer target has caught up', ['Lv8'], {
  readyForTimeoutNow: () => true,
});

export const busyAfterTransfer = mutant(
  'T7',
  'a leader that has aborted a transfer replies busy for the rest of its leadership',
  ['Lv19'],
  { rejectsDuringTransfer: (self) => self.transferee !== NONE || self.timeoutNowSent },
);

/** Seen in: openraft #1747. */
export const transferNeverAborts = mutant('T3', 'a leadership transfer is never aborted', ['Lv8'], {
  abortsTransfer: () => false,
});

/** Seen in: dissertation §4.2.3; hashicorp divergence.md. */
export const stickinessBlocksTransfer = mutant(
  'T4',
  'leader stickiness keeps the transfer target from winning its election',
  ['Lv8'],
  {
    ignoresCandidate(this: Rules, self, request, now) {
      return self.options.checkQuorum && request.term > self.term && (self.role === LEADER || this.isSticky(self, now));
    },
  },
);

export const obeysStaleTimeoutNow = mutant('T6', 'TimeoutNow of an earlier term is obeyed', ['Lv8'], {
  acceptsTimeoutNow: (self, message) =>
    message.term <= self.term && self.role === FOLLOWER && isVoter(self.configuration, self.id),
});

/** Seen in: hashicorp. */
export const learnersObeyTimeoutNow = mutant('T5', 'a learner starts an election on TimeoutNow', ['I26', 'I21'], {
  acceptsTimeoutNow: (self, message) => message.term === self.term,
});
