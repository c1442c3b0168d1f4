import type { Micros, NodeId, Request } from '../../sim/protocol.ts';
import { type Entry, NONE } from '../messages.ts';
import type { RaftNode } from '../node.ts';
import { keyOf } from '../kv-store.ts';
import { LEADER } from '../view.ts';

/** The state machine and its clients: Raft §8; dissertation §6.2, §6.3. */
export interface SessionRules {
  logTime(self: RaftNode, entry: Entry, now: Micros): Micros;
  firstToApply(self: RaftNode): number;
  mayServe(self: RaftNode): boolean;
  mayForward(self: RaftNode, via: NodeId): boolean;
  hasCachedReply(self: RaftNode, request: Request): boolean;
  alreadyExecuted(self: RaftNode, request: Request): boolean;
  alreadyAppended(self: RaftNode, request: Request): boolean;
  repliesTo(self: RaftNode, waiting: Request, request: Request): boolean;
  repliesAtAppend(self: RaftNode): boolean;
  abandonsRequests(self: RaftNode): boolean;
  leaderHint(self: RaftNode): NodeId;
}

/** As published. */
export const sessionRules: SessionRules = {
  /** Sessions expire by the time in the log, which is the same for everybody. Dissertation §6.3. */
  logTime(_self: RaftNode, entry: Entry): Micros {
    return entry.time;
  },

  /** Entries are applied one after the other, each once. Raft Figure 2, all servers. */
  firstToApply(self: RaftNode): number {
    return self.lastApplied + 1;
  },

  /** Clients are served by the leader alone. Raft §8. */
  mayServe(self: RaftNode): boolean {
    return self.role === LEADER;
  },

  /** A request is passed on once: nodes that take each other for the leader must not send it around. §6.2. */
  mayForward(self: RaftNode, via: NodeId): boolean {
    return self.options.forwarding && via === NONE && self.leader !== NONE && self.leader !== self.id;
  },

  /** What has been executed is committed, so the answer stands whoever leads by now. Dissertation §6.3. */
  hasCachedReply(self: RaftNode, request: Request): boolean {
    const told = self.store.cachedReply(request);
    // That a session is not open says nothing yet: its registration may stand in the log and not be applied.
    return told !== null && told.status !== 'refused';
  },

  /**
   * A request executed before is answered as before, and not executed again; one of a session that has expired is
   * refused, since nobody knows whether it was executed before. Raft §8; dissertation §6.3.
   */
  alreadyExecuted(self: RaftNode, request: Request): boolean {
    return self.store.cachedReply(request) !== null;
  },

  /** A leader that still waits for a request to be applied need not append it a second time. Dissertation §6.3. */
  alreadyAppended(self: RaftNode, request: Request): boolean {
    return self.pendingKeys.has(keyOf(request));
  },

  /** The entry applied must be the one appended for this client: after a change of leader it might be another's. */
  repliesTo(_self: RaftNode, waiting: Request, request: Request): boolean {
    return waiting === request;
  },

  /** A client is answered when its entry has been applied, not when it has been appended. Raft §5.3. */
  repliesAtAppend(): boolean {
    return false;
  },

  /** A deposed leader cannot tell what will become of what it has appended, and says so. Raft §8. */
  abandonsRequests(): boolean {
    return true;
  },

  /** Who does not lead names the leader it has heard from in its term, if any. Raft §8; dissertation §6.2. */
  leaderHint(self: RaftNode): NodeId {
    return self.leader;
  },
};
