import { EXIT, worstExitCode } from '../runs/campaign/exit-code.ts';
import { replayCommand } from '../runs/fuzz/campaign-file.ts';
import { CampaignResults } from '../runs/fuzz/campaign-results.ts';
import { type BatchExecutor, InProcessExecutor } from '../runs/fuzz/executor.ts';
import { type FuzzEnd, runCampaign } from '../runs/fuzz/fuzz.ts';
import { runsOfShard } from '../runs/fuzz/plan.ts';
import type { FailureRecord } from '../runs/fuzz/records.ts';
import { UnwrittenResults } from '../runs/fuzz/result-folder.ts';
import type { BatchOutcome } from '../runs/fuzz/run-batch.ts';
import { VOCABULARY } from '../runs/load/vocabulary.ts';
import type { Setting } from '../runs/load/load-files.ts';
import { PoolExecutor } from '../runs/pool/pool-executor.ts';
import { workerFile } from '../runs/pool/worker-file.ts';
import type { ThreadLimits } from '../runs/pool/worker-pool.ts';
import { command } from '../runs/repro/command.ts';
import { FuzzNdjsonReporter } from '../reports/fuzz-ndjson.ts';
import type { FuzzReporter } from '../reports/fuzz-reporter.ts';
import { TextFuzzReporter } from '../reports/text/fuzz/text-fuzz-reporter.ts';
import { printable } from '../scenarios/language/printable.ts';
import type { CommandContext } from './context.ts';
import { InternalError } from './errors.ts';
import { type OpenCampaign, openCampaign } from './fuzz-campaign.ts';
import { parseSpan } from './fuzz-options.ts';
import { threadLimits } from './jobs.ts';
import { FuzzProgress } from './fuzz-progress.ts';
import { type Io, reportOutput, styleOf, widthOf, writeLines } from './io.ts';

/** How long a run may take, unless an option says otherwise. */
const RUN_MILLIS = 60_000;

export interface FuzzOptions {
  readonly runs?: string;
  readonly time?: string;
  readonly seed?: string;
  readonly shard?: string;
  readonly jobs?: string;
  readonly runTimeout?: string;
  readonly bail?: string;
  readonly known?: string;
  readonly out?: string;
  readonly resume?: string;
  readonly except?: readonly string[];
  readonly set?: readonly Setting[];
  readonly mutant?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly color: boolean;
}

/** `whitewater fuzz`: many runs of some scenarios, whose failures are grouped by what they have in common. */
export async function fuzz(args: readonly string[], options: FuzzOptions, context: CommandContext): Promise<number> {
  const { io } = context;
  const { runTimeout } = options;
  const timeout = runTimeout === undefined ? RUN_MILLIS : parseSpan('--run-timeout', runTimeout);
  const threads = threadLimits(options.jobs, timeout);
  const open = openOrExplain(args, options, io);
  if (open === null) return EXIT.cannotWrite;
  try {
    const executor = await executorFor(open, threads, context);
    return await new FuzzInvocation(open, executor, options, io).run();
  } finally {
    open.folder.unlock();
  }
}

function openOrExplain(args: readonly string[], options: FuzzOptions, io: Io): OpenCampaign | null {
  try {
    return openCampaign(args, options, io);
  } catch (error) {
    if (!(error instanceof UnwrittenResults)) throw error;
    writeLines(io.stderr, [`whitewater: ${printable(error.message)}`]);
    return null;
  }
}

/** Worker threads; this process where a test gives the simulator, or the threads' module was not built. */
async function executorFor(
  { plan }: OpenCampaign,
  threads: ThreadLimits,
  { runner }: CommandContext,
): Promise<BatchExecutor> {
  const file = workerFile();
  if (runner !== null || file === null) return new InProcessExecutor(plan, runner);
  return await PoolExecutor.start(file, plan, threads);
}

/** One invocation: a campaign with what shows it. */
class FuzzInvocation {
  readonly #open: OpenCampaign;
  readonly #executor: BatchExecutor;
  readonly #reporter: FuzzReporter;
  readonly #progress: FuzzProgress;
  readonly #results: CampaignResults;
  readonly #io: Io;
  readonly #before: number;
  /** Runs that are to be in the folder at the end; null: any number. */
  readonly #planned: number | null;
  readonly #started = performance.now();

