import { describe, expect, it } from 'vitest';
import { bytes, counted, elapsed, exactInstant, instant, rounded } from './quantities.ts';

describe('quantities as text', () => {
  it('rounds counts to what can be read at a glance', () => {
    const counts = [0, 999, 9_999, 10_000, 99_949, 99_950, 999_499, 999_500, 3_100_000, 999_499_999, 1_000_000_000];
    expect(counts.map(rounded)).toEqual([
      '0',
      '999',
      '9,999',
      '10.0k',
      '99.9k',
      '100k',
      '999k',
      '1.0M',
      '3.1M',
      '999M',
      '1.0G',
    ]);
  });

  it('never shows a unit that is full', () => {
    for (let millis = 1; millis < 10_000_000; millis = Math.ceil(millis * 1.003)) {
      expect(elapsed(millis)).toMatch(/^(?:\d\.\dms|\d{1,3}ms|[1-5]?\d\.\ds|\d{1,2}m[0-5]\ds|\d+h[0-5]\dm)$/u);
    }
  });

  it('shows real time', () => {
    expect([0.04, 9.94, 340, 999.5, 59_949, 59_950, 125_000, 3_600_000, 10_920_000].map(elapsed)).toEqual([
      '0.0ms',
      '9.9ms',
      '340ms',
      '1.0s',
      '59.9s',
      '1m00s',
      '2m05s',
      '1h00m',
      '3h02m',
    ]);
  });

  it('shows virtual time exactly', () => {
    expect([0, 150_000, 4_812_345, 600_000_001].map(instant)).toEqual(['0.000s', '0.150s', '4.812345s', '600.000001s']);
    expect(exactInstant(4_812_000)).toBe('4.812000s');
  });

  it('shows sizes, and counts with their nouns', () => {
    expect([999, 1_000, 999_949, 999_950].map(bytes)).toEqual(['999 B', '1.0 kB', '999.9 kB', '1.0 MB']);
    expect([counted(1, 'seed'), counted(1_204, 'seed'), counted(0, 'entry', 'entries')]).toEqual([
      '1 seed',
      '1,204 seeds',
      '0 entries',
    ]);
  });
});
