import { resolve } from 'node:path';
import { ScenarioError } from '../../scenarios/language/errors.ts';
import { findScenarios, renameOldWordsIn } from '../../scenarios/files.ts';

/** A renamed word that was rewritten in a file. */
export interface Fix {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly old: string;
  readonly new: string;
}

/** Rewrites the renamed words in files and folders, relative to `cwd`. Files that cannot be read are left alone. */
export function fixScenarios(paths: readonly string[], cwd: string = process.cwd()): readonly Fix[] {
  const given = cwd === process.cwd() ? paths : paths.map((path) => resolve(cwd, path));
  const files = new Set(given.flatMap((path) => readable(() => findScenarios([path]))));
  return [...files].flatMap((file) => readable(() => renameOldWordsIn(file)).map((change) => ({ file, ...change })));
}

/** Loading reports what cannot be read. */
function readable<T>(read: () => readonly T[]): readonly T[] {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof ScenarioError)) throw error;
    return [];
  }
}
