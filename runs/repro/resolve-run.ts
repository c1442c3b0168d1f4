import { Recording } from '../../scenarios/interpreter/recording.ts';
import { resolved } from '../../scenarios/resolve/resolve.ts';
import type { Scenario } from '../../scenarios/scenario.ts';
import { drawOf, writtenOut, type WrittenOut } from '../load/drawn-scenario.ts';
import type { RunResult } from '../simulate/result.ts';
import { simulate, simulateWith } from '../simulate/simulate.ts';

/** A run, and the scenario in which everything is explicit that it has drawn. */
export interface ResolvedRun extends WrittenOut {
  readonly result: RunResult;
  /** What the resolved scenario gives with the same seed. */
  readonly again: RunResult;
}

/**
 * Runs a scenario and writes out what chaos, `maybe`, `repeat` and words that draw nodes have decided. The resolved scenario
 * gives the same hash with the same seed.
 */
export function resolveRun(scenario: Scenario, seed: string): ResolvedRun {
  const base = drawOf(scenario, seed)?.scenario ?? scenario;
  const recording = new Recording();
  const result = simulateWith(base, seed, { recording });
  const made = writtenOut({ ...resolved(base.written, base, recording), seed }, base);
  return { ...made, result, again: simulate(made.scenario, seed) };
}
