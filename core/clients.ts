import type { Micros, Out, Reply, Request } from '../sim/protocol.ts';
import type { Message, Write } from './messages.ts';
import type { RaftNode } from './node.ts';
import { append, replicate } from './replication.ts';
import { LEADER } from './view.ts';

/** A client asks for something. Raft §8. */
export function serve(self: RaftNode, request: Request, now: Micros, out: Out<Message, Write>): void {
  const { rules } = self;
  if (!rules.mayServe(self)) {
    out.reply(request, redirect(self));
    return;
  }
  // What has been executed is committed, so the answer stands whoever leads by now.
  if (rules.alreadyExecuted(self, request)) {
    out.reply(request, self.store.answered(request)!);
    return;
  }
  // A retry of what is under way: one entry will do, and its answer answers both.
  if (rules.alreadyAppended(self, request)) return;
  append(self, request, out);
  self.asked.set(request.session, request.sequence);
  self.waiting.set(self.log.lastIndex, request);
  if (rules.answersAtAppend(self)) out.reply(request, { status: 'ok', value: null, applied: true, leader: -1 });
  replicate(self, now, out);
}

/** The state machine may be advanced up to `index`. Raft §5.3; Figure 2, all servers. */
export function applyCommitted(self: RaftNode, index: number, out: Out<Message, Write>): void {
  for (let next = self.rules.firstToApply(self); next <= index; next++) {
    self.lastApplied = next;
    const { request } = self.log.entry(next);
    let reply: Reply | null = null;
    if (request !== null) {
      reply = self.rules.alreadyExecuted(self, request) ? self.store.answered(request) : self.store.execute(request);
    }
    out.applied(next, self.store.hash);
    if (self.role === LEADER && request !== null) answer(self, next, request, reply, out);
  }
}

function answer(self: RaftNode, index: number, request: Request, reply: Reply | null, out: Out<Message, Write>): void {
  const waiting = self.waiting.get(index);
  if (waiting === undefined) return;
  self.waiting.delete(index);
  if (self.asked.get(request.session) === request.sequence) self.asked.delete(request.session);
  // The entry applied here must be the one appended for this client: after a change of leader it might be another's.
  if (waiting === request && reply !== null) out.reply(request, reply);
}

function redirect(self: RaftNode): Reply {
  return { status: 'redirect', value: null, applied: false, leader: self.leader };
}
