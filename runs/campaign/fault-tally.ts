import type { Scenario } from '../../scenarios/scenario.ts';
import type { FaultStrikes } from '../simulate/result.ts';
import { stepNamed } from '../simulate/scenario-steps.ts';

/** A fault of a scenario over several runs. */
export interface FaultTotals extends FaultStrikes {
  /** Its path with the step's label and line. */
  readonly place: string;
  /** In how many runs it struck. */
  readonly struckIn: number;
}

/** How often each fault of a scenario struck, over its runs. */
export class FaultTally {
  readonly #scenario: Scenario;
  /** By kind and path. */
  readonly #totals = new Map<string, FaultTotals>();

  constructor(scenario: Scenario) {
    this.#scenario = scenario;
  }

  add(faults: readonly FaultStrikes[]): void {
    for (const { path, kind, injected, strikes } of faults) {
      const key = `${kind} ${path}`;
      const before = this.#totals.get(key) ?? this.#unseen(path, kind);
      this.#totals.set(key, {
        ...before,
        injected: before.injected + injected,
        strikes: before.strikes + strikes,
        struckIn: before.struckIn + (strikes > 0 ? 1 : 0),
      });
    }
  }

  get all(): readonly FaultTotals[] {
    return [...this.#totals.values()];
  }

  #unseen(path: string, kind: string): FaultTotals {
    return { path, kind, place: stepNamed(this.#scenario, path), injected: 0, strikes: 0, struckIn: 0 };
  }
}
