import fc from 'fast-check';
import { expect, test } from 'vitest';
import { asYaml, extremeScenario } from './extreme-scenarios.ts';
import { runExtremeScenario } from './run-extreme-scenario.ts';

/** Runs of the property; WHITEWATER_RUNS sets another number. `npm run extremes` runs more of them. */
const RUNS = Number(process.env['WHITEWATER_RUNS'] ?? 200);

/**
 * CPU time after which a run counts as one that does not end: three times what `npm run extremes` allows, because the
 * other tests share the processor and its caches.
 */
const MOST_MILLIS = 30_000;

test('whatever a valid scenario says, its run ends in a verdict', { timeout: 600_000 }, () => {
  const verdicts = new Map<string, number>();
  fc.assert(
    fc.property(extremeScenario({ events: 20_000, time: '60s' }), (scenario) => {
      const yaml = asYaml(scenario);
      const { verdict, failure } = runExtremeScenario(yaml, MOST_MILLIS);
      verdicts.set(verdict, (verdicts.get(verdict) ?? 0) + 1);
      if (failure !== null) throw new Error(`${verdict}: ${failure}\n\n${yaml}`);
    }),
    { numRuns: RUNS, seed: 1, endOnFailure: true },
  );
  // A property over scenarios that are not valid, or that all end alike, would prove nothing.
  expect(verdicts.get('invalid') ?? 0).toBeLessThan(RUNS * 0.05);
  expect(verdicts.size).toBeGreaterThan(2);
});
