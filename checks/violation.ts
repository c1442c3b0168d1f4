import type { Micros } from '../sim/protocol.ts';

/** One of the facts that cannot both be. */
export interface ViolationWitness {
  readonly label: string;
  readonly node: number;
  readonly event: number;
  readonly at: Micros;
  readonly text: string;
}

/** A broken invariant as the check saw it. */
export interface Violation {
  /** Id of the invariant. */
  readonly invariant: string;
  readonly node: number;
  readonly event: number;
  readonly at: Micros;
  readonly summary: string;
  readonly witnesses: readonly ViolationWitness[];
  /** Last index up to which two logs agree, or null. */
  readonly agreement: number | null;
  readonly quorums: readonly { readonly text: string; readonly nodes: readonly number[] }[];
}
