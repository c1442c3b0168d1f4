import { parseDocument } from './document.ts';
import { formatPath, Problems, type Path } from './problems.ts';
import { foundAt, quoted } from './tree.ts';
import type { Entry, Tree } from './tree.ts';

/** A value to put into a scenario before it is compiled: one of a matrix, or one of the command line. */
export interface Setting {
  /** The path as messages show it: `script[0].for`. */
  readonly name: string;
  readonly path: Path;
  readonly value: Tree;
  /** Where the path is written. */
  readonly keyStart: number;
  readonly keyEnd: number;
  /** The text that all these offsets are in: `cluster.nodes=5`; null: the file. */
  readonly source: string | null;
}

/** Keys that say which scenario it is, or what one run of it did: they are no settings. */
const FIXED: readonly string[] = ['name', 'seed', 'checks', 'matrix', 'repro'];

/** A word, `[0]`, or `["n1 -> n2"]`. */
const PART = /(?:^|\.)(?<word>[^\s.[\]="]+)|\[(?<index>\d{1,6})\]|\[(?<text>"(?:[^"\\]|\\.)*")\]/uy;

/** The path at the beginning of a text, and where it ends; null if there is none. */
export function pathIn(text: string): { readonly path: Path; readonly end: number } | null {
  const path: (string | number)[] = [];
  let end = 0;
  for (;;) {
    PART.lastIndex = end;
    const part = PART.exec(text);
    if (part === null) return path.length === 0 ? null : { path, end };
    const { word = '', index, text: inQuotes } = part.groups!;
    const key = inQuotes === undefined ? word : unquoted(inQuotes);
    if (key === null) return null;
    path.push(index !== undefined || /^\d{1,6}$/u.test(key) ? Number(index ?? key) : key);
    end += part[0].length;
  }
}

function unquoted(text: string): string | null {
  try {
    return String(JSON.parse(text));
  } catch {
    return null;
  }
}

/** Why a path is no setting; null if it may be one. */
export function whyFixed([first]: Path): string | null {
  const key = String(first);
  if (!FIXED.includes(key)) return null;
  const instead: Readonly<Record<string, string>> = {
    seed: '; --seed and --seeds give seeds',
    checks: '; --except leaves out checks',
  };
  return `${quoted(key)} is no setting${instead[key] ?? ''}`;
}

/** Reads a setting of the command line, such as `cluster.nodes=5`; the value is YAML. */
export function settingOf(text: string): { readonly setting: Setting } | { readonly reason: string } {
  const found = pathIn(text);
  if (found === null || text[found.end] !== '=') {
    return { reason: `expected a path and a value like cluster.nodes=5, got ${quoted(text)}` };
  }
  const { path, end } = found;
  const name = formatPath(path);
  const fixed = whyFixed(path);
  if (fixed !== null) return { reason: fixed };
  const value = text.slice(end + 1);
  if (value.trim() === '') return { reason: `${name}: no value after "="` };
  const problems = new Problems(value, '');
  const tree = parseDocument(value, problems);
  if (tree === null || problems.any) {
    return { reason: `${name}: ${problems.errors[0]?.message ?? 'no value'}: ${quoted(value)}` };
  }
  const setting = { name, path, value: shifted(tree, end + 1), keyStart: 0, keyEnd: end, source: text };
  return { setting };
}

/** The same nodes at other offsets. */
function shifted(tree: Tree, by: number): Tree {
  const place = { start: tree.start + by, end: tree.end + by };
  if (tree.kind === 'scalar') return { ...tree, ...place };
  if (tree.kind === 'list') return { ...tree, ...place, items: tree.items.map((item) => shifted(item, by)) };
  const entries = tree.entries.map(({ key, keyStart, keyEnd, value }) => {
    return { key, keyStart: keyStart + by, keyEnd: keyEnd + by, value: shifted(value, by) };
  });
  return { ...tree, ...place, entries };
}

/**
 * The document with these values in it. Mappings on the way to a value that are missing are made; the language says what is
 * wrong with a key that it does not have. Short paths go first: a value may be put into another one.
 */
export function withSettings(root: Tree, settings: readonly Setting[], problems: Problems): Tree {
  const inOrder = settings.toSorted((a, b) => a.path.length - b.path.length);
  return inOrder.reduce((tree, setting) => {
    const { source, value, keyStart, keyEnd } = setting;
    const by = source === null ? 0 : problems.addSource(source);
    return put(
      tree,
      { ...setting, value: shifted(value, by), keyStart: keyStart + by, keyEnd: keyEnd + by },
      0,
      problems,
    );
  }, root);
}

function put(tree: Tree, setting: Setting, depth: number, problems: Problems): Tree {
  const { path, value, keyStart, keyEnd } = setting;
  const part = path[depth];
  if (part === undefined) return value;
  const refuse = (message: string): Tree => {
    problems.addAt(keyStart, keyEnd, path, message);
    return tree;
  };
  if (tree.kind === 'list') {
    const item = typeof part === 'number' ? tree.items[part] : undefined;
    if (item !== undefined) {
      const items = tree.items.with(part as number, put(item, setting, depth + 1, problems));
      return { ...tree, items };
    }
    const count = tree.items.length;
    const holds = count === 0 ? 'is empty' : `has items 0 to ${String(count - 1)}`;
    return refuse(`there is no ${quoted(String(part))} in ${formatPath(path.slice(0, depth))}: the list ${holds}`);
  }
  const isNothing = tree.kind === 'scalar' && tree.value === null;
  if (tree.kind === 'scalar' && !isNothing) {
    const owner = formatPath(path.slice(0, depth));
    return refuse(
      `there is no ${quoted(String(part))} in ${owner}, which is ${foundAt(tree)} here; set ${owner} as a whole`,
    );
  }
  const key = String(part);
  const entries = tree.kind === 'mapping' ? tree.entries : [];
  const own = entries.find((entry) => entry.key === key);
  const inner = own?.value ?? { kind: 'mapping' as const, entries: [], start: keyStart, end: keyEnd };
  const changed: Entry = {
    key,
    // A key that is there keeps its place, for what is wrong with the rest of its value.
    ...(own === undefined || depth === path.length - 1
      ? { keyStart, keyEnd }
      : { keyStart: own.keyStart, keyEnd: own.keyEnd }),
    value: put(inner, setting, depth + 1, problems),
  };
  const mapping = tree.kind === 'mapping' ? tree : { kind: 'mapping' as const, start: keyStart, end: keyEnd };
  return {
    ...mapping,
    entries: own === undefined ? [...entries, changed] : entries.map((entry) => (entry === own ? changed : entry)),
  };
}
