import { type Edit, formatPath, type Path, type Problems } from './problems.ts';
import type { Entry, MappingTree, Tree } from './tree.ts';

/**
 * Says how a key that stands one level too far out is moved to where it belongs, if there is one such place, and the
 * layout leaves no doubt: the key and its value are on one line, without a comment that would be torn from it.
 *
 * @param owners the keys beside it under which it may belong
 */
export function moveIn(path: Path, owners: readonly string[], problems: Problems): void {
  const [owner] = owners;
  const around = mappingAt(problems.root, path.slice(0, -1));
  const key = path.at(-1);
  const entry = around?.entries.find((one) => one.key === key);
  if (owner === undefined || owners.length > 1 || around === null || entry === undefined) return;
  const { text } = problems;
  const written = writtenOf(text, entry);
  if (written === null) return;
  const edits = editsOf(text, around, entry, owner, written);
  if (edits === null) return;
  const result = [...path.slice(0, -1), owner, entry.key];
  problems.repairBy({ path, result, edits, old: formatPath(path), new: formatPath(result) });
}

/** A key with its value as it is written; null: it cannot be moved as it is. */
export function writtenOf(text: string, { keyStart, keyEnd, value }: Entry): string | null {
  const written = text.slice(keyStart, Math.max(keyEnd + 1, value.end)).trimEnd();
  // An anchor may be meant elsewhere, and an alias leads elsewhere.
  return written === '' || /[\n#&*]/u.test(written) || value.start < keyEnd ? null : written;
}

function editsOf(text: string, around: MappingTree, entry: Entry, owner: string, written: string): Edit[] | null {
  const target = around.entries.find(({ key }) => key === owner)?.value;
  if (target === undefined) {
    const start = entry.keyStart;
    return [{ start, end: start + written.length, text: `${owner}: { ${written} }` }];
  }
  if (target.kind !== 'mapping' || target.entries.length === 0) return null;
  // An alias shows a mapping that stands elsewhere.
  if (target.start < around.start || target.end > around.end) return null;
  if (target.entries.some(({ key }) => key === entry.key)) return null;
  const removal = text[around.start] === '{' ? outOfFlow(text, around, entry) : outOfBlock(text, entry, written);
  return removal === null ? null : [removal, insertion(text, target, written)];
}

/** A new key of a mapping: the last one between braces, the first one in a block. */
function insertion(text: string, target: MappingTree, written: string): Edit {
  if (text[target.start] === '{') {
    const { keyEnd, value } = target.entries.at(-1)!;
    const end = Math.max(keyEnd, value.end);
    return { start: end, end, text: `, ${written}` };
  }
  const first = target.entries[0]!.keyStart;
  const indent = text.slice(text.lastIndexOf('\n', first - 1) + 1, first);
  return { start: first, end: first, text: `${written}\n${indent}` };
}

/** Takes a key out of a mapping between braces, with a comma. */
export function outOfFlow(text: string, { entries }: MappingTree, entry: Entry): Edit | null {
  const place = entries.indexOf(entry);
  const [before, after] = [entries[place - 1], entries[place + 1]];
  const [start, end] =
    after === undefined
      ? [Math.max(before?.value.end ?? 0, before?.keyEnd ?? 0), entry.value.end]
      : [entry.keyStart, after.keyStart];
  const isPlain = before !== undefined || after !== undefined;
  return isPlain && !/[\n#]/u.test(text.slice(start, end)) ? { start, end, text: '' } : null;
}

/** Takes a key out of a block, with its line, on which nothing else may stand. */
export function outOfBlock(text: string, { keyStart }: Entry, written: string): Edit | null {
  const start = text.lastIndexOf('\n', keyStart - 1) + 1;
  const next = text.indexOf('\n', keyStart);
  const end = next === -1 ? text.length : next + 1;
  return text.slice(start, end).trim() === written ? { start, end, text: '' } : null;
}

/** The blanks that bring a key below the one that begins here. */
export function indentAt(text: string, keyStart: number): string {
  return ' '.repeat(keyStart - text.lastIndexOf('\n', keyStart - 1) - 1);
}

/** The end of the line on which an offset is, without what ends it. */
export function lineEndAfter(text: string, offset: number): number {
  const next = text.indexOf('\n', offset);
  if (next === -1) return text.length;
  return text[next - 1] === '\r' ? next - 1 : next;
}

/** The mapping that a path leads to; null: there is none. */
export function mappingAt(root: Tree | null, path: Path): MappingTree | null {
  let tree: Tree | null | undefined = root;
  for (const part of path) {
    if (tree?.kind === 'mapping') tree = tree.entries.find(({ key }) => key === part)?.value;
    else if (tree?.kind === 'list' && typeof part === 'number') tree = tree.items[part];
    else return null;
  }
  return tree?.kind === 'mapping' ? tree : null;
}
