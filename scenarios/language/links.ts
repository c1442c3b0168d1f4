import type { LinkSelector, Selector } from '../scenario.ts';
import type { Place } from './place.ts';
import { MISTAKEN, nodesWord, parseNodes } from './selector-words.ts';
import type { RawNodes } from './selector-words.ts';
import { nodesOf, ownSelectorOf } from './selectors.ts';
import { either, leaf, list, LONGEST_WORD, InvalidValue, orThrow } from './shapes.ts';
import { found, quoted } from './tree.ts';
import { reject } from './values.ts';

/** A link as it is written. */
export interface RawLink {
  readonly from: RawNodes;
  readonly to: RawNodes;
  readonly bothWays: boolean;
}

const LINK = 'a link like n1 -> n2 or n1 <-> n2';

/** Reads `n1 -> n2`; throws InvalidValue. */
export function parseLink(value: unknown): RawLink {
  if (typeof value !== 'string' || value.length > LONGEST_WORD)
    throw new InvalidValue(`expected ${LINK}, got ${found(value)}`);
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
    // A comma or a dash can also mean both directions.
    const isCertain = reverse !== null || /=>|-->|→/u.test(value);
    return reject(LINK, value, meant, isCertain);
  }
  const [, left = '', arrow = '', right = ''] = parts;
  if (left === right && !/^(?:any|follower|candidate)/u.test(left)) {
    throw new InvalidValue(
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
  const there = { from: nodesOf(from, place, 'clients too'), to: nodesOf(to, place, 'clients too') };
  if (there.from.kind === 'client' && there.to.kind === 'client') {
    place.problem('clients exchange no messages with each other');
  }
  return bothWays ? [there, { from: there.to, to: there.from }] : [there];
}

function isListOfLinks(raw: RawLinks): raw is readonly RawLink[] {
  return Array.isArray(raw);
}

const LINKS_OR_ALL = 'all, a link like n1 -> n2, or a list of links';

const linkOrAll = leaf<RawLink | 'all'>('all or a link like n1 -> n2', { type: 'string' }, 'all', (value) => {
  return value === 'all' ? value : parseLink(value);
});

/** All links, a link, or a list of links. */
export const linksOrAll = either(LINKS_OR_ALL, [linkOrAll, list(LINKS_OR_ALL, link, 1)]);

const HEALED = 'all, nodes, or links like n1 -> n2';

type RawHealed = RawLink | RawNodes;

const healedWord = leaf<RawHealed>(HEALED, { type: 'string' }, { kind: 'mistaken' }, (value) => {
  return typeof value === 'string' && value.includes('->') ? parseLink(value) : orThrow(nodesWord.safeParse(value));
});

/** What `heal` takes: all, nodes, or links. */
export const healed = either(HEALED, [healedWord, list(HEALED, healedWord, 1)]);

/** The directed links meant; null: all. */
export function someLinksOf(raw: RawLink | 'all' | readonly RawLink[], place: Place): readonly LinkSelector[] | null {
  return raw === 'all' ? null : linksOf(raw, place);
}

/** Whose cuts end. */
export function healedOf(
  raw: RawHealed | readonly RawHealed[],
  place: Place,
): { readonly nodes: Selector } | { readonly links: readonly LinkSelector[] } | 'all' {
  const words = isSeveral(raw) ? raw : [raw];
  const linked = words.filter(isLink);
  const nodes = words.filter(isNodes);
  if (linked.length > 0 && nodes.length > 0) place.problem('links and nodes in one list; expected one kind only');
  if (linked.length > 0) {
    const only = isSeveral(raw) ? linked : linked[0];
    return { links: only === undefined ? [] : linksOf(only, place) };
  }
  if (nodes.some((one) => one.kind === 'role' && one.role === 'all')) return 'all';
  const only = nodes[0];
  return { nodes: ownSelectorOf(isSeveral(raw) || only === undefined ? nodes : only, place, 'clients too') };
}

function isLink(raw: RawHealed): raw is RawLink {
  return 'from' in raw;
}

function isNodes(raw: RawHealed): raw is RawNodes {
  return 'kind' in raw;
}

function isSeveral(raw: RawHealed | readonly RawHealed[]): raw is readonly RawHealed[] {
  return Array.isArray(raw);
}
