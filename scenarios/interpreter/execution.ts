import type { Micros, NodeId, Random } from '../../sim/protocol.ts';
import type { Selector, Step } from '../scenario.ts';
import type { Environment } from '../environment.ts';
import { describeSelector, describeSpan } from './describe.ts';
import type { Bindings } from './bindings.ts';
import { Draws, isAny, resolveGroups, whyMissing } from './selectors.ts';
import type { Eligible, Leaf, Missing, Scope } from './selectors.ts';

/** How long a step may wait to become possible or true, unless its `within` says otherwise. */
export const DEFAULT_WITHIN: Micros = 10_000_000;

/** What a step that cannot go on waits for. */
export interface Wait {
  /** False when handed out, and looked at when the stage has changed since; null: only time ends this wait. */
  readonly ready: (() => boolean) | null;
  /** When the step goes on whatever became of `ready`. Later than now, or the script would stand still. */
  readonly until: Micros;
  /** What was expected and what is there instead, for a step that may not wait. */
  why(): string;
}

/** Between two steps: triggers fired by the first go before the second. */
export const YIELD = 'give way';

/** Something under way: it hands out what it waits for, and is resumed when that wait is over. */
export type StepRoutine<T = void> = Generator<Wait | typeof YIELD, T, void>;

/** Thrown by a step that cannot do what it says. Ends the thread it is on, and is reported as the run's failure. */
export class StepFailed extends Error {
  readonly step: Step;

  constructor(step: Step, message: string) {
    super(message);
    this.name = 'StepFailed';
    this.step = step;
  }
}

/** Pauses for a span. */
export function* pauseFor(stage: Environment, span: Micros): StepRoutine {
  if (span > 0) yield { ready: null, until: stage.now + span, why: () => `a pause of ${describeSpan(span)}` };
}

/** One execution of one step: its deadline, its draws, its names. */
export class Execution implements Scope {
  readonly step: Step;
  readonly stage: Environment;
  readonly began: Micros;
  readonly deadline: Micros;
  readonly #names: Bindings;
  /** How often this step has been executed, this time included. */
  readonly #occurrence: number;
  readonly #draws: Draws;

  constructor(step: Step, stage: Environment, names: Bindings, occurrence: number) {
    this.step = step;
    this.stage = stage;
    this.began = stage.now;
    this.deadline = stage.now + (step.within ?? DEFAULT_WITHIN);
    this.#names = names;
    this.#occurrence = occurrence;
    this.#draws = new Draws(stage.nodes, (ordinal) => this.random('nodes', ordinal));
  }

  recall(name: string): readonly NodeId[] | null {
    return this.#names.recall(name);
  }

  /** Keeps the nodes the step chose under its `as`, if it has one and chose any. */
  remember(nodes: readonly NodeId[]): void {
    if (this.step.as !== null && nodes.length > 0) this.#names.remember(this.step.as, nodes);
  }

  /** A stream of this execution's own: a draw added to one step, or to one time round a loop, shifts no other. */
  random(...purpose: (string | number)[]): Random {
    return this.stage.random('script', this.step.path, this.#occurrence, ...purpose);
  }

  failure(message: string): StepFailed {
    return new StepFailed(this.step, message);
  }

  /** Waits until `ready`; at the deadline the step fails, `why` saying what was expected and what is there. */
  *until(ready: () => boolean, why: () => string, deadline: Micros = this.deadline): StepRoutine {
    if (ready()) return;
    if (this.stage.now < deadline) yield { ready, until: deadline, why };
    if (!ready()) throw this.failure(this.#afterWaiting(why()));
  }

  /** Waits until `ready` or until a time, if that is yet to come; not beyond the deadline, where the step fails. */
  *untilOr(time: Micros, ready: () => boolean, why: () => string): StepRoutine {
    if (time <= this.stage.now || time >= this.deadline) yield* this.until(ready, why);
    else if (!ready()) yield { ready, until: time, why };
  }

  /** Waits until all selectors find nodes. */
  *choose(selectors: readonly Selector[], options: FindOptions = {}): StepRoutine<readonly (readonly NodeId[])[]> {
    return yield* this.attempt((attempt) => attempt.find(selectors, options));
  }

  /** Waits until `choice` comes to a result; it returns null, having told the attempt why, as long as it cannot. */
  *attempt<T>(choice: (attempt: Attempt) => T | null): StepRoutine<T> {
    let result: T | null = null;
    let attempt = new Attempt(this, this.#draws);
    const succeeds = (): boolean => {
      attempt = new Attempt(this, this.#draws);
      result = choice(attempt);
      return result !== null;
    };
    yield* this.until(succeeds, () => attempt.obstacle());
    return result as T;
  }

  #afterWaiting(message: string): string {
    const waited = this.stage.now - this.began;
    return waited === 0 ? message : `${message} (after ${describeSpan(waited)})`;
  }
}

/** How selectors are resolved. */
export interface FindOptions {
  /** Which nodes may be drawn; all of them if left out. */
  readonly eligible?: Eligible;
  /** Each node belongs to one of the groups only; if left out, it may be in several. */
  readonly disjoint?: boolean;
}

/** One try of a step at what it has to choose. One selector object means the same nodes throughout. */
export class Attempt {
  readonly #scope: Scope;
  readonly #draws: Draws;
  readonly #drawn = new Map<Leaf, readonly NodeId[]>();
  #obstacle: () => string = () => '';

  constructor(scope: Scope, draws: Draws) {
    this.#scope = scope;
    this.#draws = draws;
  }

  /** The nodes of each selector; null if one of them finds nothing. */
  find(
    selectors: readonly Selector[],
    { eligible = isAny, disjoint = false }: FindOptions = {},
  ): readonly (readonly NodeId[])[] | null {
    const drawing = { draws: this.#draws, drawn: this.#drawn, eligible, disjoint };
    const { groups, missing } = resolveGroups(selectors, this.#scope, drawing);
    return missing === null ? groups : this.blocked(() => explainMissing(missing, this.#scope));
  }

  /** Notes why there is no result yet. */
  blocked(why: () => string): null {
    this.#obstacle = why;
    return null;
  }

  obstacle(): string {
    return this.#obstacle();
  }
}

function explainMissing(missing: Missing, scope: Scope): string {
  return `expected ${describeSelector(missing.selector, scope.stage)}; ${whyMissing(missing, scope)}`;
}
