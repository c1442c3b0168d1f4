import type { Drift } from '../../sim/clock.ts';
import { oneOf, sameWord, suggestion } from './did-you-mean.ts';
import { renamedTo } from './renamed.ts';
import { leaf, InvalidValue, orThrow } from './shapes.ts';
import { found, OddNumber, quoted, textOf } from './tree.ts';

/**
 * Rejects a scalar, in the wording all values share.
 *
 * @param meant What was probably meant, as it is written.
 * @param isCertain Whether nothing else can have been meant.
 */
export function reject(expected: string, value: unknown, meant: string | null = null, isCertain = false): never {
  const hint = meant === null ? '' : `; did you mean ${meant}?`;
  throw new InvalidValue(`expected ${expected}, got ${found(value)}${hint}`, isCertain ? meant : null);
}

/** Longer than any text about a scenario, and any key of the store; `valueSize` makes bigger values. */
const LONGEST_PROSE = 10_000;

/** Free text. Numbers and truth values count as the text that was written. */
export const text = leaf(
  'text',
  { type: ['string', 'number', 'boolean'] },
  '',
  (value) => textOf(value) ?? reject('text', value),
  LONGEST_PROSE,
);

/** True or false. */
export const flag = leaf('true or false', { type: 'boolean' }, false, (value) => {
  if (typeof value === 'boolean') return value;
  const said = typeof value === 'string' ? value.toLowerCase() : '';
  const meant = ['yes', 'on'].includes(said) ? 'true' : ['no', 'off'].includes(said) ? 'false' : null;
  return reject('true or false', value, meant, true);
});

/** True, false, or one further word. */
export function flagOr<const W extends string>(further: W) {
  const expected = `true, false or ${further}`;
  return leaf<boolean | W>(expected, { enum: [true, false, further] }, false, (value) => {
    if (value === further) return further;
    return typeof value === 'boolean' ? value : reject(expected, value);
  });
}

/** One of a few words. */
export function word<const W extends string>(...words: readonly [W, ...W[]]) {
  const expected = oneOf(words);
  return leaf<W>(expected, { enum: words }, words[0], (value) => {
    const said = textOf(value);
    const known = words.find((one) => one === said);
    if (known !== undefined) return known;
    if (typeof value !== 'string' || value === '') return reject(expected, value);
    const renamed = renamedTo('word', value, words);
    if (renamed !== null) throw new InvalidValue(renamed);
    const hint = suggestion(value, words);
    const message = `expected ${expected}, got ${found(value)}${hint.startsWith('; did') ? hint : ''}`;
    throw new InvalidValue(message, sameWord(value, words));
  });
}

/** A whole number between two bounds. */
export function whole(expected: string, minimum: number, maximum: number, fallback = minimum) {
  return leaf(expected, { type: 'integer', minimum, maximum }, fallback, (value) => {
    const given = typeof value === 'number' ? value : NaN;
    if (!Number.isSafeInteger(given)) {
      const quotedNumber = typeof value === 'string' && /^\d{1,15}$/u.test(value) ? String(Number(value)) : null;
      return reject(expected, value, quotedNumber, true);
    }
    if (given < minimum)
      throw new InvalidValue(`expected ${expected}, got ${found(value)}; the least is ${String(minimum)}`);
    if (given > maximum)
      throw new InvalidValue(`expected ${expected}, got ${found(value)}; the most is ${String(maximum)}`);
    return given;
  });
}

/** A whole number between two bounds, or a word. */
export function wholeOr<const W extends string>(further: W, expected: string, minimum: number, maximum: number) {
  const number = whole(expected, minimum, maximum);
  const json = { oneOf: [{ type: 'integer', minimum, maximum }, { enum: [further] }] };
  return leaf<number | W>(expected, json, minimum, (value) =>
    value === further ? further : orThrow(number.safeParse(value)),
  );
}

/** The name of a node, a mark, a remembered choice. */
export const NAME = /^[A-Za-z][A-Za-z0-9_-]{0,39}$/u;

const LONGEST_NAME = 40;

interface Units {
  readonly [unit: string]: number;
}

const TIMES: Units = { us: 1, ms: 1_000, s: 1_000_000, m: 60_000_000, h: 3_600_000_000 };
const BYTES: Units = {
  B: 1,
  kB: 1_000,
  MB: 1_000_000,
  GB: 1_000_000_000,
  KiB: 1_024,
  MiB: 1_048_576,
  GiB: 1_073_741_824,
};

