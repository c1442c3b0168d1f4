import type { Out } from '../sim/protocol.ts';
import { forgetConfigurations } from './configuration-history.ts';
import { writeSnapshot } from './persistence.ts';
import type { Message, Snapshot, SnapshotRecord, Write } from './messages.ts';
import type { RaftNode } from './node.ts';
import { HEADER_BYTES } from './wire.ts';

/** Takes a snapshot if the log has grown long enough. Dissertation §5.1.2. */
export function maybeTakeSnapshot(self: RaftNode, out: Out<Message, Write>): void {
  if (self.rules.snapshotDue(self)) takeSnapshot(self, out);
}

/**
 * Replaces the log, as far as it has been applied, by the state it has led to. Snapshot and log change on the disk in one
 * piece: a crash leaves either what was before or what is after. Dissertation §5.1.
 */
export function takeSnapshot(self: RaftNode, out: Out<Message, Write>): void {
  const { rules } = self;
  const taken = rules.snapshotIndex(self);
  const { index, configuration } = rules.configurationAt(self, taken);
  const records = rules.snapshotRecords(self);
  self.snapshot = snapshotOf(records, {
    index: taken,
    term: self.log.term(taken),
    configuration,
    configurationIndex: index,
    time: self.store.time,
  });
  self.bytesSinceSnapshot = 0;
  self.log.compactTo(rules.compactsTo(self, taken));
  forgetConfigurations(self);
  writeSnapshot(self, self.snapshot, true, 0, out);
}

/** A snapshot of these records. */
export function snapshotOf(records: readonly SnapshotRecord[], about: Omit<Snapshot, 'records' | 'bytes'>): Snapshot {
  let bytes = HEADER_BYTES;
  for (const record of records) bytes += record.bytes;
  return Object.freeze({ ...about, records, bytes });
}
