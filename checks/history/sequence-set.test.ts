import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SequenceSet } from './sequence-set.ts';

test('it holds what was added in any order, in one run more than there are gaps', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(20), { maxLength: 30 }), (numbers) => {
      const set = new SequenceSet();
      for (const number of numbers) set.add(number);
      const sorted = [...new Set(numbers)].toSorted((a, b) => a - b);
      for (let number = 0; number <= 20; number++) expect(set.has(number)).toBe(sorted.includes(number));
      expect(set.runs).toBe(sorted.filter((number) => !sorted.includes(number - 1)).length);
    }),
  );
});

test('consecutive numbers take the memory of one run', () => {
  const set = new SequenceSet();
  for (let number = 1; number <= 1_000; number++) set.add(number);
  expect([set.runs, set.has(1), set.has(1_000), set.has(1_001)]).toEqual([1, true, true, false]);
});
