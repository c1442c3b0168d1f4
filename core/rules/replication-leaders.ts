import type { NodeId } from '../../sim/protocol.ts';
import type { AppendEntriesReply } from '../messages.ts';
import type { RaftNode } from '../node.ts';
import { PROBE } from '../progress.ts';
import { committedIndex } from '../quorum.ts';
import type { Rules } from './index.ts';
import { LEADER } from '../view.ts';

/** Replication and commitment, the leader's side: Raft §5.3, §5.4.2. */
export interface LeaderRules {
  countsAck(self: RaftNode, reply: AppendEntriesReply): boolean;
  matchAfterAck(self: RaftNode, from: number, reply: AppendEntriesReply): number;
  nextAfterAck(self: RaftNode, from: number): number;
  nextAfterReject(self: RaftNode, from: number, reply: AppendEntriesReply): number;
  ownMatch(self: RaftNode): number;
  quorumMatchIndex(self: RaftNode): number;
  mayCommit(self: RaftNode, index: number): boolean;
  countsReject(self: RaftNode, from: NodeId, reply: AppendEntriesReply): boolean;
  matchAfterReject(self: RaftNode, from: NodeId, reply: AppendEntriesReply): number;
  acceptsMoreUncommitted(self: RaftNode, bytes: number): boolean;
}

/** As published. */
export const leaderRules: LeaderRules = {
  /** An answer to an earlier leadership says nothing about this one. Raft §5.3. */
  countsAck(self: RaftNode, reply: AppendEntriesReply): boolean {
    return self.role === LEADER && reply.term === self.term;
  },

  /** Answers can overtake each other; what was once known to match still does. Raft Figure 2, matchIndex. */
  matchAfterAck(self: RaftNode, from: number, reply: AppendEntriesReply): number {
    return Math.max(self.matchIndex[from]!, reply.matchIndex);
  },

  /** nextIndex stands after everything known to match. Raft Figure 2, rules for leaders. */
  nextAfterAck(self: RaftNode, from: number): number {
    return Math.max(self.nextIndex[from]!, self.matchIndex[from]! + 1);
  },

  /**
   * Back up by a term at a time: to our last entry of the conflicting term, or to where the follower's begins. Never
   * below what is known to match. Raft §5.3, last paragraphs.
   */
  nextAfterReject(self: RaftNode, from: number, reply: AppendEntriesReply): number {
    const ours = reply.conflictTerm === 0 ? 0 : self.log.lastOfTerm(reply.conflictTerm);
    const next = ours > 0 ? Math.min(ours + 1, reply.rejectedIndex) : reply.conflictIndex;
    return Math.max(self.matchIndex[from]! + 1, Math.min(next, reply.rejectedIndex));
  },

  /** The leader counts itself only for what is on its own disk. Dissertation §10.2.1. */
  ownMatch(self: RaftNode): number {
    return self.stableIndex;
  },

  /**
   * The highest index that a majority of the matchIndexes reach: the quorum-th largest, and of both majorities the lower.
   * A leader that is no voter does not count itself. Raft Figure 2, leaders; dissertation §4.2.2, §4.3.
   */
  quorumMatchIndex(this: Rules, self: RaftNode): number {
    const { voters, outgoing } = self.configuration;
    const index = committedIndex(self.matchIndex, voters, this.quorum(voters.length));
    if (outgoing.length === 0) return index;
    return Math.min(index, committedIndex(self.matchIndex, outgoing, this.quorum(outgoing.length)));
  },

  /** Only entries of the current term are committed by counting; earlier ones follow. Raft §5.4.2, Figure 8. */
  mayCommit(self: RaftNode, index: number): boolean {
    return index > self.commitIndex && self.log.term(index) === self.term;
  },

  /**
   * A rejection says something new only if it is about what is not known to match, and, while the leader is feeling its
   * way, answers its latest question: others were overtaken. Raft §5.3.
   */
  countsReject(self: RaftNode, from: NodeId, reply: AppendEntriesReply): boolean {
    if (reply.rejectedIndex <= self.matchIndex[from]!) return false;
    const next = self.nextIndex[from]!;
    return self.progress[from]!.state === PROBE ? reply.rejectedIndex === next - 1 : reply.rejectedIndex < next;
  },

  /** Where a follower's log may begin to match is no place up to which it does. Raft §5.3. */
  matchAfterReject(self: RaftNode, from: NodeId): number {
    return self.matchIndex[from]!;
  },

  /** A leader takes no more while too much is uncommitted, but always one request. */
  acceptsMoreUncommitted(self: RaftNode, bytes: number): boolean {
    const { maxUncommittedBytes } = self.options;
    if (maxUncommittedBytes === null || self.uncommittedBytes === 0) return true;
    return self.uncommittedBytes + bytes <= maxUncommittedBytes;
  },
};
