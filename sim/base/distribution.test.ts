import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Distribution, describeDistribution, describeSpan, isZero, sample } from './distribution.ts';
import { CELLS, EXPONENTIAL, NORMAL } from './quantiles.ts';
import { Streams } from './random.ts';

const DRAWS = 100_000;
const span = fc.nat(10_000_000);

const simple: fc.Arbitrary<Distribution> = fc.oneof(
  fc.record({ kind: fc.constant('constant' as const), value: span }),
  fc.tuple(span, span).map(([a, b]) => ({ kind: 'uniform' as const, low: Math.min(a, b), high: Math.max(a, b) })),
  fc.record({ kind: fc.constant('normal' as const), mean: span, deviation: span }),
  fc.record({ kind: fc.constant('exponential' as const), mean: span }),
);
const choice: fc.Arbitrary<Distribution> = fc
  .array(fc.tuple(fc.integer({ min: 1, max: 1000 }), simple), { minLength: 1, maxLength: 4 })
  .map((parts) => ({
    kind: 'choice' as const,
    weights: parts.map(([weight]) => weight),
    of: parts.map(([, part]) => part),
  }));
const any = fc.oneof(simple, choice);

/** The least and the most a draw can be, tails of the tables included. */
function bounds(distribution: Distribution): readonly [number, number] {
  switch (distribution.kind) {
    case 'constant':
      return [distribution.value, distribution.value];
    case 'uniform':
      return [distribution.low, distribution.high];
    case 'normal':
      return [0, distribution.mean + Math.ceil((distribution.deviation * NORMAL[CELLS]!) / 1000)];
    case 'exponential':
      return [0, Math.ceil((distribution.mean * EXPONENTIAL[CELLS]!) / 1000)];
    case 'choice': {
      const parts = distribution.of.map(bounds);
      return [Math.min(...parts.map(([low]) => low)), Math.max(...parts.map(([, high]) => high))];
    }
  }
}

function statistics(distribution: Distribution): { mean: number; deviation: number } {
  const random = new Streams('1').get('statistics', distribution.kind);
  let sum = 0;
  let squares = 0;
  for (let i = 0; i < DRAWS; i++) {
    const drawn = sample(distribution, random);
    sum += drawn;
    squares += drawn * drawn;
  }
  const mean = sum / DRAWS;
  return { mean, deviation: Math.sqrt(squares / DRAWS - mean * mean) };
}

