import type { Micros, Out, Request } from '../sim/protocol.ts';
import { adoptConfiguration } from './configuration-history.ts';
import type { Configuration, Entry, Message, Write } from './messages.ts';
import type { RaftNode } from './node.ts';
import { writeLog } from './persistence.ts';

/** Size of an entry without a request or configuration. */
const EMPTY_BYTES = 16;

/** Size of the entry that holds a request. */
export function entryBytes({ command }: Request): number {
  return 32 + command.key.length + command.value.length;
}

/** Appends a client's request to the leader's log. Raft §5.3. */
export function appendRequest(self: RaftNode, request: Request, out: Out<Message, Write>): void {
  append(self, request, null, entryBytes(request), out);
}

/** Appends the no-op that begins a leader's term: with it, all earlier entries can be committed. Raft §8; §6.4. */
export function appendNoop(self: RaftNode, out: Out<Message, Write>): void {
  append(self, null, null, EMPTY_BYTES, out);
}

/** Appends a configuration, which the node uses as soon as it is in the log. Dissertation §4.1. */
export function appendConfiguration(
  self: RaftNode,
  configuration: Configuration,
  now: Micros,
  out: Out<Message, Write>,
): void {
  const { voters, outgoing, learners } = configuration;
  const bytes = EMPTY_BYTES + 8 * (voters.length + outgoing.length + learners.length);
  append(self, null, configuration, bytes, out);
  adoptConfiguration(self, self.log.lastIndex, configuration, now);
}

function append(
  self: RaftNode,
  request: Request | null,
  configuration: Configuration | null,
  bytes: number,
  out: Out<Message, Write>,
): void {
  const { log, options } = self;
  let time = 0;
  if (options.sessionTimeout !== null) {
    // Log time never goes back, even if leaders' clocks differ, or are set back. Dissertation §6.3.
    const before = log.lastIndex > log.base ? log.entry(log.lastIndex).time : self.store.time;
    time = Math.max(before, out.readWallClock());
  }
  const entry: Entry = { term: self.term, request, configuration, time, bytes };
  log.append(entry);
  self.lastAppend = null;
  if (self.firstOwnIndex === 0) self.firstOwnIndex = log.lastIndex;
  if (options.maxUncommittedBytes !== null) self.uncommittedBytes += bytes;
  writeLog(self, log.lastIndex, [entry], out);
}