/** Longest span of time: a year. Far from where microseconds stop being exact, even summed up. */
const LONGEST = 8_760 * 3_600_000_000;

const DURATION = 'a duration like 150ms';
const DURATION_PATTERN = String.raw`\d+(?:\.\d+)?(?:us|ms|s|m|h)`;

/**
 * A number with a unit in the smallest unit, exactly: `1.5s` is 1,500,000. Null if it has no such form, NaN if the
 * smallest unit is too coarse for it.
 */
function measured(said: string, units: Units): number | null {
  const parts = /^(\d{1,15})(?:\.(\d{1,9}))?([A-Za-zµμ]+)$/u.exec(said);
  const [, digits = '', fraction = '', unit = ''] = parts ?? [];
  const size = parts === null || !Object.hasOwn(units, unit) ? undefined : units[unit];
  if (size === undefined) return null;
  // Digits first, so that no decimal fraction is ever rounded.
  const small = (Number(fraction) * size) / Number(`1${'0'.repeat(fraction.length)}`);
  return Number.isSafeInteger(small) ? Number(digits) * size + small : NaN;
}

/** A bare number, or a number and a unit that are almost right, as the author probably meant it. */
function withUnit(value: unknown, unit: string, units: Units): string | null {
  const said = textOf(value)?.trim() ?? '';
  if (/^\d{1,9}(?:\.\d{1,9})?$/u.test(said)) return `${said}${unit}`;
  const parts = /^(\d{1,9}(?:\.\d{1,9})?)\s*([A-Za-zµμ]+)$/u.exec(said);
  if (parts === null) return null;
  const [, amount = '', given = ''] = parts;
  const names: Record<string, string> = {
    ...{ sec: 's', secs: 's', second: 's', seconds: 's', min: 'm', mins: 'm', minute: 'm', minutes: 'm' },
    ...{ hour: 'h', hours: 'h', msec: 'ms', msecs: 'ms', millis: 'ms', milliseconds: 'ms', µs: 'us', μs: 'us' },
    ...{ usec: 'us', micros: 'us', microseconds: 'us', bytes: 'B', byte: 'B', b: 'B', k: 'kB', mb: 'MB', kib: 'KiB' },
  };
  const named = Object.hasOwn(names, given.toLowerCase()) ? names[given.toLowerCase()] : undefined;
  const right = [given, given.toLowerCase(), named].find((one) => one !== undefined && Object.hasOwn(units, one));
  const cased = right ?? Object.keys(units).find((one) => one.toLowerCase() === given.toLowerCase());
  return cased === undefined ? null : `${amount}${cased}`;
}

function micros(said: string, expected: string, value: unknown): number {
  const span = measured(said, TIMES);
  // Which unit was left out is a guess; a unit that is spelled otherwise is not.
  if (span === null)
    return reject(expected, value, withUnit(value, 'ms', TIMES), /[a-zµμ]/iu.test(textOf(value) ?? ''));
  if (Number.isNaN(span))
    throw new InvalidValue(`${quoted(said)} is finer than a microsecond, the unit of virtual time`);
  if (span > LONGEST) throw new InvalidValue(`${quoted(said)} is longer than a year (8760h)`);
  return span;
}

/** A span of time in microseconds: `250us`, `150ms`, `1.5s`, `1m`, `1h`. */
export const duration = leaf(DURATION, { type: 'string', pattern: `^${DURATION_PATTERN}$` }, 1, (value) => {
  return micros(typeof value === 'string' ? value : '', DURATION, value);
});

/** A span that may be negative: `-5ms`. */
export const signedDuration = leaf(
  'a duration like 150ms or -5ms',
  { type: 'string', pattern: `^[+-]?${DURATION_PATTERN}$` },
  0,
  (value) => {
    const [, sign = '', rest = ''] = /^([+-]?)(.*)$/su.exec(typeof value === 'string' ? value : '') ?? [];
    const span = micros(rest, 'a duration like 150ms or -5ms', value);
    return sign === '-' && span > 0 ? -span : span;
  },
);

/** A range written some other way, as the author probably meant it: `150 - 300ms` is `150ms..300ms`. */
function rangeMeant(said: string): string | null {
  const parts = /^(\d[\d.]*?)\s*([a-z]*)\s*(?:\.{2,}|-|–|to)\s*(\d[\d.]*)\s*([a-z]+)?$/u.exec(said);
  if (parts === null) return null;
  const [, low = '', lowUnit = '', high = '', highUnit = 'ms'] = parts;
  const meant = [`${low}${lowUnit === '' ? highUnit : lowUnit}`, `${high}${highUnit}`] as const;
  return meant.every((end) => measured(end, TIMES) !== null) ? meant.join('..') : null;
}

