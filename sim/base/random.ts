import seedrandom from 'seedrandom';
import { assert } from './assert.ts';
import type { Random } from '../protocol.ts';

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
    this.seed = seed;
  }

  /** The stream for these words: always the same one, continuing where it stands. */
  get(...purpose: readonly (string | number)[]): Random {
    // JSON keeps ['a','b'] and ['a/b'] apart, which a plain join would not.
    const key = JSON.stringify([this.seed, ...purpose]);
    let stream = this.streams.get(key);
    if (stream === undefined) {
      stream = new Stream(key);
      this.streams.set(key, stream);
    }
    return stream;
  }
}

class Stream implements Random {
  private readonly next: seedrandom.PRNG;

  constructor(key: string) {
    this.next = seedrandom.alea(key);
  }

  below(bound: number): number {
    assert(bound >= 1, 'a number was to be drawn from an empty range');
    // The generator's quick form has 32 bits; wider ranges need its 53-bit form.
    return Math.floor((bound <= 0x1_0000_0000 ? this.next() : this.next.double()) * bound);
  }

  between(low: number, high: number): number {
    return low + this.below(high - low + 1);
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }
}
