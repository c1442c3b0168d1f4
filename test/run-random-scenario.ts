import type { RunResult } from '../runs/simulate/result.ts';
import { simulate } from '../runs/simulate/simulate.ts';
import { VOCABULARY } from '../runs/load/vocabulary.ts';
import { loadScenario } from '../scenarios/language/load.ts';

/**
 * Runs a scenario of random faults with its own seed. A failure is a violation, a cluster that made no
 * progress after the faults, or a limit reached; a fault that happened to have no effect is not one.
 */
export function runRandomScenario(yaml: string): { readonly result: RunResult; readonly failure: string | null } {
  const result = simulate(loadScenario(yaml, 'random-faults.yaml', VOCABULARY));
  const { violation, unmet, limit, verdict } = result;
  if (violation !== null) return { result, failure: `${verdict}: ${violation.invariant} ${violation.summary}` };
  const dead = unmet.find(({ kind }) => kind === 'liveness');
  return { result, failure: dead?.text ?? limit };
}
