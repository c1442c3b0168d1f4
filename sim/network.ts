import { assert } from './base/assert.ts';
import { longest, sample } from './base/distribution.ts';
import type { FaultLog } from './faults/fault-log.ts';
import { type Comparison, comparison, type Held, Link, type LinkConditions } from './link.ts';
import type { Counter, Marks } from './marks.ts';
import { type Content, type MessageEffect, type MessageRule, type SingleEffect, Treatment } from './message-rule.ts';
import { Copies, type MessageInHand, type SentMessage } from './messages-in-hand.ts';
import type { EndpointId, Micros, Random } from './protocol.ts';
import type { EventQueue } from './base/queue.ts';
import type { Streams } from './base/random.ts';

/** Bytes of memory of a link, and of a message that it holds with its objects. */
const LINK_FOOTPRINT = 300;
const HELD_FOOTPRINT = 250;

/** What becomes of the messages that are in flight on a link that is cut or clogged. */
export type InFlight = 'keep' | 'drop' | 'hold';

/** In which order held messages arrive when they are released. */
export type ReleaseOrder = 'fifo' | 'shuffled' | 'reversed';

/** What becomes of a message that is due. */
export type Arrival = 'arrives' | 'cut' | 'corrupt' | 'nothing';

/** What became of a message when it was sent. */
export type Fate = 'sent' | 'lost' | 'cut' | 'clogged' | 'duplicated' | 'dropped' | 'held' | 'delayed' | 'corrupted';

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

  /** Rules for every link. */
  private everywhere: readonly MessageRule[] = [];
  private readonly copies = new Copies();
  /** The type of a message, and what it carries, for rules. */
  private readonly contentOf: (kind: number, payload: unknown) => Content;
  private readonly ruleMarks: Readonly<Record<'drop' | 'delay' | 'hold' | 'corrupt', Counter>>;

  /** The change made last, and what it made of conditions. */
  private lastChange: Partial<LinkConditions> | null = null;
  private readonly lastChanged = new Map<LinkConditions, Comparison>();

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
    contentOf: (kind: number, payload: unknown) => Content,
  ) {
    this.nodes = nodes;
    this.endpoints = endpoints;
    this.planned = planned;
    this.queue = queue;
    this.streams = streams;
    this.faults = faults;
    this.reorderedCounter = marks.counter('message-reordered');
    this.ruleMarks = {
      drop: marks.counter('message-dropped'),
      delay: marks.counter('message-delayed'),
      hold: marks.counter('message-held'),
      corrupt: marks.counter('message-corrupted'),
    };
    this.contentOf = contentOf;
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
    if (link.rules.length > 0 || this.everywhere.length > 0) {
      return this.sendByRules(link, kind, payload, bytes, now, cause);
    }
    const stopped = this.stop(link, kind, payload, bytes, cause);
    if (stopped !== null) return stopped;
    const { conditions } = link;
    this.transmit(link, kind, payload, bytes, now, cause, 0);
    if (conditions.duplicate > 0 && this.draws(link, 'duplicate').chance(conditions.duplicate)) {
      this.duplicated++;
      this.faults.hit(link.changedBy);
      this.transmit(link, kind, payload, bytes, now, cause, 1);
      return 'duplicated';
    }
    return 'sent';
  }

  /** What becomes of the message of the row that the queue has just yielded. */
  arrival(from: EndpointId, to: EndpointId, detail: number): Arrival {
    const link = this.link(from, to);
    const epoch = detail >> 1;
    if (this.copies.count > 0) {
      const due = this.arrivalOfCopy(link, detail);
      if (due !== 'arrives') return due;
    }
    if (epoch === link.epoch) return 'arrives';
    if (epoch < link.droppedBefore) {
      this.dropped++;
      this.faults.hit(link.droppedBy);
      return 'cut';
    }
    if (link.heldBy === 0 || epoch >= link.heldBefore) return 'arrives';
    const { kind, payload, bytes, cause } = this.queue;
    this.hold(link, kind, payload, bytes, cause, link.heldBy);
    return 'nothing';
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

  /**
   * How long a message that is sent now takes at most; Infinity if it may be lost, if a step may have a word in it, or if it
   * has to wait for bandwidth.
   */
  longestDelay(from: EndpointId, to: EndpointId): Micros {
    const link = this.links[from * this.endpoints + to]!;
    if (this.everywhere.length > 0 || (link !== null && link.rules.length > 0)) return Infinity;
    const { loss, bandwidth, latency } = link === null ? this.planned(from, to) : link.conditions;
    if (loss > 0 || bandwidth !== null) return Infinity;
    return longest(latency);
  }

  cut(from: EndpointId, to: EndpointId, fault: number, inFlight: InFlight): void {
    const link = this.link(from, to);
    link.cuts.push(fault);
    link.cutBy = fault;
    this.faults.hold(fault);
    if (inFlight === 'keep') return;
    link.epoch++;
    if (inFlight === 'hold') {
      this.holdInFlight(link, fault);
      return;
    }
    link.droppedBefore = link.epoch;
    link.droppedBy = fault;
    const lost = this.takeHeld(link);
    for (let left = lost.length; left > 0; left--) this.faults.hit(fault);
    this.dropped += lost.length;
  }

  /** Ends one cut of the link, or every cut of it. Returns whether it was cut. */
  heal(from: EndpointId, to: EndpointId, fault: number | 'all', now: Micros): boolean {
    const link = this.links[from * this.endpoints + to]!;
    if (link === null) return false;
    const isPart = fault === 'all' && this.detach(link, ({ effect }) => effect.kind === 'cut', now);
    if (link.cuts.length === 0) return isPart;
    const ended = fault === 'all' ? link.cuts.splice(0) : link.cuts.filter((one) => one === fault);
    const left = link.cuts.filter((one) => !ended.includes(one));
    link.cuts.splice(0, link.cuts.length, ...left);
    link.cutBy = left[left.length - 1] ?? 0;
    for (const one of ended) this.faults.unhold(one, now);
    if (ended.includes(link.heldBy)) link.heldBy = 0;
    this.letGo(link, ({ by }) => ended.includes(by), 'fifo', now);
    return ended.length > 0 || isPart;
  }

  clog(from: EndpointId, to: EndpointId, fault: number, inFlight: 'keep' | 'hold', now: Micros): void {
    const link = this.link(from, to);
    this.faults.unhold(link.cloggedBy, now);
    link.cloggedBy = fault;
    this.faults.hold(fault);
    if (inFlight === 'keep') return;
    link.epoch++;
    this.holdInFlight(link, fault);
  }

  /** Whether this fault clogs the link. */
  isCloggedBy(from: EndpointId, to: EndpointId, fault: number): boolean {
    return this.links[from * this.endpoints + to]?.cloggedBy === fault;
  }

  /**
   * Releases what the link holds, but for what a cut does: everything arrives at once, in this order. Returns whether it was
   * clogged or held any message.
   */
  release(from: EndpointId, to: EndpointId, order: ReleaseOrder, now: Micros): boolean {
    const link = this.links[from * this.endpoints + to]!;
    if (link === null) return false;
    const wasClogged = link.cloggedBy !== 0;
    if (link.heldBy === link.cloggedBy) link.heldBy = 0;
    this.faults.unhold(link.cloggedBy, now);
    link.cloggedBy = 0;
    const heldSome = this.detach(link, ({ holds }) => holds, now);
    const released = this.letGo(link, ({ by }) => !link.cuts.includes(by), order, now);
    return wasClogged || heldSome || released > 0;
  }

  /** From here on, the rule takes messages of its links. */
  attach(rule: MessageRule): void {
    if (rule.links === 'all') {
      this.everywhere = [...this.everywhere, rule];
      this.faults.hold(rule.fault);
      return;
    }
    for (const [from, to] of rule.links) {
      const link = this.link(from, to);
      link.rules = [...link.rules, rule];
      this.faults.hold(rule.fault);
    }
  }

  /** Ends a rule on all its links. What it holds arrives, in the order in which it was sent. */
  endRule(rule: MessageRule, now: Micros): void {
    const isMeant = (other: MessageRule): boolean => other === rule;
    if (rule.links === 'all') this.endEverywhere(isMeant, now);
    else for (const [from, to] of rule.links) this.detach(this.link(from, to), isMeant, now);
    if (!rule.holds) return;
    const links = rule.links === 'all' ? this.links : rule.links.map(([from, to]) => this.link(from, to));
    for (const link of links) if (link !== null) this.letGo(link, ({ by }) => by === rule.fault, 'fifo', now);
  }

  /** Ends the rules of this kind that hold for every link. Returns whether there were any. */
  endEverywhere(isMeant: (rule: MessageRule) => boolean, now: Micros): boolean {
    const ended = this.everywhere.filter(isMeant);
    if (ended.length === 0) return false;
    this.everywhere = this.everywhere.filter((rule) => !isMeant(rule));
    for (const rule of ended) this.faults.unhold(rule.fault, now);
    return true;
  }

  /** Takes hold of a message that has just been sent: from here on, it is known whether it has arrived. */
  takeInHand(message: SentMessage): MessageInHand {
    return this.copies.hold(message);
  }

  /** Does something to a message in hand. Returns whether it was still on its way. */
  affectInHand(message: MessageInHand, effect: SingleEffect, rule: MessageRule, now: Micros): boolean {
    const copies = message.copies.filter(({ state }) => state === 'on its way');
    if (copies.length === 0) return false;
    const { from, to, kind, payload, bytes, cause } = message;
    const link = this.link(from, to);
    this.note(effect);
    switch (effect.kind) {
      case 'drop':
        for (const copy of copies) copy.state = 'gone';
        this.dropped += copies.length;
        break;
      case 'hold':
        this.attach(rule);
        for (const copy of copies) {
          copy.state = 'gone';
          this.hold(link, kind, payload, bytes, cause, rule.fault);
        }
        return true;
      case 'corrupt':
        for (const copy of copies) copy.isCorrupt = true;
        break;
      case 'delay': {
        const by = sample(effect.by, rule.draws);
        for (const copy of copies) copy.delay += by;
        break;
      }
      case 'duplicate':
        this.duplicated++;
        this.arrive(link, now + sample(link.conditions.latency, rule.draws), kind, payload, bytes, cause, 1);
    }
    this.faults.hit(rule.fault);
    return true;
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
    const ended = change === 'reset' && this.detach(link, ({ effect }) => effect.kind === 'conditions', now);
    const before = link.conditions;
    const { after, isOther } =
      change === 'reset' ? comparison(before, this.planned(from, to)) : this.changed(before, change);
    this.faults.unhold(link.changedBy, now);
    link.changedBy = change === 'reset' ? 0 : fault;
    link.isReshaped = change !== 'reset' && isOther;
    this.faults.hold(link.changedBy);
    link.setConditions(after);
    if (after.loss < before.loss || after.duplicate < before.duplicate) this.faults.hit(link.changedBy);
    return ended || isOther || after.loss !== before.loss || after.duplicate !== before.duplicate;
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

  /** Conditions with a change, worked out once for all links that had the same ones before. */
  private changed(before: LinkConditions, change: Partial<LinkConditions>): Comparison {
    if (this.lastChange !== change) this.lastChanged.clear();
    this.lastChange = change;
    let changed = this.lastChanged.get(before);
    if (changed === undefined) {
      changed = comparison(before, { ...before, ...change });
      this.lastChanged.set(before, changed);
    }
    return changed;
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

  /** What keeps a message from being transmitted, whatever it is; null: nothing. */
  private stop(link: Link, kind: number, payload: unknown, bytes: number, cause: number): Fate | null {
    if (link.cutBy !== 0) {
      this.dropped++;
      this.faults.hit(link.cutBy);
      return 'cut';
    }
    const { loss } = link.conditions;
    if (loss > 0 && this.draws(link, 'loss').chance(loss)) {
      this.dropped++;
      this.lost++;
      this.faults.hit(link.changedBy);
      return 'lost';
    }
    if (link.cloggedBy !== 0) {
      this.hold(link, kind, payload, bytes, cause, link.cloggedBy);
      return 'clogged';
    }
    if (link.isReshaped) this.faults.hit(link.changedBy);
    return null;
  }

  /**
   * Sends a message over a link on which something happens to some messages. It draws the same from the link's streams as
   * without, so that no other message is shifted.
   */
  private sendByRules(link: Link, kind: number, payload: unknown, bytes: number, now: Micros, cause: number): Fate {
    const rules = this.rulesFor(link, kind, payload, now);
    const stopped = this.stop(link, kind, payload, bytes, cause);
    if (stopped !== null) return stopped;
    const { conditions } = link;
    const departs = this.departure(link, bytes, now);
    const latencies = [this.latency(link)];
    if (conditions.duplicate > 0 && this.draws(link, 'duplicate').chance(conditions.duplicate)) {
      this.faults.hit(link.changedBy);
      latencies.push(this.latency(link));
    }
    const treatment = new Treatment(rules, conditions.latency);
    // Where a message is stopped, what else would have happened to it makes no difference.
    const effective = treatment.stopped === null ? treatment.effective : treatment.effective.slice(-1);
    for (const { effect, fault } of effective) {
      this.note(effect);
      this.faults.hit(fault);
    }
    if (treatment.stopped === 'held') {
      this.keep(link, { kind, payload, bytes, cause, by: effective[0]!.fault });
      return 'held';
    }
    if (treatment.stopped !== null) {
      this.dropped++;
      if (treatment.stopped === 'lost') this.lost++;
      return treatment.stopped;
    }
    if (treatment.latency !== null) latencies[0] = treatment.latency;
    latencies.push(...treatment.copies);
    this.duplicated += latencies.length - 1;
    latencies.forEach((latency, copy) => {
      const at = departs + latency + treatment.delay;
      const row = this.arrive(link, at, kind, payload, bytes, cause, copy === 0 ? 0 : 1);
      if (treatment.isCorrupt) this.copies.at(row).isCorrupt = true;
    });
    if (latencies.length > 1) return 'duplicated';
    if (treatment.isCorrupt) return 'corrupted';
    return treatment.delay > 0 ? 'delayed' : 'sent';
  }

  /** The rules that take this message, in the order of injection. Those that take no further one end. */
  private rulesFor(link: Link, kind: number, payload: unknown, now: Micros): readonly MessageRule[] {
    const content = this.contentOf(kind, payload);
    const all =
      this.everywhere.length === 0
        ? link.rules
        : [...this.everywhere, ...link.rules].sort((one, other) => one.fault - other.fault);
    const taking = all.filter((rule) => rule.takes(content));
    for (const rule of taking) if (rule.isSpent && !rule.holds) this.endRule(rule, now);
    return taking;
  }

  /** Counts what happens to a message as a situation. */
  private note({ kind }: MessageEffect): void {
    if (kind === 'drop' || kind === 'delay' || kind === 'hold' || kind === 'corrupt') this.ruleMarks[kind].count++;
  }

  /** What becomes of a copy of which something is known, if the row that the queue has just yielded is that of one. */
  private arrivalOfCopy(link: Link, detail: number): Arrival {
    const { queue, copies } = this;
    const copy = copies.take(queue.sequence);
    if (copy === null) return 'arrives';
    if (copy.state === 'gone') return 'nothing';
    if (copy.delay > 0) {
      const { time, kind, payload, cause, bytes } = queue;
      copies.move(copy, queue.push(time + copy.delay, kind, link.to, link.from, detail, payload, cause, bytes));
      copy.delay = 0;
      return 'nothing';
    }
    copy.state = 'arrived';
    if (!copy.isCorrupt) return 'arrives';
    this.dropped++;
    return 'corrupt';
  }

  private hold(link: Link, kind: number, payload: unknown, bytes: number, cause: number, by: number): void {
    this.keep(link, { kind, payload, bytes, cause, by });
    this.faults.hit(by);
  }

  private keep(link: Link, held: Held): void {
    link.held.push(held);
    this.heldCount++;
    this.heldBytes += held.bytes;
  }

  /** What is in flight at this moment will be held where it would arrive. */
  private holdInFlight(link: Link, fault: number): void {
    link.heldBefore = link.epoch;
    link.heldBy = fault;
  }

  /** Ends those of the link's rules that are meant. Returns whether there were any. */
  private detach(link: Link, isMeant: (rule: MessageRule) => boolean, now: Micros): boolean {
    if (link.rules.length === 0) return false;
    const ended = link.rules.filter(isMeant);
    link.rules = link.rules.filter((rule) => !isMeant(rule));
    for (const rule of ended) this.faults.unhold(rule.fault, now);
    return ended.length > 0;
  }

  /** Has those of the held messages that are meant arrive now. Returns how many there were. */
  private letGo(link: Link, isMeant: (held: Held) => boolean, order: ReleaseOrder, now: Micros): number {
    if (link.held.length === 0) return 0;
    const all = this.takeHeld(link);
    const meant: Held[] = [];
    for (const held of all) {
      if (isMeant(held)) meant.push(held);
      else this.keep(link, held);
    }
    if (order === 'shuffled') shuffle(meant, this.streams.get('release', link.from, link.to));
    if (order === 'reversed') meant.reverse();
    for (const { kind, payload, bytes, cause } of meant) this.arrive(link, now, kind, payload, bytes, cause, 0);
    return meant.length;
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
    const at = this.departure(link, bytes, now) + this.latency(link);
    this.arrive(link, at, kind, payload, bytes, cause, copy);
  }

  /** When the last byte of a message that is sent now has left its sender. */
  private departure(link: Link, bytes: number, now: Micros): Micros {
    const { bandwidth } = link.conditions;
    if (bandwidth === null) return now;
    link.busyUntil = Math.max(now, link.busyUntil) + Math.ceil((bytes * 1_000_000) / bandwidth);
    return link.busyUntil;
  }

  /** Draws how long a message takes from there on. */
  private latency(link: Link): Micros {
    const { latencyLow, latencySpan } = link;
    if (latencySpan === 0) return latencyLow;
    const draws = (link.latencyDraws ??= this.streams.get('latency', link.from, link.to));
    return latencySpan > 0 ? latencyLow + draws.below(latencySpan) : sample(link.conditions.latency, draws);
  }

  /** Returns the number of the message's row in the queue. */
  private arrive(
    link: Link,
    at: Micros,
    kind: number,
    payload: unknown,
    bytes: number,
    cause: number,
    copy: 0 | 1,
  ): number {
    if (at >= link.lastArrival) link.lastArrival = at;
    else if (link.conditions.fifo) at = link.lastArrival;
    else this.reorderedCounter.count++;
    return this.queue.push(at, kind, link.to, link.from, (link.epoch << 1) | copy, payload, cause, bytes);
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

function shuffle<T>(items: T[], random: Random): void {
  for (let last = items.length - 1; last > 0; last--) {
    const other = random.below(last + 1);
    const item = items[last]!;
    items[last] = items[other]!;
    items[other] = item;
  }
}