/** The ends of a range, `150ms..300ms`; of one duration: twice the same. */
function ends(value: unknown, expected: string): readonly [number, number] {
  const said = typeof value === 'string' ? value : '';
  const parts = /^(\S+?)(\.\.)(\S+)$/u.exec(said);
  if (parts === null || parts[3]?.startsWith('.')) {
    const meant = rangeMeant(said);
    if (meant !== null) return reject(expected, value, meant, /^\S*?[a-z]/u.test(said));
    const span = micros(said, expected, value);
    return [span, span];
  }
  const [, left = '', , right = ''] = parts;
  if (measured(left, TIMES) === null || measured(right, TIMES) === null)
    return reject(expected, value, rangeMeant(said));
  const [low, high] = [micros(left, expected, value), micros(right, expected, value)];
  if (low > high) throw new InvalidValue(`the range ${said} is empty; did you mean ${right}..${left}?`);
  return [low, high];
}

/** From … to …, in microseconds. */
export const range = leaf(
  'a range of time like 150ms..300ms',
  { type: 'string', pattern: `^${DURATION_PATTERN}(?:\\.\\.${DURATION_PATTERN})?$` },
  [1, 1] as readonly [number, number],
  (value) => ends(value, 'a range of time like 150ms..300ms'),
);

/** A duration or a range, as a distribution to draw from. */
export const span = leaf(
  'a duration like 150ms or a range like 1ms..10ms',
  { type: 'string', pattern: `^${DURATION_PATTERN}(?:\\.\\.${DURATION_PATTERN})?$` },
  [0, 0] as readonly [number, number],
  (value) => ends(value, 'a duration like 150ms or a range like 1ms..10ms'),
);

const PROBABILITY = 'a probability like 5%';

/** A percentage as whole millionths of a percent; throws InvalidValue. */
export function percentage(value: unknown, expected = PROBABILITY): number {
  const said = textOf(value) ?? '';
  const parts = /^(\d{1,9})(?:\.(\d{1,6}))?%$/u.exec(said);
  if (parts === null) {
    const bare = /^(?:0|1|0?\.\d{1,6}|1\.0+)$/u.test(said) ? Number(said) : NaN;
    const meant = Number.isNaN(bare)
      ? /^\d{1,2}(?:\.\d+)?\s*%?$/u.test(said)
        ? `${said.replace(/[\s%]/gu, '')}%`
        : null
      : `${String(Math.round(bare * 1e8) / 1e6)}%`;
    return reject(expected, value, meant, said.endsWith('%'));
  }
  const [, digits = '', fraction = ''] = parts;
  const millionths = Number(digits) * 1_000_000 + Number(fraction.padEnd(6, '0'));
  if (millionths > 100_000_000) throw new InvalidValue(`a probability of ${said} is more than 100%`);
  return millionths;
}

/** A probability from 0 to 1, written `0%` to `100%`. */
export const probability = leaf(
  PROBABILITY,
  { type: 'string', pattern: String.raw`^\d{1,3}(?:\.\d{1,6})?%$` },
  0,
  (value) => percentage(value) / 100_000_000,
);

const SIZE = 'a size like 5kB';
const SIZE_JSON = { type: 'string', pattern: String.raw`^\d+(?:\.\d+)?(?:B|kB|MB|GB|KiB|MiB|GiB)$` };

function bytesOf(value: unknown): number {
  const bytes = measured(typeof value === 'string' ? value : '', BYTES);
  if (bytes === null) return reject(SIZE, value, withUnit(value, 'B', BYTES));
  if (!Number.isSafeInteger(bytes)) throw new InvalidValue(`${found(value)} is not a whole number of bytes`);
  return bytes;
}

/** A number of bytes: `8B`, `5kB`, `1MiB`. */
export const size = leaf(SIZE, SIZE_JSON, 1, bytesOf);

/** A number of bytes up to a greatest, given as it is written. */
export function sizeUpTo(most: string) {
  const mostBytes = bytesOf(most);
  return leaf(SIZE, SIZE_JSON, 1, (value) => {
    const bytes = bytesOf(value);
    if (bytes > mostBytes) throw new InvalidValue(`expected ${SIZE}, got ${found(value)}; the most is ${most}`);
    return bytes;
  });
}

