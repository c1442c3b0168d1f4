import type { Mutant } from '../../core/mutants/mutant.ts';
import type { Scenario } from '../../scenarios/scenario.ts';
import type { RunResult } from '../simulate/result.ts';
import { expectsViolation } from './expects-violation.ts';
import { simulate } from '../simulate/simulate.ts';
import { withMutant } from '../load/with-mutant.ts';

/** How a known bug was caught. */
export interface Kill {
  /** Id of the invariant or liveness property; UNMET if another expectation was not met. */
  readonly invariant: string;
  readonly scenario: string;
  readonly seed: string;
  /** Whether the bug is known to break it. */
  readonly expected: boolean;
}

/** Stands for any expectation of a scenario: some bugs only slow a cluster down, and show nowhere else. */
export const UNMET = 'unmet';

/**
 * Looks for a run that catches a known bug: seed 1 of every scenario, then seed 2 of every scenario, and so on. A bug that
 * breaks another invariant than expected counts as caught only if no run breaks an expected one. A failed liveness
 * property counts only if it is expected: any bug may keep a cluster from settling. Scenarios with a known bug of their
 * own, and those that expect a violation, are left out.
 *
 * @param seeds how many seeds of each scenario to try, from 1
 */
export function hunt(mutant: Mutant, scenarios: readonly Scenario[], seeds: number): Kill | null {
  let other: Kill | null = null;
  for (let seed = 1; seed <= seeds; seed++) {
    for (const scenario of scenarios) {
      if (!canCatch(scenario)) continue;
      const run = simulate(withMutant(scenario, mutant.id), `${seed}`);
      const caught = caughtAs(mutant, run);
      const invariant = caught ?? run.violation?.invariant;
      if (invariant === undefined) continue;
      const kill: Kill = { invariant, scenario: scenario.name, seed: `${seed}`, expected: caught !== undefined };
      if (kill.expected) return kill;
      other ??= kill;
    }
  }
  return other;
}

/** Whether known bugs are looked for with a scenario: it has none of its own, and expects no violation. */
export function canCatch(scenario: Scenario): boolean {
  return scenario.uses.mutants.length === 0 && !expectsViolation(scenario);
}

/** What a run with a known bug has broken of what the bug is known to break: the first such id; undefined if none. */
export function caughtAs(mutant: Mutant, { violation, unmet, verdict }: RunResult): string | undefined {
  const kept = (id: string): boolean => !unmet.some((each) => each.kind === 'liveness' && each.id === id);
  return mutant.violates.find(
    (id) => violation?.invariant === id || !kept(id) || (id === UNMET && verdict === 'unmet'),
  );
}
