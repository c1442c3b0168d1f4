import * as clients from './clients.ts';
import * as commitment from './commitment.ts';
import * as election from './election.ts';
import type { Mutant } from './mutant.ts';
import * as replication from './replication.ts';

const LIST: readonly Mutant[] = [election, replication, commitment, clients].flatMap((area) => Object.values(area));

/** Every known bug by its id. */
export const MUTANTS: ReadonlyMap<string, Mutant> = new Map(LIST.map((one) => [one.id, one]));
