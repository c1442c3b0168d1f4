import { assert } from './base/assert.ts';
import { type Distribution, longest, sample } from './base/distribution.ts';
import type { FaultLog } from './faults/fault-log.ts';
import type { Counter, Marks } from './marks.ts';
import type { Content, MessageEffect, MessageRule } from './message-rule.ts';
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

/** A message that a link holds. */
interface Held {
  readonly kind: number;
  readonly payload: unknown;
  readonly bytes: number;
  readonly cause: number;
  /** The fault that holds it. */
  readonly by: number;
}

/** What becomes of the messages that are in flight on a link that is cut or clogged. */
export type InFlight = 'keep' | 'drop' | 'hold';

/** In which order held messages arrive when they are released. */
export type ReleaseOrder = 'fifo' | 'shuffled' | 'reversed';

/** A message that a step can take hold of while it is on its way. */
export interface MessageInHand {
  readonly from: EndpointId;
  readonly to: EndpointId;
  readonly kind: number;
  readonly payload: unknown;
  readonly bytes: number;
  readonly cause: number;
  /** Its rows in the queue, one for each copy. */
  readonly rows: readonly number[];
}

/** What becomes of a message that is due. */
export type Arrival = 'arrives' | 'cut' | 'corrupt' | 'nothing';

/** What a step has decided of a row that is in the queue: nothing yet, its end, or a delay in microseconds. */
type Decision = 'nothing yet' | 'gone' | 'corrupt' | number;

