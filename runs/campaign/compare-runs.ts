import type { RunResult } from '../simulate/result.ts';

/** Two runs of one (scenario, seed) that differ. */
export interface Difference {
  readonly seed: string;
  readonly hashes: readonly [string, string];
}

/** Compares two runs of one seed: nothing but the real time they took may differ. Null if they agree. */
export function compareRuns(first: RunResult, second: RunResult): Difference | null {
  const facts = (result: RunResult): string => JSON.stringify({ ...result, wallMillis: 0 });
  return facts(first) === facts(second) ? null : { seed: first.seed, hashes: [first.hash, second.hash] };
}
