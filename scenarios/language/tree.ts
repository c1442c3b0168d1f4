import type { SettingValue } from '../settings.ts';
import { printable } from './printable.ts';

/** A YAML document as the reader sees it: three kinds of node, each with its place in the text. */
export type Tree = ScalarTree | ListTree | MappingTree;

export interface ScalarTree {
  readonly kind: 'scalar';
  readonly value: ScalarValue;
  /** Stands for something that was wrong and has been reported: not to be reported again. */
  readonly reported?: true;
  /** Offsets in the text; `end` is the first one behind. */
  readonly start: number;
  readonly end: number;
}

export interface ListTree {
  readonly kind: 'list';
  readonly items: readonly Tree[];
  readonly start: number;
  readonly end: number;
}

export interface MappingTree {
  readonly kind: 'mapping';
  /** Keys are distinct. */
  readonly entries: readonly Entry[];
  readonly start: number;
  readonly end: number;
}

export interface Entry {
  readonly key: string;
  readonly keyStart: number;
  readonly keyEnd: number;
  readonly value: Tree;
}

export type ScalarValue = string | number | boolean | null | OddNumber;

/**
 * A plain scalar that YAML reads as a number, but whose text the number does not give back: `0x10`, `1.0`, `.inf`,
 * `9007199254740993`. Kept as text, so that nothing is rounded unnoticed.
 */
export class OddNumber {
  readonly source: string;
  constructor(source: string) {
    this.source = source;
  }
}

/** Plain data as a tree; all of it stands at one place of the text. */
export function treeOf(value: unknown, at: { readonly start: number; readonly end: number }): Tree {
  const { start, end } = at;
  if (Array.isArray(value)) return { kind: 'list', items: value.map((item) => treeOf(item, at)), start, end };
  if (typeof value !== 'object' || value === null) {
    return { kind: 'scalar', value: value as ScalarValue, start, end };
  }
  const entries = Object.entries(value).map(([key, inner]) => {
    return { key, keyStart: start, keyEnd: end, value: treeOf(inner, at) };
  });
  return { kind: 'mapping', entries, start, end };
}

/** A node as plain data. */
export function dataOf(tree: Tree): SettingValue {
  if (tree.kind === 'list') return tree.items.map(dataOf);
  if (tree.kind === 'mapping') return Object.fromEntries(tree.entries.map(({ key, value }) => [key, dataOf(value)]));
  const { value } = tree;
  return typeof value === 'object' ? textOf(value) : value;
}

/** The text of a scalar as it was written; null for nothing. */
export function textOf(value: unknown): string | null {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return value instanceof OddNumber ? value.source : null;
}

const SHOWN = 40;

/** What was found, for a message: `"soon"`, `150`, `a list`, `nothing`. */
export function found(value: unknown): string {
  if (value === null || value === undefined || value === '') return 'nothing';
  if (typeof value === 'string') return quoted(value);
  const text = textOf(value);
  if (text !== null) return shortened(text);
  return Array.isArray(value) ? 'a list' : 'a mapping';
}

/** The value of a node, for a message. */
export function foundAt(tree: Tree): string {
  return tree.kind === 'scalar' ? found(tree.value) : `a ${tree.kind}`;
}

/** A word in double quotes, on one line, not too long. */
export function quoted(text: string): string {
  const line = text.slice(0, 4 * SHOWN).replace(/[ \t\r\n]+/gu, ' ');
  return `"${printable(shortened(line))}"`;
}

/** The text, cut with an ellipsis if it has more than `most` characters. */
export function shortened(text: string, most = SHOWN): string {
  const characters = [...text.slice(0, 2 * most)];
  return characters.length <= most && text.length <= 2 * most ? text : `${characters.slice(0, most - 1).join('')}…`;
}
