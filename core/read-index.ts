import type { Micros, NodeId, Out, Reply, Request } from '../sim/protocol.ts';
import { type Message, NONE, READ_INDEX, type ReadIndex, type ReadIndexReply, type Write } from './messages.ts';
import type { PendingRead, RaftNode } from './node.ts';
import { sendEmptyAppend } from './replication.ts';
import { busy, redirect, sendReadIndexReply, sendReply } from './replies.ts';
import { LEADER } from './view.ts';

/** Reads that are pending for this many election timeouts are rejected: a message about them was lost. */
const READ_EXPIRY_IN_TIMEOUTS = 4;

/** Heartbeat rounds that may be unconfirmed at once. */
const MAX_UNCONFIRMED_ROUNDS = 64;

/** Serves a read at the leader, without the log. `from`, `read`: see `PendingRead`. Dissertation §6.4. */
export function readAtLeader(
  self: RaftNode,
  request: Request | null,
  from: NodeId,
  read: number,
  now: Micros,
  out: Out<Message, Write>,
): void {
  const index = self.rules.readIndex(self);
  const pending: PendingRead = { request, from, read, index, heartbeatRound: 0, expiresAt: expiryOf(self, now) };
  self.reads.push(pending);
  if (self.rules.readNeedsConfirmation(self, self.rules.leaseTime(now, out))) {
    pending.heartbeatRound = self.rules.confirmingRound(self);
    // Reads that arrive while a round is in flight share the next one.
    if (self.roundStarts.length === 0) startHeartbeatRound(self, now, out);
  } else if (request !== null) {
    out.mark('lease-read');
  }
  serveReads(self, out);
}

/** Serves a read at a follower, with a read index from the leader. Dissertation §6.4. */
export function readAtFollower(self: RaftNode, request: Request, now: Micros, out: Out<Message, Write>): void {
  rejectExpiredReads(self, now, out);
  const needsIndex = self.rules.sendsReadIndex(self);
  const read = ++self.lastRead;
  const index = needsIndex ? -1 : self.commitIndex;
  self.reads.push({ request, from: NONE, read, index, heartbeatRound: 0, expiresAt: expiryOf(self, now) });
  if (needsIndex) out.send(self.leader, { type: READ_INDEX, term: self.term, read }, self.termTicket);
  else serveReads(self, out);
}

/** A follower requests a read index. Dissertation §6.4. */
export function handleReadIndex(
  self: RaftNode,
  from: NodeId,
  { read }: ReadIndex,
  now: Micros,
  out: Out<Message, Write>,
): void {
  if (self.role === LEADER) readAtLeader(self, null, from, read, now, out);
  else sendReadIndexReply(self, from, read, -1, out);
}

/** The leader's read index for a read at this follower. Dissertation §6.4. */
export function handleReadIndexReply(self: RaftNode, reply: ReadIndexReply, out: Out<Message, Write>): void {
  const place = self.reads.findIndex(({ request, read }) => request !== null && read === reply.read);
  if (place < 0 || self.role === LEADER) return;
  const pending = self.reads[place]!;
  if (reply.readIndex < 0) {
    self.reads.splice(place, 1);
    sendReply(self, pending.request!, pending.from, rejection(self), out);
    return;
  }
  pending.index = reply.readIndex;
  out.mark('follower-read');
  serveReads(self, out);
}

/** Sends a heartbeat to every member: replies to it confirm the reads that are pending. Dissertation §6.4, step 3. */
function startHeartbeatRound(self: RaftNode, now: Micros, out: Out<Message, Write>): void {
  nextHeartbeatRound(self, now, out);
  for (const node of self.members) if (node !== self.id) sendEmptyAppend(self, node, out);
  confirmRounds(self, now, out);
}

