import { expect, test } from 'vitest';
import { Marks } from './marks.ts';

test('marks count how often each was set, and only those set are listed, by name', () => {
  const marks = new Marks();
  marks.counter('never');
  marks.add('b');
  marks.add('a');
  marks.add('b');
  marks.counter('c').count++;
  expect(JSON.stringify(marks.all())).toBe('{"a":1,"b":2,"c":1}');
  expect([marks.count('b'), marks.count('never'), marks.count('unheard of')]).toEqual([2, 0, 0]);
});

test('the revision moves with marks that are added, not with counters', () => {
  const marks = new Marks();
  marks.add('a');
  marks.counter('a').count++;
  expect(marks.revision).toBe(1);
  marks.add('a');
  expect([marks.revision, marks.count('a')]).toEqual([2, 3]);
});
