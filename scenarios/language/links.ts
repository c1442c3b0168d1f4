import type { LinkSelector } from '../scenario.ts';
import type { Place } from './place.ts';
import { MISTAKEN, parseNodes } from './selector-words.ts';
import type { RawNodes } from './selector-words.ts';
import { nodesOf } from './selectors.ts';
import { either, leaf, list, LONGEST_WORD, InvalidValue } from './shapes.ts';
import { found, quoted } from './tree.ts';

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
    throw new InvalidValue(`expected ${LINK}, got ${found(value)}${meant === null ? '' : `; did you mean ${meant}?`}`);
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
  const there = { from: nodesOf(from, place), to: nodesOf(to, place) };
  return bothWays ? [there, { from: there.to, to: there.from }] : [there];
}

function isListOfLinks(raw: RawLinks): raw is readonly RawLink[] {
  return Array.isArray(raw);
}
