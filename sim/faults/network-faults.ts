import type { Streams } from '../base/random.ts';
import type { LinkConditions } from '../link.ts';
import { type MessageEffect, type MessageFilter, MessageRule, type SingleEffect } from '../message-rule.ts';
import type { MessageInHand, SentMessage } from '../messages-in-hand.ts';
import type { Fate, InFlight, Network, ReleaseOrder } from '../network.ts';
import type { EndpointId, Micros, Random, Request } from '../protocol.ts';
import type { Actions } from './actions.ts';
import { describeTargets, type EndpointNames } from './describe.ts';
import type { FaultLog, Links, Origin } from './fault-log.ts';
import type { FaultValues } from './values.ts';

/** What a set of cuts is called. */
export type CutKind = (typeof CUTS)[number];

const CUTS = ['partition', 'isolate', 'bridge', 'ring', 'cut'] as const;

function isCut(kind: string): boolean {
  return (CUTS as readonly string[]).includes(kind);
}

/** Something that happens to some messages. */
export interface Interception {
  readonly filter: MessageFilter;
  readonly effect: MessageEffect;
  /** The first of the matching messages that is meant, from 1. */
  readonly nth: number;
  /** How many from there on; null: all. */
  readonly count: number | null;
}

/** What can be done to links. `all`: every link there is, clients' included. */
export interface NetworkControls {
  /** Cuts directed links; all of one call are one fault. Null: what becomes of messages in flight is as the plan says. */
  cut(links: Links, inFlight: InFlight | null, kind: CutKind, origin: Origin): void;
  /** Ends every cut of these links. Returns whether there was any. */
  heal(links: Links | 'all', origin: Origin): boolean;
  /** The links hold what is sent; with `hold`, what is in flight, too. */
  clog(links: Links, inFlight: 'keep' | 'hold', origin: Origin): void;
  /** What links hold arrives at once. Returns whether any link was clogged or held a message. */
  release(links: Links | 'all', order: ReleaseOrder, origin: Origin): boolean;
  /** Changes conditions, or goes back to the planned ones. Returns whether any link is other than before. */
  setLinks(links: Links | 'all', change: Partial<LinkConditions> | 'reset', origin: Origin): boolean;
  /** Links to which something has been done so far: what steps cost grows with them. */
  readonly touched: number;
  /** From here on, something happens to some of the messages that these links carry. */
  intercept(links: Links | 'all', interception: Interception, origin: Origin): void;
  /** The message whose `sent` is being traced; null: none. It can be affected later, as long as it is on its way. */
  takeInHand(): MessageInHand | null;
  /** Something happens to that message. Returns whether it was still on its way. */
  affectInHand(message: MessageInHand, effect: SingleEffect, origin: Origin): boolean;
}

/** What these faults need of the simulation. */
interface Context extends EndpointNames {
  readonly now: Micros;
  /** Number of the current event. */
  readonly event: number;
  readonly faults: FaultLog;
  readonly endpoints: number;
  readonly streams: Streams;
  /** The message whose `sent` is being traced; null: none. */
  readonly inHand: SentMessage | null;
  readonly tracer: {
    fate(fate: Fate, from: EndpointId, to: EndpointId, kind: number, payload: unknown): void;
  };
  readonly clients: { noteDuplicate(request: Request): void };
  passedOn(kind: number, payload: unknown): Request | null;
}

/** Cuts, clogs, and links that lose, duplicate, delay and reorder. */
export class NetworkFaults implements NetworkControls {
  touched = 0;
  /** Every link there is, when they have been listed. */
  private all: Links | null = null;
  private readonly network: Network;
  private readonly inFlight: InFlight;
  private readonly actions: Actions;
  private readonly context: Context;

  /** @param inFlight what becomes of messages in flight on a link that is cut, unless the cut says otherwise */
  constructor(network: Network, inFlight: InFlight, actions: Actions, context: Context) {
    this.network = network;
    this.inFlight = inFlight;
    this.actions = actions;
    this.context = context;
  }

