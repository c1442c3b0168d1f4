import { RULES, type Rules } from '../rules/index.ts';

/** A known bug: Raft with some of its rules replaced. */
export interface Mutant {
  /** Stable name, as scenarios and reports call it: an area's letter and a number. */
  readonly id: string;
  readonly statement: string;
  /** Ids of the invariants any of which may be the first to break. */
  readonly violates: readonly string[];
  readonly rules: Rules;
}

/** The table with some of its entries replaced. */
export function mutant(id: string, statement: string, violates: readonly string[], replaced: Partial<Rules>): Mutant {
  return Object.freeze({ id, statement, violates, rules: Object.freeze({ ...RULES, ...replaced }) });
}
