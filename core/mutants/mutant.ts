import type { Area } from '../areas.ts';
import { RULES, type Rules } from '../rules/index.ts';

/** A known bug: Raft with some of its rules replaced. */
export interface Mutant {
  /** Stable name in scenarios and reports: a letter and a number, such as `E7`. */
  readonly id: string;
  readonly area: Area;
  /** What a node with the bug does wrong, in one clause. */
  readonly statement: string;
  /** Ids of invariants and liveness properties, from the likeliest: any of them may be the first to break. */
  readonly violates: readonly string[];
  readonly rules: Rules;
}

/** Makes the mutants of an area. `replaced`: the entries that differ from Raft as published. */
export function mutantIn(area: Area) {
  return (id: string, statement: string, violates: readonly string[], replaced: Partial<Rules>): Mutant =>
    Object.freeze({ id, area, statement, violates, rules: Object.freeze({ ...RULES, ...replaced }) });
}
