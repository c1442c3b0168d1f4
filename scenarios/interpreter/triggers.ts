import type { TraceEvent } from '../../sim/trace-event.ts';
import type { Micros } from '../../sim/protocol.ts';
import type { Action, Selector, Step } from '../scenario.ts';
import type { ClusterView } from '../environment.ts';
import { describeEvent } from './describe.ts';
import type { Bindings } from './bindings.ts';
import type { StepRoutine, Thread } from './execution.ts';
import type { ExecutedStep } from './recording.ts';
import { fits } from './fields.ts';
import { mayMean } from './selectors.ts';
import type { Scope } from './selectors.ts';
import { FEW } from './threads.ts';

/** Chaos that strikes at events. It never has to fire. */
export interface ChaosTrigger {
  /** Whether it strikes at this match of its event. */
  strikes(now: Micros): boolean;
  perform(thread: Thread, bindings: Bindings): StepRoutine;
}

/** An `on` step that has been executed: it fires at every n-th match of its event, as often as it is to. */
export interface Armed {
  readonly step: Step;
  readonly action: Extract<Action, { kind: 'on' }>;
  /** The bindings known where it was armed. */
  readonly bindings: Bindings;
  /** How many were armed before it. */
  readonly ordinal: number;
  /** The chaos that it belongs to; null for an `on` step. */
  readonly chaos: ChaosTrigger | null;
  /** Where its firings are recorded; null: nowhere. */
  readonly record: ExecutedStep | null;
  /** Matching trace events since it was armed, or fired last. */
  seen: number;
  fired: number;
  /** When it fired last, and how often at that instant. */
  firedAt: Micros;
  firedThen: number;
}

/** An `on` step that has not fired as often as it is to. */
export interface UnfiredTrigger {
  readonly path: string;
  /** The event it waits for, and how often that was seen. */
  readonly text: string;
}

/** The armed triggers of a run. */
export class Triggers {
  /** How often an armed trigger has looked at an event, not counting the first few. */
  looks = 0;
  readonly #cluster: ClusterView;
  #byKind = new Map<string, Armed[]>();
  #count = 0;

  constructor(cluster: ClusterView) {
    this.#cluster = cluster;
  }

  arm({
    step,
    action,
    bindings,
    chaos,
    record,
  }: Pick<Armed, 'step' | 'action' | 'bindings' | 'chaos' | 'record'>): void {
    const armed: Armed = {
      step,
      action,
      bindings,
      chaos,
      record,
      ordinal: this.#count++,
      seen: 0,
      fired: 0,
      firedAt: -1,
      firedThen: 0,
    };
    const others = this.#byKind.get(action.event.event);
    if (others === undefined) this.#byKind.set(action.event.event, [armed]);
    else others.push(armed);
  }

  /** How many are armed. */
  get count(): number {
    let count = 0;
    for (const armed of this.#byKind.values()) count += armed.length;
    return count;
  }

  wants(kind: string): boolean {
    return this.#byKind.has(kind);
  }

  /** Counts a match for each trigger that waits for this event, and returns those that fire, in the order of arming. */
  observe(event: TraceEvent): readonly Armed[] {
    const waiting = this.#byKind.get(event.kind) ?? [];
    this.looks += Math.max(0, waiting.length - FEW);
    const fired = waiting.filter((armed) => this.#fires(armed, event));
    if (fired.some(isOver)) this.#disarm(event.kind);
    return fired;
  }

  /** Forgets all `on` steps that have not fired. */
  disarmAll(): void {
    for (const [kind, armed] of [...this.#byKind])
      this.#keep(
        kind,
        armed.filter(({ chaos }) => chaos !== null),
      );
  }

  /** The triggers that have fired too seldom, or not at all: `elected at n2 seen 1 of 2 times`. */
  describeArmed(): readonly UnfiredTrigger[] {
    const armed = [...this.#byKind.values()].flat().toSorted((a, b) => a.ordinal - b.ordinal);
    return armed
      .filter(({ action, fired, chaos }) => chaos === null && fired < (action.times ?? 1))
      .map(({ step, action, seen, fired }) => {
        const event = describeEvent(action.event, this.#cluster);
        const times = action.event.count === 1 ? 'not seen' : `seen ${seen} of ${action.event.count} times`;
        return { path: step.path, text: `${event} ${fired > 0 ? `fired ${fired} of ${action.times} times` : times}` };
      });
  }

  #fires(armed: Armed, event: TraceEvent): boolean {
    if (!matches(armed, event, this.#cluster)) return false;
    armed.seen++;
    if (armed.seen < armed.action.event.count) return false;
    armed.seen = 0;
    if (armed.chaos !== null && !armed.chaos.strikes(event.at)) return false;
    armed.fired++;
    armed.firedThen = armed.firedAt === event.at ? armed.firedThen + 1 : 1;
    armed.firedAt = event.at;
    return true;
  }

  /** Forgets those that have fired as often as they are to. */
  #disarm(kind: string): void {
    this.#keep(
      kind,
      (this.#byKind.get(kind) ?? []).filter((armed) => !isOver(armed)),
    );
  }

  #keep(kind: string, left: Armed[]): void {
    if (left.length === 0) this.#byKind.delete(kind);
    else this.#byKind.set(kind, left);
  }
}

function isOver({ action, fired }: Armed): boolean {
  return fired === action.times;
}

/** Whether a trigger waits for this event. Its selectors are resolved at this moment. */
function matches({ action, bindings }: Armed, event: TraceEvent, cluster: ClusterView): boolean {
  const { node, peer, fields } = action.event;
  const scope: Scope = { cluster, recall: (name) => bindings.recall(name) };
  const isMeant = (selector: Selector | null, endpoint: number): boolean =>
    selector === null || mayMean(selector, endpoint, scope);
  if (!isMeant(node, event.node) || !isMeant(peer, event.peer)) return false;
  return fits(fields, event.fields, cluster);
}
