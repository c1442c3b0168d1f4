import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { distinct, findScenarios, renameOldWordsIn } from '../../scenarios/files.ts';
import { ScenarioError } from '../../scenarios/language/errors.ts';

/** A renamed word that was rewritten in a file. */
export interface Fix {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly old: string;
  readonly new: string;
}

export interface Fixes {
  readonly fixes: readonly Fix[];
  /** Files that could not be read or written; they are as they were. */
  readonly failed: readonly string[];
}

/** Rewrites the renamed words in files and folders, relative to `cwd`. What is no regular file is left alone. */
export function fixScenarios(paths: readonly string[], cwd: string = process.cwd()): Fixes {
  const given = cwd === process.cwd() ? paths : paths.map((path) => resolve(cwd, path));
  const fixes: Fix[] = [];
  const failed: string[] = [];
  for (const file of distinct(given.flatMap(filesAt), (path) => path)) {
    try {
      fixes.push(...renameOldWordsIn(file).map((change) => ({ file, ...change })));
    } catch (error) {
      if (!(error instanceof ScenarioError)) throw error;
      failed.push(file);
    }
  }
  return { fixes, failed };
}

/** The regular files that a path means; none if there is no such path: loading reports that. */
function filesAt(path: string): readonly string[] {
  try {
    // A pipe can be read only once, and loading needs that.
    return findScenarios([path]).filter((file) => statSync(file, { throwIfNoEntry: false })?.isFile() === true);
  } catch (error) {
    if (!(error instanceof ScenarioError)) throw error;
    return [];
  }
}
