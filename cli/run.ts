import { EXIT } from '../runs/campaign/exit-code.ts';
import { Campaign, type CampaignStep, type Runner } from '../runs/campaign/campaign.ts';
import type { LoadedScenario } from '../runs/load/load-files.ts';
import { yieldToEventLoop, type Io } from './io.ts';
import { Progress } from './progress.ts';
import { ReproNotes } from './repro-notes.ts';
import { JsonOutput, type RunOutput, TextOutput } from './run-output.ts';
import { loadAll, pathsOrDefault } from './scenarios.ts';
import { seedsAskedFor } from './seeds.ts';
import { InternalError, UsageError } from './errors.ts';

export interface RunOptions {
  readonly seed?: string;
  readonly seeds?: string;
  readonly json?: boolean;
  readonly out: string;
  readonly color: boolean;
  readonly quiet?: boolean;
}

/** `whitewater run`: every scenario with every seed; the exit code is that of the worst run. */
export async function run(paths: readonly string[], options: RunOptions, io: Io, runner?: Runner): Promise<number> {
  const seeds = seedsAskedFor(options.seed, options.seeds);
  if (options.out === '') throw new UsageError('--out: the folder is empty; expected a path like out');
  const scenarios = loadAll(pathsOrDefault(paths, io), io);
  const programs = scenarios.map(({ program }) => program);
  const campaign = new Campaign(programs, seeds, runner);
  const notes = new ReproNotes(options.out, io.cwd);
  const progress = new Progress(io, options.quiet !== true);
  const printed = progress.around(io);
  const output =
    options.json === true
      ? new JsonOutput(campaign, notes, printed)
      : new TextOutput(campaign, notes, printed, options);
  try {
    await carryOut(campaign, scenarios, { notes, output, progress, io });
  } catch (error) {
    progress.clear();
    output.finish('Stopped by a defect');
    throw new InternalError(whatRan(campaign), error);
  }
  progress.clear();
  const isCutShort = campaign.summary().runs < campaign.planned;
  output.finish(isCutShort ? 'Interrupted' : null);
  return isCutShort ? EXIT.interrupted : campaign.exitCode();
}

interface Desk {
  readonly notes: ReproNotes;
  readonly output: RunOutput;
  readonly progress: Progress;
  readonly io: Io;
}

/** Takes step after step until all is done, somebody interrupts, or nobody reads what is printed. */
async function carryOut(campaign: Campaign, scenarios: readonly LoadedScenario[], desk: Desk): Promise<void> {
  const { progress, io } = desk;
  let wasInterrupted = false;
  const release = io.onInterrupt(() => (wasInterrupted = true));
  try {
    for (const step of campaign.steps()) {
      if (step.kind !== 'breath') report(step, scenarios[campaign.tallies.length - 1], desk);
      progress.update(campaign);
      await yieldToEventLoop();
      // A scenario of which all seeds have run is completed first.
      const isBetween = step.kind !== 'run' || step.tally.runs < step.tally.planned;
      if (isBetween && (wasInterrupted || io.stdout.isClosed)) return;
    }
  } finally {
    release();
  }
}

function report(
  step: Exclude<CampaignStep, { kind: 'breath' }>,
  scenario: LoadedScenario | undefined,
  { notes, output }: Desk,
): void {
  if (step.kind === 'scenario') {
    output.completed(step.tally);
    return;
  }
  const { result, tally } = step;
  const repro = result.verdict === 'pass' || scenario === undefined ? null : notes.save(scenario, result, tally);
  output.ran(result, repro);
}

function whatRan({ current }: Campaign): string {
  return current === null
    ? 'starting'
    : `running ${current.program.file ?? current.program.name} with seed ${current.seed}`;
}
