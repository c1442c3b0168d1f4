import fc from 'fast-check';
import type * as z from 'zod';
import { describe, expect, test } from 'vitest';
import { describeSpan } from '../../sim/base/distribution.ts';
import { OddNumber } from './tree.ts';
import * as values from './values.ts';

function messageOf(schema: z.ZodType, value: unknown): string | undefined {
  return schema.safeParse(value).error?.issues[0]?.message;
}

describe('durations', () => {
  test.each([
    ['0ms', 0],
    ['250us', 250],
    ['150ms', 150_000],
    ['0.1s', 100_000],
    ['1.5s', 1_500_000],
    ['1.000001s', 1_000_001],
    ['2m', 120_000_000],
    ['1h', 3_600_000_000],
  ])('%s is %d microseconds', (text, micros) => {
    expect(values.duration.parse(text)).toBe(micros);
  });

  test('every whole number of microseconds survives being written and read', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 30_000_000_000_000 }), (micros) => {
        expect(values.duration.parse(describeSpan(micros))).toBe(micros);
      }),
    );
  });

  test.each<[unknown, string]>([
    [150, 'expected a duration like 150ms, got 150; did you mean 150ms?'],
    ['150', 'expected a duration like 150ms, got "150"; did you mean 150ms?'],
    ['5 s', 'expected a duration like 150ms, got "5 s"; did you mean 5s?'],
    ['5sec', 'expected a duration like 150ms, got "5sec"; did you mean 5s?'],
    ['5MS', 'expected a duration like 150ms, got "5MS"; did you mean 5ms?'],
    ['3µs', 'expected a duration like 150ms, got "3µs"; did you mean 3us?'],
    ['soon', 'expected a duration like 150ms, got "soon"'],
    ['-5ms', 'expected a duration like 150ms, got "-5ms"'],
    [null, 'expected a duration like 150ms, got nothing'],
    [new OddNumber('.inf'), 'expected a duration like 150ms, got .inf'],
    ['0.5us', '"0.5us" is finer than a microsecond, the unit of virtual time'],
    ['9000h', '"9000h" is longer than a year (8760h)'],
    ['999999999999999h', '"999999999999999h" is longer than a year (8760h)'],
  ])('%j: %s', (value, message) => {
    expect(messageOf(values.duration, value)).toBe(message);
  });

  test('a signed duration may be negative, and is never minus zero', () => {
    expect(values.signedDuration.parse('-5ms')).toBe(-5_000);
    expect(values.signedDuration.parse('+5ms')).toBe(5_000);
    expect(Object.is(values.signedDuration.parse('-0ms'), 0)).toBe(true);
  });
});

describe('ranges', () => {
  test('both ends have a unit; a duration is a range of one', () => {
    expect(values.range.parse('150ms..0.3s')).toEqual([150_000, 300_000]);
    expect(values.range.parse('5ms..5ms')).toEqual([5_000, 5_000]);
    expect(values.range.parse('5ms')).toEqual([5_000, 5_000]);
  });

  test.each([
    ['300ms..150ms', 'the range 300ms..150ms is empty; did you mean 150ms..300ms?'],
    ['150..300ms', 'expected a range of time like 150ms..300ms, got "150..300ms"; did you mean 150ms..300ms?'],
    ['150ms - 300ms', 'expected a range of time like 150ms..300ms, got "150ms - 300ms"; did you mean 150ms..300ms?'],
    ['150ms...300ms', 'expected a range of time like 150ms..300ms, got "150ms...300ms"; did you mean 150ms..300ms?'],
    ['150ms..', 'expected a range of time like 150ms..300ms, got "150ms.."'],
    ['1ms..2ms..3ms', 'expected a range of time like 150ms..300ms, got "1ms..2ms..3ms"'],
  ])('%s: %s', (value, message) => {
    expect(messageOf(values.range, value)).toBe(message);
  });
});

describe('probabilities', () => {
  test('a percentage is a number from 0 to 1', () => {
    expect(['0%', '5%', '0.5%', '100%'].map((text) => values.probability.parse(text))).toEqual([0, 0.05, 0.005, 1]);
  });

  test.each<[unknown, string]>([
    [0.05, 'expected a probability like 5%, got 0.05; did you mean 5%?'],
    [1, 'expected a probability like 5%, got 1; did you mean 100%?'],
    [50, 'expected a probability like 5%, got 50; did you mean 50%?'],
    ['100.01%', 'a probability of 100.01% is more than 100%'],
    ['-1%', 'expected a probability like 5%, got "-1%"'],
  ])('%j: %s', (value, message) => {
    expect(messageOf(values.probability, value)).toBe(message);
  });
});

