import type { Random } from '../../sim/protocol.ts';

/** A small generator of pseudo-random numbers for tests. */
export class Dice implements Random {
  private state: number;

  constructor(seed: number) {
    this.state = seed >>> 0;
  }

  below(bound: number): number {
    this.state = (Math.imul(this.state ^ (this.state >>> 15), 0x2c1b3c6d) + 0x6d2b79f5) >>> 0;
    return Math.floor((this.state / 4294967296) * bound);
  }

  between(low: number, high: number): number {
    return low + this.below(high - low + 1);
  }

  chance(probability: number): boolean {
    return this.below(1000000) < probability * 1000000;
  }
}
