import type { Scenario } from '../../scenarios/scenario.ts';
import type { RandomFault, RunResult, Verdict } from '../simulate/result.ts';
import { compareRuns, type Difference } from './compare-runs.ts';
import { isWorse, type Outcome, outcomeOf } from './outcome.ts';
import { RandomFaultTally } from './random-fault-tally.ts';

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
  /** Random faults that occurred in no run; known only when all seeds have run. */
  untested: readonly RandomFault[] = [];
  readonly #randomFaults = new RandomFaultTally();

  constructor(scenario: Scenario, planned: number) {
    this.scenario = scenario.name;
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

  /** How often each random fault occurred, over all runs so far. */
  get randomFaults(): readonly RandomFault[] {
    return this.#randomFaults.all;
  }

  add(result: RunResult): void {
    this.verdicts[result.verdict] += 1;
    this.events += result.events;
    this.virtualMicros += result.virtualMicros;
    this.wallMillis += result.wallMillis;
    this.last = result;
    count(this.marks, result.marks);
    count(this.faults, result.faults);
    this.#randomFaults.add(result.randomFaults);
    if (result.verdict === 'pass') return;
    if (this.failingSeeds.length < MAX_FAILING_SEEDS) this.failingSeeds.push(result.seed);
    if (this.worst === null || isWorse(result.verdict, this.worst.verdict)) this.worst = result;
  }

  /** Takes the first seed's run and its repetition. */
  compare(first: RunResult, second: RunResult): void {
    this.difference = compareRuns(first, second);
  }

  /** All seeds have run: a random fault that has not occurred by this time was not tested. */
  complete(): void {
    this.untested = this.randomFaults.filter(({ strikes }) => strikes === 0);
  }
}

function count(sums: Map<string, Occurrences>, counts: Readonly<Record<string, number>>): void {
  for (const [name, times] of Object.entries(counts)) {
    if (times === 0) continue;
    const { total, runs } = sums.get(name) ?? { total: 0, runs: 0 };
    sums.set(name, { total: total + times, runs: runs + 1 });
  }
}
