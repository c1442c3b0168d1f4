import { MUTANTS } from '../core/mutants/index.ts';
import type { Mutant } from '../core/mutants/mutant.ts';
import { hunt } from '../runs/fuzz/mutant-hunt.ts';
import { NEEDED_BY_MUTANTS } from '../scenarios/language/features.ts';
import type { Scenario } from '../scenarios/scenario.ts';
import type { RunResult } from '../runs/simulate/result.ts';
import { simulate } from '../runs/simulate/simulate.ts';
import type { Exception } from './necessity-exceptions.ts';
import { singleFaults } from './single-faults.ts';

/** What a scenario shows without one of its faults. */
export interface JudgedFault {
  readonly scenario: string;
  /** Such as `script[1].do[0]` or `network.loss`. */
  readonly path: string;
  /** Where it is and what it does, for people. */
  readonly text: string;
  readonly isNecessary: boolean;
  /** What differs without it, or that nothing does. */
  readonly why: string;
}

/** At most this share of all faults may be exceptions. */
export const MOST_EXCEPTIONS = 0.1;

/** What remains of the judgement of many faults when the exceptions are known. */
export interface Summary {
  readonly faults: number;
  readonly necessary: number;
  /** Faults that are not necessary, and are exceptions. */
  readonly excepted: readonly JudgedFault[];
  /** Faults that are not necessary, and for which no reason is given. */
  readonly unexplained: readonly JudgedFault[];
  /** Exceptions for faults that are necessary, or that do not exist. */
  readonly stale: readonly Exception[];
  readonly hasTooManyExceptions: boolean;
}

/**
 * Takes out each fault of a scenario alone, and says whether its runs show that it is missing. With the seeds 1 to `seeds`,
 * a fault is necessary if without it
 *
 * - a run ends otherwise: with another verdict, or because another invariant breaks;
 * - a mark that every run shows is seen in at most half of the runs. A mark that comes by chance, such as
 *   `message-reordered`, comes about as often without the fault;
 * - what some run must show (`anySeed`) is shown by none;
 * - a known bug that some run catches is caught by none.
 *
 * @param known the known bugs that are tried; default: all
 */
export function judgeFaults(
  scenario: Scenario,
  seeds: number,
  known: readonly Mutant[] = [...MUTANTS.values()],
): readonly JudgedFault[] {
  const faults = singleFaults(scenario);
  if (faults.length === 0) return [];
  const before = runsOf(scenario, seeds);
  let bugs: readonly Mutant[] | null = null;
  return faults.map(({ path, text, takeOut }) => {
    const without = takeOut();
    let difference = differenceWithout(without, before);
    if (difference === null) {
      bugs ??= bugsCaught(scenario, seeds, known);
      difference = lostBug(without, bugs, seeds);
    }
    const why = difference ?? `all ${seeds} runs end alike without it, show the same marks and catch the same bugs`;
    return { scenario: scenario.name, path, text, isNecessary: difference !== null, why };
  });
}

function runsOf(scenario: Scenario, seeds: number): readonly RunResult[] {
  return Array.from({ length: seeds }, (_, index) => simulate(scenario, `${index + 1}`));
}

/** What differs in the runs of a scenario from those with the fault; null if nothing does that counts. */
function differenceWithout(scenario: Scenario, before: readonly RunResult[]): string | null {
  const after: RunResult[] = [];
  for (const run of before) {
    const without = simulate(scenario, run.seed);
    if (endOf(without) !== endOf(run)) return `seed ${run.seed}: ${endOf(run)}, and ${endOf(without)} without it`;
    after.push(without);
  }
  return lostMark(before, after) ?? lostOfSomeSeed(before, after);
}

/** The known bugs that some run of a scenario catches, as something that they are known to break. */
function bugsCaught(scenario: Scenario, seeds: number, known: readonly Mutant[]): readonly Mutant[] {
  return known.filter(
    (bug) => NEEDED_BY_MUTANTS.get(bug.id)?.isUsed(scenario) !== false && catches(scenario, bug, seeds),
  );
}

function lostBug(scenario: Scenario, bugs: readonly Mutant[], seeds: number): string | null {
  const lost = bugs.find((bug) => !catches(scenario, bug, seeds));
  return lost === undefined ? null : `bug ${lost.id}: caught by some run, and by none without it`;
}

function catches(scenario: Scenario, bug: Mutant, seeds: number): boolean {
  return hunt(bug, [scenario], seeds)?.expected === true;
}

function endOf({ verdict, violation }: RunResult): string {
  return violation === null ? verdict : `${verdict} by ${violation.invariant}`;
}

function lostMark(before: readonly RunResult[], after: readonly RunResult[]): string | null {
  const inAll = Object.keys(before[0]?.marks ?? {}).filter((name) => before.every(({ marks }) => name in marks));
  const seen = (name: string): number => after.filter(({ marks }) => name in marks).length;
  const lost = inAll.find((name) => seen(name) <= after.length / 2);
  if (lost === undefined) return null;
  return `mark ${lost}: in all ${before.length} runs, and in ${seen(lost)} without it`;
}

function lostOfSomeSeed(before: readonly RunResult[], after: readonly RunResult[]): string | null {
  const expected = before[0]?.anySeed ?? [];
  const isMet = (runs: readonly RunResult[], index: number): boolean => runs.some((run) => run.anySeed[index]?.met);
  const lost = expected.findIndex((_, index) => isMet(before, index) && !isMet(after, index));
  return lost < 0 ? null : `${expected[lost]!.text}: in some run, and in none without it`;
}

/** Holds the faults that are not necessary against the exceptions. */
export function summarize(judged: readonly JudgedFault[], exceptions: readonly Exception[]): Summary {
  const idle = judged.filter(({ isNecessary }) => !isNecessary);
  const isFor = (exception: Exception, fault: JudgedFault): boolean =>
    exception.scenario === fault.scenario && exception.path === fault.path;
  const excepted = idle.filter((fault) => exceptions.some((exception) => isFor(exception, fault)));
  return {
    faults: judged.length,
    necessary: judged.length - idle.length,
    excepted,
    unexplained: idle.filter((fault) => !excepted.includes(fault)),
    stale: exceptions.filter((exception) => !idle.some((fault) => isFor(exception, fault))),
    hasTooManyExceptions: excepted.length > judged.length * MOST_EXCEPTIONS,
  };
}
