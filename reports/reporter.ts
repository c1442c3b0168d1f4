import type { Difference } from '../runs/campaign/compare-runs.ts';
import type { Gap, GapKind } from '../runs/campaign/gaps.ts';
import type { ScenarioTally } from '../runs/campaign/tally.ts';
import type { RunResult, Summary } from '../runs/simulate/result.ts';

/**
 * What shows the runs of one invocation: on a terminal, as lines of JSON. `whitewater run` calls the methods in this
 * order; a reporter has those it needs. A reporter shows results and decides nothing.
 */
export interface Reporter {
  /** Before the first run. */
  begin?(plan: CampaignPlan): void;
  /** After each run, in the order of scenarios and seeds. */
  runFinished?(run: FinishedRun): void;
  /** What is wrong with a scenario's runs taken together; before its `scenarioFinished`. */
  problem?(problem: CampaignProblem): void;
  /** After the last run of each scenario. A scenario that was interrupted is only in `end`. */
  scenarioFinished?(scenario: FinishedScenario): void;
  /** Once, at the end, also when the invocation was stopped. */
  end?(campaign: EndedCampaign): void;
}

/** What is going to run. */
export interface CampaignPlan {
  /** Names of the scenarios, with their settings. */
  readonly titles: readonly string[];
  /** Runs of each scenario. */
  readonly seedsEach: number;
  /** Runs of all scenarios. */
  readonly planned: number;
}

export interface FinishedRun {
  readonly result: RunResult;
  /** The path of its repro file; null if there is none. */
  readonly repro: string | null;
}

/** What no single run shows. */
export type CampaignProblem =
  /** Two runs of one seed differ. */
  | { readonly kind: 'not-reproducible'; readonly tally: ScenarioTally; readonly difference: Difference }
  /** Something that no run has shown. */
  | { readonly kind: GapKind; readonly tally: ScenarioTally; readonly gap: Gap };

/** A scenario with all its runs, or those until the invocation was stopped. */
export interface FinishedScenario {
  readonly tally: ScenarioTally;
  readonly repros: ReproFiles;
  /** The command that shows its failure again, ready to copy; null if it passed or cannot be named. */
  readonly replay: string | null;
}

/** The repro files that were written for a scenario. */
export interface ReproFiles {
  /** The file of the run that is explained; null if there is none. */
  readonly path: string | null;
  /** Why that run has none; null if it has one. */
  readonly reason: string | null;
  /** Folder of all of them, as given. */
  readonly folder: string;
  readonly saved: number;
  /** Whether further ones were left out, since there were enough. */
  readonly capped: boolean;
}

export interface EndedCampaign {
  readonly summary: Summary;
  /** The scenarios with at least one finished run. */
  readonly scenarios: readonly FinishedScenario[];
  /** What ended it before everything had run; null if nothing did. */
  readonly stopped: 'interrupted' | 'internal-error' | null;
  readonly exitCode: number;
}

/** Where a reporter writes. */
export interface ReportOutput {
  /** Results: standard output. */
  write(text: string): void;
  /** What is not a result: standard error. */
  note(text: string): void;
}
