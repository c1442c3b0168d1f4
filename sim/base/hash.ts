import type { Hasher } from '../protocol.ts';
import { fnv, FNV_START, fnvRun } from './fnv.ts';

/**
 * A rolling 64-bit hash in two int32 lanes with different multipliers. Not cryptographic: it tells runs apart, and
 * costs a few nanoseconds per number.
 */
export class RollingHash implements Hasher {
  private a = 0x6a09e667 | 0;
  private b = 0xbb67ae85 | 0;

  int(value: number): void {
    this.mix(value | 0);
    // Beyond 32 bits the upper part follows; the marker keeps (low, high) and two small numbers apart.
    if (value !== (value | 0)) {
      this.mix(0x5bd1e995);
      this.mix(Math.floor(value / 0x1_0000_0000) | 0);
    }
  }

  text(value: string): void {
    // One multiplication a character; the sum goes into both lanes.
    this.mix(value.length);
    this.mix(fnv(FNV_START, value));
  }

  /** The same as a text that is filled up to this length with one character, given by its code. */
  padded(head: string, code: number, length: number): void {
    this.mix(length);
    this.mix(fnvRun(fnv(FNV_START, head), code, length - head.length));
  }

  /** 16 hexadecimal digits. */
  digest(): string {
    const a = finish(this.a ^ Math.imul(this.b, 0x27d4eb2f));
    const b = finish(this.b ^ Math.imul(this.a, 0x165667b1));
    return hex(a) + hex(b);
  }

  private mix(word: number): void {
    const a = Math.imul(this.a ^ word, 0x9e3779b1);
    this.a = (a << 13) | (a >>> 19);
    const b = Math.imul((this.b + word) | 0, 0x85ebca77);
    this.b = ((b << 17) | (b >>> 15)) ^ a;
  }
}

function finish(word: number): number {
  let h = word;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

function hex(word: number): string {
  return (word >>> 0).toString(16).padStart(8, '0');
}
