import { describe, expect, it } from 'vitest';
import type { Runner } from '../campaign/campaign.ts';
import { loadScenario } from '../load/load-scenario.ts';
import { sampleResult, sampleViolation } from '../testing/sample-results.ts';
import { type FuzzPlan, WHOLE } from './plan.ts';
import { type BatchOutcome, type LostRun, runBatch } from './run-batch.ts';

const scenarios = ['one', 'two'].map((name) => loadScenario({ name, cluster: { nodes: 3 } }));
const PLAN: FuzzPlan = { scenarios, firstSeed: 1, shard: WHOLE };

interface Given {
  readonly plan?: FuzzPlan;
  readonly batch?: number;
  readonly without?: readonly LostRun[];
}

/** Runs four runs as a batch: of each of two scenarios the seeds 1 and 2. */
function outcomeOf(runner: Runner, { plan = PLAN, batch = 0, without = [] }: Given = {}) {
  const calls: string[] = [];
  const recorded: Runner = (scenario, seed) => {
    calls.push(`${scenario.name} ${seed}`);
    return runner(scenario, seed);
  };
  const begun: number[] = [];
  const options = { runner: recorded, without, onRun: (run: number) => void begun.push(run) };
  const steps = runBatch(plan, { batch, first: 0, runs: 4 }, options);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return { outcome: step.value, calls, begun };
  }
}

const records = ({ failures, batch, difference }: BatchOutcome) => ({ failures, batch, difference });

describe('a batch', () => {
  it('adds up its runs, and keeps the failing ones', () => {
    const { outcome, begun } = outcomeOf(({ name }, seed) =>
      name === 'one' && seed === '2'
        ? sampleResult({ scenario: name, seed, verdict: 'violation', violation: sampleViolation(), marks: {} })
        : sampleResult({ scenario: name, seed, faultStrikes: [{ path: 'x', kind: 'loss', injected: 1, strikes: 0 }] }),
    );
    expect(begun).toEqual([0, 1, 2, 3]);
    expect(outcome.batch).toEqual({
      type: 'batch',
      batch: 0,
      runs: 4,
      passed: 3,
      failed: { violation: 1 },
      events: 4 * 1_204,
      virtualMicros: 4 * 2_143_000,
      marks: { 'leader-elected': [6, 3], 'split-vote': [3, 3] },
      faults: { loss: [0, 0] },
    });
    expect(outcome.failures).toHaveLength(1);
    expect(outcome.failures[0]).toMatchObject({ run: 2, scenario: 'one', seed: '2', kind: 'violation', event: 18_204 });
    expect([...outcome.firsts.values()].map(({ seed }) => seed)).toEqual(['2']);
  });

  it('counts the effects of faults of one kind together, run by run', () => {
    const strikes = [
      { path: 'a', kind: 'crash', injected: 1, strikes: 2 },
      { path: 'b', kind: 'crash', injected: 1, strikes: 1 },
    ];
    const { outcome } = outcomeOf((_scenario, seed) => sampleResult(seed === '1' ? { faultStrikes: strikes } : {}));
    expect(outcome.batch.faults).toEqual({ crash: [6, 2] });
  });

  it('goes on after the simulator has thrown, and keeps where', () => {
    const { outcome } = outcomeOf(({ name }, seed) => {
      if (name === 'two') throw new RangeError(`index 1${seed} is out of range`);
      return sampleResult();
    });
    expect(outcome.batch).toMatchObject({ passed: 2, failed: { defect: 2 } });
    const [first, second] = outcome.failures;
    expect(first).toMatchObject({ kind: 'defect', summary: 'RangeError: index 11 is out of range', hash: null });
    expect(first!.stack[0]).toContain('run-batch.test.ts');
    expect(second!.signature).toBe(first!.signature);
  });

  it('leaves out runs that were lost, and counts them as failures in their place', () => {
    const without: LostRun[] = [{ run: 1, kind: 'hung', reason: 'took longer than 60 s' }];
    const { outcome, calls } = outcomeOf(() => sampleResult({ verdict: 'unmet' }), { without, batch: 3 });
    expect(calls).toEqual(['one 1', 'one 2', 'two 2']);
    expect(outcome.failures.map(({ run, kind }) => `${run} ${kind}`)).toEqual([
      '0 unmet',
      '1 hung',
      '2 unmet',
      '3 unmet',
    ]);
    expect(outcome.failures[1]!.summary).toBe('two took longer than 60 s');
    expect(outcome.batch).toMatchObject({ runs: 4, passed: 0, failed: { unmet: 3, hung: 1 } });
  });

  it('runs the first run of the campaign twice, and says so only if the two differ', () => {
    const { outcome, calls } = outcomeOf(() => sampleResult());
    expect(calls).toEqual(['one 1', 'one 1', 'two 1', 'one 2', 'two 2']);
    expect(outcome.difference).toBeNull();
    let run = 0;
    const unsteady = outcomeOf(() => sampleResult({ hash: String(++run) })).outcome;
    expect(unsteady.difference).toMatchObject({ run: 0, scenario: 'one', seed: '1', hashes: ['1', '2'] });
    expect(outcomeOf(() => sampleResult(), { batch: 1 }).calls).toHaveLength(4);
    const shard = { ...PLAN, shard: { index: 2, of: 2 } };
    expect(outcomeOf(() => sampleResult(), { batch: 1, plan: shard }).calls).toHaveLength(5);
  });

  it('is the same however often it is run, but for the real time', () => {
    const simulated = () => {
      const steps = runBatch(
        PLAN,
        { batch: 1, first: 25, runs: 4 },
        { runner: null, without: [], onRun: () => undefined },
      );
      for (;;) {
        const step = steps.next();
        if (step.done === true) return step.value;
      }
    };
    const first = simulated();
    expect(records(simulated())).toEqual(records(first));
    expect(first.batch.events).toBeGreaterThan(0);
  });
});
