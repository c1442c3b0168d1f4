import { describe, expect, test } from 'vitest';
import { ValueHistory } from './value-history.ts';

/** x is a from index 2 on, b from 5 on, absent from 7 on. */
function sampleHistory(): ValueHistory {
  const made = new ValueHistory();
  made.put('x', 'a', 2, 0);
  made.put('x', 'b', 5, 0);
  made.put('x', null, 7, 0);
  return made;
}

describe('the values of a key', () => {
  test('the value after an index is the last one written up to it', () => {
    const made = sampleHistory();
    const values = [0, 1, 2, 4, 5, 6, 7, 99].map((index) => made.at('x', index));
    expect(values).toEqual([null, null, 'a', 'a', 'b', 'b', null, null]);
    expect(made.at('y', 9)).toBeNull();
  });

  test.each([
    ['a', 2, 4, true],
    ['a', 4, 9, true],
    ['a', 5, 9, false],
    ['a', 0, 1, false],
    ['b', 0, 4, false],
    ['b', 0, 5, true],
    ['b', 6, 6, true],
    ['b', 7, 9, false],
    [null, 0, 1, true],
    [null, 2, 6, false],
    [null, 2, 7, true],
    [null, 9, 9, true],
  ])('whether it held %s from index %i to %i: %s', (value, from, to, held) => {
    expect(sampleHistory().held('x', value, from, to)).toBe(held);
  });

  test('a key that was never written has always been absent', () => {
    expect(sampleHistory().held('y', null, 3, 4)).toBe(true);
    expect(sampleHistory().held('y', 'a', 3, 4)).toBe(false);
  });

  test('values that no read may return any more are forgotten when the key is written again, and no others', () => {
    const made = sampleHistory();
    made.put('x', 'c', 8, 5);
    expect(made.count('x')).toBe(3);
    expect([5, 6, 7, 8].map((index) => made.at('x', index))).toEqual(['b', 'b', null, 'c']);
    made.put('x', 'd', 9, 6);
    expect(made.at('x', 6)).toBe('b');
    for (let index = 10; index < 1_000; index++) made.put('x', `${index}`, index, index - 3);
    expect(made.count('x')).toBeLessThan(6);
    expect(made.at('x', 996)).toBe('996');
  });
});
