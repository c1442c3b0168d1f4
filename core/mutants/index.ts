import * as checkQuorum from './check-quorum.ts';
import * as durability from './durability.ts';
import * as election from './election.ts';
import * as membership from './membership.ts';
import type { Mutant } from './mutant.ts';
import * as preVote from './pre-vote.ts';
import * as reads from './reads.ts';
import * as replication from './replication.ts';
import * as sessions from './sessions.ts';
import * as snapshot from './snapshot.ts';
import * as transfer from './transfer.ts';

/** In the order of their ids: by letter, then by number. */
const LIST: readonly Mutant[] = [
  election,
  preVote,
  checkQuorum,
  replication,
  durability,
  snapshot,
  membership,
  transfer,
  reads,
  sessions,
]
  .flatMap((area) => Object.values(area))
  .sort((a, b) => (a.id[0]! < b.id[0]! ? -1 : a.id[0]! > b.id[0]! ? 1 : Number(a.id.slice(1)) - Number(b.id.slice(1))));

/** Every known bug by its id. */
export const MUTANTS: ReadonlyMap<string, Mutant> = new Map(LIST.map((mutant) => [mutant.id, mutant]));
