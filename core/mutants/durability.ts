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
  logAtRestart: (disk) => disk.log.slice(0, -1),
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