/** Bytes per second: `10MB/s`. */
export const bandwidth = leaf(
  'a bandwidth like 10MB/s',
  { type: 'string', pattern: String.raw`^\d+(?:\.\d+)?(?:B|kB|MB|GB|KiB|MiB|GiB)/s$` },
  1,
  (value) => {
    const said = typeof value === 'string' ? value : '';
    const bytes = said.endsWith('/s') ? measured(said.slice(0, -2), BYTES) : null;
    if (bytes === null) {
      const amount = withUnit(said === '' ? value : said.replace(/\/s$/u, ''), 'B', BYTES);
      return reject('a bandwidth like 10MB/s', value, amount === null ? null : `${amount}/s`);
    }
    if (!Number.isSafeInteger(bytes)) throw new InvalidValue(`${found(value)} is not a whole number of bytes`);
    if (bytes === 0) throw new InvalidValue('a bandwidth of 0 lets nothing through; use cut or clog for that');
    return bytes;
  },
);

/** Events per second: `100/s`, `6000/m`. */
export const rate = leaf(
  'a rate like 100/s',
  { type: 'string', pattern: String.raw`^\d+(?:\.\d+)?/[sm]$` },
  1,
  (value) => {
    const said = textOf(value) ?? '';
    const parts = /^(\d{1,7}(?:\.\d{1,6})?)\/([sm])$/u.exec(said);
    if (parts === null)
      return reject('a rate like 100/s', value, /^\d{1,7}(?:\.\d+)?$/u.test(said) ? `${said}/s` : null);
    const perSecond = Number(parts[1]) / (parts[2] === 'm' ? 60 : 1);
    if (perSecond === 0) throw new InvalidValue('a rate of 0 issues no operation');
    if (perSecond > 1_000_000) throw new InvalidValue(`${found(value)} is more than one in a microsecond`);
    return perSecond;
  },
);

/** Where the language ends: the rates of clocks that are worth a test. */
const SLOWEST_DRIFT = -2_000_000;
const FASTEST_DRIFT = 900_000;

/** Drifts that have a name: a clock that stands still, and one that runs backwards as fast as time goes. */
const NAMED_DRIFTS: ReadonlyMap<string, number> = new Map([
  ['stopped', -1_000_000],
  ['backwards', SLOWEST_DRIFT],
]);

const DRIFT = 'a drift like 200ppm, -200ppm..200ppm or stopped';
const PPM = String.raw`[+-]?\d{1,9}ppm`;

/** How much faster a clock runs, in parts per million: `200ppm`, `-50ppm`, `stopped`; or a range: `-200ppm..200ppm`. */
export const drift = leaf<Drift>(
  DRIFT,
  { type: 'string', pattern: `^(?:${PPM}(?:\\.\\.${PPM})?|${[...NAMED_DRIFTS.keys()].join('|')})$` },
  0,
  (value) => {
    const said = textOf(value) ?? '';
    const named = NAMED_DRIFTS.get(said);
    if (named !== undefined) return named;
    const parts = /^(\S+?)\.\.(\S+)$/u.exec(said);
    const [low, high = low] = (parts === null ? [said] : parts.slice(1)).map((end) => partsPerMillion(end, value));
    if (low! > high!) throw new InvalidValue(`the range ${said} is empty; did you mean ${parts![2]!}..${parts![1]!}?`);
    return low === high ? low! : { low: low!, high: high! };
  },
);

function partsPerMillion(said: string, value: unknown): number {
  const parts = /^([+-]?\d{1,9})ppm$/u.exec(said);
  if (parts === null) return reject(DRIFT, value, driftMeant(textOf(value) ?? ''));
  const ppm = Number(parts[1]);
  const beyond = (most: string): never => {
    throw new InvalidValue(`expected ${DRIFT}, got ${found(value)}; ${most}`);
  };
  if (ppm > FASTEST_DRIFT) return beyond(`the most is ${FASTEST_DRIFT}ppm, for a clock almost twice too fast`);
  if (ppm < SLOWEST_DRIFT) return beyond(`the least is ${SLOWEST_DRIFT}ppm, for a clock that runs backwards`);
  return ppm === 0 ? 0 : ppm;
}

