import * as z from 'zod';
import type { Problem } from './errors.ts';
import type { Problems } from './problems.ts';
import { formatPath } from './problems.ts';
import { Reader } from './reader.ts';
import { pathIn, type Setting, whyFixed } from './settings.ts';
import { list, record, withTraits } from './shapes.ts';
import { dataOf, quoted, type Tree } from './tree.ts';
import { settingsText, type Settings, yamlOf } from '../settings.ts';

/** Each combination is loaded with the file, and runs with every seed. */
const MOST_COMBINATIONS = 64;

/** Whatever the language allows at the path; it is read there. */
const anyValue = withTraits(z.unknown(), { expected: 'a value', read: (tree) => tree });

export const matrix = record(
  'a mapping like { cluster.nodes: [3, 5] }',
  list('a list of values like [3, 5]', anyValue, 1),
);

/** One combination of the values of a matrix: what it puts into the scenario. */
export type Combination = readonly Setting[];

/**
 * The combinations of a document, those of its first key slowest; one without settings where nothing is set.
 *
 * @param given settings of the command line: they take the place of values of the matrix at the same path
 */
export function combinationsOf(root: Tree, given: readonly Setting[], problems: Problems): readonly Combination[] {
  const own = axesOf(root, problems);
  if (problems.any) return [];
  const narrowed = own.map((axis) => {
    const instead = given.find(({ name }) => name === axis[0]!.name);
    return instead === undefined ? axis : [instead];
  });
  const names = new Set(own.map(([first]) => first!.name));
  const axes = [...narrowed, ...given.filter(({ name }) => !names.has(name)).map((setting) => [setting])];
  const count = axes.reduce((product, { length }) => product * length, 1);
  if (count > MOST_COMBINATIONS) {
    const counts = axes.map(({ length }) => String(length)).join(' × ');
    problems.add(['matrix'], `${counts} combinations; a matrix has at most ${String(MOST_COMBINATIONS)}`, 'key');
    return [];
  }
  return axes.reduce<readonly Combination[]>(
    (combinations, axis) => combinations.flatMap((before) => axis.map((setting) => [...before, setting])),
    [[]],
  );
}

/** The values of the matrix, a list for each key. */
function axesOf(root: Tree, problems: Problems): readonly (readonly Setting[])[] {
  const entry = root.kind === 'mapping' ? root.entries.find(({ key }) => key === 'matrix') : undefined;
  if (entry === undefined) return [];
  const lists = new Reader(problems).read(matrix, entry.value, ['matrix']);
  if (problems.any || entry.value.kind !== 'mapping') return [];
  const taken = new Map<string, string>();
  return entry.value.entries.map(({ key, keyStart, keyEnd }) => {
    const problem = (message: string): void => problems.add(['matrix', key], message, 'key');
    const found = pathIn(key);
    if (found === null || found.end !== key.length) {
      problem(`expected a path like cluster.nodes or script[0].for, got ${quoted(key)}`);
      return [];
    }
    const { path } = found;
    const name = formatPath(path);
    const fixed = whyFixed(path);
    if (fixed !== null) problem(fixed);
    const before = taken.get(name);
    if (before !== undefined) problem(`the same path as ${quoted(before)}`);
    taken.set(name, key);
    const values = (lists[key] ?? []) as readonly Tree[];
    const texts = values.map((value) => yamlOf(dataOf(value)));
    for (const [index, text] of texts.entries()) {
      if (texts.indexOf(text) < index) problems.add(['matrix', key, index], `${quoted(text)} is given twice`);
    }
    return values.map((value) => ({ name, path, value, keyStart, keyEnd, source: null }));
  });
}

/** What a combination sets, as plain data. */
export function settingsOf(combination: Combination): Settings {
  return Object.fromEntries(combination.map(({ name, value }) => [name, dataOf(value)]));
}

/** Problems of the scenario with one combination. */
export interface Found {
  readonly combination: Combination;
  readonly problems: readonly Problem[];
}

/**
 * The problems of each combination, with messages that say with which settings they occur. What is wrong with the file in
 * any case is told as if there were no settings.
 *
 * @param plain the problems of the file without any setting
 */
export function namingSettings(
  found: readonly Found[],
  plain: () => readonly Problem[],
): readonly (readonly Problem[])[] {
  if (found.every(({ combination, problems }) => combination.length === 0 || problems.length === 0)) {
    return found.map(({ problems }) => problems);
  }
  const anyway = new Set(plain().map(identityOf));
  const all = found.map(({ combination }) => combination);
  const having = new Map<string, Combination[]>();
  for (const { combination, problems } of found) {
    for (const identity of problems.map(identityOf)) {
      having.set(identity, [...(having.get(identity) ?? []), combination]);
    }
  }
  const named = (problem: Problem): Problem => {
    const identity = identityOf(problem);
    const those = having.get(identity)!;
    const isEverywhere = those.length === all.length;
    // The place of the mistake shows the setting that is to blame.
    const isPlain = isEverywhere && (anyway.has(identity) || those[0]!.some(({ name }) => meet(name, problem.path)));
    return isPlain ? problem : { ...problem, message: `${problem.message}${clauseOf(those, all)}` };
  };
  return found.map(({ problems }) => problems.map(named));
}

/** Whether one of these paths leads to a place within the other. */
function meet(one: string, other: string): boolean {
  const within = (inner: string, outer: string): boolean => inner === outer || /^[.[]/u.test(inner.slice(outer.length));
  return one.startsWith(other) ? within(one, other) : other.startsWith(one) && within(other, one);
}

/** ` (with cluster.nodes=5)`: what these combinations have in common, as far as it makes them different from the others. */
function clauseOf(those: readonly Combination[], all: readonly Combination[]): string {
  const [first] = those;
  const areAlike = ({ name, value }: Setting, combinations: readonly Combination[]): boolean =>
    combinations.every((one) => one.some((other) => other.name === name && other.value === value));
  const common = first!.filter((setting) => areAlike(setting, those));
  const telling = those.length === all.length ? common : common.filter((setting) => !areAlike(setting, all));
  const isExplained = all.filter((one) => telling.every((setting) => areAlike(setting, [one]))).length === those.length;
  const text = settingsText(settingsOf(isExplained ? telling : first!)).join(' ');
  const more = isExplained ? '' : `, and in ${String(those.length - 1)} more of ${String(all.length)} combinations`;
  return text === '' ? '' : ` (with ${text}${more})`;
}

/** Problems that are the same, whatever was set. */
function identityOf({ line, column, path, message }: Problem): string {
  return JSON.stringify([line, column, path, message]);
}

/** The problems of all combinations, each once, in the order of the file. */
export function together(problems: readonly (readonly Problem[])[]): readonly Problem[] {
  const once = new Map(problems.flat().map((problem) => [identityOf(problem), problem]));
  return [...once.values()].toSorted((a, b) => a.line - b.line || a.column - b.column);
}
