import type { Summary } from '../../runs/simulate/result.ts';
import type { FinishedScenario } from '../reporter.ts';
import { columns } from './layout.ts';
import { elapsed, grouped, rounded } from './quantities.ts';
import type { Style } from './style.ts';

/** Commands listed at the end. */
const LISTED_REPLAYS = 10;

/** The last lines of an invocation: its totals, and the commands that show the failures again. */
export function totals(summary: Summary, finished: readonly FinishedScenario[], style: Style, width: number): string[] {
  const lines: string[] = [];
  // A scenario can fail though every seed passes.
  if (finished.length > 1 || finished.some(({ tally }) => tally.outcome !== 'passed' && tally.failed === 0)) {
    const { failed, inconclusive, passed } = summary.scenarios;
    const parts = [
      part(failed, 'failed', style.bad),
      part(inconclusive, 'inconclusive', style.doubtful),
      part(passed, 'passed', style.good),
    ];
    lines.push(`Scenarios  ${joined(parts)} (${grouped(finished.length)})`);
  }
  const { runs, passed, violated, unmet, inconclusive, events, wallMillis } = summary;
  const parts = [
    part(violated, 'violated', style.bad),
    part(unmet, 'unmet', style.bad),
    part(inconclusive, 'inconclusive', style.doubtful),
    part(passed, 'passed', style.good),
  ];
  const title = lines.length === 0 ? 'Seeds  ' : 'Seeds      ';
  const counts = runs === 0 ? 'none run' : `${joined(parts)} (${grouped(runs)})`;
  const line = `${title}${counts}   ${rounded(events)} ${events === 1 ? 'event' : 'events'}   ${elapsed(wallMillis)}`;
  const speed = wallMillis > 0 && runs > 1 ? `   ${rounded((runs / wallMillis) * 1_000)} seeds/s` : '';
  lines.push(columns(uncoloured(line + speed)) > width ? line : line + speed);
  const replays = finished.flatMap(({ replay }) => replay ?? []);
  for (const replay of replays.slice(0, LISTED_REPLAYS)) lines.push(`Replay: ${replay}`);
  if (replays.length > LISTED_REPLAYS) {
    lines.splice(
      -LISTED_REPLAYS,
      0,
      `${grouped(replays.length)} scenarios failed; the first ${grouped(LISTED_REPLAYS)}:`,
    );
  }
  return lines;
}

function uncoloured(line: string): string {
  return line.replace(/\u001b\[\d+m/gu, '');
}

function part(count: number, word: string, colour: (text: string) => string): string {
  return count === 0 ? '' : colour(`${grouped(count)} ${word}`);
}

function joined(parts: readonly string[]): string {
  return parts.filter((text) => text !== '').join(' | ');
}
