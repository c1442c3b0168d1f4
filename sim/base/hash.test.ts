import fc from 'fast-check';
import { expect, test } from 'vitest';
import { RollingHash } from './hash.ts';

type Word = number | string;

function digest(words: readonly Word[]): string {
  const hash = new RollingHash();
  for (const word of words) {
    if (typeof word === 'number') hash.int(word);
    else hash.text(word);
  }
  return hash.digest();
}

const int = fc.oneof(
  fc.integer(),
  fc.nat(3),
  fc.maxSafeInteger(),
  fc.constantFrom(2 ** 31, 2 ** 32, -(2 ** 31), -(2 ** 32), 2 ** 53, -(2 ** 53)),
);

test('different sequences of numbers have different hashes', () => {
  fc.assert(
    fc.property(fc.array(int, { maxLength: 6 }), fc.array(int, { maxLength: 6 }), (one, other) => {
      fc.pre(JSON.stringify(one) !== JSON.stringify(other));
      expect(digest(one)).not.toBe(digest(other));
    }),
    { numRuns: 1000 },
  );
});

test('the order of numbers counts', () => {
  fc.assert(
    fc.property(int, int, (a, b) => {
      fc.pre(a !== b);
      expect(digest([a, b])).not.toBe(digest([b, a]));
    }),
  );
});

test('where one number ends and the next begins counts', () => {
  expect(digest([1, 2])).not.toBe(digest([12]));
  expect(digest([0])).not.toBe(digest([]));
  expect(digest([0, 0])).not.toBe(digest([0]));
  expect(digest(['ab', 'c'])).not.toBe(digest(['a', 'bc']));
  expect(digest(['', 'a'])).not.toBe(digest(['a', '']));
});

test('different texts have different hashes', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (one, other) => {
      fc.pre(one !== other);
      expect(digest([one])).not.toBe(digest([other]));
    }),
    { numRuns: 1000 },
  );
  expect(digest(['k1 = 12'])).not.toBe(digest(['k1 = 21']));
});

test('a number is told from every other that shares its low 32 bits', () => {
  fc.assert(
    fc.property(fc.integer(), fc.integer({ min: -(2 ** 20), max: 2 ** 20 }), (low, high) => {
      fc.pre(high !== 0);
      expect(digest([low + high * 2 ** 32])).not.toBe(digest([low]));
    }),
  );
  expect(digest([-1])).not.toBe(digest([2 ** 32 - 1]));
  expect(digest([2 ** 32 + 5])).not.toBe(digest([5, 1]));
  expect(digest([2 ** 53])).not.toBe(digest([2 ** 53 - 1]));
  expect(digest([-(2 ** 53)])).not.toBe(digest([2 ** 53]));
});

test('a single flipped bit changes about half of the digest', () => {
  let changed = 0;
  for (let bit = 0; bit < 32; bit++) {
    const one = BigInt(`0x${digest([1, 2, 3])}`);
    const other = BigInt(`0x${digest([1, 2 ^ (1 << bit), 3])}`);
    changed += (one ^ other).toString(2).replaceAll('0', '').length;
  }
  expect(changed / 32).toBeGreaterThan(24);
  expect(changed / 32).toBeLessThan(40);
});

test('reading the digest changes nothing', () => {
  const hash = new RollingHash();
  hash.int(1);
  expect(hash.digest()).toBe(hash.digest());
  hash.int(2);
  expect(hash.digest()).toBe(digest([1, 2]));
});

test('the digest is 16 hexadecimal digits, pinned so that a change is seen', () => {
  expect(digest([])).toMatch(/^[0-9a-f]{16}$/);
  expect({
    empty: digest([]),
    one: digest([1]),
    pair: digest([1, 2]),
    swapped: digest([2, 1]),
    negative: digest([-1]),
    big: digest([2 ** 40 + 3]),
    text: digest(['déjà vu', 7]),
  }).toEqual({
    empty: 'bc3916345ecf109e',
    one: '296ef9e97c6122f0',
    pair: 'f153ae42418f998c',
    swapped: 'a65f096685ad55de',
    negative: 'e062b75493d0829c',
    big: '7e1d2d40d236a239',
    text: 'fd9eca16b1857d77',
  });
});
