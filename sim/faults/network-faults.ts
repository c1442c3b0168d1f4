import type { LinkConditions, Network } from '../network.ts';
import type { EndpointId, Micros } from '../protocol.ts';
import type { Actions } from './actions.ts';
import { describeTargets, type EndpointNames } from './describe.ts';
import type { FaultLog, Links, Origin } from './fault-log.ts';

/** What a set of cuts is called. */
export type CutKind = (typeof CUTS)[number];

const CUTS = ['partition', 'isolate', 'bridge', 'ring', 'cut'] as const;

/** What can be done to links. `all`: every link there is, clients' included. */
export interface NetworkControls {
  /** Cuts directed links; all of one call are one fault. Null: messages in flight are kept or dropped as the plan says. */
  cut(links: Links, inFlight: 'keep' | 'drop' | null, kind: CutKind, origin: Origin): void;
  /** Ends every cut of these links. Returns whether there was any. */
  heal(links: Links | 'all', origin: Origin): boolean;
  /** The links hold what is sent. */
  clog(links: Links, origin: Origin): void;
  /** What clogged links hold arrives at once. Returns whether any link was clogged. */
  release(links: Links | 'all', order: 'fifo' | 'shuffled', origin: Origin): boolean;
  /** Changes conditions, or goes back to the planned ones. Returns whether any link is other than before. */
  setLinks(links: Links | 'all', change: Partial<LinkConditions> | 'reset', origin: Origin): boolean;
}

/** What these faults need of the simulation. */
interface Context extends EndpointNames {
  readonly now: Micros;
  /** Number of the current event. */
  readonly event: number;
  readonly faults: FaultLog;
  readonly endpoints: number;
}

/** Cuts, clogs, and links that lose, duplicate, delay and reorder. */
export class NetworkFaults implements NetworkControls {
  private readonly network: Network;
  private readonly inFlight: 'keep' | 'drop';
  private readonly actions: Actions;
  private readonly context: Context;

  /** @param inFlight what becomes of messages in flight when their link is cut, unless the cut says otherwise */
  constructor(network: Network, inFlight: 'keep' | 'drop', actions: Actions, context: Context) {
    this.network = network;
    this.inFlight = inFlight;
    this.actions = actions;
    this.context = context;
  }

  cut(links: Links, inFlight: 'keep' | 'drop' | null, kind: CutKind, origin: Origin): void {
    const fate = inFlight ?? this.inFlight;
    const undo = (by: Origin): void => this.endCut(fault, links, kind, by);
    // A partition is a set of cuts, and hashes like one.
    const injection = { kind, hashed: 'cut', target: { links }, values: { inFlight: fate }, undo };
    const fault = this.actions.inject(injection, origin);
    for (const [from, to] of links) this.network.cut(from, to, fault, fate);
    this.actions.note(kind, -1, () => `${kind} ${describeTargets(links, this.context)}`);
  }

  heal(links: Links | 'all', origin: Origin): boolean {
    const { now, faults } = this.context;
    this.actions.act({ kind: 'heal', target: { links } }, origin);
    this.actions.note('heal', -1, () => `heal ${describeTargets(links, this.context)}`);
    if (links === 'all') return faults.undo(CUTS, now, { path: origin.path, event: this.context.event });
    return this.count(links, (from, to) => this.network.heal(from, to, 'all', now)) > 0;
  }

  clog(links: Links, origin: Origin): void {
    const undo = (by: Origin): void => {
      this.release(this.still(links, fault, 'isCloggedBy'), 'fifo', by);
    };
    const fault = this.actions.inject({ kind: 'clog', target: { links }, undo }, origin);
    for (const [from, to] of links) this.network.clog(from, to, fault, this.context.now);
    this.actions.note('clog', -1, () => `clog ${describeTargets(links, this.context)}`);
  }

  release(links: Links | 'all', order: 'fifo' | 'shuffled', origin: Origin): boolean {
    this.actions.act({ kind: 'release', target: { links }, values: { order } }, origin);
    const { now } = this.context;
    const released = this.count(this.pairs(links), (from, to) => this.network.release(from, to, order, now));
    this.actions.note('release', -1, () => `release ${describeTargets(links, this.context)}`);
    return released > 0;
  }

  setLinks(links: Links | 'all', change: Partial<LinkConditions> | 'reset', origin: Origin): boolean {
    const isReset = change === 'reset';
    const { now } = this.context;
    const undo = (by: Origin): void => {
      this.setLinks(this.still(this.pairs(links), fault, 'isChangedBy'), 'reset', by);
    };
    const values = isReset ? { reset: true } : { ...change };
    const fault = this.actions.replace(0, isReset, { kind: 'network', target: { links }, values, undo }, origin);
    const changed = this.count(this.pairs(links), (from, to) =>
      this.network.setConditions(from, to, change, fault, now),
    );
    this.actions.note('network', -1, () => {
      const what = isReset ? 'planned conditions' : `${Object.keys(change).join(', ')} changes`;
      return `${what} on ${describeTargets(links, this.context)}`;
    });
    return changed > 0;
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
    for (const [from, to] of links) this.network.heal(from, to, fault, this.context.now);
    this.actions.note('heal', -1, () => `${kind} ${describeTargets(links, this.context)} ends`);
  }

  /** Those of the links that this fault still holds. */
  private still(links: Links, fault: number, isHeld: 'isCloggedBy' | 'isChangedBy'): Links {
    return links.filter(([from, to]) => this.network[isHeld](from, to, fault));
  }

  private pairs(links: Links | 'all'): Links {
    if (links !== 'all') return links;
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
