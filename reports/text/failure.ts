import type { ScenarioTally } from '../../runs/campaign/tally.ts';
import type { RunResult } from '../../runs/simulate/result.ts';
import { printable } from '../../scenarios/language/printable.ts';
import { hanging, wrap } from './layout.ts';
import { describeGap } from '../gap.ts';
import type { ReproFiles } from '../reporter.ts';
import { counted, grouped } from './quantities.ts';
import { outcomeSign } from './scenario-line.ts';
import { runFigures } from './single-run.ts';
import type { Style } from './style.ts';
import { explainViolation } from './violation.ts';
import { titleOf } from '../../scenarios/settings.ts';
import { origin } from './title.ts';

/** Lines longer than this are hard to read, however wide the terminal is. */
const WIDEST = 110;
const INDENT = '  ';
/** Further failing seeds that are listed. */
const LISTED_SEEDS = 12;

/** How a scenario failed: its worst run in full, the others counted. */
export function failureReport(tally: ScenarioTally, repro: ReproFiles, style: Style, terminalWidth: number): string[] {
  const width = Math.min(terminalWidth, WIDEST) - INDENT.length;
  const { worst, difference, gaps } = tally;
  const sections: string[][] = [];
  if (difference !== null) {
    const { seed, hashes } = difference;
    sections.push([
      style.bad(style.strong('Not reproducible')),
      ...wrap(`Two runs of seed ${seed} differ, so no result of this scenario is reliable.`, width),
      `${INDENT}first   ${hashes[0]}`,
      `${INDENT}second  ${hashes[1]}`,
    ]);
  }
  if (worst !== null) sections.push(explainRun(worst, style, width));
  if (gaps.length > 0) {
    sections.push([
      style.strong('Not shown by any run'),
      ...gaps.flatMap((gap) => bullet(describeGap(gap, tally), width)),
    ]);
  }
  const others = otherSeeds(tally, repro, width);
  if (others.length > 0) sections.push(others);
  const seed = worst === null ? '' : `  seed ${printable(worst.seed)}`;
  const verdict = worst === null ? '' : `  ${worst.verdict}`;
  const file = style.faint(origin(tally.scenario, tally.file));
  return [
    `${outcomeSign(tally, style)} ${style.strong(titleOf(tally.scenario, tally.settings))}${seed}${verdict}${file}`,
    ...sections.flatMap((section) => ['', ...section.map((line) => (line === '' ? '' : `${INDENT}${line}`))]),
  ];
}

/** Why a run did not pass. */
export function explainRun(run: RunResult, style: Style, width: number): string[] {
  if (run.violation !== null) {
    // Liveness failures beside a violation are in the JSON: the violation explains them.
    const expected = run.unmet.filter(({ kind }) => kind === 'expectation').map(({ text }) => text);
    const head =
      expected.length === 0 ? [] : [style.strong('Not met'), ...expected.flatMap((text) => bullet(text, width)), ''];
    return [...head, ...explainViolation(run.violation, style, width), '', ...figures(run, style, width)];
  }
  const unmet = run.unmet.map(({ text }) => text);
  const reasons = run.verdict === 'inconclusive' ? [run.limit ?? 'a limit was reached'] : unmet;
  const title = run.verdict === 'inconclusive' ? 'Inconclusive' : 'Not met';
  return [style.strong(title), ...reasons.flatMap((text) => bullet(text, width)), '', ...figures(run, style, width)];
}

function figures(run: RunResult, style: Style, width: number): string[] {
  return [style.strong('The run'), ...runFigures(run, style, width)];
}

function bullet(text: string, width: number): string[] {
  return hanging(`${INDENT}- `, text, width);
}

function otherSeeds({ failingSeeds, failed, worst }: ScenarioTally, repro: ReproFiles, width: number): string[] {
  const seeds = failingSeeds.filter((seed) => seed !== worst?.seed);
  const others = failed - 1;
  const lines: string[] = [];
  if (others > 0) {
    const listed = seeds.slice(0, LISTED_SEEDS);
    const more = others > listed.length ? ', …' : '';
    lines.push(...wrap(`${counted(others, 'more seed')} failed: ${listed.join(', ')}${more}`, width));
  }
  if (repro.saved > 1) {
    const cap = repro.capped ? '; the limit for each verdict is reached' : '';
    lines.push(...wrap(`${grouped(repro.saved)} repro files in ${repro.folder}${cap}`, width));
  }
  if (worst !== null && repro.path === null) {
    lines.push(...wrap(`no repro file: ${repro.reason ?? 'it was not saved'}`, width));
  }
  return lines;
}
