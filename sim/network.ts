import { assert } from './base/assert.ts';
import { type Distribution, longest, sample } from './base/distribution.ts';
import type { FaultLog } from './faults/fault-log.ts';
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

/** Bytes of memory of a link, and of a message that it holds with its objects. */
const LINK_FOOTPRINT = 300;
const HELD_FOOTPRINT = 250;

/** A message that a clogged link holds. */
interface Held {
  readonly kind: number;
  readonly payload: unknown;
  readonly bytes: number;
  readonly cause: number;
}

/** One direction between two endpoints. */
class Link {
  readonly from: EndpointId;
  readonly to: EndpointId;
  conditions: LinkConditions;
  /** Faults that cut the link; what it stops counts as an effect of the last one. */
  readonly cuts: number[] = [];
  cutBy = 0;
  /** Fault that dropped what was in flight, or 0. */
  droppedBy = 0;
  /** Fault that clogs it, or 0. */
  cloggedBy = 0;
  /** Fault that changed its conditions, or 0. */
  changedBy = 0;
  /** Whether that change affects every message, and not only those that are lost or duplicated. */
  isReshaped = false;
  readonly held: Held[] = [];
  /** Messages sent in an earlier epoch are lost on arrival. */
  epoch = 0;
  /** When the last byte sent so far leaves the sender (bandwidth). */
  busyUntil: Micros = 0;
  lastArrival: Micros = 0;
  /** Latency as low + draw in [0, span); span 0: constant; −1: needs `sample`. */
  latencyLow = 0;
  latencySpan = 0;
  latencyDraws: Random | null = null;
  lossDraws: Random | null = null;
  duplicateDraws: Random | null = null;

  constructor(from: EndpointId, to: EndpointId, conditions: LinkConditions) {
    this.from = from;
    this.to = to;
    this.conditions = conditions;
    this.setConditions(conditions);
  }

  setConditions(conditions: LinkConditions): void {
    this.conditions = conditions;
    const { latency } = conditions;
    this.latencyLow = latency.kind === 'constant' ? latency.value : latency.kind === 'uniform' ? latency.low : 0;
    this.latencySpan =
      latency.kind === 'constant' ? 0 : latency.kind === 'uniform' ? latency.high - latency.low + 1 : -1;
  }
}

/** What became of a message when it was sent. */
export type Fate = 'sent' | 'lost' | 'cut' | 'clogged' | 'duplicated';

/**
 * The directed links between endpoints, and what they do to messages. A link is made when it is first used: a cluster
 * with hundreds of clients has tens of thousands of pairs, most of which never exchange a message.
 */
export class Network {
  sent = 0;
  dropped = 0;
  duplicated = 0;
  lost = 0;
  bytes = 0;
  /** What clogged links hold. */
  private heldCount = 0;
  private heldBytes = 0;
  private linkCount = 0;

  private readonly nodes: number;
  private readonly endpoints: number;
  /** By from × endpoints + to; null: not used yet. */
  private readonly links: (Link | null)[];
  private readonly planned: (from: EndpointId, to: EndpointId) => LinkConditions;
  private readonly queue: EventQueue;
  private readonly streams: Streams;
  private readonly faults: FaultLog;
  private readonly reorderedCounter: Counter;

  /**
   * @param nodes the first endpoints; the others are clients, between which there are no links
   * @param planned the conditions of each link at the beginning, and those that a reset goes back to
   */
  constructor(
    nodes: number,
    endpoints: number,
    planned: (from: EndpointId, to: EndpointId) => LinkConditions,
    queue: EventQueue,
    streams: Streams,
    faults: FaultLog,
    marks: Marks,
  ) {
    this.nodes = nodes;
    this.endpoints = endpoints;
    this.planned = planned;
    this.queue = queue;
    this.streams = streams;
    this.faults = faults;
    this.reorderedCounter = marks.counter('message-reordered');
    this.links = new Array<Link | null>(endpoints * endpoints).fill(null);
  }

  /** Messages that will arrive before an earlier one of their link. */
  get reordered(): number {
    return this.reorderedCounter.count;
  }

  /** Bytes of memory that it holds besides what is in flight, estimated. */
  get footprint(): number {
    const { links, linkCount, heldCount, heldBytes } = this;
    return links.length * 8 + linkCount * LINK_FOOTPRINT + heldCount * HELD_FOOTPRINT + heldBytes;
  }