  cut(links: Links, inFlight: InFlight | null, kind: CutKind, origin: Origin): void {
    const fate = inFlight ?? this.inFlight;
    const undo = (by: Origin): void => this.endCut(fault, links, kind, by);
    // A partition is a set of cuts, and hashes like one.
    const injection = { kind, hashed: 'cut', target: { links }, values: { inFlight: fate }, undo };
    const fault = this.actions.inject(injection, origin);
    for (const [from, to] of this.pairs(links)) this.network.cut(from, to, fault, fate);
    this.actions.note(kind, -1, () => `${kind} ${describeTargets(links, this.context)}`);
  }

  heal(links: Links | 'all', origin: Origin): boolean {
    const { now, faults } = this.context;
    this.actions.act({ kind: 'heal', target: { links } }, origin);
    this.actions.note('heal', -1, () => `heal ${describeTargets(links, this.context)}`);
    if (links === 'all')
      return faults.undo(({ kind }) => isCut(kind), now, { path: origin.path, event: this.context.event });
    return this.count(this.pairs(links), (from, to) => this.network.heal(from, to, 'all', now)) > 0;
  }

  clog(links: Links, inFlight: 'keep' | 'hold', origin: Origin): void {
    const undo = (by: Origin): void => {
      this.release(this.still(links, fault, 'isCloggedBy'), 'fifo', by);
    };
    const values = inFlight === 'keep' ? {} : { inFlight };
    const fault = this.actions.inject({ kind: 'clog', target: { links }, values, undo }, origin);
    for (const [from, to] of this.pairs(links)) this.network.clog(from, to, fault, inFlight, this.context.now);
    this.actions.note('clog', -1, () => `clog ${describeTargets(links, this.context)}`);
  }

  release(links: Links | 'all', order: ReleaseOrder, origin: Origin): boolean {
    this.actions.act({ kind: 'release', target: { links }, values: { order } }, origin);
    const { now } = this.context;
    const ended = links === 'all' && this.network.endEverywhere(({ holds }) => holds, now);
    const released = this.count(this.pairs(links), (from, to) => this.network.release(from, to, order, now));
    this.actions.note('release', -1, () => `release ${describeTargets(links, this.context)}`);
    return ended || released > 0;
  }

  setLinks(links: Links | 'all', change: Partial<LinkConditions> | 'reset', origin: Origin): boolean {
    const isReset = change === 'reset';
    const { now } = this.context;
    const undo = (by: Origin): void => {
      this.setLinks(this.still(this.pairs(links), fault, 'isChangedBy'), 'reset', by);
    };
    const values = isReset ? { reset: true } : { ...change };
    const fault = this.actions.replace(0, isReset, { kind: 'network', target: { links }, values, undo }, origin);
    const ended =
      isReset && links === 'all' && this.network.endEverywhere(({ effect }) => effect.kind === 'conditions', now);
    const changed = this.count(this.pairs(links), (from, to) =>
      this.network.setConditions(from, to, change, fault, now),
    );
    this.actions.note('network', -1, () => {
      const what = isReset ? 'planned conditions' : `${Object.keys(change).join(', ')} changes`;
      return `${what} on ${describeTargets(links, this.context)}`;
    });
    return ended || changed > 0;
  }

  intercept(links: Links | 'all', { filter, effect, nth, count }: Interception, origin: Origin): void {
    const kind = effect.kind === 'conditions' ? 'network' : effect.kind;
    const which = { messages: filter.text, ...(nth > 1 && { nth }), ...(count !== null && { count }) };
    const values = { ...which, ...valuesOf(effect) };
    const undo = (by: Origin): void => this.endInterception(rule, kind, by);
    const fault = this.actions.inject({ kind, target: { links }, values, undo }, origin);
    const rule = new MessageRule(fault, links, filter, effect, nth, count ?? Infinity, this.drawsOf(origin));
    this.network.attach(rule);
    if (links !== 'all') this.touched += links.length;
    this.actions.note(kind, -1, () => `${kind} ${filter.text} on ${describeTargets(links, this.context)}`);
  }

