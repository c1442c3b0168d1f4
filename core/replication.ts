import type { Micros, NodeId, Out, Random, Request, Ticket } from '../sim/protocol.ts';
import {
  APPEND_ENTRIES,
  APPEND_REPLY,
  type AppendEntries,
  type AppendReply,
  type Entry,
  type Message,
  type Write,
} from './messages.ts';
import type { RaftNode } from './node.ts';
import { becomeFollower, enterTerm, resetElectionTimer, saveVote } from './terms.ts';
import { ELECTION, HEARTBEAT } from './timers.ts';
import { LEADER } from './view.ts';

/** However slow a link has been, entries are sent again after this time at the latest. */
const LONGEST_PATIENCE: Micros = 500_000;

/** A follower that has not answered for this many heartbeats was out of reach. */
const SILENCE_IN_HEARTBEATS = 4;

const NO_ENTRIES: readonly Entry[] = Object.freeze([]);

/** An election is won. Raft §5.2; Figure 2, volatile state on leaders. */
export function beginLeadership(self: RaftNode, now: Micros, out: Out<Message, Write>): void {
  self.role = LEADER;
  self.leader = self.id;
  self.nextIndex.fill(self.log.lastIndex + 1);
  self.matchIndex.fill(0);
  self.matchIndex[self.id] = self.rules.ownMatch(self);
  self.awaiting.fill(0);
  self.patience.fill(self.options.heartbeatInterval);
  self.heardAt.fill(now);
  self.waiting.clear();
  self.asked.clear();
  self.lastAppend = null;
  out.clearTimer(ELECTION);
  // An entry of the new term lets everything before it be committed. Raft §8; dissertation §6.4.
  if (self.options.noop) append(self, null, out);
  heartbeat(self, now, out);
}

/** Appends an entry of the current term to the leader's own log. Raft §5.3. */
export function append(self: RaftNode, request: Request | null, out: Out<Message, Write>): void {
  const bytes = request === null ? 16 : 32 + request.command.key.length + request.command.value.length;
  const entry: Entry = { term: self.term, request, bytes };
  const index = self.log.lastIndex + 1;
  self.log.append(entry);
  self.lastAppend = null;
  writeLog(self, index, [entry], out);
}

/** Sends each follower what it lacks, unless something is already under way to it. */
export function replicate(self: RaftNode, now: Micros, out: Out<Message, Write>): void {
  for (let node = 0; node < self.nodes; node++) {
    if (node !== self.id && self.awaiting[node] === 0) sendEntries(self, node, now, out);
  }
}

/**
 * Sends each follower something, even if only to say that there is a leader. Entries that went unanswered for too long
 * are sent again, ever more patiently: on a slow link, repeating them at every heartbeat would leave room for nothing
 * else. Raft §5.3 (retries indefinitely).
 */
export function heartbeat(self: RaftNode, now: Micros, out: Out<Message, Write>): void {
  if (self.role !== LEADER) return;
  for (let node = 0; node < self.nodes; node++) {
    if (node === self.id) continue;
    if (self.awaiting[node] === 0) {
      sendEntries(self, node, now, out);
    } else if (now < self.repeatAt[node]!) {
      sendAppend(self, node, self.nextIndex[node]! - 1, out);
    } else {
      self.patience[node] = Math.min(self.patience[node]! * 2, LONGEST_PATIENCE);
      sendEntries(self, node, now, out);
    }
  }
  out.setTimer(HEARTBEAT, now + self.options.heartbeatInterval);
}

/** A leader sends us entries, or nothing but its greetings. Raft Figure 2, AppendEntries, receiver. */
export function acceptEntries(
  self: RaftNode,
  from: NodeId,
  message: AppendEntries,
  now: Micros,
  random: Random,
  out: Out<Message, Write>,
): void {
  const { rules } = self;
  if (rules.isStaleTerm(self, message.term)) {
    out.send(from, rejection(self, message), rules.acknowledgesAfter(self));
    return;
  }
  if (rules.isNewerTerm(self, message.term)) {
    enterTerm(self, message.term, now, random, out);
    saveVote(self, out);
  }
  self.votedFor = rules.voteWhenFollowing(self);
  becomeFollower(self, message.leader, now, random, out);
  resetElectionTimer(self, now, random, out);
  if (!rules.matchesPrev(self, message)) {
    out.send(from, rejection(self, message), rules.acknowledgesAfter(self));
    return;
  }
  storeEntries(self, message, out);
  commitTo(self, rules.followerCommit(self, message), out);
  const reply: AppendReply = {
    type: APPEND_REPLY,
    term: self.term,
    success: true,
    matchIndex: rules.acknowledges(self, message),
    rejectedIndex: 0,
    conflictTerm: 0,
    conflictIndex: 0,
  };
  out.send(from, reply, rules.acknowledgesAfter(self));
}

/**
 * A follower has answered, or (`reply` null) our own disk has. Raft Figure 2, rules for leaders.
 */
