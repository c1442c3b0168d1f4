import { availableParallelism, totalmem } from 'node:os';
import type { ThreadLimits } from '../runs/pool/worker-pool.ts';
import { parseCount } from './fuzz-options.ts';

const MAX_JOBS = 1_000;

/** Heap of a thread, in units of 2²⁰ bytes: a share of most of the machine's memory, within these bounds. */
const LEAST_HEAP = 512;
const MOST_HEAP = 4_096;
const SHARE = 0.75;

/**
 * The threads that `--jobs` asks for; without it, one for each core.
 *
 * @param timeout real time that a run may take, in ms; null: any
 */
export function threadLimits(jobs: string | undefined, timeout: number | null): ThreadLimits {
  const count = jobs === undefined ? availableParallelism() : parseCount('--jobs', jobs, MAX_JOBS);
  const share = Math.floor(((totalmem() / 2 ** 20) * SHARE) / count);
  return { jobs: count, timeout, heap: Math.min(MOST_HEAP, Math.max(LEAST_HEAP, share)) };
}
