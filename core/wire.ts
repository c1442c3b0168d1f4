import type { Hasher } from '../sim/protocol.ts';
import { APPEND_ENTRIES, APPEND_REPLY, type Message, REQUEST_VOTE, VOTE } from './messages.ts';

/** Feeds a message to the event hash. A request's contents were hashed when the client invoked it. */
export function digest(message: Message, hasher: Hasher): void {
  hasher.int(message.type);
  hasher.int(message.term);
  switch (message.type) {
    case REQUEST_VOTE:
      hasher.int(message.lastLogIndex);
      hasher.int(message.lastLogTerm);
      break;
    case VOTE:
      hasher.int(message.granted ? 1 : 0);
      break;
    case APPEND_ENTRIES:
      hasher.int(message.prevLogIndex);
      hasher.int(message.prevLogTerm);
      hasher.int(message.leaderCommit);
      hasher.int(message.entries.length);
      for (let i = 0; i < message.entries.length; i++) {
        const { term, request } = message.entries[i]!;
        hasher.int(term);
        if (request !== null) {
          hasher.int(request.session);
          hasher.int(request.sequence);
        }
      }
      break;
    case APPEND_REPLY:
      hasher.int(message.success ? message.matchIndex : -message.rejectedIndex - 1);
      hasher.int(message.conflictIndex);
      hasher.int(message.conflictTerm);
  }
}

/** Size on the wire: a header, and the entries. */
export function bytes(message: Message): number {
  switch (message.type) {
    case APPEND_ENTRIES: {
      let size = 48;
      for (let i = 0; i < message.entries.length; i++) size += message.entries[i]!.bytes;
      return size;
    }
    case APPEND_REPLY:
      return 40;
    default:
      return 32;
  }
}

/** The message's name in the paper; answers are named after what they answer. */
export function messageType(message: Message): string {
  switch (message.type) {
    case REQUEST_VOTE:
      return 'RequestVote';
    case VOTE:
      return 'RequestVoteReply';
    case APPEND_ENTRIES:
      return 'AppendEntries';
    case APPEND_REPLY:
      return 'AppendEntriesReply';
  }
}

/** A message in one line: `AppendEntries T3 prev 6/T2 +7..9 commit 5`. */
export function describe(message: Message): string {
  const name = `${messageType(message)} T${message.term}`;
  switch (message.type) {
    case REQUEST_VOTE:
      return `${name} last ${message.lastLogIndex}/T${message.lastLogTerm}`;
    case VOTE:
      return `${name} ${message.granted ? 'granted' : 'denied'}`;
    case APPEND_ENTRIES: {
      const { prevLogIndex, prevLogTerm, entries, leaderCommit } = message;
      const range =
        entries.length === 0
          ? ''
          : ` +${prevLogIndex + 1}${entries.length > 1 ? `..${prevLogIndex + entries.length}` : ''}`;
      return `${name} prev ${prevLogIndex}/T${prevLogTerm}${range} commit ${leaderCommit}`;
    }
    case APPEND_REPLY:
      return message.success
        ? `${name} match ${message.matchIndex}`
        : `${name} no match at ${message.rejectedIndex}, try ${message.conflictIndex}${message.conflictTerm > 0 ? `/T${message.conflictTerm}` : ''}`;
  }
}
