import type { DiskRecord } from '../../core/messages.ts';
import type { SingleEffect } from '../../sim/message-rule.ts';
import type { Action, RaftPlan, Scenario, Step } from '../scenario.ts';
import { topSteps } from '../top-steps.ts';

/** A part of Raft or of the environment that does nothing unless a scenario makes use of it. */
export interface Feature {
  /** What a scenario without it lacks, and how to have it, as a clause. */
  readonly missing: string;
  isUsed(scenario: UsedScenario): boolean;
}

/** The feature, if the scenario makes no use of it; null: it does, some seed may draw it, or nothing is needed. */
export function missing(feature: Feature | undefined, scenario: UsedScenario): Feature | null {
  return feature === undefined || scenario.swarm !== null || feature.isUsed(scenario) ? null : feature;
}

type Steps = Pick<Scenario, 'script' | 'timeline' | 'chaos'>;

/** What tells whether a feature is used. */
export type UsedScenario = Pick<Scenario, 'uses' | 'network' | 'disks' | 'script' | 'timeline' | 'chaos' | 'swarm'>;

/** Whether some node may run with such options. */
function usesOption(holds: (raft: RaftPlan) => boolean): Feature['isUsed'] {
  return ({ uses }) => uses.options.some(holds);
}

const preVote: Feature = {
  missing: 'preVote is off; set cluster.raft.preVote: true',
  isUsed: usesOption((raft) => raft.preVote === true),
};

const checkQuorum: Feature = {
  missing: 'checkQuorum is off; set cluster.raft.checkQuorum: true',
  isUsed: usesOption((raft) => raft.checkQuorum === true),
};

const delayedElections: Feature = {
  missing: 'every node has priority 3; set cluster.raft.nodes: { n1: { priority: 1 } }',
  isUsed: usesOption(({ priority = 3 }) => priority < 3),
};

const withheldElections: Feature = {
  missing: 'no node has priority 0; set cluster.raft.nodes: { n1: { priority: 0 } }',
  isUsed: usesOption((raft) => raft.priority === 0),
};

const durableVotes: Feature = {
  missing: 'no election timer waits for votes; set cluster.raft.voteTimer: durable',
  isUsed: usesOption((raft) => raft.voteTimer === 'durable'),
};

const pipelining: Feature = {
  missing: 'one AppendEntries is in flight at a time; set cluster.raft.maxInflight',
  isUsed: usesOption((raft) => (raft.maxInflight ?? 1) > 1),
};

export const snapshots: Feature = {
  missing: 'nothing takes a snapshot; set cluster.raft.snapshotEvery or snapshotBytes, or add a snapshot step',
  isUsed: ({ uses, ...steps }) =>
    uses.options.some((raft) => (raft.snapshotEvery ?? null) !== null || (raft.snapshotBytes ?? null) !== null) ||
    does(steps, 'snapshot'),
};

const changes: Feature = {
  missing: 'no step changes the membership; add one such as add, remove or reconfigure',
  isUsed: (steps) => does(steps, 'change') || does(steps, 'reconfigure'),
};

const jointChanges: Feature = {
  missing: 'only a reconfigure step brings a joint configuration; add one',
  isUsed: (steps) => does(steps, 'reconfigure'),
};

const transfers: Feature = {
  missing: 'no step transfers the leadership; add a transfer step',
  isUsed: (steps) => does(steps, 'transfer'),
};

const readIndex: Feature = {
  missing: 'gets go through the log; set cluster.raft.reads: readIndex or lease',
  isUsed: usesOption((raft) => (raft.reads ?? 'log') !== 'log'),
};

const leases: Feature = {
  missing: 'there are no leases; set cluster.raft.reads: lease, with checkQuorum: true',
  isUsed: usesOption((raft) => raft.reads === 'lease'),
};

const followerReads: Feature = {
  missing: 'followers serve no gets; set cluster.raft.readsAtFollowers: true, with reads: readIndex or lease',
  isUsed: usesOption((raft) => raft.readsAtFollowers === true),
};

const forwarding: Feature = {
  missing: 'followers name the leader instead; set cluster.raft.forwarding: true',
  isUsed: usesOption((raft) => raft.forwarding === true),
};

