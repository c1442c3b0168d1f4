import type { Tinypool } from 'tinypool';
import type { Scenario } from '../../scenarios/scenario.ts';
import { Board } from './board.ts';
import type { Task, WorkerData } from './work.ts';

/** How often the board is looked at, at the least; more often for short timeouts. */
const LOOK_MILLIS = 1_000;

/** How long a thread may take to load its module, in ms: before its first run, no run is to blame. */
const START_MILLIS = 60_000;

/** A task whose worker was ended, or has ended by itself, in the middle of a run. */
export class WorkerLost extends Error {
  override readonly name = 'WorkerLost';
  /** The number of the run; null: none had begun. */
  readonly run: number | null;
  readonly kind: 'hung' | 'died';
  /** Why, as a clause that says nothing of the run itself: `took longer than 60 s`. */
  readonly reason: string;

  constructor(run: number | null, kind: 'hung' | 'died', reason: string) {
    super(run === null ? `a worker ${reason} before its first run` : `run ${run} ${reason}`);
    this.run = run;
    this.kind = kind;
    this.reason = reason;
  }
}

/** What keeps threads in bounds. */
export interface ThreadLimits {
  readonly jobs: number;
  /** Real time that a run may take, in ms; null: any. */
  readonly timeout: number | null;
  /** Heap of each thread, in units of 2²⁰ bytes; null: as the engine has it. One that needs more ends. */
  readonly heap: number | null;
}

/** A task in the hands of a worker. */
interface Job {
  readonly abort: AbortController;
  /** As the board had it when it was last looked at, and when that was first seen, in ms. */
  beat: number;
  since: number;
  /** Why it was aborted; null: it was not. */
  lost: WorkerLost | null;
}

type TaskWithoutPlace<T = Task> = T extends Task ? Omit<T, 'place'> : never;

/** Threads that run tasks, one each at a time. A thread that hangs or has ended is replaced. */
export class WorkerPool {
  readonly jobs: number;
  readonly #pool: Tinypool;
  readonly #board: Board;
  readonly #timeout: number | null;
  readonly #atWork = new Map<number, Job>();
  readonly #free: number[];
  readonly #waiting: (() => void)[] = [];
  /** Threads by number, with what settles when they have ended. */
  readonly #threads = new Map<number, Promise<void>>();
  readonly #timer: NodeJS.Timeout;
  #isClosed = false;

  private constructor(pool: Tinypool, board: Board, jobs: number, timeout: number | null) {
    this.jobs = jobs;
    this.#pool = pool;
    this.#board = board;
    this.#timeout = timeout;
    this.#free = Array.from({ length: jobs }, (_, place) => place);
    // A thread that ends with nothing to do is replaced; its next task will say so if that does not help.
    pool.on('error', () => undefined);
    this.#timer = setInterval(() => this.#look(), Math.min(LOOK_MILLIS, (timeout ?? Infinity) / 4));
    this.#timer.unref();
  }

  /**
   * Starts the threads.
   *
   * @param file the module that they load: see `worker.ts`
   */
  static async start(
    file: string,
    scenarios: readonly Scenario[],
    { jobs, timeout, heap }: ThreadLimits,
  ): Promise<WorkerPool> {
    // Loaded only here: most commands need no threads.
    const { Tinypool: Threads } = await import('tinypool');
    const board = Board.for(jobs);
    const workerData: WorkerData = { scenarios, board: board.memory };
    const threads = { filename: file, name: 'work', minThreads: jobs, maxThreads: jobs, workerData };
    const pool = new Threads(
      heap === null ? threads : { ...threads, resourceLimits: { maxOldGenerationSizeMb: heap } },
    );
    return new WorkerPool(pool, board, jobs, timeout);
  }

  /**
   * Gives a task to a worker, as soon as one is free. After `close` the promise stays open.
   *
   * @throws WorkerLost if a run of it hangs or ends the worker
   * @throws what the worker has thrown
   */
  async run<T>(task: TaskWithoutPlace): Promise<T> {
    const place = await this.#takePlace();
    const abort = new AbortController();
    this.#board.clear(place);
    const job: Job = { abort, beat: this.#board.at(place).beat, since: performance.now(), lost: null };
    this.#atWork.set(place, job);
    try {
      const made = this.#pool.run({ ...task, place }, { signal: abort.signal });
      this.#listenToThreads();
      return (await made) as T;
    } catch (error) {
      if (this.#isClosed) return await new Promise<T>(() => undefined);
      // Until then, what is at its place on the board may be its own.
      if (job.lost !== null) await this.#threads.get(this.#board.at(place).thread);
      throw job.lost ?? lostBy(error, this.#board.at(place).run);
    } finally {
      this.#atWork.delete(place);
      this.#free.push(place);
      this.#waiting.shift()?.();
    }
  }

  /** Ends all threads at once. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#timer);
    await this.#pool.destroy();
  }

  async #takePlace(): Promise<number> {
    for (;;) {
      const place = this.#free.pop();
      if (place !== undefined) return place;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  /** Ends the workers whose run has taken too long. */
  #look(): void {
    const now = performance.now();
    for (const [place, job] of this.#atWork) {
      const { beat, run } = this.#board.at(place);
      if (beat !== job.beat) {
        job.beat = beat;
        job.since = now;
        continue;
      }
      if (this.#timeout === null) continue;
      const most = run === null ? Math.max(START_MILLIS, this.#timeout) : this.#timeout;
      if (now - job.since < most) continue;
      this.#lose(job, new WorkerLost(run, 'hung', `took longer than ${most / 1_000} s`));
    }
  }

  /** The pool does not notice a thread that exits by itself. */
  #listenToThreads(): void {
    for (const thread of this.#pool.threads) {
      const { threadId } = thread;
      if (this.#threads.has(threadId)) continue;
      const exit = new Promise<number>((resolve) => thread.once('exit', resolve));
      this.#threads.set(
        threadId,
        exit.then((code) => this.#onExit(threadId, code)),
      );
    }
  }

  #onExit(threadId: number, code: number): void {
    this.#threads.delete(threadId);
    for (const [place, job] of this.#atWork) {
      const { thread, run } = this.#board.at(place);
      if (thread === threadId) this.#lose(job, new WorkerLost(run, 'died', `ended its worker with exit code ${code}`));
    }
  }

  #lose(job: Job, lost: WorkerLost): void {
    if (job.lost !== null) return;
    job.lost = lost;
    job.abort.abort();
  }
}

/** An error that ended the thread, such as that of too little memory, is not one that the task has thrown. */
function lostBy(error: unknown, run: number | null): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (!code.startsWith('ERR_WORKER')) return error;
  return new WorkerLost(run, 'died', `ended its worker: ${(error as Error).message}`);
}
