import { assert } from '../../sim/base/assert.ts';
import type { Random } from '../../sim/protocol.ts';

/** Draws from lists, out of one stream. */
export class Dice {
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  /** True with this probability, from 0 to 1. */
  chance(probability: number): boolean {
    return this.#random.chance(probability);
  }

  /** A whole number, both ends included. */
  between(low: number, high: number): number {
    return this.#random.between(low, high);
  }

  pick<T>(from: readonly T[]): T {
    assert(from.length > 0, 'something was to be drawn from an empty list');
    return from[this.#random.below(from.length)]!;
  }

  /** One of several, each as probable as its weight: a whole number. */
  weighted<T>(from: readonly (readonly [number, T])[]): T {
    let left = this.#random.below(from.reduce((sum, [weight]) => sum + weight, 0));
    const found = from.find(([weight]) => (left -= weight) < 0);
    assert(found !== undefined, 'the weights sum up to less than their sum');
    return found[1];
  }

  shuffled<T>(from: readonly T[]): readonly T[] {
    const order = [...from];
    for (let last = order.length - 1; last > 0; last--) {
      const other = this.#random.below(last + 1);
      [order[last], order[other]] = [order[other]!, order[last]!];
    }
    return order;
  }

  /** From `low` to `high` of them, in a drawn order; fewer where there are fewer. */
  some<T>(from: readonly T[], low: number, high: number): readonly T[] {
    return this.shuffled(from).slice(0, this.between(low, high));
  }

  /** The result with this probability; otherwise nothing. */
  maybe<T extends object>(probability: number, make: () => T): T | Record<never, never> {
    return this.chance(probability) ? make() : {};
  }
}
