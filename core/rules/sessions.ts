import type { Micros, NodeId, Request } from '../../sim/protocol.ts';
import { keyOf } from '../kv-store.ts';
import { type Entry, NONE } from '../messages.ts';
import type { RaftNode } from '../node.ts';
import { LEADER } from '../view.ts';

/** Clients and their sessions: Raft §8; dissertation §6.2, §6.3. */
export interface SessionRules {
  mayServe(self: RaftNode): boolean;
  mayForward(self: RaftNode, via: NodeId): boolean;
  leaderHint(self: RaftNode): NodeId;
  hasCachedReply(self: RaftNode, request: Request): boolean;
  alreadyAppended(self: RaftNode, request: Request): boolean;
  alreadyExecuted(self: RaftNode, request: Request): boolean;
  repliesTo(self: RaftNode, pending: Request, applied: Request): boolean;
  logTime(self: RaftNode, entry: Entry, now: Micros): Micros;
}

/** As published. */
export const sessionRules: SessionRules = {
  /** Only the leader serves clients. Raft §8. */
  mayServe(self: RaftNode): boolean {
    return self.role === LEADER;
  },

  /**
   * A request is forwarded once: two nodes that take each other for the leader must not pass it back and forth. §6.2.
   */
  mayForward(self: RaftNode, via: NodeId): boolean {
    return self.options.forwarding && via === NONE && self.leader !== NONE && self.leader !== self.id;
  },

  /** A node that does not lead names the leader it knows in its term, if any. Raft §8; dissertation §6.2. */
  leaderHint(self: RaftNode): NodeId {
    return self.leader;
  },

  /** An executed request is committed, so its reply is valid whichever node leads. Dissertation §6.3. */
  hasCachedReply(self: RaftNode, request: Request): boolean {
    const reply = self.store.cachedReply(request);
    // A session that is not open may still be registered by an entry that is not applied yet.
    return reply !== null && reply.status !== 'refused';
  },

  /** A leader does not append a retry of a request that is pending here. Dissertation §6.3. */
  alreadyAppended(self: RaftNode, request: Request): boolean {
    return self.pendingKeys.has(keyOf(request));
  },

  /**
   * A request that was executed gets the same reply and is not executed again. A request of an expired session is
   * refused, because its earlier execution, if any, is forgotten. Raft §8; dissertation §6.3.
   */
  alreadyExecuted(self: RaftNode, request: Request): boolean {
    return self.store.cachedReply(request) !== null;
  },

  /** A client gets the result of its own entry. After a change of leader, its index may hold another's. Raft §8. */
  repliesTo(_self: RaftNode, pending: Request, applied: Request): boolean {
    return pending === applied;
  },

  /** Sessions expire by the time in the log, which is the same on all nodes. Dissertation §6.3. */
  logTime(_self: RaftNode, entry: Entry): Micros {
    return entry.time;
  },
};
