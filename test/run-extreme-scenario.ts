import { VOCABULARY } from '../runs/load/vocabulary.ts';
import type { RunResult } from '../runs/simulate/result.ts';
import { simulateInSlices } from '../runs/simulate/simulate.ts';
import { ScenarioError } from '../scenarios/language/errors.ts';
import { loadScenario } from '../scenarios/language/load.ts';
import type { Scenario } from '../scenarios/scenario.ts';

/** How a run ended; `failure` says why it must not have ended so. */
export interface ExtremeRun {
  readonly verdict: RunResult['verdict'] | 'invalid' | 'defect' | 'hang';
  readonly failure: string | null;
  readonly millis: number;
  readonly events: number;
}

/**
 * Runs a scenario with its own seed, and gives it up when it takes more CPU time than that. One that is not valid does not
 * run.
 */
export function runExtremeScenario(yaml: string, mostMillis: number): ExtremeRun {
  const scenario = load(yaml);
  if (scenario === null) return { verdict: 'invalid', failure: null, millis: 0, events: 0 };
  const began = process.cpuUsage();
  const millis = (): number => {
    const { user, system } = process.cpuUsage(began);
    return Math.round((user + system) / 1_000);
  };
  try {
    const slices = simulateInSlices(scenario);
    for (;;) {
      const slice = slices.next();
      if (slice.done === true) return ended(slice.value, millis());
      if (millis() > mostMillis)
        return { verdict: 'hang', failure: `not over after ${millis()} ms`, millis: millis(), events: 0 };
    }
  } catch (error) {
    const failure = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { verdict: 'defect', failure, millis: millis(), events: 0 };
  }
}

/** The nodes run without a known bug: a violation is a find, of whatever is wrong. */
function ended({ verdict, violation, events }: RunResult, millis: number): ExtremeRun {
  const failure = violation === null ? null : `${violation.invariant}: ${violation.summary}`;
  return { verdict, failure, millis, events };
}

/** Null: it is not valid. */
function load(yaml: string): Scenario | null {
  try {
    return loadScenario(yaml, 'extreme.yaml', VOCABULARY);
  } catch (error) {
    if (error instanceof ScenarioError) return null;
    throw error;
  }
}
