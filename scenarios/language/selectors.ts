import type { NodeId } from '../../sim/protocol.ts';
import type { LinkSelector, Selector } from '../program.ts';
import { nearest, suggestion } from './nearest.ts';
import type { Place } from './place.ts';
import { either, leaf, list, LONGEST_WORD, Mistake } from './shapes.ts';
import { found, quoted } from './tree.ts';
import { NAME } from './values.ts';

type Role = Extract<Selector, { kind: 'role' }>['role'];

const ROLES: readonly Role[] = [
  'leader',
  'candidate',
  'follower',
  'followers',
  'all',
  'minority',
  'majority',
  'others',
];

/** Words that cannot be names of nodes, because they mean something where a node is named. */
export const RESERVED: readonly string[] = [
  ...ROLES,
  'any',
  'none',
  'learners',
  'learner',
  'reset',
  'off',
  'null',
  'true',
  'false',
];

/** A selector as it is written, its names not looked up yet. */
export type RawSelector = RawNodes | readonly RawNodes[];

export type RawNodes =
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'role'; readonly role: Role }
  | { readonly kind: 'any'; readonly count: number; readonly of: 'all' | 'followers' }
  | { readonly kind: 'remembered'; readonly name: string }
  /** Was wrong, and has been reported. */
  | { readonly kind: 'mistaken' };

const MISTAKEN: RawNodes = { kind: 'mistaken' };
const EXPECTED = 'a node or a word like leader';

/** Reads one word of a selector: `n1`, `leader`, `any 2 followers`, `$old`. */
function parseNodes(value: unknown): RawNodes {
  if (typeof value !== 'string' || value === '') throw new Mistake(`expected ${EXPECTED}, got ${found(value)}`);
  const role = ROLES.find((one) => one === value);
  if (role !== undefined) return { kind: 'role', role };
  if (value === 'learners' || value === 'learner')
    throw new Mistake(`not supported yet: "${value}" is for a later version of the language`);
  if (value.startsWith('$')) return parseRemembered(value);
  if (/^any(?:\s|$)/u.test(value)) return parseAny(value);
  if (NAME.test(value)) return { kind: 'name', name: value };
  if (/[-<]>|<-/u.test(value)) throw new Mistake(`expected ${EXPECTED}, got the link ${quoted(value)}`);
  const words = value.split(/\s*,\s*|\s+/u).filter((one) => one !== '');
  const several =
    words.length > 1 && words.every((one) => NAME.test(one)) ? `; did you mean [${words.join(', ')}]?` : '';
  throw new Mistake(`expected ${EXPECTED}, got ${found(value)}${several}`);
}

function parseRemembered(value: string): RawNodes {
  const name = value.slice(1);
  if (!NAME.test(name)) throw new Mistake(`expected a remembered name like $old, got ${found(value)}`);
  return { kind: 'remembered', name };
}

function parseAny(value: string): RawNodes {
  const parts = /^any(?: ([1-9]\d{0,2}))?(?: (followers?))?$/u.exec(value);
  if (parts === null || (parts[1] === undefined && parts[2] !== undefined)) {
    throw new Mistake(
      `expected any, any 2 or any 2 followers, got ${found(value)}${value === 'any follower' ? '; did you mean follower?' : ''}`,
    );
  }
  return { kind: 'any', count: Number(parts[1] ?? 1), of: parts[2] === undefined ? 'all' : 'followers' };
}

const NODES_PATTERN = String.raw`^(\$?[A-Za-z][A-Za-z0-9_-]*|any [1-9][0-9]*( followers?)?)$`;

/** One word of a selector. */
export const nodesWord = leaf<RawNodes>(EXPECTED, { type: 'string', pattern: NODES_PATTERN }, MISTAKEN, parseNodes);

/** Which nodes a step means: a word or a list of words. */
export const selector = either('a node, a word like leader, or a list of them', [
  nodesWord,
  list('a list of at least one node', nodesWord, 1),
]).meta({ id: 'nodes' });

/** Looks the names up. */
export function selectorOf(raw: RawSelector, place: Place): Selector {
  if (isList(raw)) {
    const named = new Set<string>();
    const of = raw.map((one, index) => {
      const text = textOfNodes(one);
      if (text !== null && named.has(text)) place.at(index).problem(`${quoted(text)} is listed twice`);
      if (text !== null) named.add(text);
      return nodesOf(one, place.at(index));
    });
    const [only] = of;
    return only !== undefined && of.length === 1 ? only : { kind: 'list', of };
  }
  return nodesOf(raw, place);
}

