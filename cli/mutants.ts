import { EXIT, worstExitCode } from '../runs/campaign/exit-code.ts';
import { type Hunter, type HuntWanted, InProcessHunter } from '../runs/fuzz/hunter.ts';
import type { Hunt } from '../runs/fuzz/mutant-hunt.ts';
import { KNOWN_BUGS, type KnownBug } from '../runs/load/known-bugs.ts';
import { suggestion } from '../runs/load/load-files.ts';
import { VOCABULARY } from '../runs/load/vocabulary.ts';
import { PoolHunter } from '../runs/pool/pool-hunter.ts';
import { workerFile } from '../runs/pool/worker-file.ts';
import type { ThreadLimits } from '../runs/pool/worker-pool.ts';
import { type FinishedHunt, huntLine, huntSummaryLine, knownBugLine, outcomeOfHunt } from '../reports/mutants.ts';
import { huntHead, huntRow, huntTotals, knownBugs } from '../reports/text/mutants.ts';
import type { Scenario } from '../scenarios/scenario.ts';
import type { CommandContext } from './context.ts';
import { InternalError, UsageError } from './errors.ts';
import { parseCount, parseFirstSeed } from './fuzz-options.ts';
import { type Ground, groundsNamed } from './grounds.ts';
import { type Io, styleOf, widthOf, writeLines } from './io.ts';
import { threadLimits } from './jobs.ts';

/** Runs that are tried for each bug, unless an option says otherwise. */
const RUNS = 1_000;

export interface ListMutantsOptions {
  readonly json?: boolean;
  readonly color: boolean;
}

export interface RunMutantsOptions extends ListMutantsOptions {
  readonly with?: string;
  readonly runs?: string;
  readonly seed?: string;
  readonly jobs?: string;
  readonly quiet?: boolean;
}

/** `whitewater mutants list`: every known bug, or those with these ids. */
export function listMutants(
  ids: readonly string[],
  { json = false, color }: ListMutantsOptions,
  { io }: CommandContext,
): number {
  const bugs = bugsNamed(ids);
  if (json) for (const bug of bugs) io.stdout.write(knownBugLine(bug));
  else writeLines(io.stdout, knownBugs(bugs, styleOf(io, color), widthOf(io)));
  return EXIT.pass;
}

/** A known bug, and the scenarios that it is looked for with. */
interface PlannedHunt {
  readonly mutant: KnownBug;
  readonly using: string;
  readonly wanted: HuntWanted;
}

/** `whitewater mutants run`: looks for known bugs; the exit code is 0 if each is caught as what it is known to break. */
export async function runMutants(
  ids: readonly string[],
  options: RunMutantsOptions,
  { io }: CommandContext,
): Promise<number> {
  const limits = threadLimits(options.jobs, null);
  const most = options.runs === undefined ? RUNS : parseCount('--runs', options.runs);
  const firstSeed = options.seed === undefined ? 1 : parseFirstSeed(options.seed);
  const bugs = bugsNamed(ids);
  const grounds = groundsNamed(options.with, io);
  const planned = plannedHunts(bugs, grounds, { most, firstSeed });
  const started = performance.now();
  const hunter = await hunterFor(
    grounds.flatMap(({ scenarios }) => scenarios),
    limits,
  );
  const show = printerFor(options, grounds.length === 1, io);
  show.begin();
  const hunts: FinishedHunt[] = [];
  for await (const hunt of inOrder(planned, hunter, io)) {
    hunts.push(hunt);
    show.row(hunt);
  }
  const exitCode = worstExitCode([
    ...(hunts.every(({ hunt }) => outcomeOfHunt(hunt) === 'caught') ? [] : [EXIT.unmet]),
    ...(hunts.length < planned.length ? [EXIT.interrupted] : []),
  ]);
  const wallMillis = performance.now() - started;
  show.end({ hunts, planned: planned.length, wallMillis, jobs: hunter.jobs, exitCode });
  return exitCode;
}

/** The known bugs with these ids; without any, all. */
function bugsNamed(ids: readonly string[]): readonly KnownBug[] {
  for (const id of ids) {
    if (VOCABULARY.mutants.includes(id)) continue;
    const near = suggestion(id, VOCABULARY.mutants) || '; whitewater mutants list names them';
    throw new UsageError(`there is no known bug ${JSON.stringify(id)}${near}`);
  }
  return ids.length === 0 ? KNOWN_BUGS : KNOWN_BUGS.filter(({ id }) => ids.includes(id));
}

/** Every bug with all scenarios of every ground. Scenarios are meant by their place in the list of all. */
function plannedHunts(
  bugs: readonly KnownBug[],
  grounds: readonly Ground[],
  how: Pick<HuntWanted, 'most' | 'firstSeed'>,
): readonly PlannedHunt[] {
  let next = 0;
  const used = grounds.map(({ name, scenarios }) => ({ using: name, scenarios: scenarios.map(() => next++) }));
  return bugs.flatMap((mutant) =>
    used.map(({ using, scenarios }) => ({ mutant, using, wanted: { mutant: mutant.id, scenarios, ...how } })),
  );
}

async function hunterFor(scenarios: readonly Scenario[], limits: ThreadLimits): Promise<Hunter> {
  const file = workerFile();
  return file === null ? new InProcessHunter(scenarios) : await PoolHunter.start(file, scenarios, limits);
}

/** The hunts in the order in which they were planned, as they finish, until the user interrupts. */
async function* inOrder(planned: readonly PlannedHunt[], hunter: Hunter, io: Io): AsyncGenerator<FinishedHunt, void> {
  let release = (): void => undefined;
  const interrupted = new Promise<null>((resolve) => (release = io.onInterrupt(() => resolve(null))));
  try {
    const running = planned.map((each) => ({ ...each, found: hunter.hunt(each.wanted) }));
    // One that fails is looked at in its turn.
    for (const { found } of running) found.catch(() => undefined);
    for (const { mutant, using, found } of running) {
      const hunt = await explained(Promise.race([interrupted, found]), mutant, using);
      if (hunt === null || io.stdout.isClosed) return;
      yield { mutant, using, hunt };
    }
  } finally {
    release();
    await hunter.close();
  }
}

async function explained(found: Promise<Hunt | null>, { id }: KnownBug, using: string): Promise<Hunt | null> {
  try {
    return await found;
  } catch (error) {
    throw new InternalError(`looking for known bug ${id} with ${using}`, error);
  }
}

/** What shows hunts. */
function printerFor({ json = false, quiet = false, color }: RunMutantsOptions, isAlone: boolean, io: Io) {
  const style = styleOf(io, color);
  const print = (lines: readonly string[]): void => writeLines(io.stdout, lines);
  if (json) {
    return {
      begin: () => undefined,
      row: (hunt: FinishedHunt) => io.stdout.write(huntLine(hunt)),
      end: (ended: Parameters<typeof huntSummaryLine>[0]) => io.stdout.write(huntSummaryLine(ended)),
    };
  }
  return {
    begin: () => print(quiet ? [] : [huntHead(style)]),
    row: (hunt: FinishedHunt) => {
      if (!quiet || outcomeOfHunt(hunt.hunt) !== 'caught') print(huntRow(hunt, isAlone, style, widthOf(io)));
    },
    end: (ended: Parameters<typeof huntTotals>[0]) => print([...(quiet ? [] : ['']), ...huntTotals(ended, style)]),
  };
}
