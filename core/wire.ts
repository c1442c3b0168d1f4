import type { Facts, Hasher } from '../sim/protocol.ts';
import {
  APPEND_ENTRIES,
  APPEND_ENTRIES_REPLY,
  type Configuration,
  type Entry,
  FORWARD,
  FORWARD_REPLY,
  INSTALL_SNAPSHOT,
  INSTALL_SNAPSHOT_REPLY,
  type Message,
  READ_INDEX,
  READ_INDEX_REPLY,
  REQUEST_PRE_VOTE,
  REQUEST_PRE_VOTE_REPLY,
  REQUEST_VOTE,
  REQUEST_VOTE_REPLY,
  TIMEOUT_NOW,
} from './messages.ts';

/** Size of a snapshot, or of InstallSnapshot, without records. */
export const HEADER_BYTES = 64;

/** The names of the message types in traces and `sent` conditions, by number: those of the paper, and `…Reply`. */
const NAMES: readonly string[] = Object.freeze([
  '',
  'RequestVote',
  'RequestVoteReply',
  'AppendEntries',
  'AppendEntriesReply',
  'RequestPreVote',
  'RequestPreVoteReply',
  'InstallSnapshot',
  'InstallSnapshotReply',
  'TimeoutNow',
  'Forward',
  'ForwardReply',
  'ReadIndex',
  'ReadIndexReply',
]);

/** The same, without a gap at 0. */
export const MESSAGE_TYPES: readonly string[] = Object.freeze(NAMES.slice(1));

/** Feeds a message to the event hash. A request's contents were hashed when the client invoked it. */
export function digest(message: Message, hasher: Hasher): void {
  hasher.int(message.type);
  hasher.int(message.term);
  switch (message.type) {
    case REQUEST_VOTE:
      hasher.int(message.lastLogIndex);
      hasher.int(message.lastLogTerm);
      if (message.transfer) hasher.int(1);
      break;
    case REQUEST_PRE_VOTE:
      hasher.int(message.lastLogIndex);
      hasher.int(message.lastLogTerm);
      break;
    case REQUEST_VOTE_REPLY:
    case REQUEST_PRE_VOTE_REPLY:
      hasher.int(message.granted ? 1 : 0);
      break;
    case APPEND_ENTRIES:
      hasher.int(message.prevLogIndex);
      hasher.int(message.prevLogTerm);
      hasher.int(message.leaderCommit);
      hasher.int(message.entries.length);
      for (let i = 0; i < message.entries.length; i++) digestEntry(message.entries[i]!, hasher);
      if (message.round > 0) hasher.int(message.round);
      break;
    case APPEND_ENTRIES_REPLY:
      hasher.int(message.success ? message.matchIndex : -message.rejectedIndex - 1);
      hasher.int(message.conflictIndex);
      hasher.int(message.conflictTerm);
      if (message.round > 0) hasher.int(message.round);
      break;
    case INSTALL_SNAPSHOT:
      hasher.int(message.lastIndex);
      hasher.int(message.lastTerm);
      hasher.int(message.offset);
      // The contents of the records follow from the log up to `lastIndex`, whose entries have been hashed.
      hasher.int(message.records.length);
      hasher.int(message.done ? 1 : 0);
      hasher.int(message.round);
      digestConfiguration(message.configuration, hasher);
      break;
    case INSTALL_SNAPSHOT_REPLY:
      hasher.int(message.lastIndex);
      hasher.int(message.offset);
      hasher.int(message.done ? 1 : 0);
      hasher.int(message.round);
      break;
    case TIMEOUT_NOW:
      break;
    case FORWARD:
    case FORWARD_REPLY:
      hasher.int(message.request.session);
      hasher.int(message.request.sequence);
      if (message.type === FORWARD_REPLY) hasher.text(message.reply.status);
      break;
    case READ_INDEX:
      hasher.int(message.read);
      break;
    case READ_INDEX_REPLY:
      hasher.int(message.read);
      hasher.int(message.readIndex);
  }
}

/** Size on the wire: a header and the contents. */
export function bytes(message: Message): number {
  switch (message.type) {
    case APPEND_ENTRIES: {
      let size = 48;
      for (let i = 0; i < message.entries.length; i++) size += message.entries[i]!.bytes;
      return size;
    }
    case APPEND_ENTRIES_REPLY:
    case INSTALL_SNAPSHOT_REPLY:
      return 40;
    case INSTALL_SNAPSHOT: {
      let size = HEADER_BYTES;
      for (let i = 0; i < message.records.length; i++) size += message.records[i]!.bytes;
      return size;
    }
    case FORWARD:
      return 48 + message.request.command.key.length + message.request.command.value.length;
    case FORWARD_REPLY:
      return 48 + (message.reply.value?.length ?? 0);
    default:
      return 32;
  }
}

/** The name of the message's type: `AppendEntries`, `AppendEntriesReply`. */
export function messageType(message: Message): string {
  return NAMES[message.type]!;
}

