import type { Micros } from '../protocol.ts';

/** One disturbance that took place, and how often it had an observable effect. */
export interface Fault {
  readonly id: number;
  /** Such as `crash`, `partition`, `clog`. */
  readonly kind: string;
  /** Where it was asked for, such as `script[2]`. */
  readonly path: string;
  /** In words, for reports. */
  readonly text: string;
  readonly startedAt: Micros;
  /** −1 while it lasts. */
  endedAt: Micros;
  effects: number;
  /** Links (or the like) it still holds. */
  holds: number;
  /** Whether it strikes by chance only, so that one run in which it does not is no surprise. */
  readonly byChance: boolean;
}

/**
 * The disturbances of one run. A fault that had no effect tested nothing, so each place where one bites counts it
 * here: a cut that stopped a message, a pause that held an event up.
 */
export class Faults {
  readonly list: Fault[] = [];

  /** Ids count from 1; 0 stands for no fault. */
  start(kind: string, path: string, text: string, now: Micros, byChance = false): number {
    const id = this.list.length + 1;
    this.list.push({ id, kind, path, text, startedAt: now, endedAt: -1, effects: 0, holds: 0, byChance });
    return id;
  }

  hit(id: number): void {
    if (id > 0) this.list[id - 1]!.effects++;
  }

  /** One more link is in the fault's hands. */
  hold(id: number): void {
    if (id > 0) this.list[id - 1]!.holds++;
  }

  /** One link less; with the last one the fault ends. */
  unhold(id: number, now: Micros): void {
    if (id > 0 && --this.list[id - 1]!.holds === 0) this.end(id, now);
  }

  end(id: number, now: Micros): void {
    if (id === 0) return;
    const fault = this.list[id - 1]!;
    // The end may have been known beforehand, and come earlier after all.
    if (fault.endedAt < 0 || fault.endedAt > now) fault.endedAt = now;
  }
}