  /** Sends a message: when it arrives, the queue yields an event of this kind. */
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
    const link = this.link(from, to);
    this.sent++;
    this.bytes += bytes;
    if (link.cutBy !== 0) {
      this.dropped++;
      this.faults.hit(link.cutBy);
      return 'cut';
    }
    const { conditions } = link;
    if (conditions.loss > 0 && this.draws(link, 'loss').chance(conditions.loss)) {
      this.dropped++;
      this.lost++;
      this.faults.hit(link.changedBy);
      return 'lost';
    }
    if (link.cloggedBy !== 0) {
      link.held.push({ kind, payload, bytes, cause });
      this.heldCount++;
      this.heldBytes += bytes;
      this.faults.hit(link.cloggedBy);
      return 'clogged';
    }
    if (link.isReshaped) this.faults.hit(link.changedBy);
    this.transmit(link, kind, payload, bytes, now, cause, 0);
    if (conditions.duplicate > 0 && this.draws(link, 'duplicate').chance(conditions.duplicate)) {
      this.duplicated++;
      this.faults.hit(link.changedBy);
      this.transmit(link, kind, payload, bytes, now, cause, 1);
      return 'duplicated';
    }
    return 'sent';
  }

  /** Whether a message that arrives now was dropped in flight by a cut. */
  isStale(from: EndpointId, to: EndpointId, detail: number): boolean {
    const link = this.link(from, to);
    if (detail >> 1 === link.epoch) return false;
    this.dropped++;
    this.faults.hit(link.droppedBy);
    return true;
  }

  isCut(from: EndpointId, to: EndpointId): boolean {
    const link = this.links[from * this.endpoints + to]!;
    return link !== null && link.cutBy !== 0;
  }

  /** Whether nothing that is sent now gets through. */
  isBlocked(from: EndpointId, to: EndpointId): boolean {
    const link = this.links[from * this.endpoints + to]!;
    return link !== null && (link.cutBy !== 0 || link.cloggedBy !== 0);
  }

  /** How long a message that is sent now takes at most; Infinity if it may be lost, or has to wait for bandwidth. */
  longestDelay(from: EndpointId, to: EndpointId): Micros {
    const link = this.links[from * this.endpoints + to]!;
    const { loss, bandwidth, latency } = link === null ? this.planned(from, to) : link.conditions;
    if (loss > 0 || bandwidth !== null) return Infinity;
    return longest(latency);
  }

  cut(from: EndpointId, to: EndpointId, fault: number, inFlight: 'keep' | 'drop'): void {
    const link = this.link(from, to);
    link.cuts.push(fault);
    link.cutBy = fault;
    this.faults.hold(fault);
    if (inFlight === 'keep') return;
    link.epoch++;
    link.droppedBy = fault;
    const lost = this.takeHeld(link);
    for (let left = lost.length; left > 0; left--) this.faults.hit(fault);
    this.dropped += lost.length;
  }

  /** Ends one cut of the link, or every cut of it. Returns whether it was cut. */
  heal(from: EndpointId, to: EndpointId, fault: number | 'all', now: Micros): boolean {
    const link = this.links[from * this.endpoints + to]!;
    if (link === null || link.cuts.length === 0) return false;
    const ended = fault === 'all' ? link.cuts.splice(0) : link.cuts.filter((one) => one === fault);
    const left = link.cuts.filter((one) => !ended.includes(one));
    link.cuts.splice(0, link.cuts.length, ...left);
    link.cutBy = left[left.length - 1] ?? 0;
    for (const one of ended) this.faults.unhold(one, now);
    return ended.length > 0;
  }

  clog(from: EndpointId, to: EndpointId, fault: number, now: Micros): void {
    const link = this.link(from, to);
    this.faults.unhold(link.cloggedBy, now);
    link.cloggedBy = fault;
    this.faults.hold(fault);
  }

  /** Whether this fault clogs the link. */
  isCloggedBy(from: EndpointId, to: EndpointId, fault: number): boolean {
    return this.links[from * this.endpoints + to]?.cloggedBy === fault;
  }

  /** Releases what a clogged link holds: everything arrives at once, in order or shuffled. Returns whether it was clogged. */
  release(from: EndpointId, to: EndpointId, order: 'fifo' | 'shuffled', now: Micros): boolean {
    const link = this.links[from * this.endpoints + to]!;
    if (link === null) return false;
    const wasClogged = link.cloggedBy !== 0;
    this.faults.unhold(link.cloggedBy, now);
    link.cloggedBy = 0;
    const held = this.takeHeld(link);
    if (order === 'shuffled') shuffle(held, this.streams.get('release', from, to));
    for (const { kind, payload, bytes, cause } of held) this.arrive(link, now, kind, payload, bytes, cause, 0);
    return wasClogged;
  }

  /**
   * Changes the link's conditions, or goes back to the planned ones. Returns whether they are other than before. A change
   * that makes a link lose or duplicate less has its effect at once.
   */
  setConditions(
    from: EndpointId,
    to: EndpointId,
    change: Partial<LinkConditions> | 'reset',
    fault: number,
    now: Micros,
  ): boolean {
    if (change === 'reset' && this.links[from * this.endpoints + to] === null) return false;
    const link = this.link(from, to);
    const before = link.conditions;
    const after = change === 'reset' ? this.planned(from, to) : { ...before, ...change };
    this.faults.unhold(link.changedBy, now);
    link.changedBy = change === 'reset' ? 0 : fault;
    const reshaped = isReshaped(before, after);
    link.isReshaped = change !== 'reset' && reshaped;
    this.faults.hold(link.changedBy);
    link.setConditions(after);
    if (after.loss < before.loss || after.duplicate < before.duplicate) this.faults.hit(link.changedBy);
    return reshaped || after.loss !== before.loss || after.duplicate !== before.duplicate;
  }

  /** Whether this fault has set the link's conditions. */
  isChangedBy(from: EndpointId, to: EndpointId, fault: number): boolean {
    return this.links[from * this.endpoints + to]?.changedBy === fault;
  }

  /** From here on, no link loses or duplicates anything, and nothing waits for what was sent before. */
  calm(now: Micros): void {
    const planned = this.planned;
    for (let from = 0; from < this.endpoints; from++) {
      // Clients have no links among themselves.
      const last = from < this.nodes ? this.endpoints : this.nodes;
      for (let to = 0; to < last; to++) {
        const used = this.links[from * this.endpoints + to]!;
        const { loss, duplicate } = used === null ? planned(from, to) : used.conditions;
        if (used === null && loss === 0 && duplicate === 0) continue;
        const link = this.link(from, to);
        if (loss !== 0 || duplicate !== 0) link.setConditions({ ...link.conditions, loss: 0, duplicate: 0 });
        link.busyUntil = now;
        link.lastArrival = now;
      }
    }
  }

  private link(from: EndpointId, to: EndpointId): Link {
    return this.links[from * this.endpoints + to] ?? this.makeLink(from, to);
  }

  private makeLink(from: EndpointId, to: EndpointId): Link {
    const link = new Link(from, to, this.planned(from, to));
    this.links[from * this.endpoints + to] = link;
    this.linkCount++;
    return link;
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
    const { conditions } = link;
    let departs = now;
    if (conditions.bandwidth !== null) {
      departs = Math.max(now, link.busyUntil) + Math.ceil((bytes * 1_000_000) / conditions.bandwidth);
      link.busyUntil = departs;
    }
    let arrives = departs + link.latencyLow;
    if (link.latencySpan !== 0) {
      const draws = (link.latencyDraws ??= this.streams.get('latency', link.from, link.to));
      arrives =
        departs +
        (link.latencySpan > 0 ? link.latencyLow + draws.below(link.latencySpan) : sample(conditions.latency, draws));
    }
    this.arrive(link, arrives, kind, payload, bytes, cause, copy);
  }

  private arrive(
    link: Link,
    at: Micros,
    kind: number,
    payload: unknown,
    bytes: number,
    cause: number,
    copy: 0 | 1,
  ): void {
    if (at >= link.lastArrival) link.lastArrival = at;
    else if (link.conditions.fifo) at = link.lastArrival;
    else this.reorderedCounter.count++;
    this.queue.push(at, kind, link.to, link.from, (link.epoch << 1) | copy, payload, cause, bytes);
  }

  /** Empties a clogged link. */
  private takeHeld(link: Link): Held[] {
    const held = link.held.splice(0);
    this.heldCount -= held.length;
    for (const { bytes } of held) this.heldBytes -= bytes;
    return held;
  }

  private draws(link: Link, purpose: 'loss' | 'duplicate'): Random {
    if (purpose === 'loss') return (link.lossDraws ??= this.streams.get('loss', link.from, link.to));
    return (link.duplicateDraws ??= this.streams.get('duplicate', link.from, link.to));
  }
}

/** Whether two conditions differ in what affects every message. */
function isReshaped(before: LinkConditions, after: LinkConditions): boolean {
  if (before.bandwidth !== after.bandwidth || before.fifo !== after.fifo) return true;
  // Distributions are plain data of a few numbers.
  return before.latency !== after.latency && JSON.stringify(before.latency) !== JSON.stringify(after.latency);
}

function shuffle<T>(items: T[], random: Random): void {
  for (let last = items.length - 1; last > 0; last--) {
    const other = random.below(last + 1);
    const item = items[last]!;
    items[last] = items[other]!;
    items[other] = item;
  }
}
