import { expect, test } from 'vitest';
import { Sizes } from './sizes.ts';

test('the sum is that of the sizes that are there', () => {
  const sizes = new Sizes<string>();
  sizes.set('a', 3);
  sizes.set('b', 4);
  sizes.set('a', 5);
  expect([sizes.sum, sizes.count, sizes.get('a'), sizes.get('c')]).toEqual([9, 2, 5, 0]);
  sizes.delete('b');
  sizes.delete('c');
  expect([sizes.sum, sizes.count]).toEqual([5, 1]);
  sizes.set('d', 1);
  sizes.keepOnly((key) => key === 'd');
  expect([sizes.sum, sizes.count]).toEqual([1, 1]);
});
