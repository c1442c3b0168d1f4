import { workerData } from 'node:worker_threads';
import { type WorkerData, workerOf } from './work.ts';

// The module that a worker thread of the pool loads. The first item of its data belongs to the pool.

/** Does a task. */
export const work = workerOf((workerData as readonly [unknown, WorkerData])[1], null);
