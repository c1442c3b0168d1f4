import { expectsViolation } from '../runs/fuzz/expects-violation.ts';
import fc from 'fast-check';
import { VOCABULARY } from '../runs/load/vocabulary.ts';
import type { RunResult, Unmet } from '../runs/simulate/result.ts';
import { simulate } from '../runs/simulate/simulate.ts';
import { findScenarios, readScenario } from '../scenarios/files.ts';
import { asYaml, randomScenario } from './random-scenario.ts';
import { runRandomScenario } from './run-random-scenario.ts';

/** The first run that fails. */
export interface Failure {
  /** Id of the invariant or liveness property; else the kind of what was not met, `limit`, or the error thrown. */
  readonly id: string;
  /** How many runs there were, this one included. */
  readonly runs: number;
  /** Name of the scenario. A random one is named by the seed of its series and its place in it. */
  readonly scenario: string;
  readonly seed: string;
}

/**
 * Runs the bundled scenarios and random ones until a run fails: all bundled scenarios with seed 1, as many random ones,
 * then all with seed 2, and so on. Bundled scenarios with a known bug of their own, and those that expect a violation,
 * are left out.
 *
 * @param most the most runs, from 1
 */
export function findFailure(most: number): Failure | null {
  let runs = 0;
  for (const { scenario, seed, failure } of trials()) {
    if (runs++ === most) return null;
    const id = idOrError(failure);
    if (id !== null) return { id, runs, scenario, seed };
  }
  return null;
}

interface Trial {
  readonly scenario: string;
  readonly seed: string;
  /** Runs it. Returns the id of what failed, or null. */
  readonly failure: () => string | null;
}

function* trials(): Generator<Trial> {
  const library = findScenarios(['scenarios/library'])
    .map((file) => readScenario(file, VOCABULARY))
    .filter((scenario) => scenario.uses.mutants.length === 0 && !expectsViolation(scenario));
  for (let round = 1; ; round++) {
    const seed = `${round}`;
    for (const scenario of library) {
      yield { scenario: scenario.name, seed, failure: () => failureOf(simulate(scenario, seed), () => true) };
    }
    for (const [place, random] of fc.sample(randomScenario, { seed: round, numRuns: library.length }).entries()) {
      const failure = () => failureOf(runRandomScenario(asYaml(random)).result, ({ kind }) => kind === 'liveness');
      yield { scenario: `random ${round}/${place + 1}`, seed: random.seed, failure };
    }
  }
}

function failureOf({ violation, unmet, limit }: RunResult, counts: (one: Unmet) => boolean): string | null {
  if (violation !== null) return violation.invariant;
  const first = unmet.find(({ kind }) => kind === 'liveness') ?? unmet.find(counts);
  if (first !== undefined) return first.kind === 'liveness' ? (first.id ?? first.kind) : first.kind;
  return limit === null ? null : 'limit';
}

/** A node that throws has failed too. */
function idOrError(failure: () => string | null): string | null {
  try {
    return failure();
  } catch (error) {
    return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  }
}
