import type { Micros, Random } from '../protocol.ts';
import { CELLS, EXPONENTIAL, NORMAL } from './quantiles.ts';

/** Where a span of time is drawn from. All spans are whole microseconds, never negative. */
export type Distribution =
  | { readonly kind: 'constant'; readonly value: Micros }
  | { readonly kind: 'uniform'; readonly low: Micros; readonly high: Micros }
  /** Cut off at 0. */
  | { readonly kind: 'normal'; readonly mean: Micros; readonly deviation: Micros }
  | { readonly kind: 'exponential'; readonly mean: Micros }
  /** A discrete mixture; the weights are whole numbers of any scale. */
  | { readonly kind: 'choice'; readonly weights: readonly number[]; readonly of: readonly Distribution[] };

export function sample(distribution: Distribution, random: Random): Micros {
  switch (distribution.kind) {
    case 'constant':
      return distribution.value;
    case 'uniform':
      return random.between(distribution.low, distribution.high);
    case 'normal':
      return Math.max(0, distribution.mean + scaled(distribution.deviation, NORMAL, random));
    case 'exponential':
      return scaled(distribution.mean, EXPONENTIAL, random);
    case 'choice':
      return sample(chosen(distribution.weights, distribution.of, random), random);
  }
}

/** The longest span that can be drawn. */
export function longest(distribution: Distribution): Micros {
  switch (distribution.kind) {
    case 'constant':
      return distribution.value;
    case 'uniform':
      return distribution.high;
    case 'normal':
      return Math.max(0, distribution.mean + highest(distribution.deviation, NORMAL));
    case 'exponential':
      return highest(distribution.mean, EXPONENTIAL);
    case 'choice':
      return Math.max(...distribution.of.map(longest));
  }
}

/** Whether every draw is 0. */
export function isZero(distribution: Distribution): boolean {
  return distribution.kind === 'constant' && distribution.value === 0;
}

/** A span as scenarios write it: `0ms`, `250us`, `150ms`, `1.5s`. */
export function describeSpan(span: Micros): string {
  if (Math.abs(span) >= 1_000_000) return `${span / 1_000_000}s`;
  return span % 1_000 === 0 ? `${span / 1_000}ms` : `${span}us`;
}

/** A distribution in words: `5ms`, `1ms..10ms`. */
export function describeDistribution(distribution: Distribution): string {
  switch (distribution.kind) {
    case 'constant':
      return describeSpan(distribution.value);
    case 'uniform':
      return `${describeSpan(distribution.low)}..${describeSpan(distribution.high)}`;
    case 'normal':
      return `normal ${describeSpan(distribution.mean)} ± ${describeSpan(distribution.deviation)}`;
    case 'exponential':
      return `exponential ${describeSpan(distribution.mean)}`;
    case 'choice':
      return `choice of ${distribution.of.map(describeDistribution).join(', ')}`;
  }
}

function highest(unit: Micros, quantiles: readonly number[]): Micros {
  return Math.ceil((unit * quantiles[quantiles.length - 1]!) / 1000);
}

function scaled(unit: Micros, quantiles: readonly number[], random: Random): Micros {
  const STEPS = 65536;
  const draw = random.below(CELLS * STEPS);
  const cell = Math.floor(draw / STEPS);
  const low = quantiles[cell]!;
  const thousandths = low + ((quantiles[cell + 1]! - low) * (draw - cell * STEPS)) / STEPS;
  return Math.round((unit * thousandths) / 1000);
}

function chosen(weights: readonly number[], of: readonly Distribution[], random: Random): Distribution {
  let total = 0;
  for (const weight of weights) total += weight;
  let rest = random.below(total);
  let index = 0;
  while (rest >= weights[index]!) rest -= weights[index++]!;
  return of[index]!;
}
