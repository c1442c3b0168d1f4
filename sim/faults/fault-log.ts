import type { EndpointId, Micros, NodeId } from '../protocol.ts';
import type { FaultValues } from './values.ts';

/** Directed links, as (from, to). */
export type Links = readonly (readonly [EndpointId, EndpointId])[];

/** What has something done to the cluster: a step of the script, and the event with which that step began or went on. */
export interface Origin {
  /** Such as `script[2]`. */
  readonly path: string;
  /** Number of an event that has happened: the cause of what is done. */
  readonly event: number;
  /** Which execution of the step it is, from 1. Default: 1. */
  readonly repetition?: number;
  /** The execution whose random draws it makes. Default: its own. */
  readonly draws?: { readonly path: string; readonly repetition: number };
}

/** What a fault is done to: a node, or directed links. */
export type FaultTarget = { readonly node: NodeId } | { readonly links: Links | 'all' };

/** One fault that was injected, and how often it had an observable effect. */
export interface Fault {
  /** From 1, in the order of injection. */
  readonly id: number;
  /** Such as `crash`, `partition`, `clog`. */
  readonly kind: string;
  /** The step that injected it, such as `script[2]`. */
  readonly path: string;
  /** Which execution of that step, from 1. */
  readonly repetition: number;
  readonly target: FaultTarget;
  /** What it sets, by name; empty for a fault that has nothing to set. */
  readonly values: FaultValues;
  readonly startedAt: Micros;
  /** −1 while it lasts. */
  endedAt: Micros;
  effects: number;
  /** Links it still holds; 0 for a fault that holds none. */
  holds: number;
}

/** What a fault begins as. */
export type NewFault = Pick<Fault, 'kind' | 'path' | 'target' | 'values' | 'startedAt'> & {
  /** Default: 1. */
  readonly repetition?: number;
  /** Puts things back to what the plan says; null: it cannot be undone, or ends by itself. */
  readonly undo: ((origin: Origin) => void) | null;
};

/** Lists the nodes that stop by themselves among the faults. */
export interface HaltLog {
  /** @returns the id under which it is listed; 0: because of no fault */
  noteHalt(node: NodeId, because: number): number;
}

/** Bytes of memory of a fault, and of a link that it lists. */
const FAULT_FOOTPRINT = 500;
const LINK_FOOTPRINT = 50;

/**
 * The faults of one run. A fault that had no effect tested nothing, so each place where one bites counts it here: a cut
 * that stopped a message, a pause that held up an event.
 */
export class FaultLog {
  readonly list: Fault[] = [];
  /** Increases whenever a fault begins, lets go of something or ends. */
  revision = 0;
  private readonly undos: (((origin: Origin) => void) | null)[] = [];
  /** Those that can be undone and last, and some whose end has come, in the order of injection: `undo` looks at no others. */
  private readonly lasting = new Set<Fault>();
  /** Links that the faults list, over all faults. */
  private linkCount = 0;

  /** Returns the fault's id; ids count from 1, and 0 stands for no fault. */
  add({ undo, repetition = 1, ...fault }: NewFault): number {
    this.revision++;
    const id = this.list.length + 1;
    const injected: Fault = { id, ...fault, repetition, endedAt: -1, effects: 0, holds: 0 };
    this.list.push(injected);
    if (undo !== null) this.lasting.add(injected);
    this.undos.push(undo);
    if ('links' in fault.target && fault.target.links !== 'all') this.linkCount += fault.target.links.length;
    return id;
  }

  /** Bytes of memory that it holds, estimated. */
  get footprint(): number {
    return this.list.length * FAULT_FOOTPRINT + this.linkCount * LINK_FOOTPRINT;
  }

  hit(id: number): void {
    if (id > 0) this.list[id - 1]!.effects++;
  }

  /** The fault takes hold of one more link. */
  hold(id: number): void {
    if (id > 0) this.list[id - 1]!.holds++;
  }

  /** The fault lets one link go; with the last one it ends. */
  unhold(id: number, now: Micros): void {
    this.revision++;
    if (id > 0 && --this.list[id - 1]!.holds === 0) this.end(id, now);
  }

  end(id: number, now: Micros): void {
    this.revision++;
    if (id === 0) return;
    const fault = this.list[id - 1]!;
    // The end may have been known beforehand, and come earlier after all.
    if (fault.endedAt < 0 || fault.endedAt > now) fault.endedAt = now;
  }

  /** Undoes what still lasts of the faults that are meant, in the order in which they began. Returns whether there was any. */
  undo(isMeant: (fault: Fault) => boolean, now: Micros, origin: Origin): boolean {
    let any = false;
    for (const fault of this.lasting) {
      const lasts = fault.endedAt < 0 || fault.endedAt > now;
      if (!lasts) this.lasting.delete(fault);
      else if (isMeant(fault)) {
        any = true;
        this.undos[fault.id - 1]?.(origin);
      }
    }
    return any;
  }
}
