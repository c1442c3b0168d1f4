import type { AppendEntries } from '../messages.ts';
import type { RaftNode } from '../node.ts';

/** Replication, the follower's side: Raft §5.3. */
export interface FollowerRules {
  matchesPrev(self: RaftNode, append: AppendEntries): boolean;
  firstToReplace(self: RaftNode, append: AppendEntries): number;
  truncatesConflict(self: RaftNode, index: number): boolean;
  acknowledges(self: RaftNode, append: AppendEntries): number;
  followerCommit(self: RaftNode, append: AppendEntries): number;
}

/** As published. */
export const followerRules: FollowerRules = {
  /**
   * Does the log contain an entry at prevLogIndex whose term is prevLogTerm? What has been compacted away was committed,
   * and every leader of a later term has it. Raft §5.3; dissertation §5.
   */
  matchesPrev(self: RaftNode, append: AppendEntries): boolean {
    const { log } = self;
    if (append.prevLogIndex < log.base) return true;
    return log.has(append.prevLogIndex) && log.term(append.prevLogIndex) === append.prevLogTerm;
  },

  /**
   * Which entry of the request is the first that the log lacks or contradicts? The number of entries if none. What the
   * log holds beyond the request stays: a delayed short request must not undo a longer one. Raft Figure 2, receiver 3–4.
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

  /** An entry that conflicts with the leader's, and all that follow it, are deleted. Raft Figure 2, receiver 3. */
  truncatesConflict(): boolean {
    return true;
  },

  /** What is known to match is what this request covered, not whatever the log happens to hold. Raft Figure 2. */
  acknowledges(_self: RaftNode, append: AppendEntries): number {
    return append.prevLogIndex + append.entries.length;
  },

  /** commitIndex = min(leaderCommit, index of last new entry): beyond it the log may still differ. Raft Figure 2, 5. */
  followerCommit(self: RaftNode, append: AppendEntries): number {
    return Math.max(self.commitIndex, Math.min(append.leaderCommit, append.prevLogIndex + append.entries.length));
  },
};
