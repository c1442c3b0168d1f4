import type { Micros, NodeId, Out } from '../sim/protocol.ts';
import { isVoter } from './configuration.ts';
import { type Message, NONE, TIMEOUT_NOW, type Write } from './messages.ts';
import type { RaftNode } from './node.ts';
import { maybeSendEntries } from './replication.ts';
import { LEADER } from './view.ts';

/** Starts a leadership transfer. Returns the reason for a rejection, or null. Dissertation §3.10. */
export function startTransfer(self: RaftNode, to: NodeId, now: Micros, out: Out<Message, Write>): string | null {
  if (self.role !== LEADER) return 'the node is not the leader';
  if (to === self.id) return 'the transfer target is the leader';
  if (!isVoter(self.configuration, to)) return 'the transfer target is not a voter';
  if (self.transferee === to) return null;
  if (self.transferee !== NONE) return 'a transfer to another node is in progress';
  self.transferee = to;
  self.transferUntil = now + self.options.electionTimeout[1];
  maybeSendEntries(self, to, now, out);
  maybeSendTimeoutNow(self, to, out);
  return null;
}

/** A follower has replied: if it is the transfer target and has caught up, sends TimeoutNow. Dissertation §3.10. */
export function maybeSendTimeoutNow(self: RaftNode, from: NodeId, out: Out<Message, Write>): void {
  if (self.transferee !== from || !self.rules.readyForTimeoutNow(self)) return;
  // From here on the target may be elected at any time, so no lease holds.
  self.timeoutNowSent = true;
  out.send(from, { type: TIMEOUT_NOW, term: self.term });
}

/** Aborts a leadership transfer that has taken too long: the leader serves clients again. Dissertation §3.10. */
export function maybeAbortTransfer(self: RaftNode, now: Micros): void {
  if (self.transferee !== NONE && self.rules.abortsTransfer(self, now)) self.transferee = NONE;
}
