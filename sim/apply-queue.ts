import { type Distribution, isZero, longest, sample } from './base/distribution.ts';
import type { Micros, Random } from './protocol.ts';

/**
 * How a machine's state machine keeps up with what has been committed: at once or, when that takes time, one batch
 * after the other, each up to what had been requested when it began.
 */
export class ApplyQueue {
  /** Index up to which the batch in progress goes; 0: there is none. */
  batch = 0;
  /** Number of the event that requested the batch. */
  batchBy = 0;
  /** Highest index requested meanwhile, which the next batch is for; 0: none. */
  wanted = 0;
  private wantedBy = 0;
  /** Whether the end of the batch is still to come: false when the node only has to learn of it. */
  isBusy = false;
  /** Tells the end of a batch from one that was rescheduled. */
  turn = 0;
  /** Fault that slows it, or 0. */
  slowedBy = 0;
  private span: Distribution;
  private readonly random: Random;

  /** `span`: how long a batch takes. */
  constructor(span: Distribution, random: Random) {
    this.span = span;
    this.random = random;
  }

  /** Whether a request is carried out at once: it takes no time, and no batch is in progress. */
  get isInstant(): boolean {
    return this.batch === 0 && isZero(this.span);
  }

  /** How long a batch takes at most. */
  get longest(): Micros {
    return longest(this.span);
  }

  /** From the next batch on. */
  takes(span: Distribution): void {
    this.span = span;
  }

  /** The node requests everything up to `index`, in this event. */
  request(index: number, event: number): void {
    if (index <= this.wanted) return;
    this.wanted = index;
    this.wantedBy = event;
  }

  /** Begins a batch for all that has been requested. */
  begin(): void {
    this.batch = this.wanted;
    this.batchBy = this.wantedBy;
    this.wanted = 0;
    this.isBusy = true;
  }

  /** How long the batch in progress will take from now on. */
  draw(): Micros {
    this.turn++;
    return sample(this.span, this.random);
  }

  /** The node has learned of the batch. */
  end(): void {
    this.batch = 0;
  }

  /** The machine has crashed. */
  clear(): void {
    this.batch = 0;
    this.wanted = 0;
    this.isBusy = false;
  }
}