/** Heartbeats sent from here on belong to the next round. Only reads without the log need rounds. */
export function nextHeartbeatRound(self: RaftNode, now: Micros, out: Out<Message, Write>): void {
  if (self.options.reads === 'log') return;
  // A leader without replies stays in its last round. That makes the round look older than it is, which is safe.
  if (self.roundStarts.length >= MAX_UNCONFIRMED_ROUNDS) return;
  self.heartbeatRound++;
  self.roundStarts.push(self.rules.leaseTime(now, out));
}

/** A follower has replied: confirms the rounds that a quorum has replied to. Dissertation §6.4, step 3; §6.4.1. */
export function confirmRounds(self: RaftNode, now: Micros, out: Out<Message, Write>): void {
  if (self.roundStarts.length === 0) return;
  const { rules } = self;
  let confirmed = 0;
  while (confirmed < self.roundStarts.length && isConfirmed(self, self.oldestRound + confirmed)) confirmed++;
  if (confirmed === 0) return;
  const end = rules.leaseEnds(self, self.roundStarts[confirmed - 1]!, rules.leaseTime(now, out));
  self.leaseUntil = Math.max(self.leaseUntil, end);
  self.oldestRound += confirmed;
  self.roundStarts.splice(0, confirmed);
  let hasUnconfirmed = false;
  for (const read of self.reads) {
    if (read.heartbeatRound === 0) continue;
    if (read.heartbeatRound >= self.oldestRound) {
      hasUnconfirmed = true;
      continue;
    }
    read.heartbeatRound = 0;
    if (read.request !== null) out.mark('read-confirmed');
  }
  serveReads(self, out);
  if (hasUnconfirmed && self.roundStarts.length === 0) startHeartbeatRound(self, now, out);
}

/**
 * An entry of the leader's term is committed: assigns the commitIndex to reads that arrived before it. §6.4, step 1.
 */
export function assignReadIndexes(self: RaftNode, out: Out<Message, Write>): void {
  let changed = false;
  for (const read of self.reads) {
    if (read.index >= 0) continue;
    read.index = self.rules.readIndex(self);
    changed = true;
  }
  if (changed) serveReads(self, out);
}

/** Serves the reads that are confirmed and whose index has been applied. Dissertation §6.4, step 4. */
export function serveReads(self: RaftNode, out: Out<Message, Write>): void {
  const { reads, rules } = self;
  let kept = 0;
  for (const read of reads) {
    const { request, from, index } = read;
    const isReady = read.heartbeatRound === 0 && index >= 0;
    if (isReady && request === null) {
      sendReadIndexReply(self, from, read.read, index, out);
    } else if (isReady && rules.mayServeRead(self, read)) {
      sendReply(self, request!, from, self.store.read(request!.command.key), out);
    } else {
      reads[kept++] = read;
    }
  }
  reads.length = kept;
}

/** Rejects reads that have been pending for too long: a message about them was lost, or this node has been removed. */
export function rejectExpiredReads(self: RaftNode, now: Micros, out: Out<Message, Write>): void {
  const { reads } = self;
  if (reads.length === 0 || now < reads[0]!.expiresAt) return;
  const pending = reads.splice(0);
  for (const read of pending) {
    if (now < read.expiresAt) reads.push(read);
    else if (read.request === null) sendReadIndexReply(self, read.from, read.read, -1, out);
    else sendReply(self, read.request, read.from, rejection(self), out);
  }
}

/**
 * The reply to a read that was not served. A follower sends its client to the leader, instead of having it ask again here: it
 * may have been removed, and will not learn what is committed. Dissertation §6.2, §6.4.
 */
function rejection(self: RaftNode): Reply {
  return self.role === LEADER ? busy() : redirect(self);
}

function isConfirmed(self: RaftNode, round: number): boolean {
  return self.rules.hasQuorum(self, (node) => node === self.id || self.progress[node]!.round >= round);
}

function expiryOf(self: RaftNode, now: Micros): Micros {
  return now + READ_EXPIRY_IN_TIMEOUTS * self.options.electionTimeout[1];
}
