import type { Micros, Out, Ticket } from '../sim/protocol.ts';
import { rollBackConfigurations } from './configuration-history.ts';
import type { Entry, Message, Snapshot, Write } from './messages.ts';
import type { RaftNode } from './node.ts';

/** The log in memory has these entries from `from` on: so will the disk. */
export function writeLog(self: RaftNode, from: number, entries: readonly Entry[], out: Out<Message, Write>): void {
  self.lastTicket = out.persist({ kind: 'log', from, entries });
  self.writes.push({ ticket: self.lastTicket, matches: from + entries.length - 1 });
}

/** Writes a snapshot in place of the log up to the log's base. `matches`: how far it makes the log durable. */
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

/** Removes the entries from `from` on. The disk learns of it with the write that follows. */
export function truncate(self: RaftNode, from: number, now: Micros): void {
  self.log.truncateFrom(from);
  loseDurability(self, from);
  rollBackConfigurations(self, from, now);
}

/** From `from` on, the disk does not have what the log in memory has. */
export function loseDurability(self: RaftNode, from: number): void {
  self.stableIndex = Math.min(self.stableIndex, from - 1);
  for (const write of self.writes) write.matches = self.rules.stillMatches(write, from);
}

/** A write has become durable: how much of the log is, now? */
export function recordDurable(self: RaftNode, ticket: Ticket): void {
  const { writes } = self;
  while (writes.length > 0 && writes[0]!.ticket <= ticket) {
    self.stableIndex = Math.max(self.stableIndex, writes[0]!.matches);
    writes.shift();
  }
}
/** Term and vote go to the disk together: a crash between the two would forget a vote. Raft Figure 2. */

export function saveVote(self: RaftNode, out: Out<Message, Write>): void {
  if (!self.rules.savesVote(self)) return;
  self.lastTicket = out.persist({ kind: 'vote', term: self.term, votedFor: self.votedFor });
  self.termTicket = self.lastTicket;
}
