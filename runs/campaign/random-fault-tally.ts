import type { RandomFault } from '../simulate/result.ts';

/** How often each random fault of a scenario occurred, over its runs. */
export class RandomFaultTally {
  /** By path, then by kind. */
  readonly #strikes = new Map<string, Map<string, number>>();

  add(faults: readonly RandomFault[]): void {
    for (const { path, kind, strikes } of faults) {
      const kinds = this.#strikes.get(path) ?? new Map<string, number>();
      kinds.set(kind, (kinds.get(kind) ?? 0) + strikes);
      this.#strikes.set(path, kinds);
    }
  }

  get all(): readonly RandomFault[] {
    return [...this.#strikes].flatMap(([path, kinds]) =>
      [...kinds].map(([kind, strikes]) => ({ path, kind, strikes })),
    );
  }
}
