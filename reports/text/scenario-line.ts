import type { ScenarioTally } from '../../runs/campaign/tally.ts';
import { columns, cut, padEnd, padStart } from './layout.ts';
import { elapsed, grouped, rounded } from './quantities.ts';
import type { Style } from './style.ts';
import { fittingTitle } from './title.ts';

/** Names longer than this are cut. Those of the bundled scenarios are not: a scenario is run by its name. */
const LONGEST_NAME = 42;

/** Columns that all lines of an invocation share. */
export interface ScenarioColumns {
  readonly name: number;
  readonly seeds: number;
  readonly width: number;
}

export function scenarioColumns(titles: readonly string[], seedsEach: number, width: number): ScenarioColumns {
  const longest = Math.max(...titles.map(columns), 0);
  const seeds = seedsEach === 1 ? 0 : columns(grouped(seedsEach)) * 2 + 1;
  return { name: Math.min(longest, LONGEST_NAME), seeds, width };
}

/** A scenario's runs in one line: outcome, figures, and the marks that were seen or the failures. */
export function scenarioLine(tally: ScenarioTally, shape: ScenarioColumns, style: Style): string {
  const { scenario, settings, planned, runs, verdicts, events, wallMillis } = tally;
  const name = padEnd(fittingTitle(scenario, settings, shape.name), shape.name);
  const passed = planned === 1 ? '' : `${grouped(verdicts.pass)}/${grouped(runs)}`;
  const figures = [
    ...(shape.seeds === 0 ? [] : [padStart(passed, shape.seeds)]),
    `${padStart(rounded(events), 5)} events`,
    padStart(elapsed(wallMillis), 6),
  ].join('  ');
  const room = shape.width - 2 - shape.name - 2 - columns(figures) - 2;
  const outcome =
    tally.outcome === 'passed'
      ? style.faint(situations(tally, room))
      : style.bad(cut(failures(tally), Math.max(12, room)));
  return `${outcomeSign(tally, style)} ${name}  ${figures}  ${outcome}`.trimEnd();
}

/** `✓` passed, `✗` failed, `?` inconclusive. */
export function outcomeSign({ outcome }: ScenarioTally, style: Style): string {
  if (outcome === 'passed') return style.good('✓');
  return outcome === 'inconclusive' ? style.doubtful('?') : style.bad('✗');
}

/** `not reproducible, 2 violations, 1 unmet`. */
function failures({ verdicts, difference, gaps, planned }: ScenarioTally): string {
  const many = (count: number, word: string, plural = word) =>
    count === 0 ? [] : [planned === 1 ? word : `${grouped(count)} ${count === 1 ? word : plural}`];
  return [
    ...(difference === null ? [] : ['not reproducible']),
    ...many(verdicts.violation, 'violation', 'violations'),
    ...many(verdicts.unmet, 'unmet'),
    ...many(verdicts.inconclusive, 'inconclusive'),
    ...(gaps.length === 0 ? [] : ['untested parts']),
  ].join(', ');
}

/** Marks that were seen, those the scenario is about first, as many as there is room for. */
function situations({ marks, expectedMarks }: ScenarioTally, room: number): string {
  const isAbout = new Set(expectedMarks);
  const sorted = [...marks].toSorted(([a], [b]) => Number(isAbout.has(b)) - Number(isAbout.has(a)));
  let line = '';
  for (const [name, { total }] of sorted) {
    // Every run has leaders.
    if (name === 'leader-elected' && !isAbout.has(name)) continue;
    const longer = `${line}${line === '' ? '' : ', '}${name} ${rounded(total)}`;
    if (columns(longer) > room) continue;
    line = longer;
  }
  return line;
}
