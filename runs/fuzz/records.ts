import type { Verdict } from '../simulate/result.ts';

/**
 * How a run of a campaign can fail.
 *
 * - `violation`, `unmet`, `inconclusive`: the verdict of the run.
 * - `hung`: it took more real time than a run may take.
 * - `died`: its worker ended in the middle of it, out of memory for instance.
 * - `defect`: the simulator threw.
 */
export type FailureKind = Exclude<Verdict, 'pass'> | 'hung' | 'died' | 'defect';

export const FAILURE_KINDS: readonly FailureKind[] = ['violation', 'unmet', 'inconclusive', 'hung', 'died', 'defect'];

/** How often something was seen, and in how many runs. */
export type Seen = readonly [total: number, runs: number];

/** A failing run. */
export interface FailureRecord {
  readonly type: 'failure';
  readonly batch: number;
  readonly run: number;
  /** Name of the scenario, with its settings. */
  readonly scenario: string;
  readonly seed: string;
  readonly kind: FailureKind;
  /** Id of its signature, such as `I14-3f9a2c`. */
  readonly signature: string;
  /** What happened, in one sentence. */
  readonly summary: string;
  /** Hash over the run's events, and their number; null if the run has not ended. */
  readonly hash: string | null;
  readonly event: number | null;
  /** Where the simulator threw, innermost first; empty otherwise. */
  readonly stack: readonly string[];
  /** Path of the repro file inside the folder of results; null if the run has none. */
  readonly repro: string | null;
}

/** Two runs of one seed differ: no result of the campaign is reliable. */
export interface DifferenceRecord {
  readonly type: 'not-reproducible';
  readonly batch: number;
  readonly run: number;
  readonly scenario: string;
  readonly seed: string;
  readonly hashes: readonly [string, string];
}

/** A finished batch, as sums over its runs. */
export interface BatchRecord {
  readonly type: 'batch';
  readonly batch: number;
  readonly runs: number;
  readonly passed: number;
  /** How many failed, by kind; kinds without any are left out. */
  readonly failed: Readonly<Partial<Record<FailureKind, number>>>;
  readonly events: number;
  readonly virtualMicros: number;
  /** By name. */
  readonly marks: Readonly<Record<string, Seen>>;
  /** Effects of faults, by kind; `[0, 0]`: the fault was there and had no effect. */
  readonly faults: Readonly<Record<string, Seen>>;
}

export type ResultRecord = FailureRecord | DifferenceRecord | BatchRecord;

/** Everything that a finished batch adds to the results: the line of the batch comes last. */
export interface BatchResults {
  readonly failures: readonly FailureRecord[];
  readonly difference: DifferenceRecord | null;
  readonly batch: BatchRecord;
}
