import type { Micros, NodeId, Out, Request } from '../sim/protocol.ts';
import { busy, sendReply, sendReadIndexReply } from './replies.ts';
import { type Message, NONE, READ_INDEX, type ReadIndex, type ReadIndexReply, type Write } from './messages.ts';
import type { PendingRead, RaftNode } from './node.ts';
import { sendEmptyAppend } from './replication.ts';
import { LEADER } from './view.ts';

/** Reads that wait for longer than this many election timeouts are given up: their clients ask again. */
const READ_EXPIRY_IN_TIMEOUTS = 4;

/** Rounds that may go unanswered at once. */
const MAX_PENDING_ROUNDS = 64;

/** A leader is asked for a read that need not go through the log. Dissertation §6.4. */
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
  if (self.rules.readNeedsConfirmation(self, now)) {
    pending.heartbeatRound = self.rules.confirmingRound(self);
    // While a round is under way, those who come share the next one.
    if (self.roundStarts.length === 0) startHeartbeatRound(self, now, out);
  } else if (request !== null) {
    out.mark('lease-read');
  }
  serveReads(self, out);
}

/** A follower is asked: it answers itself, as soon as it knows how far it must be. Dissertation §6.4. */
export function readAtFollower(self: RaftNode, request: Request, now: Micros, out: Out<Message, Write>): void {
  dropExpiredReads(self, now);
  const asks = self.rules.sendsReadIndex(self);
  const read = ++self.lastRead;
  const index = asks ? -1 : self.commitIndex;
  self.reads.push({ request, from: NONE, read, index, heartbeatRound: 0, expiresAt: expiryOf(self, now) });
  if (asks) out.send(self.leader, { type: READ_INDEX, term: self.term, read }, self.termTicket);
  else serveReads(self, out);
}

/** A follower asks how far it must be. */
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

/** The leader has said how far we must be. */
export function handleReadIndexReply(self: RaftNode, reply: ReadIndexReply, out: Out<Message, Write>): void {
  const place = self.reads.findIndex(({ request, read }) => request !== null && read === reply.read);
  if (place < 0 || self.role === LEADER) return;
  const pending = self.reads[place]!;
  if (reply.readIndex < 0) {
    self.reads.splice(place, 1);
    sendReply(self, pending.request!, pending.from, busy(), out);
    return;
  }
  pending.index = reply.readIndex;
  out.mark('follower-read');
  serveReads(self, out);
}

/** Greets everybody once more: who answers this, answers after now. Dissertation §6.4, step 3. */
export function startHeartbeatRound(self: RaftNode, now: Micros, out: Out<Message, Write>): void {
  nextHeartbeatRound(self, now);
  for (const node of self.members) if (node !== self.id) sendEmptyAppend(self, node, out);
  confirmRounds(self, now, out);
}

/** The greetings that leave from here on belong to a round of their own. Only reads outside the log need rounds. */
export function nextHeartbeatRound(self: RaftNode, now: Micros): void {
  if (self.options.reads === 'log') return;
  // A leader that nobody answers goes on with its last round: to take it for older than it is does no harm.
  if (self.roundStarts.length >= MAX_PENDING_ROUNDS) return;
  self.heartbeatRound++;
  self.roundStarts.push(now);
}

/** Some node has answered: which rounds have been answered by a quorum? Dissertation §6.4, step 3; §6.4.1. */
export function confirmRounds(self: RaftNode, now: Micros, out: Out<Message, Write>): void {
  if (self.roundStarts.length === 0) return;
  const { rules } = self;
  let confirmed = 0;
  while (confirmed < self.roundStarts.length && isConfirmed(self, self.oldestRound + confirmed)) confirmed++;
  if (confirmed === 0) return;
  self.leaseUntil = Math.max(self.leaseUntil, rules.leaseEnds(self, self.roundStarts[confirmed - 1]!, now));
  self.oldestRound += confirmed;
  self.roundStarts.splice(0, confirmed);
  let waiting = false;
  for (const read of self.reads) {
    if (read.heartbeatRound === 0) continue;
    if (read.heartbeatRound >= self.oldestRound) {
      waiting = true;
      continue;
    }
    read.heartbeatRound = 0;
    if (read.request !== null) out.mark('read-confirmed');
  }
  serveReads(self, out);
  if (waiting && self.roundStarts.length === 0) startHeartbeatRound(self, now, out);
}

/** An entry of the leader's own term is committed: what is committed now covers all that was when the reads came in. */
export function assignReadIndexes(self: RaftNode, out: Out<Message, Write>): void {
  let changed = false;
  for (const read of self.reads) {
    if (read.index >= 0) continue;
    read.index = self.rules.readIndex(self);
    changed = true;
  }
  if (changed) serveReads(self, out);
}

/** Answers the reads that are confirmed and whose index the state has reached. Dissertation §6.4, step 4. */
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

/** Reads whose clients have surely given up: the leader's answer was lost. */
export function dropExpiredReads(self: RaftNode, now: Micros): void {
  const { reads } = self;
  if (reads.length > 0 && now >= reads[0]!.expiresAt) {
    const kept = reads.filter(({ expiresAt }) => now < expiresAt);
    reads.length = 0;
    reads.push(...kept);
  }
}

function isConfirmed(self: RaftNode, round: number): boolean {
  return self.rules.hasQuorum(self, (node) => node === self.id || self.progress[node]!.round >= round);
}

function expiryOf(self: RaftNode, now: Micros): Micros {
  return now + READ_EXPIRY_IN_TIMEOUTS * self.options.electionTimeout[1];
}
