import { resolve } from 'node:path';
import { Campaign, wantedRuns } from '../runs/campaign/campaign.ts';
import { seedCount, type Seeds } from '../runs/campaign/seeds.ts';
import { whyUnwritable } from '../runs/files/writable-folder.ts';
import { PooledRuns } from '../runs/pool/pooled-runs.ts';
import { workerFile } from '../runs/pool/worker-file.ts';
import { type ThreadLimits, WorkerPool } from '../runs/pool/worker-pool.ts';
import type { Scenario } from '../scenarios/scenario.ts';
import { NdjsonReporter } from '../reports/ndjson.ts';
import type { Setting } from '../runs/load/load-files.ts';
import type { Reporter } from '../reports/reporter.ts';
import { TextReporter } from '../reports/text/text-reporter.ts';
import type { CommandContext } from './context.ts';
import { UsageError } from './errors.ts';
import { withoutChecks } from './except.ts';
import { runInvocation } from './invocation.ts';
import { type Io, reportOutput, styleOf, widthOf } from './io.ts';
import { threadLimits } from './jobs.ts';
import { Progress } from './progress.ts';
import { ReproSaver } from './repro-files.ts';
import { defaultPaths, loadAll, noteDefault, noteWarnings } from './scenarios.ts';
import { resolveTo } from './resolve.ts';
import { requestedSeeds } from './seeds.ts';
import { requestedSettings } from './settings.ts';
import { watch, pathsToWatch } from './watch.ts';

/** From so many runs on, threads are worth the time in which they start. */
const MANY_RUNS = 1_000;

export interface RunOptions {
  readonly seed?: string;
  readonly seeds?: string;
  readonly jobs?: string;
  readonly json?: boolean;
  readonly out: string;
  readonly color: boolean;
  readonly quiet?: boolean;
  readonly except?: readonly string[];
  readonly set?: readonly Setting[];
  readonly mutant?: string;
  /** The file for the scenario in which everything is explicit that the run has drawn. */
  readonly resolve?: string;
  /** Whether to run again whenever a file changes. */
  readonly watch?: boolean;
}

/** `whitewater run`: every scenario with every seed; the exit code is that of the worst run. */
export async function run(args: readonly string[], options: RunOptions, context: CommandContext): Promise<number> {
  const { io } = context;
  if (options.watch !== true) return await runOnce(args, options, context);
  if (options.json === true) {
    throw new UsageError('--watch and --json cannot be given together: with --json, the last line is the only summary');
  }
  const given = args.length === 0 ? defaultPaths(io) : args;
  const plan = pathsToWatch(given, options.out, io);
  if (options.quiet !== true) noteDefault(args, io);
  return await watch(plan, io, () => runOnce(given, options, context));
}

async function runOnce(args: readonly string[], options: RunOptions, context: CommandContext): Promise<number> {
  const { io, runner } = context;
  const seeds = requestedSeeds(options.seed, options.seeds);
  const limits = options.jobs === undefined ? null : threadLimits(options.jobs, null);
  if (options.out === '') throw new UsageError('--out: the folder is empty; expected a path like out');
  const { except = [] } = options;
  const loading = loadAll(args, io, requestedSettings(options.set, options.mutant));
  const loaded = loading.scenarios.map((one) => ({ ...one, scenario: withoutChecks(one.scenario, except) }));
  if (options.quiet !== true) {
    noteDefault(args, io);
    noteWarnings(loading, io);
  }
  const reason = whyUnwritable(resolve(io.cwd, options.out));
  if (reason !== null) {
    const what = `--out: cannot write into ${JSON.stringify(options.out)}: ${reason}`;
    throw new UsageError(`${what}; name another folder for the repro files of failing runs`);
  }
  if (options.resolve !== undefined) {
    if (options.seeds !== undefined) throw new UsageError('--resolve writes one run; expected --seed, got --seeds');
    resolveTo(options.resolve, loaded, options.seed ?? null, io);
  }
  const scenarios = loaded.map(({ scenario }) => scenario);
  const progress = new Progress(io, options.quiet !== true);
  const threads = runner === null ? await threadsFor(scenarios, seeds, limits) : null;
  return await runInvocation({
    campaign: new Campaign(scenarios, seeds, runner ?? threads),
    threads,
    loaded,
    saver: new ReproSaver(options.out, io.cwd),
    reporter: reporterFor(options, progress.around(io)),
    progress,
    io,
  });
}

/**
 * Threads that make the runs; null: this process makes them, since there are few of them or only one thread is wanted.
 *
 * @param limits what was asked for; null: nothing was
 */
async function threadsFor(
  scenarios: readonly Scenario[],
  seeds: Seeds,
  limits: ThreadLimits | null,
): Promise<PooledRuns | null> {
  const runs = scenarios.length * seedCount(seeds);
  const threads = limits ?? threadLimits(undefined, null);
  const file = workerFile();
  if (file === null || threads.jobs === 1 || runs === 1 || (limits === null && runs < MANY_RUNS)) return null;
  const jobs = Math.min(threads.jobs, runs);
  return new PooledRuns(
    await WorkerPool.start(file, scenarios, { ...threads, jobs }),
    wantedRuns(scenarios, seeds),
    runs,
  );
}

function reporterFor({ json = false, color, quiet = false }: RunOptions, io: Io): Reporter {
  const output = reportOutput(io);
  if (json) return new NdjsonReporter(output);
  return new TextReporter(output, { style: styleOf(io, color), width: widthOf(io), isQuiet: quiet });
}
