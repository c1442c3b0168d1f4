import { resolve } from 'node:path';
import { Campaign } from '../runs/campaign/campaign.ts';
import { whyUnwritable } from '../runs/files/writable-folder.ts';
import { NdjsonReporter } from '../reports/ndjson.ts';
import type { Setting } from '../runs/load/load-files.ts';
import type { Reporter } from '../reports/reporter.ts';
import { TextReporter } from '../reports/text/text-reporter.ts';
import type { CommandContext } from './context.ts';
import { UsageError } from './errors.ts';
import { withoutChecks } from './except.ts';
import { runInvocation } from './invocation.ts';
import { type Io, reportOutput, styleOf, widthOf } from './io.ts';
import { Progress } from './progress.ts';
import { ReproSaver } from './repro-files.ts';
import { defaultPaths, loadAll, noteDefault, noteWarnings } from './scenarios.ts';
import { requestedSeeds } from './seeds.ts';
import { requestedSettings } from './settings.ts';
import { watch, pathsToWatch } from './watch.ts';

export interface RunOptions {
  readonly seed?: string;
  readonly seeds?: string;
  readonly json?: boolean;
  readonly out: string;
  readonly color: boolean;
  readonly quiet?: boolean;
  readonly except?: readonly string[];
  readonly set?: readonly Setting[];
  readonly mutant?: string;
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
  const scenarios = loaded.map(({ scenario }) => scenario);
  const progress = new Progress(io, options.quiet !== true);
  return await runInvocation({
    campaign: new Campaign(scenarios, seeds, runner),
    loaded,
    saver: new ReproSaver(options.out, io.cwd),
    reporter: reporterFor(options, progress.around(io)),
    progress,
    io,
  });
}

function reporterFor({ json = false, color, quiet = false }: RunOptions, io: Io): Reporter {
  const output = reportOutput(io);
  if (json) return new NdjsonReporter(output);
  return new TextReporter(output, { style: styleOf(io, color), width: widthOf(io), isQuiet: quiet });
}
