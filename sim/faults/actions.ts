import type { Hasher, Micros, NodeId } from '../protocol.ts';
import type { SimulationEvents, TraceSink } from '../trace-event.ts';
import type { FaultLog, FaultTarget, Links, Origin } from './fault-log.ts';
import { digestValues, type FaultValues } from './values.ts';

/** One thing done to the cluster from outside. */
export interface Action {
  /** What the hash and reports call it. */
  readonly kind: string;
  readonly target: FaultTarget;
  /** What is set, by name. Default: nothing. */
  readonly values?: FaultValues;
}

/** A fault to inject. */
export interface Injection extends Action {
  /** What the hash calls it, where several kinds do the same to the cluster. Default: `kind`. */
  readonly hashed?: string;
  /** Puts things back to what the plan says; null: it cannot be undone, or ends by itself. */
  readonly undo: ((origin: Origin) => void) | null;
}

/** What actions need of the simulation. */
export interface ActionContext {
  readonly now: Micros;
  /** Numbers an event. */
  begin(cause: number): void;
  /** How many things have been done from outside. */
  actions: number;
  readonly hash: Hasher;
  readonly faults: FaultLog;
  readonly tracer: TraceSink<SimulationEvents>;
}

/**
 * The one way in which anything is done to the cluster from outside: as an event of its own, caused by its origin, that
 * enters the hash with its kind, its target and its values. Which step did it does not, so that a fault drawn at
 * random and the same fault written down in a script hash alike.
 */
export class Actions {
  readonly context: ActionContext;

  constructor(context: ActionContext) {
    this.context = context;
  }

  /** Begins the event of an action that is not a fault: the end of one, mostly. */
  act({ kind, target, values = {} }: Action, origin: Origin): void {
    const { context } = this;
    context.begin(origin.event);
    context.actions++;
    const { hash } = context;
    hash.int(context.now);
    hash.text(kind);
    if ('node' in target) hash.int(target.node);
    else digestLinks(target.links, hash);
    digestValues(values, hash);
  }

  /** Begins the event of a fault and enters it in the run's list. Returns the fault's id. */
  inject({ kind, hashed = kind, target, values = {}, undo }: Injection, origin: Origin): number {
    const { context } = this;
    this.act({ kind: hashed, target, values }, origin);
    const { path, repetition = 1 } = origin;
    return context.faults.add({ kind, path, repetition, target, values, startedAt: context.now, undo });
  }

  /**
   * A lasting setting: the fault that set it before ends, and a new one begins, unless it goes back to what is planned.
   * Returns the id of the new fault, or 0.
   */
  replace(before: number, isReset: boolean, injection: Injection, origin: Origin): number {
    const { context } = this;
    let fault = 0;
    if (isReset) this.act({ ...injection, kind: injection.hashed ?? injection.kind }, origin);
    else fault = this.inject(injection, origin);
    context.faults.end(before, context.now);
    return fault;
  }

  /** Feeds what came of an action to the event hash. */
  digest(outcome: number): void {
    this.context.hash.int(outcome);
  }

  /** Traces a fault, or its end, that has no kind of trace event of its own. */
  note(kind: string, node: NodeId | -1, text: () => string): void {
    const { tracer } = this.context;
    if (tracer.wants('fault')) tracer.note('fault', node, -1, { fault: kind }, text());
  }
}

function digestLinks(links: Links | 'all', hash: Hasher): void {
  if (links === 'all') {
    hash.int(-1);
    return;
  }
  hash.int(links.length);
  for (const [from, to] of links) {
    hash.int(from);
    hash.int(to);
  }
}
