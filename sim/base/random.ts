import seedrandom from 'seedrandom';
import { assert } from './assert.ts';
import type { Random } from '../protocol.ts';

/** Bytes of memory of a stream that has been drawn from. */
const STREAM_FOOTPRINT = 800;

/**
 * The streams of pseudo-random numbers of one run: one per purpose and subject, made when first asked for.
 *
 * A stream's numbers depend on the seed and its own key alone, so a draw added or removed in one place shifts no
 * decision anywhere else. That is what lets a failing run be shrunk.
 */
export class Streams {
  private readonly seed: string;
  private readonly streams = new Map<string, Stream>();

  constructor(seed: string) {
    this.seed = JSON.stringify(seed);
  }

  /** Bytes of memory that they hold, estimated. */
  get footprint(): number {
    return this.streams.size * STREAM_FOOTPRINT;
  }

  /** The stream for these words: always the same one, continuing where it stands. */
  get(...purpose: readonly (string | number)[]): Random {
    // JSON keeps ['a','b'] and ['a/b'] apart, which a plain join would not.
    const words = JSON.stringify(purpose);
    let stream = this.streams.get(words);
    if (stream === undefined) {
      stream = new Stream(`[${this.seed},${words.slice(1)}`);
      this.streams.set(words, stream);
    }
    return stream;
  }
}

/** Seeded with its first draw: of the streams of a short run, few are ever drawn from. */
class Stream implements Random {
  private readonly key: string;
  private generator: seedrandom.PRNG | null = null;

  constructor(key: string) {
    this.key = key;
  }

  below(bound: number): number {
    assert(bound >= 1, 'a number was to be drawn from an empty range');
    const next = this.generator ?? this.seed();
    // The generator's quick form has 32 bits; wider ranges need its 53-bit form.
    return Math.floor((bound <= 0x1_0000_0000 ? next() : next.double()) * bound);
  }

  between(low: number, high: number): number {
    return low + this.below(high - low + 1);
  }

  chance(probability: number): boolean {
    const next = this.generator ?? this.seed();
    return next() < probability;
  }

  private seed(): seedrandom.PRNG {
    return (this.generator = seedrandom.alea(this.key));
  }
}
