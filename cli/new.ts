import { basename, dirname, resolve } from 'node:path';
import { EXIT } from '../runs/campaign/exit-code.ts';
import { makeFile } from '../runs/files/new-file.ts';
import { reasonOf } from '../runs/files/system-error.ts';
import { makeFolder, whyUnwritable } from '../runs/files/writable-folder.ts';
import { findBundled } from '../runs/load/find-scenarios.ts';
import { copyOf, isScenarioName, scaffold } from '../runs/load/new-scenario.ts';
import { command } from '../runs/repro/command.ts';
import { printable } from '../scenarios/language/printable.ts';
import type { CommandContext } from './context.ts';
import { UsageError } from './errors.ts';
import { type Io, writeLines } from './io.ts';

export interface NewOptions {
  /** The bundled scenario to copy. Left out: a scenario to begin with. */
  readonly from?: string;
}

/** `whitewater new`: a scenario file that runs as it is. */
export async function newScenario(
  given: string | undefined,
  { from }: NewOptions,
  { io }: CommandContext,
): Promise<number> {
  const source = from === undefined ? null : findBundled(from);
  if (typeof source === 'string') throw new UsageError(`--from: ${source}`);
  const argument = given ?? (await askForName(io));
  if (argument === null) return EXIT.interrupted;
  const file = fileOf(argument);
  const path = resolve(io.cwd, file);
  const folder = dirname(path);
  const name = nameOf(file);
  const text = source === null ? scaffold(name, folder) : copyOf(source, name, folder);
  const reason = whyUnwritable(folder);
  if (reason !== null) throw new UsageError(`cannot write ${printable(file)}: ${reason}; name another place`);
  try {
    makeFolder(folder);
    if (!makeFile(path, text))
      throw new UsageError(`${printable(file)} exists, and is left as it is; choose another name`);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    writeLines(io.stderr, [`whitewater: cannot write ${printable(file)}: ${reasonOf(error)}`]);
    return EXIT.cannotWrite;
  }
  writeLines(io.stdout, [
    `${printable(file)} is there. What you can do next:`,
    `  ${command('run', file)}`,
    `  ${command('run', file, '--watch')}`,
    `  ${command('trace', file)}`,
  ]);
  return EXIT.pass;
}

/** Null: the user wants no scenario after all. */
async function askForName({ ask }: Io): Promise<string | null> {
  if (ask !== null) return await ask('Name of the scenario, like my-scenario: ');
  throw new UsageError('a name is missing; expected one like: whitewater new my-scenario\nTry: whitewater new --help');
}

/** The file that an argument means: a path, of which the ending can be left out. */
function fileOf(argument: string): string {
  const said = printable(argument);
  if (said !== argument) {
    throw new UsageError(`"${said}": a path with characters that are not seen; leave them out`);
  }
  if (/[\\/]$/u.test(argument)) {
    throw new UsageError(`${argument} is a folder; expected a name after it, like ${argument}my-scenario`);
  }
  const file = /\.ya?ml$/u.test(argument) ? argument : `${argument}.yaml`;
  const name = nameOf(file);
  if (!isScenarioName(name)) {
    throw new UsageError(
      `${JSON.stringify(name)} is no name for a scenario; expected letters, digits, "-" and "_", the first a letter, at most 40 in all`,
    );
  }
  return file;
}

function nameOf(file: string): string {
  return basename(file).replace(/\.ya?ml$/u, '');
}
