import type { Micros, NodeId, Out, Random, Reply, Request } from '../sim/protocol.ts';
import { busy, redirect, sendReply } from './replies.ts';
import { appendRequest, bytesOf } from './proposals.ts';
import { refreshConfiguration } from './configuration-history.ts';
import { maybeTakeSnapshot } from './snapshots.ts';
import { maybeStepDownRemoved } from './membership.ts';
import { FORWARD, type ForwardReply, type Message, NONE, type Write } from './messages.ts';
import type { RaftNode } from './node.ts';
import { readAtFollower, readAtLeader, serveReads } from './read-index.ts';
import { keyOf } from './request-key.ts';
import { replicate } from './replication.ts';
import { LEADER } from './view.ts';

/** A client asks for something, itself or through the follower `via`. Raft §8; dissertation §6.2. */
export function handleClientRequest(
  self: RaftNode,
  request: Request,
  via: NodeId,
  now: Micros,
  out: Out<Message, Write>,
): void {
  const { rules } = self;
  const isRead = request.command.op === 'get' && self.options.reads !== 'log';
  if (!rules.mayServe(self)) {
    forwardOrRedirect(self, request, via, isRead, now, out);
    return;
  }
  // What has been executed is committed, so the answer stands whoever leads by now.
  if (rules.alreadyAnswered(self, request)) {
    sendReply(self, request, via, self.store.answered(request)!, out);
    return;
  }
  // A retry of what is under way: one entry will do, and its answer answers both.
  if (rules.alreadyAppended(self, request)) return;
  if (isRead) {
    readAtLeader(self, request, via, 0, now, out);
    return;
  }
  if (rules.refusesDuringTransfer(self) || !rules.acceptsMoreUncommitted(self, bytesOf(request))) {
    sendReply(self, request, via, busy(), out);
    return;
  }
  appendRequest(self, request, now, out);
  self.pendingKeys.add(keyOf(request));
  self.pendingRequests.set(self.log.lastIndex, request);
  if (via !== NONE) self.forwardedBy.set(self.log.lastIndex, via);
  if (rules.answersAtAppend(self))
    sendReply(self, request, via, { status: 'ok', value: null, applied: true, leader: NONE }, out);
  replicate(self, now, out);
}

/** The state machine may be advanced up to `index`. Raft §5.3; Figure 2, all servers. */
export function applyCommitted(
  self: RaftNode,
  index: number,
  now: Micros,
  random: Random,
  out: Out<Message, Write>,
): void {
  const { rules, store } = self;
  const countsTime = self.options.sessionTimeout !== null;
  const countsBytes = self.options.snapshotBytes !== null;
  for (let next = rules.firstToApply(self); next <= index; next++) {
    self.lastApplied = next;
    const entry = self.log.entry(next);
    const { request } = entry;
    if (entry.configuration !== null) refreshConfiguration(self, now);
    if (countsTime) store.passTime(rules.logTime(self, entry, now));
    let reply: Reply | null = null;
    if (request !== null)
      reply = rules.alreadyExecuted(self, request) ? store.answered(request) : store.execute(request, next);
    out.applied(next, store.hash);
    if (countsBytes) self.bytesSinceSnapshot += entry.bytes;
    if (request !== null && self.role === LEADER) replyToPending(self, next, request, reply, out);
  }
  maybeTakeSnapshot(self, out);
  if (self.reads.length > 0) serveReads(self, out);
  maybeStepDownRemoved(self, now, random, out);
}

/** The leader has answered what we had passed on. */
export function handleForwardReply({ request, reply }: ForwardReply, out: Out<Message, Write>): void {
  out.reply(request, reply);
}

/** Only the leader executes requests; a follower names it, or passes them on, or reads itself. Dissertation §6.2, §6.4. */
function forwardOrRedirect(
  self: RaftNode,
  request: Request,
  via: NodeId,
  isRead: boolean,
  now: Micros,
  out: Out<Message, Write>,
): void {
  const knowsLeader = self.leader !== NONE && self.leader !== self.id;
  if (isRead && self.options.readsAtFollowers && knowsLeader && via === NONE) readAtFollower(self, request, now, out);
  else if (self.rules.mayForward(self, via))
    out.send(self.leader, { type: FORWARD, term: self.term, request }, self.termTicket);
  else sendReply(self, request, via, redirect(self), out);
}

function replyToPending(
  self: RaftNode,
  index: number,
  request: Request,
  reply: Reply | null,
  out: Out<Message, Write>,
): void {
  const waiting = self.pendingRequests.get(index);
  if (waiting === undefined) return;
  const via = self.forwardedBy.size === 0 ? NONE : (self.forwardedBy.get(index) ?? NONE);
  self.pendingRequests.delete(index);
  self.forwardedBy.delete(index);
  self.pendingKeys.delete(keyOf(request));
  if (reply === null || !self.rules.answers(self, waiting, request)) return;
  sendReply(self, waiting, via, reply, out);
}
