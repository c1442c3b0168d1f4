import type { FinishedHunt, EndedHunts, HuntOutcome } from '../mutants.ts';
import { outcomeOfHunt } from '../mutants.ts';
import type { KnownBug } from '../../runs/load/known-bugs.ts';
import { printable } from '../../scenarios/language/printable.ts';
import { columns, cut, hanging, padEnd, padStart } from './layout.ts';
import { counted, elapsed, grouped, rounded } from './quantities.ts';
import type { Style } from './style.ts';

const INDENT = '  ';
const ID = 4;

/** `whitewater mutants list`: known bugs by area, with what each breaks. */
export function knownBugs(bugs: readonly KnownBug[], style: Style, width: number): string[] {
  const areas = new Set(bugs.map(({ area }) => area));
  return [...areas].flatMap((area, index) => {
    const members = bugs.filter((bug) => bug.area === area);
    const title = `${style.strong(area)}  ${style.faint(counted(members.length, 'bug'))}`;
    return [...(index === 0 ? [] : ['']), title, ...members.flatMap((bug) => listed(bug, width))];
  });
}

function listed({ id, statement, violates }: KnownBug, width: number): string[] {
  return hanging(`${INDENT}${padEnd(id, ID)}  `, `${statement}; breaks ${violates.join(', ')}`, width);
}

/** The heading of the lines that `huntRow` makes. */
export function huntHead(style: Style): string {
  return style.faint(`  ${padEnd('bug', ID)}  ${padEnd('caught by', 9)}   runs  events  in`);
}

/** What came of looking for a known bug. @param isAlone whether all hunts use the same scenarios */
export function huntRow(
  { mutant, using, hunt }: FinishedHunt,
  isAlone: boolean,
  style: Style,
  width: number,
): string[] {
  const { kill, runs, events } = hunt;
  const outcome = outcomeOfHunt(hunt);
  const sign = SIGNS[outcome];
  const colour = { caught: style.good, 'caught-otherwise': style.doubtful }[outcome as string] ?? style.bad;
  const start = `${padEnd(mutant.id, ID)}  `;
  const used = isAlone ? '' : `  ${style.faint(printable(using))}`;
  if (kill === null) {
    const why = outcome === 'not-asked' ? ': its rule was never asked' : '';
    const line = `${start}not caught in ${counted(runs, 'run')}${why}`;
    return [`${colour(sign)} ${line}${used}`, ...about(mutant, style, width)];
  }
  const figures = `${padEnd(kill.invariant, 9)}  ${padStart(rounded(runs), 5)}  ${padStart(rounded(events), 6)}  `;
  const room = width - 2 - columns(start + figures) - (isAlone ? 0 : columns(using) + 2);
  const where = cut(printable(`${kill.scenario}, seed ${kill.seed}`), Math.max(20, room));
  const line = `${colour(sign)} ${start}${figures}${where}${used}`;
  return kill.expected ? [line] : [line, ...about(mutant, style, width)];
}

const SIGNS: Readonly<Record<HuntOutcome, string>> = {
  caught: '✓',
  'caught-otherwise': '?',
  'not-caught': '✗',
  'not-asked': '✗',
};

/** What a bug does, below a line that is no success. */
function about({ statement, violates }: KnownBug, style: Style, width: number): string[] {
  const text = `${statement}; is known to break ${violates.join(', ')}`;
  return hanging(' '.repeat(ID + 4), text, width).map((line) => style.faint(line));
}

/** The last lines of `whitewater mutants run`. */
export function huntTotals({ hunts, planned, wallMillis, jobs }: EndedHunts, style: Style): string[] {
  const count = (wanted: HuntOutcome) => hunts.filter(({ hunt }) => outcomeOfHunt(hunt) === wanted).length;
  const part = (outcome: HuntOutcome, words: string, colour: (text: string) => string): string[] =>
    count(outcome) === 0 ? [] : [colour(`${grouped(count(outcome))} ${words}`)];
  const parts = [
    ...part('not-asked', 'never asked', style.bad),
    ...part('not-caught', 'not caught', style.bad),
    ...part('caught-otherwise', 'caught as something else', style.doubtful),
    ...part('caught', 'caught', style.good),
  ];
  const sum = (of: (hunt: FinishedHunt['hunt']) => number) => hunts.reduce((total, { hunt }) => total + of(hunt), 0);
  const work = `${counted(
    sum(({ runs }) => runs),
    'run',
  )}   ${rounded(sum(({ events }) => events))} events`;
  const interrupted =
    hunts.length < planned
      ? [style.doubtful(`Interrupted after ${grouped(hunts.length)} of ${grouped(planned)} hunts.`)]
      : [];
  return [
    ...interrupted,
    `Hunts  ${parts.length === 0 ? 'none' : parts.join(' | ')} (${grouped(hunts.length)})`,
    `Work   ${work}   ${elapsed(wallMillis)}   ${counted(jobs, 'job')}`,
  ];
}
