import { dirname, resolve } from 'node:path';
import { printable } from '../../scenarios/language/printable.ts';
import { replaceFile } from '../files/replace-file.ts';
import { reasonOf } from '../files/system-error.ts';
import { makeFolder } from '../files/writable-folder.ts';
import type { Scenario } from '../../scenarios/scenario.ts';
import { assert } from '../../sim/base/assert.ts';
import { command } from './command.ts';
import { isOccupied, recordedRun } from './repro.ts';
import { reproText } from './repro-text.ts';
import { resolveRun } from './resolve-run.ts';
import { presentVersions } from './versions.ts';

/** What became of a resolved file. */
export type SavedResolution =
  | { readonly kind: 'saved' }
  /** Something else stands there, or the file system does not take it. */
  | { readonly kind: 'unwritten'; readonly reason: string }
  /** The resolved scenario is not the same run: a defect. */
  | { readonly kind: 'different'; readonly hashes: readonly [string, string] };

/**
 * Runs a scenario, and saves the one in which everything is explicit that it has drawn.
 *
 * @param path as the user wrote it; relative to `cwd`
 */
export function saveResolved(given: Scenario, seed: string, path: string, cwd: string): SavedResolution {
  const { text, scenario, result, again } = resolveRun(given, seed);
  if (again.hash !== result.hash) return { kind: 'different', hashes: [result.hash, again.hash] };
  const versions = presentVersions();
  const content = reproText(text, scenario, {
    seed,
    header: [
      `scenario ${given.name} with seed ${printable(seed)}, resolved:`,
      'what chaos, maybe, repeat and words that draw nodes decided is written out.',
      `Replay:  ${command('replay', path)}`,
      `Made by Whitewater ${versions['whitewater'] ?? 'unknown'}; seed and repro are at the end.`,
    ],
    repro: recordedRun(again, versions),
  });
  assert(content !== null, 'seed and repro cannot be added to a resolved scenario');
  try {
    const place = resolve(cwd, path);
    if (isOccupied(place)) return { kind: 'unwritten', reason: 'another file is there, which is not replaced' };
    makeFolder(dirname(place));
    replaceFile(place, content);
    return { kind: 'saved' };
  } catch (error) {
    return { kind: 'unwritten', reason: reasonOf(error) };
  }
}
