import type { Micros } from '../sim/protocol.ts';

/**
 * The options of Raft, all of them and nowhere else: unit, range, default and source of each. The nodes of a cluster may
 * differ, but in `reads` and `sessionTimeout`, and with leases in what those rest on: `electionTimeout`, `checkQuorum` and
 * `clockDriftBound`. What goes beyond the paper is off by default. docs/raft.md says what each feature does.
 */
export interface RaftOptions {
  /**
   * The range, both ends included, from which each election timeout is drawn. Microseconds; the lower end is at least 1
   * and at most the upper end. Default 150 ms to 300 ms. Raft §9.3.
   */
  readonly electionTimeout: readonly [Micros, Micros];
  /** Time between a leader's heartbeats. Microseconds, from 1. Default 50 ms. Raft §5.2. */
  readonly heartbeatInterval: Micros;
  /**
   * How soon a node starts an election when its leader is silent. From 3 down to 0: for each step below 3, it waits for
   * another longest election timeout; with 0 its timer starts none. It votes all the same, and obeys TimeoutNow. Default
   * 3. MongoDB, sofa-jraft.
   */
  readonly priority: number;
  /**
   * When a vote restarts the election timer of the node that gives it: as soon as it is `granted`, or when it is `durable`
   * and its reply leaves. The latter keeps a candidate whose disk is slow from its next election until it has asked for
   * votes in this one. Default `granted`. Raft §5.2; etcd.
   */
  readonly voteTimer: 'granted' | 'durable';
  /** Whether a leader begins its term with a no-op entry. Default true. Raft §8. */
  readonly noop: boolean;

  /** Whether a node requests pre-votes before it raises its term. Default false. Dissertation §9.6. */
  readonly preVote: boolean;
  /**
   * Whether a leader steps down that has had no contact to a quorum for the longest election timeout (dissertation
   * §6.2), and nodes with leader contact within the shortest one ignore candidates (§4.2.3). Default false.
   */
  readonly checkQuorum: boolean;

  /** The most entries in one AppendEntries. From 1. Default 64. Dissertation §3.5. */
  readonly maxEntriesPerAppend: number;
  /**
   * The most bytes of entries in one AppendEntries, which always holds one entry. From 1; null: no limit. Default null.
   */
  readonly maxBytesPerAppend: number | null;
  /**
   * The most AppendEntries with entries in flight to a replicating follower. From 1. Default 1. Dissertation §10.2.1.
   */
  readonly maxInflight: number;
  /** Bytes of entries in flight to it from which on no more are sent. From 1; null: no limit. Default null. etcd. */
  readonly maxInflightBytes: number | null;
  /**
   * The most bytes of uncommitted entries with which a leader accepts another request; it always accepts one. From 1;
   * null: no limit. Default null. etcd.
   */
  readonly maxUncommittedBytes: number | null;

  /**
   * Applied entries after which a node takes a snapshot. From 1; null: not by count. Default null. Dissertation §5.1.2.
   */
  readonly snapshotEvery: number | null;
  /** Bytes of applied entries after which it does. From 1; null: not by size. Default null. Dissertation §5.1.2. */
  readonly snapshotBytes: number | null;
  /**
   * Entries up to the snapshot that stay in the log, for followers slightly behind. From 0; null: as many as
   * `snapshotEvery`, or 0. Default null. hashicorp/raft TrailingLogs.
   */
  readonly snapshotTrailing: number | null;
  /** The most bytes of a snapshot in one InstallSnapshot, which always holds one record. From 1. Default 4096. §5.3. */
  readonly snapshotChunk: number;

  /**
   * How gets are served: through the log; with a read index (dissertation §6.4); or without messages while a lease
   * holds (§6.4.1), which needs `checkQuorum`. Default `log`.
   */
  readonly reads: 'log' | 'readIndex' | 'lease';
  /**
   * Whether followers serve gets with a read index from the leader. Not with `log`. Default false. Dissertation §6.4.
   */
  readonly readsAtFollowers: boolean;
  /** The most by which a clock's rate may be wrong, as a fraction from 0 to 0.5. Default 0.01. Dissertation §6.4.1. */
  readonly clockDriftBound: number;
  /** Whether followers forward requests to the leader instead of naming it. Default false. Dissertation §6.2. */
  readonly forwarding: boolean;

  /**
   * Log time after which an idle session expires. Microseconds, from 1; null: sessions need no registration and never
   * expire. Default null. Dissertation §6.3.
   */
  readonly sessionTimeout: Micros | null;
}

/** The priority with which a node waits for its election timeout alone. */
export const HIGHEST_PRIORITY = 3;

/** How much longer than its election timeout a node of this priority waits. */
export function priorityDelay({
  electionTimeout,
  priority,
}: Pick<RaftOptions, 'electionTimeout' | 'priority'>): Micros {
  return (HIGHEST_PRIORITY - priority) * electionTimeout[1];
}

/** The longest time after which a node without a leader starts an election; with priority 0, the longest timeout. */
export function longestWait(options: Pick<RaftOptions, 'electionTimeout' | 'priority'>): Micros {
  return options.electionTimeout[1] + (options.priority === 0 ? 0 : priorityDelay(options));
}

/** The defaults of all options. */
export const DEFAULT_OPTIONS: RaftOptions = Object.freeze({
  electionTimeout: Object.freeze([150_000, 300_000] as const),
  heartbeatInterval: 50_000,
  priority: 3,
  voteTimer: 'granted',
  noop: true,
  preVote: false,
  checkQuorum: false,
  maxEntriesPerAppend: 64,
  maxBytesPerAppend: null,
  maxInflight: 1,
  maxInflightBytes: null,
  maxUncommittedBytes: null,
  snapshotEvery: null,
  snapshotBytes: null,
  snapshotTrailing: null,
  snapshotChunk: 4096,
  reads: 'log',
  readsAtFollowers: false,
  clockDriftBound: 0.01,
  forwarding: false,
  sessionTimeout: null,
});
