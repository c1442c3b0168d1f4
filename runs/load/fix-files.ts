import { realpathSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { distinct, findScenarios, readScenarioText } from '../../scenarios/files.ts';
import { ScenarioError } from '../../scenarios/language/errors.ts';
import { renameOldWords } from '../../scenarios/language/rename-words.ts';
import { repairScenario } from '../../scenarios/language/repair.ts';
import { replaceFile } from '../files/replace-file.ts';
import { reasonOf } from '../files/system-error.ts';
import { VOCABULARY } from './vocabulary.ts';

/** A renamed word, or a mistake of which the repair needs no guess, that was rewritten in a file. */
export interface Fix {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly old: string;
  readonly new: string;
}

export interface Fixes {
  readonly fixes: readonly Fix[];
  /** Files that should have been rewritten and could not be written, and why; they are as they were. */
  readonly unwritten: readonly { readonly file: string; readonly reason: string }[];
}

/**
 * Rewrites renamed words, and what can be repaired without a guess, in files and folders, relative to `cwd`. What cannot be read or is no regular file is left
 * alone: loading reports it.
 */
export function fixScenarios(paths: readonly string[], cwd: string = process.cwd()): Fixes {
  const given = cwd === process.cwd() ? paths : paths.map((path) => resolve(cwd, path));
  const fixes: Fix[] = [];
  const unwritten: { file: string; reason: string }[] = [];
  for (const file of distinct(given.flatMap(filesAt), (path) => path)) {
    const renamed = renameOldWords(textAt(file) ?? '');
    const repaired = repairScenario(renamed.text, VOCABULARY);
    const { text } = repaired;
    const changes = [...renamed.changes, ...repaired.changes];
    if (changes.length === 0) continue;
    try {
      // A link stays a link to the file.
      const target = realpathSync(file);
      replaceFile(target, text, statSync(target).mode & 0o7777);
      fixes.push(...changes.map((change) => ({ file, ...change })));
    } catch (error) {
      unwritten.push({ file, reason: reasonOf(error) });
    }
  }
  return { fixes, unwritten };
}

/** The regular files that a path means. A pipe can be read only once, and loading needs that. */
function filesAt(path: string): readonly string[] {
  const files = unlessUnreadable(() => findScenarios([path])) ?? [];
  return files.filter((file) => statSync(file, { throwIfNoEntry: false })?.isFile() === true);
}

function textAt(file: string): string | null {
  return unlessUnreadable(() => readScenarioText(file));
}

function unlessUnreadable<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof ScenarioError) return null;
    throw error;
  }
}
