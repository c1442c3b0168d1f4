import type { Micros, NodeId, Out } from '../sim/protocol.ts';
import {
  APPEND_ENTRIES,
  type Entry,
  INSTALL_SNAPSHOT,
  type Message,
  type SnapshotRecord,
  type Write,
} from './messages.ts';
import type { RaftNode } from './node.ts';
import { PROBE, REPLICATE, SNAPSHOT } from './progress.ts';

/** The longest retry interval, however slow the link. */
const MAX_RETRY_INTERVAL: Micros = 500_000;

const NO_ENTRIES: readonly Entry[] = Object.freeze([]);
const NO_RECORDS: readonly SnapshotRecord[] = Object.freeze([]);

/** Sends each follower the entries it lacks, as far as flow control allows. */
export function replicate(self: RaftNode, now: Micros, out: Out<Message, Write>): void {
  const { members } = self;
  // An index: iterators of members were a twelfth of all that a loaded run allocates.
  for (let i = 0; i < members.length; i++) {
    if (members[i] !== self.id) maybeSendEntries(self, members[i]!, now, out);
  }
}

/** Sends a follower the entries it lacks, as far as flow control allows. Raft §5.3; dissertation §10.2.1. */
export function maybeSendEntries(self: RaftNode, to: NodeId, now: Micros, out: Out<Message, Write>): void {
  const progress = self.progress[to]!;
  const { maxInflight, maxInflightBytes } = self.options;
  // Figure 2, leaders: if last log index ≥ nextIndex for a follower, send AppendEntries with entries from nextIndex on.
  while (self.nextIndex[to]! <= self.rules.lastToSend(self)) {
    if (progress.state === SNAPSHOT) return;
    if (self.rules.needsSnapshot(self, self.nextIndex[to]! - 1)) {
      beginSnapshot(self, to, now, out);
      return;
    }
    if (progress.state === PROBE) {
      if (progress.probedIndex === 0) sendEntries(self, to, now, out);
      return;
    }
    const { inflight, inflightBytes } = progress;
    if (inflight >= maxInflight) return;
    if (inflight > 0 && maxInflightBytes !== null && inflightBytes >= maxInflightBytes) return;
    sendEntries(self, to, now, out);
  }
}

/**
 * Sends a follower entries, or an empty AppendEntries. What has had no reply for the retry interval is sent again, and
 * the interval doubles: on a slow link, a retry at every heartbeat would leave no room for anything else. Raft §5.2,
 * §5.3 (retries indefinitely).
 */
export function sendHeartbeat(self: RaftNode, to: NodeId, now: Micros, out: Out<Message, Write>): void {
  const progress = self.progress[to]!;
  if (progress.hasInflight && now >= progress.retryAt) {
    assumeLost(self, to, Math.min(progress.retryInterval * 2, MAX_RETRY_INTERVAL));
    if (progress.state === SNAPSHOT) {
      progress.isRetried = true;
      sendEmptyAppend(self, to, out);
      sendSnapshotChunk(self, to, now, out);
      return;
    }
  }
  if (!progress.hasInflight && self.nextIndex[to]! <= self.rules.lastToSend(self)) maybeSendEntries(self, to, now, out);
  else if (progress.state !== SNAPSHOT || self.rules.heartbeatsDuringSnapshot(self)) sendEmptyAppend(self, to, out);
}

/** What is in flight to the follower counts as lost. */
export function assumeLost(self: RaftNode, to: NodeId, retryInterval: Micros): void {
  const progress = self.progress[to]!;
  if (progress.state === REPLICATE) {
    progress.state = PROBE;
    self.nextIndex[to] = self.matchIndex[to]! + 1;
  }
  progress.clearInflight(retryInterval);
}

/** Sends an AppendEntries without entries. Its prevLogIndex is before what is in flight, so it may be reordered. */
export function sendEmptyAppend(self: RaftNode, to: NodeId, out: Out<Message, Write>): void {
  const progress = self.progress[to]!;
  const known = progress.state === REPLICATE && progress.hasInflight ? self.matchIndex[to]! : self.nextIndex[to]! - 1;
  sendAppend(self, to, Math.max(known, self.log.base), 0, out);
}

