import type { Problem } from './errors.ts';
import { ScenarioError } from './errors.ts';
import { HIDDEN } from './printable.ts';
import type { Tree } from './tree.ts';

/** A place in a scenario: `['script', 0, 'timeout']`. */
export type Path = readonly (string | number)[];

/** `script[0].timeout`, `network.links["n1 -> n2"]`. */
export function formatPath(path: Path): string {
  let text = '';
  for (const part of path) {
    if (typeof part === 'number') text += `[${String(part)}]`;
    else if (/^[\w$-]{1,60}$/u.test(part)) text += text === '' ? part : `.${part}`;
    else text += `[${JSON.stringify(part.length > 60 ? `${part.slice(0, 59)}…` : part)}]`;
  }
  return text;
}

/** A piece of the text, and what to write in its place. Offsets as in trees. */
export interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** How a mistake is put right without a guess. */
export interface Repair {
  /** Where the mistake is. */
  readonly path: Path;
  /** Where the key or the value is afterwards. */
  readonly result: Path;
  readonly edits: readonly Edit[];
  /** What is wrong, and what it becomes, for people. */
  readonly old: string;
  readonly new: string;
}

/** Further problems are counted, not listed: more would not be read, and a hostile file could have a million. */
const LISTED = 100;
const KEPT = 1_000;

/** Longest piece of a line that is shown: with a number and two ellipses it fits into 80 columns. */
const EXCERPT = 68;

/** Collects the problems of one file, so that all of them are reported at once. */
export class Problems {
  readonly #text: string;
  readonly #file: string;
  readonly #found: { start: number; problem: Problem }[] = [];
  readonly #doubtful: { start: number; problem: Problem }[] = [];
  readonly #seen = new Set<string>();
  readonly #repairs: Repair[] = [];
  #omitted = 0;
  /** Offset of each line's beginning. */
  readonly #lines: number[] = [0];
  /** Settings of the command line. Their offsets follow those of the text. */
  readonly #sources: { readonly start: number; readonly text: string }[] = [];
  /** The document, once it has been parsed: what paths are looked up in. */
  root: Tree | null = null;