  takeInHand(): MessageInHand | null {
    const { inHand } = this.context;
    return inHand === null ? null : this.network.takeInHand(inHand);
  }

  affectInHand(message: MessageInHand, effect: SingleEffect, origin: Origin): boolean {
    const { context } = this;
    const { from, to, kind, payload } = message;
    const links = [[from, to]] as const;
    const undo = effect.kind === 'hold' ? (by: Origin): void => this.endInterception(rule, 'hold', by) : null;
    const values = { messages: 'that message', ...valuesOf(effect) };
    const fault = this.actions.inject({ kind: effect.kind, target: { links }, values, undo }, origin);
    const filter = { text: 'that message', matches: () => false };
    const rule = new MessageRule(fault, links, filter, effect, 1, 0, this.drawsOf(origin));
    const isAffected = this.network.affectInHand(message, effect, rule, context.now);
    if (effect.kind !== 'hold' || !isAffected) context.faults.end(fault, context.now);
    if (!isAffected) return false;
    const request = effect.kind === 'duplicate' ? context.passedOn(kind, payload) : null;
    if (request !== null) context.clients.noteDuplicate(request);
    context.tracer.fate(FATES[effect.kind], from, to, kind, payload);
    return true;
  }

  /** Does something to each of the links, and counts those to which it made a difference. */
  private count(links: Links, act: (from: EndpointId, to: EndpointId) => boolean): number {
    let changed = 0;
    for (const [from, to] of links) if (act(from, to)) changed++;
    return changed;
  }

  /** Ends one fault's cuts; links that another fault has cut too stay cut. */
  private endCut(fault: number, links: Links, kind: CutKind, origin: Origin): void {
    this.actions.act({ kind: 'heal', target: { links } }, origin);
    for (const [from, to] of this.pairs(links)) this.network.heal(from, to, fault, this.context.now);
    this.actions.note('heal', -1, () => `${kind} ${describeTargets(links, this.context)} ends`);
  }

  private endInterception(rule: MessageRule, kind: string, origin: Origin): void {
    const { links } = rule;
    this.actions.act({ kind: 'heal', target: { links } }, origin);
    this.network.endRule(rule, this.context.now);
    this.actions.note('heal', -1, () => `${kind} of messages on ${describeTargets(links, this.context)} ends`);
  }

  /** A stream for one execution of one step. */
  private drawsOf(origin: Origin): Random {
    const { path, repetition = 1 } = origin.draws ?? origin;
    return this.context.streams.get('messages', path, repetition);
  }

  /** Those of the links that this fault still holds. */
  private still(links: Links, fault: number, isHeld: 'isCloggedBy' | 'isChangedBy'): Links {
    return links.filter(([from, to]) => this.network[isHeld](from, to, fault));
  }

  /** The links one by one, to do something to each of them. */
  private pairs(links: Links | 'all'): Links {
    const pairs = links === 'all' ? (this.all ??= this.allPairs()) : links;
    this.touched += pairs.length;
    return pairs;
  }

  private allPairs(): Links {
    const { nodes, endpoints } = this.context;
    const all: [EndpointId, EndpointId][] = [];
    for (let from = 0; from < endpoints; from++) {
      // Clients have no links among themselves.
      const last = from < nodes ? endpoints : nodes;
      for (let to = 0; to < last; to++) if (from !== to) all.push([from, to]);
    }
    return all;
  }
}

/** What becomes of a message to which this is done. */
const FATES: Readonly<Record<SingleEffect['kind'], Fate>> = {
  drop: 'dropped',
  hold: 'held',
  duplicate: 'duplicated',
  corrupt: 'corrupted',
  delay: 'delayed',
};

function valuesOf(effect: MessageEffect): FaultValues {
  if (effect.kind === 'delay') return { by: effect.by };
  if (effect.kind !== 'conditions') return {};
  const { latency, loss, duplicate } = effect;
  return { ...(latency !== null && { latency }), ...(loss > 0 && { loss }), ...(duplicate > 0 && { duplicate }) };
}
