import { expectsViolation } from '../runs/fuzz/expects-violation.ts';
import { VOCABULARY } from '../runs/load/vocabulary.ts';
import type { RunResult, Unmet } from '../runs/simulate/result.ts';
import { simulate } from '../runs/simulate/simulate.ts';
import { findScenarios, readScenario } from '../scenarios/files.ts';
import type { Scenario } from '../scenarios/scenario.ts';

/** The first run that fails. */
export interface Failure {
  /** Id of the invariant or liveness property; else the kind of what was not met, `limit`, or the error thrown. */
  readonly id: string;
  /** How many runs there were, this one included. */
  readonly runs: number;
  readonly scenario: string;
  readonly seed: string;
}

/**
 * Runs bundled scenarios until a run fails: all of them with seed 1, and the swarm as often with seeds of its own, then all with
 * seed 2, and so on; or the swarm alone. Scenarios with a known bug of their own, and those that expect a violation, are left
 * out.
 *
 * @param most the most runs, from 1
 * @param first the first seed of the swarm
 */
export function findFailure(most: number, only: 'all' | 'swarm' = 'all', first = 1): Failure | null {
  let runs = 0;
  for (const { scenario, seed } of trials(only, first)) {
    if (runs++ === most) return null;
    const id = failureOf(scenario, seed);
    if (id !== null) return { id, runs, scenario: scenario.name, seed };
  }
  return null;
}

interface Trial {
  readonly scenario: Scenario;
  readonly seed: string;
}

function* trials(only: 'all' | 'swarm', first: number): Generator<Trial> {
  const library = findScenarios(['scenarios/library'])
    .map((file) => readScenario(file, VOCABULARY))
    .filter((scenario) => scenario.uses.mutants.length === 0 && !expectsViolation(scenario));
  const swarm = library.find(({ name }) => name === 'swarm')!;
  const others = only === 'all' ? library.filter((scenario) => scenario !== swarm) : [];
  for (let round = 1, drawn = first; ; round++) {
    for (const scenario of others) yield { scenario, seed: `${round}` };
    for (let place = 0; place < library.length; place++) yield { scenario: swarm, seed: `${drawn++}` };
  }
}

/** Of a swarm, only what it owes counts: others have expectations of its own. A node that throws has failed too. */
function failureOf(scenario: Scenario, seed: string): string | null {
  const counts = ({ kind }: Unmet): boolean => kind === 'liveness' || scenario.swarm === null;
  try {
    return idOf(simulate(scenario, seed), counts);
  } catch (error) {
    return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  }
}

function idOf({ violation, unmet, limit }: RunResult, counts: (one: Unmet) => boolean): string | null {
  if (violation !== null) return violation.invariant;
  const first = unmet.find(({ kind }) => kind === 'liveness') ?? unmet.find(counts);
  if (first !== undefined) return first.kind === 'liveness' ? (first.id ?? first.kind) : first.kind;
  return limit === null ? null : 'limit';
}
