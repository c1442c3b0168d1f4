/**
 * Runs extreme scenarios, without a test runner:
 *
 *   npm run extremes -- [runs] [seed] [default]
 *
 * `default`: with the default limits, instead of 20,000 events and 60 s. Prints how the runs ended, the longest of them in
 * CPU time, and the most memory of the process; and each scenario that ended as none must, as a file to save.
 */
import fc from 'fast-check';
import { asYaml, extremeScenario } from './extreme-scenarios.ts';
import { runExtremeScenario } from './run-extreme-scenario.ts';

const [runs = '1000', seed = '1', limits] = process.argv.slice(2);
/** Bytes of memory above which garbage is collected before the next run. */
const MUCH = 250_000_000;

const isDefault = limits === 'default';
const mostMillis = isDefault ? 600_000 : 10_000;
const counts = new Map<string, number>();
let done = 0;
let longest = 0;

const scenarios = extremeScenario(isDefault ? null : { events: 20_000, time: '60s' });
for (const scenario of fc.sample(scenarios, { numRuns: Number(runs), seed: Number(seed) })) {
  const yaml = asYaml(scenario);
  // What earlier runs have left is not what this one takes.
  if (process.memoryUsage.rss() > MUCH) globalThis.gc?.();
  const before = megabytes();
  const { verdict, failure, millis } = runExtremeScenario(yaml, mostMillis);
  counts.set(verdict, (counts.get(verdict) ?? 0) + 1);
  longest = Math.max(longest, millis);
  done++;
  if (failure !== null) {
    console.log(`\n# run ${done}: ${verdict}, ${failure}\n${yaml}`);
    process.exitCode = 1;
  } else if (millis > mostMillis / 4 || megabytes() > Math.max(500, before + 100)) {
    console.log(`\n# run ${done}: ${verdict}, ${millis} ms, ${before} to ${megabytes()} MB\n${yaml}`);
  }
  if (done % 500 === 0) report();
}
report();

function report(): void {
  const ends = [...counts].map(([verdict, count]) => `${count} ${verdict}`).join(', ');
  console.log(`${done} runs (${ends}), longest ${longest} ms, ${megabytes()} MB`);
}

/** The most that the process has taken so far. */
function megabytes(): number {
  return Math.round(process.resourceUsage().maxRSS / 1024);
}
