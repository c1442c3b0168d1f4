import type { StepCount } from '../../scenarios/interpreter/step-counts.ts';
import type { Scenario } from '../../scenarios/scenario.ts';
import type { Settings } from '../../scenarios/settings.ts';
import type { FaultStrikes, RunResult, Verdict } from '../simulate/result.ts';
import { compareRuns, type Difference } from './compare-runs.ts';
import { isWorse, type Outcome, outcomeOf } from './outcome.ts';
import { FaultTally, type FaultTotals } from './fault-tally.ts';
import { type Gap, gapsOf } from './gaps.ts';
import { StepTally } from './step-tally.ts';

/** How many failing seeds are kept; the others are only counted. */
const MAX_FAILING_SEEDS = 1_000;

/** How often something was seen, and in how many runs. */
export interface Occurrences {
  readonly total: number;
  readonly runs: number;
}

/**
 * What the runs of one scenario add up to. It takes the same room for a thousand runs as for ten, so that an invocation
 * may go on for days.
 */
export class ScenarioTally {
  readonly scenario: string;
  /** What distinguishes it from others of its file. */
  readonly settings: Settings;
  readonly file: string | null;
  /** The situations the scenario is about. */
  readonly expectedMarks: readonly string[];
  /** Runs that were requested. */
  readonly planned: number;
  readonly verdicts: Record<Verdict, number> = { pass: 0, violation: 0, unmet: 0, inconclusive: 0 };
  /** By the name of the mark. */
  readonly marks = new Map<string, Occurrences>();
  /** By the kind of fault. */
  readonly faults = new Map<string, Occurrences>();
  /** Seeds of runs that did not pass, in the order of the runs; at most a thousand. */
  readonly failingSeeds: string[] = [];
  events = 0;
  virtualMicros = 0;
  wallMillis = 0;
  /** The first of the runs with the worst verdict; null if all passed. */
  worst: RunResult | null = null;
  last: RunResult | null = null;
  /** The two runs of the first seed, if they differ. */
  difference: Difference | null = null;
  /** What no run has shown; known only when all seeds have run. */
  gaps: readonly Gap[] = [];
  readonly #scenario: Scenario;
  readonly #faults: FaultTally;
  readonly #steps = new StepTally();
  /** In how many runs each expectation under `anySeed` was met. */
  readonly #anySeed: { readonly text: string; runs: number }[] = [];
  /** Operations of clients. */
  readonly #ops = { invoked: 0, ok: 0 };
  /** Runs that no violation ended: only these can show what a step or a fault does not do. */
  #wholeRuns = 0;

  constructor(scenario: Scenario, planned: number) {
    this.#scenario = scenario;
    this.#faults = new FaultTally(scenario);
    this.scenario = scenario.name;
    this.settings = scenario.settings;
    this.file = scenario.file;
    this.expectedMarks = scenario.uses.marks;
    this.planned = planned;
  }

  get runs(): number {
    return this.verdicts.pass + this.failed;
  }

  get failed(): number {
    const { violation, unmet, inconclusive } = this.verdicts;
    return violation + unmet + inconclusive;
  }

  get outcome(): Outcome {
    return outcomeOf(this);
  }

  /** How often each fault of the scenario struck, over all runs so far. */
  get faultStrikes(): readonly FaultTotals[] {
    return this.#faults.all;
  }

  /** How often each step was executed, over all runs so far. */
  get steps(): readonly StepCount[] {
    return this.#steps.all;
  }

  /** In how many of the runs so far each expectation under `anySeed` was met. */
  get anySeed(): readonly { readonly text: string; readonly runs: number }[] {
    return this.#anySeed;
  }

  add(result: RunResult): void {
    this.verdicts[result.verdict] += 1;
    this.events += result.events;
    this.virtualMicros += result.virtualMicros;
    this.wallMillis += result.wallMillis;
    this.last = result;
    count(this.marks, result.marks);
    count(this.faults, result.faults);
    if (this.#scenario.swarm === null) {
      this.#faults.add(result.faultStrikes);
      this.#steps.add(result.steps);
    } else {
      // Each seed draws steps of its own.
      this.#faults.add(strikesByKind(result.faultStrikes));
    }
    for (const [index, { text, met }] of result.anySeed.entries()) {
      const expected = (this.#anySeed[index] ??= { text, runs: 0 });
      if (met) expected.runs += 1;
    }
    this.#ops.invoked += result.ops.invoked;
    this.#ops.ok += result.ops.ok;
    if (result.violation === null) this.#wholeRuns += 1;
    if (result.verdict === 'pass') return;
    if (this.failingSeeds.length < MAX_FAILING_SEEDS) this.failingSeeds.push(result.seed);
    if (this.worst === null || isWorse(result.verdict, this.worst.verdict)) this.worst = result;
  }

  /** Takes the first seed's run and its repetition. */
  compare(first: RunResult, second: RunResult): void {
    this.difference = compareRuns(first, second);
  }

  /**
   * All seeds have run: what has done nothing by this time is told, unless a run failed, which explains it or matters more.
   */
  complete(): void {
    const { swarm, repro } = this.#scenario;
    // The seeds of a swarm draw different steps; a repro file is one run, in which they are what they are.
    const isJudged = this.failed === 0 && this.#wholeRuns > 0 && swarm === null && repro === null;
    const never = this.#anySeed.flatMap(({ text, runs }, index): Gap[] => {
      const path = `expect.anySeed[${index}]`;
      return runs > 0 ? [] : [{ kind: 'any-seed', path, what: text, place: path }];
    });
    this.gaps = [...never, ...(isJudged ? gapsOf(this.#scenario, this.faultStrikes, this.steps, this.#ops) : [])];
  }
}

/** The faults of a swarm, whatever step of which draw has injected them. */
function strikesByKind(faults: readonly FaultStrikes[]): readonly FaultStrikes[] {
  const sums = new Map<string, FaultStrikes>();
  for (const { kind, injected, strikes } of faults) {
    const before = sums.get(kind) ?? { injected: 0, strikes: 0 };
    const sum = { injected: before.injected + injected, strikes: before.strikes + strikes };
    sums.set(kind, { path: 'chaos', kind, ...sum });
  }
  return [...sums.values()];
}

function count(sums: Map<string, Occurrences>, counts: Readonly<Record<string, number>>): void {
  for (const [name, times] of Object.entries(counts)) {
    if (times === 0) continue;
    const { total, runs } = sums.get(name) ?? { total: 0, runs: 0 };
    sums.set(name, { total: total + times, runs: runs + 1 });
  }
}
