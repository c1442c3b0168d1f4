import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Random } from '../protocol.ts';
import { Streams } from './random.ts';

const word = fc.oneof(fc.string({ maxLength: 6 }), fc.integer());
const key = fc.array(word, { minLength: 1, maxLength: 4 });

function numbers(random: Random, count: number): number[] {
  return Array.from({ length: count }, () => random.below(0x1_0000_0000));
}

describe('streams', () => {
  test('a stream gives the same numbers whatever other streams are drawn from, and in whatever order', () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.uniqueArray(key, { minLength: 1, maxLength: 5, selector: (words) => JSON.stringify(words) }),
        fc.array(fc.nat(4), { maxLength: 60 }),
        (seed, keys, order) => {
          const together = new Streams(seed);
          const drawn = keys.map((): number[] => []);
          for (const choice of order) {
            const place = choice % keys.length;
            drawn[place]!.push(together.get(...keys[place]!).below(1_000_003));
          }
          for (const [place, words] of keys.entries()) {
            const alone = new Streams(seed).get(...words);
            expect(drawn[place]!.map(() => alone.below(1_000_003))).toEqual(drawn[place]);
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  test('the same words name the same stream, which goes on where it stands', () => {
    const streams = new Streams('7');
    const first = numbers(streams.get('link', 1, 2), 3);
    const rest = numbers(streams.get('link', 1, 2), 3);
    expect([...first, ...rest]).toEqual(numbers(new Streams('7').get('link', 1, 2), 6));
  });

  test('different keys, and different seeds, give different numbers', () => {
    fc.assert(
      fc.property(fc.string(), key, fc.string(), key, (seed, words, otherSeed, otherWords) => {
        fc.pre(JSON.stringify([seed, words]) !== JSON.stringify([otherSeed, otherWords]));
        const one = numbers(new Streams(seed).get(...words), 4);
        const other = numbers(new Streams(otherSeed).get(...otherWords), 4);
        expect(one).not.toEqual(other);
      }),
    );
  });

  test.each([
    [
      ['a', 'b'],
      ['a/b', ''],
    ],
    [['a', 'b'], ['ab']],
    [
      ['link', 1, 12],
      ['link', 11, 2],
    ],
    [
      ['link', 1, 2],
      ['link', '1', '2'],
    ],
    [['a,b'], ['a', 'b']],
    [['a","b'], ['a', 'b']],
    [['a'], ['a', '']],
  ])('keys that a plain join would confuse are apart: %j and %j', (words, others) => {
    const streams = new Streams('1');
    expect(numbers(streams.get(...words), 4)).not.toEqual(numbers(streams.get(...others), 4));
  });

  test('the seed does not run into the purpose', () => {
    expect(numbers(new Streams('1').get('2', 'x'), 4)).not.toEqual(numbers(new Streams('12').get('x'), 4));
    expect(numbers(new Streams('1","2').get('x'), 4)).not.toEqual(numbers(new Streams('1').get('2', 'x'), 4));
  });

  test('first draws of consecutive seeds are spread evenly', () => {
    const CELLS = 16;
    const SEEDS = 4000;
    for (const purpose of ['disk', 'node']) {
      const cells = new Array<number>(CELLS).fill(0);
      for (let seed = 1; seed <= SEEDS; seed++) cells[new Streams(String(seed)).get(purpose, 0).below(CELLS)]!++;
      let chiSquare = 0;
      for (const count of cells) chiSquare += (count - SEEDS / CELLS) ** 2 / (SEEDS / CELLS);
      // 15 degrees of freedom: exceeded by chance in one case of ten thousand.
      expect(chiSquare).toBeLessThan(44.3);
    }
  });

  test('the numbers are pinned, so that a change of generator is seen', () => {
    const random = new Streams('1').get('node', 0);
    expect(numbers(random, 3)).toEqual([694_019_926, 1_592_687_877, 3_196_092_017]);
    expect(random.below(2 ** 53)).toBe(690_719_283_501_146);
  });
});

describe('draws', () => {
  test('below stays in range and is whole, up to 2^53', () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 2 ** 53 - 1 })),
        (seed, bound) => {
          const random = new Streams(seed).get('x');
          for (let i = 0; i < 20; i++) {
            const drawn = random.below(bound);
            expect(Number.isInteger(drawn) && drawn >= 0 && drawn < bound).toBe(true);
          }
        },
      ),
    );
    const widest = new Streams('1').get('x');
    for (let i = 0; i < 1000; i++) expect(widest.below(2 ** 53)).toBeLessThan(2 ** 53);
  });

  test('between stays in range, both ends included', () => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: -(2 ** 50), max: 2 ** 50 }), fc.nat(2 ** 51), (seed, low, span) => {
        const random = new Streams(seed).get('x');
        for (let i = 0; i < 20; i++) {
          const drawn = random.between(low, low + span);
          expect(Number.isInteger(drawn) && drawn >= low && drawn <= low + span).toBe(true);
        }
      }),
    );
    const die = new Streams('1').get('die');
    expect(new Set(Array.from({ length: 200 }, () => die.between(1, 6)))).toEqual(new Set([1, 2, 3, 4, 5, 6]));
  });

  test('a range wider than 2^32 is reached in its upper part, and in its low bits', () => {
    const random = new Streams('1').get('wide');
    const drawn = Array.from({ length: 1000 }, () => random.below(2 ** 50));
    expect(drawn.filter((value) => value >= 2 ** 49).length).toBeGreaterThan(400);
    expect(drawn.filter((value) => value % 2 === 1).length).toBeGreaterThan(400);
  });

  test('a range of one holds one number, and an empty one is refused', () => {
    const random = new Streams('1').get('x');
    expect(random.below(1)).toBe(0);
    expect(random.between(5, 5)).toBe(5);
    expect(() => random.below(0)).toThrow('empty range');
    expect(() => random.between(5, 4)).toThrow('empty range');
  });

  test('chance 0 is never and chance 1 is always, and both draw once', () => {
    fc.assert(
      fc.property(fc.string(), fc.double({ min: 0, max: 1, noNaN: true }), (seed, probability) => {
        const never = new Streams(seed).get('x');
        const always = new Streams(seed).get('x');
        const some = new Streams(seed).get('x');
        for (let i = 0; i < 50; i++) {
          expect(never.chance(0)).toBe(false);
          expect(always.chance(1)).toBe(true);
          some.chance(probability);
        }
        const after = never.below(1000);
        expect([always.below(1000), some.below(1000)]).toEqual([after, after]);
      }),
    );
  });

  test('chance comes true about as often as it says', () => {
    for (const probability of [0.01, 0.25, 0.5, 0.9]) {
      const random = new Streams('1').get('chance', String(probability));
      let hits = 0;
      for (let i = 0; i < 100_000; i++) if (random.chance(probability)) hits++;
      expect(Math.abs(hits / 100_000 - probability)).toBeLessThan(0.01);
    }
  });
});
