import { indentAt, lineEndAfter, mappingAt, outOfBlock, outOfFlow, writtenOf } from './move-key.ts';
import { type Edit, formatPath, type Path, type Problems } from './problems.ts';
import type { Entry, MappingTree, Tree } from './tree.ts';

/**
 * Says how a key that stands too far in is moved to where it belongs, beside the key under which it stands. The layout
 * must leave no doubt: the key and its value are on one line, without a comment that would be torn from it.
 *
 * @param path where the key stands
 * @param levels how many levels further out it belongs, from 1
 */
export function moveOut(path: Path, levels: number, problems: Problems): void {
  const { text, root } = problems;
  const outerPath = path.slice(0, -1 - levels);
  const [inner, outer] = [mappingAt(root, path.slice(0, -1)), mappingAt(root, outerPath)];
  const entry = inner?.entries.find(({ key }) => key === path.at(-1));
  const owner = outer?.entries.find(({ key }) => key === path[outerPath.length]);
  if (inner === null || outer === null || entry === undefined || owner === undefined) return;
  // An alias shows a mapping that stands elsewhere, and a mapping without keys means something else.
  if (inner.start < owner.keyStart || inner.end > outer.end || inner.entries.length === 1) return;
  const written = writtenOf(text, entry);
  if (written === null || outer.entries.some(({ key }) => key === entry.key)) return;
  const removal = text[inner.start] === '{' ? outOfFlow(text, inner, entry) : outOfBlock(text, entry, written);
  if (removal === null) return;
  const result = [...outerPath, entry.key];
  const edits = withInsertion(text, removal, outer, owner, written);
  problems.repairBy({ path, result, edits, old: formatPath(path), new: formatPath(result) });
}

function withInsertion(text: string, removal: Edit, outer: MappingTree, owner: Entry, written: string): Edit[] {
  if (text[outer.start] === '{') {
    const { end } = owner.value;
    return [removal, { start: end, end, text: `, ${written}` }];
  }
  const indented = indentAt(text, owner.keyStart) + written;
  const at = lineEndAfter(text, lastOffset(text, owner.value));
  // The last line of a block stays where it is, and stands further out.
  if (removal.start <= at && at <= removal.end) {
    const line = text.slice(removal.start, removal.end);
    return [{ ...removal, text: indented + (/\r?\n$/u.exec(line)?.[0] ?? '') }];
  }
  return [removal, { start: at, end: at, text: newlineOf(text) + indented }];
}

/**
 * Says how a value is taken out of a mapping in which it does not belong, `crash: { nodes: n1, as: old }`, and what stands
 * there with it is put beside it: `crash: n1` with `as: old`.
 *
 * @param path where the mapping stands
 * @param wrapper the key of the value
 */
export function unwrap(path: Path, wrapper: string, problems: Problems): void {
  const { text, root } = problems;
  const [inner, outer] = [mappingAt(root, path), mappingAt(root, path.slice(0, -1))];
  const owner = outer?.entries.find(({ key }) => key === path.at(-1));
  if (inner === null || outer === null || owner === undefined || inner.start < owner.keyStart) return;
  const end = lastOffset(text, owner.value);
  const isBlock = text[outer.start] !== '{';
  const written = inner.entries.map((entry) => writtenOf(text, entry));
  if (/[#&*]/u.test(text.slice(owner.keyStart, end)) || written.includes(null)) return;
  const others = written.filter((_, index) => inner.entries[index]!.key !== wrapper);
  const { value } = inner.entries.find(({ key }) => key === wrapper)!;
  const whole = `${owner.key}: ${text.slice(value.start, value.end).trimEnd()}`;
  const edits = [{ start: owner.keyStart, end, text: isBlock ? whole : [whole, ...others].join(', ') }];
  if (isBlock && others.length > 0) {
    const at = lineEndAfter(text, end);
    const before = newlineOf(text) + indentAt(text, owner.keyStart);
    edits.push({ start: at, end: at, text: others.map((one) => before + one!).join('') });
  }
  const old = formatPath([...path, wrapper]);
  problems.repairBy({ path, result: path, edits, old, new: formatPath(path) });
}

/** Where the text of a value ends, without the blank lines and comments after it. */
function lastOffset(text: string, tree: Tree): number {
  const isFlow = text[tree.start] === '{' || text[tree.start] === '[';
  const last = tree.kind === 'mapping' ? tree.entries.at(-1) : tree.kind === 'list' ? tree.items.at(-1) : undefined;
  if (isFlow || last === undefined) return text.slice(0, tree.end).trimEnd().length;
  return 'value' in last && 'keyEnd' in last
    ? Math.max(last.keyEnd + 1, lastOffset(text, last.value))
    : lastOffset(text, last);
}

function newlineOf(text: string): string {
  return text.includes('\r\n') ? '\r\n' : '\n';
}