const sessions: Feature = {
  missing: 'sessions need no registration and never expire; set cluster.raft.sessionTimeout',
  isUsed: usesOption((raft) => (raft.sessionTimeout ?? null) !== null),
};

/** The mutants whose nodes read the wall clock where Raft as published does not. */
const READ_THE_WALL_CLOCK: readonly string[] = ['R13'];

/** Log time is the one thing that is read from the wall clock. */
export const wallClock: Feature = {
  missing: 'no node reads its wall clock; set cluster.raft.sessionTimeout',
  isUsed: ({ uses }) =>
    uses.options.some((raft) => (raft.sessionTimeout ?? null) !== null) ||
    uses.mutants.some((id) => READ_THE_WALL_CLOCK.includes(id)),
};

const crashes: Feature = {
  missing: 'no node goes down; add a crash, restart or wipe step',
  isUsed: (scenario) =>
    ['crash', 'restart', 'wipe'].some((kind) => does(scenario, kind as Action['kind'])) ||
    failures.isUsed(scenario) ||
    actionsOf(topSteps(scenario)).some(
      (action) => action.kind === 'disk' && (action.restore !== null || action.corrupt !== null),
    ),
};

const tornWrites: Feature = {
  missing: 'no crash tears a write; set disk.tear: true, or disk: tear on a crash step',
  isUsed: ({ disks, ...steps }) =>
    disks.some(({ atCrash }) => atCrash === 'tear') ||
    actionsOf(topSteps(steps)).some((action) => action.kind === 'crash' && action.disk === 'tear'),
};

const lies: Feature = {
  missing: 'no disk lies; add a disk step with lies: true',
  isUsed: (steps) => actionsOf(topSteps(steps)).some((action) => action.kind === 'disk' && action.lies === true),
};

const failures: Feature = {
  missing: 'no write fails; add a disk step with full: true, or with fails',
  isUsed: (steps) =>
    actionsOf(topSteps(steps)).some(
      (action) => action.kind === 'disk' && (action.full === true || (action.fails ?? 0) > 0),
    ),
};

const unreadable: Feature = {
  missing: 'no disk is unreadable; add a disk step with unreadable: true',
  isUsed: (steps) => actionsOf(topSteps(steps)).some((action) => action.kind === 'disk' && action.unreadable === true),
};

/** Whether a record is damaged; `record` null: of any kind. */
function corrupts(record: DiskRecord | null): Feature {
  return {
    missing: `no ${record ?? 'record'} is corrupt; add a disk step with corrupt: ${record ?? 'entry'}`,
    isUsed: (steps) =>
      actionsOf(topSteps(steps)).some(
        (action) =>
          action.kind === 'disk' && action.corrupt !== null && (record === null || action.corrupt.record === record),
      ),
  };
}

const noStart: Feature = {
  missing: 'every disk can be read and is sound; add a disk step with unreadable: true, or with corrupt',
  isUsed: (scenario) => unreadable.isUsed(scenario) || corrupts(null).isUsed(scenario),
};

const duplication: Feature = {
  missing: 'the network duplicates nothing; set network.duplicate, or add a network step that does',
  isUsed: ({ network: { everyLink, links }, ...steps }) =>
    everyLink.duplicate > 0 ||
    links.some(({ plan }) => (plan.duplicate ?? 0) > 0) ||
    actionsOf(topSteps(steps)).some(
      (action) => action.kind === 'network' && action.conditions !== 'reset' && (action.conditions.duplicate ?? 0) > 0,
    ) ||
    affectsMessages(steps, 'duplicate'),
};

/** What an unreadable disk is read for. */
export const readings: Feature = {
  missing: 'no node goes down, and nothing takes a snapshot; add a restart step',
  isUsed: (scenario) =>
    crashes.isUsed(scenario) ||
    failures.isUsed(scenario) ||
    corrupts(null).isUsed(scenario) ||
    snapshots.isUsed(scenario) ||
    actionsOf(topSteps(scenario)).some((action) => action.kind === 'disk' && action.restore !== null),
};

/** A step that does this to single messages. */
function singleMessages(does: SingleEffect['kind']): Feature {
  return { missing: `no step does this; add a ${does} step`, isUsed: (steps) => affectsMessages(steps, does) };
}

