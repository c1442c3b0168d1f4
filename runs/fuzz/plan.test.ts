import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadScenario } from '../load/load-scenario.ts';
import { type Batch, BATCH_RUNS, batchesFrom, firstBatch, plannedRun, runsOfShard, type Shard, WHOLE } from './plan.ts';

const scenarios = ['a', 'b', 'c'].map((name) => loadScenario({ name, cluster: { nodes: 3 } }));

const shardOf = (shards: number) => Array.from({ length: shards }, (_, at): Shard => ({ index: at + 1, of: shards }));

const batches = (shard: Shard, runs: number): Batch[] => [...batchesFrom(shard, firstBatch(shard), runs)];

describe('the runs of a campaign', () => {
  it('go round the scenarios, and take the next seed with each round', () => {
    const plan = { scenarios, firstSeed: 7, shard: WHOLE };
    const runs = Array.from({ length: 7 }, (_, run) => plannedRun(plan, run));
    expect(runs.map(({ scenario, seed }) => `${scenario.name} ${seed}`)).toEqual([
      'a 7',
      'b 7',
      'c 7',
      'a 8',
      'b 8',
      'c 8',
      'a 9',
    ]);
  });

  it('are cut into batches of one size, of which the last may be shorter', () => {
    const [first, second, third, ...none] = batches(WHOLE, 60);
    expect([first, second]).toEqual([
      { batch: 0, first: 0, runs: BATCH_RUNS },
      { batch: 1, first: BATCH_RUNS, runs: BATCH_RUNS },
    ]);
    expect([third, none]).toEqual([{ batch: 2, first: 50, runs: 10 }, []]);
  });

  it('never end without a number of runs', () => {
    const endless = batchesFrom(WHOLE, 0, null);
    for (let taken = 0; taken < 1_000; taken++) expect(endless.next().value).toMatchObject({ batch: taken });
  });

  it('are divided among shards, each batch into one of them', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 7 }), fc.integer({ min: 0, max: 700 }), (shards, runs) => {
        const parts = shardOf(shards).map((shard) => batches(shard, runs));
        const all = parts.flat().sort((a, b) => a.batch - b.batch);
        expect(all).toEqual(batches(WHOLE, runs));
        const counts = parts.map((part) => part.reduce((sum, batch) => sum + batch.runs, 0));
        expect(shardOf(shards).map((shard) => runsOfShard(shard, runs))).toEqual(counts);
      }),
    );
  });
});