describe('sample', () => {
  test('every draw is a whole number of microseconds within its bounds, and never negative', () => {
    fc.assert(
      fc.property(any, fc.string(), (distribution, seed) => {
        const random = new Streams(seed).get('x');
        const [low, high] = bounds(distribution);
        for (let i = 0; i < 50; i++) {
          const drawn = sample(distribution, random);
          expect(Number.isSafeInteger(drawn) && !Object.is(drawn, -0)).toBe(true);
          expect(drawn >= low && drawn <= high && drawn >= 0).toBe(true);
        }
      }),
      { numRuns: 500 },
    );
  });

  test('the same stream gives the same draws', () => {
    fc.assert(
      fc.property(any, fc.string(), (distribution, seed) => {
        const one = new Streams(seed).get('x');
        const other = new Streams(seed).get('x');
        for (let i = 0; i < 10; i++) expect(sample(distribution, one)).toBe(sample(distribution, other));
      }),
    );
  });

  test('a uniform draw reaches both ends', () => {
    const random = new Streams('1').get('x');
    const drawn = new Set(Array.from({ length: 200 }, () => sample({ kind: 'uniform', low: 3, high: 6 }, random)));
    expect(drawn).toEqual(new Set([3, 4, 5, 6]));
  });

  test('a uniform distribution has the mean and deviation of its range', () => {
    const { mean, deviation } = statistics({ kind: 'uniform', low: 10_000, high: 20_000 });
    expect(Math.abs(mean - 15_000)).toBeLessThan(50);
    expect(Math.abs(deviation - 10_000 / Math.sqrt(12))).toBeLessThan(50);
  });

  test('a normal distribution has the mean and deviation it names', () => {
    const { mean, deviation } = statistics({ kind: 'normal', mean: 50_000, deviation: 5_000 });
    expect(Math.abs(mean - 50_000)).toBeLessThan(100);
    expect(Math.abs(deviation - 5_000)).toBeLessThan(100);
  });

  test('a normal distribution holds 68, 95 and 99.7 per cent within one, two and three deviations', () => {
    const random = new Streams('1').get('x');
    const within = [0, 0, 0];
    for (let i = 0; i < DRAWS; i++) {
      const away = Math.abs(sample({ kind: 'normal', mean: 1_000_000, deviation: 100_000 }, random) - 1_000_000);
      for (let k = 0; k < 3; k++) if (away <= (k + 1) * 100_000) within[k]!++;
    }
    expect(Math.abs(within[0]! / DRAWS - 0.6827)).toBeLessThan(0.006);
    expect(Math.abs(within[1]! / DRAWS - 0.9545)).toBeLessThan(0.004);
    expect(Math.abs(within[2]! / DRAWS - 0.9973)).toBeLessThan(0.002);
  });

  test('a normal distribution is cut off at 0', () => {
    const random = new Streams('1').get('x');
    const drawn = Array.from({ length: 1000 }, () => sample({ kind: 'normal', mean: 0, deviation: 1000 }, random));
    const zeros = drawn.filter((value) => value === 0).length;
    expect(zeros).toBeGreaterThan(400);
    expect(zeros).toBeLessThan(600);
  });

  test('an exponential distribution has a mean and a deviation of what it names', () => {
    const { mean, deviation } = statistics({ kind: 'exponential', mean: 20_000 });
    expect(Math.abs(mean - 20_000)).toBeLessThan(300);
    expect(Math.abs(deviation - 20_000)).toBeLessThan(600);
  });

  test('a choice takes its parts as often as their weights say, and one of weight 0 never', () => {
    const distribution: Distribution = {
      kind: 'choice',
      weights: [7, 0, 2, 1],
      of: [0, 1, 2, 3].map((value) => ({ kind: 'constant' as const, value })),
    };
    const random = new Streams('1').get('x');
    const counts = [0, 0, 0, 0];
    for (let i = 0; i < DRAWS; i++) counts[sample(distribution, random)]!++;
    expect(counts[1]).toBe(0);
    for (const [part, share] of [0.7, 0, 0.2, 0.1].entries()) {
      expect(Math.abs(counts[part]! / DRAWS - share)).toBeLessThan(0.01);
    }
  });
});

describe('quantile tables', () => {
  test('a few values are pinned, so that an engine that computes them otherwise is seen', () => {
    const at = [0, 1, 24, 25, 256, 512, 768, 999, 1000, 1023, 1024];
    expect(at.map((i) => NORMAL[i])).toEqual([-3487, -3097, -1987, -1970, -674, 0, 674, 1970, 1987, 3097, 3487]);
    expect(at.map((i) => EXPONENTIAL[i])).toEqual([0, 1, 24, 25, 288, 693, 1386, 3713, 3753, 6931, 8318]);
    const sum = (table: readonly number[]): number => table.reduce((all, value, i) => (all * 31 + value + i) % 1e9, 0);
    expect([sum(NORMAL), sum(EXPONENTIAL)]).toEqual([-899_945_920, 38_167_911]);
  });

  test('the tables rise, and the normal one is symmetric', () => {
    for (let i = 1; i <= CELLS; i++) {
      expect(NORMAL[i]).toBeGreaterThan(NORMAL[i - 1]!);
      expect(EXPONENTIAL[i]).toBeGreaterThan(EXPONENTIAL[i - 1]!);
      expect(NORMAL[i]! + NORMAL[CELLS - i]!).toBe(0);
    }
  });

  test('the exponential table is −ln(1 − p) to the thousandth', () => {
    for (let i = 1; i < CELLS; i++)
      expect(Math.abs(EXPONENTIAL[i]! + 1000 * Math.log(1 - i / CELLS))).toBeLessThan(0.51);
  });
});

describe('words', () => {
  test('a distribution is isZero exactly when it is the constant 0', () => {
    expect(isZero({ kind: 'constant', value: 0 })).toBe(true);
    expect(isZero({ kind: 'constant', value: 1 })).toBe(false);
    expect(isZero({ kind: 'exponential', mean: 5 })).toBe(false);
  });

  test('a span is told in the largest unit that keeps it whole', () => {
    expect([0, 1, 1000, 1500, 1_000_000, 1_500_000, 90_000_000].map(describeSpan)).toEqual([
      '0ms',
      '1us',
      '1ms',
      '1500us',
      '1s',
      '1.5s',
      '90s',
    ]);
    expect(describeDistribution({ kind: 'uniform', low: 1000, high: 10_000 })).toBe('1ms..10ms');
  });
});
