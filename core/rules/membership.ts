import type { Micros, NodeId } from '../../sim/protocol.ts';
import { isVoter, voterDifference } from '../configuration.ts';
import type { Configuration } from '../messages.ts';
import type { ConfigurationRecord, RaftNode } from '../node.ts';
import type { Rules } from './index.ts';

/** Who belongs to the cluster: dissertation chapter 4. */
export interface MembershipRules {
  activeConfiguration(self: RaftNode): ConfigurationRecord;
  survivesTruncation(record: ConfigurationRecord, from: number): boolean;
  changePending(self: RaftNode): boolean;
  hasCommittedInTerm(self: RaftNode): boolean;
  needsJoint(before: Configuration, after: Configuration): boolean;
  mustCatchUp(self: RaftNode, node: NodeId): boolean;
  hasCaughtUp(self: RaftNode, round: Micros): boolean;
  mayLeaveJoint(self: RaftNode): boolean;
  mustStepDown(self: RaftNode): boolean;
}

/** As published. */
export const membershipRules: MembershipRules = {
  /**
   * A server uses the latest configuration in its log, whether it is committed or not. With the latest applied one, two
   * leaders can be elected by majorities that do not meet. Dissertation §4.1.
   */
  activeConfiguration(self: RaftNode): ConfigurationRecord {
    return self.configurations[self.configurations.length - 1]!;
  },

  /** A configuration goes with its entry: the one before is in force again. Dissertation §4.1. */
  survivesTruncation(record: ConfigurationRecord, from: number): boolean {
    return record.index < from;
  },

  /** One change at a time: the next may be appended only when the last is committed. Dissertation §4.1. */
  changePending(self: RaftNode): boolean {
    return self.configurationIndex > self.commitIndex;
  },

  /**
   * Has the leader committed an entry of its own term? Until then it may not know the latest committed configuration,
   * and two changes made side by side in different terms need not have majorities that meet. Raft-dev, July 2015
   * (correction of dissertation §4.1).
   */
  hasCommittedInTerm(self: RaftNode): boolean {
    return self.firstOwnIndex > 0 && self.commitIndex >= self.firstOwnIndex;
  },

  /** Majorities before and after are sure to meet only if one voter comes or goes. Dissertation §4.1, §4.3. */
  needsJoint(before: Configuration, after: Configuration): boolean {
    return voterDifference(before.voters, after.voters) > 1;
  },

  /** A server is brought up to date before its vote counts: until then the cluster could commit nothing. §4.2.1. */
  mustCatchUp(): boolean {
    return true;
  },

  /** A round of catching up that took less than an election timeout was short enough. Dissertation §4.2.1. */
  hasCaughtUp(self: RaftNode, round: Micros): boolean {
    return round <= self.options.electionTimeout[1];
  },

  /** The old configuration is left behind only when the joint one is committed. Dissertation §4.3. */
  mayLeaveJoint(this: Rules, self: RaftNode): boolean {
    return !this.changePending(self);
  },

  /** A leader that is no voter any more steps down when that is committed, and not before. Dissertation §4.2.2. */
  mustStepDown(self: RaftNode): boolean {
    return self.configurationIndex <= self.commitIndex && !isVoter(self.configuration, self.id);
  },
};
