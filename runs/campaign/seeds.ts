import type { Scenario } from '../../scenarios/scenario.ts';

/** The seeds of an invocation: each scenario's own, one for all, or the numbers from `first` through `last`. */
export type Seeds =
  | { readonly kind: 'own' }
  | { readonly kind: 'one'; readonly seed: string }
  | { readonly kind: 'range'; readonly first: number; readonly last: number };

export function seedCount(seeds: Seeds): number {
  return seeds.kind === 'range' ? seeds.last - seeds.first + 1 : 1;
}

export function* seedsOf(scenario: Scenario, seeds: Seeds): Generator<string, void> {
  if (seeds.kind === 'own') yield scenario.seed;
  else if (seeds.kind === 'one') yield seeds.seed;
  else for (let seed = seeds.first; seed <= seeds.last; seed++) yield String(seed);
}
