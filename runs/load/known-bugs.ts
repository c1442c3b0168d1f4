import { MUTANTS } from '../../core/mutants/index.ts';
import type { Mutant } from '../../core/mutants/mutant.ts';

/** What is said of a known bug. */
export type KnownBug = Pick<Mutant, 'id' | 'area' | 'statement' | 'violates'>;

/** Every known bug, in the order of their ids. */
export const KNOWN_BUGS: readonly KnownBug[] = [...MUTANTS.values()];
