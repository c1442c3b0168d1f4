import * as clients from './sessions.ts';
import * as commitment from './commitment.ts';
import * as election from './election.ts';
import * as membership from './membership.ts';
import type { Mutant } from './mutant.ts';
import * as reads from './reads.ts';
import * as replication from './replication.ts';
import * as snapshots from './snapshot.ts';
import * as transfers from './transfer.ts';

/** In the order of their ids: by area, then by number. */
const LIST: readonly Mutant[] = [election, replication, commitment, snapshots, membership, reads, transfers, clients]
  .flatMap((area) => Object.values(area))
  .sort((a, b) => (a.id[0]! < b.id[0]! ? -1 : a.id[0]! > b.id[0]! ? 1 : Number(a.id.slice(1)) - Number(b.id.slice(1))));

/** Every known bug by its id. */
export const MUTANTS: ReadonlyMap<string, Mutant> = new Map(LIST.map((one) => [one.id, one]));
