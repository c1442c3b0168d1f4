import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Heap } from './heap.ts';

const ascending = (a: number, b: number): number => a - b;

function drained(heap: Heap<number>): number[] {
  const taken: number[] = [];
  for (let item = heap.pop(); item !== null; item = heap.pop()) taken.push(item);
  return taken;
}

test('items come out in order, whatever the order in which they went in', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.integer()), (numbers) => {
      const heap = new Heap<number>((a, b) => a < b);
      numbers.forEach((number) => heap.push(number));
      expect([heap.length, heap.first]).toEqual([numbers.length, numbers.toSorted(ascending)[0] ?? null]);
      expect(drained(heap)).toEqual(numbers.toSorted(ascending));
    }),
  );
});

test('what is kept stays in order', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.integer()), (numbers) => {
      const heap = new Heap<number>((a, b) => a < b);
      numbers.forEach((number) => heap.push(number));
      heap.keepOnly((number) => number % 2 === 0);
      expect(drained(heap)).toEqual(numbers.filter((number) => number % 2 === 0).toSorted(ascending));
    }),
  );
});
