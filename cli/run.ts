import { Campaign, type CampaignStep } from '../runs/campaign/campaign.ts';
import { EXIT } from '../runs/campaign/exit-code.ts';
import type { ScenarioTally } from '../runs/campaign/tally.ts';
import type { LoadedScenario } from '../runs/load/load-files.ts';
import { NdjsonReporter } from '../reports/ndjson.ts';
import type { EndedCampaign, FinishedScenario, Reporter } from '../reports/reporter.ts';
import { command } from '../reports/text/command.ts';
import { TextReporter } from '../reports/text/text-reporter.ts';
import type { CommandContext } from './context.ts';
import { InternalError, UsageError } from './errors.ts';
import { type Io, reportOutput, styleOf, widthOf, yieldToEventLoop } from './io.ts';
import { Progress } from './progress.ts';
import { ReproSaver } from './repro-files.ts';
import { loadAll, noteDefault } from './scenarios.ts';
import { requestedSeeds } from './seeds.ts';

export interface RunOptions {
  readonly seed?: string;
  readonly seeds?: string;
  readonly json?: boolean;
  readonly out: string;
  readonly color: boolean;
  readonly quiet?: boolean;
}

/** `whitewater run`: every scenario with every seed; the exit code is that of the worst run. */
export async function run(args: readonly string[], options: RunOptions, context: CommandContext): Promise<number> {
  const { io, runner } = context;
  const seeds = requestedSeeds(options.seed, options.seeds);
  if (options.out === '') throw new UsageError('--out: the folder is empty; expected a path like out');
  const loaded = loadAll(args, io);
  if (options.quiet !== true) noteDefault(args, io);
  const scenarios = loaded.map(({ scenario }) => scenario);
  const progress = new Progress(io, options.quiet !== true);
  const invocation: Invocation = {
    campaign: new Campaign(scenarios, seeds, runner),
    loaded,
    saver: new ReproSaver(options.out, io.cwd),
    reporter: reporterFor(options, progress.around(io)),
    progress,
    io,
  };
  return await runAll(invocation);
}

/** Everything that one invocation of `run` works with. */
interface Invocation {
  readonly campaign: Campaign;
  readonly loaded: readonly LoadedScenario[];
  readonly saver: ReproSaver;
  readonly reporter: Reporter;
  readonly progress: Progress;
  readonly io: Io;
}

function reporterFor({ json = false, color, quiet = false }: RunOptions, io: Io): Reporter {
  const output = reportOutput(io);
  if (json) return new NdjsonReporter(output);
  return new TextReporter(output, { style: styleOf(io, color), width: widthOf(io), isQuiet: quiet });
}

async function runAll(invocation: Invocation): Promise<number> {
  const { campaign, reporter, progress } = invocation;
  const { names, seedsEach, planned } = campaign;
  reporter.begin?.({ names, seedsEach, planned });
  try {
    await takeSteps(invocation);
  } catch (error) {
    progress.clear();
    reporter.end?.(ended(invocation, 'internal-error', EXIT.defect));
    throw new InternalError(whatRan(campaign), error);
  }
  progress.clear();
  const isCutShort = campaign.summary().runs < planned;
  const exitCode = isCutShort ? EXIT.interrupted : campaign.exitCode();
  reporter.end?.(ended(invocation, isCutShort ? 'interrupted' : null, exitCode));
  return exitCode;
}

/** Takes step after step until all runs are finished, the user interrupts, or the output is closed. */
async function takeSteps(invocation: Invocation): Promise<void> {
  const { campaign, progress, io } = invocation;
  let wasInterrupted = false;
  const release = io.onInterrupt(() => (wasInterrupted = true));
  try {
    for (const step of campaign.steps()) {
      report(step, invocation);
      progress.update(campaign);
      await yieldToEventLoop();
      // A scenario of which all seeds have run is finished first.
      const mayStop = step.kind !== 'run' || step.tally.runs < step.tally.planned;
      if (mayStop && (wasInterrupted || io.stdout.isClosed)) return;
    }
  } finally {
    release();
  }
}

function report(step: CampaignStep, invocation: Invocation): void {
  const { reporter, saver } = invocation;
  if (step.kind === 'yield') return;
  const { tally } = step;
  if (step.kind === 'run') {
    const { result } = step;
    const repro = result.verdict === 'pass' ? null : saver.save(loadedOf(tally, invocation), result, tally);
    reporter.runFinished?.({ result, repro });
    return;
  }
  const { difference, untested } = tally;
  if (difference !== null) reporter.problem?.({ kind: 'not-reproducible', tally, difference });
  for (const fault of untested) reporter.problem?.({ kind: 'untested', tally, fault });
  reporter.scenarioFinished?.(finished(tally, invocation));
}

function ended(invocation: Invocation, stopped: EndedCampaign['stopped'], exitCode: number): EndedCampaign {
  const { campaign } = invocation;
  const begun = campaign.tallies.filter(({ runs }) => runs > 0);
  return {
    summary: campaign.summary(),
    scenarios: begun.map((tally) => finished(tally, invocation)),
    stopped,
    exitCode,
  };
}

function finished(tally: ScenarioTally, invocation: Invocation): FinishedScenario {
  const repros = invocation.saver.of(tally);
  const { argument } = loadedOf(tally, invocation).file;
  return { tally, repros, replay: replayCommand(tally, repros.path, argument) };
}

/** Scenarios run in the order in which they were loaded. */
function loadedOf(tally: ScenarioTally, { campaign, loaded }: Invocation): LoadedScenario {
  return loaded[campaign.tallies.indexOf(tally)]!;
}

function replayCommand({ worst, difference }: ScenarioTally, repro: string | null, argument: string): string | null {
  if (repro !== null && worst !== null) return command('replay', repro);
  const seed = worst?.seed ?? difference?.seed;
  return seed === undefined ? null : command('run', argument, '--seed', seed);
}

function whatRan({ current }: Campaign): string {
  return current === null
    ? 'starting'
    : `running ${current.scenario.file ?? current.scenario.name} with seed ${current.seed}`;
}
