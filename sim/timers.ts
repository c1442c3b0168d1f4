import type { Clock } from './clock.ts';
import type { Micros, TimerId } from './protocol.ts';

/** No row has to be put into the queue. */
export const NO_ROW = -1;

/**
 * A node's timers. Each has at most one live row in the event queue, which may stand too early: when a timer is moved
 * back, its row stays where it is and looks again when it comes up. An election timer is moved with every heartbeat, and
 * that costs two stores instead of a turn through the queue.
 */
export class Timers {
  /** Per timer: the local time it is due, Infinity when it is off. */
  private readonly due: Float64Array;
  /** Per timer: the global time of its row, Infinity for none. */
  private readonly rows: Float64Array;
  /** Per timer: number of the event in which the node last set it. */
  private readonly setIn: Int32Array;

  constructor(count: number) {
    this.due = new Float64Array(count).fill(Infinity);
    this.rows = new Float64Array(count).fill(Infinity);
    this.setIn = new Int32Array(count);
  }

  get count(): number {
    return this.due.length;
  }

  isOn(timer: TimerId): boolean {
    return this.due[timer] !== Infinity;
  }

  isDue(timer: TimerId, local: Micros): boolean {
    return this.due[timer]! <= local;
  }

  /** Infinity turns it off. `event` is the current one. Ask `row` afterwards. */
  set(timer: TimerId, due: Micros, event: number): void {
    this.due[timer] = due;
    this.setIn[timer] = event;
  }

  /** Number of the event in which it was last set: what causes it to fire. */
  setBy(timer: TimerId): number {
    return this.setIn[timer]!;
  }

  /** It has fired. */
  turnOff(timer: TimerId): void {
    this.due[timer] = Infinity;
  }

  /** The time at which a row must be put into the queue, or NO_ROW if one that stands will do. */
  row(timer: TimerId, clock: Clock, now: Micros): Micros {
    const due = this.due[timer]!;
    if (due === Infinity) return NO_ROW;
    const at = clock.global(due, now);
    if (at >= this.rows[timer]! || at === Infinity) return NO_ROW;
    this.rows[timer] = at;
    return at;
  }

  /** A row has come up: whether it is the live one, which is used up by this. */
  takeRow(timer: TimerId, now: Micros): boolean {
    if (this.rows[timer] !== now) return false;
    this.rows[timer] = Infinity;
    return true;
  }

  clear(): void {
    this.due.fill(Infinity);
    this.rows.fill(Infinity);
  }
}
