import { titleOf } from '../../scenarios/settings.ts';
import { compareRuns } from '../campaign/compare-runs.ts';
import type { RunResult } from '../simulate/result.ts';
import { simulateInSlices } from '../simulate/simulate.ts';
import type { Runner } from '../campaign/campaign.ts';
import { type Batch, type FuzzPlan, firstBatch, type PlannedRun, plannedRun } from './plan.ts';
import type { BatchRecord, BatchResults, DifferenceRecord, FailureKind, FailureRecord } from './records.ts';
import { SeenCounts } from './seen-counts.ts';
import { signatureOf, signatureOfLoss } from './signature.ts';

/** Frames of a stack that a failure keeps. */
const MAX_FRAMES = 20;

/** What became of a batch. */
export interface BatchOutcome extends BatchResults {
  /** The first run of each signature in the batch, whole; a run without a result has none. */
  readonly firsts: ReadonlyMap<string, RunResult>;
  /** Real time that the runs have taken together. */
  readonly wallMillis: number;
}

/** What else decides how a batch is run. */
export interface BatchOptions {
  /** Takes the place of the simulator, in tests; null: the simulator. */
  readonly runner: Runner | null;
  /** Runs to leave out: they have ended a worker before. */
  readonly without: readonly LostRun[];
  /** Called with the number of each run before it begins. */
  readonly onRun: (run: number) => void;
}

/** A run that came to no end. */
export interface LostRun {
  readonly run: number;
  readonly kind: 'hung' | 'died';
  /** Why, as a sentence that says nothing of the run itself. */
  readonly reason: string;
}

/**
 * Runs a batch. It yields between runs, and during long ones, so that the caller can handle signals, and stop.
 *
 * The first run of a campaign or shard runs twice: a simulator that is not deterministic gives no other sign of it.
 */
export function* runBatch(plan: FuzzPlan, batch: Batch, options: BatchOptions): Generator<void, BatchOutcome> {
  const sums = new BatchSums(batch);
  for (let run = batch.first; run < batch.first + batch.runs; run++) {
    const planned = plannedRun(plan, run);
    const lost = options.without.find((each) => each.run === run);
    if (lost !== undefined) {
      sums.addLost(planned, lost);
      continue;
    }
    options.onRun(run);
    const started = performance.now();
    try {
      const result = yield* runYielding(planned, options.runner);
      if (batch.batch === firstBatch(plan.shard) && run === batch.first) {
        sums.compare(planned, result, yield* runYielding(planned, options.runner));
      }
      sums.add(planned, result);
    } catch (error) {
      sums.addDefect(planned, error);
    }
    sums.wallMillis += performance.now() - started;
    yield;
  }
  return sums.outcome();
}

function* runYielding({ scenario, seed }: PlannedRun, runner: Runner | null): Generator<void, RunResult> {
  return runner === null ? yield* simulateInSlices(scenario, seed) : runner(scenario, seed);
}

/** What the runs of a batch add up to. */
class BatchSums {
  wallMillis = 0;
  readonly #batch: Batch;
  readonly #failures: FailureRecord[] = [];
  readonly #firsts = new Map<string, RunResult>();
  readonly #marks = new SeenCounts();
  readonly #faults = new SeenCounts();
  #difference: DifferenceRecord | null = null;
  #passed = 0;
  #events = 0;
  #virtualMicros = 0;

  constructor(batch: Batch) {
    this.#batch = batch;
  }

  add(planned: PlannedRun, result: RunResult): void {
    this.#events += result.events;
    this.#virtualMicros += result.virtualMicros;
    for (const [name, times] of Object.entries(result.marks)) if (times > 0) this.#marks.add(name, [times, 1]);
    for (const [kind, strikes] of strikesByKind(result)) this.#faults.add(kind, [strikes, strikes > 0 ? 1 : 0]);
    if (result.verdict === 'pass') {
      this.#passed += 1;
      return;
    }
    const { id, summary } = signatureOf(result, planned.scenario);
    if (!this.#firsts.has(id)) this.#firsts.set(id, result);
    const { hash, events } = result;
    this.#fail(planned, result.verdict, { signature: id, summary, hash, event: result.violation?.event ?? events });
  }

  compare(planned: PlannedRun, first: RunResult, second: RunResult): void {
    const difference = compareRuns(first, second);
    if (difference === null) return;
    const { seed, hashes } = difference;
    this.#difference = { type: 'not-reproducible', ...this.#placeOf(planned), seed, hashes };
  }

  addDefect(planned: PlannedRun, error: unknown): void {
    const { name, message, stack } = error instanceof Error ? error : new Error(String(error));
    const { id, summary } = signatureOfLoss('defect', `${name}: ${message}`);
    const frames = (stack ?? '').split('\n').filter((line) => line.trimStart().startsWith('at '));
    const where = frames.slice(0, MAX_FRAMES).map((line) => line.trim());
    this.#fail(planned, 'defect', { signature: id, summary, hash: null, event: null, stack: where });
  }

  addLost(planned: PlannedRun, { kind, reason }: LostRun): void {
    const { id, summary } = signatureOfLoss(kind, `${titleOfRun(planned)} ${reason}`);
    this.#fail(planned, kind, { signature: id, summary, hash: null, event: null });
  }

  outcome(): BatchOutcome {
    const failed: Partial<Record<FailureKind, number>> = {};
    for (const { kind } of this.#failures) failed[kind] = (failed[kind] ?? 0) + 1;
    const batch: BatchRecord = {
      type: 'batch',
      batch: this.#batch.batch,
      runs: this.#batch.runs,
      passed: this.#passed,
      failed,
      events: this.#events,
      virtualMicros: this.#virtualMicros,
      marks: this.#marks.all,
      faults: this.#faults.all,
    };
    const { wallMillis } = this;
    return { failures: this.#failures, difference: this.#difference, batch, firsts: this.#firsts, wallMillis };
  }

  #fail(
    planned: PlannedRun,
    kind: FailureKind,
    what: Pick<FailureRecord, 'signature' | 'summary' | 'hash' | 'event'> & Partial<Pick<FailureRecord, 'stack'>>,
  ): void {
    const { signature, summary, hash, event, stack = [] } = what;
    const place = { ...this.#placeOf(planned), seed: planned.seed };
    this.#failures.push({ type: 'failure', ...place, kind, signature, summary, hash, event, stack, repro: null });
  }

  #placeOf(planned: PlannedRun) {
    return { batch: this.#batch.batch, run: planned.run, scenario: titleOfRun(planned) };
  }
}

function titleOfRun({ scenario: { name, settings } }: PlannedRun): string {
  return titleOf(name, settings);
}

/** A run may have faults of one kind in several places. */
function strikesByKind({ faultStrikes }: RunResult): ReadonlyMap<string, number> {
  const sums = new Map<string, number>();
  for (const { kind, strikes } of faultStrikes) sums.set(kind, (sums.get(kind) ?? 0) + strikes);
  return sums;
}
