import type { Micros, Out, Ticket } from '../sim/protocol.ts';
import { rollBackConfigurations } from './configuration-history.ts';
import type { Entry, Message, Snapshot, Write } from './messages.ts';
import type { RaftNode } from './node.ts';

/** Writes these entries, which the log in memory has from `from` on, to the disk. */
export function writeLog(self: RaftNode, from: number, entries: readonly Entry[], out: Out<Message, Write>): void {
  self.lastTicket = out.persist({ kind: 'log', from, entries });
  self.writes.push({ ticket: self.lastTicket, matches: from + entries.length - 1 });
}

/** Writes a snapshot, which replaces the log up to its base. `matches`: how far it makes the log durable. */
export function writeSnapshot(
  self: RaftNode,
  snapshot: Snapshot,
  keepsLog: boolean,
  matches: number,
  out: Out<Message, Write>,
): void {
  const { base } = self.log;
  const baseTerm = self.log.term(base);
  self.lastTicket = out.persist({ kind: 'snapshot', snapshot, base, baseTerm, keepsLog });
  self.writes.push({ ticket: self.lastTicket, matches });
}

/** Removes the entries from `from` on in memory. The write that follows removes them from the disk. */
export function truncate(self: RaftNode, from: number, now: Micros): void {
  self.log.truncateFrom(from);
  loseDurability(self, from);
  rollBackConfigurations(self, from, now);
}

/** From `from` on, the log on the disk differs from the log in memory. */
export function loseDurability(self: RaftNode, from: number): void {
  self.stableIndex = Math.min(self.stableIndex, from - 1);
  for (const write of self.writes) write.matches = self.rules.stillMatches(write, from);
}

/** The writes up to this ticket are durable: updates how much of the log is. */
export function recordDurable(self: RaftNode, ticket: Ticket): void {
  const { writes } = self;
  self.durableTicket = ticket;
  while (writes.length > 0 && writes[0]!.ticket <= ticket) {
    self.stableIndex = Math.max(self.stableIndex, writes[0]!.matches);
    writes.shift();
  }
}

/** Writes term and vote together: a crash between two writes would lose a vote. Raft Figure 2, persistent state. */
export function saveVote(self: RaftNode, out: Out<Message, Write>): void {
  if (!self.rules.savesVote(self)) return;
  self.lastTicket = out.persist({ kind: 'vote', term: self.term, votedFor: self.votedFor });
  self.termTicket = self.lastTicket;
}