  constructor(text: string, file: string) {
    this.#text = text;
    this.#file = file;
    for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) this.#lines.push(at + 1);
  }

  get any(): boolean {
    return this.#found.length > 0;
  }

  /** Whether further problems are only counted, so that their messages need not be made. */
  get isFull(): boolean {
    return this.#found.length >= KEPT;
  }

  /**
   * Takes in a setting of the command line, so that what is wrong with it is shown there.
   *
   * @returns the offset at which it begins
   */
  addSource(text: string): number {
    const last = this.#sources.at(-1);
    const start = (last === undefined ? this.#text.length : last.start + last.text.length) + 1;
    this.#sources.push({ start, text });
    return start;
  }

  /** The line an offset is on, from 1; 0 in a setting of the command line. */
  lineAt(offset: number): number {
    if (this.#sources.length > 0 && offset > this.#text.length) return 0;
    let low = 0;
    let high = this.#lines.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#lines[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return low + 1;
  }

  /** Offset of the end of a line, without what ends it. */
  #lineEnd(line: number): number {
    const next = this.#lines[line];
    if (next === undefined) return this.#text.length;
    return this.#text[next - 2] === '\r' ? next - 2 : next - 1;
  }

  /** What is valid, but hardly what was meant, in the order of the file. */
  get warnings(): readonly Problem[] {
    return this.#doubtful.toSorted((a, b) => a.start - b.start).map(({ problem }) => problem);
  }

  /** How mistakes can be put right, those that need no guess. */
  get repairs(): readonly Repair[] {
    return this.#repairs;
  }

  /** Every mistake, with its path. */
  get all(): readonly Problem[] {
    return this.#found.map(({ problem }) => problem);
  }

  /** Reports a mistake in the text between two offsets. */
  addAt(start: number, end: number, path: Path, message: string): void {
    if (this.isFull) {
      this.#omitted += 1;
      return;
    }
    this.#record(this.#found, start, end, path, message);
  }

  /** Warns of what is valid, but hardly what was meant, at the value that a path leads to. */
  warn(path: Path, message: string): void {
    if (this.#doubtful.length >= LISTED) return;
    const { start, end } = locate(this.root, path, 'value');
    this.#record(this.#doubtful, start, end, path, message);
  }

  #record(into: { start: number; problem: Problem }[], start: number, end: number, path: Path, message: string): void {
    const source = this.#sources.findLast((one) => one.start <= start);
    const from = source === undefined ? Math.max(0, Math.min(start, this.#text.length)) : start;
    const identity = `${String(from)} ${message}`;
    if (this.#seen.has(identity)) return;
    this.#seen.add(identity);
    if (source !== undefined) {
      const column = start - source.start + 1;
      const length = Math.max(1, Math.min(end, source.start + source.text.length) - start);
      const excerpt = excerptOf(source.text, '--set', column, length);
      const place = { file: this.#file, line: 0, column: 0, length: 1, path: formatPath(path) };
      into.push({ start, problem: { ...place, message, excerpt } });
      return;
    }
    const line = this.lineAt(from);
    const lineStart = this.#lines[line - 1] ?? 0;
    const lineText = this.#text.slice(lineStart, this.#lineEnd(line));
    // A mistake that extends over several lines is marked on its first.
    const length = Math.max(1, Math.min(end, lineStart + lineText.trimEnd().length) - from);
    const column = from - lineStart + 1;
    const excerpt = this.#text === '' ? [] : excerptOf(lineText, String(line), column, length);
    const problem = { file: this.#file, line, column, length, path: formatPath(path), message, excerpt };
    into.push({ start: from, problem });
  }

  /** Reports a mistake at the value (or its key) that a path leads to, or as near to it as the document goes. */
  add(path: Path, message: string, where: 'value' | 'key' = 'value'): void {
    if (this.isFull) {
      this.#omitted += 1;
      return;
    }
    const { start, end } = locate(this.root, path, where);
    this.addAt(start, end, path, message);
  }

  /** Says what to write for the value (or its key) that a path leads to, where that needs no guess. */
  replaceBy(text: string, path: Path, where: 'value' | 'key' = 'value'): void {
    if (!this.has(path) || this.isFull) return;
    const { start, end } = locate(this.root, path, where);
    const old = this.#text.slice(start, end);
    // What extends over several lines is better put right by hand.
    if (old.includes('\n')) return;
    const key = path.at(-1);
    const label = where === 'value' && typeof key === 'string' ? `${key}: ` : '';
    const result = where === 'key' ? [...path.slice(0, -1), text] : path;
    this.repairBy({ path, result, edits: [{ start, end, text }], old: label + old, new: label + text });
  }

  /** Says what to write for the key and the value that a path leads to, where that needs no guess. */
  replaceEntryBy(key: string, value: string, path: Path): void {
    const result = [...path.slice(0, -1), key];
    if (!this.has(path) || this.has(result) || this.isFull) return;
    const [{ start }, { end }] = [locate(this.root, path, 'key'), locate(this.root, path, 'value')];
    const old = this.#text.slice(start, end);
    if (old === '' || /[\n#&*]/u.test(old)) return;
    const text = `${key}: ${value}`;
    this.repairBy({ path, result, edits: [{ start, end, text }], old, new: text });
  }

  /** Says how a mistake is put right, where that needs no guess. */
  repairBy(repair: Repair): void {
    this.#repairs.push(repair);
  }

  /** The text that is read. */
  get text(): string {
    return this.#text;
  }

  /** The line of the value a path leads to, from 1. */
  lineOf(path: Path): number {
    return this.lineAt(locate(this.root, path, 'value').start);
  }

  /** Whether something was reported at exactly this path. */
  isReportedAt(path: Path): boolean {
    const text = formatPath(path);
    return this.#found.some(({ problem }) => problem.path === text);
  }

  /** Whether something was reported at this path or below it. */
  concern(path: Path): boolean {
    const text = formatPath(path);
    return this.#found.some(({ problem }) => {
      const below = problem.path.charAt(text.length);
      return problem.path.startsWith(text) && (below === '' || below === '.' || below === '[');
    });
  }

  /** Whether the document has something at exactly this path. */
  has(path: Path): boolean {
    let tree = this.root;
    for (const part of path) {
      if (tree?.kind === 'mapping') tree = tree.entries.find(({ key }) => key === part)?.value ?? null;
      else if (tree?.kind === 'list') tree = (typeof part === 'number' ? tree.items[part] : undefined) ?? null;
      else return false;
    }
    return tree !== null;
  }

  /** The mistakes, in the order of the file. */
  get errors(): readonly Problem[] {
    const sorted = this.#found.toSorted((a, b) => a.start - b.start).map(({ problem }) => problem);
    const listed = sorted.slice(0, LISTED);
    const last = listed.at(-1);
    if (last !== undefined && sorted.length > LISTED) {
      listed.push({
        ...last,
        path: '',
        message: `… and ${String(sorted.length - LISTED + this.#omitted)} more`,
        excerpt: [],
      });
    }
    return listed;
  }

  /** Ends the loading if anything was reported. */
  throwIfAny(): void {
    if (this.any) throw new ScenarioError(this.errors);
  }
}

function locate(root: Tree | null, path: Path, where: 'value' | 'key'): { start: number; end: number } {
  if (root === null) return { start: 0, end: 0 };
  let tree = root;
  let place: { start: number; end: number } = root;
  for (const [depth, part] of path.entries()) {
    if (tree.kind === 'mapping' && typeof part === 'string') {
      const entry = tree.entries.find(({ key }) => key === part);
      if (entry === undefined) return place;
      tree = entry.value;
      const empty = tree.end <= tree.start;
      const atKey = empty || (where === 'key' && depth === path.length - 1);
      place = atKey ? { start: entry.keyStart, end: entry.keyEnd } : tree;
    } else if (tree.kind === 'list' && typeof part === 'number') {
      const item = tree.items[part];
      if (item === undefined) return place;
      place = tree = item;
    } else return place;
  }
  return place;
}

/** Replaces each code unit by one that is one column wide on a terminal, as far as that can be known. */
function visible(piece: string): string {
  return piece.replaceAll('\t', ' ').replace(HIDDEN, (one) => '\ufffd'.repeat(one.length));
}

/** The line after its number, and under it a caret line. Long lines are cut around the mistake. */
function excerptOf(lineText: string, number: string, column: number, length: number): string[] {
  const skipped = column + Math.min(length, 20) > EXCERPT ? Math.max(0, column - EXCERPT / 2) : 0;
  const before = skipped > 0 ? '…' : '';
  const piece = lineText.slice(skipped, skipped + EXCERPT);
  const after = skipped + EXCERPT < lineText.length ? '…' : '';
  const caretAt = before.length + column - 1 - skipped;
  const carets = '^'.repeat(Math.max(1, Math.min(length, EXCERPT - (column - 1 - skipped))));
  return [
    // The width of a tab depends on the terminal; a blank keeps the caret under its mistake.
    `  ${number} | ${before}${visible(piece)}${after}`.trimEnd(),
    `  ${' '.repeat(number.length)} | ${' '.repeat(caretAt)}${carets}`,
  ];
}
