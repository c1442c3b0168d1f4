import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { scenariosAt } from './find-scenarios.ts';

/** Scenario files by path, each with a state that is another one after every change of the file. */
export type Snapshot = ReadonlyMap<string, string>;

/** The scenario files that paths mean, folders with what is below them, as they are at this moment. */
export function snapshot(paths: readonly string[], cwd: string): Snapshot {
  const files = paths.flatMap((path) => scenariosAt(path, cwd));
  return new Map(files.map((path) => [path, stateOf(resolve(cwd, path))]));
}

function stateOf(path: string): string {
  try {
    // An editor that puts another file in the place of this one changes the inode.
    const { mtimeNs, size, ino } = statSync(path, { bigint: true });
    return `${String(mtimeNs)} ${String(size)} ${String(ino)}`;
  } catch {
    return 'unreadable';
  }
}

/** What has happened to a file between two snapshots. */
export interface Change {
  readonly path: string;
  readonly what: 'has changed' | 'is new' | 'is gone';
}

/** Every file that differs, those that are gone last. */
export function changesBetween(before: Snapshot, after: Snapshot): readonly Change[] {
  const changes: Change[] = [];
  for (const [path, state] of after) {
    const earlier = before.get(path);
    if (earlier !== state) changes.push({ path, what: earlier === undefined ? 'is new' : 'has changed' });
  }
  for (const path of before.keys()) if (!after.has(path)) changes.push({ path, what: 'is gone' });
  return changes;
}
