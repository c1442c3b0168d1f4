import { LEADER } from '../view.ts';
import { mutant } from './mutant.ts';

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
  'the log is cut after prevLogIndex, conflict or not',
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
export const matchIsLastIndex = mutant('L5', "an ack moves matchIndex to the leader's own last index", ['I12', 'I14'], {
  matchAfterAck: (self) => self.log.lastIndex,
});

/** Seen in: RaftOS #25; PySyncObj #167. */
export const matchGoesBack = mutant('L6', 'a late ack takes matchIndex back', ['I11'], {
  matchAfterAck: (_self, _from, reply) => reply.matchIndex,
});

/** Seen in: CCF #6016. */
export const acknowledgesOwnTail = mutant('L8', 'a follower acknowledges all it has', ['I12', 'I11', 'I16'], {
  acknowledges: (self) => self.log.lastIndex,
});

/** Seen in: Students' Guide to Raft. */
export const oldAcksCount = mutant('L9', 'an ack of an earlier term counts', ['I11', 'I12', 'I14'], {
  countsAck: (self) => self.role === LEADER,
});

/** Seen in: PySyncObj #167; WRaft #7. */
export const nextStaysAtMatch = mutant('L11', 'nextIndex is left at matchIndex', ['I13'], {
  nextAfterAck: (self, from) => self.matchIndex[from]!,
});

/** Seen in: TiKV #994; d-engine #447; c5 #263. */
export const acknowledgesBeforeDurable = mutant(
  'L12',
  'entries are acknowledged before they are on disk',
  ['I16', 'I14', 'I12'],
  {
    appendReplyAfter: () => 0,
  },
);

/** Seen in: etcd-raft, the ABA race of its test data. */
export const overwrittenWriteCounts = mutant(
  'L13',
  'the end of an overwritten write speaks for what replaced it',
  ['I12', 'I14', 'I16'],
  {
    stillMatches: (write) => write.matches,
  },
);

/** Seen in: CCF #5325. */
export const hintIsMatch = mutant('L7', 'the place to try next counts as matching', ['I12', 'I11', 'I14', 'I13'], {
  matchAfterReject: (_self, _from, reply) => reply.conflictIndex - 1,
});

/** Seen in: openraft #1501. */
export const oldRejectionsCount = mutant('L16', 'a rejection that was overtaken takes nextIndex back', ['I13', 'Lv3'], {
  countsReject: () => true,
  nextAfterReject: (_self, _from, reply) => Math.max(1, reply.conflictIndex),
});

/** Seen in: MIT lab hint. */
export const backsUpSlowly = mutant('L18', 'nextIndex goes back by one at a time', ['Lv12', 'Lv3'], {
  nextAfterReject: (self, from, reply) => Math.max(self.matchIndex[from]! + 1, reply.rejectedIndex),
});