/** Sends one AppendEntries with entries from nextIndex on. */
function sendEntries(self: RaftNode, to: NodeId, now: Micros, out: Out<Message, Write>): void {
  const progress = self.progress[to]!;
  const prevLogIndex = self.nextIndex[to]! - 1;
  const last = lastOfBatch(self, prevLogIndex);
  if (!progress.hasInflight) progress.retryAt = now + progress.retryInterval;
  if (progress.state === PROBE) {
    progress.probedIndex = last;
  } else {
    progress.push(last, self.options.maxInflightBytes === null ? 0 : bytesBetween(self, prevLogIndex, last));
    self.nextIndex[to] = last + 1;
  }
  sendAppend(self, to, prevLogIndex, last - prevLogIndex, out);
}

/** The last index that fits into one AppendEntries. */
function lastOfBatch(self: RaftNode, prevLogIndex: number): number {
  const { maxEntriesPerAppend, maxBytesPerAppend } = self.options;
  const last = Math.min(self.rules.lastToSend(self), prevLogIndex + maxEntriesPerAppend);
  if (maxBytesPerAppend === null) return last;
  let bytes = 0;
  for (let index = prevLogIndex + 1; index <= last; index++) {
    bytes += self.log.entry(index).bytes;
    if (bytes > maxBytesPerAppend && index > prevLogIndex + 1) return index - 1;
  }
  return last;
}

function bytesBetween(self: RaftNode, after: number, last: number): number {
  let bytes = 0;
  for (let index = after + 1; index <= last; index++) bytes += self.log.entry(index).bytes;
  return bytes;
}

/** Sends one AppendEntries with `count` entries. Followers that need the same share one message object. */
function sendAppend(self: RaftNode, to: NodeId, prevLogIndex: number, count: number, out: Out<Message, Write>): void {
  let message = self.lastAppend;
  const { memberSince } = self.progress[to]!;
  if (
    message === null ||
    message.prevLogIndex !== prevLogIndex ||
    message.entries.length !== count ||
    message.leaderCommit !== self.commitIndex ||
    message.round !== self.heartbeatRound ||
    message.memberSince !== memberSince
  ) {
    message = {
      type: APPEND_ENTRIES,
      term: self.term,
      leader: self.id,
      prevLogIndex,
      prevLogTerm: self.log.term(prevLogIndex),
      entries: count > 0 ? self.log.slice(prevLogIndex + 1, prevLogIndex + count + 1) : NO_ENTRIES,
      leaderCommit: self.commitIndex,
      round: self.heartbeatRound,
      memberSince,
    };
    self.lastAppend = message;
  }
  // Not held back: a leader may replicate before its own write is durable. Its term has been durable since it
  // requested votes. Dissertation §10.2.1.
  out.send(to, message);
}

function beginSnapshot(self: RaftNode, to: NodeId, now: Micros, out: Out<Message, Write>): void {
  const progress = self.progress[to]!;
  progress.state = SNAPSHOT;
  progress.clearInflight(self.options.heartbeatInterval);
  progress.snapshot = self.snapshot;
  progress.offset = 0;
  progress.isRetried = false;
  sendSnapshotChunk(self, to, now, out);
}

/** Sends the next chunk of the snapshot that the follower lacks. Dissertation §5.3, Figure 5.3, sender. */
export function sendSnapshotChunk(self: RaftNode, to: NodeId, now: Micros, out: Out<Message, Write>): void {
  const progress = self.progress[to]!;
  const snapshot = progress.snapshot!;
  progress.probedIndex = snapshot.index;
  progress.retryAt = now + progress.retryInterval;
  const isRead = out.worked('read');
  // What cannot be read is not sent. It counts as lost, so it is read again later.
  if (!isRead && self.rules.withholdsUnreadSnapshot(self)) return;
  const records = isRead ? snapshot.records : NO_RECORDS;
  let first = 0;
  for (let before = 0; before < progress.offset && first < records.length; first++) before += records[first]!.bytes;
  let end = first;
  let bytes = 0;
  while (end < records.length && (end === first || bytes + records[end]!.bytes <= self.options.snapshotChunk)) {
    bytes += records[end++]!.bytes;
  }
  out.send(to, {
    type: INSTALL_SNAPSHOT,
    term: self.term,
    leader: self.id,
    lastIndex: snapshot.index,
    lastTerm: snapshot.term,
    configuration: snapshot.configuration,
    configurationIndex: snapshot.configurationIndex,
    time: snapshot.time,
    offset: progress.offset,
    records: records.slice(first, end),
    done: end === records.length,
    round: self.heartbeatRound,
    memberSince: progress.memberSince,
  });
}
