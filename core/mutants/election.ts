import { NONE } from '../messages.ts';
import { CANDIDATE } from '../view.ts';
import { mutant } from './mutant.ts';

/** Seen in: raft Q&A; raft-java #57; robustmq #2039. */
export const votesBeforeDurable = mutant('E1', 'a vote is told before it is on disk', ['I16', 'I8', 'I1'], {
  voteReplyAfter: () => 0,
});

/** Seen in: sofa-jraft. */
export const campaignsBeforeDurable = mutant(
  'E3',
  'a candidate asks for votes before its own is on disk',
  ['I16', 'I8'],
  {
    requestVoteAfter: () => 0,
  },
);

/** Seen in: CCF #5891, #8094; redpanda #14, #19. */
export const voteClearedByLeader = mutant(
  'E4',
  'following a leader of the same term clears the vote',
  ['I8', 'I16', 'I1'],
  {
    voteWhenFollowing: () => NONE,
  },
);

/** Seen in: Xraft #33; little-raft #44. */
export const oldVotesCount = mutant('E5', 'a vote of an earlier election counts', ['I1', 'I19'], {
  countsVote: (self, vote) => vote.granted && self.role === CANDIDATE,
});

/** Seen in: coyote-samples #8. */
export const votesCountTwice = mutant('E6', 'a vote that arrives twice counts twice', ['I26', 'I19', 'I1'], {
  voteWeight: () => 1,
});

/** Seen in: Students' Guide to Raft; liferaft #8. */
export const lengthOnlyUpToDate = mutant('E7', 'the longer log wins, whatever its terms', ['I3', 'I6'], {
  logUpToDate: (self, _lastLogTerm, lastLogIndex) => lastLogIndex >= self.log.lastIndex,
});

export const voteForgottenAtRestart = mutant('E19', 'a restart forgets the vote of the term', ['I8', 'I16', 'I1'], {
  voteAtRestart: () => NONE,
});

export const noUpToDateCheck = mutant('E20', 'any log is good enough to be elected', ['I3', 'I6'], {
  logUpToDate: () => true,
});

export const votesTwice = mutant('E21', 'a node votes for everybody who asks', ['I8', 'I16', 'I21', 'I1'], {
  grantVote: (self, request) => request.term === self.term,
});

/** An acknowledgement of what is not durable yet leaves before the vote does: both together lose a committed entry. */
export const unsyncedEntriesIgnored = mutant('E23', 'only durable entries are compared for a vote', ['I3', 'I6'], {
  logUpToDate: ({ log, stableIndex }, lastLogTerm, lastLogIndex) =>
    lastLogTerm > log.term(stableIndex) || (lastLogTerm === log.term(stableIndex) && lastLogIndex >= stableIndex),
});

export const voteNotSaved = mutant('E22', 'term and vote are never written', ['I16'], {
  savesVote: () => false,
});

export const strictlyNewerWins = mutant('E8', 'an equal log is not good enough to be elected', ['Lv1'], {
  logUpToDate: ({ log }, lastLogTerm, lastLogIndex) =>
    lastLogTerm > log.lastTerm || (lastLogTerm === log.lastTerm && lastLogIndex > log.lastIndex),
});

/** Seen in: Students' Guide to Raft. */
export const oldVoteKept = mutant('E9', 'a vote of an earlier term is kept in the next', ['Lv1', 'I8', 'I16'], {
  voteInNewTerm: (self) => self.votedFor,
});

/** Seen in: Students' Guide to Raft. */
export const denialsResetTimer = mutant('E10', 'who denies a vote waits anew', ['Lv1', 'unmet'], {
  resetsElectionTimer: () => true,
});

/** Seen in: Students' Guide to Raft. */
export const electionNotRetried = mutant('E11', 'a candidate that does not win does not try again', ['Lv1'], {
  retriesElection: () => false,
});

/** Seen in: dissertation §9. */
export const timeoutsNotDrawn = mutant('E18', 'election timeouts are all the same', ['Lv1'], {
  electionTimeout: (self) => self.options.electionTimeout[0],
});
