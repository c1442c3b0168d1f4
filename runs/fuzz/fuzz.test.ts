import { describe, expect, it } from 'vitest';
import { loadScenario } from '../load/load-scenario.ts';
import { sampleResult } from '../testing/sample-results.ts';
import { type BatchExecutor, InProcessExecutor } from './executor.ts';
import { type FuzzLimits, runCampaign } from './fuzz.ts';
import { type Batch, type FuzzPlan, WHOLE } from './plan.ts';
import type { BatchOutcome } from './run-batch.ts';

const PLAN: FuzzPlan = { scenarios: [loadScenario({ cluster: { nodes: 3 } })], firstSeed: 1, shard: WHOLE };

/** Finishes batches in the order in which the test says so. */
class ManualExecutor implements BatchExecutor {
  readonly begun: number[] = [];
  isClosed = false;
  readonly jobs: number;
  readonly #finish = new Map<number, { done(outcome: BatchOutcome): void; fail(error: Error): void }>();

  constructor(jobs: number) {
    this.jobs = jobs;
  }

  run({ batch }: Batch): Promise<BatchOutcome> {
    this.begun.push(batch);
    return new Promise((done, fail) => this.#finish.set(batch, { done, fail }));
  }

  async finish(...batches: number[]): Promise<void> {
    for (const batch of batches) {
      const record = { type: 'batch', batch, runs: 25, passed: 25, failed: {}, events: 0, virtualMicros: 0 } as const;
      const results = { failures: [], difference: null, batch: { ...record, marks: {}, faults: {} } };
      this.#finish.get(batch)!.done({ ...results, firsts: new Map(), wallMillis: 1 });
      await settled();
    }
  }

  fail(batch: number, error: Error): void {
    this.#finish.get(batch)!.fail(error);
  }

  close(): Promise<void> {
    this.isClosed = true;
    return Promise.resolve();
  }
}

const settled = () => new Promise((resume) => setImmediate(resume));

interface Given extends Partial<Pick<FuzzLimits, 'runs' | 'isTimeOver'>> {
  /** Batches after which enough runs have failed. */
  readonly enough?: number;
}

function session(executor: BatchExecutor, given: Given = {}, shard = WHOLE, from = shard.index - 1) {
  const { runs = null, isTimeOver = () => false, enough = Infinity } = given;
  const committed: number[] = [];
  const limits = { runs, isTimeOver, isEnough: () => committed.length >= enough };
  let interrupt = (): void => undefined;
  const interrupted = new Promise<void>((resolve) => (interrupt = resolve));
  const commit = ({ batch }: BatchOutcome): void => void committed.push(batch.batch);
  const end = runCampaign({ shard, from, executor, limits, commit, interrupted });
  return { committed, end, interrupt };
}

describe('a campaign at work', () => {
  it('commits batches in their order, whatever the order in which they finish', async () => {
    const executor = new ManualExecutor(3);
    const { committed, end } = session(executor, { runs: 100 });
    await settled();
    expect(executor.begun).toEqual([0, 1, 2]);
    await executor.finish(2, 1);
    expect([executor.begun, committed]).toEqual([[0, 1, 2, 3], []]);
    await executor.finish(0);
    expect(committed).toEqual([0, 1, 2]);
    await executor.finish(3);
    expect([await end, committed, executor.isClosed]).toEqual(['complete', [0, 1, 2, 3], true]);
  });

  it('begins nothing once its time is over, and finishes what has begun: what was done has no gaps', async () => {
    let isOver = false;
    const executor = new ManualExecutor(2);
    const { committed, end } = session(executor, { isTimeOver: () => isOver });
    await settled();
    isOver = true;
    await executor.finish(1);
    expect(committed).toEqual([]);
    await executor.finish(0);
    expect([await end, committed, executor.begun]).toEqual(['time', [0, 1], [0, 1]]);
  });

  it('begins one batch, however little time there is', async () => {
    const executor = new ManualExecutor(3);
    const { committed, end } = session(executor, { isTimeOver: () => true });
    await settled();
    await executor.finish(0);
    expect([await end, committed, executor.begun]).toEqual(['time', [0], [0]]);
  });

  it('ends after the batch with which enough runs have failed, also where later ones are finished', async () => {
    const executor = new ManualExecutor(4);
    const { committed, end } = session(executor, { enough: 2 });
    await settled();
    await executor.finish(3, 2, 1, 0);
    expect([await end, committed]).toEqual(['bail', [0, 1]]);
  });

  it('ends at once when it is interrupted, and keeps what was committed', async () => {
    const executor = new ManualExecutor(2);
    const { committed, end, interrupt } = session(executor);
    await settled();
    await executor.finish(0);
    interrupt();
    expect([await end, committed, executor.isClosed]).toEqual(['interrupted', [0], true]);
  });

  it('goes on from a batch, and leaves those of other shards out', async () => {
    const executor = new ManualExecutor(1);
    const { committed, end } = session(executor, { runs: 250 }, { index: 2, of: 3 }, 4);
    await settled();
    await executor.finish(4);
    await executor.finish(7);
    expect([await end, committed]).toEqual(['complete', [4, 7]]);
  });

  it('fails with the defect of its executor', async () => {
    const executor = new ManualExecutor(2);
    const { end } = session(executor);
    await settled();
    executor.fail(1, new Error('broken'));
    await expect(end).rejects.toThrow('broken');
    expect(executor.isClosed).toBe(true);
  });

  it('takes only so many batches that wait for one before them', { timeout: 20_000 }, async () => {
    const executor = new ManualExecutor(2);
    const { end, interrupt } = session(executor);
    await settled();
    for (let batch = 1; batch <= 1_000; batch++) await executor.finish(batch);
    expect(executor.begun.length).toBe(1_001);
    interrupt();
    await end;
  });
});

it('batches that run in this process let an interrupt through', async () => {
  let runs = 0;
  const executor = new InProcessExecutor(PLAN, () => sampleResult({ events: ++runs }));
  const { end, interrupt, committed } = session(executor);
  for (let turns = 0; turns < 60; turns++) await settled();
  interrupt();
  expect(await end).toBe('interrupted');
  const before = runs;
  expect([committed.length > 0, before > 25]).toEqual([true, true]);
  for (let turns = 0; turns < 60; turns++) await settled();
  expect(runs).toBeLessThanOrEqual(before + 1);
});
