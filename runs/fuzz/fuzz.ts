import { Bell } from '../campaign/bell.ts';
import type { BatchExecutor } from './executor.ts';
import { type Batch, batchesFrom, type Shard } from './plan.ts';
import type { BatchOutcome } from './run-batch.ts';

/** Finished batches that wait for one before them, which may have a run that hangs. Then no further ones are begun. */
const MOST_WAITING = 1_000;

/** How far a campaign goes; whatever comes first ends it. */
export interface FuzzLimits {
  /** Runs of the campaign in all its shards; null: any number. */
  readonly runs: number | null;
  /** Whether the time is over: then no batch is begun any more, after the first. */
  readonly isTimeOver: () => boolean;
  /** Whether enough runs have failed; asked after each batch. */
  readonly isEnough: () => boolean;
}

/**
 * Why a campaign ended: everything ran, its time was over, enough runs had failed, or it was interrupted.
 */
export type FuzzEnd = 'complete' | 'time' | 'bail' | 'interrupted';

/** A campaign at work. */
export interface FuzzSession {
  readonly shard: Shard;
  /** Number of the first batch: one of the shard's. */
  readonly from: number;
  readonly executor: BatchExecutor;
  readonly limits: FuzzLimits;
  /** Takes the outcome of each batch, in the order of the batches: a batch waits until those before it are there. */
  readonly commit: (outcome: BatchOutcome) => void;
  /** Settles when the user interrupts. */
  readonly interrupted: Promise<void>;
}

/**
 * Runs batches until a limit is reached. What was committed is a beginning of the campaign, whatever ended it and however
 * many batches run at a time.
 *
 * @throws whatever `commit` throws, and a defect of the executor
 */
export async function runCampaign(session: FuzzSession): Promise<FuzzEnd> {
  const { executor } = session;
  try {
    return await new Loop(session).run();
  } finally {
    await executor.close();
  }
}

class Loop {
  readonly #session: FuzzSession;
  readonly #planned: Generator<Batch, void>;
  readonly #running = new Set<number>();
  /** Batches that are finished and not committed, by number. */
  readonly #waiting = new Map<number, BatchOutcome>();
  /** Number of the batch that is committed next. */
  #next: number;
  #hasBegun = false;
  #isExhausted = false;
  #isTimeOver = false;
  #wasInterrupted = false;
  /** What the executor has failed with. */
  #defect: { readonly error: unknown } | null = null;
  readonly #bell = new Bell();

  constructor(session: FuzzSession) {
    this.#session = session;
    this.#planned = batchesFrom(session.shard, session.from, session.limits.runs);
    this.#next = session.from;
  }

  async run(): Promise<FuzzEnd> {
    const { limits, interrupted } = this.#session;
    void interrupted.then(() => {
      this.#wasInterrupted = true;
      this.#bell.ring();
    });
    for (;;) {
      if (limits.isEnough()) return 'bail';
      this.#begin();
      if (this.#running.size === 0) return this.#isExhausted ? 'complete' : 'time';
      await this.#bell.rung();
      if (this.#wasInterrupted) return 'interrupted';
      if (this.#defect !== null) throw this.#defect.error;
      if (this.#commit()) return 'bail';
    }
  }

  /** Gives the executor as many batches as it runs at a time. */
  #begin(): void {
    const { executor, limits } = this.#session;
    while (this.#running.size < executor.jobs && this.#waiting.size < MOST_WAITING) {
      // However little time there is, something runs.
      this.#isTimeOver ||= this.#hasBegun && limits.isTimeOver();
      if (this.#isTimeOver || this.#isExhausted) return;
      const { value: batch } = this.#planned.next();
      if (batch === undefined) {
        this.#isExhausted = true;
        return;
      }
      this.#hasBegun = true;
      this.#running.add(batch.batch);
      void this.#run(batch);
    }
  }

  async #run(batch: Batch): Promise<void> {
    try {
      this.#waiting.set(batch.batch, await this.#session.executor.run(batch));
      this.#running.delete(batch.batch);
    } catch (error) {
      this.#defect = { error };
    }
    this.#bell.ring();
  }

  /** Commits the batches that are next. @returns whether enough runs have failed */
  #commit(): boolean {
    const { commit, shard, limits } = this.#session;
    for (;;) {
      const outcome = this.#waiting.get(this.#next);
      if (outcome === undefined) return false;
      this.#waiting.delete(this.#next);
      commit(outcome);
      this.#next += shard.of;
      if (limits.isEnough()) return true;
    }
  }
}
