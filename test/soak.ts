/**
 * Runs the random-fault property many times, without a test runner:
 *
 *   npm run soak -- [runs] [seed]
 *
 * Prints progress, and the scenario that failed, as a file to save.
 */
import fc from 'fast-check';
import { runRandomScenario } from './run-random-scenario.ts';
import { asYaml, randomScenario } from './random-scenario.ts';

const [runs = '10000', seed = '1'] = process.argv.slice(2);
const started = performance.now();
let done = 0;
let events = 0;
const verdicts = new Map<string, number>();

const details = fc.check(
  fc.property(randomScenario, (scenario) => {
    const { result, failure } = runRandomScenario(asYaml(scenario));
    done++;
    events += result.events;
    verdicts.set(result.verdict, (verdicts.get(result.verdict) ?? 0) + 1);
    if (done % 1000 === 0) report();
    if (failure !== null) throw new Error(failure);
  }),
  { numRuns: Number(runs), seed: Number(seed) },
);
report();
if (details.failed) {
  console.log(details.errorInstance instanceof Error ? details.errorInstance.message : 'failed');
  for (const scenario of details.counterexample ?? []) console.log(asYaml(scenario));
  process.exitCode = 1;
}

function report(): void {
  const seconds = (performance.now() - started) / 1000;
  const counts = [...verdicts].map(([verdict, count]) => `${count} ${verdict}`).join(', ');
  console.log(`${done} runs (${counts}), ${events} events, ${seconds.toFixed(0)} s`);
}
