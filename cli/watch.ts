import { existsSync, realpathSync, statSync } from 'node:fs';
import { resolve, sep } from 'node:path';
import { EXIT } from '../runs/campaign/exit-code.ts';
import { type Change, changesBetween, type Snapshot, snapshot } from '../runs/load/changes.ts';
import { findArguments } from '../runs/load/find-scenarios.ts';
import { formatProblem } from '../runs/load/load-files.ts';
import { counted } from '../reports/text/quantities.ts';
import { printable } from '../scenarios/language/printable.ts';
import { BadScenarios, UsageError } from './errors.ts';
import { type Io, writeLines } from './io.ts';

/** How often the files are looked at. The steps in which an editor saves a file follow each other faster. */
const EVERY_MILLIS = 200;
/** So many files are named. */
const NAMED = 3;

/** What is watched: scenario files, and folders with those below. */
export interface WatchPlan {
  readonly paths: readonly string[];
  /** Where runs leave repro files. What they write there is no change, or each failing run would start the next. */
  readonly out: string;
}

/**
 * What can change of what was given: its files and folders.
 *
 * @throws UsageError if nothing can, or something can be read only once
 * @throws BadScenarios if a path leads nowhere
 */
export function pathsToWatch(args: readonly string[], out: string, { cwd }: Io): WatchPlan {
  const { unknown, problems } = findArguments(args, cwd);
  if (unknown.length > 0) throw new UsageError(unknown.join('\nwhitewater: '));
  const missing = problems.filter(({ file }) => !existsSync(resolve(cwd, file)));
  if (missing.length > 0) throw new BadScenarios(missing.map(formatProblem).join('\n\n'));
  const paths = args.filter((path) => existsSync(resolve(cwd, path)));
  const pipe = paths.find((path) => !isFileOrFolder(resolve(cwd, path)));
  if (pipe !== undefined) {
    throw new UsageError(`--watch: ${printable(pipe)} can be read only once; name a file or a folder`);
  }
  if (paths.length === 0) {
    throw new UsageError(
      '--watch: nothing here can change: bundled scenarios stay as they are; name a file or a folder',
    );
  }
  return { paths, out: resolve(cwd, out) };
}

function isFileOrFolder(path: string): boolean {
  const stats = statSync(path);
  return stats.isFile() || stats.isDirectory();
}

/**
 * Runs, and runs again whenever a file has changed, until the user interrupts or the output is closed.
 *
 * @param round runs once
 * @throws UsageError of the first round
 */
export async function watch(plan: WatchPlan, io: Io, round: () => Promise<number>): Promise<number> {
  let isOver = false;
  const release = io.onInterrupt(() => (isOver = true));
  try {
    for (let isFirst = true; ; isFirst = false) {
      const before = snapshot(plan.paths, io.cwd);
      await reportingMistakes(round, isFirst, io);
      if (isOver || io.stdout.isClosed) return EXIT.interrupted;
      writeLines(io.stderr, [`\nwhitewater: waiting for changes in ${listed(plan.paths)}; Ctrl-C ends`]);
      const changes = await nextChanges(withOwnFiles(before, plan, io), plan, io, () => isOver);
      if (changes === null) return EXIT.interrupted;
      writeLines(io.stderr, [`whitewater: ${listed(changes.map(({ path, what }) => `${path} ${what}`))}\n`]);
    }
  } finally {
    release();
  }
}

/** A scenario with mistakes, or one that is gone, can be there again at the next change. */
async function reportingMistakes(round: () => Promise<number>, isFirst: boolean, { stderr }: Io): Promise<void> {
  try {
    await round();
  } catch (error) {
    if (error instanceof BadScenarios) writeLines(stderr, [error.message]);
    else if (error instanceof UsageError && !isFirst) writeLines(stderr, [`whitewater: ${error.message}`]);
    else throw error;
  }
}

/** Waits until something has changed, and then until nothing changes any more. Null: it is over before. */
async function nextChanges(
  before: Snapshot,
  { paths }: WatchPlan,
  io: Io,
  isOver: () => boolean,
): Promise<readonly Change[] | null> {
  let last = before;
  for (;;) {
    const now = snapshot(paths, io.cwd);
    const changes = changesBetween(before, now);
    if (changes.length > 0 && changesBetween(last, now).length === 0) return changes;
    last = now;
    await io.pause(EVERY_MILLIS);
    if (isOver() || io.stdout.isClosed) return null;
  }
}

/** The snapshot from before a round, with the files in the folder for repro files as they are after it. */
function withOwnFiles(before: Snapshot, { paths, out }: WatchPlan, { cwd }: Io): Snapshot {
  const folder = realPath(out) + sep;
  const own = (files: Snapshot, isOwn: boolean): [string, string][] =>
    [...files].filter(([path]) => realPath(resolve(cwd, path)).startsWith(folder) === isOwn);
  return new Map([...own(before, false), ...own(snapshot(paths, cwd), true)]);
}

/** The path without links; as it is if it leads nowhere. */
function realPath(path: string): string {
  return existsSync(path) ? realpathSync(path) : path;
}

/** The first few of a list, and how many others there are. */
function listed(items: readonly string[]): string {
  const shown = items.slice(0, NAMED).map(printable).join(', ');
  return items.length <= NAMED ? shown : `${shown} and ${counted(items.length - NAMED, 'other')}`;
}
