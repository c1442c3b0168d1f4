import type { FuzzEnd } from '../runs/fuzz/fuzz.ts';
import type { FailureRecord } from '../runs/fuzz/records.ts';
import type { FuzzTally } from '../runs/fuzz/tally.ts';
import type { RunResult } from '../runs/simulate/result.ts';

/** What shows a campaign of `whitewater fuzz`. It shows results and decides nothing. */
export interface FuzzReporter {
  /** Before the first batch. */
  begin?(plan: FuzzHead): void;
  /** After each failing run, in the order of the runs. */
  runFailed?(failure: FuzzFailure): void;
  /** Once, at the end. */
  end?(campaign: EndedFuzz): void;
}

/** What is going to run. */
export interface FuzzHead {
  /** Names of the scenarios, with their settings. */
  readonly titles: readonly string[];
  readonly firstSeed: number;
  /** Runs that were requested; null: any number. */
  readonly planned: number | null;
  /** Real time that was given, in ms; null: any. */
  readonly millis: number | null;
  readonly jobs: number;
  /** The folder of results, as given. */
  readonly folder: string;
  /** Runs that are there already, in a campaign that goes on. */
  readonly before: number;
}

export interface FuzzFailure {
  readonly record: FailureRecord;
  /** Whether it is the first of its signature. */
  readonly isFirst: boolean;
  readonly isKnown: boolean;
  /** The whole run; null for runs without a result, and for those that are not the first. */
  readonly result: RunResult | null;
  /** The command that shows it again, ready to copy. */
  readonly replay: string;
}

export interface EndedFuzz {
  readonly tally: FuzzTally;
  readonly ended: FuzzEnd;
  /** Runs that were requested; null: any number. */
  readonly planned: number | null;
  /** What this invocation did; null: it only put results together. A campaign that goes on had other runs before. */
  readonly work: FuzzWork | null;
  readonly folder: string;
  /** Every mark that there is. */
  readonly marks: readonly string[];
  /** Shards whose results are missing, from 1. */
  readonly missingShards: readonly number[];
  /** Lines of the file of known failures that no failure was. */
  readonly unusedKnown: readonly string[];
  /** The command that shows the first run of a signature again. */
  readonly replay: (first: FailureRecord) => string;
  /** The command that goes on with the campaign; null if it is complete. */
  readonly resume: string | null;
  readonly exitCode: number;
}

export interface FuzzWork {
  readonly runs: number;
  /** Real time, in ms. */
  readonly wallMillis: number;
  readonly jobs: number;
}
