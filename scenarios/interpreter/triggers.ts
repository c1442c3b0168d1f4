import type { TraceEvent } from '../../sim/trace-event.ts';
import type { Micros } from '../../sim/protocol.ts';
import type { Action, Selector, Step } from '../scenario.ts';
import type { Environment } from '../environment.ts';
import { describeEvent } from './describe.ts';
import type { Bindings } from './bindings.ts';
import { mayMean } from './selectors.ts';
import type { Scope } from './selectors.ts';

/** An `on` step that has been executed: it fires at every n-th match of its event, as often as it is to. */
export interface Armed {
  readonly step: Step;
  readonly action: Extract<Action, { kind: 'on' }>;
  /** The names known where it was armed. */
  readonly names: Bindings;
  /** How many were armed before it. */
  readonly ordinal: number;
  /** Matching observations since it was armed, or fired last. */
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
  readonly #stage: Environment;
  #byKind = new Map<string, Armed[]>();
  #count = 0;

  constructor(stage: Environment) {
    this.#stage = stage;
  }

  arm(step: Step, action: Armed['action'], names: Bindings): void {
    const armed: Armed = { step, action, names, ordinal: this.#count++, seen: 0, fired: 0, firedAt: -1, firedThen: 0 };
    const others = this.#byKind.get(action.event.event);
    if (others === undefined) this.#byKind.set(action.event.event, [armed]);
    else others.push(armed);
  }

  wants(kind: string): boolean {
    return this.#byKind.has(kind);
  }

  /** Counts a match for each trigger that waits for this, and returns those that fire, in the order of arming. */
  observe(observation: TraceEvent): readonly Armed[] {
    const waiting = this.#byKind.get(observation.kind) ?? [];
    const fired = waiting.filter((armed) => this.#fires(armed, observation));
    const over = fired.filter(({ action, fired: times }) => times === action.times);
    if (over.length > 0) this.#disarm(observation.kind, over);
    return fired;
  }

  /** Forgets all that have not fired. */
  disarmAll(): void {
    this.#byKind = new Map();
  }

  /** Those that still wait to fire as often as they are to, or at all: `elected at n2 seen 1 of 2 times`. */
  describeArmed(): readonly UnfiredTrigger[] {
    const armed = [...this.#byKind.values()].flat().toSorted((a, b) => a.ordinal - b.ordinal);
    return armed
      .filter(({ action, fired }) => fired < (action.times ?? 1))
      .map(({ step, action, seen, fired }) => {
        const event = describeEvent(action.event, this.#stage);
        const times = action.event.count === 1 ? 'not seen' : `seen ${seen} of ${action.event.count} times`;
        return { path: step.path, text: `${event} ${fired > 0 ? `fired ${fired} of ${action.times} times` : times}` };
      });
  }

  #fires(armed: Armed, observation: TraceEvent): boolean {
    if (!matches(armed, observation, this.#stage)) return false;
    armed.seen++;
    if (armed.seen < armed.action.event.count) return false;
    armed.seen = 0;
    armed.fired++;
    armed.firedThen = armed.firedAt === observation.at ? armed.firedThen + 1 : 1;
    armed.firedAt = observation.at;
    return true;
  }

  #disarm(kind: string, fired: readonly Armed[]): void {
    const left = (this.#byKind.get(kind) ?? []).filter((armed) => !fired.includes(armed));
    if (left.length === 0) this.#byKind.delete(kind);
    else this.#byKind.set(kind, left);
  }
}

/** Whether an observation is one of those a trigger waits for. Its selectors mean what they mean at this moment. */
function matches({ action, names }: Armed, observation: TraceEvent, stage: Environment): boolean {
  const { node, peer, fields } = action.event;
  const scope: Scope = { stage, recall: (name) => names.recall(name) };
  const isMeant = (selector: Selector | null, endpoint: number): boolean =>
    selector === null || mayMean(selector, endpoint, scope);
  if (!isMeant(node, observation.node) || !isMeant(peer, observation.peer)) return false;
  for (const [name, wanted] of fields) if (fieldText(observation, name) !== wanted) return false;
  return true;
}

function fieldText({ fields }: TraceEvent, name: string): string | null {
  return Object.hasOwn(fields, name) ? String(fields[name]) : null;
}
