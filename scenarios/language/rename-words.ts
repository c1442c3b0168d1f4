import { parseDocument } from './document.ts';
import { Problems } from './problems.ts';
import { RENAMED } from './renamed.ts';
import type { Renamed } from './renamed.ts';
import type { Entry, MappingTree, Tree } from './tree.ts';
import { textOf } from './tree.ts';

/** A word that was replaced. */
export interface WordChange {
  /** From 1. */
  readonly line: number;
  readonly old: string;
  readonly new: string;
}

/**
 * Replaces the renamed words of a scenario file. Everything else, comments and layout included, stays as it is. A text
 * that is not valid YAML is returned unchanged: nothing in it can be found.
 *
 * @example
 * ```ts
 * renameOldWords('cluster: { nodes: 3, spares: 1 } # one more\n').text; // 'cluster: { nodes: 3, standby: 1 } # one more\n'
 * ```
 */
export function renameOldWords(text: string): { readonly text: string; readonly changes: readonly WordChange[] } {
  const problems = new Problems(text, '');
  const tree = parseDocument(text, problems);
  if (tree?.kind !== 'mapping') return { text, changes: [] };
  const edits = new Edits(text);
  renameIn(tree, edits);
  return edits.apply((offset) => problems.lineAt(offset));
}

interface Edit {
  readonly start: number;
  readonly end: number;
  readonly row: Renamed;
}

/** The replacements found so far. An alias leads to the same place several times. */
class Edits {
  readonly #text: string;
  readonly #found = new Map<number, Edit>();

  constructor(text: string) {
    this.#text = text;
  }

  key({ key, keyStart, keyEnd }: Entry, where: string): void {
    this.#add('key', key, keyStart, keyEnd, where);
  }

  value(kind: 'word' | 'mark' | 'event', tree: Tree | undefined, where?: string): void {
    if (tree?.kind === 'scalar') this.#add(kind, textOf(tree.value) ?? '', tree.start, tree.end, where);
  }

  #add(kind: Renamed['kind'], word: string, start: number, end: number, where?: string): void {
    const row = RENAMED.find((one) => one.kind === kind && one.old === word && one.where === where);
    if (row !== undefined) this.#found.set(start, { start, end, row });
  }

  apply(lineAt: (offset: number) => number): { readonly text: string; readonly changes: readonly WordChange[] } {
    let [text, done] = ['', 0];
    const changes: WordChange[] = [];
    for (const { start, end, row } of [...this.#found.values()].toSorted((a, b) => a.start - b.start)) {
      // A quoted word keeps its quotes.
      const written = this.#text.slice(start, end).replace(row.old, () => row.new);
      text += this.#text.slice(done, start) + written;
      done = end;
      changes.push({ line: lineAt(start), old: row.old, new: row.new });
    }
    return { text: text + this.#text.slice(done), changes };
  }
}

/** Lists of steps, wherever a step or the scenario has them. */
const LISTS_OF_STEPS: readonly string[] = ['script', 'timeline', 'do', 'else', 'together'];

const ADMIN_REQUESTS: readonly string[] = [
  ...['transfer', 'forgetLeader', 'snapshot', 'add', 'addLearner', 'promote', 'remove', 'reconfigure', 'leaveJoint'],
];

function renameIn(scenario: MappingTree, edits: Edits): void {
  for (const { key, value } of scenario.entries) {
    if (key === 'cluster' && value.kind === 'mapping') for (const entry of value.entries) edits.key(entry, 'cluster');
    if (LISTS_OF_STEPS.includes(key)) renameInSteps(value, edits);
    if (key === 'expect') renameMarks(value, edits);
  }
}

function renameInSteps(steps: Tree, edits: Edits): void {
  for (const step of steps.kind === 'list' ? steps.items : []) if (step.kind === 'mapping') renameInStep(step, edits);
}

function renameInStep({ entries }: MappingTree, edits: Edits): void {
  const isAdminRequest = entries.some(({ key }) => ADMIN_REQUESTS.includes(key));
  for (const entry of entries) {
    const { key, value } = entry;
    edits.key(entry, 'step');
    if (key === 'expect' && isAdminRequest) {
      edits.value('word', value, 'expect of a step that makes an admin request');
    } else if (LISTS_OF_STEPS.includes(key)) {
      renameInSteps(value, edits);
    } else if (key === 'on') {
      renameEvent(value, edits);
    } else if (key === 'until' || key === 'expect' || key === 'if') {
      renameMarks(value, edits);
    }
  }
}

/** An event, by its name or as a mapping with fields. */
function renameEvent(event: Tree, edits: Edits): void {
  if (event.kind === 'scalar') return edits.value('event', event);
  if (event.kind !== 'mapping') return;
  const kind = valueOf(event, 'event');
  edits.value('event', kind);
  for (const entry of event.entries) if (entry.key !== 'event') edits.key(entry, 'event');
  if (kind?.kind === 'scalar' && kind.value === 'mark') edits.value('mark', valueOf(event, 'name'));
}

/** The marks of a condition, of an expectation, or of several. */
function renameMarks(condition: Tree, edits: Edits): void {
  if (condition.kind === 'list') for (const one of condition.items) renameMarks(one, edits);
  if (condition.kind !== 'mapping') return;
  const mark = valueOf(condition, 'mark');
  edits.value('mark', mark?.kind === 'mapping' ? valueOf(mark, 'name') : mark);
}

function valueOf({ entries }: MappingTree, key: string): Tree | undefined {
  return entries.find((entry) => entry.key === key)?.value;
}
