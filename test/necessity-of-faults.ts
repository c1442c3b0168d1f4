import { MUTANTS } from '../core/mutants/index.ts';
import type { Mutant } from '../core/mutants/mutant.ts';
import { canCatch, caughtAs } from '../runs/fuzz/mutant-hunt.ts';
import { NEEDED_BY_MUTANTS } from '../scenarios/language/features.ts';
import type { Scenario } from '../scenarios/scenario.ts';
import { withMutant } from '../runs/load/with-mutant.ts';
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
 * - a known bug that most runs catch is caught by at most half as many. This is not tried for exceptions: there is hardly
 *   a fault that no known bug needs, and what a person has to say of it says more.
 *
 * @param exceptions those of any scenarios
 * @param known the known bugs that are tried
 */
export function judgeFaults(
  scenario: Scenario,
  seeds: number,
  exceptions: readonly Exception[] = [],
  known: readonly Mutant[] = [...MUTANTS.values()],
): readonly JudgedFault[] {
  const faults = singleFaults(scenario);
  if (faults.length === 0) return [];
  const before = runsOf(scenario, seeds);
  let bugs: readonly Bug[] | null = null;
  return faults.map(({ path, text, takeOut }) => {
    const judged = { scenario: scenario.name, path, text };
    const without = takeOut();
    const isException = exceptions.some((exception) => isFor(exception, judged));
    let difference = differenceWithout(without, before);
    if (difference === null && !isException) {
      bugs ??= bugsCaught(scenario, before, known);
      difference = lostBug(without, bugs, seeds);
    }
    const same = `all ${seeds} runs end alike without it, and show the same marks`;
    const why = difference ?? (isException ? same : `${same}; they catch the same bugs`);
    return { ...judged, isNecessary: difference !== null, why };
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

/** A known bug, the events after which a run with it is over, and how many runs catch it. */
interface Bug {
  readonly mutant: Mutant;
  readonly mostEvents: number;
  readonly caught: number;
}

/** Some bugs have nodes send messages without end: a run with a bug has at most this many times the events of others. */
const EVENTS_OF_BUGS = 10;
const FEWEST_EVENTS = 10_000;

/** The known bugs that more than half of the runs of a scenario catch, as something that they are known to break. */
function bugsCaught(scenario: Scenario, before: readonly RunResult[], known: readonly Mutant[]): readonly Bug[] {
  if (!canCatch(scenario)) return [];
  const mostEvents = Math.max(FEWEST_EVENTS, EVENTS_OF_BUGS * Math.max(...before.map(({ events }) => events)));
  return known
    .filter(({ id }) => NEEDED_BY_MUTANTS.get(id)?.isUsed(scenario) !== false)
    .map((mutant) => ({ mutant, mostEvents, caught: timesCaught(scenario, mutant, mostEvents, before.length) }))
    .filter(({ caught }) => caught > before.length / 2);
}

function lostBug(scenario: Scenario, bugs: readonly Bug[], seeds: number): string | null {
  for (const { mutant, mostEvents, caught } of bugs) {
    const without = timesCaught(scenario, mutant, mostEvents, seeds);
    if (without <= caught / 2)
      return `bug ${mutant.id}: caught by ${caught} of ${seeds} runs, and by ${without} without it`;
  }
  return null;
}

/** How many of the runs with a known bug catch it. */
function timesCaught(scenario: Scenario, mutant: Mutant, mostEvents: number, seeds: number): number {
  const { limits } = scenario;
  const short = { ...scenario, limits: { ...limits, events: Math.min(limits.events, mostEvents) } };
  const withBug = withMutant(short, mutant.id);
  return runsOf(withBug, seeds).filter((run) => caughtAs(mutant, run) !== undefined).length;
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

function isFor(exception: Exception, { scenario, path }: Pick<JudgedFault, 'scenario' | 'path'>): boolean {
  return exception.scenario === scenario && exception.path === path;
}
