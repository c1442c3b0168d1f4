import type { Micros, NodeId, Out, Random } from '../sim/protocol.ts';
import { adoptConfiguration } from './configuration-history.ts';
import { commitTo } from './apply.ts';
import { truncate, writeLog } from './persistence.ts';
import {
  APPEND_ENTRIES_REPLY,
  type AppendEntries,
  type AppendEntriesReply,
  type Message,
  type Write,
} from './messages.ts';
import type { RaftNode } from './node.ts';
import { followLeader } from './roles.ts';

/** A leader sends us entries, or nothing but its greetings. Raft Figure 2, AppendEntries, receiver. */
export function handleAppendEntries(
  self: RaftNode,
  from: NodeId,
  message: AppendEntries,
  now: Micros,
  random: Random,
  out: Out<Message, Write>,
): void {
  const { rules } = self;
  if (rules.isStaleTerm(self, message.term)) {
    out.send(from, rejection(self, message), rules.appendReplyAfter(self));
    return;
  }
  followLeader(self, message.leader, now, random, out);
  if (!rules.matchesPrev(self, message)) {
    out.send(from, rejection(self, message), rules.appendReplyAfter(self));
    return;
  }
  storeEntries(self, message, now, out);
  commitTo(self, rules.followerCommit(self, message), out);
  const reply: AppendEntriesReply = {
    type: APPEND_ENTRIES_REPLY,
    term: self.term,
    success: true,
    matchIndex: rules.acknowledges(self, message),
    rejectedIndex: 0,
    conflictTerm: 0,
    conflictIndex: 0,
    round: message.round,
  };
  out.send(from, reply, rules.appendReplyAfter(self));
}

function storeEntries(self: RaftNode, message: AppendEntries, now: Micros, out: Out<Message, Write>): void {
  const { entries, prevLogIndex } = message;
  const first = self.rules.firstToReplace(self, message);
  if (first === entries.length) return;
  const from = prevLogIndex + 1 + first;
  if (from <= self.log.lastIndex) {
    if (!self.rules.truncatesConflict(self, from)) return;
    truncate(self, from, now);
  }
  for (let i = first; i < entries.length; i++) {
    const entry = entries[i]!;
    self.log.append(entry);
    if (entry.configuration !== null) adoptConfiguration(self, from + i - first, entry.configuration, now);
  }
  writeLog(self, from, first === 0 ? entries : entries.slice(first), out);
}

function rejection(self: RaftNode, message: AppendEntries): AppendEntriesReply {
  const { log } = self;
  const stands = log.has(message.prevLogIndex);
  return {
    type: APPEND_ENTRIES_REPLY,
    term: self.term,
    success: false,
    matchIndex: 0,
    rejectedIndex: message.prevLogIndex,
    conflictTerm: stands ? log.term(message.prevLogIndex) : 0,
    conflictIndex: stands ? log.firstOfTerm(message.prevLogIndex) : log.lastIndex + 1,
    // Greetings of an earlier term confirm nothing, even if the same node leads again.
    round: self.rules.isStaleTerm(self, message.term) ? 0 : message.round,
  };
}