function nodesOf(raw: RawNodes, place: Place): Selector {
  const { scope } = place;
  switch (raw.kind) {
    case 'name':
      return { kind: 'node', node: nodeNamed(raw.name, place) };
    case 'role':
      return raw;
    case 'any':
      if (scope.nodes !== null && raw.count > scope.nodes.length) {
        place.problem(`any ${String(raw.count)}: the cluster has only ${String(scope.nodes.length)} nodes`);
      }
      return raw;
    case 'remembered':
      if (!scope.remembered.isBound(raw.name)) place.problem(unbound(raw.name, place));
      return raw;
    case 'mistaken':
      return { kind: 'role', role: 'all' };
  }
}

function unbound(name: string, place: Place): string {
  const { remembered } = place.scope;
  if (remembered.isBoundLater(name))
    return `$${name} is used before it is bound; a step with "as: ${name}" must come first`;
  const near = nearest(name, remembered.names);
  const hint = near === null ? `bind it with "as: ${name}" on an earlier step` : `did you mean "$${near}"?`;
  return `$${name} is never bound; ${hint}`;
}

/** The index of a node, or 0 after a complaint. */
export function nodeNamed(name: string, place: Place, where: 'value' | 'key' = 'value'): NodeId {
  const { nodes } = place.scope;
  if (nodes === null || name === '') return 0;
  const index = nodes.indexOf(name);
  if (index >= 0) return index;
  const words = where === 'key' ? nodes : [...nodes, ...ROLES, 'any'];
  const near = nearest(name, words);
  if (isClientName(name, place)) place.problem(`${name} is a client; expected a node`, where);
  else
    place.problem(
      `unknown node ${quoted(name)}${near === null ? nodesAre(nodes) : `; did you mean "${near}"?`}`,
      where,
    );
  return 0;
}

function nodesAre(nodes: readonly string[]): string {
  return nodes.length <= 9 ? `; the nodes are ${nodes.join(', ')}` : `; the cluster has ${String(nodes.length)} nodes`;
}

function isClientName(name: string, place: Place): boolean {
  const number = /^c([1-9]\d{0,3})$/u.exec(name)?.[1];
  return number !== undefined && Number(number) <= (place.scope.clients ?? 0);
}

/** Index of the client with this name (`c1` is 0), or 0 after a complaint. */
export function clientNamed(name: string, place: Place, where: 'value' | 'key' = 'value'): number {
  const { clients, nodes } = place.scope;
  const number = /^c([1-9]\d{0,3})$/u.exec(name)?.[1];
  if (number !== undefined && (clients === null || Number(number) <= clients)) return Number(number) - 1;
  if (name === '') return 0;
  if (clients === 0) place.problem(`there are no clients; add "clients: { count: 1, ops: none }"`, where);
  else if (nodes?.includes(name)) place.problem(`${name} is a node; expected a client`, where);
  else if (clients !== null) {
    const range = clients === 1 ? 'the only client is c1' : `the clients are c1 to c${String(clients)}`;
    place.problem(`unknown client ${quoted(name)}; ${range}`, where);
  }
  return 0;
}

/** Whether a selector means several nodes whatever happens. */
function isPlural(raw: RawSelector): boolean {
  if (isList(raw)) return raw.length > 1 || raw.some(isPlural);
  if (raw.kind === 'any') return raw.count > 1;
  return raw.kind === 'role' && ['followers', 'all', 'minority', 'majority', 'others'].includes(raw.role);
}

/** A selector for exactly one node. */
export function oneNodeOf(raw: RawSelector, place: Place): Selector {
  if (isPlural(raw)) place.problem('expected a single node here; "any" draws one');
  return selectorOf(raw, place);
}

/** A selector that is the only one of its step, so that `others` has nothing to be beside. */
export function ownSelectorOf(raw: RawSelector, place: Place): Selector {
  const words = isList(raw) ? raw : [raw];
  if (words.length > 0 && words.every((one) => one.kind === 'role' && one.role === 'others')) {
    place.problem('"others" means those the other groups of the same step leave; here there are no other groups');
  }
  return selectorOf(raw, place);
}

export function isList(raw: RawSelector): raw is readonly RawNodes[] {
  return Array.isArray(raw);
}

