import { assert } from '../sim/base/assert.ts';
import {
  ADMIN,
  APPLIED,
  FAILED,
  MESSAGE,
  type Micros,
  type NodeId,
  type Out,
  PERSISTED,
  type Protocol,
  type Random,
  REQUEST,
  type Request,
  type StepEvent,
  type Ticket,
  TIMER,
  type WriteFailure,
} from '../sim/protocol.ts';
import { ADMIN_REQUESTS, type AdminRequest } from './admin-request.ts';
import { handleAdminRequest } from './admin.ts';
import { handleAppendEntries } from './append-entries.ts';
import { applyCommitted } from './apply.ts';
import { handleClientRequest, handleForwardReply } from './client-requests.ts';
import { allVoters } from './configuration.ts';
import { describeDamage } from './describe.ts';
import {
  bytesOfWrite,
  cloneDisk,
  corruptDisk,
  describeWrite,
  factsOfWrite,
  fitsDisk,
  freshDisk,
  tearWrite,
  writeDisk,
} from './disk.ts';
import {
  handleRequestPreVote,
  handleRequestPreVoteReply,
  handleRequestVote,
  handleRequestVoteReply,
  handleTimeoutNow,
  onElectionTimeout,
  onOwnVoteDurable,
} from './election.ts';
import {
  handleAppendEntriesReply,
  handleInstallSnapshotReply,
  onHeartbeatTimeout,
  onOwnEntriesDurable,
} from './leader.ts';
import {
  APPEND_ENTRIES,
  APPEND_ENTRIES_REPLY,
  type Configuration,
  FORWARD,
  FORWARD_REPLY,
  INSTALL_SNAPSHOT,
  INSTALL_SNAPSHOT_REPLY,
  type Message,
  NONE,
  type RaftDisk,
  READ_INDEX,
  READ_INDEX_REPLY,
  REQUEST_PRE_VOTE,
  REQUEST_PRE_VOTE_REPLY,
  REQUEST_VOTE,
  REQUEST_VOTE_REPLY,
  TIMEOUT_NOW,
  type Write,
} from './messages.ts';
import { ELECTION, HEARTBEAT, RaftNode, TIMERS } from './node.ts';
import { DEFAULT_OPTIONS, type RaftOptions } from './options.ts';
import { recordDurable, saveVote } from './persistence.ts';
import { handleReadIndex, handleReadIndexReply } from './read-index.ts';
import { enterTerm, onVoteDurable, resetElectionTimer } from './roles.ts';
import { RULES, type Rules } from './rules/index.ts';
import { handleInstallSnapshot } from './snapshots.ts';
import { LEADER, type RaftView } from './view.ts';
import { bytes, describe, digest, facts, messageType } from './wire.ts';

/** The numbers of a follower's reads begin at a random value below this. */
const MAX_FIRST_READ = 0x100_0000_0000;

/** Raft as a protocol that can be simulated. */
export type RaftProtocol = Protocol<RaftNode, Message, Write, RaftDisk, RaftView, AdminRequest>;

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
  initial: Configuration = allVoters(nodes),
): RaftProtocol {
  assert(nodes >= 1, 'a cluster needs at least one node');
  const all: RaftOptions = { ...DEFAULT_OPTIONS, ...options };
  return {
    name: 'raft',
    timers: TIMERS,
    freshDisk: () => freshDisk(initial),
    boot: (id, disk, now, random, out) => boot(new RaftNode(id, nodes, all, rules, disk), disk, now, random, out),
    step,
    clone: (state) => state.clone(),
    cloneDisk,
    view: (state) => state,
    write: writeDisk,
    fits: fitsDisk,
    corrupt: corruptDisk,
    bytesOfWrite,
    tear: tearWrite,
    digest,
    admin: ADMIN_REQUESTS,
    bytes,
    messageType,
    passesOn,
    describe,
    facts,
    describeWrite,
    factsOfWrite,
  };
}

/** The client's request that a message forwards or replies to, or null. */
function passesOn(message: Message): Request | null {
  return message.type === FORWARD || message.type === FORWARD_REPLY ? message.request : null;
}

