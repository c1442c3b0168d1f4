import { assert } from '../sim/assert.ts';
import {
  APPLIED,
  MESSAGE,
  type Micros,
  type NodeId,
  type Out,
  PERSISTED,
  type Protocol,
  REQUEST,
  type Random,
  type StepEvent,
  TIMER,
  type Ticket,
} from '../sim/protocol.ts';
import { applyCommitted, serve } from './clients.ts';
import { cloneDisk, describeWrite, freshDisk, tearWrite, writeDisk } from './disk.ts';
import { campaign, countOwnVote, countVote, considerCandidate } from './election.ts';
import {
  APPEND_ENTRIES,
  APPEND_REPLY,
  type Message,
  type RaftDisk,
  REQUEST_VOTE,
  VOTE,
  type Write,
} from './messages.ts';
import { RaftNode } from './node.ts';
import { DEFAULT_OPTIONS, type RaftOptions } from './options.ts';
import { acceptEntries, countAck, heartbeat, noteStable } from './replication.ts';
import { RULES, type Rules } from './rules.ts';
import { resetElectionTimer } from './terms.ts';
import { ELECTION, HEARTBEAT, TIMERS } from './timers.ts';
import { LEADER, type RaftView } from './view.ts';
import { bytes, describe, digest, messageType } from './wire.ts';

/** Raft as a protocol that can be simulated. */
export type RaftProtocol = Protocol<RaftNode, Message, Write, RaftDisk, RaftView>;

/**
 * Raft for a cluster of this many nodes.
 *
 * @param nodes size of the cluster, from 1
 * @param options those left out have their defaults
 * @param rules the table of decisions; `RULES` is Raft as published
 */
export function raft(nodes: number, options: Partial<RaftOptions> = {}, rules: Rules = RULES): RaftProtocol {
  assert(nodes >= 1, 'a cluster needs at least one node');
  const all: RaftOptions = { ...DEFAULT_OPTIONS, ...options };
  return {
    name: 'raft',
    timers: TIMERS,
    freshDisk,
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
    describe,
    describeWrite,
  };
}

function boot(self: RaftNode, now: Micros, random: Random, out: Out<Message, Write>): RaftNode {
  resetElectionTimer(self, now, random, out);
  return self;
}

function step(self: RaftNode, event: StepEvent<Message>, now: Micros, random: Random, out: Out<Message, Write>): void {
  switch (event.kind) {
    case MESSAGE:
      receive(self, event.from, event.message!, now, random, out);
      break;
    case TIMER:
      if (event.timer === ELECTION) campaign(self, now, random, out);
      else if (event.timer === HEARTBEAT) heartbeat(self, now, out);
      break;
    case PERSISTED:
      durable(self, event.ticket, now, random, out);
      break;
    case APPLIED:
      applyCommitted(self, event.index, out);
      break;
    case REQUEST:
      serve(self, event.request!, now, out);
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
  switch (message.type) {
    case REQUEST_VOTE:
      considerCandidate(self, from, message, now, random, out);
      break;
    case VOTE:
      countVote(self, from, message, now, random, out);
      break;
    case APPEND_ENTRIES:
      acceptEntries(self, from, message, now, random, out);
      break;
    case APPEND_REPLY:
      countAck(self, from, message, now, random, out);
  }
}

/** A write, and all before it, are on the disk: what waited for that goes on. */
function durable(self: RaftNode, ticket: Ticket, now: Micros, random: Random, out: Out<Message, Write>): void {
  noteStable(self, ticket);
  if (self.role === LEADER) countAck(self, self.id, null, now, random, out);
  else countOwnVote(self, ticket, now, out);
}
