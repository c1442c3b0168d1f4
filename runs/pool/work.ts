import { threadId } from 'node:worker_threads';
import type { Scenario } from '../../scenarios/scenario.ts';
import type { Runner, RunMade, RunWanted } from '../campaign/campaign.ts';
import type { Batch, FuzzPlan } from '../fuzz/plan.ts';
import { type BatchOutcome, type LostRun, runBatch } from '../fuzz/run-batch.ts';
import { simulate } from '../simulate/simulate.ts';
import { type HuntWanted, huntWanted } from '../fuzz/hunter.ts';
import type { Hunt } from '../fuzz/mutant-hunt.ts';
import { Board } from './board.ts';

/** What every worker gets once: it is copied to each. */
export interface WorkerData {
  readonly scenarios: readonly Scenario[];
  readonly board: Int32Array<SharedArrayBuffer>;
}

/** What a worker is asked for. `place`: its own on the board. */
export type Task =
  | {
      readonly kind: 'batch';
      readonly place: number;
      readonly plan: Omit<FuzzPlan, 'scenarios'>;
      readonly batch: Batch;
      readonly without: readonly LostRun[];
    }
  | ({ readonly kind: 'hunt'; readonly place: number } & HuntWanted)
  | { readonly kind: 'runs'; readonly place: number; readonly first: number; readonly runs: readonly RunWanted[] };

/** A function for each kind of task: what a worker does. @param runner takes the place of the simulator, in tests */
export function workerOf({ scenarios, board: memory }: WorkerData, runner: Runner | null) {
  const board = new Board(memory);
  const run = runner ?? simulate;
  return (task: Task): BatchOutcome | Hunt | RunMade[] => {
    if (task.kind === 'hunt') return huntWanted(task, scenarios);
    const onRun = (number: number): void => board.begin(task.place, threadId, number);
    if (task.kind === 'batch') {
      const steps = runBatch({ ...task.plan, scenarios }, task.batch, { runner, without: task.without, onRun });
      for (;;) {
        const step = steps.next();
        if (step.done === true) return step.value;
      }
    }
    return task.runs.map(({ scenario, seed }, at): RunMade => {
      onRun(task.first + at);
      try {
        return { result: run(scenarios[scenario]!, seed) };
      } catch (error) {
        return { error };
      }
    });
  };
}
