import { configuration } from '../configuration.ts';
import type { Configuration } from '../messages.ts';
import type { RaftOptions } from '../options.ts';
import type { Dice } from './dice.ts';

/** The parameters of a random cluster. */
export interface Setup {
  readonly nodes: number;
  readonly members: Configuration;
  readonly options: Partial<RaftOptions>;
  /** Whether timers fire only when they are due. Leases depend on it. */
  readonly isPunctual: boolean;
  /** Time that passes between two turns, at most. */
  readonly pace: number;
  /** Whether the state machine is slow. */
  readonly appliesSlowly: boolean;
  /** How often, in a thousand turns, an administrator sends a request. */
  readonly adminRequests: number;
  /** How often, in a thousand turns, a node crashes. */
  readonly crashes: number;
  /** How often, in a thousand turns, a node is cut off or comes back; up to 10. */
  readonly cuts: number;
  /** How often, in a thousand turns, a client sends a request; up to 50. */
  readonly requests: number;
}

/** Raft alone: no snapshots, no membership changes, all nodes vote. */
export function plainSetup(nodes: number): Setup {
  return {
    nodes,
    members: configuration(Array.from({ length: nodes }, (_, node) => node)),
    options: { maxEntriesPerAppend: 3 },
    isPunctual: false,
    pace: 20_000,
    appliesSlowly: false,
    adminRequests: 0,
    crashes: 6,
    cuts: 0,
    requests: 50,
  };
}

/** Random options, members and faults. */
export function drawSetup(nodes: number, dice: Dice): Setup {
  const pick = <T>(...some: readonly T[]): T => some[dice.below(some.length)]!;
  const reads = pick('log', 'readIndex', 'lease');
  const options: Partial<RaftOptions> = {
    noop: reads !== 'log' || dice.chance(0.9),
    preVote: dice.chance(0.5),
    checkQuorum: reads === 'lease' || dice.chance(0.4),
    maxEntriesPerAppend: pick(1, 3, 64),
    maxBytesPerAppend: pick(null, null, 100),
    maxInflight: pick(1, 2, 8),
    maxInflightBytes: pick(null, null, 200),
    maxUncommittedBytes: pick(null, null, 300),
    snapshotEvery: pick(null, 1, 5, 20),
    snapshotBytes: pick(null, null, 500),
    snapshotTrailing: pick(null, 0, 3),
    snapshotChunk: pick(50, 200, 4096),
    reads,
    readsAtFollowers: reads !== 'log' && dice.chance(0.5),
    forwarding: dice.chance(0.5),
    sessionTimeout: pick(null, 300_000, 3_000_000),
    priority: pick(3, 3, 2, 1),
    voteTimer: pick('granted', 'durable'),
  };
  const voters = Array.from({ length: nodes }, (_, node) => node).filter((node) => node === 0 || dice.chance(0.7));
  const learners = Array.from({ length: nodes }, (_, node) => node).filter(
    (node) => !voters.includes(node) && dice.chance(0.3),
  );
  return {
    nodes,
    members: configuration(voters, learners),
    options,
    isPunctual: reads === 'lease' || dice.chance(0.6),
    pace: pick(500, 4000, 20_000),
    appliesSlowly: dice.chance(0.4),
    adminRequests: pick(0, 5, 20),
    crashes: pick(0, 3, 8),
    cuts: pick(0, 2, 6),
    requests: pick(15, 50),
  };
}

/** Voters that are often cut off and reconnected, and serve reads without the log. */
export function readingSetup(nodes: number, dice: Dice): Setup {
  const pick = <T>(...some: readonly T[]): T => some[dice.below(some.length)]!;
  return {
    ...plainSetup(nodes),
    options: {
      reads: pick('readIndex', 'lease'),
      checkQuorum: true,
      readsAtFollowers: dice.chance(0.5),
      maxInflight: 4,
    },
    isPunctual: true,
    pace: pick(400, 1200),
    adminRequests: pick(0, 2),
    crashes: pick(0, 1),
    cuts: 2,
    requests: 25,
  };
}
