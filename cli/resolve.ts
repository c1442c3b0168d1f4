import type { LoadedScenario } from '../runs/load/load-files.ts';
import { saveResolved } from '../runs/repro/resolved-file.ts';
import { printable } from '../scenarios/language/printable.ts';
import { InternalError, UsageError } from './errors.ts';
import { type Io, writeLines } from './io.ts';

/**
 * Saves the scenario in which everything is explicit that one run has drawn.
 *
 * @param seed null: the scenario's own
 * @throws UsageError if there are several runs, or the file cannot be written
 */
export function resolveTo(path: string, loaded: readonly LoadedScenario[], seed: string | null, io: Io): void {
  const [only, ...others] = loaded;
  if (only === undefined || others.length > 0) {
    const count = String(loaded.length);
    throw new UsageError(`--resolve writes one run; expected one scenario, got ${count}`);
  }
  const saved = saveResolved(only.scenario, seed ?? only.scenario.seed, path, io.cwd);
  if (saved.kind === 'unwritten') throw new UsageError(`--resolve: cannot write ${printable(path)}: ${saved.reason}`);
  if (saved.kind === 'different') {
    const [first, second] = saved.hashes;
    throw new InternalError(`resolving ${only.scenario.name}`, new Error(`hash ${first}, resolved ${second}`));
  }
  writeLines(io.stderr, [`Resolved: ${printable(path)}`]);
}
