import * as z from 'zod';
import type { Distribution } from '../../sim/base/distribution.ts';
import type { Place } from './place.ts';
import { either, key, leaf, list, mapping, InvalidValue, openMapping, orThrow, record, withTraits } from './shapes.ts';
import { duration, percentage, span } from './values.ts';

const EXPECTED = 'a duration like 150ms, a range like 1ms..10ms, or a distribution';

/** What the author wrote, before the parts of a mixture have been weighed. */
export type RawDistribution =
  | readonly [number, number]
  | {
      readonly normal?: readonly [number, number] | undefined;
      readonly exponential?: number | undefined;
      readonly choice?: Readonly<Record<string, RawDistribution>> | readonly RawAlternative[] | undefined;
    };

/** One of several alternatives, or one with its probability as the only key: `25%: 1ms`. */
type RawAlternative = RawDistribution | Readonly<Record<string, unknown>>;

const pair = withTraits(z.tuple([duration, duration]), { expected: 'a mean and a deviation like [5ms, 1ms]' });

/** An alternative of a mixture. Mixtures do not nest. */
const simple = {
  normal: key(pair, 'Mean and standard deviation: `[5ms, 1ms]`.'),
  exponential: key(duration, 'Mean.'),
};

const alternative = either(EXPECTED, [span, mapping(EXPECTED, simple, { exactlyOne: true })]);

const ALTERNATIVES = 'alternatives like { 90%: 1ms..5ms, 10%: 50ms..200ms }';

/** An alternative in a list, where two can have the same probability. */
const listed = either(EXPECTED, [span, openMapping('a distribution, or one like 25%: 5ms', simple, alternative)]);

const named = mapping(
  EXPECTED,
  {
    ...simple,
    choice: key(
      either(ALTERNATIVES, [record(ALTERNATIVES, alternative), list(ALTERNATIVES, listed, 1)]),
      'Alternatives with their probabilities, `{ 90%: 1ms..5ms, 10%: 50ms..200ms }`, or a list: `[25%: 1ms, 25%: 5ms, 50%: 20ms]`, or of equally likely ones.',
    ),
  },
  { exactlyOne: true },
);

/** Wherever a span of time is drawn: a constant, a range, or one of the named distributions. */
export const distribution = either(EXPECTED, [span, named]).meta({ id: 'distribution' });

/** A distribution, or `reset`: back to that of the plan. */
export const distributionOrReset = either(`${EXPECTED}, or reset`, [
  leaf('a duration, a range, or reset', { type: 'string' }, 'reset', (value) =>
    value === 'reset' ? value : orThrow(span.safeParse(value)),
  ),
  named,
]).meta({ id: 'distributionOrReset' });

/** The distribution to draw from; what does not add up is reported. */
export function distributionOf(raw: RawDistribution, place: Place): Distribution {
  if (isEnds(raw)) {
    const [low, high] = raw;
    return low === high ? constant(low) : { kind: 'uniform', low, high };
  }
  if (raw.normal !== undefined) return { kind: 'normal', mean: raw.normal[0], deviation: raw.normal[1] };
  if (raw.exponential !== undefined) return { kind: 'exponential', mean: raw.exponential };
  if (raw.choice === undefined) return constant(0);
  return mixture(raw.choice, place.at('choice'));
}

export function constant(value: number): Distribution {
  return { kind: 'constant', value };
}

/** The least a distribution can give. */
export function leastOf(from: Distribution): number {
  if (from.kind === 'constant') return from.value;
  if (from.kind === 'uniform') return from.low;
  return from.kind === 'choice' ? Math.min(...from.of.map(leastOf)) : 0;
}

function mixture(
  raw: Readonly<Record<string, RawDistribution>> | readonly RawAlternative[],
  place: Place,
): Distribution {
  const alternatives = isList(raw)
    ? raw.map((one, index) => alternativeOf(one, place.at(index)))
    : Object.entries(raw).map(([share, one]) => ({ share, raw: one, place: place.at(share) }));
  const of = alternatives.map((one) => distributionOf(one.raw, one.place));
  const shares = alternatives.flatMap(({ share, place: at }) => (share === null ? [] : [shareOf(share, at)]));
  if (shares.length === 0) return { kind: 'choice', weights: of.map(() => 1), of };
  if (shares.length < of.length) place.problem('some alternatives have a probability, and others have none');
  const weights = shares;
  const sum = weights.reduce((total, each) => total + each, 0);
  if (sum !== 100_000_000 && place.isSound) {
    place.problem(`the probabilities of the alternatives sum up to ${String(sum / 1_000_000)}%, not to 100%`);
  }
  const common = weights.reduce(greatestCommonDivisor, 0) || 1;
  return { kind: 'choice', weights: weights.map((each) => each / common), of };
}

/** An alternative of a list: with its probability, or null, and where it stands. */
function alternativeOf(
  raw: RawAlternative,
  place: Place,
): { share: string | null; raw: RawDistribution; place: Place } {
  if (isEnds(raw)) return { share: null, raw, place };
  const keys = Object.keys(raw);
  const [only] = keys;
  if (keys.length !== 1 || only === undefined) {
    place.problem(`expected one alternative, such as 25%: 5ms, got ${String(keys.length)} keys`);
    return { share: null, raw: [0, 0], place };
  }
  if (only === 'normal' || only === 'exponential') return { share: null, raw: raw, place };
  const inner = (raw as Readonly<Record<string, RawDistribution>>)[only];
  return { share: only, raw: inner ?? [0, 0], place: place.at(only) };
}

function shareOf(share: string, place: Place): number {
  try {
    return percentage(share);
  } catch (error) {
    if (!(error instanceof InvalidValue)) throw error;
    place.problem(error.message, 'key');
    return NaN;
  }
}

function greatestCommonDivisor(a: number, b: number): number {
  return Number.isNaN(b) || b === 0 ? a : greatestCommonDivisor(b, a % b);
}

function isEnds(raw: RawAlternative): raw is readonly [number, number] {
  return Array.isArray(raw);
}

function isList(
  raw: Readonly<Record<string, RawDistribution>> | readonly RawAlternative[],
): raw is readonly RawAlternative[] {
  return Array.isArray(raw);
}
