import type { Mutant } from '../../core/mutants/mutant.ts';
import type { Scenario } from '../../scenarios/scenario.ts';
import { withMutant } from '../load/with-mutant.ts';
import type { RunResult } from '../simulate/result.ts';
import { simulateInSlices } from '../simulate/simulate.ts';
import { CountedRules } from './counted-rules.ts';
import { expectsViolation } from './expects-violation.ts';

/** How a known bug was caught. */
export interface Kill {
  /** Id of the invariant or liveness property; UNMET if another expectation was not met. */
  readonly invariant: string;
  readonly scenario: string;
  readonly seed: string;
  /** Whether the bug is known to break it. */
  readonly expected: boolean;
}

/** What came of looking for a known bug. */
export interface Hunt {
  /** Null: no run caught it. */
  readonly kill: Kill | null;
  /** Runs until it was caught, or all that there were, and the events of these runs. */
  readonly runs: number;
  readonly events: number;
  /** Whether any of these runs asked a rule that the bug has replaced. */
  readonly wasAsked: boolean;
}

/** Stands for any expectation of a scenario: some bugs only slow a cluster down, and show nowhere else. */
export const UNMET = 'unmet';

/**
 * Looks for a run that catches a known bug: the first seed of every scenario, then the second of every scenario, and so on. A
 * bug that breaks another invariant than expected counts as caught only if no run breaks an expected one. A failed liveness
 * property counts only if it is expected: any bug may keep a cluster from settling. Scenarios with a known bug of their
 * own, and those that expect a violation, are left out.
 *
 * @param scenarios of which at least one can catch known bugs
 * @param most runs that are tried
 * @param firstSeed a whole number
 */
export function huntFor(mutant: Mutant, scenarios: readonly Scenario[], most: number, firstSeed = 1): Hunt {
  const broken = scenarios.filter(canCatch).map((scenario) => withMutant(scenario, mutant.id));
  const counted = new CountedRules(mutant);
  let other: { kill: Kill; runs: number; events: number } | null = null;
  let events = 0;
  for (let run = 0; run < most; run++) {
    const scenario = broken[run % broken.length]!;
    const seed = String(firstSeed + Math.floor(run / broken.length));
    const result = simulated(scenario, seed, counted);
    events += result.events;
    const caught = caughtAs(mutant, result);
    const invariant = caught ?? result.violation?.invariant;
    if (invariant === undefined) continue;
    const kill: Kill = { invariant, scenario: scenario.name, seed, expected: caught !== undefined };
    if (kill.expected) return { kill, runs: run + 1, events, wasAsked: counted.asked > 0 };
    other ??= { kill, runs: run + 1, events };
  }
  return { ...(other ?? { kill: null, runs: most, events }), wasAsked: counted.asked > 0 };
}

/** `huntFor`, with so many seeds of each scenario, from 1. */
export function hunt(mutant: Mutant, scenarios: readonly Scenario[], seeds: number): Kill | null {
  return huntFor(mutant, scenarios, seeds * scenarios.filter(canCatch).length).kill;
}

function simulated(scenario: Scenario, seed: string, { rules }: CountedRules): RunResult {
  const slices = simulateInSlices(scenario, seed, { rulesOf: () => rules });
  for (;;) {
    const slice = slices.next();
    if (slice.done === true) return slice.value;
  }
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
