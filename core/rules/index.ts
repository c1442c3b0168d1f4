import { type CheckQuorumRules, checkQuorumRules } from './check-quorum.ts';
import { type DurabilityRules, durabilityRules } from './durability.ts';
import { type ElectionRules, electionRules } from './election.ts';
import { type FlowControlRules, flowControlRules } from './flow-control.ts';
import { type MembershipRules, membershipRules } from './membership.ts';
import { type PreVoteRules, preVoteRules } from './pre-vote.ts';
import { type ReadRules, readRules } from './reads.ts';
import { type ReplicationRules, replicationRules } from './replication.ts';
import { type Seams, seams } from './seams.ts';
import { type SessionRules, sessionRules } from './sessions.ts';
import { type SnapshotRules, snapshotRules } from './snapshot.ts';
import { type TransferRules, transferRules } from './transfer.ts';

/**
 * The decisions of the protocol, one small function each, one file an area. The rest of `core` calls this table; a
 * known bug is a table with some entries replaced (see `core/mutants`). Hold Figure 2 of the Raft paper beside it.
 */
export interface Rules
  extends
    ElectionRules,
    PreVoteRules,
    CheckQuorumRules,
    ReplicationRules,
    FlowControlRules,
    DurabilityRules,
    SnapshotRules,
    MembershipRules,
    TransferRules,
    ReadRules,
    SessionRules,
    Seams {}

/** Raft as published. */
export const RULES: Rules = Object.freeze({
  ...electionRules,
  ...preVoteRules,
  ...checkQuorumRules,
  ...replicationRules,
  ...flowControlRules,
  ...durabilityRules,
  ...snapshotRules,
  ...membershipRules,
  ...transferRules,
  ...readRules,
  ...sessionRules,
  ...seams,
});
