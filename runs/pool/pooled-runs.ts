import { Bell } from '../campaign/bell.ts';
import type { RunMade, RunSource, RunWanted } from '../campaign/campaign.ts';
import { WorkerLost, type WorkerPool } from './worker-pool.ts';

/** Runs of a task, at the most: enough that passing them to a thread costs nothing that matters. */
const MOST_RUNS = 25;
/** Tasks for each thread, at the least, so that none has to wait long for the last. */
const TASKS_EACH = 8;
/** Tasks for each thread that are made ahead of the one whose runs are wanted. */
const AHEAD = 4;

/** Makes the runs of a campaign in worker threads, and hands them over in its order. */
export class PooledRuns implements RunSource {
  readonly #pool: WorkerPool;
  readonly #wanted: Iterator<RunWanted, void>;
  readonly #size: number;
  /** What was made, by the number of the task. */
  readonly #made = new Map<number, readonly RunMade[]>();
  readonly #bell = new Bell();
  /** Number of the task that begins next, of its first run, and of the task whose runs are taken. */
  #next = 0;
  #nextRun = 0;
  #current = 0;
  #taken = 0;
  #running = 0;

  /** @param runs about how many there are */
  constructor(pool: WorkerPool, wanted: Iterator<RunWanted, void>, runs: number) {
    this.#pool = pool;
    this.#wanted = wanted;
    this.#size = Math.max(1, Math.min(MOST_RUNS, Math.floor(runs / (pool.jobs * TASKS_EACH))));
    this.#begin();
  }

  take(): RunMade | null {
    const made = this.#made.get(this.#current);
    if (made === undefined) return null;
    const run = made[this.#taken]!;
    this.#taken += 1;
    if (this.#taken === made.length) {
      this.#made.delete(this.#current);
      this.#current += 1;
      this.#taken = 0;
      this.#begin();
    }
    return run;
  }

  async arrival(): Promise<void> {
    await this.#bell.rung();
  }

  /** Lets `arrival` settle: something else has to be looked at. */
  wake(): void {
    this.#bell.ring();
  }

  /** Ends the threads at once. */
  async close(): Promise<void> {
    await this.#pool.close();
  }

  /** Keeps the threads at work, but not too far ahead: results take memory. */
  #begin(): void {
    while (this.#running < this.#pool.jobs && this.#next - this.#current < this.#pool.jobs * AHEAD) {
      const runs: RunWanted[] = [];
      while (runs.length < this.#size) {
        const { value: run } = this.#wanted.next();
        if (run === undefined) break;
        runs.push(run);
      }
      if (runs.length === 0) return;
      void this.#run(this.#next, this.#nextRun, runs);
      this.#next += 1;
      this.#nextRun += runs.length;
    }
  }

  async #run(task: number, first: number, runs: readonly RunWanted[]): Promise<void> {
    this.#running += 1;
    this.#made.set(task, await this.#makeAll(first, runs));
    this.#running -= 1;
    this.#bell.ring();
    this.#begin();
  }

  /** The runs of a task. One that ends its thread ends them: those before it are made again. */
  async #makeAll(first: number, runs: readonly RunWanted[]): Promise<readonly RunMade[]> {
    if (runs.length === 0) return [];
    try {
      return await this.#pool.run<RunMade[]>({ kind: 'runs', first, runs });
    } catch (error) {
      const lost = error instanceof WorkerLost && error.run !== null ? error.run - first : 0;
      return [...(await this.#makeAll(first, runs.slice(0, lost))), { error }];
    }
  }
}
