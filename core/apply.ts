import type { Micros, Out, Random, Reply, Request } from '../sim/protocol.ts';
import { refreshConfiguration } from './configuration-history.ts';
import { keyOf } from './kv-store.ts';
import { maybeStepDownRemoved } from './membership.ts';
import { type Message, NONE, type Write } from './messages.ts';
import type { RaftNode } from './node.ts';
import { serveReads } from './read-index.ts';
import { sendReply } from './replies.ts';
import { maybeTakeSnapshot } from './snapshots.ts';
import { LEADER } from './view.ts';

/** Raises the commitIndex and requests that the entries up to it be applied. Raft §5.3. */
export function commitTo(self: RaftNode, index: number, out: Out<Message, Write>): void {
  if (index === self.commitIndex) return;
  if (self.uncommittedBytes > 0) releaseUncommittedBytes(self, index);
  self.commitIndex = index;
  if (index > self.lastApplied) out.apply(index);
}

/** Committed entries no longer count towards `maxUncommittedBytes`. */
function releaseUncommittedBytes(self: RaftNode, index: number): void {
  for (let next = Math.max(self.commitIndex + 1, self.firstOwnIndex); next <= index; next++) {
    self.uncommittedBytes -= self.log.entry(next).bytes;
  }
}

/** Applies the committed entries up to `index`, and replies to their clients. Raft §5.3; Figure 2, all servers. */
export function applyCommitted(
  self: RaftNode,
  index: number,
  now: Micros,
  random: Random,
  out: Out<Message, Write>,
): void {
  const { rules, store } = self;
  const countsTime = self.options.sessionTimeout !== null;
  const countsBytes = self.options.snapshotBytes !== null;
  // Figure 2, all servers: if commitIndex > lastApplied, increment lastApplied, apply log[lastApplied] to state
  // machine.
  for (let next = rules.firstToApply(self); next <= index; next++) {
    self.lastApplied = next;
    const entry = self.log.entry(next);
    const { request } = entry;
    if (entry.configuration !== null) refreshConfiguration(self, now);
    if (countsTime) store.passTime(rules.logTime(self, entry, now));
    let reply: Reply | null = null;
    if (request !== null)
      reply = rules.alreadyExecuted(self, request) ? store.cachedReply(request) : store.execute(request, next);
    out.applied(next, store.hash);
    if (countsBytes) self.bytesSinceSnapshot += entry.bytes;
    // Figure 2, leaders: respond after entry applied to state machine.
    if (request !== null && self.role === LEADER) replyToPending(self, next, request, reply, out);
  }
  maybeTakeSnapshot(self, out);
  if (self.reads.length > 0) serveReads(self, out);
  maybeStepDownRemoved(self, now, random, out);
}

/** Replies to the request that this leader appended at `index`, if there is one. */
function replyToPending(
  self: RaftNode,
  index: number,
  request: Request,
  reply: Reply | null,
  out: Out<Message, Write>,
): void {
  const pending = self.pendingRequests.get(index);
  if (pending === undefined) return;
  const via = self.forwardedBy.size === 0 ? NONE : (self.forwardedBy.get(index) ?? NONE);
  self.pendingRequests.delete(index);
  self.forwardedBy.delete(index);
  self.pendingKeys.delete(keyOf(request));
  if (reply === null || !self.rules.repliesTo(self, pending, request)) return;
  sendReply(self, pending, via, reply, out);
}
