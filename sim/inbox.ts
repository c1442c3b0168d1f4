import type { EndpointId, StepKind } from './protocol.ts';

/** An event that waits because its node is paused or busy. */
export interface WaitingEvent {
  readonly kind: StepKind;
  readonly from: EndpointId;
  readonly detail: number;
  readonly payload: unknown;
  /** Size of the payload, as on the wire. */
  readonly bytes: number;
  /** Number of the event with which it came. */
  readonly since: number;
}

/** From this many events on that have been taken, the rest moves to the front. */
const MOST_TAKEN = 1_000;

/** The events that wait for a node, oldest first. A million of them wait if it is slow enough, so taking one is O(1). */
export class Inbox {
  /** Of all payloads. */
  bytes = 0;
  private events: WaitingEvent[] = [];
  private taken = 0;

  get length(): number {
    return this.events.length - this.taken;
  }

  push(event: WaitingEvent): void {
    this.events.push(event);
    this.bytes += event.bytes;
  }

  /** Takes the oldest event; there is one. */
  take(): WaitingEvent {
    const event = this.events[this.taken++]!;
    this.bytes -= event.bytes;
    if (this.length === 0) {
      this.clear();
    } else if (this.taken >= MOST_TAKEN && this.taken >= this.length) {
      this.events = this.events.slice(this.taken);
      this.taken = 0;
    }
    return event;
  }

  clear(): void {
    this.events.length = 0;
    this.taken = 0;
    this.bytes = 0;
  }
}
