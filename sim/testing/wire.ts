import type { LinkConditions } from '../link.ts';
import { EventQueue } from '../base/queue.ts';
import { Streams } from '../base/random.ts';
import { FaultLog } from '../faults/fault-log.ts';
import { Marks } from '../marks.ts';
import type { SentMessage } from '../messages-in-hand.ts';
import { type Arrival as Fate, Network } from '../network.ts';
import { CALM } from './sample-plan.ts';

/** A message that was due. */
export interface Arrival {
  readonly at: number;
  readonly from: number;
  readonly to: number;
  readonly payload: unknown;
  readonly fate: Fate;
  /** Whether it does not reach its receiver. */
  readonly stale: boolean;
  readonly copy: boolean;
}

/** Four endpoints, their links, and time. */
export class Wire {
  now = 0;
  readonly queue = new EventQueue();
  readonly faults = new FaultLog();
  readonly marks = new Marks();
  readonly streams: Streams;
  readonly network: Network;
  readonly arrivals: Arrival[] = [];

  constructor(
    seed: string,
    conditions: Partial<LinkConditions> | ((from: number, to: number) => Partial<LinkConditions>) = {},
  ) {
    const planned = (from: number, to: number): LinkConditions => ({
      ...CALM,
      ...(typeof conditions === 'function' ? conditions(from, to) : conditions),
    });
    this.streams = new Streams(seed);
    this.network = new Network(4, 4, planned, this.queue, this.streams, this.faults, this.marks, (_kind, payload) => ({
      type: String(payload),
    }));
  }

  send(payload: unknown, from = 0, to = 1, bytes = 100): string {
    return this.network.send(from, to, 3, payload, bytes, this.now, 0);
  }

  /** Sends a message, as a step that waits for `sent` sees it. */
  sendInSight(payload: unknown, from = 0, to = 1): SentMessage {
    const firstRow = this.queue.nextSequence;
    this.send(payload, from, to);
    return { from, to, kind: 3, payload, bytes: 100, cause: 0, firstRow, endOfRows: this.queue.nextSequence };
  }

  fault(kind = 'test'): number {
    const target = { links: 'all' } as const;
    return this.faults.add({ kind, path: 'script[0]', target, values: {}, startedAt: this.now, undo: null });
  }

  effects(): number[] {
    return this.faults.list.map((fault) => fault.effects);
  }

  /** Lets everything arrive that does so up to this time. */
  runTo(time: number): void {
    while (this.queue.length > 0 && this.queue.nextTime <= time) {
      this.queue.pop();
      const { time: at, from, target: to, payload, detail } = this.queue;
      this.now = at;
      const fate = this.network.arrival(from, to, detail);
      this.arrivals.push({ at, from, to, payload, fate, stale: fate !== 'arrives', copy: (detail & 1) === 1 });
    }
    if (time !== Infinity) this.now = time;
  }

  /** What arrives in the end, in order. */
  received(): unknown[] {
    this.runTo(Infinity);
    return this.arrivals.filter(({ stale }) => !stale).map(({ payload }) => payload);
  }
}