/** What messages of each type carry, by the names of `facts`. */
export const MESSAGE_FIELDS = Object.freeze({
  RequestVote: { term: 'number', index: 'number' },
  RequestVoteReply: { term: 'number', granted: 'flag' },
  AppendEntries: { term: 'number', prevIndex: 'number', entries: 'number', index: 'number', commit: 'number' },
  AppendEntriesReply: { term: 'number', success: 'flag', index: 'number' },
  RequestPreVote: { term: 'number', index: 'number' },
  RequestPreVoteReply: { term: 'number', granted: 'flag' },
  InstallSnapshot: { term: 'number', index: 'number', offset: 'number', done: 'flag' },
  InstallSnapshotReply: { term: 'number', index: 'number', offset: 'number', done: 'flag' },
  TimeoutNow: { term: 'number' },
  Forward: { term: 'number', sequence: 'number' },
  ForwardReply: { term: 'number', sequence: 'number' },
  ReadIndex: { term: 'number' },
  ReadIndexReply: { term: 'number', index: 'number' },
} as const);

/**
 * What a message carries, by name. `index`: of the last entry that it is about (the candidate's last one, the last that is
 * sent, acknowledged or rejected, the last one of a snapshot); `entries`: how many.
 */
export function facts(message: Message): Facts {
  const { term } = message;
  switch (message.type) {
    case REQUEST_VOTE:
    case REQUEST_PRE_VOTE:
      return { term, index: message.lastLogIndex };
    case REQUEST_VOTE_REPLY:
    case REQUEST_PRE_VOTE_REPLY:
      return { term, granted: message.granted };
    case APPEND_ENTRIES: {
      const { prevLogIndex: prevIndex, entries, leaderCommit: commit } = message;
      return { term, prevIndex, entries: entries.length, index: prevIndex + entries.length, commit };
    }
    case APPEND_ENTRIES_REPLY: {
      const { success } = message;
      return { term, success, index: success ? message.matchIndex : message.rejectedIndex };
    }
    case INSTALL_SNAPSHOT:
    case INSTALL_SNAPSHOT_REPLY:
      return { term, index: message.lastIndex, offset: message.offset, done: message.done };
    case FORWARD:
    case FORWARD_REPLY:
      return { term, sequence: message.request.sequence };
    case READ_INDEX_REPLY:
      return { term, index: message.readIndex };
    case TIMEOUT_NOW:
    case READ_INDEX:
      return { term };
  }
}

/** A message in one line: `AppendEntries T3 prev 6/T2 +7..9 commit 5`. */
export function describe(message: Message): string {
  const name = `${messageType(message)} T${message.term}`;
  switch (message.type) {
    case REQUEST_VOTE:
      return `${name} last ${message.lastLogIndex}/T${message.lastLogTerm}${message.transfer ? ' for a transfer' : ''}`;
    case REQUEST_PRE_VOTE:
      return `${name} last ${message.lastLogIndex}/T${message.lastLogTerm}`;
    case REQUEST_VOTE_REPLY:
    case REQUEST_PRE_VOTE_REPLY:
      return `${name} ${message.granted ? 'granted' : 'denied'}`;
    case APPEND_ENTRIES: {
      const { prevLogIndex, prevLogTerm, entries, leaderCommit } = message;
      const range =
        entries.length === 0
          ? ''
          : ` +${prevLogIndex + 1}${entries.length > 1 ? `..${prevLogIndex + entries.length}` : ''}`;
      return `${name} prev ${prevLogIndex}/T${prevLogTerm}${range} commit ${leaderCommit}${inRound(message.round)}`;
    }
    case APPEND_ENTRIES_REPLY:
      return message.success
        ? `${name} match ${message.matchIndex}${inRound(message.round)}`
        : `${name} rejected at ${message.rejectedIndex}, conflict from ${message.conflictIndex}${message.conflictTerm > 0 ? `/T${message.conflictTerm}` : ''}`;
    case INSTALL_SNAPSHOT: {
      const end = message.done ? ', last chunk' : '';
      return `${name} of ${message.lastIndex}/T${message.lastTerm} from byte ${message.offset}${end}`;
    }
    case INSTALL_SNAPSHOT_REPLY:
      return message.done
        ? `${name} has ${message.lastIndex}`
        : `${name} of ${message.lastIndex} next byte ${message.offset}`;
    case TIMEOUT_NOW:
      return name;
    case FORWARD:
      return `${name} request ${message.request.session}.${message.request.sequence}`;
    case FORWARD_REPLY:
      return `${name} request ${message.request.session}.${message.request.sequence} ${message.reply.status}`;
    case READ_INDEX:
      return `${name} read ${message.read}`;
    case READ_INDEX_REPLY:
      return `${name} read ${message.read} ${message.readIndex < 0 ? 'rejected' : `at ${message.readIndex}`}`;
  }
}

function inRound(round: number): string {
  return round > 0 ? ` round ${round}` : '';
}

function digestEntry({ term, request, configuration, time }: Entry, hasher: Hasher): void {
  hasher.int(term);
  if (request !== null) {
    hasher.int(request.session);
    hasher.int(request.sequence);
  }
  if (configuration !== null) digestConfiguration(configuration, hasher);
  if (time !== 0) hasher.int(time);
}

function digestConfiguration({ voters, outgoing, learners }: Configuration, hasher: Hasher): void {
  for (const nodes of [voters, outgoing, learners]) {
    hasher.int(nodes.length);
    for (const node of nodes) hasher.int(node);
  }
}
