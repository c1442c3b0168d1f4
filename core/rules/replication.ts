import type { NodeId } from '../../sim/protocol.ts';
import type { AppendEntries, AppendEntriesReply } from '../messages.ts';
import type { RaftNode } from '../node.ts';
import { PROBE } from '../progress.ts';
import { committedIndex } from '../quorum.ts';
import { LEADER } from '../view.ts';
import type { Rules } from './index.ts';

/** Replication, commitment and application of the log: Raft §5.3, §5.4.2. */
export interface ReplicationRules {
  // Followers.
  matchesPrev(self: RaftNode, append: AppendEntries): boolean;
  firstToReplace(self: RaftNode, append: AppendEntries): number;
  acknowledges(self: RaftNode, append: AppendEntries): number;
  followerCommit(self: RaftNode, append: AppendEntries): number;
  // Leaders.
  countsAck(self: RaftNode, reply: AppendEntriesReply): boolean;
  matchAfterAck(self: RaftNode, from: number, reply: AppendEntriesReply): number;
  nextAfterAck(self: RaftNode, from: number): number;
  countsReject(self: RaftNode, from: NodeId, reply: AppendEntriesReply): boolean;
  nextAfterReject(self: RaftNode, from: number, reply: AppendEntriesReply): number;
  quorumMatchIndex(self: RaftNode): number;
  mayCommit(self: RaftNode, index: number): boolean;
  // All nodes.
  firstToApply(self: RaftNode): number;
}

/** As published. */
export const replicationRules: ReplicationRules = {
  /**
   * Does the log contain an entry at prevLogIndex whose term is prevLogTerm? Compacted entries were committed, so every
   * leader of a later term has them. Raft Figure 2, AppendEntries receiver 2; dissertation §5.
   */
  matchesPrev(self: RaftNode, append: AppendEntries): boolean {
    const { log } = self;
    if (append.prevLogIndex < log.base) return true;
    return log.has(append.prevLogIndex) && log.term(append.prevLogIndex) === append.prevLogTerm;
  },

  /**
   * The position in `entries` of the first entry that the log lacks or contradicts; the number of entries if none.
   * Entries of the log beyond the request stay: a delayed short request must not undo a longer one.
   * Raft Figure 2, AppendEntries receiver 3 and 4.
   */
  firstToReplace(self: RaftNode, append: AppendEntries): number {
    const { prevLogIndex, entries } = append;
    let i = Math.min(entries.length, Math.max(0, self.log.base - prevLogIndex));
    while (
      i < entries.length &&
      self.log.has(prevLogIndex + 1 + i) &&
      self.log.term(prevLogIndex + 1 + i) === entries[i]!.term
    ) {
      i++;
    }
    return i;
  },

  /**
   * A follower acknowledges what the request covered. The rest of its log may differ from the leader's. Raft Figure 2.
   */
  acknowledges(_self: RaftNode, append: AppendEntries): number {
    return append.prevLogIndex + append.entries.length;
  },

  /**
   * commitIndex = min(leaderCommit, index of last new entry): beyond that entry the log may differ from the leader's.
   * Raft Figure 2, AppendEntries receiver 5.
   */
  followerCommit(self: RaftNode, append: AppendEntries): number {
    return Math.max(self.commitIndex, Math.min(append.leaderCommit, append.prevLogIndex + append.entries.length));
  },

  /** A reply counts in the term of its request: a reply from an earlier leadership may be out of date. Raft §5.3. */
  countsAck(self: RaftNode, reply: AppendEntriesReply): boolean {
    return self.role === LEADER && reply.term === self.term;
  },

  /** Replies can be reordered. What was once known to match still matches. Raft Figure 2, matchIndex. */
  matchAfterAck(self: RaftNode, from: number, reply: AppendEntriesReply): number {
    return Math.max(self.matchIndex[from]!, reply.matchIndex);
  },

  /** nextIndex is after everything known to match. Raft Figure 2, leaders. */
  nextAfterAck(self: RaftNode, from: number): number {
    return Math.max(self.nextIndex[from]!, self.matchIndex[from]! + 1);
  },

  /**
   * A rejection counts if it concerns an index that is not known to match. While the leader probes, it must also reply
   * to the latest probe; other rejections are stale. Raft §5.3.
   */
  countsReject(self: RaftNode, from: NodeId, reply: AppendEntriesReply): boolean {
    if (reply.rejectedIndex <= self.matchIndex[from]!) return false;
    const next = self.nextIndex[from]!;
    return self.progress[from]!.state === PROBE ? reply.rejectedIndex === next - 1 : reply.rejectedIndex < next;
  },

  /**
   * Backtracks by a whole term: to the leader's last entry of the conflicting term, or to the follower's first. Never
   * below the matchIndex. Raft §5.3, last paragraphs.
   */
  nextAfterReject(self: RaftNode, from: number, reply: AppendEntriesReply): number {
    const ours = reply.conflictTerm === 0 ? 0 : self.log.lastOfTerm(reply.conflictTerm);
    const next = ours > 0 ? Math.min(ours + 1, reply.rejectedIndex) : reply.conflictIndex;
    return Math.max(self.matchIndex[from]! + 1, Math.min(next, reply.rejectedIndex));
  },

  /**
   * The highest N such that a majority of matchIndex[i] ≥ N; of two majorities, the lower. A leader that is not a voter
   * does not count itself. Raft Figure 2, leaders; dissertation §4.2.2, §4.3.
   */
  quorumMatchIndex(this: Rules, self: RaftNode): number {
    const { voters, outgoing } = self.configuration;
    const index = committedIndex(self.matchIndex, voters, this.quorum(voters.length));
    if (outgoing.length === 0) return index;
    return Math.min(index, committedIndex(self.matchIndex, outgoing, this.quorum(outgoing.length)));
  },

  /**
   * A leader commits by counting only entries of its own term; earlier entries are committed with them. An entry of an
   * earlier term can be on a majority and still be overwritten. Raft §5.4.2, Figure 8.
   */
  mayCommit(self: RaftNode, index: number): boolean {
    return index > self.commitIndex && self.log.term(index) === self.term;
  },

  /** Entries are applied in order, each once. Raft Figure 2, all servers. */
  firstToApply(self: RaftNode): number {
    return self.lastApplied + 1;
  },
};
