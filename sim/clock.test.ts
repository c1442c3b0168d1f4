import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BACKWARDS, Clock, drawDrift, STOPPED } from './clock.ts';
import { Streams } from './base/random.ts';

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
  fc.integer({ min: -2_000_000, max: 1_000_000 }),
  fc.constantFrom(BACKWARDS, -1_000_001, STOPPED, -999_999, 0, 8_000_000),
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

  test('a clock goes back only if it runs backwards, and a stopped one stands still', () => {
    fc.assert(
      fc.property(offset, drift, time, fc.nat(HOUR), (offset, drift, global, later) => {
        const clock = new Clock(offset, drift);
        const before = clock.local(global);
        const after = clock.local(global + later);
        if (drift >= STOPPED) expect(after).toBeGreaterThanOrEqual(before);
        if (drift <= STOPPED) expect(after).toBeLessThanOrEqual(before);
      }),
    );
  });

  test('a fast clock gains its parts per million', () => {
    expect(new Clock(0, 200).local(HOUR)).toBe(HOUR + 720_000);
    expect(new Clock(5, -500_000).local(1_000_001)).toBe(500_005);
  });

  test('a clock that runs backwards reads as much less as time has passed', () => {
    expect([0, 1, HOUR].map((time) => new Clock(7, BACKWARDS).local(time))).toEqual([7, 6, 7 - HOUR]);
  });

  test('a copy reads the same, whatever happens to the clock', () => {
    fc.assert(
      fc.property(offset, drift, time, fc.nat(HOUR), (offset, drift, now, later) => {
        const clock = new Clock(offset, drift);
        clock.local(now);
        const copy = clock.copy();
        clock.adjust(now, 1_000, 0);
        expect(copy.local(now + later)).toBe(new Clock(offset, drift).local(now + later));
      }),
    );
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
          expect(drift).toBeLessThanOrEqual(STOPPED);
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

  test('the highest reading is that of the best moment since what was before has been forgotten', () => {
    const clock = new Clock(100, 0);
    clock.adjust(1_000, 500, BACKWARDS);
    clock.adjust(1_300, 0, 0);
    expect([clock.local(1_300), clock.highest(1_300), clock.highest(1_599), clock.highest(1_601)]).toEqual([
      1_300, 1_600, 1_600, 1_601,
    ]);
    clock.adjust(2_000, -1_500, STOPPED);
    clock.forget(3_000);
    expect([clock.local(4_000), clock.highest(4_000)]).toEqual([500, 500]);
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

test('a drift is drawn from its range, both ends included, and a fixed one is not drawn', () => {
  const random = new Streams('1').get('drift');
  const drawn = Array.from({ length: 200 }, () => drawDrift({ low: -2, high: 1 }, () => random));
  expect([...new Set(drawn)].toSorted((a, b) => a - b)).toEqual([-2, -1, 0, 1]);
  const drawsNothing = (): never => expect.fail('drew');
  expect(drawDrift(7, drawsNothing)).toBe(7);
});
