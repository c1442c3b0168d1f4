import { assert } from '../../sim/base/assert.ts';
import type { BatchExecutor } from '../fuzz/executor.ts';
import type { Batch, FuzzPlan } from '../fuzz/plan.ts';
import type { BatchOutcome, LostRun } from '../fuzz/run-batch.ts';
import { type ThreadLimits, WorkerLost, WorkerPool } from './worker-pool.ts';

/**
 * Runs batches in worker threads. A batch with a run that hangs or ends its worker is run again without it, so that the
 * others count, and count once.
 */
export class PoolExecutor implements BatchExecutor {
  readonly jobs: number;
  readonly #pool: WorkerPool;
  readonly #plan: Omit<FuzzPlan, 'scenarios'>;

  private constructor(pool: WorkerPool, plan: Omit<FuzzPlan, 'scenarios'>) {
    this.jobs = pool.jobs;
    this.#pool = pool;
    this.#plan = plan;
  }

  /** @param file the module that the threads load */
  static async start(file: string, { scenarios, ...plan }: FuzzPlan, limits: ThreadLimits): Promise<PoolExecutor> {
    return new PoolExecutor(await WorkerPool.start(file, scenarios, limits), plan);
  }

  async run(batch: Batch): Promise<BatchOutcome> {
    const without: LostRun[] = [];
    for (;;) {
      try {
        return await this.#pool.run<BatchOutcome>({ kind: 'batch', plan: this.#plan, batch, without });
      } catch (error) {
        if (!(error instanceof WorkerLost) || error.run === null) throw error;
        const { run, kind, reason } = error;
        assert(!without.some((lost) => lost.run === run), `run ${run} was left out, and has begun again`);
        without.push({ run, kind, reason });
      }
    }
  }

  async close(): Promise<void> {
    await this.#pool.close();
  }
}