/** What each mark cannot be seen without. Marks that are not listed can be seen in any scenario. */
export const NEEDED_BY_MARKS: ReadonlyMap<string, Feature> = new Map(
  Object.entries({
    'pre-vote-denied': preVote,
    'pre-candidate-stepped-down': preVote,
    'quorum-lost': checkQuorum,
    'vote-request-ignored': checkQuorum,
    'entries-pipelined': pipelining,
    'unsynced-write-lost': crashes,
    'write-torn': tornWrites,
    'synced-write-lost': lies,
    'write-failed': failures,
    'node-halted': failures,
    'read-failed': unreadable,
    'start-refused': noStart,
    'vote-lost': crashes,
    'term-lost': crashes,
    'entries-lost': crashes,
    'snapshot-taken': snapshots,
    'log-compacted': snapshots,
    'snapshot-sent': snapshots,
    'snapshot-resumed': snapshots,
    'snapshot-installed': snapshots,
    'log-suffix-kept': snapshots,
    'log-discarded': snapshots,
    'configuration-committed': changes,
    'configuration-rolled-back': changes,
    'joint-entered': jointChanges,
    'joint-left': jointChanges,
    'elected-in-joint': jointChanges,
    'learner-added': changes,
    'learner-promoted': changes,
    'catch-up-aborted': changes,
    'member-removed': changes,
    'leader-removed': changes,
    'removed-node-campaigned': changes,
    'leadership-transferred': transfers,
    'transfer-aborted': transfers,
    'read-confirmed': readIndex,
    'lease-read': leases,
    'follower-read': followerReads,
    'session-opened': sessions,
    'session-expired': sessions,
    'session-rejected': sessions,
    'request-forwarded': forwarding,
    'duplicate-delivered': duplication,
    'message-dropped': singleMessages('drop'),
    'message-delayed': singleMessages('delay'),
    'message-held': singleMessages('hold'),
    'message-corrupted': singleMessages('corrupt'),
  }),
);

/** What each known bug does nothing without: the rule that it replaces is not asked, or decides the same. */
export const NEEDED_BY_MUTANTS: ReadonlyMap<string, Feature> = new Map([
  ...each(['E12', 'V1', 'V2', 'V3', 'V4'], preVote),
  ...each(['M8', 'T4', 'V6'], checkQuorum),
  ...each(['E13', 'S1', 'S2', 'S3', 'S6', 'S7', 'S8', 'S11', 'S12', 'S13'], snapshots),
  ...each(['M2', 'M3', 'M4', 'M5', 'M6', 'M7', 'M9', 'M10', 'M11', 'M12', 'M14'], changes),
  ...each(['T1', 'T2', 'T3', 'T5'], transfers),
  ...each(['R1', 'R2', 'R3', 'R4', 'R10'], readIndex),
  ...each(['R6', 'R7', 'R11', 'R13'], leases),
  ...each(['R9'], followerReads),
  ...each(['K7'], forwarding),
  ...each(['K5', 'K6'], sessions),
  ...each(['E19'], crashes),
  ...each(['D1', 'D2'], failures),
  ...each(['D3'], corrupts('entry')),
  ...each(['D4'], corrupts(null)),
  ...each(['D5'], corrupts('snapshot')),
  ...each(['E14'], corrupts('vote')),
  ...each(['D6'], unreadable),
  ...each(['E27'], withheldElections),
  ...each(['E28'], delayedElections),
  ...each(['E29', 'E30'], durableVotes),
]);

function each(ids: readonly string[], feature: Feature): readonly (readonly [string, Feature])[] {
  return ids.map((id) => [id, feature] as const);
}

function does(steps: Steps, kind: Action['kind']): boolean {
  return actionsOf(topSteps(steps)).some((action) => action.kind === kind);
}

function affectsMessages(steps: Steps, does: SingleEffect['kind']): boolean {
  return actionsOf(topSteps(steps)).some((action) => action.kind === 'message' && action.effect.kind === does);
}

/** The actions of these steps, and of those inside them. */
export function actionsOf(steps: readonly Step[]): readonly Action[] {
  return steps.flatMap(({ action }) => [
    action,
    ...('do' in action ? actionsOf(action.do) : []),
    ...('else' in action ? actionsOf(action.else) : []),
  ]);
}
