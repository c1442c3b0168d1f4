import type { Micros, NodeId } from '../../sim/protocol.ts';
import { isVoter, voterDifference } from '../configuration.ts';
import type { Configuration } from '../messages.ts';
import type { CatchUp, ConfigurationRecord, RaftNode } from '../node.ts';
import type { Rules } from './index.ts';

/** Who belongs to the cluster: dissertation chapter 4. */
export interface MembershipRules {
  activeConfiguration(self: RaftNode): ConfigurationRecord;
  survivesTruncation(record: ConfigurationRecord, from: number): boolean;
  changePending(self: RaftNode): boolean;
  hasCommittedInTerm(self: RaftNode): boolean;
  isOfMembership(self: RaftNode, from: NodeId, memberSince: number): boolean;
  needsJoint(before: Configuration, after: Configuration): boolean;
  endsRound(self: RaftNode, catchUp: CatchUp): boolean;
  hasCaughtUp(self: RaftNode, round: Micros): boolean;
  mayLeaveJoint(self: RaftNode): boolean;
  mustStepDown(self: RaftNode): boolean;
}

/** As published. */
export const membershipRules: MembershipRules = {
  /**
   * A node uses the latest configuration in its log, committed or not. If nodes used the latest applied one, majorities
   * that do not intersect could elect two leaders. Dissertation §4.1.
   */
  activeConfiguration(self: RaftNode): ConfigurationRecord {
    return self.configurations[self.configurations.length - 1]!;
  },

  /** A configuration is dropped with its entry; then the node uses the previous one again. Dissertation §4.1. */
  survivesTruncation(record: ConfigurationRecord, from: number): boolean {
    return record.index < from;
  },

  /** One change at a time: a leader appends the next change only after the last one is committed. Dissertation §4.1. */
  changePending(self: RaftNode): boolean {
    return self.configurationIndex > self.commitIndex;
  },

  /**
   * Has the leader committed an entry of its own term? Until then it may not know the latest committed configuration,
   * and the majorities of two concurrent changes of different terms need not intersect. Raft-dev, July 2015 (correction
   * of dissertation §4.1).
   */
  hasCommittedInTerm(self: RaftNode): boolean {
    return self.firstOwnIndex > 0 && self.commitIndex >= self.firstOwnIndex;
  },

  /**
   * A reply counts for the membership in which it was requested. A node that was removed may come back with an empty disk
   * in the same term: what it had acknowledged before says nothing about it. Dissertation §4.2.1.
   */
  isOfMembership(self: RaftNode, from: NodeId, memberSince: number): boolean {
    return self.isMember[from] === 1 && memberSince === self.progress[from]!.memberSince;
  },

  /** Majorities before and after surely intersect only if one voter is added or removed. Dissertation §4.1, §4.3. */
  needsJoint(before: Configuration, after: Configuration): boolean {
    return voterDifference(before.voters, after.voters) > 1;
  },

  /** A round of catching up ends at the index that was the leader's last when the round began. Dissertation §4.2.1. */
  endsRound(self: RaftNode, { node, goal }: CatchUp): boolean {
    return self.matchIndex[node]! >= goal;
  },

  /** A new member has caught up when a round took no longer than the longest election timeout. Dissertation §4.2.1. */
  hasCaughtUp(self: RaftNode, round: Micros): boolean {
    return round <= self.options.electionTimeout[1];
  },

  /** A leader leaves a joint configuration only after it is committed. Dissertation §4.3. */
  mayLeaveJoint(this: Rules, self: RaftNode): boolean {
    return !this.changePending(self);
  },

  /** A leader that is no longer a voter steps down when its removal is committed, not before. Dissertation §4.2.2. */
  mustStepDown(self: RaftNode): boolean {
    return self.configurationIndex <= self.commitIndex && !isVoter(self.configuration, self.id);
  },
};
