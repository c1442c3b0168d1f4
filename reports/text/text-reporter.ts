import type { ScenarioTally } from '../../runs/campaign/tally.ts';
import type { CampaignPlan, EndedCampaign, FinishedScenario, Reporter, ReportOutput } from '../reporter.ts';
import { failureReport } from './failure.ts';
import { passReport } from './pass.ts';
import { grouped } from './quantities.ts';
import { type ScenarioColumns, scenarioColumns, scenarioLine } from './scenario-line.ts';
import { strikesReport } from './strikes.ts';
import type { Style } from './style.ts';
import { totals } from './totals.ts';

/** How a text report looks. */
export interface TextOptions {
  readonly style: Style;
  /** Columns to write for. */
  readonly width: number;
  /** Failures and totals only. */
  readonly isQuiet: boolean;
}

/** `whitewater run`, for people: a line per scenario, then the failures in full, then the totals. */
export class TextReporter implements Reporter {
  readonly #output: ReportOutput;
  readonly #options: TextOptions;
  #columns: ScenarioColumns = { name: 0, seeds: 0, width: 0 };
  /** One scenario with one seed: then all figures of the run are shown instead of a line. */
  #isSingle = false;
  /** One scenario with several seeds: then it is shown in how many each fault struck. */
  #isAlone = false;

  constructor(output: ReportOutput, options: TextOptions) {
    this.#output = output;
    this.#options = options;
  }

  begin({ titles, seedsEach, planned }: CampaignPlan): void {
    this.#isSingle = planned === 1;
    this.#isAlone = titles.length === 1 && planned > 1;
    this.#columns = scenarioColumns(titles, seedsEach, this.#options.width);
  }

  scenarioFinished({ tally }: Pick<FinishedScenario, 'tally'>): void {
    if (this.#isSingle || (this.#options.isQuiet && tally.outcome === 'passed')) return;
    this.#print([scenarioLine(tally, this.#columns, this.#options.style)]);
  }

  end(campaign: EndedCampaign): void {
    const { scenarios } = campaign;
    const last = scenarios.at(-1);
    if (last !== undefined && last.tally.runs < last.tally.planned) this.scenarioFinished(last);
    const blocks = scenarios.flatMap((scenario) => this.#block(scenario));
    // A blank line separates blocks, and the first block from the lines above it.
    for (const [index, block] of blocks.entries()) this.#print(index === 0 && this.#isSingle ? block : ['', ...block]);
    const isFirst = blocks.length === 0 && (this.#isSingle || this.#options.isQuiet);
    this.#print([...(isFirst ? [] : ['']), ...this.#lastLines(campaign)]);
  }

  /** A report of a scenario, after its line. */
  #block({ tally, repros }: FinishedScenario): string[][] {
    const { style, width } = this.#options;
    if (tally.outcome !== 'passed') return [failureReport(tally, repros, style, width)];
    if (this.#showsFigures(tally)) return [passReport(tally.last, style, width)];
    const strikes = this.#isAlone && !this.#options.isQuiet ? strikesReport(tally, style, width) : [];
    return strikes.length === 0 ? [] : [strikes];
  }

  #showsFigures(tally: ScenarioTally): tally is ScenarioTally & { readonly last: object } {
    return this.#isSingle && !this.#options.isQuiet && tally.last !== null;
  }

  #lastLines({ summary, scenarios, stopped }: EndedCampaign): string[] {
    const { style, width } = this.#options;
    const what = stopped === 'interrupted' ? 'Interrupted' : 'Stopped by an internal error';
    const notice = `${what} after ${grouped(summary.runs)} of ${grouped(summary.planned)} runs.`;
    return [...(stopped === null ? [] : [style.doubtful(notice)]), ...totals(summary, scenarios, style, width)];
  }

  #print(lines: readonly string[]): void {
    if (lines.length > 0) this.#output.write(`${lines.join('\n')}\n`);
  }
}
