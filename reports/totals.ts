import type { ScenarioTally } from '../runs/campaign-tally.ts';
import type { Summary } from '../runs/result.ts';
import { elapsed, grouped, rounded } from './quantities.ts';
import { isGood } from './scenario-line.ts';
import type { Style } from './style.ts';

/** Commands listed at the end. */
const LISTED_REPLAYS = 10;

/** The last lines of an invocation: what it comes to, and the commands that show the failures again. */
export function totals(
  summary: Summary,
  tallies: readonly ScenarioTally[],
  replays: readonly string[],
  style: Style,
): string[] {
  const lines: string[] = [];
  const finished = tallies.filter(({ runs }) => runs > 0);
  if (finished.length > 1) {
    const good = finished.filter(isGood).length;
    const parts = [part(finished.length - good, 'failed', style.bad), part(good, 'passed', style.good)];
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
  const speed = wallMillis > 0 && runs > 1 ? `   ${rounded((runs / wallMillis) * 1_000)} seeds/s` : '';
  lines.push(`${title}${counts}   ${rounded(events)} events   ${elapsed(wallMillis)}${speed}`);
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

function part(count: number, word: string, colour: (text: string) => string): string {
  return count === 0 ? '' : colour(`${grouped(count)} ${word}`);
}

function joined(parts: readonly string[]): string {
  return parts.filter((text) => text !== '').join(' | ');
}
