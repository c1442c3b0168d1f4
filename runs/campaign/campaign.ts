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

/** One run or all runs of a scenario are finished; or a long run yields. */
export type CampaignStep =
  | {
      readonly kind: 'run';
      readonly scenario: Scenario;
      readonly result: RunResult;
      readonly tally: ScenarioTally;
    }
  | { readonly kind: 'scenario'; readonly scenario: Scenario; readonly tally: ScenarioTally }
  | { readonly kind: 'yield' };

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
  readonly #run: Runner | null;

  constructor(scenarios: readonly Scenario[], seeds: Seeds, run: Runner | null = null) {
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
    if (this.#run !== null) return this.#run(scenario, seed);
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
      wallMillis: sum(({ wallMillis }) => wallMillis),
    };
  }

  /** That of the worst run so far. */
  exitCode(): number {
    return worstExitCode(this.tallies.map(exitCodeOfScenario));
  }
}
