import type { Shard } from '../runs/fuzz/plan.ts';
import { UsageError } from './errors.ts';

/** More would take years, so it is a typing mistake. */
const MAX_RUNS = 1_000_000_000;
const MAX_SHARDS = 10_000;
const MAX_HOURS = 10_000;

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/** The value of an option that is a count, such as `--runs 1000`. */
export function parseCount(option: string, text: string, most = MAX_RUNS): number {
  const count = /^\d{1,15}$/u.test(text) ? Number(text) : 0;
  if (count < 1) throw new UsageError(`${option}: expected a number from 1, got ${JSON.stringify(text)}`);
  if (count > most) throw new UsageError(`${option}: ${text} is more than ${String(most)}`);
  return count;
}

/** The number of the first seed: a campaign takes the numbers from there. */
export function parseFirstSeed(text: string): number {
  const seed = /^\d{1,15}$/u.test(text) ? Number(text) : -1;
  if (seed < 0) throw new UsageError(`--seed: expected the number of the first seed, got ${JSON.stringify(text)}`);
  return seed;
}

/** A span of real time, such as `90s`, `10m` or `1.5h`, in milliseconds. */
export function parseSpan(option: string, text: string): number {
  const match = /^(\d{1,9}(?:\.\d{1,6})?)(ms|s|m|h)$/u.exec(text);
  if (match === null) {
    throw new UsageError(`${option}: expected a time like 90s, 10m or 8h, got ${JSON.stringify(text)}`);
  }
  const millis = Math.round(Number(match[1]) * UNITS[match[2]!]!);
  if (millis < 1) throw new UsageError(`${option}: ${text} is no time; expected one like 10m`);
  if (millis > MAX_HOURS * UNITS['h']!) throw new UsageError(`${option}: ${text} is more than ${String(MAX_HOURS)}h`);
  return millis;
}

/** `2/3`: the second of three shards. */
export function parseShard(text: string): Shard {
  const match = /^(\d{1,6})\/(\d{1,6})$/u.exec(text);
  if (match === null) throw new UsageError(`--shard: expected a shard like 2/3, got ${JSON.stringify(text)}`);
  const [index, of] = [Number(match[1]), Number(match[2])];
  if (of > MAX_SHARDS) throw new UsageError(`--shard: ${text}: more than ${String(MAX_SHARDS)} shards`);
  if (index < 1 || index > of) {
    throw new UsageError(
      `--shard: there is no shard ${text}; expected one from 1/${String(of)} to ${String(of)}/${String(of)}`,
    );
  }
  return { index, of };
}
