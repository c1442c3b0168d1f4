import { join } from 'node:path';
import { bundledFiles, findArguments, type FoundScenarios, holdsScenarios } from '../runs/load/find-scenarios.ts';
import { formatProblem, loadFound, type LoadedScenario, type Loading, type Setting } from '../runs/load/load-files.ts';
import { command } from '../runs/repro/command.ts';
import { counted } from '../reports/text/quantities.ts';
import type { Problem } from '../scenarios/language/errors.ts';
import { printable } from '../scenarios/language/printable.ts';
import type { Scenario } from '../scenarios/scenario.ts';
import { settingsText } from '../scenarios/settings.ts';
import { BadScenarios, UsageError } from './errors.ts';
import { type Io, writeLines } from './io.ts';

/** The default folder, used if it holds scenarios and no argument is given. */
const DEFAULT_FOLDER = 'scenarios';

/** Loads the scenarios that arguments mean; without any, those of ./scenarios, or else the bundled ones. */
export function load(args: readonly string[], io: Io, given: readonly Setting[] = []): Loading {
  return loadFound(find(args, io), given);
}

/** Loads every scenario, or none: if one is wrong, nothing runs. */
export function loadAll(args: readonly string[], io: Io, given: readonly Setting[] = []): Loading {
  const loading = load(args, io, given);
  const { problems, files } = loading;
  if (problems.length === 0) return loading;
  const bad = new Set(problems.map(({ file }) => file)).size;
  const others = files > bad ? `\n\n${bad} of ${files} files cannot be used, so nothing was done.` : '';
  throw new BadScenarios(withRepetitionsCounted(problems).map(formatProblem).join('\n\n') + others);
}

/** What is wrong with a setting of the command line is shown for one scenario, and counted for the others. */
function withRepetitionsCounted(problems: readonly Problem[]): readonly Problem[] {
  const alike = new Map<string, Problem[]>();
  for (const problem of problems) {
    const { file, line, column, path, message, excerpt } = problem;
    const key = JSON.stringify([line === 0 ? '' : file, line, column, path, message, excerpt]);
    alike.set(key, [...(alike.get(key) ?? []), problem]);
  }
  return [...alike.values()].map(([first, ...others]) => {
    const count = others.length === 0 ? '' : `; the same in ${counted(others.length, 'more scenario')}`;
    return { ...first!, message: `${first!.message}${count}` };
  });
}

/** Loads a single scenario. */
export function loadOne(argument: string, io: Io, given: readonly Setting[] = []): LoadedScenario {
  const { scenarios } = loadAll([argument], io, given);
  const [first, second] = scenarios;
  if (first === undefined) throw new UsageError(`${printable(argument)}: no scenario here`);
  if (second !== undefined && second.file === first.file) {
    const count = `${printable(argument)}: the matrix has ${String(scenarios.length)} combinations`;
    throw new UsageError(`${count}; choose one, as in ${command('trace', argument, ...setOptions(first.scenario))}`);
  }
  if (second !== undefined) {
    const what = first.file.isBundled ? 'a topic' : 'a folder';
    throw new UsageError(`${printable(argument)}: ${what} with several scenarios; expected one scenario`);
  }
  return first;
}

/** What the command line has to say for the settings of a scenario. */
export function setOptions({ settings }: Scenario): readonly string[] {
  return settingsText(settings).flatMap((setting) => ['--set', setting]);
}

/** A scenario as messages about its run name it: `split-vote (bundled) --set cluster.nodes=5`. */
export function placeOf(scenario: Scenario): string {
  return [scenario.file ?? scenario.name, ...setOptions(scenario)].join(' ');
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
export function noteWarnings({ warnings }: Loading, io: Io): void {
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
