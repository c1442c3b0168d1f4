import type { Micros, NodeId, Out, Random } from '../sim/protocol.ts';
import { commitTo } from './apply.ts';
import { adoptConfiguration } from './configuration-history.ts';
import {
  APPEND_ENTRIES_REPLY,
  type AppendEntries,
  type AppendEntriesReply,
  type Message,
  type Write,
} from './messages.ts';
import type { RaftNode } from './node.ts';
import { truncate, writeLog } from './persistence.ts';
import { rejectExpiredReads } from './read-index.ts';
import { followLeader } from './roles.ts';

/** AppendEntries, with entries or as a heartbeat. Raft Figure 2, AppendEntries RPC, receiver. */
export function handleAppendEntries(
  self: RaftNode,
  from: NodeId,
  message: AppendEntries,
  now: Micros,
  random: Random,
  out: Out<Message, Write>,
): void {
  const { rules } = self;
  // Figure 2, AppendEntries receiver 1: reply false if term < currentTerm.
  if (rules.isStaleTerm(self, message.term)) {
    out.send(from, rejection(self, message), rules.appendReplyAfter(self));
    return;
  }
  // Figure 2, candidates: if AppendEntries RPC received from new leader, convert to follower.
  followLeader(self, message.leader, now, random, out);
  if (self.reads.length > 0) rejectExpiredReads(self, now, out);
  // Figure 2, AppendEntries receiver 2: reply false if log doesn't contain an entry at prevLogIndex whose term matches.
  if (!rules.matchesPrev(self, message)) {
    out.send(from, rejection(self, message), rules.appendReplyAfter(self));
    return;
  }
  storeEntries(self, message, now, out);
  // Figure 2, AppendEntries receiver 5: set commitIndex = min(leaderCommit, index of last new entry), if that is
  // higher.
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
    memberSince: message.memberSince,
  };
  out.send(from, reply, rules.appendReplyAfter(self));
}

function storeEntries(self: RaftNode, message: AppendEntries, now: Micros, out: Out<Message, Write>): void {
  const { entries, prevLogIndex } = message;
  const first = self.rules.firstToReplace(self, message);
  if (first === entries.length) return;
  const from = prevLogIndex + 1 + first;
  if (from <= self.log.lastIndex) {
    // Figure 2, AppendEntries receiver 3: if an existing entry conflicts with a new one, delete it and all that follow.
    if (!self.rules.truncatesConflict(self, from)) return;
    truncate(self, from, now);
  }
  // Figure 2, AppendEntries receiver 4: append any new entries not already in the log.
  for (let i = first; i < entries.length; i++) {
    const entry = entries[i]!;
    self.log.append(entry);
    if (entry.configuration !== null) adoptConfiguration(self, from + i - first, entry.configuration, now);
  }
  writeLog(self, from, first === 0 ? entries : entries.slice(first), out);
}

function rejection(self: RaftNode, message: AppendEntries): AppendEntriesReply {
  const { log } = self;
  const hasPrev = log.has(message.prevLogIndex);
  return {
    type: APPEND_ENTRIES_REPLY,
    term: self.term,
    success: false,
    matchIndex: 0,
    rejectedIndex: message.prevLogIndex,
    conflictTerm: hasPrev ? log.term(message.prevLogIndex) : 0,
    conflictIndex: hasPrev ? log.firstOfTerm(message.prevLogIndex) : log.lastIndex + 1,
    // A heartbeat of a stale term confirms no leadership, even if the same node leads again.
    round: self.rules.isStaleTerm(self, message.term) ? 0 : message.round,
    memberSince: message.memberSince,
  };
}
