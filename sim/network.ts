import { assert } from './assert.ts';
import { type Distribution, sample } from './distribution.ts';
import type { Faults } from './faults.ts';
import type { Counter, Marks } from './marks.ts';
import type { EndpointId, Micros, Random } from './protocol.ts';
import type { EventQueue } from './queue.ts';
import type { Streams } from './random.ts';

/** How one directed link behaves. */
export interface LinkWeather {
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
  weather: LinkWeather;
  /** Fault that cuts the link, or 0. */
  cutBy = 0;
  /** Fault that clogs it, or 0. */
  cloggedBy = 0;
  /** Fault that changed its weather, or 0. */
  weatherBy = 0;
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

  constructor(from: EndpointId, to: EndpointId, weather: LinkWeather) {
    this.from = from;
    this.to = to;
    this.weather = weather;
    this.setWeather(weather);
  }

  setWeather(weather: LinkWeather): void {
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
  private readonly plans: readonly LinkWeather[];
  private readonly queue: EventQueue;
  private readonly streams: Streams;
  private readonly faults: Faults;
  private readonly reordered: Counter;

  /** `weatherOf` gives each link's weather at the beginning, and what a reset goes back to. */
  constructor(
    endpoints: number,
    weatherOf: (from: EndpointId, to: EndpointId) => LinkWeather,
    queue: EventQueue,
    streams: Streams,
    faults: Faults,
    marks: Marks,
  ) {
    this.endpoints = endpoints;
    this.queue = queue;
    this.streams = streams;
    this.faults = faults;
    this.reordered = marks.counter('message-overtaken');
    const plans: LinkWeather[] = [];
    for (let from = 0; from < endpoints; from++) {
      for (let to = 0; to < endpoints; to++) {
        const weather = weatherOf(from, to);
        plans.push(weather);
        this.links.push(new Link(from, to, weather));
      }
    }
    this.plans = plans;
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
    if (link.weatherBy !== 0) this.faults.hit(link.weatherBy);
    this.transmit(link, kind, payload, bytes, now, cause, 0);
    if (weather.duplicate > 0 && this.draws(link, 'duplicate').chance(weather.duplicate)) {
      this.duplicated++;
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
    this.faults.hit(link.cutBy);
    return true;
  }

  isCut(from: EndpointId, to: EndpointId): boolean {
    return this.links[from * this.endpoints + to]!.cutBy !== 0;
  }

  cut(from: EndpointId, to: EndpointId, fault: number, inFlight: 'keep' | 'drop'): void {
    const link = this.links[from * this.endpoints + to]!;
    link.cutBy = fault;
    if (inFlight === 'drop') link.epoch++;
  }

  heal(from: EndpointId, to: EndpointId, now: Micros): void {
    const link = this.links[from * this.endpoints + to]!;
    this.faults.end(link.cutBy, now);
    link.cutBy = 0;
  }

  clog(from: EndpointId, to: EndpointId, fault: number): void {
    this.links[from * this.endpoints + to]!.cloggedBy = fault;
  }

  /** Lets go of what a clogged link holds: everything arrives at once, in order or shuffled. */
  release(from: EndpointId, to: EndpointId, order: 'fifo' | 'shuffled', now: Micros): void {
    const link = this.links[from * this.endpoints + to]!;
    this.faults.end(link.cloggedBy, now);
    link.cloggedBy = 0;
    const held = link.held.splice(0);
    if (order === 'shuffled') shuffle(held, this.streams.get('release', from, to));
    for (const { kind, payload, cause } of held) {
      this.queue.push(now, kind, to, from, link.epoch << 1, payload, cause);
    }
  }

  setWeather(
    from: EndpointId,
    to: EndpointId,
    change: Partial<LinkWeather> | 'reset',
    fault: number,
    now: Micros,
  ): void {
    const link = this.links[from * this.endpoints + to]!;
    this.faults.end(link.weatherBy, now);
    link.weatherBy = change === 'reset' ? 0 : fault;
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
    if (arrives >= link.lastArrival) link.lastArrival = arrives;
    else if (weather.fifo) arrives = link.lastArrival;
    else this.reordered.count++;
    this.queue.push(arrives, kind, link.to, link.from, (link.epoch << 1) | copy, payload, cause);
  }

  private draws(link: Link, purpose: 'loss' | 'duplicate'): Random {
    if (purpose === 'loss') return (link.lossDraws ??= this.streams.get('loss', link.from, link.to));
    return (link.duplicateDraws ??= this.streams.get('duplicate', link.from, link.to));
  }
}

function shuffle<T>(items: T[], random: Random): void {
  for (let last = items.length - 1; last > 0; last--) {
    const other = random.below(last + 1);
    const item = items[last]!;
    items[last] = items[other]!;
    items[other] = item;
  }
}
