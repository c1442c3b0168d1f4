import type { Micros, NodeId, Out, Request } from '../sim/protocol.ts';
import { keyOf } from './kv-store.ts';
import { FORWARD, type ForwardReply, type Message, NONE, type Write } from './messages.ts';
import type { RaftNode } from './node.ts';
import { appendRequest, entryBytes } from './proposals.ts';
import { readAtFollower, readAtLeader } from './read-index.ts';
import { replicate } from './replication.ts';
import { busy, redirect, sendReply } from './replies.ts';

/** A request from a client, or forwarded by the follower `via` (NONE: from the client). Raft §8; dissertation §6.2. */
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
  // An executed request is committed, so its reply is valid even if another node leads by now.
  if (rules.hasCachedReply(self, request)) {
    sendReply(self, request, via, self.store.cachedReply(request)!, out);
    return;
  }
  // A retry of a pending request: one entry is enough, and its reply serves both.
  if (rules.alreadyAppended(self, request)) return;
  if (isRead) {
    readAtLeader(self, request, via, 0, now, out);
    return;
  }
  if (rules.rejectsDuringTransfer(self) || !rules.acceptsMoreUncommitted(self, entryBytes(request))) {
    sendReply(self, request, via, busy(), out);
    return;
  }
  // Figure 2, leaders: if command received from client, append entry to local log.
  appendRequest(self, request, out);
  self.pendingKeys.add(keyOf(request));
  self.pendingRequests.set(self.log.lastIndex, request);
  if (via !== NONE) self.forwardedBy.set(self.log.lastIndex, via);
  if (rules.repliesAtAppend(self))
    sendReply(self, request, via, { status: 'ok', value: null, applied: true, leader: NONE }, out);
  replicate(self, now, out);
}

/** The leader's reply to a forwarded request: passed back to the client. Dissertation §6.2. */
export function handleForwardReply({ request, reply }: ForwardReply, out: Out<Message, Write>): void {
  out.reply(request, reply);
}

/**
 * Only the leader serves requests; a follower serves reads itself, or forwards, or redirects. Dissertation §6.2, §6.4.
 */
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
