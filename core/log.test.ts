import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Defect } from '../sim/base/assert.ts';
import { Log } from './log.ts';
import { entriesOf } from './testing/messages.ts';

/** Terms of the entries of a log: they never decrease. */
const terms = fc
  .array(fc.integer({ min: 0, max: 3 }), { maxLength: 25 })
  .map((steps) =>
    steps.reduce<number[]>((all, step) => [...all, (all[all.length - 1] ?? 1) + (step > 1 ? step - 1 : 0)], []),
  );
const termsAndIndex = terms.chain((all) =>
  fc.tuple(fc.constant(all), fc.integer({ min: 1, max: Math.max(1, all.length) })),
);

test('an empty log ends at index 0, in term 0', () => {
  const log = new Log([]);
  expect([log.lastIndex, log.lastTerm, log.term(0), log.has(0), log.has(1)]).toEqual([0, 0, 0, true, false]);
});

test('indices count from 1, and has says which there are', () => {
  fc.assert(
    fc.property(terms, (terms) => {
      const entries = entriesOf(...terms);
      const log = new Log([...entries]);
      expect(log.lastIndex).toBe(terms.length);
      expect(log.lastTerm).toBe(terms[terms.length - 1] ?? 0);
      for (const [i, term] of terms.entries()) {
        expect(log.entry(i + 1)).toBe(entries[i]);
        expect(log.term(i + 1)).toBe(term);
        expect(log.has(i + 1)).toBe(true);
      }
      expect(log.has(terms.length + 1)).toBe(false);
    }),
  );
});

test('firstOfTerm is the lowest index at or below the given one with the same term, as a walk finds it', () => {
  fc.assert(
    fc.property(termsAndIndex, ([terms, index]) => {
      fc.pre(terms.length > 0);
      let naive = index;
      while (naive > 1 && terms[naive - 2] === terms[index - 1]) naive--;
      expect(new Log(entriesOf(...terms)).firstOfTerm(index)).toBe(naive);
    }),
  );
});

test('lastOfTerm is the highest index with that term, as a walk finds it, or 0', () => {
  fc.assert(
    fc.property(terms, fc.nat(12), (terms, term) => {
      expect(new Log(entriesOf(...terms)).lastOfTerm(term)).toBe(terms.lastIndexOf(term) + 1);
    }),
  );
});

test('a slice goes from its first index up to but not including its end', () => {
  fc.assert(
    fc.property(terms, fc.nat(30), fc.nat(30), (terms, a, b) => {
      const entries = entriesOf(...terms);
      const from = Math.min(a, b) + 1;
      const end = Math.max(a, b) + 1;
      const expected = entries.filter((_, i) => i + 1 >= from && i + 1 < end);
      expect(new Log([...entries]).slice(from, end)).toEqual(expected);
    }),
  );
});

test('truncation removes the entry at its index and all that follow, and nothing if there is none', () => {
  fc.assert(
    fc.property(terms, fc.integer({ min: 1, max: 30 }), (terms, index) => {
      const log = new Log(entriesOf(...terms));
      log.truncateFrom(index);
      const kept = terms.slice(0, index - 1);
      expect(Array.from({ length: log.lastIndex }, (_, i) => log.term(i + 1))).toEqual(kept);
      log.append(entriesOf(9)[0]!);
      expect([log.lastIndex, log.lastTerm]).toEqual([kept.length + 1, 9]);
    }),
  );
  expect(() => new Log([]).truncateFrom(0)).toThrow(Defect);
});

test('a clone is independent of the original', () => {
  const log = new Log(entriesOf(1, 1, 2));
  const copy = log.clone();
  log.truncateFrom(2);
  copy.append(entriesOf(3)[0]!);
  expect([log.lastIndex, copy.lastIndex, copy.lastTerm]).toEqual([1, 4, 3]);
});
