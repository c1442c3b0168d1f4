import { emptySnapshot } from '../disk.ts';
import { NONE } from '../messages.ts';
import { mutantIn } from './mutant.ts';

const mutant = mutantIn('durability');

/** Seen in: etcd #14370, #14407; d-engine #447. */
export const countsItselfEarly = mutant(
  'C7',
  'a leader counts itself before its own write is durable',
  ['I14', 'I30'],
  { ownMatch: (self) => self.log.lastIndex },
);

/** Seen in: raft Q&A; raft-java #57; robustmq #2039. */
export const votesBeforeDurable = mutant('E1', 'a vote is sent before it is durable', ['I16', 'I8', 'I1'], {
  voteReplyAfter: () => 0,
});

/** Seen in: sofa-jraft. */
export const campaignsBeforeDurable = mutant(
  'E3',
  'a candidate requests votes before its own vote is durable',
  ['I16', 'I8'],
  { requestVoteAfter: () => 0 },
);

export const forgetsLastEntry = mutant('E24', 'a restart forgets the last durable entry', ['I36'], {
  diskAtRestart: (disk) => ({ ...disk, log: disk.log.slice(0, -1) }),
});

export const voteNotSaved = mutant('E22', 'term and vote are never written', ['I16'], {
  savesVote: () => false,
});

/** Seen in: TiKV #994; d-engine #447; c5 #263. */
export const acknowledgesBeforeDurable = mutant(
  'L12',
  'entries are acknowledged before they are durable',
  ['I16', 'I14', 'I12'],
  { appendReplyAfter: () => 0 },
);

/** Seen in: etcd-raft, the ABA race of its test data. */
export const overwrittenWriteCounts = mutant(
  'L13',
  'the completion of an overwritten write makes the entries that replaced it count as durable',
  ['I12', 'I14', 'I16'],
  { stillMatches: (write) => write.matches },
);

/** Seen in: PostgreSQL's fsync errors of 2018; etcd, LMDB and others in Rebello et al., ATC 2020. */
export const goesOnAfterFailedWrite = mutant(
  'D1',
  'a node whose write has failed goes on, and later writes count as if that one were durable',
  ['I16', 'I12', 'I14'],
  { stopsWhenWriteFails: () => false },
);

export const failedWriteCounts = mutant('D2', 'a write that has failed counts as durable', ['I14', 'I16', 'I12'], {
  stopsWhenWriteFails: () => false,
  takesFailedWriteAsDurable: () => true,
});

/** The approach that Alagappan et al., FAST 2018, call Truncate. */
export const cutsAtCorruptEntry = mutant(
  'D3',
  'the log of a restarted node ends before its first corrupt entry',
  ['I36'],
  {
    startsWithDamage: ({ damage }) => damage.every(({ record }) => record === 'entry'),
    diskAtRestart(disk) {
      const corrupt = disk.damage.filter(({ record }) => record === 'entry').map(({ index }) => index);
      return { ...disk, log: disk.log.slice(0, Math.min(...corrupt, Infinity) - disk.base - 1) };
    },
  },
);

export const checksumsIgnored = mutant(
  'D4',
  'a node starts from corrupt records as if they were sound',
  ['I36', 'I34', 'I5'],
  {
    startsWithDamage: () => true,
  },
);

export const corruptSnapshotIsNone = mutant(
  'D5',
  'a node whose snapshot is corrupt starts without one',
  ['I36', 'I27'],
  {
    startsWithDamage: ({ damage }) => damage.every(({ record }) => record === 'snapshot'),
    diskAtRestart(disk) {
      const isCorrupt = disk.damage.some(({ record }) => record === 'snapshot');
      return isCorrupt ? { ...disk, snapshot: emptySnapshot(disk.snapshot.configuration) } : disk;
    },
  },
);

/** Seen in: sofa-jraft; RethinkDB #5289. */
export const corruptVoteIsNone = mutant(
  'E14',
  'a node whose term and vote are corrupt starts in term 0',
  ['I36', 'I7'],
  {
    startsWithDamage: ({ damage }) => damage.every(({ record }) => record === 'vote'),
    diskAtRestart(disk) {
      const isCorrupt = disk.damage.some(({ record }) => record === 'vote');
      return isCorrupt ? { ...disk, term: 0, votedFor: NONE } : disk;
    },
  },
);
