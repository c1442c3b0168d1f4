import type { Micros, Random } from './protocol.ts';

const PARTS = 1_000_000;

/** The drift of a clock that stands still, in parts per million. */
export const STOPPED = -PARTS;

/** The drift of a clock that runs backwards as fast as time goes. */
export const BACKWARDS = -2 * PARTS;

/** Parts per million by which a clock runs fast: fixed, or drawn from a range, both ends included. */
export type Drift = number | { readonly low: number; readonly high: number };

/** Draws where there is something to draw. */
export function drawDrift(drift: Drift, random: () => Random): number {
  return typeof drift === 'number' ? drift : random().between(drift.low, drift.high);
}

/** Stretch of global time after which the base moves on: keeps products exact, and is a whole number of parts. */
const STRETCH = 1_000_000_000;

/**
 * A node's own clock: global (virtual) time seen with an offset and a drift. Arithmetic is exact in whole
 * microseconds, so a reading depends on the time alone and not on how often the clock was read.
 */
export class Clock {
  /** Parts per million by which the clock runs fast; at −1,000,000 it stands still, below that it runs backwards. */
  drift: number;
  /** How often it has been adjusted. */
  adjustments = 0;
  private baseGlobal = 0;
  private baseLocal: Micros;
  /** The highest reading at a moment at which it was adjusted, or at which `forget` was called. */
  private peak: Micros;

  constructor(offset: Micros, drift: number) {
    this.baseLocal = offset;
    this.peak = offset;
    this.drift = drift;
  }

  /** The clock's reading at this global time. Global time must not go back between calls. */
  local(global: Micros): Micros {
    if (this.drift === 0) return this.baseLocal + (global - this.baseGlobal);
    while (global - this.baseGlobal > STRETCH) {
      this.baseGlobal += STRETCH;
      this.baseLocal += (STRETCH / PARTS) * (PARTS + this.drift);
    }
    return this.baseLocal + Math.floor(((global - this.baseGlobal) * (PARTS + this.drift)) / PARTS);
  }

  /**
   * The first global time, not before `now`, at which the clock reads at least `local`; Infinity for one that stands still
   * or runs backwards.
   */
  global(local: Micros, now: Micros): Micros {
    const ahead = local - this.local(now);
    if (ahead <= 0) return now;
    if (this.drift === 0) return now + ahead;
    if (this.drift <= -PARTS) return Infinity;
    return Math.max(now, this.baseGlobal + quotientAbove(local - this.baseLocal, PARTS, PARTS + this.drift));
  }

  /** Moves the reading by `span` and goes on from there with a new drift. */
  adjust(now: Micros, span: Micros, drift: number): void {
    this.adjustments++;
    const reading = this.local(now);
    this.peak = Math.max(this.peak, reading, reading + span);
    this.baseLocal = reading + span;
    this.baseGlobal = now;
    this.drift = drift;
  }

  /** A clock that reads the same from here on. */
  copy(): Clock {
    const copy = new Clock(this.baseLocal, this.drift);
    copy.baseGlobal = this.baseGlobal;
    return copy;
  }

  /** The highest reading there has been since `forget`. */
  highest(now: Micros): Micros {
    return Math.max(this.peak, this.local(now));
  }

  /** The process that has read the clock is gone, and remembers no reading. */
  forget(now: Micros): void {
    this.peak = this.local(now);
  }
}

/** span × times ÷ by, rounded up, exactly: beyond 2^53 in whole numbers of any size. */
function quotientAbove(span: number, times: number, by: number): number {
  if (span * times <= Number.MAX_SAFE_INTEGER) return Math.ceil((span * times) / by);
  return Number((BigInt(span) * BigInt(times) + BigInt(by) - 1n) / BigInt(by));
}
