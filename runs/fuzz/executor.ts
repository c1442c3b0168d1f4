import type { Runner } from '../campaign/campaign.ts';
import type { Batch, FuzzPlan } from './plan.ts';
import { type BatchOutcome, runBatch } from './run-batch.ts';

/** Runs the batches of a campaign. */
export interface BatchExecutor {
  /** How many batches it runs at a time. */
  readonly jobs: number;
  /** Fails only by a defect of Whitewater; what goes wrong in a run is in the outcome. */
  run(batch: Batch): Promise<BatchOutcome>;
  /** Ends at once what is running: those batches have no outcome. */
  close(): Promise<void>;
}

/** Runs one batch at a time in this process, which cannot end a run that hangs. */
export class InProcessExecutor implements BatchExecutor {
  readonly jobs = 1;
  readonly #plan: FuzzPlan;
  readonly #runner: Runner | null;
  #isClosed = false;

  /** @param runner takes the place of the simulator, in tests; null: the simulator */
  constructor(plan: FuzzPlan, runner: Runner | null) {
    this.#plan = plan;
    this.#runner = runner;
  }

  async run(batch: Batch): Promise<BatchOutcome> {
    const options = { runner: this.#runner, without: [], onRun: () => undefined };
    const steps = runBatch(this.#plan, batch, options);
    for (;;) {
      const step = steps.next();
      if (step.done === true) return step.value;
      // Signals are delivered meanwhile.
      await new Promise((resume) => setImmediate(resume));
      if (this.#isClosed) await new Promise(() => undefined);
    }
  }

  close(): Promise<void> {
    this.#isClosed = true;
    return Promise.resolve();
  }
}
