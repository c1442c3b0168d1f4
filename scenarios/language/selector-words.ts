import type { AnySelector, RoleSelector } from '../scenario.ts';
import { either, leaf, list, InvalidValue, orThrow } from './shapes.ts';
import { found, quoted } from './tree.ts';
import { NAME, reject } from './values.ts';

type Role = RoleSelector['role'];

export const ROLES: readonly Role[] = [
  'leader',
  'candidate',
  'follower',
  'followers',
  'voters',
  'learners',
  'all',
  'down',
  'minority',
  'majority',
  'others',
];

/** Roles of which nodes are drawn, so that the word does not always mean the same ones. */
export const DRAWN: readonly Role[] = ['candidate', 'follower', 'minority', 'majority'];

/** Roles that mean several nodes. */
export const PLURAL: readonly Role[] = [
  'followers',
  'voters',
  'learners',
  'all',
  'down',
  'minority',
  'majority',
  'others',
];

/** Words that cannot be names of nodes, because they mean something where a node is named. */
export const RESERVED: readonly string[] = [
  ...ROLES,
  'any',
  'except',
  'none',
  'voter',
  'learner',
  'spare',
  'spares',
  'standby',
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
  | RoleSelector
  | AnySelector
  | { readonly kind: 'remembered'; readonly name: string }
  | { readonly kind: 'except'; readonly of: RoleSelector | AnySelector; readonly except: readonly RawNodes[] }
  /** Was wrong, and has been reported. */
  | { readonly kind: 'mistaken' };

export const MISTAKEN: RawNodes = { kind: 'mistaken' };
const EXPECTED = 'a node or a word like leader';

/** Reads one word of a selector: `n1`, `leader`, `any 2 followers`, `$old`, `all except n1`; throws InvalidValue. */
export function parseNodes(value: unknown): RawNodes {
  if (typeof value !== 'string' || value === '') throw new InvalidValue(`expected ${EXPECTED}, got ${found(value)}`);
  const role = ROLES.find((one) => one === value);
  if (role !== undefined) return { kind: 'role', role };
  if (value.startsWith('$') && !value.includes(' ')) return parseRemembered(value);
  const [, of, except] = /^(\S.*?) except (.*\S)$/u.exec(value) ?? [];
  if (of !== undefined && except !== undefined) return parseExcept(of, except, value);
  if (/^any(?:\s|$)/u.test(value)) return parseAny(value);
  if (NAME.test(value)) return { kind: 'name', name: value };
  if (/[-<]>|<-/u.test(value)) throw new InvalidValue(`expected ${EXPECTED}, got the link ${quoted(value)}`);
  const words = value.split(/\s*,\s*|\s+/u).filter((one) => one !== '');
  const areSeveral = words.length > 1 && words.every((one) => NAME.test(one));
  return reject(EXPECTED, value, areSeveral ? `[${words.join(', ')}]` : null, true);
}

function parseRemembered(value: string): RawNodes {
  const name = value.slice(1);
  if (!NAME.test(name)) throw new InvalidValue(`expected a remembered name like $old, got ${found(value)}`);
  return { kind: 'remembered', name };
}

function parseAny(value: string): RawNodes {
  const parts = /^any(?: ([1-9]\d{0,2}))?(?: (follower|voter|learner)s?)?$/u.exec(value);
  if (parts === null || (parts[1] === undefined && parts[2] !== undefined)) {
    const hint = parts === null ? '' : `; did you mean any 1 ${parts[2] ?? ''}?`;
    throw new InvalidValue(
      `expected any, any 2 or any 2 followers, got ${found(value)}${value === 'any follower' ? '; did you mean follower?' : hint}`,
    );
  }
  const of = parts[2] === undefined ? 'all' : (`${parts[2]}s` as AnySelector['of']);
  return { kind: 'any', count: Number(parts[1] ?? 1), of };
}

/** `all except n1`, `followers except $old and n3`. */
function parseExcept(said: string, exceptions: string, value: string): RawNodes {
  const of = parseNodes(said);
  if (of.kind !== 'any' && (of.kind !== 'role' || of.role === 'leader' || of.role === 'others')) {
    throw new InvalidValue(
      `expected a word for several nodes before "except", like all or followers, got ${quoted(said)}`,
    );
  }
  const except = exceptions.split(/\s+and\s+/u).map((one) => {
    const word = parseNodes(one);
    if (word.kind !== 'except' && !isDrawn(word)) return word;
    throw new InvalidValue(`expected nodes that are not drawn after "except" in ${quoted(value)}, got ${quoted(one)}`);
  });
  return { kind: 'except', of, except };
}

/** Whether a word means some of several nodes, or what other words leave. */
export function isDrawn(raw: RawNodes): boolean {
  if (raw.kind === 'except') return isDrawn(raw.of);
  return raw.kind === 'any' || (raw.kind === 'role' && (DRAWN.includes(raw.role) || raw.role === 'others'));
}

const ONE = String.raw`(\$?[A-Za-z][A-Za-z0-9_-]*|any [1-9][0-9]*( (follower|voter|learner)s?)?)`;
const NODES_PATTERN = `^${ONE}( except ${ONE}( and ${ONE})*)?$`;

/** One word of a selector. */
export const nodesWord = leaf<RawNodes>(EXPECTED, { type: 'string', pattern: NODES_PATTERN }, MISTAKEN, parseNodes);

const someNodes = list('a list of at least one node', nodesWord, 1);

/** Which nodes a step means: a word or a list of words. */
export const selector = either('a node, a word like leader, or a list of them', [nodesWord, someNodes]).meta({
  id: 'nodes',
});

const nodesWordOrNone = leaf<RawNodes | 'none'>(
  'a node, a word like voters, or none',
  { type: 'string', pattern: NODES_PATTERN },
  MISTAKEN,
  (value) => (value === 'none' ? value : orThrow(nodesWord.safeParse(value))),
);

/** As `selector`, or `none`: no nodes at all. */
export const selectorOrNone = either('nodes, a list of nodes, or none', [nodesWordOrNone, someNodes]);

export function isList(raw: RawSelector | 'none'): raw is readonly RawNodes[] {
  return Array.isArray(raw);
}
