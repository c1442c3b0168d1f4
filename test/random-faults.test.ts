import fc from 'fast-check';
import { expect, test } from 'vitest';
import { runRandomScenario } from './run-random-scenario.ts';
import { asYaml, randomScenario } from './random-scenario.ts';

/** Runs of the property; WHITEWATER_RUNS sets another number. `npm run soak` runs more of them. */
const RUNS = Number(process.env['WHITEWATER_RUNS'] ?? 2000);

test(
  'Raft stays safe and recovers under any schedule of the faults it promises to survive',
  { timeout: 300_000 },
  () => {
    let happened = 0;
    fc.assert(
      fc.property(randomScenario, (scenario) => {
        const yaml = asYaml(scenario);
        const { result, failure } = runRandomScenario(yaml);
        if (result.committed > 0) happened++;
        if (failure !== null) throw new Error(`${failure}\n\n${yaml}`);
      }),
      { numRuns: RUNS, seed: 1 },
    );
    // A property over runs in which nothing gets committed would prove nothing.
    expect(happened).toBeGreaterThan(RUNS * 0.8);
  },
);
