import { join } from 'node:path';
import { bundledFiles, findArguments, type FoundScenarios, holdsScenarios } from '../runs/load/find-scenarios.ts';
import { formatProblem, loadFound, type LoadedScenario, type Loading } from '../runs/load/load-files.ts';
import { counted } from '../reports/text/quantities.ts';
import { printable } from '../scenarios/language/printable.ts';
import { BadScenarios, UsageError } from './errors.ts';
import { type Io, writeLines } from './io.ts';

/** The default folder, used if it holds scenarios and no argument is given. */
const DEFAULT_FOLDER = 'scenarios';

/** Loads the scenarios that arguments mean; without any, those of ./scenarios, or else the bundled ones. */
export function load(args: readonly string[], io: Io): Loading {
  return loadFound(find(args, io));
}

/** Loads every scenario, or none: if one is wrong, nothing runs. */
export function loadAll(args: readonly string[], io: Io): readonly LoadedScenario[] {
  const { scenarios, problems, files } = load(args, io);
  if (problems.length === 0) return scenarios;
  const bad = new Set(problems.map(({ file }) => file)).size;
  const others = files > bad ? `\n\n${bad} of ${files} files cannot be used, so nothing was done.` : '';
  throw new BadScenarios(problems.map(formatProblem).join('\n\n') + others);
}

/** Loads a single scenario. */
export function loadOne(argument: string, io: Io): LoadedScenario {
  const [first, second] = loadAll([argument], io);
  if (first === undefined) throw new UsageError(`${printable(argument)}: no scenario here`);
  if (second !== undefined) {
    const what = first.file.isBundled ? 'a topic' : 'a folder';
    throw new UsageError(`${printable(argument)}: ${what} with several scenarios; expected one scenario`);
  }
  return first;
}

/** The paths that are taken where no argument is given; none where that is the bundled library. */
export function defaultPaths(io: Io): readonly string[] {
  return hasDefaultFolder(io) ? [DEFAULT_FOLDER] : [];
}

/** Writes to stderr which scenarios are used, if no argument names any. */
export function noteDefault(args: readonly string[], io: Io): void {
  if (args.length > 0) return;
  const used = hasDefaultFolder(io)
    ? `those in ./${DEFAULT_FOLDER}`
    : `the ${counted(bundledFiles().length, 'bundled one')}`;
  writeLines(io.stderr, [`whitewater: no scenarios named: using ${used}`]);
}

/** Writes to stderr what is valid in these scenarios, but hardly what was meant. */
export function noteWarnings(loaded: readonly LoadedScenario[], io: Io): void {
  const warnings = loaded.flatMap(({ scenario }) => scenario.warnings);
  writeLines(
    io.stderr,
    warnings.map((problem) => formatProblem({ ...problem, message: `warning: ${problem.message}` })),
  );
}

function find(args: readonly string[], io: Io): Pick<FoundScenarios, 'files' | 'problems'> {
  if (args.some((argument) => argument.trim() === '')) {
    throw new UsageError('an argument is empty; expected a scenario file, a folder, or the name of a bundled scenario');
  }
  if (args.length === 0 && !hasDefaultFolder(io)) return { files: bundledFiles(), problems: [] };
  const found = findArguments(args.length === 0 ? [DEFAULT_FOLDER] : args, io.cwd);
  if (found.unknown.length > 0) throw new UsageError(found.unknown.join('\nwhitewater: '));
  return found;
}

function hasDefaultFolder({ cwd }: Io): boolean {
  return holdsScenarios(join(cwd, DEFAULT_FOLDER));
}
