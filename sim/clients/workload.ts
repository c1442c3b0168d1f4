import type { Distribution } from '../base/distribution.ts';
import type { Command, KeyOp, Micros, Random } from '../protocol.ts';

/** What clients do by themselves. */
export interface Load {
  /** Weight of each operation, whole numbers; at least one is above 0. */
  readonly ops: Readonly<Record<KeyOp, number>>;
  /** Number of keys, k1 … kN. */
  readonly keys: number;
  /** Bytes in a written value. */
  readonly valueSize: number;
  /**
   * Closed loop: the pause between a completion and the next operation, in each of the loops that a client runs at
   * once, one for each operation its session has room for. Null when `rate` is given.
   */
  readonly think: Distribution | null;
  /** Open loop: operations per second and client, whether or not earlier ones were answered. */
  readonly rate: number | null;
  /** When the clients begin, from the start of the load. */
  readonly start: Micros;
  /** Operations per client, after which it stops; null: no end. */
  readonly count: number | null;
}

/** Values of so many characters are kept as ropes. */
const LARGE = 10_000;

/** The most dots that a value can need. */
const DOTS = '.'.repeat(1_000_000);

function dots(count: number): string {
  return count <= DOTS.length ? DOTS.slice(0, count) : '.'.repeat(count);
}

/** What a client draws its next command from. */
export interface CommandSource {
  /** Of the client, from 0. */
  readonly index: number;
  readonly random: Random;
  /** Operations it has begun. */
  readonly issued: number;
  /** The last value seen of each key, for cas. */
  readonly seen: ReadonlyMap<string, string | null>;
}

export function drawCommand(load: Load, { index, random, issued, seen }: CommandSource): Command {
  const op = drawOp(load, random);
  const key = `k${random.below(load.keys) + 1}`;
  const writes = op === 'put' || op === 'append' || op === 'cas';
  // Every written value is unique, so that a value read tells which write it came from.
  const head = writes ? `c${index + 1}.${issued + 1}` : '';
  const expected = op === 'cas' ? (seen.get(key) ?? null) : null;
  const isLarge = writes && load.valueSize >= LARGE;
  if (!isLarge) return Object.freeze({ op, key, value: writes ? head.padEnd(load.valueSize, '.') : '', expected });
  // A rope with a part that all values share takes no memory to speak of, until something reads its characters.
  return Object.freeze({ op, key, value: head + dots(load.valueSize - head.length), head, expected });
}

/** Open loop: even gaps with full jitter, so that clients do not march in step. */
export function drawGap(rate: number, random: Random): Micros {
  return random.between(1, Math.max(1, Math.round(2_000_000 / rate)));
}

const OPS: readonly KeyOp[] = ['put', 'get', 'cas', 'append', 'delete'];

function drawOp(load: Load, random: Random): KeyOp {
  let total = 0;
  for (const op of OPS) total += load.ops[op];
  let rest = random.below(total);
  for (const op of OPS) {
    if (rest < load.ops[op]) return op;
    rest -= load.ops[op];
  }
  return 'put';
}
