import { assert } from '../sim/assert.ts';
import {
  APPLIED,
  MESSAGE,
  type Micros,
  type NodeId,
  ORDER,
  type Out,
  PERSISTED,
  type Protocol,
  REQUEST,
  type Request,
  type Random,
  type StepEvent,
  TIMER,
  type Ticket,
} from '../sim/protocol.ts';
import { acceptEntries } from './acceptance.ts';
import { applyCommitted, passBack, serve } from './clients.ts';
import { everybody } from './configuration.ts';
import { cloneDisk, describeWrite, freshDisk, tearWrite, writeDisk } from './disk.ts';
import {
  considerCandidate,
  considerPreCandidate,
  countOwnVote,
  countPreVote,
  countVote,
  missLeader,
  takeOver,
} from './election.ts';
import { countAck, countOwnAck, countPart, heartbeat } from './leadership.ts';
import { noteStable } from './log-writes.ts';
import {
  APPEND_ENTRIES,
  APPEND_REPLY,
  type Configuration,
  FORWARD,
  FORWARD_REPLY,
  INSTALL_SNAPSHOT,
  type Message,
  NOBODY,
  PRE_VOTE,
  READ_INDEX,
  READ_INDEX_REPLY,
  type RaftDisk,
  REQUEST_PRE_VOTE,
  REQUEST_VOTE,
  SNAPSHOT_REPLY,
  TIMEOUT_NOW,
  VOTE,
  type Write,
} from './messages.ts';
import { RaftNode } from './node.ts';
import { DEFAULT_OPTIONS, type RaftOptions } from './options.ts';
import { carryOut } from './orders.ts';
import { considerReadIndex, takeReadIndex } from './reads.ts';
import { RULES, type Rules } from './rules.ts';
import { acceptPart } from './snapshot-installing.ts';
import { enterTerm, resetElectionTimer, saveVote } from './terms.ts';
import { ELECTION, HEARTBEAT, TIMERS } from './timers.ts';
import { LEADER, type RaftView } from './view.ts';
import { bytes, describe, digest, messageType } from './wire.ts';

/** Numbers of reads begin somewhere below this. */
const MOST_READS = 0x100_0000_0000;

/** Raft as a protocol that can be simulated. */
export type RaftProtocol = Protocol<RaftNode, Message, Write, RaftDisk, RaftView>;

/**
 * Raft for a cluster of this many nodes.
 *
 * @param nodes size of the cluster, from 1
 * @param options those left out have their defaults
 * @param rules the table of decisions; `RULES` is Raft as published
 * @param initial the members the cluster begins with; default: every node votes
 */
export function raft(
  nodes: number,
  options: Partial<RaftOptions> = {},
  rules: Rules = RULES,
  initial: Configuration = everybody(nodes),
): RaftProtocol {
  assert(nodes >= 1, 'a cluster needs at least one node');
  const all: RaftOptions = { ...DEFAULT_OPTIONS, ...options };
  return {
    name: 'raft',
    timers: TIMERS,
    freshDisk: () => freshDisk(initial),
    boot: (id, disk, now, random, out) => boot(new RaftNode(id, nodes, all, rules, disk), now, random, out),
    step,
    clone: (state) => state.clone(),
    cloneDisk,
    view: (state) => state,
    write: writeDisk,
    tear: tearWrite,
    digest,
    bytes,
    messageType,
    passesOn,
    describe,
    describeWrite,
  };
}

/** The client's request that a message passes on, or the answer to one. */
function passesOn(message: Message): Request | null {
  return message.type === FORWARD || message.type === FORWARD_REPLY ? message.request : null;
}

function boot(self: RaftNode, now: Micros, random: Random, out: Out<Message, Write>): RaftNode {
  self.loyalUntil = self.rules.loyalAtRestart(self, now);
  // An answer to a read of an earlier life must not be taken for one to a read of this life: it may be out of date.
  if (self.options.readsAtFollowers) self.lastRead = random.below(MOST_READS);
  resetElectionTimer(self, now, random, out);
  return self;
}

function step(self: RaftNode, event: StepEvent<Message>, now: Micros, random: Random, out: Out<Message, Write>): void {
  switch (event.kind) {
    case MESSAGE:
      receive(self, event.from, event.message!, now, random, out);
      break;
    case TIMER:
      if (event.timer === ELECTION) missLeader(self, now, random, out);
      else if (event.timer === HEARTBEAT) heartbeat(self, now, random, out);
      break;
    case PERSISTED:
      durable(self, event.ticket, now, out);
      break;
    case APPLIED:
      applyCommitted(self, event.index, now, random, out);
      break;
    case REQUEST:
      serve(self, event.request!, NOBODY, now, out);
      break;
    case ORDER:
      carryOut(self, event.order!, now, random, out);
  }
}

function receive(
  self: RaftNode,
  from: NodeId,
  message: Message,
  now: Micros,
  random: Random,
  out: Out<Message, Write>,
): void {
  const { rules } = self;
  if (!rules.listensTo(self, from)) return;
  // Whoever hears of a higher term enters it. For a candidate, whether to hear it is a question of its own. Raft §5.1.
  if (rules.isNewerTerm(self, message.term) && message.type !== REQUEST_VOTE && rules.speaksForItsTerm(message)) {
    enterTerm(self, message.term, now, random, out);
    saveVote(self, out);
  }
  switch (message.type) {
    case REQUEST_VOTE:
      considerCandidate(self, from, message, now, random, out);
      break;
    case VOTE:
      countVote(self, from, message, now, out);
      break;
    case APPEND_ENTRIES:
      acceptEntries(self, from, message, now, random, out);
      break;
    case APPEND_REPLY:
      countAck(self, from, message, now, out);
      break;
    case REQUEST_PRE_VOTE:
      considerPreCandidate(self, from, message, now, out);
      break;
    case PRE_VOTE:
      countPreVote(self, from, message, now, random, out);
      break;
    case INSTALL_SNAPSHOT:
      acceptPart(self, from, message, now, random, out);
      break;
    case SNAPSHOT_REPLY:
      countPart(self, from, message, now, out);
      break;
    case TIMEOUT_NOW:
      takeOver(self, message, now, random, out);
      break;
    case FORWARD:
      serve(self, message.request, from, now, out);
      break;
    case FORWARD_REPLY:
      passBack(message, out);
      break;
    case READ_INDEX:
      considerReadIndex(self, from, message, now, out);
      break;
    case READ_INDEX_REPLY:
      takeReadIndex(self, message, out);
  }
}

/** A write, and all before it, are on the disk: what waited for that goes on. */
function durable(self: RaftNode, ticket: Ticket, now: Micros, out: Out<Message, Write>): void {
  noteStable(self, ticket);
  if (self.role === LEADER) countOwnAck(self, now, out);
  else countOwnVote(self, ticket, now, out);
}
