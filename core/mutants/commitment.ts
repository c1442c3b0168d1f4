import type { Rules } from '../rules/index.ts';
import { mutant } from './mutant.ts';

/** Seen in: logcabin #44; PySyncObj #169. */
export const commitsOldTerms = mutant('C1', 'entries of earlier terms are committed by counting', ['I14', 'I3', 'I6'], {
  mayCommit: (self, index) => index > self.commitIndex,
});

/** Seen in: Students' Guide to Raft. */
export const commitsBeyondMatch = mutant('C3', 'a follower commits what it has not compared', ['I6', 'I4', 'I3'], {
  followerCommit: (self, append) => Math.max(self.commitIndex, Math.min(append.leaderCommit, self.log.lastIndex)),
});

/** Seen in: PySyncObj #166. */
export const commitGoesBack = mutant('C4', "a new leader's smaller commit takes a follower's back", ['I9'], {
  followerCommit: (_self, append) => Math.min(append.leaderCommit, append.prevLogIndex + append.entries.length),
});

export const halfIsEnough = mutant('C5', 'half of the nodes are a quorum', ['I19', 'I14', 'I1'], {
  quorum: (voters) => Math.max(1, Math.floor(voters / 2)),
});

/** Seen in: openraft #1802. */
export const unsortedQuorum = mutant('C6', 'the quorum index is read from an unsorted list', ['I14', 'I9'], {
  quorumMatchIndex(this: Rules, self) {
    const { voters } = self.configuration;
    return self.matchIndex[voters[this.quorum(voters.length) - 1]!]!;
  },
});

/** Seen in: etcd #14370, #14407; d-engine #447. */
export const countsItselfEarly = mutant(
  'C7',
  'a leader counts itself before its own write is durable',
  ['I14', 'I30'],
  {
    ownMatch: (self) => self.log.lastIndex,
  },
);

/** Seen in: Students' Guide to Raft. */
export const appliesTwice = mutant('C10', 'the entry applied last is applied again', ['I10'], {
  firstToApply: (self) => Math.max(1, self.lastApplied),
});

/** Seen in: Students' Guide to Raft. */
export const commitsWithEntriesOnly = mutant('C9', 'followers learn of a commit only with further entries', ['Lv11'], {
  followerCommit: (self, append) =>
    append.entries.length === 0
      ? self.commitIndex
      : Math.max(self.commitIndex, Math.min(append.leaderCommit, append.prevLogIndex + append.entries.length)),
});