/** A drift written some other way, as the author probably meant it: `±200ppm` is `-200ppm..200ppm`. */
function driftMeant(said: string): string | null {
  if (/^[+-]?\d{1,9}$/u.test(said)) return `${said}ppm`;
  const [, around] = /^(?:±|\+\/?-)\s*(\d{1,9})\s*ppm$/u.exec(said) ?? [];
  if (around !== undefined) return `-${around}ppm..${around}ppm`;
  const ends = /^([+-]?\d{1,9})\s*(?:ppm)?\s*(?:\.{2,}|-|–|to)\s*([+-]?\d{1,9})\s*ppm$/u.exec(said);
  if (ends !== null) return `${ends[1]!}ppm..${ends[2]!}ppm`;
  if (/^(?:stop|still|frozen|freeze)[a-z]*$/iu.test(said)) return 'stopped';
  return /^(?:back|reverse)[a-z]*$/iu.test(said) ? 'backwards' : null;
}

/** Beyond this, a lease would be shorter than a third of the election timeout on which it rests. */
const MOST_WRONG = 500_000;

/** By how much the rate of a clock may be wrong at most, in parts per million: `10000ppm`. */
export const driftBound = leaf(
  'a bound like 10000ppm',
  { type: 'string', pattern: String.raw`^\+?\d{1,9}ppm$` },
  0,
  (value) => {
    const said = textOf(value) ?? '';
    const parts = /^([+-]?\d{1,9})ppm$/u.exec(said);
    if (parts === null)
      return reject('a bound like 10000ppm', value, /^[+-]?\d{1,9}$/u.test(said) ? `${said}ppm` : null);
    const ppm = Number(parts[1]);
    const least = 'the least is 0ppm: a bound holds for clocks that are slow as for those that are fast';
    if (ppm < 0) throw new InvalidValue(`expected a bound like 10000ppm, got ${found(value)}; ${least}`);
    const most = `the most is ${MOST_WRONG}ppm`;
    if (ppm > MOST_WRONG) throw new InvalidValue(`expected a bound like 10000ppm, got ${found(value)}; ${most}`);
    return ppm === 0 ? 0 : ppm;
  },
);

/** A seed as text. A number that YAML readers would round must be quoted. */
export const seed = leaf('a seed: text or a whole number', { type: ['string', 'integer'] }, '1', (value) => {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return String(value);
  if (typeof value === 'string' && value !== '') {
    return value;
  }
  if (value instanceof OddNumber || typeof value === 'number') {
    throw new InvalidValue(`the seed ${found(value)} is not exact as a number; quote it: "${String(textOf(value))}"`);
  }
  return reject('a seed: text or a whole number', value);
});

/** The weight of one alternative among several. */
export const weight = whole('a weight like 3', 0, 1_000_000, 1);

/** A value in the store: what was written, as text. */
export const stored = leaf(
  'a value',
  { type: ['string', 'number', 'boolean'] },
  '?',
  (value) => textOf(value) ?? reject('a value', value),
  LONGEST_PROSE,
);

/** As `stored`, or null for a key that is absent. */
export const storedOrAbsent = leaf(
  'a value, or null for none',
  { type: ['string', 'number', 'boolean', 'null'] },
  null as string | null,
  textOf,
  LONGEST_PROSE,
);

/** The name of something, to be looked up later. */
export function name(expected: string, example: string) {
  const said = `${expected} like ${example}`;
  return leaf(said, { type: 'string', pattern: NAME.source }, '', (value) => {
    const given = textOf(value) ?? '';
    if (given.startsWith('$') && NAME.test(given.slice(1)))
      return reject(`${expected} without the $`, value, given.slice(1), true);
    if (NAME.test(given.slice(0, LONGEST_NAME)) && given.length > LONGEST_NAME) {
      throw new InvalidValue(`expected ${said}, of at most ${LONGEST_NAME} characters; got ${given.length}`);
    }
    return NAME.test(given) ? given : reject(said, value);
  });
}

/** An execution of a step: `script[2] 1`. */
export const drawsOfStep = leaf(
  'a step and the number of its execution, like script[2] 1',
  { type: 'string', pattern: String.raw`^\S+ [1-9]\d*$` },
  { path: '', repetition: 1 },
  (value) => {
    const parts = /^(\S+) ([1-9]\d{0,8})$/u.exec(typeof value === 'string' ? value : '');
    if (parts === null) return reject('a step and the number of its execution, like script[2] 1', value, null);
    return { path: parts[1]!, repetition: Number(parts[2]) };
  },
);
