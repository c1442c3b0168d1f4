import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fnv, FNV_START, fnvRun } from './fnv.ts';

function naive(state: number, text: string): number {
  for (let i = 0; i < text.length; i++) state = Math.imul(state ^ text.charCodeAt(i), 0x01000193);
  return state;
}

test('a run of one character is hashed as if character by character', () => {
  fc.assert(
    fc.property(fc.integer(), fc.nat(255), fc.nat(3_000), (state, code, count) => {
      expect(fnvRun(state | 0, code, count)).toBe(naive(state | 0, String.fromCharCode(code).repeat(count)));
    }),
  );
});

test('so is any text, with a long run at its end or not', () => {
  const text = fc.tuple(
    fc.string({ unit: 'binary', maxLength: 20 }),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
    fc.constantFrom(0, 1, 1_023, 4_095, 4_096, 10_000, 100_000),
    fc.constantFrom('', '', 'x'),
  );
  fc.assert(
    fc.property(text, ([head, unit, count, tail]) => {
      const whole = head + unit.repeat(count) + tail;
      expect(fnv(FNV_START, whole)).toBe(naive(FNV_START, whole));
    }),
    { numRuns: 300 },
  );
});
