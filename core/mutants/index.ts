import type { Mutant } from './mutant.ts';

const LIST: readonly Mutant[] = [];

/** Every known bug by its id. */
export const MUTANTS: ReadonlyMap<string, Mutant> = new Map(LIST.map((one) => [one.id, one]));
