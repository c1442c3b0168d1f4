import type { Scenario } from '../../scenarios/scenario.ts';
import { worstExitCode } from './exit-code.ts';
import { seedCount, seedsOf, type Seeds } from './seeds.ts';
import { ScenarioTally } from './tally.ts';
import type { RunResult, Summary } from '../simulate/result.ts';
import { simulateInSlices } from '../simulate/simulate.ts';

/** One run: a function of scenario and seed. */
export type Runner = (program: Scenario, seed: string) => RunResult;

/** Something is finished, one run or all runs of a scenario; or a long run comes up for air. */
export type CampaignStep =
  | {
      readonly kind: 'run';
      readonly program: Scenario;
      readonly result: RunResult;
      readonly tally: ScenarioTally;
    }
  | { readonly kind: 'scenario'; readonly program: Scenario; readonly tally: ScenarioTally }
  | { readonly kind: 'breath' };

/**
 * The runs of one invocation: every scenario with every seed, scenario by scenario. Whoever drives it takes one step
 * at a time and may stop after any of them; what is finished is in the tallies.
 *
 * The first seed of every scenario runs twice, because a simulator that is not deterministic is worth nothing, and
 * does not say so by itself.
 */
export class Campaign {
  /** Of the scenarios begun so far. */
  readonly tallies: ScenarioTally[] = [];
  /** What is running or ran last: what a defect happened in. */
  current: { readonly program: Scenario; readonly seed: string } | null = null;
  readonly #programs: readonly Scenario[];
  readonly #seeds: Seeds;
  readonly #run: Runner | null;

  constructor(programs: readonly Scenario[], seeds: Seeds, run: Runner | null = null) {
    this.#programs = programs;
    this.#seeds = seeds;
    this.#run = run;
  }

  get names(): readonly string[] {
    return this.#programs.map(({ name }) => name);
  }

  /** Runs per scenario that were asked for. */
  get seedsEach(): number {
    return seedCount(this.#seeds);
  }

  /** Runs that were asked for, not counting those that only compare. */
  get planned(): number {
    return this.#programs.length * this.seedsEach;
  }

  *steps(): Generator<CampaignStep, void> {
    for (const program of this.#programs) {
      const tally = new ScenarioTally(program, this.seedsEach);
      this.tallies.push(tally);
      for (const seed of seedsOf(program, this.#seeds)) {
        this.current = { program, seed };
        const result = yield* this.#breathing(program, seed);
        if (tally.runs === 0) tally.compare(result, yield* this.#breathing(program, seed));
        tally.add(result);
        yield { kind: 'run', program, result, tally };
      }
      tally.complete();
      yield { kind: 'scenario', program, tally };
    }
  }

  *#breathing(program: Scenario, seed: string): Generator<CampaignStep, RunResult> {
    if (this.#run !== null) return this.#run(program, seed);
    const slices = simulateInSlices(program, seed);
    for (;;) {
      const slice = slices.next();
      if (slice.done === true) return slice.value;
      yield { kind: 'breath' };
    }
  }

  summary(): Summary {
    const sum = (of: (tally: ScenarioTally) => number) => this.tallies.reduce((total, tally) => total + of(tally), 0);
    return {
      runs: sum(({ runs }) => runs),
      planned: this.planned,
      passed: sum(({ verdicts }) => verdicts.pass),
      violated: sum(({ verdicts }) => verdicts.violation),
      unmet: sum(({ verdicts }) => verdicts.unmet),
      inconclusive: sum(({ verdicts }) => verdicts.inconclusive),
      events: sum(({ events }) => events),
      wallMillis: sum(({ wallMillis }) => wallMillis),
    };
  }

  /** That of the worst run so far. */
  exitCode(): number {
    return worstExitCode(this.tallies.map((tally) => tally.exitCode()));
  }
}
