import { assert } from './base/assert.ts';
import { type Distribution, sample } from './base/distribution.ts';
import type { Faults } from './faults/faults.ts';
import type { Counter, Marks } from './marks.ts';
import type { EndpointId, Micros, Random } from './protocol.ts';
import type { EventQueue } from './base/queue.ts';
import type { Streams } from './base/random.ts';

/** How one directed link behaves. */
export interface LinkConditions {
  readonly latency: Distribution;
  /** Probability, 0 to 1. */
  readonly loss: number;
  /** Probability, 0 to 1, that a message arrives twice. */
  readonly duplicate: number;
  /** Bytes per second; null: unlimited. */
  readonly bandwidth: number | null;
  /** Whether messages keep their order. */
  readonly fifo: boolean;
}

/** A message on hold in a clogged link. */
interface Held {
  readonly kind: number;
  readonly payload: unknown;
  readonly cause: number;
}

/** One direction between two endpoints. */
class Link {
  readonly from: EndpointId;
  readonly to: EndpointId;
  weather: LinkConditions;
  /** Faults that cut the link; the last one answers for what it stops. */
  readonly cuts: number[] = [];
  cutBy = 0;
  /** Fault that dropped what was in flight, or 0. */
  droppedBy = 0;
  /** Fault that clogs it, or 0. */
  cloggedBy = 0;
  /** Fault that changed its weather, or 0. */
  weatherBy = 0;
  /** Whether that change is felt by every message, and not only by those that are lost or come twice. */
  isReshaped = false;
  readonly held: Held[] = [];
  /** Messages sent in an earlier epoch are lost on arrival. */
  epoch = 0;
  /** When the last byte handed over leaves the sender (bandwidth). */
  busyUntil: Micros = 0;
  lastArrival: Micros = 0;
  /** Latency as low + draw in [0, span); span 0: constant; −1: needs `sample`. */
  latencyLow = 0;
  latencySpan = 0;
  latencyDraws: Random | null = null;
  lossDraws: Random | null = null;
  duplicateDraws: Random | null = null;

  constructor(from: EndpointId, to: EndpointId, weather: LinkConditions) {
    this.from = from;
    this.to = to;
    this.weather = weather;
    this.setWeather(weather);
  }

  setWeather(weather: LinkConditions): void {
    this.weather = weather;
    const { latency } = weather;
    this.latencyLow = latency.kind === 'constant' ? latency.value : latency.kind === 'uniform' ? latency.low : 0;
    this.latencySpan =
      latency.kind === 'constant' ? 0 : latency.kind === 'uniform' ? latency.high - latency.low + 1 : -1;
  }
}

/** What a message sent met with, for traces. */
export type Fate = 'sent' | 'lost' | 'cut' | 'clogged' | 'duplicated';

/** The directed links between all endpoints, and what they do to messages. */
export class Network {
  sent = 0;
  dropped = 0;
  duplicated = 0;
  lost = 0;
  bytes = 0;

  private readonly endpoints: number;
  private readonly links: Link[] = [];
  private readonly plans: readonly LinkConditions[];
  private readonly queue: EventQueue;
  private readonly streams: Streams;
  private readonly faults: Faults;
  private readonly reorderedCounter: Counter;

  /** `weatherOf` gives each link's weather at the beginning, and what a reset goes back to. */
  constructor(
    endpoints: number,
    weatherOf: (from: EndpointId, to: EndpointId) => LinkConditions,
    queue: EventQueue,
    streams: Streams,
    faults: Faults,
    marks: Marks,
  ) {
    this.endpoints = endpoints;
    this.queue = queue;
    this.streams = streams;
    this.faults = faults;
    this.reorderedCounter = marks.counter('message-reordered');
    const plans: LinkConditions[] = [];
    for (let from = 0; from < endpoints; from++) {
      for (let to = 0; to < endpoints; to++) {
        const weather = weatherOf(from, to);
        plans.push(weather);
        this.links.push(new Link(from, to, weather));
      }
    }
    this.plans = plans;
  }

  /** Messages that will arrive before an earlier one of their link. */
  get reordered(): number {
    return this.reorderedCounter.count;
  }

  /** Puts a message on its way: what arrives will be popped from the queue as an event of this kind. */
  send(
    from: EndpointId,
    to: EndpointId,
    kind: number,
    payload: unknown,
    bytes: number,
    now: Micros,
    cause: number,
  ): Fate {
    assert(from !== to, 'an endpoint sent a message to itself');
    const link = this.links[from * this.endpoints + to]!;
    this.sent++;
    this.bytes += bytes;
    if (link.cutBy !== 0) {
      this.dropped++;
      this.faults.hit(link.cutBy);
      return 'cut';
    }
    const { weather } = link;
    if (weather.loss > 0 && this.draws(link, 'loss').chance(weather.loss)) {
      this.dropped++;
      this.lost++;
      this.faults.hit(link.weatherBy);
      return 'lost';
    }
    if (link.cloggedBy !== 0) {
      link.held.push({ kind, payload, cause });
      this.faults.hit(link.cloggedBy);
      return 'clogged';
    }
    if (link.isReshaped) this.faults.hit(link.weatherBy);
    this.transmit(link, kind, payload, bytes, now, cause, 0);
    if (weather.duplicate > 0 && this.draws(link, 'duplicate').chance(weather.duplicate)) {
      this.duplicated++;
      this.faults.hit(link.weatherBy);
      this.transmit(link, kind, payload, bytes, now, cause, 1);
      return 'duplicated';
    }
    return 'sent';
  }

