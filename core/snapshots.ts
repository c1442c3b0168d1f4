import type { Micros, NodeId, Out, Random } from '../sim/protocol.ts';
import { forgetConfigurations, replaceConfigurations } from './configuration-history.ts';
import { KeyValueStore } from './kv-store.ts';
import {
  INSTALL_SNAPSHOT_REPLY,
  type InstallSnapshot,
  type Message,
  type Snapshot,
  type SnapshotRecord,
  type Write,
} from './messages.ts';
import type { IncomingSnapshot, RaftNode } from './node.ts';
import { loseDurability, writeSnapshot } from './persistence.ts';
import { serveReads } from './read-index.ts';
import { followLeader } from './roles.ts';
import { HEADER_BYTES } from './wire.ts';

/** Takes a snapshot if the log has grown long enough. Dissertation §5.1.2. */
export function maybeTakeSnapshot(self: RaftNode, out: Out<Message, Write>): void {
  if (self.rules.snapshotDue(self)) takeSnapshot(self, out);
}

/**
 * Replaces the log, as far as it has been applied, by the state it has led to. Snapshot and log change on the disk in
 * one write: a crash leaves either the old pair or the new one. Dissertation §5.1.
 */
export function takeSnapshot(self: RaftNode, out: Out<Message, Write>): void {
  const { rules } = self;
  const taken = rules.snapshotIndex(self);
  const { index, configuration } = rules.configurationAt(self, taken);
  const records = rules.snapshotRecords(self);
  const before = self.snapshot;
  out.worked('make');
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
  if (!rules.savesSnapshotAtOnce(self)) writeSnapshot(self, before, true, 0, out);
  writeSnapshot(self, self.snapshot, true, 0, out);
}

/** A snapshot of these records. */
function snapshotOf(records: readonly SnapshotRecord[], about: Omit<Snapshot, 'records' | 'bytes'>): Snapshot {
  let bytes = HEADER_BYTES;
  for (const record of records) bytes += record.bytes;
  return Object.freeze({ ...about, records, bytes });
}

/** A chunk of a snapshot. Dissertation Figure 5.3, InstallSnapshot RPC, receiver. */
export function handleInstallSnapshot(
  self: RaftNode,
  from: NodeId,
  message: InstallSnapshot,
  now: Micros,
  random: Random,
  out: Out<Message, Write>,
): void {
  const { rules } = self;
  const { lastIndex } = message;
  const isStale = rules.isStaleTerm(self, message.term);
  let offset = 0;
  let done = false;
  // Figure 5.3, InstallSnapshot receiver 1: reply immediately if term < currentTerm.
  if (!isStale) {
    followLeader(self, message.leader, now, random, out);
    if (rules.acceptsSnapshot(self, lastIndex)) {
      const incoming = incomingFor(self, message);
      if (rules.acceptsChunk(incoming, message)) storeChunk(self, incoming, message, now, out);
      offset = incoming.offset;
    }
    done = self.commitIndex >= lastIndex;
  }
  const reply = {
    type: INSTALL_SNAPSHOT_REPLY as typeof INSTALL_SNAPSHOT_REPLY,
    term: self.term,
    lastIndex,
    offset,
    done,
    // A message of a stale term confirms no leadership, even if the same node leads again.
    round: isStale ? 0 : message.round,
    memberSince: message.memberSince,
  };
  out.send(from, reply, rules.appendReplyAfter(self));
}

/**
 * The snapshot that the chunk belongs to. Figure 5.3, InstallSnapshot receiver 2: create new snapshot if first chunk.
 */
function incomingFor(self: RaftNode, { lastIndex, lastTerm }: InstallSnapshot): IncomingSnapshot {
  const { incoming } = self;
  if (incoming !== null && incoming.lastIndex === lastIndex && incoming.lastTerm === lastTerm) return incoming;
  return (self.incoming = { lastIndex, lastTerm, offset: 0, records: [] });
}

/** Figure 5.3, InstallSnapshot receiver 3 and 4: write data into snapshot, wait for more chunks if done is false. */
function storeChunk(
  self: RaftNode,
  incoming: IncomingSnapshot,
  message: InstallSnapshot,
  now: Micros,
  out: Out<Message, Write>,
): void {
  for (const record of message.records) {
    incoming.records.push(record);
    incoming.offset += record.bytes;
  }
  if (message.done) install(self, incoming, message, now, out);
}

/**
 * The snapshot is complete: it replaces the state, and the log up to its last entry or all of it. Dissertation §5.1.
 */
function install(
  self: RaftNode,
  { records }: IncomingSnapshot,
  { lastIndex, lastTerm, configuration, configurationIndex, time }: InstallSnapshot,
  now: Micros,
  out: Out<Message, Write>,
): void {
  const { log } = self;
  const keepsLog = self.rules.keepsSuffix(self, lastIndex, lastTerm);
  out.worked('install');
  self.incoming = null;
  self.term = self.rules.termAfterInstall(self, lastTerm);
  // Figure 5.3, InstallSnapshot receiver 5: save snapshot and Raft state, discard any existing or partial snapshot.
  self.snapshot = snapshotOf(Object.freeze(records), {
    index: lastIndex,
    term: lastTerm,
    configuration,
    configurationIndex,
    time,
  });
  if (keepsLog) {
    // Figure 5.3, InstallSnapshot receiver 6: discard log up through lastIndex, but retain any following entries.
    log.compactTo(self.rules.compactsTo(self, lastIndex));
  } else {
    // Figure 5.3, InstallSnapshot receiver 7: discard the entire log. Only committed entries are surely in the
    // snapshot.
    loseDurability(self, self.commitIndex + 1);
    log.restartAfter(lastIndex, lastTerm);
  }
  replaceConfigurations(self, keepsLog, now);
  writeSnapshot(self, self.snapshot, keepsLog, lastIndex, out);
  self.bytesSinceSnapshot = 0;
  self.commitIndex = Math.max(self.commitIndex, lastIndex);
  self.lastApplied = lastIndex;
  // Figure 5.3, InstallSnapshot receiver 8: reset state machine using snapshot contents.
  self.store = new KeyValueStore(self.options.sessionTimeout, records, time);
  out.restored(lastIndex, self.store.hash);
  if (self.reads.length > 0) serveReads(self, out);
  if (self.commitIndex > lastIndex) out.apply(self.commitIndex);
}
