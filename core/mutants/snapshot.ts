import { mutantIn } from './mutant.ts';

const mutant = mutantIn('snapshot');

/** Seen in: WRaft #118. */
export const termOfTheSnapshot = mutant(
  'E13',
  "installing a snapshot sets the current term to the snapshot's last term",
  ['I7', 'I8', 'I16'],
  { termAfterInstall: (_self, lastTerm) => lastTerm },
);

/** Seen in: MIT lab hint. */
export const olderSnapshotInstalled = mutant(
  'S1',
  'a snapshot older than the state is installed over it',
  ['I27', 'I9', 'I10', 'I22'],
  { acceptsSnapshot: () => true },
);

/** Seen in: camunda #6092. */
export const suffixDeleted = mutant('S2', 'entries after a snapshot are deleted although they match', ['I27', 'I12'], {
  keepsSuffix: () => false,
});

/** Seen in: openraft #559, #753. */
export const conflictingSuffixKept = mutant(
  'S3',
  'entries after a snapshot are kept although they do not match',
  ['I2', 'I6', 'I27', 'I18'],
  { keepsSuffix: ({ log }, lastIndex) => log.has(lastIndex) },
);

/** Seen in: openraft #1808. */
export const staleMembershipKept = mutant(
  'S6',
  'the membership of deleted entries is kept when a snapshot is installed',
  ['I23', 'I25'],
  { keepsLaterConfigurations: () => true },
);

/** Seen in: openraft dba24036. */
export const membershipForgotten = mutant(
  'S7',
  'a snapshot has the membership of the previous snapshot',
  ['I27', 'I23', 'I25'],
  { configurationAt: ({ configurations }) => configurations[0]! },
);

/** Seen in: atomix #1101. */
export const sessionsForgotten = mutant('S8', 'a snapshot does not contain the sessions', ['I27', 'I29', 'I28'], {
  snapshotRecords: ({ store }) => store.export().filter(({ kind }) => kind !== 'session'),
});

/** Seen in: openraft eed681d5; NuRaft #407. */
export const snapshotOfTheCommitted = mutant(
  'S11',
  'a snapshot claims the commitIndex although less has been applied',
  ['I27', 'I22'],
  { snapshotIndex: (self) => self.commitIndex },
);

/** Seen in: openraft 2eccb9e1. */
export const chunksMixed = mutant('S12', 'the chunks of a snapshot are accepted in any order', ['I27'], {
  acceptsChunk: () => true,
});

export const logBeforeSnapshot = mutant(
  'S15',
  'the log that a snapshot covers is removed from the disk before the snapshot is on it',
  ['I22', 'Crash'],
  { savesSnapshotAtOnce: () => false },
);

export const silentDuringSnapshot = mutant(
  'S16',
  'a follower gets no heartbeats while a snapshot is on its way to it',
  ['Lv18'],
  { heartbeatsDuringSnapshot: () => false },
);

export const sendsUnreadSnapshot = mutant(
  'D6',
  'a leader that cannot read its snapshot sends an empty one',
  ['I27', 'I28', 'I5'],
  { withholdsUnreadSnapshot: () => false },
);
