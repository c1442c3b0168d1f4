import { NONE } from '../messages.ts';
import type { Rules } from '../rules/index.ts';
import { preVoteRules } from '../rules/pre-vote.ts';
import { LEADER, PRE_CANDIDATE } from '../view.ts';
import { mutantIn } from './mutant.ts';

const mutant = mutantIn('pre-vote');

/** Seen in: daos-stack/raft #70. */
export const leaderGrantsPreVotes = mutant('E12', 'a leader grants pre-votes', ['I21'], {
  grantPreVote(this: Rules, self, request) {
    return request.term > self.term && this.logUpToDate(self, request.lastLogTerm, request.lastLogIndex);
  },
});

/** Seen in: etcd #8243, #8501; canonical #279. */
export const stalePreVoteIgnored = mutant('V1', 'a pre-vote request of an earlier term gets no reply', ['Lv1'], {
  repliesToStalePreVote: () => false,
});

export const preVoteRaisesTerm = mutant('V2', 'a pre-vote request raises the term of its receiver', ['Lv9'], {
  carriesSenderTerm: () => true,
});

/** Seen in: raft-rs #83. */
export const oldPreVotesCount = mutant('V3', 'pre-votes of an earlier request count', ['Lv9'], {
  countsPreVote: (self, vote) => vote.granted && self.role === PRE_CANDIDATE,
});

/** Seen in: NuRaft #134. */
export const preVoteWithoutLog = mutant('V4', 'pre-votes are granted whatever the log of the candidate', ['Lv9'], {
  grantPreVote(this: Rules, self, request, now) {
    return request.term > self.term && self.role !== LEADER && !this.isSticky(self, now);
  },
});

export const deniesWhileFollowing = mutant(
  'V11',
  'a follower denies pre-votes until its own election timeout, however long its leader has been silent',
  ['Lv16'],
  {
    grantPreVote(this: Rules, self, request, now) {
      return self.leader === NONE && preVoteRules.grantPreVote.call(this, self, request, now);
    },
  },
);