export function countAck(
  self: RaftNode,
  from: NodeId,
  reply: AppendReply | null,
  now: Micros,
  random: Random,
  out: Out<Message, Write>,
): void {
  const { rules } = self;
  if (reply === null) {
    self.matchIndex[from] = rules.ownMatch(self);
    advanceCommit(self, out);
    return;
  }
  if (rules.isNewerTerm(self, reply.term)) {
    enterTerm(self, reply.term, now, random, out);
    saveVote(self, out);
    return;
  }
  if (!rules.countsAck(self, reply)) return;
  const silence = now - self.heardAt[from]!;
  self.heardAt[from] = now;
  if (!reply.success) {
    backUp(self, from, reply, now, out);
    return;
  }
  self.matchIndex[from] = rules.matchAfterAck(self, from, reply);
  self.nextIndex[from] = rules.nextAfterAck(self, from);
  // What was sent into a silence of several heartbeats is lost: now that the follower is back, it need not wait.
  const isBack = silence > SILENCE_IN_HEARTBEATS * self.options.heartbeatInterval;
  if (isBack || reply.matchIndex >= self.awaiting[from]!) settleAwaited(self, from);
  advanceCommit(self, out);
  if (self.awaiting[from] === 0 && self.nextIndex[from] <= self.log.lastIndex) sendEntries(self, from, now, out);
}

/** A write has become durable: how much of the log is, now? */
export function noteStable(self: RaftNode, ticket: Ticket): void {
  const { writes } = self;
  while (writes.length > 0 && writes[0]!.ticket <= ticket) {
    self.stableIndex = Math.max(self.stableIndex, writes[0]!.matches);
    writes.shift();
  }
}

/** Nothing is under way to this follower any more. */
function settleAwaited(self: RaftNode, node: NodeId): void {
  self.awaiting[node] = 0;
  self.patience[node] = self.options.heartbeatInterval;
}

function sendEntries(self: RaftNode, to: NodeId, now: Micros, out: Out<Message, Write>): void {
  const prevLogIndex = self.nextIndex[to]! - 1;
  const last = Math.min(self.log.lastIndex, prevLogIndex + self.options.maxEntriesPerAppend);
  if (last > prevLogIndex) {
    self.awaiting[to] = last;
    self.repeatAt[to] = now + self.patience[to]!;
  }
  sendAppend(self, to, last, out);
}

/** Sends AppendEntries with the entries from nextIndex up to `last`: none, if `last` stands before it. */
function sendAppend(self: RaftNode, to: NodeId, last: number, out: Out<Message, Write>): void {
  const prevLogIndex = self.nextIndex[to]! - 1;
  let message = self.lastAppend;
  if (
    message === null ||
    message.prevLogIndex !== prevLogIndex ||
    message.entries.length !== last - prevLogIndex ||
    message.leaderCommit !== self.commitIndex
  ) {
    message = {
      type: APPEND_ENTRIES,
      term: self.term,
      leader: self.id,
      prevLogIndex,
      prevLogTerm: self.log.term(prevLogIndex),
      entries: last > prevLogIndex ? self.log.slice(prevLogIndex + 1, last + 1) : NO_ENTRIES,
      leaderCommit: self.commitIndex,
    };
    self.lastAppend = message;
  }
  // Not held back: a leader may replicate before its own write is durable. Its term has been durable since it
  // asked for votes. Dissertation §10.2.1.
  out.send(to, message);
}

/** The follower's log does not match at prevLogIndex: look for the place where it does. Raft §5.3. */
function backUp(self: RaftNode, from: NodeId, reply: AppendReply, now: Micros, out: Out<Message, Write>): void {
  // Only the answer to the latest question says something new; others were overtaken.
  if (reply.rejectedIndex !== self.nextIndex[from]! - 1 || reply.rejectedIndex <= self.matchIndex[from]!) return;
  self.nextIndex[from] = self.rules.nextAfterReject(self, from, reply);
  settleAwaited(self, from);
  sendEntries(self, from, now, out);
}

function storeEntries(self: RaftNode, message: AppendEntries, out: Out<Message, Write>): void {
  const { entries, prevLogIndex } = message;
  const first = self.rules.firstToReplace(self, message);
  if (first === entries.length) return;
  const from = prevLogIndex + 1 + first;
  if (self.log.has(from)) {
    if (!self.rules.truncatesConflict(self, from)) return;
    truncate(self, from);
  }
  for (let i = first; i < entries.length; i++) self.log.append(entries[i]!);
  writeLog(self, from, first === 0 ? entries : entries.slice(first), out);
}

function truncate(self: RaftNode, from: number): void {
  self.log.truncateFrom(from);
  self.stableIndex = Math.min(self.stableIndex, from - 1);
  for (const write of self.writes) write.matches = self.rules.stillMatches(write, from);
}

function writeLog(self: RaftNode, from: number, entries: readonly Entry[], out: Out<Message, Write>): void {
  self.lastTicket = out.persist({ kind: 'log', from, entries });
  self.writes.push({ ticket: self.lastTicket, matches: from + entries.length - 1 });
}

function rejection(self: RaftNode, message: AppendEntries): AppendReply {
  const { log } = self;
  const stands = log.has(message.prevLogIndex);
  return {
    type: APPEND_REPLY,
    term: self.term,
    success: false,
    matchIndex: 0,
    rejectedIndex: message.prevLogIndex,
    conflictTerm: stands ? log.term(message.prevLogIndex) : 0,
    conflictIndex: stands ? log.firstOfTerm(message.prevLogIndex) : log.lastIndex + 1,
  };
}

function advanceCommit(self: RaftNode, out: Out<Message, Write>): void {
  const index = self.rules.replicated(self);
  if (self.rules.mayCommit(self, index)) commitTo(self, index, out);
}

function commitTo(self: RaftNode, index: number, out: Out<Message, Write>): void {
  if (index === self.commitIndex) return;
  self.commitIndex = index;
  if (index > self.lastApplied) out.apply(index);
}
