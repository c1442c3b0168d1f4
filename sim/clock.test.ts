import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Clock } from './clock.ts';

const HOUR = 3_600_000_000;

/** The clock's definition: offset + ⌊time · (1 + drift)⌋, in exact arithmetic. */
function exact(offset: number, drift: number, global: number): number {
  const product = BigInt(global) * BigInt(1_000_000 + drift);
  const million = 1_000_000n;
  const floor = product / million - (product % million < 0n ? 1n : 0n);
  return Number(BigInt(offset) + floor);
}

const offset = fc.integer({ min: -HOUR, max: HOUR });
const drift = fc.oneof(
  fc.integer({ min: -500, max: 500 }),
  fc.integer({ min: -1_000_000, max: 1_000_000 }),
  fc.constantFrom(-1_000_000, -999_999, 0, 8_000_000),
);
const time = fc.oneof(fc.nat(1_000_000), fc.nat(10 * HOUR));

describe('local', () => {
  test('a reading is offset + ⌊time · (1 + drift)⌋, exact for ten hours', () => {
    fc.assert(
      fc.property(offset, drift, time, (offset, drift, global) => {
        expect(new Clock(offset, drift).local(global)).toBe(exact(offset, drift, global));
      }),
      { numRuns: 500 },
    );
  });

  test('a reading a millionth below a whole microsecond is rounded down, however many hours have passed', () => {
    const drift = fc.constantFrom(1, -1, 3, -7, 9, 999_999, -300_001);
    fc.assert(
      fc.property(drift, fc.nat(36_000), fc.constantFrom(-1, 0, 1), (drift, seconds, rest) => {
        // The time within this second whose product with the drift leaves this rest.
        let within = 0;
        while ((within * (drift % 1_000_000) - rest) % 1_000_000 !== 0) within++;
        const global = seconds * 1_000_000 + within;
        expect(new Clock(0, drift).local(global)).toBe(exact(0, drift, global));
      }),
      { numRuns: 60 },
    );
  });

  test('reading more often changes nothing', () => {
    fc.assert(
      fc.property(offset, drift, fc.array(time, { maxLength: 30 }), (offset, drift, times) => {
        const often = new Clock(offset, drift);
        const inOrder = times.toSorted((a, b) => a - b);
        for (const global of inOrder) expect(often.local(global)).toBe(new Clock(offset, drift).local(global));
      }),
    );
  });

  test('a clock never goes back, and a stopped one stands still', () => {
    fc.assert(
      fc.property(offset, drift, time, fc.nat(HOUR), (offset, drift, global, later) => {
        const clock = new Clock(offset, drift);
        const before = clock.local(global);
        const after = clock.local(global + later);
        expect(after).toBeGreaterThanOrEqual(before);
        if (drift === -1_000_000) expect(after).toBe(before);
      }),
    );
  });

  test('a fast clock gains its parts per million', () => {
    expect(new Clock(0, 200).local(HOUR)).toBe(HOUR + 720_000);
    expect(new Clock(5, -500_000).local(1_000_001)).toBe(500_005);
  });
});

describe('global', () => {
  test('it is the first time, not before now, at which the clock reads at least that much', () => {
    fc.assert(
      fc.property(offset, drift, time, fc.integer({ min: -HOUR, max: HOUR }), (offset, drift, now, ahead) => {
        const clock = new Clock(offset, drift);
        const local = clock.local(now) + ahead;
        const global = clock.global(local, now);
        if (global === Infinity) {
          expect(drift).toBe(-1_000_000);
          expect(ahead).toBeGreaterThan(0);
          return;
        }
        // A very slow clock would take longer than numbers can hold: a span without use.
        fc.pre(global < 100_000 * HOUR);
        expect(Number.isInteger(global)).toBe(true);
        expect(global).toBeGreaterThanOrEqual(now);
        expect(exact(offset, drift, global)).toBeGreaterThanOrEqual(local);
        if (global > now) expect(exact(offset, drift, global - 1)).toBeLessThan(local);
      }),
      { numRuns: 1000 },
    );
  });

  test('a timer set many hours ahead is due at the exact microsecond', () => {
    // 1,000,000 is the inverse of 1,000,000 modulo 1,000,001, so that the quotient is a millionth above a whole number.
    const local = 1_000_000 + 20_000 * 1_000_001;
    const global = new Clock(0, 1).global(local, 0);
    expect(exact(0, 1, global)).toBeGreaterThanOrEqual(local);
    expect(exact(0, 1, global - 1)).toBeLessThan(local);
  });

  test('asked again on the way, it names the same time', () => {
    fc.assert(
      fc.property(offset, drift, time, fc.nat(300_000), (offset, drift, now, ahead) => {
        const clock = new Clock(offset, drift);
        const local = clock.local(now) + ahead;
        const global = clock.global(local, now);
        fc.pre(global !== Infinity);
        expect(clock.global(local, Math.floor((now + global) / 2))).toBe(global);
        expect(clock.global(local, global)).toBe(global);
      }),
    );
  });

  test('what lies in the past is due now, even for a stopped clock', () => {
    const clock = new Clock(100, -1_000_000);
    expect(clock.global(100, 50)).toBe(50);
    expect(clock.global(99, 50)).toBe(50);
    expect(clock.global(101, 50)).toBe(Infinity);
  });
});

describe('adjust', () => {
  test('a jump moves the reading by the span, and a change of drift counts from then on', () => {
    const change = fc.record({ wait: fc.nat(HOUR), span: fc.integer({ min: -HOUR, max: HOUR }), drift });
    fc.assert(
      fc.property(offset, drift, fc.array(change, { maxLength: 6 }), fc.nat(HOUR), (offset, drift, changes, rest) => {
        const clock = new Clock(offset, drift);
        let now = 0;
        let base = { global: 0, local: offset, drift };
        const expected = (global: number): number => exact(base.local, base.drift, global - base.global);
        for (const change of changes) {
          now += change.wait;
          const local = expected(now) + change.span;
          clock.adjust(now, change.span, change.drift);
          base = { global: now, local, drift: change.drift };
          expect(clock.local(now)).toBe(local);
        }
        expect(clock.local(now + rest)).toBe(expected(now + rest));
      }),
    );
  });

  test('a stopped clock goes on when its drift is taken away', () => {
    const clock = new Clock(0, 0);
    clock.adjust(1000, 0, -1_000_000);
    expect(clock.local(5000)).toBe(1000);
    clock.adjust(5000, 0, 0);
    expect(clock.local(6000)).toBe(2000);
    expect(clock.global(3000, 6000)).toBe(7000);
  });
});
