import type { Verdict } from '../simulate/result.ts';
import { EXIT, exitCodeOf, worstExitCode } from './exit-code.ts';
import type { ScenarioTally } from './tally.ts';

/** How a scenario did as a whole. It can fail though every run passed. */
export type Outcome = 'passed' | 'failed' | 'inconclusive';

export function outcomeOf(tally: ScenarioTally): Outcome {
  const code = exitCodeOfScenario(tally);
  if (code === EXIT.pass) return 'passed';
  return code === EXIT.inconclusive ? 'inconclusive' : 'failed';
}

/** The exit code of the worst that happened in a scenario's runs. */
export function exitCodeOfScenario({ verdicts, difference, gaps }: ScenarioTally): number {
  const seen = (Object.keys(verdicts) as Verdict[]).filter((verdict) => verdicts[verdict] > 0);
  return worstExitCode([
    ...seen.map(exitCodeOf),
    ...(difference === null ? [] : [EXIT.notReproducible]),
    ...(gaps.length === 0 ? [] : [EXIT.unmet]),
  ]);
}

export function isWorse(verdict: Verdict, than: Verdict): boolean {
  return verdict !== than && worstExitCode([exitCodeOf(verdict), exitCodeOf(than)]) === exitCodeOf(verdict);
}
