import type { Campaign, CampaignStep } from '../runs/campaign/campaign.ts';
import { EXIT, worstExitCode } from '../runs/campaign/exit-code.ts';
import type { ScenarioTally } from '../runs/campaign/tally.ts';
import type { LoadedScenario } from '../runs/load/load-files.ts';
import type { PooledRuns } from '../runs/pool/pooled-runs.ts';
import { command } from '../runs/repro/command.ts';
import type { EndedCampaign, FinishedScenario, Reporter } from '../reports/reporter.ts';
import { counted } from '../reports/text/quantities.ts';
import { printable } from '../scenarios/language/printable.ts';
import { InternalError } from './errors.ts';
import { type Io, writeLines, yieldToEventLoop } from './io.ts';
import type { Progress } from './progress.ts';
import { placeOf, setOptions } from './scenarios.ts';
import type { ReproSaver } from './repro-files.ts';

/** Everything that one invocation of `run` works with. */
export interface Invocation {
  readonly campaign: Campaign;
  readonly loaded: readonly LoadedScenario[];
  readonly saver: ReproSaver;
  readonly reporter: Reporter;
  readonly progress: Progress;
  /** What makes the runs in other threads; null: they are made in this one. */
  readonly threads: PooledRuns | null;
  readonly io: Io;
}

/**
 * Runs a campaign to its end, or until the user interrupts it, and calls the reporter.
 *
 * @returns the exit code
 */
export async function runInvocation(invocation: Invocation): Promise<number> {
  const { campaign, reporter, progress, saver } = invocation;
  const { titles, seedsEach, planned } = campaign;
  reporter.begin?.({ titles, seedsEach, planned });
  try {
    await takeSteps(invocation);
  } catch (error) {
    progress.clear();
    reporter.end?.(ended(invocation, 'internal-error', EXIT.defect));
    noteUnwritten(invocation);
    throw new InternalError(whatRan(campaign), error);
  }
  progress.clear();
  const isCutShort = campaign.summary().runs < planned;
  const exitCode = worstExitCode([
    campaign.exitCode(),
    ...(isCutShort ? [EXIT.interrupted] : []),
    ...(saver.unwritten === null ? [] : [EXIT.cannotWrite]),
  ]);
  reporter.end?.(ended(invocation, isCutShort ? 'interrupted' : null, exitCode));
  noteUnwritten(invocation);
  return exitCode;
}

/** Takes step after step until all runs are finished, the user interrupts, or the output is closed. */
async function takeSteps(invocation: Invocation): Promise<void> {
  const { campaign, progress, io } = invocation;
  let wasInterrupted = false;
  const release = io.onInterrupt(() => {
    wasInterrupted = true;
    invocation.threads?.wake();
  });
  try {
    for (const step of campaign.steps()) {
      report(step, invocation);
      progress.update(campaign);
      await (step.kind === 'wait' ? step.until : yieldToEventLoop());
      // Finish a scenario whose seeds have all run before the next begins.
      const mayStop = step.kind !== 'run' || step.tally.runs < step.tally.planned;
      if (mayStop && (wasInterrupted || io.stdout.isClosed)) return;
    }
  } finally {
    release();
    await invocation.threads?.close();
  }
}

function report(step: CampaignStep, invocation: Invocation): void {
  const { reporter, saver } = invocation;
  if (step.kind === 'yield' || step.kind === 'wait') return;
  const { tally } = step;
  if (step.kind === 'run') {
    const { result } = step;
    const repro = result.verdict === 'pass' ? null : saver.save(loadedOf(tally, invocation), result, tally);
    reporter.runFinished?.({ result, repro });
    return;
  }
  const { difference, gaps } = tally;
  if (difference !== null) reporter.problem?.({ kind: 'not-reproducible', tally, difference });
  for (const gap of gaps) reporter.problem?.({ kind: gap.kind, tally, gap });
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
  return { tally, repros, replay: replayCommand(tally, repros.path, loadedOf(tally, invocation)) };
}

/** Scenarios run in the order in which they were loaded. */
function loadedOf(tally: ScenarioTally, { campaign, loaded }: Invocation): LoadedScenario {
  return loaded[campaign.tallies.indexOf(tally)]!;
}

function replayCommand(
  { worst, difference }: ScenarioTally,
  repro: string | null,
  { file, scenario }: LoadedScenario,
): string | null {
  if (repro !== null && worst !== null) return command('replay', repro);
  const seed = worst?.seed ?? difference?.seed;
  if (seed === undefined) return null;
  const except = worst?.except ?? [];
  const without = except.length === 0 ? [] : ['--except', except.join(',')];
  return command('run', file.argument, '--seed', seed, ...without, ...setOptions(scenario));
}

/** Says which repro files are missing. */
function noteUnwritten({ saver: { unwritten }, io }: Invocation): void {
  if (unwritten === null) return;
  const { path, reason, count } = unwritten;
  const others = count === 1 ? '' : ` and ${counted(count - 1, 'more repro file')}`;
  writeLines(io.stderr, [`whitewater: cannot write ${printable(path)}${others}: ${reason}`]);
}

function whatRan({ current }: Campaign): string {
  return current === null ? 'starting' : `running ${placeOf(current.scenario)} with seed ${current.seed}`;
}
