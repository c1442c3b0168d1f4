import type { Scenario } from '../../scenarios/scenario.ts';
import { EXIT, exitCodeOf, worstExitCode } from './exit-code.ts';
import type { RunResult, Verdict } from '../simulate/result.ts';

/** How many failing seeds are remembered by name; the others are only counted. */
const REMEMBERED = 1_000;

/** How often something was seen, and in how many runs. */
export interface Occurrences {
  readonly total: number;
  readonly runs: number;
}

/** Two runs of one (scenario, seed) that differ. */
export interface Difference {
  readonly seed: string;
  readonly hashes: readonly [string, string];
}

/**
 * What the runs of one scenario add up to. It takes the same room for a thousand runs as for ten, so that an invocation
 * may go on for days.
 */
export class ScenarioTally {
  readonly scenario: string;
  readonly file: string | null;
  /** Marks the scenario waits for or expects: the situations it is about. */
  readonly marksOfInterest: readonly string[];
  /** Runs that were asked for. */
  readonly planned: number;
  readonly verdicts: Record<Verdict, number> = { pass: 0, violation: 0, unmet: 0, inconclusive: 0 };
  readonly marks = new Map<string, Occurrences>();
  readonly faults = new Map<string, Occurrences>();
  /** Seeds of runs that did not pass, in the order of the runs. */
  readonly failingSeeds: string[] = [];
  events = 0;
  virtualMicros = 0;
  wallMillis = 0;
  /** The first of the runs with the worst verdict, unless all passed. */
  worst: RunResult | null = null;
  last: RunResult | null = null;
  difference: Difference | null = null;
  /** Random faults that never struck, one sentence each. */
  untested: readonly string[] = [];
  readonly #randomFaults = new Map<string, number>();

  constructor(program: Scenario, planned: number) {
    this.scenario = program.name;
    this.file = program.file;
    this.marksOfInterest = program.uses.marks;
    this.planned = planned;
  }

  get runs(): number {
    const { pass } = this.verdicts;
    return pass + this.failed;
  }

  get failed(): number {
    const { violation, unmet, inconclusive } = this.verdicts;
    return violation + unmet + inconclusive;
  }

  add(result: RunResult): void {
    this.verdicts[result.verdict] += 1;
    this.events += result.events;
    this.virtualMicros += result.virtualMicros;
    this.wallMillis += result.wallMillis;
    this.last = result;
    count(this.marks, result.marks);
    count(this.faults, result.faults);
    for (const [kind, strikes] of Object.entries(result.randomFaults)) {
      this.#randomFaults.set(kind, (this.#randomFaults.get(kind) ?? 0) + strikes);
    }
    if (result.verdict === 'pass') return;
    if (this.failingSeeds.length < REMEMBERED) this.failingSeeds.push(result.seed);
    if (this.worst === null || isWorse(result.verdict, this.worst.verdict)) this.worst = result;
  }

  /** The same run a second time: nothing but the real time it took may differ. */
  compare(first: RunResult, second: RunResult): void {
    const facts = (result: RunResult): string => JSON.stringify({ ...result, wallMillis: 0 });
    const isSame = facts(first) === facts(second);
    if (!isSame) this.difference = { seed: first.seed, hashes: [first.hash, second.hash] };
  }

  /** All seeds have run: a random fault that has not struck by now was not tested. */
  complete(): void {
    const runs =
      this.runs === 1
        ? `the one run, of seed ${this.last?.seed ?? ''} (try more: --seeds 20)`
        : `any of ${String(this.runs)} runs`;
    this.untested = [...this.#randomFaults]
      .filter(([, strikes]) => strikes === 0)
      .map(([kind]) => `random fault never struck: ${kind} did not occur in ${runs}, so it was not tested`);
  }

  /** How the scenario did as a whole: it can fail though every run passed. */
  get outcome(): 'passed' | 'failed' | 'inconclusive' {
    const code = this.exitCode();
    return code === EXIT.pass ? 'passed' : code === EXIT.inconclusive ? 'inconclusive' : 'failed';
  }

  exitCode(): number {
    const codes = (Object.keys(this.verdicts) as Verdict[]).filter((verdict) => this.verdicts[verdict] > 0);
    return worstExitCode([
      ...codes.map(exitCodeOf),
      ...(this.difference === null ? [] : [EXIT.notReproducible]),
      ...(this.untested.length === 0 ? [] : [EXIT.unmet]),
    ]);
  }
}

function isWorse(a: Verdict, b: Verdict): boolean {
  return a !== b && worstExitCode([exitCodeOf(a), exitCodeOf(b)]) === exitCodeOf(a);
}

function count(sums: Map<string, Occurrences>, counts: Readonly<Record<string, number>>): void {
  for (const [name, times] of Object.entries(counts)) {
    if (times === 0) continue;
    const { total, runs } = sums.get(name) ?? { total: 0, runs: 0 };
    sums.set(name, { total: total + times, runs: runs + 1 });
  }
}
