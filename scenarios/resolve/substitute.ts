import type { NodeId } from '../../sim/protocol.ts';
import { isDrawn, parseNodes, type RawNodes } from '../language/selector-words.ts';
import { InvalidValue } from '../language/shapes.ts';
import type { Action } from '../scenario.ts';
import type { SettingValue } from '../settings.ts';
import type { Leaf } from '../interpreter/selectors.ts';

/** Substitution in the place of words. */
export interface Substitution {
  /** The nodes of each word that draws some, in the order in which such words are written. */
  readonly drawn: readonly (readonly string[])[];
  /** The node that `$it` means where it means one of several; null: `$it` stays. */
  readonly it: string | null;
}

/** The nodes that the selectors of an action have drawn, in the order of the action's keys. */
export function drawnNodes(
  action: Action,
  drawn: ReadonlyMap<Leaf, readonly NodeId[]>,
  nodes: readonly string[],
): readonly (readonly string[])[] {
  const found: (readonly string[])[] = [];
  // A link in both directions is two links with the same ends.
  const seen = new Set<Leaf>();
  const look = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    const chosen = drawn.get(value as Leaf);
    if (chosen !== undefined && !seen.has(value as Leaf)) {
      seen.add(value as Leaf);
      found.push(chosen.map((node) => nodes[node]!));
    } else if (chosen === undefined) for (const inner of Object.values(value)) look(inner);
  };
  look(action);
  return found;
}

/** The value of an action as it is written, with the names of nodes in the place of the words that drew them. */
export function withNames(value: SettingValue, names: Substitution): SettingValue {
  const left = [...names.drawn];
  const replaced = (inner: SettingValue): SettingValue => {
    if (typeof inner === 'string') return textWithNames(inner, left, names.it);
    if (typeof inner !== 'object' || inner === null) return inner;
    if (isList(inner)) return inner.flatMap((item) => spread(item, replaced(item)));
    return Object.fromEntries(Object.entries(inner).map(([key, item]) => [key, replaced(item)]));
  };
  return replaced(value);
}

/** A word in a list may have become several names, which stand in the same list. */
function spread(before: SettingValue, after: SettingValue): readonly SettingValue[] {
  return typeof before === 'string' && isList(after) ? after : [after];
}

function isList(value: SettingValue): value is readonly SettingValue[] {
  return Array.isArray(value);
}

function textWithNames(text: string, left: (readonly string[])[], it: string | null): SettingValue {
  const link = /^(\S.*?)(\s*<?->\s*)(\S.*)$/u.exec(text);
  if (link === null) return oneOrMore(namesOf(text, left, it));
  const [, from = '', arrow = '', to = ''] = link;
  const senders = namesOf(from, left, it);
  const receivers = namesOf(to, left, it);
  return oneOrMore(senders.flatMap((sender) => receivers.map((receiver) => `${sender}${arrow}${receiver}`)));
}

function namesOf(word: string, left: (readonly string[])[], it: string | null): readonly string[] {
  const said = it === null ? word : word.replace(/\$it(?![\w-])/gu, it);
  return drawsNodes(said) ? (left.shift() ?? [said]) : [said];
}

function oneOrMore(words: readonly string[]): SettingValue {
  return words.length === 1 ? words[0]! : words;
}

/** Whether the text is a word that draws nodes. */
function drawsNodes(text: string): boolean {
  const raw = parsed(text);
  return raw !== null && isDrawn(raw) && !(raw.kind === 'role' && raw.role === 'others');
}

function parsed(text: string): RawNodes | null {
  try {
    return parseNodes(text);
  } catch (error) {
    if (!(error instanceof InvalidValue)) throw error;
    return null;
  }
}
