import type { ScenarioTally } from '../runs/campaign/tally.ts';
import type { Campaign } from '../runs/campaign/campaign.ts';
import type { RunResult } from '../runs/simulate/result.ts';
import { failureReport, replayCommand } from '../reports/text/failure.ts';
import { problemLines, runLine, summaryLine } from '../reports/ndjson.ts';
import { passReport } from '../reports/text/pass.ts';
import { grouped } from '../reports/text/quantities.ts';
import { type ScenarioColumns, scenarioColumns, scenarioLine } from '../reports/text/scenario-line.ts';
import type { Style } from '../reports/text/style.ts';
import { totals } from '../reports/text/totals.ts';
import { type Io, styleOf, widthOf, writeLines } from './io.ts';
import type { ReproNotes } from './repro-notes.ts';

/** What is printed of a campaign, while it goes on and at its end. */
export interface RunOutput {
  ran(result: RunResult, repro: string | null): void;
  completed(tally: ScenarioTally): void;
  /** @param stopped what ended it before everything had run; null if nothing did */
  finish(stopped: string | null): void;
}

/** A line of JSON per run, and last the summary. */
export class JsonOutput implements RunOutput {
  readonly #campaign: Campaign;
  readonly #notes: ReproNotes;
  readonly #io: Io;

  constructor(campaign: Campaign, notes: ReproNotes, io: Io) {
    this.#campaign = campaign;
    this.#notes = notes;
    this.#io = io;
  }

  ran(result: RunResult, repro: string | null): void {
    this.#io.stdout.write(runLine(result, repro));
  }

  completed(tally: ScenarioTally): void {
    for (const line of problemLines(tally)) this.#io.stdout.write(line);
  }

  finish(): void {
    this.#io.stdout.write(summaryLine(this.#campaign.summary()));
    const commands = replayCommands(this.#campaign, this.#notes).map((command) => `Replay: ${command}`);
    writeLines(this.#io.stderr, commands);
  }
}

/** For people: a line per scenario, then the failures in full, then the totals. */
export class TextOutput implements RunOutput {
  readonly #campaign: Campaign;
  readonly #notes: ReproNotes;
  readonly #io: Io;
  readonly #isQuiet: boolean;
  readonly #style: Style;
  readonly #width: number;
  readonly #columns: ScenarioColumns;

  constructor(
    campaign: Campaign,
    notes: ReproNotes,
    io: Io,
    { quiet = false, color }: { readonly quiet?: boolean; readonly color: boolean },
  ) {
    this.#campaign = campaign;
    this.#notes = notes;
    this.#io = io;
    this.#isQuiet = quiet;
    this.#style = styleOf(io, color);
    this.#width = widthOf(io);
    this.#columns = scenarioColumns(campaign.names, campaign.seedsEach, this.#width);
  }

  ran(): void {
    // Said when the scenario is completed.
  }

  completed(tally: ScenarioTally): void {
    if (this.#isSingle || (this.#isQuiet && tally.outcome === 'passed')) return;
    this.#print([scenarioLine(tally, this.#columns, this.#style)]);
  }

  finish(stopped: string | null): void {
    const { tallies } = this.#campaign;
    const last = tallies.at(-1);
    if (last !== undefined && last.runs > 0 && last.runs < last.planned) this.completed(last);
    const blocks = tallies.flatMap((tally) => this.#block(tally));
    // Blank lines stand between blocks, and before the first where lines were printed.
    for (const [index, block] of blocks.entries()) this.#print(index === 0 && this.#isSingle ? block : ['', ...block]);
    const isFirst = blocks.length === 0 && (this.#isSingle || this.#isQuiet);
    this.#print([...(isFirst ? [] : ['']), ...this.#lastLines(stopped)]);
  }

  /** What there is to say about a scenario beyond its line. */
  #block(tally: ScenarioTally): string[][] {
    if (tally.outcome !== 'passed') return [failureReport(tally, this.#notes.of(tally), this.#style, this.#width)];
    if (!this.#isSingle || this.#isQuiet || tally.last === null) return [];
    return [passReport(tally.last, this.#style, this.#width)];
  }

  #lastLines(stopped: string | null): string[] {
    const { tallies, planned } = this.#campaign;
    const summary = this.#campaign.summary();
    const notice = `${stopped ?? ''} after ${grouped(summary.runs)} of ${grouped(planned)} runs.`;
    const commands = replayCommands(this.#campaign, this.#notes);
    return [
      ...(stopped === null ? [] : [this.#style.doubtful(notice)]),
      ...totals(summary, tallies, commands, this.#style, this.#width),
    ];
  }

  /** One scenario with one seed: then all figures of the run are shown. */
  get #isSingle(): boolean {
    return this.#campaign.planned === 1;
  }

  #print(lines: readonly string[]): void {
    writeLines(this.#io.stdout, lines);
  }
}

function replayCommands({ tallies }: Campaign, notes: ReproNotes): string[] {
  return tallies.flatMap((tally) => replayCommand(tally, notes.of(tally)) ?? []);
}
