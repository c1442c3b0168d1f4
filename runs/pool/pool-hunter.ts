import type { Scenario } from '../../scenarios/scenario.ts';
import type { Hunter, HuntWanted } from '../fuzz/hunter.ts';
import type { Hunt } from '../fuzz/mutant-hunt.ts';
import { type ThreadLimits, WorkerPool } from './worker-pool.ts';

/** Looks for known bugs in worker threads, one in each at a time. */
export class PoolHunter implements Hunter {
  readonly jobs: number;
  readonly #pool: WorkerPool;

  private constructor(pool: WorkerPool) {
    this.jobs = pool.jobs;
    this.#pool = pool;
  }

  /** @param file the module that the threads load */
  static async start(file: string, scenarios: readonly Scenario[], limits: ThreadLimits): Promise<PoolHunter> {
    return new PoolHunter(await WorkerPool.start(file, scenarios, limits));
  }

  async hunt(wanted: HuntWanted): Promise<Hunt> {
    return await this.#pool.run<Hunt>({ kind: 'hunt', ...wanted });
  }

  async close(): Promise<void> {
    await this.#pool.close();
  }
}
