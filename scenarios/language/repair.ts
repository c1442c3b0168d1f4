import { examine, type Vocabulary } from './load.ts';
import type { Problem } from './errors.ts';
import { type Edit, formatPath, type Path, Problems, type Repair } from './problems.ts';
import type { WordChange } from './rename-words.ts';

/** A file with more mistakes is repaired as far as this: text made to be slow could have a million. */
const MOST = 1_000;
/** So many repairs are tried before the file is left as it is. */
const MOST_TRIED = 100;

/**
 * Repairs the mistakes of a scenario file of which the repair needs no guess. Comments and layout stay as they are. A
 * repair is made only if the scenario loads better with it: the mistake is gone, and nothing beside it or below it is
 * wrong that was not wrong before.
 *
 * @example
 * ```ts
 * const { text } = repairScenario('cluster: { Nodes: 3 } # three\n', vocabulary);
 * text; // 'cluster: { nodes: 3 } # three\n'
 * ```
 */
export function repairScenario(
  text: string,
  vocabulary: Vocabulary,
): { readonly text: string; readonly changes: readonly WordChange[] } {
  const mark = text.startsWith('\ufeff') ? '\ufeff' : '';
  let plain = text.slice(mark.length);
  const changes: WordChange[] = [];
  while (changes.length < MOST) {
    const made = firstRepair(plain, vocabulary);
    if (made === null) break;
    const { repair } = made;
    changes.push({ line: lineOf(plain, repair), old: repair.old, new: repair.new });
    plain = made.text;
  }
  return { text: mark + plain, changes };
}

/** The text with its first mistake repaired that can be; null: there is none. */
function firstRepair(text: string, vocabulary: Vocabulary): { text: string; repair: Repair } | null {
  const problems = examine(text, 'scenario', vocabulary);
  for (const repair of problems.repairs.slice(0, MOST_TRIED)) {
    const changed = withEdits(text, repair.edits);
    if (helps(repair, problems.all, examine(changed, 'scenario', vocabulary))) return { text: changed, repair };
  }
  return null;
}

function helps({ path, result }: Repair, before: readonly Problem[], { root, all, repairs }: Problems): boolean {
  if (root === null) return false;
  const identity = (problem: Problem): string => `${problem.path}: ${problem.message}`;
  const [known, left] = [new Set(before.map(identity)), new Set(all.map(identity))];
  const mistakes = before.filter((problem) => problem.path === formatPath(path));
  // What comes to light and is repaired next does not count.
  const stays = all.filter((problem) => !repairs.some((next) => formatPath(next.path) === problem.path));
  const isWorse = stays.some((problem) => isNear(problem.path, path, result) && !known.has(identity(problem)));
  return !isWorse && mistakes.some((problem) => !left.has(identity(problem)));
}

/** Whether a problem concerns what was repaired, or a key beside it. */
function isNear(problem: string, path: Path, result: Path): boolean {
  const around = formatPath(path.slice(0, -1));
  const isBeside = problem.startsWith(around) && !/[.[]/u.test(problem.slice(around.length).replace(/^[.[]/u, ''));
  return isBeside || problem.startsWith(formatPath(result));
}

function withEdits(text: string, edits: readonly Edit[]): string {
  return [...edits]
    .sort((a, b) => b.start - a.start)
    .reduce((changed, { start, end, text: written }) => changed.slice(0, start) + written + changed.slice(end), text);
}

function lineOf(text: string, { edits }: Repair): number {
  return new Problems(text, '').lineAt(edits[0]?.start ?? 0);
}
