import { VOCABULARY } from '../runs/load/vocabulary.ts';
import { suggestion, type LoadedScenario } from '../runs/load/load-files.ts';
import { withMutant } from '../runs/load/with-mutant.ts';
import { UsageError } from './errors.ts';

/** The scenarios with the known bug of `--mutant` in every node; the same ones without that option. */
export function withKnownBug(loaded: readonly LoadedScenario[], id: string | undefined): readonly LoadedScenario[] {
  if (id === undefined) return loaded;
  if (!VOCABULARY.mutants.includes(id)) {
    const near = suggestion(id, VOCABULARY.mutants) || '; docs/invariants.md lists them';
    throw new UsageError(`--mutant: there is no known bug ${JSON.stringify(id)}${near}`);
  }
  return loaded.map((one) => withMutant(one, id));
}
