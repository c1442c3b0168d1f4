import type { Mutant } from '../core/mutants/mutant.ts';
import type { Program } from '../scenarios/program.ts';
import { simulate } from './simulate.ts';

/** How a known bug was caught. */
export interface Kill {
  readonly invariant: string;
  readonly scenario: string;
  readonly seed: string;
  /** Whether the invariant is one that the bug is known to break. */
  readonly expected: boolean;
}

/**
 * Looks for a run that catches a known bug: seed 1 of every scenario, then seed 2 of every scenario, and so on.
 * A catch as something else than expected counts only if no other is found.
 *
 * @param seeds how many seeds of each scenario to try, from 1
 */
export function hunt(mutant: Mutant, programs: readonly Program[], seeds: number): Kill | null {
  let other: Kill | null = null;
  for (let seed = 1; seed <= seeds; seed++) {
    for (const program of programs) {
      const { violation } = simulate(withMutant(program, mutant.id), `${seed}`);
      if (violation === null) continue;
      const { invariant } = violation;
      const expected = mutant.violates.includes(invariant);
      const kill: Kill = { invariant, scenario: program.name, seed: `${seed}`, expected };
      if (expected) return kill;
      other ??= kill;
    }
  }
  return other;
}

/** The same scenario with a known bug in every node. */
export function withMutant(program: Program, mutant: string): Program {
  return { ...program, cluster: { ...program.cluster, mutant } };
}
