import { type SessionRules, sessionRules } from './rules/clients.ts';
import { type DurabilityRules, durabilityRules } from './rules/durability.ts';
import { type ElectionRules, electionRules } from './rules/elections.ts';
import { type FollowerRules, followerRules } from './rules/following.ts';
import { type LeaderRules, leaderRules } from './rules/leading.ts';
import { type CheckQuorumRules, checkQuorumRules } from './rules/loyalty.ts';
import { type MembershipRules, membershipRules } from './rules/membership.ts';
import { type ReadRules, readRules } from './rules/reads.ts';
import { type SnapshotRules, snapshotRules } from './rules/snapshots.ts';
import { type TransferRules, transferRules } from './rules/transfer.ts';

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
