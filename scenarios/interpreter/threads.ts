import type { Micros } from '../../sim/protocol.ts';
import type { ClusterView } from '../environment.ts';
import type { StepRoutine, Thread, Wait } from './execution.ts';
import { Heap } from '../../sim/base/heap.ts';

/** Which threads go first at an instant. */
export const TRIGGERED = 0;
export const TIMELINE = 1;
export const SCRIPT = 2;
export type Rank = typeof TRIGGERED | typeof TIMELINE | typeof SCRIPT;

/** Steps in progress: the `do:` of one fired trigger, one step of the timeline, or the script itself. */
export interface RunningThread extends Thread {
  readonly rank: Rank;
  /** How many threads began before it: those of one rank go in this order. */
  readonly ordinal: number;
  readonly routine: StepRoutine;
  /** What it waits for; null: it can go on at once. */
  wait: Wait | null;
  /** The environment's revision at which its wait was last evaluated and had not ended. */
  seen: number;
}

const NO_REVISION = -1;

/** So many steps may wait, or be armed, without their looks being counted: a look takes less time than an event. */
export const FEW = 10;

/** What the threads need of the environment. */
type Moment = Pick<ClusterView, 'now' | 'revision'> & { readonly event: number };

/**
 * The threads of a running script, and which of them goes on next. A script can have a million of them: those that only
 * wait for a time cost nothing until it comes.
 */
export class Threads {
  /** How often a thread has looked whether it can go on, not counting the first few that wait. */
  looks = 0;
  readonly #moment: Moment;
  readonly #ready = new Heap<RunningThread>(goesBefore);
  /** Those that wait for nothing but a time, by that time. */
  readonly #sleeping = new Heap<RunningThread>(wakesBefore);
  /** Those that wait for a condition, in the order in which they go. */
  #watching: RunningThread[] = [];
  /** How many of these cannot go on, as has been found at this revision and time. */
  #looked = 0;
  #lookedAt = { revision: NO_REVISION, now: 0 };
  /** The earliest time at which one of them goes on in any case; null: not known. */
  #deadline: Micros | null = Infinity;
  #begun = 0;

  constructor(moment: Moment) {
    this.#moment = moment;
  }

  /** Those that have not ended. */
  get count(): number {
    return this.#ready.length + this.#sleeping.length + this.#watching.length;
  }

  /** Whether one waits for something besides time. */
  get isWatching(): boolean {
    return this.#watching.length > 0;
  }

  /** The earliest time at which a waiting thread goes on in any case. */
  get nextTime(): Micros {
    return Math.min(this.#nextDeadline, this.#sleeping.first?.wait?.until ?? Infinity);
  }

  get #nextDeadline(): Micros {
    return (this.#deadline ??= this.#watching.reduce((first, { wait }) => Math.min(first, wait!.until), Infinity));
  }

  begin(rank: Rank, cause: number, start: (thread: Thread) => StepRoutine): void {
    const thread: Thread = { cause, message: null, record: null };
    const more = { rank, ordinal: this.#begun++, routine: start(thread), wait: null, seen: NO_REVISION };
    this.#ready.push(Object.assign(thread, more));
  }

  /** Has a thread that was taken out wait for this; null: it goes on at once. */
  put(thread: RunningThread, wait: Wait | null): void {
    thread.wait = wait;
    if (wait === null) this.#ready.push(thread);
    else if (wait.ready === null) this.#sleeping.push(thread);
    else this.#watch(thread, wait.until);
  }

  /** Takes out the first thread that can go on at this instant; null: there is none. */
  take(): RunningThread | null {
    while ((this.#sleeping.first?.wait?.until ?? Infinity) <= this.#moment.now) this.#ready.push(this.#sleeping.pop()!);
    const ready = this.#ready.first;
    this.#lookAnew();
    for (; this.#looked < this.#watching.length; this.#looked++) {
      const thread = this.#watching[this.#looked]!;
      if (ready !== null && goesBefore(ready, thread)) break;
      if (!this.#canGoOn(thread)) continue;
      this.#watching.splice(this.#looked, 1);
      if (thread.wait!.until === this.#deadline) this.#deadline = null;
      return thread;
    }
    return this.#ready.pop();
  }

  /** Ends all threads of other ranks. */
  keepOnly(rank: Rank): void {
    const isKept = (thread: RunningThread): boolean => thread.rank === rank;
    this.#ready.keepOnly(isKept);
    this.#sleeping.keepOnly(isKept);
    this.#watching = this.#watching.filter(isKept);
    this.#looked = 0;
    this.#deadline = null;
  }

  /** The thread cannot go on at this moment. */
  #watch(thread: RunningThread, until: Micros): void {
    const place = this.#placeOf(thread);
    this.#watching.splice(place, 0, thread);
    if (place < this.#looked) this.#looked++;
    if (this.#deadline !== null) this.#deadline = Math.min(this.#deadline, until);
  }

  /** Those that could not go on are looked at again when something has changed, or the time of one has come. */
  #lookAnew(): void {
    const { now, revision } = this.#moment;
    const at = this.#lookedAt;
    if (at.revision === revision && (at.now === now || now < this.#nextDeadline)) return;
    this.#looked = 0;
    this.#lookedAt = { revision, now };
  }

  #canGoOn(thread: RunningThread): boolean {
    const { wait } = thread;
    const { now, revision, event } = this.#moment;
    if (wait === null || now >= wait.until) return true;
    if (wait.ready === null || thread.seen === revision) return false;
    thread.seen = revision;
    if (this.#looked >= FEW) this.looks++;
    if (!wait.ready()) return false;
    thread.cause = event;
    return true;
  }

  #placeOf(thread: RunningThread): number {
    let low = 0;
    let high = this.#watching.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (goesBefore(this.#watching[middle]!, thread)) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function goesBefore(a: RunningThread, b: RunningThread): boolean {
  return a.rank === b.rank ? a.ordinal < b.ordinal : a.rank < b.rank;
}

function wakesBefore(a: RunningThread, b: RunningThread): boolean {
  const [one, other] = [a.wait?.until ?? 0, b.wait?.until ?? 0];
  return one === other ? a.ordinal < b.ordinal : one < other;
}
