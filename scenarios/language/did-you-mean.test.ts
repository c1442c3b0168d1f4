import fc from 'fast-check';
import { expect, test } from 'vitest';
import { distance, didYouMean, suggestion } from './did-you-mean.ts';

test('a swap of neighbours is one mistake, not two', () => {
  expect(distance('crahs', 'crash')).toBe(1);
  expect(distance('crash', 'crush')).toBe(1);
  expect(distance('', 'abc')).toBe(3);
});

test('the distance is symmetric, zero for equal words only, and at most the longer length', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 12 }), fc.string({ maxLength: 12 }), (a, b) => {
      const far = distance(a, b);
      expect(far).toBe(distance(b, a));
      expect(far === 0).toBe(a === b);
      expect(far).toBeLessThanOrEqual(Math.max(a.length, b.length));
    }),
  );
});

test.each([
  ['timeot', 'timeout'],
  ['electionTimout', 'electionTimeout'],
  ['election_timeout', 'electionTimeout'],
  ['Crash', 'crash'],
  ['kill', 'crash'],
])('%s is near to %s', (word, expected) => {
  expect(didYouMean(word, ['crash', 'timeout', 'electionTimeout', 'heal'])).toBe(expected);
});

test.each([['foo'], ['n7'], [''], ['x'.repeat(1_000_000)]])('%.10s is near to nothing', (word) => {
  expect(didYouMean(word, ['n1', 'n2', 'crash', 'heal'])).toBeNull();
});

test('without a near word the valid ones are listed, if they are few', () => {
  expect(suggestion('foo', ['a', 'b'])).toBe('; expected a or b');
  expect(
    suggestion(
      'foo',
      Array.from({ length: 30 }, (_, i) => `word${i}`),
    ),
  ).toBe('');
});
