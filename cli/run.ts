import { EXIT } from '../runs/campaign-exit.ts';
import { seedCount } from '../runs/campaign-seeds.ts';
import type { ScenarioTally } from '../runs/campaign-tally.ts';
import { Campaign, type Runner } from '../runs/campaign.ts';
import type { LoadedScenario } from '../runs/library.ts';
import { ReproFolder } from '../runs/repro.ts';
import type { RunResult } from '../runs/result.ts';
import { failureReport, replayCommand, type ReproNote } from '../reports/failure.ts';
import { problemLines, runLine, summaryLine } from '../reports/ndjson.ts';
import { grouped } from '../reports/quantities.ts';
import { isGood, scenarioColumns, scenarioLine } from '../reports/scenario-line.ts';
import { passReport } from '../reports/pass.ts';
import { totals } from '../reports/totals.ts';
import { breathe, type Io, styleOf, widthOf, writeLines } from './io.ts';
import { Progress } from './progress.ts';
import { loadAll, pathsOrDefault } from './scenarios.ts';
import { seedsAskedFor } from './seeds.ts';
import { Breakdown } from './usage.ts';

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
  const scenarios = loadAll(pathsOrDefault(paths, io), io);
  const campaign = new Campaign(
    scenarios.map(({ program }) => program),
    seeds,
    runner,
  );
  const session = new Session(scenarios, campaign, options, io, seedCount(seeds));
  let wasInterrupted = false;
  const release = io.onInterrupt(() => (wasInterrupted = true));
  try {
    for (const step of campaign.steps()) {
      if (step.kind === 'run') session.ran(step.result, step.tally);
      else session.completed(step.tally);
      await breathe();
      wasInterrupted ||= io.stdout.isClosed;
      if (wasInterrupted && campaign.summary().runs < campaign.planned) break;
    }
  } catch (error) {
    session.finish('Stopped by a defect');
    throw new Breakdown(whatRan(campaign), error);
  } finally {
    release();
  }
  const isCutShort = campaign.summary().runs < campaign.planned;
  session.finish(isCutShort ? 'Interrupted' : null);
  return isCutShort ? EXIT.interrupted : campaign.exitCode();
}

function whatRan({ current }: Campaign): string {
  return current === null
    ? 'starting'
    : `running ${current.program.file ?? current.program.name} with seed ${current.seed}`;
}

/** What is printed and saved while a campaign goes on. */
class Session {
  readonly #scenarios: readonly LoadedScenario[];
  readonly #campaign: Campaign;
  readonly #options: RunOptions;
  readonly #io: Io;
  readonly #progress: Progress;
  readonly #repros: ReproFolder;
  readonly #notes = new Map<ScenarioTally, ReproNote>();
  readonly #seedsEach: number;

  constructor(
    scenarios: readonly LoadedScenario[],
    campaign: Campaign,
    options: RunOptions,
    io: Io,
    seedsEach: number,
  ) {
    this.#scenarios = scenarios;
    this.#campaign = campaign;
    this.#options = options;
    this.#io = io;
    this.#seedsEach = seedsEach;
    this.#progress = new Progress(io, options.quiet !== true);
    this.#repros = new ReproFolder(options.out, io.cwd);
  }

  ran(result: RunResult, tally: ScenarioTally): void {
    const repro = result.verdict === 'pass' ? null : this.#save(result, tally);
    if (this.#options.json === true) this.#print([runLine(result, repro).trimEnd()]);
    this.#progress.update(this.#campaign);
  }

  completed(tally: ScenarioTally): void {
    const { json = false, quiet = false } = this.#options;
    if (json) return;
    if (quiet && isGood(tally)) return;
    if (this.#isSingle) return;
    this.#print([this.#line(tally)]);
  }

  /** @param stopped what ended it before everything had run; null if nothing did */
  finish(stopped: string | null): void {
    const { json = false } = this.#options;
    this.#progress.clear();
    const { tallies, planned } = this.#campaign;
    const { runs } = this.#campaign.summary();
    const replays = tallies.flatMap((tally) => replayCommand(tally, this.#note(tally)) ?? []);
    if (json) {
      for (const tally of tallies) for (const line of problemLines(tally)) this.#io.stdout.write(line);
      this.#io.stdout.write(summaryLine(this.#campaign.summary()));
      writeLines(
        this.#io.stderr,
        replays.map((replay) => `Replay: ${replay}`),
      );
      return;
    }
    const style = styleOf(this.#io, this.#options.color);
    const width = widthOf(this.#io);
    const last = tallies.at(-1);
    if (stopped !== null && last !== undefined && last.runs > 0 && last.runs < last.planned)
      this.#print([this.#line(last)]);
    if (this.#isSingle && last !== undefined && isGood(last) && last.last !== null && this.#options.quiet !== true) {
      this.#print([...passReport(last.last, style, width), '']);
    }
    for (const tally of tallies.filter((each) => !isGood(each))) {
      const isFirst = this.#isSingle && this.#seedsEach === 1;
      this.#print([...(isFirst ? [] : ['']), ...failureReport(tally, this.#note(tally), style, width)]);
    }
    if (tallies.some((tally) => !isGood(tally)) || !this.#isSingle) this.#print(['']);
    const lines = totals(this.#campaign.summary(), tallies, replays, style);
    this.#print([
      ...(stopped === null ? [] : [style.doubtful(`${stopped} after ${grouped(runs)} of ${grouped(planned)} runs.`)]),
      ...lines,
    ]);
  }

  /** One scenario with one seed: then all figures of the run are shown. */
  get #isSingle(): boolean {
    return this.#campaign.planned === 1;
  }

  #line(tally: ScenarioTally): string {
    const names = this.#scenarios.map(({ program }) => program.name);
    const shape = scenarioColumns(names, this.#seedsEach, widthOf(this.#io));
    return scenarioLine(tally, shape, styleOf(this.#io, this.#options.color));
  }

  #save(result: RunResult, tally: ScenarioTally): string | null {
    const scenario = this.#scenarios[this.#campaign.tallies.length - 1];
    if (scenario === undefined) return null;
    const saved = this.#repros.save(scenario, result);
    const before = this.#note(tally);
    const note = tally.worst === result ? { ...before, path: null, reason: null } : before;
    if (saved.kind === 'saved') {
      const path = tally.worst === result ? saved.path : note.path;
      this.#notes.set(tally, { ...note, path, saved: note.saved + 1 });
      return saved.path;
    }
    const reason = saved.kind === 'impossible' && note.path === null ? saved.reason : note.reason;
    this.#notes.set(tally, { ...note, reason, capped: note.capped || saved.kind === 'enough' });
    return null;
  }

  #note(tally: ScenarioTally): ReproNote {
    const nothing = { path: null, reason: null, folder: this.#options.out, saved: 0, capped: false };
    return this.#notes.get(tally) ?? nothing;
  }

  #print(lines: readonly string[]): void {
    this.#progress.clear();
    writeLines(this.#io.stdout, lines);
  }
}