  constructor(open: OpenCampaign, executor: BatchExecutor, options: FuzzOptions, io: Io) {
    const { campaign, folder, tally, loaded, plan } = open;
    this.#open = open;
    this.#executor = executor;
    this.#io = io;
    this.#before = tally.runs;
    this.#planned = campaign.runs === null ? null : runsOfShard(plan.shard, campaign.runs);
    const pace = { before: tally.runs, planned: this.#planned, millis: campaign.timeMillis };
    this.#progress = new FuzzProgress(io, options.quiet !== true, pace);
    this.#reporter = reporterFor(options, io, this.#around(io));
    this.#results = new CampaignResults(folder, tally, loaded);
  }

  async run(): Promise<number> {
    const { campaign, folder } = this.#open;
    this.#reporter.begin?.({
      titles: campaign.scenarios.map(({ title }) => title),
      firstSeed: campaign.firstSeed,
      planned: this.#planned,
      millis: campaign.timeMillis,
      jobs: this.#executor.jobs,
      folder: folder.shown,
      before: this.#before,
    });
    try {
      return this.#end(await this.#runBatches(), []);
    } catch (error) {
      if (error instanceof UnwrittenResults) {
        const code = this.#end('interrupted', [EXIT.cannotWrite]);
        writeLines(this.#io.stderr, [`whitewater: ${printable(error.message)}`]);
        return code;
      }
      this.#end('interrupted', [EXIT.defect]);
      throw new InternalError(`fuzzing into ${folder.shown}`, error);
    }
  }

  async #runBatches(): Promise<FuzzEnd> {
    const { campaign, plan, from, tally } = this.#open;
    const { timeMillis, bail, runs } = campaign;
    const io = this.#io;
    let release = (): void => undefined;
    const interrupted = new Promise<void>((resolve) => (release = io.onInterrupt(resolve)));
    try {
      return await runCampaign({
        shard: plan.shard,
        from,
        executor: this.#executor,
        limits: {
          runs,
          isTimeOver: () => io.stdout.isClosed || (timeMillis !== null && this.#spent() >= timeMillis),
          isEnough: () => bail !== null && tally.newFailures >= bail,
        },
        commit: (outcome) => this.#commit(outcome),
        interrupted,
      });
    } finally {
      release();
    }
  }

  #commit(outcome: BatchOutcome): void {
    for (const failure of this.#results.add(outcome)) {
      this.#reporter.runFailed?.({ ...failure, replay: this.#replay(failure.record) });
    }
    this.#progress.update(this.#open.tally);
  }

  /** @param codes of what went wrong besides the runs @returns the exit code */
  #end(ended: FuzzEnd, codes: readonly number[]): number {
    const { tally, folder, known } = this.#open;
    this.#progress.clear();
    const wasInterrupted = ended === 'interrupted' || this.#io.stdout.isClosed;
    const exitCode = worstExitCode([tally.exitCode(), ...codes, ...(wasInterrupted ? [EXIT.interrupted] : [])]);
    this.#reporter.end?.({
      tally,
      ended,
      planned: this.#planned,
      work: { runs: tally.runs - this.#before, wallMillis: this.#spent(), jobs: this.#executor.jobs },
      missingShards: [],
      folder: folder.shown,
      marks: VOCABULARY.marks,
      unusedKnown: known.unused,
      replay: (first) => this.#replay(first),
      resume: ended === 'complete' ? null : command('fuzz', '--resume', folder.shown),
      exitCode,
    });
    return exitCode;
  }

  #replay(failure: FailureRecord): string {
    const { campaign, folder } = this.#open;
    return replayCommand(campaign, folder.shown, failure);
  }

  /** Real time since it began, in ms. */
  #spent(): number {
    return performance.now() - this.#started;
  }

  /** The same Io, but the line of progress is erased before anything is printed to a terminal. */
  #around(io: Io): Pick<Io, 'stdout' | 'stderr'> {
    const { stdout, stderr } = io;
    const write = (text: string): void => {
      if (stdout.isTTY) this.#progress.clear();
      stdout.write(text);
    };
    return { stdout: { write, isTTY: stdout.isTTY, columns: stdout.columns, isClosed: false }, stderr };
  }
}

export function reporterFor(
  { json = false, color, quiet = false }: Pick<FuzzOptions, 'json' | 'color' | 'quiet'>,
  io: Io,
  output: Pick<Io, 'stdout' | 'stderr'>,
): FuzzReporter {
  const report = reportOutput(output);
  if (json) return new FuzzNdjsonReporter(report);
  return new TextFuzzReporter(report, { style: styleOf(io, color), width: widthOf(io), isQuiet: quiet });
}