const NO_RULES: readonly MessageRule[] = Object.freeze([]);

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
  /** What happens to some of its messages, in the order of injection. */
  rules: readonly MessageRule[] = NO_RULES;
  /** Increases when what is in flight is to be dropped or held. */
  epoch = 0;
  /** Messages sent in an epoch before this one are lost on arrival. */
  droppedBefore = 0;
  /** Messages sent in an epoch before this one are held on arrival, while a fault holds them. */
  heldBefore = 0;
  /** Fault that holds what was in flight, or 0. */
  heldBy = 0;
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
  private everywhere: readonly MessageRule[] = NO_RULES;
  /** By the sequence number of a row in the queue: what steps have decided of it. */
  private readonly decisions = new Map<number, Decision>();
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
      this.hold(link, kind, payload, bytes, cause, link.cloggedBy);
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

  /** What becomes of the message of the row that the queue has just yielded. */
  arrival(from: EndpointId, to: EndpointId, detail: number): Arrival {
    const link = this.link(from, to);
    const epoch = detail >> 1;
    if (this.decisions.size > 0) {
      const decided = this.applyDecision(link, detail);
      if (decided !== 'arrives') return decided;
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
    const heldSome = this.detach(link, ({ effect }) => effect.kind === 'clog' || effect.kind === 'hold', now);
    const released = this.letGo(link, ({ by }) => !link.cuts.includes(by), order, now);
    return wasClogged || heldSome || released > 0;
  }

  /** From here on, something happens to some messages of these links; `all`: of every link. */
  attach(rule: MessageRule, links: readonly (readonly [EndpointId, EndpointId])[] | 'all'): void {
    if (links === 'all') {
      this.everywhere = [...this.everywhere, rule];
      this.faults.hold(rule.fault);
      return;
    }
    for (const [from, to] of links) {
      const link = this.link(from, to);
      link.rules = [...link.rules, rule];
      this.faults.hold(rule.fault);
    }
  }

  /** Ends a rule on all links. What it holds arrives, in the order in which it was sent. */
  endRule(fault: number, now: Micros): void {
    const isMeant = (rule: MessageRule): boolean => rule.fault === fault;
    this.endEverywhere(isMeant, now);
    for (const link of this.links) {
      if (link === null) continue;
      this.detach(link, isMeant, now);
      this.letGo(link, ({ by }) => by === fault, 'fifo', now);
    }
  }

  /** Ends the rules of this kind that hold for every link. Returns whether there were any. */
  endEverywhere(isMeant: (rule: MessageRule) => boolean, now: Micros): boolean {
    const ended = this.everywhere.filter(isMeant);
    if (ended.length === 0) return false;
    this.everywhere = this.everywhere.filter((rule) => !isMeant(rule));
    for (const rule of ended) this.faults.unhold(rule.fault, now);
    return true;
  }

  /** The number of the next row, for `inHand`. */
  get nextRow(): number {
    return this.queue.nextSequence;
  }

  /** A message that has just been sent: its rows are those from the first one on. */
  inHand(message: Omit<MessageInHand, 'rows'>, firstRow: number): MessageInHand {
    return { ...message, rows: Array.from({ length: this.nextRow - firstRow }, (_, i) => firstRow + i) };
  }

  /** From here on, it is known whether the message has arrived. */
  keepInHand({ rows }: MessageInHand): void {
    for (const row of rows) this.decisions.set(row, 'nothing yet');
  }

  /** Does something to a message in hand. Returns whether it was still on its way. */
  affectInHand(message: MessageInHand, effect: MessageEffect, rule: MessageRule, now: Micros): boolean {
    const rows = message.rows.filter((row) => this.decisions.has(row) && this.decisions.get(row) !== 'gone');
    if (rows.length === 0) return false;
    const { from, to, kind, payload, bytes, cause } = message;
    const link = this.link(from, to);
    const decide = (decision: Decision): void => {
      for (const row of rows) this.decisions.set(row, decision);
    };
    this.note(effect);
    switch (effect.kind) {
      case 'drop':
        decide('gone');
        this.dropped++;
        break;
      case 'hold':
        decide('gone');
        this.attach(rule, [[from, to]]);
        this.hold(link, kind, payload, bytes, cause, rule.fault);
        return true;
      case 'corrupt':
        decide('corrupt');
        break;
      case 'delay':
        decide(sample(effect.by, rule.draws));
        break;
      case 'duplicate':
        this.duplicated++;
        this.arrive(link, now + sample(link.conditions.latency, rule.draws), kind, payload, bytes, cause, 1);
        break;
      default:
        assert(false, 'nothing of the kind is done to single messages');
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

  /** Sends a message over a link on which something happens to some messages. Draws the same as without. */
  private sendByRules(link: Link, kind: number, payload: unknown, bytes: number, now: Micros, cause: number): Fate {
    const rules = this.rulesFor(link, kind, payload, now);
    const { conditions } = link;
    if (link.cutBy !== 0) {
      this.dropped++;
      this.faults.hit(link.cutBy);
      return 'cut';
    }
    if (conditions.loss > 0 && this.draws(link, 'loss').chance(conditions.loss)) {
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
    const arrivals = [this.arrivalTime(link, bytes, now)];
    let fate: Fate = 'sent';
    if (conditions.duplicate > 0 && this.draws(link, 'duplicate').chance(conditions.duplicate)) {
      this.faults.hit(link.changedBy);
      arrivals.push(this.arrivalTime(link, bytes, now));
      fate = 'duplicated';
    }
    let isCorrupt = false;
    for (const { effect, draws, fault } of rules) {
      this.note(effect);
      switch (effect.kind) {
        case 'cut':
        case 'drop':
          this.dropped++;
          this.faults.hit(fault);
          return effect.kind === 'cut' ? 'cut' : 'dropped';
        case 'clog':
        case 'hold':
          this.hold(link, kind, payload, bytes, cause, fault);
          return 'held';
        case 'delay': {
          const by = sample(effect.by, draws);
          arrivals.forEach((at, copy) => (arrivals[copy] = at + by));
          if (fate !== 'duplicated') fate = 'delayed';
          break;
        }
        case 'duplicate':
          arrivals.push(now + sample(conditions.latency, draws));
          fate = 'duplicated';
          break;
        case 'corrupt':
          isCorrupt = true;
          if (fate !== 'duplicated') fate = 'corrupted';
          break;
        case 'conditions':
          if (effect.latency !== null) arrivals[0] = now + sample(effect.latency, draws);
          if (effect.loss > 0 && draws.chance(effect.loss)) {
            this.dropped++;
            this.lost++;
            this.faults.hit(fault);
            return 'lost';
          }
          if (effect.duplicate > 0) {
            if (!draws.chance(effect.duplicate)) continue;
            arrivals.push(now + sample(effect.latency ?? conditions.latency, draws));
            fate = 'duplicated';
          } else if (effect.latency === null) continue;
      }
      this.faults.hit(fault);
    }
    this.duplicated += arrivals.length - 1;
    arrivals.forEach((at, copy) => {
      const row = this.arrive(link, at, kind, payload, bytes, cause, copy === 0 ? 0 : 1);
      if (isCorrupt) this.decisions.set(row, 'corrupt');
    });
    return fate;
  }

  /** The rules that take this message, in the order of injection. Those that take no further one end. */
  private rulesFor(link: Link, kind: number, payload: unknown, now: Micros): readonly MessageRule[] {
    const content = this.contentOf(kind, payload);
    const all =
      this.everywhere.length === 0
        ? link.rules
        : [...this.everywhere, ...link.rules].sort((one, other) => one.fault - other.fault);
    const taking = all.filter((rule) => rule.takes(content));
    for (const rule of taking) if (rule.isSpent && rule.effect.kind !== 'hold') this.endRule(rule.fault, now);
    return taking;
  }

  /** Counts what happens to a message as a situation. */
  private note({ kind }: MessageEffect): void {
    if (kind === 'drop' || kind === 'delay' || kind === 'hold' || kind === 'corrupt') this.ruleMarks[kind].count++;
  }

  /** What steps have decided of the row that the queue has just yielded. */
  private applyDecision(link: Link, detail: number): Arrival {
    const { queue, decisions } = this;
    const decision = decisions.get(queue.sequence);
    if (decision === undefined) return 'arrives';
    decisions.delete(queue.sequence);
    if (decision === 'nothing yet') return 'arrives';
    if (decision === 'gone') return 'nothing';
    if (decision === 'corrupt') {
      this.dropped++;
      return 'corrupt';
    }
    const { time, kind, payload, cause, bytes } = queue;
    queue.push(time + decision, kind, link.to, link.from, detail, payload, cause, bytes);
    return 'nothing';
  }

  private hold(link: Link, kind: number, payload: unknown, bytes: number, cause: number, by: number): void {
    link.held.push({ kind, payload, bytes, cause, by });
    this.heldCount++;
    this.heldBytes += bytes;
    this.faults.hit(by);
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
    const meant = all.filter(isMeant);
    for (const { kind, payload, bytes, cause, by } of all) {
      if (meant.length === all.length) break;
      if (isMeant({ kind, payload, bytes, cause, by })) continue;
      link.held.push({ kind, payload, bytes, cause, by });
      this.heldCount++;
      this.heldBytes += bytes;
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
    this.arrive(link, this.arrivalTime(link, bytes, now), kind, payload, bytes, cause, copy);
  }

  /** When a message that is sent now arrives. */
  private arrivalTime(link: Link, bytes: number, now: Micros): Micros {
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
    return arrives;
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

/** New conditions of a link, and whether they differ from those before in what affects every message. */
interface Comparison {
  readonly after: LinkConditions;
  readonly isOther: boolean;
}

function comparison(before: LinkConditions, after: LinkConditions): Comparison {
  return { after, isOther: isReshaped(before, after) };
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
