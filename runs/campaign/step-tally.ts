import type { StepCount } from '../../scenarios/interpreter/step-counts.ts';

/** How often each step of a scenario was executed, and had nothing to do, over its runs. */
export class StepTally {
  readonly #totals = new Map<string, StepCount>();

  add(steps: readonly StepCount[]): void {
    for (const { path, executed, idle } of steps) {
      const before = this.#totals.get(path) ?? { executed: 0, idle: 0 };
      this.#totals.set(path, { path, executed: before.executed + executed, idle: before.idle + idle });
    }
  }

  /** In the order of the scenario's file. */
  get all(): readonly StepCount[] {
    return [...this.#totals.values()];
  }
}
