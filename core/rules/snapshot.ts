import type { InstallSnapshot, SnapshotRecord } from '../messages.ts';
import type { ConfigurationRecord, IncomingSnapshot, RaftNode } from '../node.ts';

/** Log compaction: dissertation chapter 5. */
export interface SnapshotRules {
  snapshotDue(self: RaftNode): boolean;
  compactsTo(self: RaftNode, snapshotIndex: number): number;
  configurationAt(self: RaftNode, index: number): ConfigurationRecord;
  snapshotRecords(self: RaftNode): readonly SnapshotRecord[];
  needsSnapshot(self: RaftNode, prevLogIndex: number): boolean;
  acceptsSnapshot(self: RaftNode, lastIndex: number): boolean;
  acceptsChunk(incoming: IncomingSnapshot, part: InstallSnapshot): boolean;
  keepsSuffix(self: RaftNode, lastIndex: number, lastTerm: number): boolean;
  snapshotIndex(self: RaftNode): number;
  keepsLaterConfigurations(self: RaftNode, keepsLog: boolean): boolean;
  termAfterInstall(self: RaftNode, lastTerm: number): number;
  countsAsContact(self: RaftNode): boolean;
}

/** As published. */
export const snapshotRules: SnapshotRules = {
  /** Is the log long enough that a snapshot pays? Dissertation §5.1.2. */
  snapshotDue(self: RaftNode): boolean {
    const { snapshotEvery, snapshotBytes } = self.options;
    if (snapshotEvery !== null && self.lastApplied - self.snapshot.index >= snapshotEvery) return true;
    return snapshotBytes !== null && self.bytesSinceSnapshot >= snapshotBytes;
  },

  /** Some entries before the snapshot stay, so that a follower that is a little behind needs no snapshot. */
  compactsTo(self: RaftNode, snapshotIndex: number): number {
    const { snapshotTrailing, snapshotEvery } = self.options;
    return Math.max(self.log.base, snapshotIndex - (snapshotTrailing ?? snapshotEvery ?? 0));
  },

  /** The latest configuration as of an index goes into the snapshot, since its entry will be gone. Dissertation §5.1. */
  configurationAt(self: RaftNode, index: number): ConfigurationRecord {
    const { configurations } = self;
    let last = configurations.length - 1;
    while (last > 0 && configurations[last]!.index > index) last--;
    return configurations[last]!;
  },

  /** Sessions are part of the state: without them, a retry would be executed again. Dissertation §6.3. */
  snapshotRecords(self: RaftNode): readonly SnapshotRecord[] {
    return self.store.export();
  },

  /** A follower that lacks what has been compacted away needs a snapshot. Dissertation §5.1. */
  needsSnapshot(self: RaftNode, prevLogIndex: number): boolean {
    return prevLogIndex < self.log.base;
  },

  /** A snapshot of what is committed here already is of no use, and installing it would go back. Dissertation §5.1. */
  acceptsSnapshot(self: RaftNode, lastIndex: number): boolean {
    return lastIndex > self.commitIndex;
  },

  /** Parts are put together in their order, without gaps. Dissertation Figure 5.3. */
  acceptsChunk(incoming: IncomingSnapshot, part: InstallSnapshot): boolean {
    return incoming.offset === part.offset;
  },

  /** Entries after the snapshot stay if the log had its last entry; otherwise they belong to another history. §5.1. */
  keepsSuffix({ log }: RaftNode, lastIndex: number, lastTerm: number): boolean {
    return log.has(lastIndex) && log.term(lastIndex) === lastTerm;
  },

  /** A snapshot is of what has been applied, not of what is committed: that may be more. Dissertation §5.1. */
  snapshotIndex(self: RaftNode): number {
    return self.lastApplied;
  },

  /** Configurations after the snapshot stay if their entries do. Dissertation §5.1. */
  keepsLaterConfigurations(_self: RaftNode, keepsLog: boolean): boolean {
    return keepsLog;
  },

  /** The term of a snapshot's last entry is that of the leader who wrote it, not of the one who sends it. Figure 5.3. */
  termAfterInstall(self: RaftNode): number {
    return self.term;
  },

  /** An answer to a part of a snapshot shows that the follower is there, like any other. Dissertation §6.2. */
  countsAsContact(): boolean {
    return true;
  },
};
