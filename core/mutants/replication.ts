import { NONE } from '../messages.ts';
import type { Rules } from '../rules/index.ts';
import { LEADER } from '../view.ts';
import { mutantIn } from './mutant.ts';

const mutant = mutantIn('replication');

/** Seen in: logcabin #44; PySyncObj #169. */
export const commitsOldTerms = mutant('C1', 'entries of earlier terms are committed by counting', ['I14', 'I3', 'I6'], {
  mayCommit: (self, index) => index > self.commitIndex,
});

/** Seen in: Students' Guide to Raft. */
export const commitsBeyondMatch = mutant(
  'C3',
  'a follower commits entries that it has not compared with the leader',
  ['I6', 'I4', 'I3'],
  { followerCommit: (self, append) => Math.max(self.commitIndex, Math.min(append.leaderCommit, self.log.lastIndex)) },
);

/** Seen in: PySyncObj #166. */
export const commitGoesBack = mutant(
  'C4',
  "a new leader's smaller leaderCommit lowers a follower's commitIndex",
  ['I9'],
  { followerCommit: (_self, append) => Math.min(append.leaderCommit, append.prevLogIndex + append.entries.length) },
);

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

/** Seen in: Students' Guide to Raft. */
export const commitsWithEntriesOnly = mutant('C9', 'heartbeats do not advance the commitIndex of followers', ['Lv11'], {
  followerCommit: (self, append) =>
    append.entries.length === 0
      ? self.commitIndex
      : Math.max(self.commitIndex, Math.min(append.leaderCommit, append.prevLogIndex + append.entries.length)),
});

export const sendsDurableOnly = mutant(
  'C14',
  'a leader sends entries only when they are durable on its own disk',
  ['Lv15'],
  { lastToSend: (self) => self.stableIndex },
);

export const noopWaitsForCompany = mutant(
  'C15',
  'a new leader does not send its no-op before it has something else to send',
  ['Lv15'],
  {
    lastToSend({ log, options, firstOwnIndex, reads, transferee }) {
      const isAlone = options.noop && firstOwnIndex === log.lastIndex && reads.length === 0 && transferee === NONE;
      return isAlone ? log.lastIndex - 1 : log.lastIndex;
    },
  },
);

export const commitWaitsForAll = mutant(
  'C13',
  'a follower raises its commitIndex only if it has all entries up to leaderCommit',
  ['Lv11'],
  {
    followerCommit: (self, append) =>
      append.leaderCommit <= append.prevLogIndex + append.entries.length
        ? Math.max(self.commitIndex, append.leaderCommit)
        : self.commitIndex,
  },
);

/** Seen in: Students' Guide to Raft. */
export const appliesTwice = mutant('C10', 'the entry applied last is applied again', ['I10'], {
  firstToApply: (self) => Math.max(1, self.lastApplied),
});

/** Seen in: Students' Guide to Raft. */
export const heartbeatsAlwaysMatch = mutant(
  'L1',
  'a heartbeat is acknowledged without the prevLog check',
  ['I12', 'I14', 'I16'],
  {
    matchesPrev: (self, append) =>
      append.entries.length === 0 ||
      append.prevLogIndex < self.log.base ||
      (self.log.has(append.prevLogIndex) && self.log.term(append.prevLogIndex) === append.prevLogTerm),
  },
);

/** Seen in: raft Q&A; RaftOS #26; openraft. */
export const alwaysTruncates = mutant(
  'L2',
  'the log is truncated after prevLogIndex, conflict or not',
  ['I12', 'I6', 'I3', 'I14', 'I16'],
  {
    firstToReplace: ({ log }, { prevLogIndex, entries }) =>
      Math.min(entries.length, Math.max(0, log.base - prevLogIndex)),
  },
);

export const keepsConflicts = mutant('L3', 'a conflicting suffix is kept', ['I12', 'I2', 'I4', 'I6'], {
  truncatesConflict: () => false,
});

/** Seen in: Students' Guide to Raft. */
export const matchIsLastIndex = mutant(
  'L5',
  "an acknowledgement moves matchIndex to the leader's own last index",
  ['I12', 'I14'],
  { matchAfterAck: (self) => self.log.lastIndex },
);

/** Seen in: RaftOS #25; PySyncObj #167. */
export const matchGoesBack = mutant('L6', 'a late acknowledgement lowers matchIndex', ['I11'], {
  matchAfterAck: (_self, _from, reply) => reply.matchIndex,
});

/** Seen in: CCF #5325. */
export const hintIsMatch = mutant(
  'L7',
  'the backtracking hint of a rejection counts as matching',
  ['I12', 'I11', 'I14', 'I13'],
  { matchAfterReject: (_self, _from, reply) => reply.conflictIndex - 1 },
);

/** Seen in: CCF #6016. */
export const acknowledgesOwnTail = mutant('L8', 'a follower acknowledges its whole log', ['I12', 'I11', 'I16'], {
  acknowledges: (self) => self.log.lastIndex,
});

/** Seen in: Students' Guide to Raft. */
export const oldAcksCount = mutant('L9', 'an acknowledgement of an earlier term counts', ['I11', 'I12', 'I14'], {
  countsAck: (self) => self.role === LEADER,
});

/** Seen in: PySyncObj #167; WRaft #7. */
export const nextStaysAtMatch = mutant('L11', 'nextIndex is set to matchIndex instead of the index after it', ['I13'], {
  nextAfterAck: (self, from) => self.matchIndex[from]!,
});

/** Seen in: openraft #1501. */
export const oldRejectionsCount = mutant('L16', 'a stale rejection lowers nextIndex', ['I13', 'Lv3'], {
  countsReject: () => true,
  nextAfterReject: (_self, _from, reply) => Math.max(1, reply.conflictIndex),
});

export const asksAtTheSamePlace = mutant(
  'L21',
  'a leader whose AppendEntries was rejected asks again at the same place',
  ['Lv12', 'Lv3'],
  { nextAfterReject: (self, from) => self.nextIndex[from]! },
);

/** Seen in: MIT lab hint. */
export const backsUpSlowly = mutant('L18', 'nextIndex goes back by one at a time', ['Lv12', 'Lv3'], {
  nextAfterReject: (self, from, reply) => Math.max(self.matchIndex[from]! + 1, reply.rejectedIndex),
});
