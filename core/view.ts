import type { Configuration, Entry, Snapshot } from './messages.ts';

export const FOLLOWER = 0;
export const CANDIDATE = 1;
export const LEADER = 2;
/** Requests pre-votes, before it starts an election. Dissertation §9.6. */
export const PRE_CANDIDATE = 3;

export type RoleCode = typeof FOLLOWER | typeof CANDIDATE | typeof LEADER | typeof PRE_CANDIDATE;

/** A read-only view of a log. Indices count from 1. */
export interface LogView {
  /** The last index that was compacted away; 0 if none was. The log begins after it. */
  readonly base: number;
  /** `base` for an empty log. */
  readonly lastIndex: number;
  /** Of an index after `base`, up to `lastIndex`. */
  entry(index: number): Entry;
  /** Of an index from `base` to `lastIndex`; 0 for index 0. */
  term(index: number): number;
}

/** What the checks see of a running node. Any implementation that offers it can be checked. */
export interface RaftView {
  readonly role: RoleCode;
  readonly term: number;
  /** The candidate voted for in this term, or −1. */
  readonly votedFor: number;
  /** The leader that this node knows in its term, or −1. */
  readonly leader: number;
  readonly commitIndex: number;
  readonly lastApplied: number;
  readonly log: LogView;
  /** The newest snapshot: log.base ≤ snapshot.index ≤ lastApplied. */
  readonly snapshot: Snapshot;
  /** The configuration that the node uses, and the index of its entry (0: the one the cluster began with). */
  readonly configuration: Configuration;
  readonly configurationIndex: number;
  /** The transfer target of this leader, or −1. */
  readonly transferee: number;
  /** The learner that this leader is making a voter, or −1. */
  readonly catchingUp: number;
  /** By node; meaningful while leading. The leader's own matchIndex is its last durable index. */
  readonly nextIndex: ArrayLike<number>;
  readonly matchIndex: ArrayLike<number>;
  /** What the state machine holds under a key, or null. */
  lookup(key: string): string | null;
}
