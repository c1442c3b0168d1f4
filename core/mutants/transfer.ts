import { PRE_CANDIDATE } from '../view.ts';
import type { Rules } from '../rules/index.ts';
import { mutant } from './mutant.ts';

/** Seen in: hashicorp #581. */
export const writesDuringTransfer = mutant('T1', 'a leader takes writes while it hands over', ['Lv8'], {
  rejectsDuringTransfer: () => false,
});

export const timeoutNowTooEarly = mutant('T2', 'a follower is told to take over before it has caught up', ['Lv8'], {
  readyForTimeoutNow: () => true,
});

/** Seen in: openraft #1747. */
export const transferNeverAborts = mutant('T3', 'a transfer is never given up', ['Lv8'], {
  abortsTransfer: () => false,
});

/** Seen in: dissertation §4.2.3; hashicorp divergence.md. */
export const stickinessBlocksTransfer = mutant(
  'T4',
  'loyalty keeps the one who is to take over from winning',
  ['Lv8'],
  {
    ignoresCandidate(this: Rules, self, request, now) {
      return self.options.checkQuorum && request.term > self.term && (self.role === 2 || this.isSticky(self, now));
    },
  },
);

/** Seen in: hashicorp. */
export const learnersObeyTimeoutNow = mutant('T5', 'learners, too, stand for election when told to', ['I26', 'I21'], {
  acceptsTimeoutNow: (self, message) => message.term === self.term,
});

/** Seen in: etcd #8243, #8501; canonical #279. */
export const stalePreVoteIgnored = mutant('V1', 'a pre-vote request of an earlier term is ignored', ['Lv1'], {
  repliesToStalePreVote: () => false,
});

export const preVoteRaisesTerm = mutant('V2', 'a pre-vote raises the term of who hears of it', ['Lv9'], {
  carriesSenderTerm: () => true,
});

/** Seen in: raft-rs #83. */
export const oldPreVotesCount = mutant('V3', 'pre-votes of an earlier question count', ['Lv9'], {
  countsPreVote: (self, vote) => vote.granted && self.role === PRE_CANDIDATE,
});

/** Seen in: NuRaft #134. */
export const preVoteWithoutLog = mutant('V4', 'a pre-vote is granted whatever the log', ['Lv9'], {
  grantPreVote(this: Rules, self, request, now) {
    return request.term > self.term && self.role !== 2 && !this.isSticky(self, now);
  },
});

/** Seen in: dissertation §6.2. */
export const leaderStaysAlone = mutant('V6', 'a leader without followers goes on', ['Lv7'], {
  lacksQuorum: () => false,
});

/** Seen in: daos-stack/raft #70. */
export const leaderGrantsPreVotes = mutant('E12', 'a leader grants pre-votes', ['I21'], {
  grantPreVote(this: Rules, self, request) {
    return request.term > self.term && this.logUpToDate(self, request.lastLogTerm, request.lastLogIndex);
  },
});
