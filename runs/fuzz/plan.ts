import type { Scenario } from '../../scenarios/scenario.ts';

/**
 * Runs of a batch: what a worker does at a time, and what is committed at a time. It does not depend on the number of
 * workers, so that neither do the results.
 */
export const BATCH_RUNS = 25;

/** One of several parts of a campaign, which different machines work through. */
export interface Shard {
  /** From 1. */
  readonly index: number;
  readonly of: number;
}

export const WHOLE: Shard = { index: 1, of: 1 };

/** What decides the runs of a campaign: run i is scenario i mod k, with the seed `firstSeed` + ⌊i / k⌋. */
export interface FuzzPlan {
  /** k of them, at least one. */
  readonly scenarios: readonly Scenario[];
  readonly firstSeed: number;
  readonly shard: Shard;
}

/** A run of a campaign. */
export interface PlannedRun {
  /** Its number in the campaign, from 0. */
  readonly run: number;
  readonly scenario: Scenario;
  readonly seed: string;
}

/** Consecutive runs of a campaign. */
export interface Batch {
  /** Its number in the campaign, from 0. */
  readonly batch: number;
  /** Number of its first run. */
  readonly first: number;
  readonly runs: number;
}

/** The run with this number, from 0. */
export function plannedRun({ scenarios, firstSeed }: FuzzPlan, run: number): PlannedRun {
  const scenario = scenarios[run % scenarios.length]!;
  return { run, scenario, seed: String(firstSeed + Math.floor(run / scenarios.length)) };
}

/** The first batch of a shard. Shard i of n has the batches whose number leaves the remainder i − 1 when divided by n. */
export function firstBatch({ index }: Shard): number {
  return index - 1;
}

/**
 * The batches of a shard, in order.
 *
 * @param from number of the first batch: one of the shard's own
 * @param runs how many runs the campaign has in all its shards; null: without end
 */
export function* batchesFrom({ of }: Shard, from: number, runs: number | null): Generator<Batch, void> {
  for (let batch = from; ; batch += of) {
    const first = batch * BATCH_RUNS;
    const left = runs === null ? BATCH_RUNS : Math.min(BATCH_RUNS, runs - first);
    if (left <= 0) return;
    yield { batch, first, runs: left };
  }
}

/** How many runs a shard has when the campaign has so many in all its shards. */
export function runsOfShard(shard: Shard, runs: number): number {
  const round = BATCH_RUNS * shard.of;
  const before = firstBatch(shard) * BATCH_RUNS;
  const rest = (runs % round) - before;
  return Math.floor(runs / round) * BATCH_RUNS + Math.max(0, Math.min(BATCH_RUNS, rest));
}