/** How a word was written, where it always means the same nodes; null for words that draw or were wrong. */
function textOfNodes(raw: RawNodes): string | null {
  if (raw.kind === 'name') return raw.name;
  if (raw.kind === 'remembered') return `$${raw.name}`;
  return raw.kind === 'role' && !['candidate', 'follower', 'minority', 'majority'].includes(raw.role) ? raw.role : null;
}

/** Reports nodes that stand in more than one of several groups of one step. */
export function checkDisjoint(
  groups: readonly { readonly raw: RawSelector; readonly place: Place; readonly called: string }[],
): void {
  const seen = new Map<string, string>();
  for (const { raw, place, called } of groups) {
    const words = isList(raw) ? raw.map((one, index) => [one, place.at(index)] as const) : [[raw, place] as const];
    for (const [one, at] of words) {
      const text = textOfNodes(one);
      if (text === null) continue;
      const first = seen.get(text);
      if (first === undefined) seen.set(text, called);
      else if (first !== called) at.problem(`${quoted(text)} is in two places: ${first} and ${called}`);
    }
  }
}

/** A link as it is written. */
export interface RawLink {
  readonly from: RawNodes;
  readonly to: RawNodes;
  readonly bothWays: boolean;
}

const LINK = 'a link like n1 -> n2 or n1 <-> n2';

/** Reads `n1 -> n2`; throws a Mistake. */
export function parseLink(value: unknown): RawLink {
  if (typeof value !== 'string' || value.length > LONGEST_WORD)
    throw new Mistake(`expected ${LINK}, got ${found(value)}`);
  const parts = /^\s*([^<>]*?)\s*(<->|->)\s*([^<>]*?)\s*$/u.exec(value);
  if (parts === null) {
    const reverse = /^\s*([^<>-]+?)\s*<-\s*([^<>-]+?)\s*$/u.exec(value);
    const sides = /^\s*([\w$ ]+?)\s*(?:=>|-->|→|,|\bto\b|-)\s*([\w$ ]+?)\s*$/u.exec(value);
    const meant =
      reverse !== null
        ? `${reverse[2] ?? ''} -> ${reverse[1] ?? ''}`
        : sides !== null
          ? `${sides[1] ?? ''} -> ${sides[2] ?? ''}`
          : null;
    throw new Mistake(`expected ${LINK}, got ${found(value)}${meant === null ? '' : `; did you mean ${meant}?`}`);
  }
  const [, left = '', arrow = '', right = ''] = parts;
  if (left === right && !/^(?:any|follower|candidate)/u.test(left)) {
    throw new Mistake(
      left === '' ? `expected ${LINK}, got ${found(value)}` : `${quoted(value)} leads from ${left} to itself`,
    );
  }
  return { from: parseNodes(left), to: parseNodes(right), bothWays: arrow === '<->' };
}

const LINK_PATTERN = String.raw`^\s*[^<>]+?\s*<?->\s*[^<>]+$`;

/** One link, or both directions of one. */
export const link = leaf<RawLink>(
  LINK,
  { type: 'string', pattern: LINK_PATTERN },
  { from: MISTAKEN, to: MISTAKEN, bothWays: false },
  parseLink,
);

/** A link or a list of links. */
export const links = either('a link like n1 -> n2, or a list of links', [
  link,
  list('a list of at least one link', link, 1),
]).meta({ id: 'links' });

export type RawLinks = RawLink | readonly RawLink[];

/** The directed links meant; both ways are two. */
export function linksOf(raw: RawLinks, place: Place): readonly LinkSelector[] {
  if (isListOfLinks(raw)) return raw.flatMap((one, index) => linksOfOne(one, place.at(index)));
  return linksOfOne(raw, place);
}

function linksOfOne({ from, to, bothWays }: RawLink, place: Place): readonly LinkSelector[] {
  const there = { from: nodesOf(from, place), to: nodesOf(to, place) };
  return bothWays ? [there, { from: there.to, to: there.from }] : [there];
}

function isListOfLinks(raw: RawLinks): raw is readonly RawLink[] {
  return Array.isArray(raw);
}

/** Suggests a word out of a vocabulary; an empty vocabulary knows no unknown words. */
export function checkKnown(
  kind: string,
  given: string,
  known: readonly string[],
  place: Place,
  where: 'value' | 'key' = 'value',
): void {
  if (known.length === 0 || given === '' || known.includes(given)) return;
  place.problem(`unknown ${kind} ${quoted(given)}${suggestion(given, known)}`, where);
}
