import type { Seeds } from '../runs/campaign/seeds.ts';
import { UsageError } from './errors.ts';

/** More would take days, so it is a typing mistake. */
const MAX_SEEDS = 100_000_000;
const MAX_SEED_LENGTH = 200;

/** The seeds that `--seed` and `--seeds` name; each scenario's own if neither is given. */
export function requestedSeeds(seed: string | undefined, seeds: string | undefined): Seeds {
  if (seed !== undefined && seeds !== undefined) {
    throw new UsageError('--seed and --seeds cannot be given together: one seed, or several');
  }
  if (seed !== undefined) return { kind: 'one', seed: parseSeed(seed) };
  if (seeds !== undefined) return parseRange(seeds);
  return { kind: 'own' };
}

/** A seed is any text. */
export function parseSeed(text: string): string {
  if (text === '') throw new UsageError('--seed: the seed is empty; expected a number or any text');
  if (text.length > MAX_SEED_LENGTH) {
    throw new UsageError(`--seed: ${String(text.length)} characters; a seed has at most ${String(MAX_SEED_LENGTH)}`);
  }
  return text;
}

function parseRange(text: string): Seeds {
  const match = /^(?:(\d+)\.\.)?(\d+)$/u.exec(text);
  if (match === null) {
    throw new UsageError(`--seeds: expected a count like 1000, or a range like 5..20, got ${JSON.stringify(text)}`);
  }
  const first = Number(match[1] ?? 1);
  const last = Number(match[2]);
  if (!Number.isSafeInteger(first) || !Number.isSafeInteger(last)) {
    throw new UsageError(`--seeds: ${text} is too large: numbers up to ${String(Number.MAX_SAFE_INTEGER)} are exact`);
  }
  if (match[1] === undefined && last === 0) throw new UsageError('--seeds: 0 seeds is no run; expected 1 or more');
  if (last < first) {
    throw new UsageError(`--seeds: the range ${text} is empty; did you mean ${String(last)}..${String(first)}?`);
  }
  if (last - first >= MAX_SEEDS) {
    throw new UsageError(`--seeds: ${text} is more than ${String(MAX_SEEDS)} seeds; split them over invocations`);
  }
  return { kind: 'range', first, last };
}