  /** Whether a message that arrives now was cut off on its way. */
  isStale(from: EndpointId, to: EndpointId, detail: number): boolean {
    const link = this.links[from * this.endpoints + to]!;
    if (detail >> 1 === link.epoch) return false;
    this.dropped++;
    this.faults.hit(link.droppedBy);
    return true;
  }

  isCut(from: EndpointId, to: EndpointId): boolean {
    return this.links[from * this.endpoints + to]!.cutBy !== 0;
  }

  cut(from: EndpointId, to: EndpointId, fault: number, inFlight: 'keep' | 'drop'): void {
    const link = this.links[from * this.endpoints + to]!;
    link.cuts.push(fault);
    link.cutBy = fault;
    this.faults.hold(fault);
    if (inFlight === 'keep') return;
    link.epoch++;
    link.droppedBy = fault;
    for (let lost = link.held.length; lost > 0; lost--) this.faults.hit(fault);
    this.dropped += link.held.length;
    link.held.length = 0;
  }

  /** Ends everything that holds the link up: cuts, a clog, weather, a queue of bytes, and order kept behind late ones. */
  calm(from: EndpointId, to: EndpointId, now: Micros): void {
    this.heal(from, to, now);
    this.setWeather(from, to, 'reset', 0, now);
    this.setWeather(from, to, { loss: 0, duplicate: 0 }, 0, now);
    const link = this.links[from * this.endpoints + to]!;
    link.busyUntil = now;
    link.lastArrival = now;
    this.release(from, to, 'fifo', now);
  }

  /** Ends every cut of the link. */
  heal(from: EndpointId, to: EndpointId, now: Micros): void {
    const link = this.links[from * this.endpoints + to]!;
    for (const fault of link.cuts) this.faults.unhold(fault, now);
    link.cuts.length = 0;
    link.cutBy = 0;
  }

  clog(from: EndpointId, to: EndpointId, fault: number, now: Micros): void {
    const link = this.links[from * this.endpoints + to]!;
    this.faults.unhold(link.cloggedBy, now);
    link.cloggedBy = fault;
    this.faults.hold(fault);
  }

  /** Lets go of what a clogged link holds: everything arrives at once, in order or shuffled. */
  release(from: EndpointId, to: EndpointId, order: 'fifo' | 'shuffled', now: Micros): void {
    const link = this.links[from * this.endpoints + to]!;
    this.faults.unhold(link.cloggedBy, now);
    link.cloggedBy = 0;
    const held = link.held.splice(0);
    if (order === 'shuffled') shuffle(held, this.streams.get('release', from, to));
    for (const { kind, payload, cause } of held) this.arrive(link, now, kind, payload, cause, 0);
  }

  setWeather(
    from: EndpointId,
    to: EndpointId,
    change: Partial<LinkConditions> | 'reset',
    fault: number,
    now: Micros,
  ): void {
    const link = this.links[from * this.endpoints + to]!;
    this.faults.unhold(link.weatherBy, now);
    link.weatherBy = change === 'reset' ? 0 : fault;
    link.isReshaped = change !== 'reset' && reshapes(change);
    this.faults.hold(link.weatherBy);
    const plan = this.plans[from * this.endpoints + to]!;
    link.setWeather(change === 'reset' ? plan : { ...link.weather, ...change });
  }

  private transmit(
    link: Link,
    kind: number,
    payload: unknown,
    bytes: number,
    now: Micros,
    cause: number,
    copy: 0 | 1,
  ): void {
    const { weather } = link;
    let departs = now;
    if (weather.bandwidth !== null) {
      departs = Math.max(now, link.busyUntil) + Math.ceil((bytes * 1_000_000) / weather.bandwidth);
      link.busyUntil = departs;
    }
    let arrives = departs + link.latencyLow;
    if (link.latencySpan !== 0) {
      const draws = (link.latencyDraws ??= this.streams.get('latency', link.from, link.to));
      arrives =
        departs +
        (link.latencySpan > 0 ? link.latencyLow + draws.below(link.latencySpan) : sample(weather.latency, draws));
    }
    this.arrive(link, arrives, kind, payload, cause, copy);
  }

  private arrive(link: Link, at: Micros, kind: number, payload: unknown, cause: number, copy: 0 | 1): void {
    if (at >= link.lastArrival) link.lastArrival = at;
    else if (link.weather.fifo) at = link.lastArrival;
    else this.reorderedCounter.count++;
    this.queue.push(at, kind, link.to, link.from, (link.epoch << 1) | copy, payload, cause);
  }

  private draws(link: Link, purpose: 'loss' | 'duplicate'): Random {
    if (purpose === 'loss') return (link.lossDraws ??= this.streams.get('loss', link.from, link.to));
    return (link.duplicateDraws ??= this.streams.get('duplicate', link.from, link.to));
  }
}

/** Whether a change of weather is felt by every message. */
export function reshapes(change: Partial<LinkConditions>): boolean {
  return change.latency !== undefined || change.bandwidth !== undefined || change.fifo !== undefined;
}

function shuffle<T>(items: T[], random: Random): void {
  for (let last = items.length - 1; last > 0; last--) {
    const other = random.below(last + 1);
    const item = items[last]!;
    items[last] = items[other]!;
    items[other] = item;
  }
}
