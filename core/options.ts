import type { Micros } from '../sim/protocol.ts';

/** How a cluster's nodes are set up. All nodes of a cluster have the same options. */
export interface RaftOptions {
  /** Range a node draws its election timeout from, anew each time. Default 150ms..300ms, as in Raft §9.3. */
  readonly electionTimeout: readonly [Micros, Micros];
  /** How often a leader sends AppendEntries to followers it has nothing else for. Default 50ms. */
  readonly heartbeatInterval: Micros;
  /** Whether a leader starts its term with a no-op (Raft §8). Default true. */
  readonly noop: boolean;

  /** Whether a node asks whether it would be elected before it raises its term (dissertation §9.6). Default false. */
  readonly preVote: boolean;
  /**
   * Whether a leader steps down that has not heard from a quorum for an election timeout (§6.2), and nobody votes who
   * has heard from a leader within the shortest election timeout (§4.2.3). Default false.
   */
  readonly checkQuorum: boolean;

  /** Entries in one AppendEntries, at most; from 1. Default 64. */
  readonly maxEntriesPerAppend: number;
  /** Bytes of entries in one AppendEntries, at most, but always one entry; null: no limit. Default null. */
  readonly maxBytesPerAppend: number | null;
  /** AppendEntries with entries under way to a follower that replicates; from 1. Default 1. */
  readonly maxInflight: number;
  /** Bytes of entries under way to it, from which on nothing more is sent; null: no limit. Default null. */
  readonly maxInflightBytes: number | null;
  /** Bytes of appended requests that are not committed, above which a leader takes no more; null: no limit. Default null. */
  readonly maxUncommittedBytes: number | null;

  /** Applied entries after which a snapshot is taken; null: not by count. Default null. Dissertation §5.1. */
  readonly snapshotEvery: number | null;
  /** Bytes of applied entries after which a snapshot is taken; null: not by size. Default null. */
  readonly snapshotBytes: number | null;
  /** Entries before the snapshot that stay in the log, for slow followers; null: as many as `snapshotEvery`, or 0. */
  readonly snapshotTrailing: number | null;
  /** Bytes of a snapshot in one InstallSnapshot, at most, but always one record. Default 4096. */
  readonly snapshotChunk: number;

  /** How a leader answers gets: through the log, or without (§6.4), or for the time of a lease (§6.4.1). Default log. */
  readonly reads: 'log' | 'readIndex' | 'lease';
  /** Whether a follower answers gets with an index it has asked the leader for (§6.4). Not with `log`. Default false. */
  readonly readsAtFollowers: boolean;
  /** By how much the rate of a clock may be wrong, as a fraction: shortens leases. Default 0.01. */
  readonly clockDriftBound: number;
  /** Whether a follower passes requests on to the leader, instead of naming it (§6.2). Default false. */
  readonly forwarding: boolean;

  /** Log time after which an idle session expires (§6.3); null: sessions need no registration and never expire. */
  readonly sessionTimeout: Micros | null;
}

export const DEFAULT_OPTIONS: RaftOptions = Object.freeze({
  electionTimeout: Object.freeze([150_000, 300_000] as const),
  heartbeatInterval: 50_000,
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
