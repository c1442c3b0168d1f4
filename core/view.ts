import type { Entry } from './messages.ts';

export const FOLLOWER = 0;
export const CANDIDATE = 1;
export const LEADER = 2;

export type RoleCode = typeof FOLLOWER | typeof CANDIDATE | typeof LEADER;

/** A read-only look at a log. Indices count from 1. */
export interface LogView {
  /** 0 for an empty log. */
  readonly lastIndex: number;
  /** Of an index from 1 to `lastIndex`. */
  entry(index: number): Entry;
}

/** What the checks see of a running node. Anything that offers it can be checked. */
export interface RaftView {
  readonly role: RoleCode;
  readonly term: number;
  /** The candidate voted for in this term, or −1. */
  readonly votedFor: number;
  /** The node believed to lead, or −1. */
  readonly leader: number;
  readonly commitIndex: number;
  readonly lastApplied: number;
  readonly log: LogView;
  /** By node; meaningful while leading. The own place holds what is durable here. */
  readonly nextIndex: ArrayLike<number>;
  readonly matchIndex: ArrayLike<number>;
  /** What the state machine holds under a key, or null. */
  lookup(key: string): string | null;
}
