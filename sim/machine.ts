import type { ApplyQueue } from './apply-queue.ts';
import type { Clock } from './clock.ts';
import type { Disk } from './disk.ts';
import { type Distribution, isZero } from './base/distribution.ts';
import type { EndpointId, Random, StepKind } from './protocol.ts';
import { Timers } from './timers.ts';

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
  /** Tells the WORK event that counts from one that was overtaken. */
  shift = 0;
  readonly inbox: Waiting[] = [];
  readonly random: Random;
  readonly serviceRandom: Random;
  readonly timers: Timers;
  readonly applying: ApplyQueue;
  crashedBy = 0;

  /** Whether it cannot take an event now. */
  get isEngaged(): boolean {
    return this.paused || this.slow || this.working;
  }

  constructor(
    disk: Disk<D, K>,
    clock: Clock,
    service: Distribution,
    timers: number,
    random: Random,
    serviceRandom: Random,
    applying: ApplyQueue,
  ) {
    this.disk = disk;
    this.clock = clock;
    this.service = service;
    this.slow = !isZero(service);
    this.random = random;
    this.serviceRandom = serviceRandom;
    this.timers = new Timers(timers);
    this.applying = applying;
  }
}
