import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { formatProblem, type LoadedScenario, loadScenarios } from '../runs/load/load-files.ts';
import type { Io } from './io.ts';
import { BadScenarios, UsageError } from './errors.ts';

const DEFAULT_PATH = 'scenarios';

/** The paths given, or the folder that scenarios usually are in. */
export function pathsOrDefault(paths: readonly string[], io: Io): readonly string[] {
  const empty = paths.find((path) => path.trim() === '');
  if (empty !== undefined) throw new UsageError('a path is empty; expected a scenario file or a folder of them');
  if (paths.length > 0) return paths;
  if (existsSync(join(io.cwd, DEFAULT_PATH))) return [DEFAULT_PATH];
  throw new UsageError(
    'no path is given, and there is no folder "scenarios" here; expected a scenario file or a folder of them. ' +
      'Those that come with an installed Whitewater are in node_modules/whitewater/scenarios',
  );
}

/** Loads every scenario, or none: if one is wrong, nothing runs. */
export function loadAll(paths: readonly string[], io: Io): readonly LoadedScenario[] {
  const { scenarios, problems, files } = loadScenarios(paths, io.cwd);
  if (problems.length === 0) return scenarios;
  const bad = new Set(problems.map(({ file }) => file)).size;
  const others = files > bad ? `\n\n${String(bad)} of ${String(files)} files cannot be used, so nothing was done.` : '';
  throw new BadScenarios(problems.map(formatProblem).join('\n\n') + others);
}

/** Loads a single scenario file. */
export function loadOne(path: string, io: Io): LoadedScenario {
  const [first, second] = loadAll([path], io);
  if (first === undefined) throw new UsageError(`${path}: no scenario here`);
  if (second !== undefined)
    throw new UsageError(`${path}: a folder with several scenarios; expected one scenario file`);
  return first;
}
