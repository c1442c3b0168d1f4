/**
 * Runs every fresh bug against the scenario library and the swarm, and prints what catches it first:
 *
 *   npm run fresh-bugs -- [runs] [numbers …] [--swarm] [--none]
 *
 * `leads` says whether what is reported would lead a reader to the line with the bug. With `--swarm`, only the swarm runs. With
 * `--none`, the sources are not patched, and nothing must be caught.
 */
import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import type { Failure, findFailure } from './find-failure.ts';
import { applyPatch, readFreshBugs, type FreshBug } from './fresh-bugs.ts';

const FOLDERS = ['sim', 'core', 'checks', 'scenarios', 'runs', 'test'];

const patches = !process.argv.includes('--none');
const only = process.argv.includes('--swarm') ? 'swarm' : 'all';
const [runs = '1000', ...numbers] = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
console.log('bug  kind      caught as                 runs  leads  seconds  scenario');
if (patches) {
  for (const bug of readFreshBugs()) {
    if (numbers.length > 0 && !numbers.includes(bug.number)) continue;
    const failure = await hunt(bug);
    if (failure === null) process.exitCode = 1;
  }
} else if ((await hunt(null)) !== null) {
  process.exitCode = 1;
}

/** Looks for a run that catches the bug, and prints the outcome. Null: the sources as they are. */
async function hunt(bug: FreshBug | null): Promise<Failure | null> {
  const started = performance.now();
  const failure = await inScratchFolder(async (folder) => {
    if (bug !== null) applyPatch(bug, folder);
    return (await finderIn(folder))(Number(runs), only);
  });
  const seconds = ((performance.now() - started) / 1000).toFixed(0);
  const leads = failure !== null && bug?.names.includes(failure.id) === true;
  console.log(
    [
      (bug?.number ?? 'none').padEnd(4),
      (bug?.fields.get('kind') ?? '').padEnd(9),
      (failure?.id ?? 'nothing').padEnd(25),
      `${failure?.runs ?? runs}`.padStart(4),
      ` ${failure === null ? '–' : leads ? 'yes' : 'no'}`.padEnd(6),
      seconds.padStart(7),
      failure === null ? '' : ` ${failure.scenario}, seed ${failure.seed}`,
    ].join(' '),
  );
  return failure;
}

/** Copies the sources to a folder that exists only while they are used. */
async function inScratchFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'whitewater-fresh-bug-'));
  try {
    for (const name of FOLDERS) cpSync(name, join(folder, name), { recursive: true });
    cpSync('tsconfig.json', join(folder, 'tsconfig.json'));
    symlinkSync(resolve('node_modules'), join(folder, 'node_modules'));
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** `findFailure` as it is with the sources in the folder. */
async function finderIn(folder: string): Promise<typeof findFailure> {
  const outfile = join(folder, 'find-failure.mjs');
  const entryPoints = [join(folder, 'test/find-failure.ts')];
  await build({ entryPoints, outfile, bundle: true, packages: 'external', platform: 'node', format: 'esm' });
  const module = (await import(pathToFileURL(outfile).href)) as { readonly findFailure: typeof findFailure };
  return module.findFailure;
}
