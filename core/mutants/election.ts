import { NONE } from '../messages.ts';
import { RULES, type Rules } from '../rules/index.ts';
import { CANDIDATE } from '../view.ts';
import { mutantIn } from './mutant.ts';

const mutant = mutantIn('election');

/** Seen in: CCF #5891, #8094; redpanda #14, #19. */
export const voteClearedByLeader = mutant(
  'E4',
  'following a leader of the same term clears the vote',
  ['I8', 'I16', 'I1'],
  { voteWhenFollowing: () => NONE },
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

export const strictlyNewerWins = mutant('E8', 'a candidate with an equal log is denied the vote', ['Lv1'], {
  logUpToDate: ({ log }, lastLogTerm, lastLogIndex) =>
    lastLogTerm > log.lastTerm || (lastLogTerm === log.lastTerm && lastLogIndex > log.lastIndex),
});

/** Seen in: Students' Guide to Raft. */
export const oldVoteKept = mutant('E9', 'a vote of an earlier term is kept in the next', ['Lv1', 'I8', 'I16'], {
  voteInNewTerm: (self) => self.votedFor,
});

/** Seen in: Students' Guide to Raft. */
export const denialsResetTimer = mutant('E10', 'denying a vote resets the election timer', ['Lv1', 'unmet'], {
  resetsElectionTimer: () => true,
});

/** Seen in: Students' Guide to Raft. */
export const electionNotRetried = mutant('E11', 'a candidate that does not win does not try again', ['Lv1'], {
  retriesElection: () => false,
});

/** Seen in: dissertation §9. */
export const timeoutsNotDrawn = mutant('E18', 'all election timeouts are equal', ['Lv1'], {
  electionTimeout: (self) => self.options.electionTimeout[0],
});

export const voteForgottenAtRestart = mutant(
  'E19',
  'a restart forgets the vote of the term',
  ['I36', 'I8', 'I16', 'I1'],
  {
    diskAtRestart: (disk) => ({ ...disk, votedFor: NONE }),
  },
);

export const allMustVote = mutant('E25', 'a candidate needs the votes of all voters', ['Lv14'], {
  wins(this: Rules, self) {
    return RULES.wins.call(this, self) && self.configuration.voters.every((node) => self.votes[node]! > 0);
  },
});

export const grantsKeepTheTimer = mutant('E26', 'a granted vote does not restart the election timer', ['Lv17'], {
  resetsElectionTimer: () => false,
});

export const priorityZeroCampaigns = mutant('E27', 'a node of priority 0 starts elections all the same', ['Lv20'], {
  campaignsByTimer: () => true,
});

export const priorityDoesNotDelay = mutant('E28', 'a node of a lower priority does not wait longer', ['Lv20'], {
  furtherWait: () => 0,
});

export const timerStopsForVote = mutant(
  'E29',
  'an election timer that waits for a vote never restarts',
  ['Lv14', 'Lv1'],
  { endsWaitForVote: () => false },
);

export const timerIgnoresVoteWrite = mutant(
  'E30',
  'an election timer restarts before the vote that it waits for is durable',
  ['Lv17'],
  { timerWaitsForVote: () => false },
);

export const noUpToDateCheck = mutant('E20', 'votes are granted whatever the log of the candidate', ['I3', 'I6'], {
  logUpToDate: () => true,
});

export const votesTwice = mutant('E21', 'a node votes for every candidate of the term', ['I8', 'I16', 'I21', 'I1'], {
  grantVote: (self, request) => request.term === self.term,
});

/** The acknowledgement of pending entries leaves before the vote does: with both, a committed entry is lost. */
export const unsyncedEntriesIgnored = mutant('E23', 'only durable entries are compared for a vote', ['I3', 'I6'], {
  logUpToDate: ({ log, stableIndex }, lastLogTerm, lastLogIndex) =>
    lastLogTerm > log.term(stableIndex) || (lastLogTerm === log.term(stableIndex) && lastLogIndex >= stableIndex),
});
