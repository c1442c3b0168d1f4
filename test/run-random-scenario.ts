import type { RunResult } from '../runs/simulate/result.ts';
import { simulate } from '../runs/simulate/simulate.ts';
import { VOCABULARY } from '../runs/load/vocabulary.ts';
import { loadScenario } from '../scenarios/language/load.ts';

/**
 * Runs a scenario of random faults with its own seed. An alarm is a violation, a cluster that did not come back to life
 * after the faults, or a limit reached; a fault that happened to have no effect is none.
 */
export function runRandomScenario(yaml: string): { readonly result: RunResult; readonly alarm: string | null } {
  const result = simulate(loadScenario(yaml, 'random-faults.yaml', VOCABULARY));
  const { violation, unmet, limit, verdict } = result;
  if (violation !== null) return { result, alarm: `${verdict}: ${violation.invariant} ${violation.summary}` };
  const dead = unmet.find(({ kind }) => kind === 'liveness');
  return { result, alarm: dead?.text ?? limit };
}
