import type { Micros } from '../sim/protocol.ts';

/** One of the facts that contradict each other. */
export interface ViolationWitness {
  /** `A`, `B` … */
  readonly label: string;
  /** −1: no node in particular. */
  readonly node: number;
  readonly event: number;
  readonly at: Micros;
  readonly text: string;
}

/** A broken invariant as the check saw it. */
export interface Violation {
  /** The log index that it is about; null: none, or several. */
  readonly index: number | null;
  /** Id of the invariant. */
  readonly invariant: string;
  /** −1: no node in particular. */
  readonly node: number;
  readonly event: number;
  readonly at: Micros;
  /** One sentence, without a full stop. */
  readonly summary: string;
  readonly witnesses: readonly ViolationWitness[];
  /** Last index up to which two logs agree, or null. */
  readonly agreement: number | null;
  readonly quorums: readonly { readonly text: string; readonly nodes: readonly number[] }[];
  /** What a node has thrown; null if none has. */
  readonly error: unknown;
}

/** A liveness property that was not kept. */
export interface LivenessFailure {
  /** Id of the property. */
  readonly id: string;
  /** −1: no node in particular. */
  readonly node: number;
  readonly at: Micros;
  /** One sentence, without a full stop. */
  readonly text: string;
}
