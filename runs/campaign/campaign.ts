import type { Scenario } from '../../scenarios/scenario.ts';
import type { RunResult, Summary } from '../simulate/result.ts';
import { simulateInSlices } from '../simulate/simulate.ts';
import { worstExitCode } from './exit-code.ts';
import { exitCodeOfScenario, outcomeOf } from './outcome.ts';
import { seedCount, seedsOf, type Seeds } from './seeds.ts';
import { ScenarioTally } from './tally.ts';
import { titleOf } from '../../scenarios/settings.ts';

/** One run: a function of scenario and seed. */
export type Runner = (scenario: Scenario, seed: string) => RunResult;

/** What came of a run: its result, or what the simulator has thrown. */
export type RunMade = { readonly result: RunResult } | { readonly error: unknown };

/** A run of a campaign: a scenario, by its index, with a seed. */
export interface RunWanted {
  readonly scenario: number;
  readonly seed: string;
}

/** Makes the runs of a campaign elsewhere, and hands them over one by one, in the order of `wantedRuns`. */
export interface RunSource {
  /** The next run; null: it is not there yet. */
  take(): RunMade | null;
  /** Settles when the next run may be there. */
  arrival(): Promise<void>;
}

/** One run or all runs of a scenario are finished; a long run yields; or the next run is not there yet. */
export type CampaignStep =
  | {
      readonly kind: 'run';
      readonly scenario: Scenario;
      readonly result: RunResult;
      readonly tally: ScenarioTally;
    }
  | { readonly kind: 'scenario'; readonly scenario: Scenario; readonly tally: ScenarioTally }
  | { readonly kind: 'yield' }
  | { readonly kind: 'wait'; readonly until: Promise<void> };

/** The runs of a campaign, in its order. The first seed of every scenario is there twice. */
export function* wantedRuns(scenarios: readonly Scenario[], seeds: Seeds): Generator<RunWanted, void> {
  for (const [index, scenario] of scenarios.entries()) {
    let isFirst = true;
    for (const seed of seedsOf(scenario, seeds)) {
      yield { scenario: index, seed };
      if (isFirst) yield { scenario: index, seed };
      isFirst = false;
    }
  }
}

/**
 * The runs of one invocation: every scenario with every seed, scenario by scenario. The caller takes one step at a time
 * and may stop after any of them; the tallies hold the finished runs.
 *
 * The first seed of every scenario runs twice: a simulator that is not deterministic gives no other sign of it.
 */
export class Campaign {
  /** Of the scenarios begun so far. */
  readonly tallies: ScenarioTally[] = [];
  /** What is running or ran last, for the report of an internal error. */
  current: { readonly scenario: Scenario; readonly seed: string } | null = null;
  readonly #scenarios: readonly Scenario[];
  readonly #seeds: Seeds;
  readonly #run: Runner | RunSource | null;
  readonly #started = performance.now();

  /** @param run takes the place of the simulator in this process */
  constructor(scenarios: readonly Scenario[], seeds: Seeds, run: Runner | RunSource | null = null) {
    this.#scenarios = scenarios;
    this.#seeds = seeds;
    this.#run = run;
  }

  /** Of the scenarios, as reports call them. */
  get titles(): readonly string[] {
    return this.#scenarios.map(({ name, settings }) => titleOf(name, settings));
  }

  /** Runs per scenario that were requested. */
  get seedsEach(): number {
    return seedCount(this.#seeds);
  }

  /** Runs that were requested, not counting those that only compare. */
  get planned(): number {
    return this.#scenarios.length * this.seedsEach;
  }

  *steps(): Generator<CampaignStep, void> {
    for (const scenario of this.#scenarios) {
      const tally = new ScenarioTally(scenario, this.seedsEach);
      this.tallies.push(tally);
      for (const seed of seedsOf(scenario, this.#seeds)) {
        this.current = { scenario, seed };
        const result = yield* this.#runYielding(scenario, seed);
        if (tally.runs === 0) tally.compare(result, yield* this.#runYielding(scenario, seed));
        tally.add(result);
        yield { kind: 'run', scenario, result, tally };
      }
      tally.complete();
      yield { kind: 'scenario', scenario, tally };
    }
  }

  *#runYielding(scenario: Scenario, seed: string): Generator<CampaignStep, RunResult> {
    if (typeof this.#run === 'function') return this.#run(scenario, seed);
    if (this.#run !== null) return yield* nextOf(this.#run);
    const slices = simulateInSlices(scenario, seed);
    for (;;) {
      const slice = slices.next();
      if (slice.done === true) return slice.value;
      yield { kind: 'yield' };
    }
  }

  summary(): Summary {
    const sum = (of: (tally: ScenarioTally) => number) => this.tallies.reduce((total, tally) => total + of(tally), 0);
    const begun = this.tallies.filter(({ runs }) => runs > 0).map(outcomeOf);
    const scenarios = (wanted: string) => begun.filter((outcome) => outcome === wanted).length;
    return {
      runs: sum(({ runs }) => runs),
      planned: this.planned,
      passed: sum(({ verdicts }) => verdicts.pass),
      violated: sum(({ verdicts }) => verdicts.violation),
      unmet: sum(({ verdicts }) => verdicts.unmet),
      inconclusive: sum(({ verdicts }) => verdicts.inconclusive),
      scenarios: {
        passed: scenarios('passed'),
        failed: scenarios('failed'),
        inconclusive: scenarios('inconclusive'),
      },
      events: sum(({ events }) => events),
      // Runs that are made elsewhere are made several at a time.
      wallMillis: this.#isElsewhere ? performance.now() - this.#started : sum(({ wallMillis }) => wallMillis),
    };
  }

  get #isElsewhere(): boolean {
    return this.#run !== null && typeof this.#run !== 'function';
  }

  /** That of the worst run so far. */
  exitCode(): number {
    return worstExitCode(this.tallies.map(exitCodeOfScenario));
  }
}

function* nextOf(source: RunSource): Generator<CampaignStep, RunResult> {
  for (;;) {
    const made = source.take();
    if (made === null) yield { kind: 'wait', until: source.arrival() };
    else if ('error' in made) throw made.error;
    else return made.result;
  }
}
