import type { NodeId, Out, Reply, Request } from '../sim/protocol.ts';
import { FORWARD_REPLY, type Message, NONE, READ_INDEX_REPLY, type Write } from './messages.ts';
import type { RaftNode } from './node.ts';

/** Replies to a client, through the follower `via` if that forwarded the request. Dissertation §6.2. */
export function sendReply(self: RaftNode, request: Request, via: NodeId, reply: Reply, out: Out<Message, Write>): void {
  if (via === NONE) out.reply(request, reply);
  else out.send(via, { type: FORWARD_REPLY, term: self.term, request, reply }, self.termTicket);
}

/** Sends the client to the leader that this node knows, if any. */
export function redirect(self: RaftNode): Reply {
  return { status: 'redirect', value: null, applied: false, leader: self.rules.leaderHint(self) };
}

const BUSY: Reply = Object.freeze({ status: 'busy', value: null, applied: false, leader: -1 });

/** The request was not accepted. The client may retry later. */
export function busy(): Reply {
  return BUSY;
}

/** Replies to a follower's ReadIndex. −1: this node has no read index, so the client must retry. Dissertation §6.4. */
export function sendReadIndexReply(
  self: RaftNode,
  to: NodeId,
  read: number,
  readIndex: number,
  out: Out<Message, Write>,
): void {
  out.send(to, { type: READ_INDEX_REPLY, term: self.term, read, readIndex }, self.termTicket);
}
