import { type SessionRules, sessionRules } from './sessions.ts';
import { type DurabilityRules, durabilityRules } from './durability.ts';
import { type ElectionRules, electionRules } from './election.ts';
import { type FollowerRules, followerRules } from './replication-followers.ts';
import { type LeaderRules, leaderRules } from './replication-leaders.ts';
import { type CheckQuorumRules, checkQuorumRules } from './check-quorum.ts';
import { type MembershipRules, membershipRules } from './membership.ts';
import { type ReadRules, readRules } from './reads.ts';
import { type SnapshotRules, snapshotRules } from './snapshot.ts';
import { type TransferRules, transferRules } from './transfer.ts';

/**
 * The decisions of the protocol, one small function each. The rest of `core` asks this table and does as it says; a
 * known bug is a table with one entry replaced (see `core/mutants`). Hold Figure 2 of the Raft paper beside it.
 */
export interface Rules
  extends
    ElectionRules,
    CheckQuorumRules,
    DurabilityRules,
    FollowerRules,
    LeaderRules,
    MembershipRules,
    SnapshotRules,
    TransferRules,
    ReadRules,
    SessionRules {}

/** Raft as published. */
export const RULES: Rules = Object.freeze({
  ...electionRules,
  ...checkQuorumRules,
  ...durabilityRules,
  ...followerRules,
  ...leaderRules,
  ...membershipRules,
  ...snapshotRules,
  ...transferRules,
  ...readRules,
  ...sessionRules,
});
