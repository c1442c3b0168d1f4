import { closeSync, openSync, readdirSync, readSync, realpathSync, statSync } from 'node:fs';
import type { Stats } from 'node:fs';
import { basename, extname, join } from 'node:path';
import { ScenarioError } from './language/errors.ts';
import { LONGEST_TEXT } from './language/document.ts';
import { loadScenario } from './language/load.ts';
import type { Vocabulary } from './language/load.ts';
import type { Scenario } from './scenario.ts';

/** No scenario within the loader's limit is longer in UTF-8; a longer file is not even read. */
const MOST_BYTES = LONGEST_TEXT;

/**
 * Reads a scenario file and loads it.
 *
 * @throws ScenarioError when the file cannot be read or is no valid scenario. Nothing else is ever thrown.
 */
export function readScenario(path: string, vocabulary: Vocabulary): Scenario {
  return loadScenario(readScenarioText(path), path, vocabulary);
}

/** The ending of scenario files. What has it is taken for one, and refused when it is read if it is something else. */
const ENDING = /\.ya?ml$/u;

/**
 * The scenario files that paths mean: files as given, and of directories all `*.yaml` and `*.yml` below, without
 * `node_modules` and folders that begin with a dot, in the order of their code units. A file that is meant twice, also
 * by different paths or through links, is listed once.
 *
 * @throws ScenarioError when a path does not exist, or a directory holds no scenario.
 */
export function findScenarios(paths: readonly string[]): string[] {
  return distinct(paths.flatMap(scenariosAt), (path) => path);
}

/** The first of those that lead to the same file: `a/s.yaml`, `a/./s.yaml` and a link to it are one. */
export function distinct<T>(items: readonly T[], pathOf: (item: T) => string): T[] {
  const first = new Map<string, T>();
  for (const item of items) {
    const file = fileAt(pathOf(item));
    if (!first.has(file)) first.set(file, item);
  }
  return [...first.values()];
}

function fileAt(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    // Reading it will say why; a pipe of the shell has no place of its own.
    return path;
  }
}

function scenariosAt(path: string): string[] {
  const stats = attempt(path, () => statSync(path));
  if (!stats.isDirectory() || ENDING.test(basename(path))) return [path];
  const found = filesBelow(path);
  if (found.length === 0) throw unreadable(path, 'no scenarios here: the directory holds no *.yaml or *.yml file');
  return found;
}

function filesBelow(folder: string): string[] {
  const entries = attempt(folder, () => readdirSync(folder, { withFileTypes: true }));
  const found: string[] = [];
  for (const entry of entries.toSorted((a, b) => compare(a.name, b.name))) {
    if (entry.name.startsWith('.') || entry.name === 'node_modules') continue;
    const path = join(folder, entry.name);
    if (ENDING.test(entry.name)) found.push(path);
    else if (entry.isDirectory()) found.push(...filesBelow(path));
  }
  return found.toSorted(compare);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/**
 * The text of a scenario file.
 *
 * @throws ScenarioError when the file cannot be read, or is no text.
 */
export function readScenarioText(path: string): string {
  const kind = otherKind(attempt(path, () => statSync(path)));
  if (kind !== null && !SHELL_PIPE.test(path)) {
    const why = ENDING.test(basename(path)) ? `, since the name ends in ${extname(path)}` : '';
    throw unreadable(path, `this is ${kind}; expected a scenario file${why}`);
  }
  const bytes = attempt(path, () => readUpTo(path, MOST_BYTES + 1));
  if (bytes.length > MOST_BYTES) throw unreadable(path, 'too big: a scenario has at most 1 MB');
  if (bytes.includes(0)) throw unreadable(path, 'a binary file; expected a scenario, which is text in UTF-8');
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw unreadable(path, 'not valid UTF-8; a scenario is text in UTF-8');
  }
}

/** What a path leads to if it is no file, which may have no end or never begin; null for a file. */
function otherKind(stats: Stats): string | null {
  if (stats.isDirectory()) return 'a directory';
  if (stats.isFIFO()) return 'a named pipe';
  if (stats.isSocket()) return 'a socket';
  return stats.isFile() ? null : 'a device';
}

/** What a shell puts in the place of a file: `generate | whitewater run /dev/stdin`, `whitewater run <(generate)`. */
const SHELL_PIPE = /^\/(?:dev\/(?:stdin|fd\/\d+)|proc\/(?:self|\d+)\/fd\/\d+)$/u;

/** Reads a file up to a limit: a pipe may never end, and its size is not known beforehand. */
function readUpTo(path: string, limit: number): Uint8Array {
  const file = openSync(path, 'r');
  try {
    const buffer = new Uint8Array(limit);
    let length = 0;
    for (;;) {
      const read = readSync(file, buffer, length, limit - length, null);
      length += read;
      if (read === 0 || length === limit) return buffer.subarray(0, length);
    }
  } finally {
    closeSync(file);
  }
}

const REASONS: ReadonlyMap<string, string> = new Map([
  ['ENOENT', 'no such file or directory'],
  ['ENOTDIR', 'no such file or directory'],
  ['EACCES', 'cannot be read: permission denied'],
  ['EPERM', 'cannot be read: permission denied'],
  ['ELOOP', 'cannot be read: symbolic links lead in a circle'],
  ['ENAMETOOLONG', 'cannot be read: the path is too long'],
]);

/** Turns an error of the file system into a ScenarioError. */
function attempt<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    const code = codeOf(error);
    throw unreadable(path, REASONS.get(code) ?? `cannot be read${code === '' ? '' : ` (${code})`}`);
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

function unreadable(path: string, message: string): ScenarioError {
  return new ScenarioError([{ file: path, line: 1, column: 1, length: 1, path: '', message, excerpt: [] }]);
}
