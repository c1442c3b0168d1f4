import type { Seen } from '../../../runs/fuzz/records.ts';
import { columns, padEnd, padStart, wrap } from '../layout.ts';
import { rounded } from '../quantities.ts';
import type { Style } from '../style.ts';

const INDENT = ' ';
const GAP = '  ';
/** Columns of a rounded count, and of the word `total`. */
const COUNT = 5;
const MOST_ACROSS = 6;

/**
 * What was seen, from the rarest to the most frequent, with how often and in how many runs, in as many columns as fit; and
 * what was not seen, by name. What is rare comes first: there a campaign may have to be longer.
 *
 * @param all names of everything that there is to see
 */
export function seenTable(
  title: string,
  counts: Readonly<Record<string, Seen>>,
  all: readonly string[],
  style: Style,
  width: number,
): string[] {
  const seen = Object.entries(counts).filter(([, [total]]) => total > 0);
  seen.sort(([a, [totalA, runsA]], [b, [totalB, runsB]]) => runsA - runsB || totalA - totalB || (a < b ? -1 : 1));
  const missing = all.filter((name) => (counts[name]?.[0] ?? 0) === 0);
  if (seen.length === 0 && missing.length === 0) return [];
  return [
    style.strong(title),
    ...inColumns(seen, style, width),
    ...(missing.length === 0
      ? []
      : wrap(`not seen: ${missing.join(', ')}`, width - INDENT.length).map((line) => INDENT + line)),
  ];
}

function inColumns(seen: readonly (readonly [string, Seen])[], style: Style, width: number): string[] {
  if (seen.length === 0) return [];
  let table = tableOf(seen, 1);
  // As many columns as fit, none of them empty.
  for (let across = 2; across <= MOST_ACROSS; across++) {
    const wider = tableOf(seen, across);
    if (wider.length === table.length || Math.max(...wider.map(columns)) > width) break;
    table = wider;
  }
  return table.map((line, row) => (row === 0 ? style.faint(line) : line));
}

function tableOf(seen: readonly (readonly [string, Seen])[], across: number): string[] {
  const rows = Math.ceil(seen.length / across);
  const parts = Array.from({ length: across }, (_, at) => seen.slice(at * rows, (at + 1) * rows));
  const cells = parts.filter((part) => part.length > 0).map(columnOf);
  return Array.from({ length: rows + 1 }, (_, row) => {
    return INDENT + cells.flatMap((lines) => lines[row] ?? []).join(GAP);
  });
}

/** A heading and a line for each name, all of one width. */
function columnOf(part: readonly (readonly [string, Seen])[]): string[] {
  const name = Math.max(...part.map(([word]) => columns(word)));
  const line = (word: string, total: string, runs: string): string =>
    `${padEnd(word, name)} ${padStart(total, COUNT)} ${padStart(runs, COUNT)}`;
  return [line('', 'total', 'runs'), ...part.map(([word, [total, runs]]) => line(word, rounded(total), rounded(runs)))];
}