function boot(self: RaftNode, disk: RaftDisk, now: Micros, random: Random, out: Out<Message, Write>): RaftNode {
  if (!self.rules.startsWithDamage(disk)) out.halt(`the checksum of ${describeDamage(disk.damage[0]!)} does not fit`);
  self.stickyUntil = self.rules.stickyAtRestart(self, now);
  // A ReadIndexReply to the previous incarnation may be out of date, and must not match a read of this one.
  if (self.options.readsAtFollowers) self.lastRead = random.below(MAX_FIRST_READ);
  resetElectionTimer(self, now, random, out);
  return self;
}

function step(
  self: RaftNode,
  event: StepEvent<Message, AdminRequest>,
  now: Micros,
  random: Random,
  out: Out<Message, Write>,
): void {
  switch (event.kind) {
    case MESSAGE:
      receive(self, event.from, event.message!, now, random, out);
      break;
    case TIMER:
      if (event.timer === ELECTION) onElectionTimeout(self, now, random, out);
      else if (event.timer === HEARTBEAT) onHeartbeatTimeout(self, now, random, out);
      break;
    case PERSISTED:
      onOwnWriteDurable(self, event.ticket, now, random, out);
      break;
    case FAILED:
      onWriteFailed(self, event.ticket, event.failure!, now, random, out);
      break;
    case APPLIED:
      applyCommitted(self, event.index, now, random, out);
      break;
    case REQUEST:
      handleClientRequest(self, event.request!, NONE, now, out);
      break;
    case ADMIN:
      handleAdminRequest(self, event.adminRequest!, now, random, out);
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
  if (!rules.acceptsFrom(self, from)) return;
  // Figure 2, all servers: if RPC request or response contains term T > currentTerm, set currentTerm = T, convert to
  // follower. handleRequestVote does so itself, after it has decided whether to ignore the candidate.
  if (rules.isNewerTerm(self, message.term) && message.type !== REQUEST_VOTE && rules.carriesSenderTerm(message)) {
    enterTerm(self, message.term, now, random, out);
    saveVote(self, out);
  }
  switch (message.type) {
    case REQUEST_VOTE:
      handleRequestVote(self, from, message, now, random, out);
      break;
    case REQUEST_VOTE_REPLY:
      handleRequestVoteReply(self, from, message, now, out);
      break;
    case APPEND_ENTRIES:
      handleAppendEntries(self, from, message, now, random, out);
      break;
    case APPEND_ENTRIES_REPLY:
      handleAppendEntriesReply(self, from, message, now, out);
      break;
    case REQUEST_PRE_VOTE:
      handleRequestPreVote(self, from, message, now, out);
      break;
    case REQUEST_PRE_VOTE_REPLY:
      handleRequestPreVoteReply(self, from, message, now, random, out);
      break;
    case INSTALL_SNAPSHOT:
      handleInstallSnapshot(self, from, message, now, random, out);
      break;
    case INSTALL_SNAPSHOT_REPLY:
      handleInstallSnapshotReply(self, from, message, now, out);
      break;
    case TIMEOUT_NOW:
      handleTimeoutNow(self, message, now, random, out);
      break;
    case FORWARD:
      handleClientRequest(self, message.request, from, now, out);
      break;
    case FORWARD_REPLY:
      handleForwardReply(message, out);
      break;
    case READ_INDEX:
      handleReadIndex(self, from, message, now, out);
      break;
    case READ_INDEX_REPLY:
      handleReadIndexReply(self, message, out);
  }
}

/** A write, and all before it, are durable: what waited for that proceeds. */
function onOwnWriteDurable(
  self: RaftNode,
  ticket: Ticket,
  now: Micros,
  random: Random,
  out: Out<Message, Write>,
): void {
  recordDurable(self, ticket);
  if (self.role === LEADER) onOwnEntriesDurable(self, now, out);
  else onOwnVoteDurable(self, ticket, now, out);
  onVoteDurable(self, now, random, out);
}

/**
 * A write is lost. The node cannot take back what it has in memory, nor know what is on its disk, so it stops: it comes
 * back with what its disk holds, as after a crash.
 */
function onWriteFailed(
  self: RaftNode,
  ticket: Ticket,
  failure: WriteFailure,
  now: Micros,
  random: Random,
  out: Out<Message, Write>,
): void {
  if (self.rules.stopsWhenWriteFails(self)) out.halt(failure === 'full' ? 'its disk is full' : 'a write has failed');
  else if (self.rules.takesFailedWriteAsDurable(self)) onOwnWriteDurable(self, ticket, now, random, out);
}
