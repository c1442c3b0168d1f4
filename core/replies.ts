import type { NodeId, Out, Reply, Request } from '../sim/protocol.ts';
import { FORWARD_REPLY, type Message, NONE, READ_INDEX_REPLY, type Write } from './messages.ts';
import type { RaftNode } from './node.ts';

/** Answers a client, through the follower that has passed its request on if there is one. Dissertation §6.2. */
export function sendReply(self: RaftNode, request: Request, via: NodeId, reply: Reply, out: Out<Message, Write>): void {
  if (via === NONE) out.reply(request, reply);
  else out.send(via, { type: FORWARD_REPLY, term: self.term, request, reply }, self.termTicket);
}

/** Ask whom this node takes for the leader. */
export function redirect(self: RaftNode): Reply {
  return { status: 'redirect', value: null, applied: false, leader: self.rules.leaderHint(self) };
}

const BUSY: Reply = Object.freeze({ status: 'busy', value: null, applied: false, leader: -1 });

/** Not now: nothing has been done, and later it may be. */
export function busy(): Reply {
  return BUSY;
}

/** Tells a follower where the state must be for its read; −1: ask somebody else. Dissertation §6.4. */
export function sendReadIndexReply(
  self: RaftNode,
  to: NodeId,
  read: number,
  readIndex: number,
  out: Out<Message, Write>,
): void {
  out.send(to, { type: READ_INDEX_REPLY, term: self.term, read, readIndex }, self.termTicket);
}
