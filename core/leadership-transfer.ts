import type { Micros, NodeId, Out } from '../sim/protocol.ts';
import { isVoter } from './configuration.ts';
import { type Message, NONE, TIMEOUT_NOW, type Write } from './messages.ts';
import type { RaftNode } from './node.ts';
import { maybeSendEntries } from './replication.ts';
import { LEADER } from './view.ts';

/** Begins to hand the leadership over. Returns why not, or null. Dissertation §3.10. */
export function startTransfer(self: RaftNode, to: NodeId, now: Micros, out: Out<Message, Write>): string | null {
  if (self.role !== LEADER) return 'it does not lead';
  if (to === self.id) return 'it leads already';
  if (!isVoter(self.configuration, to)) return 'the server that is to take over is no voter';
  if (self.transferee === to) return null;
  if (self.transferee !== NONE) return 'it is handing the leadership over to another';
  self.transferee = to;
  self.transferUntil = now + self.options.electionTimeout[1];
  maybeSendEntries(self, to, now, out);
  maybeSendTimeoutNow(self, to, out);
  return null;
}

/** The follower has answered: if it is to take over and has all there is, it is told to stand. Dissertation §3.10. */
export function maybeSendTimeoutNow(self: RaftNode, from: NodeId, out: Out<Message, Write>): void {
  if (self.transferee !== from || !self.rules.readyForTimeoutNow(self)) return;
  // From here on it may be elected at any moment, whatever leases say.
  self.timeoutNowSent = true;
  out.send(from, { type: TIMEOUT_NOW, term: self.term });
}

/** Goes on leading if it has taken too long. Dissertation §3.10. */
export function maybeAbortTransfer(self: RaftNode, now: Micros): void {
  if (self.transferee !== NONE && self.rules.abortsTransfer(self, now)) self.transferee = NONE;
}
