import { HIGHEST_PRIORITY } from '../core/options.ts';
import type { Micros } from '../sim/protocol.ts';

/**
 * What the observed nodes are set up to do, as far as a check depends on it: a check that an option switches on is
 * skipped where the option is off. The options of `core` fit; another implementation of Raft states its own.
 */
export interface ExpectedOptions {
  /** Shortest and longest election timeout. */
  readonly electionTimeout: readonly [Micros, Micros];
  readonly heartbeatInterval: Micros;
  /** From 3 down to 0: by how many longest election timeouts it starts elections later; with 0 its timer starts none. */
  readonly priority: number;
  /** When a vote restarts the election timer of the node that gives it: when it is given, or when it is durable. */
  readonly voteTimer: 'granted' | 'durable';
  /** Whether a node collects pre-votes before it raises its term. Dissertation §9.6. */
  readonly preVote: boolean;
  /**
   * Whether a leader without contact to a quorum steps down (§6.2), and a node that has heard from a leader within the
   * shortest election timeout does not vote (§4.2.3).
   */
  readonly checkQuorum: boolean;
  /** AppendEntries with entries that may be in flight to a follower at once. */
  readonly maxInflight: number;
  /** Applied entries after which a snapshot is taken; null: not by count. */
  readonly snapshotEvery: number | null;
  /** Bytes of applied entries after which one is taken; null: not by size. */
  readonly snapshotBytes: number | null;
  /** Entries before the snapshot that stay in the log; null: as many as `snapshotEvery`, or none. */
  readonly snapshotTrailing: number | null;
  /** How nodes serve gets: through the log, by ReadIndex (§6.4), or by a lease (§6.4.1). */
  readonly reads: 'log' | 'readIndex' | 'lease';
}

/** Raft without any of its extensions. */
export const DEFAULT_EXPECTED_OPTIONS: ExpectedOptions = Object.freeze({
  electionTimeout: Object.freeze([150_000, 300_000] as const),
  heartbeatInterval: 50_000,
  priority: HIGHEST_PRIORITY,
  voteTimer: 'granted',
  preVote: false,
  checkQuorum: false,
  maxInflight: 1,
  snapshotEvery: null,
  snapshotBytes: null,
  snapshotTrailing: null,
  reads: 'log',
});

/** What each node of a cluster is set up to do. */
export interface ExpectedCluster {
  /** What the node does from its latest boot on: it may change whenever the node boots. */
  of(node: number): ExpectedOptions;
  /** Everything that any node may be set up to do in the course of the run. */
  readonly possible: readonly ExpectedOptions[];
}

/** A cluster whose nodes are all set up alike, for the whole run. */
export function everyNode(options: ExpectedOptions): ExpectedCluster {
  return { of: () => options, possible: [options] };
}

/**
 * How long a node may run before it must have noticed that an election timeout has passed. It may check once per
 * election timeout, and only when a heartbeat is due.
 */
export function silenceBound({ electionTimeout, heartbeatInterval }: ExpectedOptions): Micros {
  return 2 * electionTimeout[1] + 2 * heartbeatInterval;
}
