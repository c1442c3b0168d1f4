import type { Clock } from './clock.ts';
import type { Disk } from './disk.ts';
import { type Distribution, isZero } from './distribution.ts';
import type { EndpointId, Random, StepKind } from './protocol.ts';

/** An event that waits because its node is paused or busy. */
export interface Waiting {
  readonly kind: StepKind;
  readonly from: EndpointId;
  readonly detail: number;
  readonly payload: unknown;
  readonly cause: number;
}

/** One simulated machine. */
export class Machine<S, D, K> {
  state: S | null = null;
  paused = false;
  /** Fault that paused it, or 0. */
  pausedBy = 0;
  incarnation = 0;
  readonly disk: Disk<D, K>;
  readonly clock: Clock;
  /** Fault that changed the clock, or 0. */
  clockBy = 0;
  service: Distribution;
  slow: boolean;
  /** Fault that slowed the process, or 0. */
  slowedBy = 0;
  /** Whether a WORK event is on its way for the head of the inbox. */
  working = false;
  readonly inbox: Waiting[] = [];
  readonly random: Random;
  readonly serviceRandom: Random;
  /** Per timer: the local time it is due, Infinity when it is off. */
  readonly due: Float64Array;
  /** Per timer: the global time of the queue row that stands for it, Infinity for none. */
  readonly scheduled: Float64Array;
  crashedBy = 0;

  constructor(
    disk: Disk<D, K>,
    clock: Clock,
    service: Distribution,
    timers: number,
    random: Random,
    serviceRandom: Random,
  ) {
    this.disk = disk;
    this.clock = clock;
    this.service = service;
    this.slow = !isZero(service);
    this.random = random;
    this.serviceRandom = serviceRandom;
    this.due = new Float64Array(timers).fill(Infinity);
    this.scheduled = new Float64Array(timers).fill(Infinity);
  }
}
