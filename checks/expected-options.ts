import type { Micros } from '../sim/protocol.ts';

/**
 * What the nodes under watch were set up to do, as far as a check depends on it: what was not promised is not checked.
 * The options of `core` fit; another implementation says what it does.
 */
export interface ExpectedOptions {
  /** Range of election timeouts. */
  readonly electionTimeout: readonly [Micros, Micros];
  readonly heartbeatInterval: Micros;
  /** Whether a node asks whether it would be elected before it raises its term. Dissertation §9.6. */
  readonly preVote: boolean;
  /**
   * Whether a leader steps down that does not hear from a quorum (§6.2), and nobody votes who has heard from a leader
   * within the shortest election timeout (§4.2.3).
   */
  readonly checkQuorum: boolean;
  /** Applied entries after which a snapshot is taken; null: not by count. */
  /** AppendEntries with entries that may be under way to a follower at once. */
  readonly maxInflight: number;
  readonly snapshotEvery: number | null;
  /** Entries before the snapshot that stay in the log; null: as many as `snapshotEvery`, or none. */
  readonly snapshotTrailing: number | null;
  /** How gets are answered: through the log, or without it (§6.4), or for the time of a lease (§6.4.1). */
  readonly reads: 'log' | 'readIndex' | 'lease';
}

/** Raft without any of its extensions. */
export const DEFAULT_EXPECTED_OPTIONS: ExpectedOptions = Object.freeze({
  electionTimeout: Object.freeze([150_000, 300_000] as const),
  heartbeatInterval: 50_000,
  preVote: false,
  checkQuorum: false,
  maxInflight: 1,
  snapshotEvery: null,
  snapshotTrailing: null,
  reads: 'log',
});

/**
 * How long a node may go on before it must have noticed that an election timeout has passed. It may look once per
 * election timeout, and only when a heartbeat is due.
 */
export function silenceBound({ electionTimeout, heartbeatInterval }: ExpectedOptions): Micros {
  return 2 * electionTimeout[1] + 2 * heartbeatInterval;
}