describe('sizes, bandwidths, rates', () => {
  test('are read in their smallest unit', () => {
    expect(values.size.parse('5kB')).toBe(5_000);
    expect(values.size.parse('1.5MiB')).toBe(1_572_864);
    expect(values.bandwidth.parse('10MB/s')).toBe(10_000_000);
    expect(values.rate.parse('100/s')).toBe(100);
    expect(values.rate.parse('30/m')).toBe(0.5);
  });

  test.each<[z.ZodType, unknown, string]>([
    [values.size, 16, 'expected a size like 5kB, got 16; did you mean 16B?'],
    [values.size, '5KB', 'expected a size like 5kB, got "5KB"; did you mean 5kB?'],
    [values.size, '0.5B', '"0.5B" is not a whole number of bytes'],
    [values.bandwidth, '10MB', 'expected a bandwidth like 10MB/s, got "10MB"; did you mean 10MB/s?'],
    [values.rate, 100, 'expected a rate like 100/s, got 100; did you mean 100/s?'],
  ])('%# %j: %s', (schema, value, message) => {
    expect(messageOf(schema, value)).toBe(message);
  });
});

describe('the drift of a clock', () => {
  test('is in parts per million, a range of it, or has a name', () => {
    const read = (text: string): unknown => values.drift.parse(text);
    expect(['200ppm', '-50ppm', '+0ppm', '-0ppm'].map(read)).toEqual([200, -50, 0, 0]);
    expect(['-200ppm..200ppm', '7ppm..7ppm'].map(read)).toEqual([{ low: -200, high: 200 }, 7]);
    expect(['stopped', 'backwards'].map(read)).toEqual([-1_000_000, -2_000_000]);
    expect(['-2000000ppm', '-1000000ppm', '900000ppm'].map(read)).toEqual([-2_000_000, -1_000_000, 900_000]);
  });

  const expected = 'expected a drift like 200ppm, -200ppm..200ppm or stopped';

  test.each<[unknown, string]>([
    [200, `${expected}, got 200; did you mean 200ppm?`],
    ['900001ppm', `${expected}, got "900001ppm"; the most is 900000ppm, for a clock almost twice too fast`],
    ['-2000001ppm', `${expected}, got "-2000001ppm"; the least is -2000000ppm, for a clock that runs backwards`],
    [
      '0ppm..1000000ppm',
      `${expected}, got "0ppm..1000000ppm"; the most is 900000ppm, for a clock almost twice too fast`,
    ],
    ['200ppm..-200ppm', 'the range 200ppm..-200ppm is empty; did you mean -200ppm..200ppm?'],
    ['±200ppm', `${expected}, got "±200ppm"; did you mean -200ppm..200ppm?`],
    ['-200ppm to 200ppm', `${expected}, got "-200ppm to 200ppm"; did you mean -200ppm..200ppm?`],
    ['stop', `${expected}, got "stop"; did you mean stopped?`],
    ['backward', `${expected}, got "backward"; did you mean backwards?`],
    ['stopped..0ppm', `${expected}, got "stopped..0ppm"`],
  ])('%j: %s', (value, message) => {
    expect(messageOf(values.drift, value)).toBe(message);
  });

  test('its bound is one number for both directions', () => {
    expect(values.driftBound.parse('20000ppm')).toBe(20_000);
    expect(messageOf(values.driftBound, '1000000ppm')).toBe(
      'expected a bound like 10000ppm, got "1000000ppm"; the most is 500000ppm',
    );
    expect(messageOf(values.driftBound, 'stopped')).toBe('expected a bound like 10000ppm, got "stopped"');
  });
});

describe('seeds', () => {
  test('are text, or whole numbers that are exact', () => {
    expect(values.seed.parse(7)).toBe('7');
    expect(values.seed.parse('9007199254740993')).toBe('9007199254740993');
    expect(messageOf(values.seed, new OddNumber('9007199254740993'))).toBe(
      'the seed 9007199254740993 is not exact as a number; quote it: "9007199254740993"',
    );
    expect(messageOf(values.seed, 1.5)).toBe('the seed 1.5 is not exact as a number; quote it: "1.5"');
    expect(messageOf(values.seed, true)).toBe('expected a seed: text or a whole number, got true');
  });
});
