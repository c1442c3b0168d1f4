import type { Micros, NodeId, Out, Request } from '../sim/protocol.ts';
import { busy, redirect, sendReply } from './replies.ts';
import { appendRequest, entryBytes } from './proposals.ts';
import { FORWARD, type ForwardReply, type Message, NONE, type Write } from './messages.ts';
import type { RaftNode } from './node.ts';
import { readAtFollower, readAtLeader } from './read-index.ts';
import { keyOf } from './kv-store.ts';
import { replicate } from './replication.ts';

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
  if (rules.hasCachedReply(self, request)) {
    sendReply(self, request, via, self.store.cachedReply(request)!, out);
    return;
  }
  // A retry of what is under way: one entry will do, and its answer answers both.
  if (rules.alreadyAppended(self, request)) return;
  if (isRead) {
    readAtLeader(self, request, via, 0, now, out);
    return;
  }
  if (rules.rejectsDuringTransfer(self) || !rules.acceptsMoreUncommitted(self, entryBytes(request))) {
    sendReply(self, request, via, busy(), out);
    return;
  }
  appendRequest(self, request, now, out);
  self.pendingKeys.add(keyOf(request));
  self.pendingRequests.set(self.log.lastIndex, request);
  if (via !== NONE) self.forwardedBy.set(self.log.lastIndex, via);
  if (rules.repliesAtAppend(self))
    sendReply(self, request, via, { status: 'ok', value: null, applied: true, leader: NONE }, out);
  replicate(self, now, out);
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
