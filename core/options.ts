import type { Micros } from '../sim/protocol.ts';

/** How a cluster's nodes are set up. All nodes of a cluster have the same options. */
export interface RaftOptions {
  /** Range a node draws its election timeout from, anew each time. Default 150ms..300ms, as in Raft §9.3. */
  readonly electionTimeout: readonly [Micros, Micros];
  /** How often a leader sends AppendEntries to followers it has nothing else for. Default 50ms. */
  readonly heartbeatInterval: Micros;
  /** Entries in one AppendEntries, at most; from 1. Default 64. */
  readonly maxEntriesPerAppend: number;
  /** Whether a leader starts its term with a no-op (Raft §8). Default true. */
  readonly noop: boolean;
}

export const DEFAULT_OPTIONS: RaftOptions = Object.freeze({
  electionTimeout: Object.freeze([150_000, 300_000] as const),
  heartbeatInterval: 50_000,
  maxEntriesPerAppend: 64,
  noop: true,
});
