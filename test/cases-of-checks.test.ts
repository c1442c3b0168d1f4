import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { VOCABULARY } from '../runs/load/vocabulary.ts';
import type { RunResult } from '../runs/simulate/result.ts';
import { simulate } from '../runs/simulate/simulate.ts';
import { readScenario } from '../scenarios/files.ts';
import { loadScenario } from '../scenarios/language/load.ts';
import type { Scenario } from '../scenarios/scenario.ts';
import { KINDS } from './cases-of-checks/variants.ts';
import { withMutant } from '../runs/load/with-mutant.ts';

function caseOf(name: string): Scenario {
  return readScenario(fileURLToPath(new URL(`cases-of-checks/${name}.yaml`, import.meta.url)), VOCABULARY);
}

/** The id that is reported first; the verdict where none is. */
function firstId({ violation, unmet, verdict }: RunResult): string {
  return violation?.invariant ?? unmet.find(({ kind }) => kind === 'liveness')?.id ?? verdict;
}

/** The different first ids of the seeds from 1. */
function idsOver(seeds: number, scenario: Scenario): string[] {
  const ids = Array.from({ length: seeds }, (_, place) => firstId(simulate(scenario, `${place + 1}`)));
  return [...new Set(ids)].toSorted();
}

describe.each(KINDS)('the case $name', ({ name, mutant, id, variants }) => {
  const scenario = caseOf(name);

  test('passes for seeds 1 to 50 without a known bug', () => {
    expect(idsOver(50, scenario)).toEqual(['pass']);
  });

  test(`[${id}] is reported with known bug ${mutant}, and nothing else`, () => {
    // The acknowledgement that M15 counts is late only by chance.
    const expected = mutant === 'M15' ? [id, 'pass'] : [id];
    expect(idsOver(50, withMutant(scenario, mutant))).toEqual(expected);
  });

  test.each(variants)(`[${id}] $what`, ({ text }) => {
    const variant = loadScenario(text, 'variant.yaml', VOCABULARY);
    expect(idsOver(5, variant)).toEqual(['pass']);
    expect(idsOver(5, withMutant(variant, mutant))).toEqual([id]);
  });
});

describe('the case explaining-hangs', () => {
  const scenario = caseOf('explaining-hangs');

  /** Known bugs that break an invariant in this run. */
  const BUGS = ['L3', 'C4', 'C5', 'C6', 'C10', 'E1', 'E19', 'E21', 'K4', 'K5', 'L5', 'L11'];

  test.each(BUGS)('a violation by known bug %s is explained by causes that are earlier and earlier', (mutant) => {
    const { verdict, violation } = simulate(withMutant(scenario, mutant));
    expect(verdict).toBe('violation');
    const events = violation!.chain.map(({ event }) => event);
    expect(events.length).toBeGreaterThan(1);
    expect(events[0]).toBe(violation!.event);
    expect(events).toEqual([...new Set(events)].toSorted((a, b) => b - a));
  });

  test('[I12] is what known bug L3 breaks', () => {
    expect(firstId(simulate(withMutant(scenario, 'L3')))).toBe('I12');
  });
});
