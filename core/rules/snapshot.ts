import type { InstallSnapshot } from '../messages.ts';
import type { ConfigurationRecord, IncomingSnapshot, RaftNode } from '../node.ts';

/** Log compaction: dissertation chapter 5. */
export interface SnapshotRules {
  snapshotDue(self: RaftNode): boolean;
  snapshotIndex(self: RaftNode): number;
  compactsTo(self: RaftNode, snapshotIndex: number): number;
  configurationAt(self: RaftNode, index: number): ConfigurationRecord;
  needsSnapshot(self: RaftNode, prevLogIndex: number): boolean;
  acceptsSnapshot(self: RaftNode, lastIndex: number): boolean;
  acceptsChunk(incoming: IncomingSnapshot, chunk: InstallSnapshot): boolean;
  keepsSuffix(self: RaftNode, lastIndex: number, lastTerm: number): boolean;
}

/** As published. */
export const snapshotRules: SnapshotRules = {
  /** Is the log long enough for a snapshot to pay? Dissertation §5.1.2. */
  snapshotDue(self: RaftNode): boolean {
    const { snapshotEvery, snapshotBytes } = self.options;
    if (snapshotEvery !== null && self.lastApplied - self.snapshot.index >= snapshotEvery) return true;
    return snapshotBytes !== null && self.bytesSinceSnapshot >= snapshotBytes;
  },

  /** A snapshot covers the applied entries only. Further committed entries are not in the state yet. Dissertation §5.1. */
  snapshotIndex(self: RaftNode): number {
    return self.lastApplied;
  },

  /** Some entries before the snapshot stay in the log, so that a follower slightly behind needs no snapshot. */
  compactsTo(self: RaftNode, snapshotIndex: number): number {
    const { snapshotTrailing, snapshotEvery } = self.options;
    return Math.max(self.log.base, snapshotIndex - (snapshotTrailing ?? snapshotEvery ?? 0));
  },

  /** A snapshot holds the latest configuration as of its index, because its entry is compacted. Dissertation §5.1. */
  configurationAt(self: RaftNode, index: number): ConfigurationRecord {
    const { configurations } = self;
    let last = configurations.length - 1;
    while (last > 0 && configurations[last]!.index > index) last--;
    return configurations[last]!;
  },

  /** A follower that lacks compacted entries needs a snapshot. Dissertation §5.1. */
  needsSnapshot(self: RaftNode, prevLogIndex: number): boolean {
    return prevLogIndex < self.log.base;
  },

  /** A snapshot of entries that are already committed here is useless, and installing it would go back. §5.1. */
  acceptsSnapshot(self: RaftNode, lastIndex: number): boolean {
    return lastIndex > self.commitIndex;
  },

  /** Chunks are stored in order, without gaps. Dissertation Figure 5.3, receiver 3. */
  acceptsChunk(incoming: IncomingSnapshot, chunk: InstallSnapshot): boolean {
    return incoming.offset === chunk.offset;
  },

  /**
   * Entries after the snapshot stay if the log has the snapshot's last entry; otherwise they may conflict with it.
   * Dissertation Figure 5.3, receiver 6.
   */
  keepsSuffix({ log }: RaftNode, lastIndex: number, lastTerm: number): boolean {
    return log.has(lastIndex) && log.term(lastIndex) === lastTerm;
  },
};
