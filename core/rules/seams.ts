import type { Micros, NodeId, Out } from '../../sim/protocol.ts';
import {
  type AppendEntriesReply,
  type Message,
  NONE,
  type RaftDisk,
  type SnapshotRecord,
  type Write,
} from '../messages.ts';
import type { RaftNode } from '../node.ts';

/**
 * Entries that decide nothing as published: each returns a constant, or a value as it is. They mark the places where
 * real implementations went wrong, so that a mutant can go wrong there too.
 */
export interface Seams {
  // Election.
  voteInNewTerm(self: RaftNode): number;
  voteWhenFollowing(self: RaftNode): number;
  diskAtRestart(disk: RaftDisk): RaftDisk;
  retriesElection(self: RaftNode): boolean;
  // PreVote.
  leaderDuringPreVote(self: RaftNode): NodeId;
  repliesToStalePreVote(self: RaftNode): boolean;
  // CheckQuorum.
  countsAsContact(self: RaftNode): boolean;
  // Replication.
  lastToSend(self: RaftNode): number;
  truncatesConflict(self: RaftNode, index: number): boolean;
  matchAfterReject(self: RaftNode, from: NodeId, reply: AppendEntriesReply): number;
  // Durability.
  savesVote(self: RaftNode): boolean;
  takesFailedWriteAsDurable(self: RaftNode): boolean;
  // Snapshots.
  heartbeatsDuringSnapshot(self: RaftNode): boolean;
  withholdsUnreadSnapshot(self: RaftNode): boolean;
  savesSnapshotAtOnce(self: RaftNode): boolean;
  snapshotRecords(self: RaftNode): readonly SnapshotRecord[];
  keepsLaterConfigurations(self: RaftNode, keepsLog: boolean): boolean;
  termAfterInstall(self: RaftNode, lastTerm: number): number;
  // Membership.
  acceptsFrom(self: RaftNode, from: NodeId): boolean;
  mustCatchUp(self: RaftNode, node: NodeId): boolean;
  // Reads.
  sendsReadIndex(self: RaftNode): boolean;
  leaseTime(now: Micros, out: Out<Message, Write>): Micros;
  // Sessions.
  repliesAtAppend(self: RaftNode): boolean;
  abandonsRequests(self: RaftNode): boolean;
}

/** As published. */
export const seams: Seams = {
  /** A new term begins without a vote. Raft §5.2. */
  voteInNewTerm(): number {
    return NONE;
  },

  /** Following a leader of the same term keeps the vote: a node must not vote again in that term. Raft §5.2. */
  voteWhenFollowing(self: RaftNode): number {
    return self.votedFor;
  },

  /**
   * Term, vote, log and snapshot survive a crash, as they are on the disk: they were durable before anything that depends on
   * them left. Raft Figure 2, persistent state.
   */
  diskAtRestart(disk: RaftDisk): RaftDisk {
    return disk;
  },

  /** An election without a winner is followed by another, after a new timeout. Raft §5.2. */
  retriesElection(): boolean {
    return true;
  },

  /** A pre-candidate no longer follows its leader, so it may grant pre-votes to others. Dissertation §9.6. */
  leaderDuringPreVote(): NodeId {
    return NONE;
  },

  /**
   * A stale pre-vote request gets a reply with the current term. Without it, nodes with the better logs and nodes with
   * the higher terms wait for each other for ever. Dissertation §9.6; etcd #8501.
   */
  repliesToStalePreVote(): boolean {
    return true;
  },

  /** A reply to a chunk of a snapshot is contact with the follower, like any other reply. Dissertation §6.2. */
  countsAsContact(): boolean {
    return true;
  },

  /** A leader sends entries before its own write is durable, so that disks work in parallel. Dissertation §10.2.1. */
  lastToSend(self: RaftNode): number {
    return self.log.lastIndex;
  },

  /** A conflicting entry and all that follow it are deleted. Raft Figure 2, AppendEntries receiver 3. */
  truncatesConflict(): boolean {
    return true;
  },

  /** A rejection says where to look for the last matching entry, not that anything matches. Raft §5.3. */
  matchAfterReject(self: RaftNode, from: NodeId): number {
    return self.matchIndex[from]!;
  },

  /** Term and vote are updated on stable storage. Raft Figure 2. */
  savesVote(): boolean {
    return true;
  },

  /** A write that has failed is not durable, whether the node stops or not. */
  takesFailedWriteAsDurable(): boolean {
    return false;
  },

  /** A follower that receives a snapshot gets heartbeats too: its chunks may be slow to arrive. Dissertation §5.3. */
  heartbeatsDuringSnapshot(): boolean {
    return true;
  },

  /** A snapshot that cannot be read from the disk is not sent. Figure 5.3, InstallSnapshot RPC. */
  withholdsUnreadSnapshot(): boolean {
    return true;
  },

  /** A crash leaves a snapshot with the log after it, or neither: both are in one write. Dissertation §5.1. */
  savesSnapshotAtOnce(): boolean {
    return true;
  },

  /** A snapshot contains the sessions: without them, a retry would be executed again. Dissertation §6.3. */
  snapshotRecords(self: RaftNode): readonly SnapshotRecord[] {
    return self.store.export();
  },

  /** Configurations after the snapshot stay if their entries do. Dissertation §5.1. */
  keepsLaterConfigurations(_self: RaftNode, keepsLog: boolean): boolean {
    return keepsLog;
  },

  /**
   * A snapshot's last term is that of its last entry, not that of the leader that sends it. Dissertation Figure 5.3.
   */
  termAfterInstall(self: RaftNode): number {
    return self.term;
  },

  /** A node handles requests of non-members too: a candidate may need votes of nodes that do not know it yet. §4.1. */
  acceptsFrom(): boolean {
    return true;
  },

  /**
   * A new member catches up before its vote counts. If it counted earlier, the cluster might commit nothing until then.
   * Dissertation §4.2.1.
   */
  mustCatchUp(): boolean {
    return true;
  },

  /** A follower's commitIndex may be behind, so it requests a read index from the leader. Dissertation §6.4. */
  sendsReadIndex(): boolean {
    return true;
  },

  /**
   * A lease is measured by the monotonic clock, as leader stickiness is, on which it rests. A wall clock that is set back
   * would make it longer than that. Dissertation §6.4.1.
   */
  leaseTime(now: Micros): Micros {
    return now;
  },

  /** A client gets its reply when its entry has been applied, not when it has been appended. Raft §5.3. */
  repliesAtAppend(): boolean {
    return false;
  },

  /** A deposed leader cannot know the outcome of the requests it has appended, and replies so. Raft §8. */
  abandonsRequests(): boolean {
    return true;
  },
};
