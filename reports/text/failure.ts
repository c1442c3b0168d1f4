import type { ScenarioTally } from '../../runs/campaign/tally.ts';
import type { RunResult } from '../../runs/simulate/result.ts';
import { command } from './command.ts';
import { hanging, printable, wrap } from './layout.ts';
import { counted, grouped } from './quantities.ts';
import { outcomeSign } from './scenario-line.ts';
import { runFigures } from './single-run.ts';
import type { Style } from './style.ts';
import { explainViolation } from './violation.ts';

/** Lines longer than this are hard to read, however wide the terminal is. */
const WIDEST = 110;
const INDENT = '  ';
/** Seeds that are listed after the one that is explained. */
const LISTED_SEEDS = 12;

/** The repro files that were written for a scenario. */
export interface ReproNote {
  /** That of the run which is explained; null if there is none. */
  readonly path: string | null;
  /** Why there is none. */
  readonly reason: string | null;
  /** Folder of all of them. */
  readonly folder: string;
  readonly saved: number;
  /** Whether there would have been more. */
  readonly capped: boolean;
}

/** What went wrong with a scenario: its worst run in full, the others counted. */
export function failureReport(tally: ScenarioTally, repro: ReproNote, style: Style, terminalWidth: number): string[] {
  const width = Math.min(terminalWidth, WIDEST) - INDENT.length;
  const { worst, difference, untested } = tally;
  const parts: string[][] = [];
  if (difference !== null) {
    const { seed, hashes } = difference;
    parts.push([
      style.bad(style.strong('Not reproducible')),
      ...wrap(`Two runs of seed ${seed} differ, so no result of this scenario can be relied on.`, width),
      `${INDENT}first   ${hashes[0]}`,
      `${INDENT}second  ${hashes[1]}`,
    ]);
  }
  if (worst !== null) parts.push(explainRun(worst, style, width));
  if (untested.length > 0) {
    parts.push([style.strong('Untested'), ...untested.flatMap((text) => bullet(text, width))]);
  }
  const others = otherSeeds(tally, repro, width);
  if (others.length > 0) parts.push(others);
  const seed = worst === null ? '' : `  seed ${printable(worst.seed)}`;
  const verdict = worst === null ? '' : `  ${worst.verdict}`;
  const file = tally.file === null ? '' : style.faint(`  ${printable(tally.file)}`);
  return [
    `${outcomeSign(tally, style)} ${style.strong(tally.scenario)}${seed}${verdict}${file}`,
    ...parts.flatMap((part) => ['', ...part.map((line) => (line === '' ? '' : `${INDENT}${line}`))]),
  ];
}

/** Why a run did not pass. */
export function explainRun(run: RunResult, style: Style, width: number): string[] {
  if (run.violation !== null) {
    return [...explainViolation(run.violation, style, width), '', ...figures(run, style, width)];
  }
  const reasons = run.verdict === 'inconclusive' ? [run.limit ?? 'a limit was reached'] : run.unmet;
  const title = run.verdict === 'inconclusive' ? 'Inconclusive' : 'Not met';
  return [style.strong(title), ...reasons.flatMap((text) => bullet(text, width)), '', ...figures(run, style, width)];
}

function figures(run: RunResult, style: Style, width: number): string[] {
  return [style.strong('The run'), ...runFigures(run, style, width)];
}

function bullet(text: string, width: number): string[] {
  return hanging(`${INDENT}- `, text, width);
}

function otherSeeds({ failingSeeds, failed, worst }: ScenarioTally, repro: ReproNote, width: number): string[] {
  const seeds = failingSeeds.filter((seed) => seed !== worst?.seed);
  const others = failed - 1;
  const lines: string[] = [];
  if (others > 0) {
    const listed = seeds.slice(0, LISTED_SEEDS);
    const more = others > listed.length ? ', …' : '';
    lines.push(...wrap(`${counted(others, 'more seed')} failed: ${listed.join(', ')}${more}`, width));
  }
  if (repro.saved > 1) {
    const cap = repro.capped ? ', and no more: enough of the same verdict' : '';
    lines.push(...wrap(`${grouped(repro.saved)} repro files in ${repro.folder}${cap}`, width));
  }
  if (worst !== null && repro.path === null) {
    lines.push(...wrap(`no repro file: ${repro.reason ?? 'it was not saved'}`, width));
  }
  return lines;
}

/** The command that shows a failure again. */
export function replayCommand({ worst, difference, file }: ScenarioTally, { path }: ReproNote): string | null {
  if (path !== null && worst !== null) return command('replay', path);
  const seed = worst?.seed ?? difference?.seed;
  return file === null || seed === undefined ? null : command('run', file, '--seed', seed);
}
