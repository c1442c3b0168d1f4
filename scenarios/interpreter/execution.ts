import type { EndpointId, Micros, NodeId, Random } from '../../sim/protocol.ts';
import type { MessageInHand } from '../../sim/messages-in-hand.ts';
import type { Environment, Origin } from '../environment.ts';
import type { Action, Selector, Step } from '../scenario.ts';
import type { Bindings } from './bindings.ts';
import { describeSelector } from './describe.ts';
import type { Rank } from './threads.ts';
import { ExecutedStep, type Recording } from './recording.ts';
import type { StepCounts } from './step-counts.ts';
import { describeSpan } from '../../sim/base/distribution.ts';
import { Draws, isAny, resolveGroups, whyMissing } from './selectors.ts';
import type { Eligible, Leaf, Missing, Scope } from './selectors.ts';

/** How long a step may wait to become possible or true, unless its `within` says otherwise. */
const DEFAULT_WITHIN: Micros = 10_000_000;

/** What a step that cannot go on waits for. */
export interface Wait {
  /** False when yielded, and evaluated again when the environment has changed; null: only time ends this wait. */
  readonly ready: (() => boolean) | null;
  /** When the step continues even if `ready` is still false. Later than now: otherwise time would never advance. */
  readonly until: Micros;
  /** What was expected and what was found instead, for a step that must not wait. */
  why(): string;
}

/** Between two steps: triggers fired by the first one run before the second. */
export const YIELD = 'yield';

/** Between two steps of `together`: nothing comes in between, but the run may look at its limits. */
export const PAUSE = 'pause';

/** Steps in progress: yields a wait, and is resumed when that wait has ended. */
export type StepRoutine<T = void> = Generator<Wait | typeof YIELD | typeof PAUSE, T, void>;

/** Thrown by a step that cannot be executed. Ends the thread of the step, and is reported as the failure of the run. */
export class StepFailed extends Error {
  readonly step: Step;

  constructor(step: Step, message: string) {
    super(message);
    this.name = 'StepFailed';
    this.step = step;
  }
}

/** The line of steps that a step belongs to: the script, a step of the timeline, or the `do:` of one fired trigger. */
export interface Thread {
  /**
   * Number of the event that let the thread go on, and so the cause of what it does next: the event that met the
   * condition it waited for, or its last step if only time has passed.
   */
  cause: number;
  /** The message that fired it, for a trigger that waits for `sent`; null otherwise. */
  message: MessageInHand | null;
  /** Where its executed steps are recorded; null: nowhere. */
  record: ExecutedStep[] | null;
}

/** What all steps of a run share. */
export interface StepContext {
  readonly environment: Environment;
  /** How long `elect` waits before it starts another election, and an admin task before it repeats a request. */
  readonly retryInterval: Micros;
  readonly counts: StepCounts;
  /** What is recorded of the run; null: nothing. */
  readonly recording: Recording | null;
  /** Arms an `on` step. */
  arm(exec: Execution, action: Extract<Action, { readonly kind: 'on' }>): void;
  /** Begins a thread of its own, caused by this event. */
  begin(rank: Rank, cause: number, start: (thread: Thread) => StepRoutine): void;
  /** Executes steps, each after the one before; triggers that have fired run in between. */
  performAll(steps: readonly Step[], bindings: Bindings, thread: Thread): StepRoutine;
  /** Executes steps at this instant, with nothing in between. */
  performTogether(steps: readonly Step[], bindings: Bindings, thread: Thread): StepRoutine;
}

/** Pauses for a span. */
export function* pauseFor(environment: Environment, span: Micros): StepRoutine {
  if (span > 0) yield { ready: null, until: environment.now + span, why: () => `a pause of ${describeSpan(span)}` };
}

/** One execution of one step: its deadline, its random draws, its bindings, and the origin of what it does. */
export class Execution implements Scope {
  readonly step: Step;
  readonly context: StepContext;
  readonly environment: Environment;
  readonly bindings: Bindings;
  readonly thread: Thread;
  readonly began: Micros;
  readonly deadline: Micros;
  /** What is recorded of it; null: nothing. */
  readonly record: ExecutedStep | null;
  /** How often this step has been executed, this time included. */
  readonly #occurrence: number;
  readonly #draws: Draws;
  #origin: Origin;

  /** @param pause the pause before it, which is over */
  constructor(step: Step, context: StepContext, bindings: Bindings, thread: Thread, pause: Micros = 0) {
    const { environment } = context;
    this.step = step;
    this.context = context;
    this.environment = environment;
    this.bindings = bindings;
    this.thread = thread;
    this.began = environment.now;
    this.deadline = environment.now + (step.within ?? DEFAULT_WITHIN);
    this.#occurrence = context.counts.begin(step.path);
    this.#draws = new Draws(environment.nodes, (ordinal) => this.random('nodes', ordinal));
    this.#origin = this.#originAt(thread.cause);
    this.record = thread.record === null ? null : this.#recorded(thread.record, pause);
  }

  #recorded(among: ExecutedStep[], pause: Micros): ExecutedStep {
    const [it = null] = this.bindings.recall('it') ?? [];
    const record = new ExecutedStep(this.step, this.#occurrence, pause, this.began, it);
    among.push(record);
    return record;
  }

  #originAt(event: number): Origin {
    const { path, draws } = this.step;
    return { path, event, repetition: this.#occurrence, ...(draws !== null && { draws }) };
  }

  get cluster(): Environment {
    return this.environment;
  }

  /** Numbers the beginning of the step as an event, which is the origin of what it does at once. */
  begin(text: string): void {
    this.#number(text);
  }

  /**
   * The origin of what the step does at this moment: its beginning, or, if it has waited for an event since, its
   * continuation after that event, which is numbered as an event too.
   */
  get origin(): Origin {
    if (this.thread.cause !== this.#origin.event) this.#number('goes on');
    return this.#origin;
  }

  #number(text: string): void {
    const { path } = this.step;
    this.thread.cause = this.environment.step(path, text, this.thread.cause);
    this.#origin = this.#originAt(this.thread.cause);
  }

  recall(name: string): readonly NodeId[] | null {
    return this.bindings.recall(name);
  }

  /** Binds the nodes the step chose to the name of its `as`, if it has one and chose any. Clients are not remembered. */
  remember(chosen: readonly EndpointId[]): void {
    if (this.step.as === null) return;
    const nodes = chosen.filter((endpoint) => endpoint < this.environment.nodes);
    if (nodes.length > 0) this.bindings.remember(this.step.as, nodes);
  }

  /** Says that there is nothing for the step to do. */
  idle(): void {
    this.context.counts.addIdle(this.step.path);
  }

  /** A stream of this execution alone: a draw added to one step, or to one repetition, shifts no other. */
  random(...purpose: (string | number)[]): Random {
    const { path, repetition } = this.step.draws ?? { path: this.step.path, repetition: this.#occurrence };
    return this.environment.random('script', path, repetition, ...purpose);
  }

  failure(message: string): StepFailed {
    return new StepFailed(this.step, message);
  }

  /** Waits until `ready`; at the deadline the step fails, and `why` says what was expected and what was found. */
  *until(ready: () => boolean, why: () => string, deadline: Micros = this.deadline): StepRoutine {
    if (ready()) return;
    if (this.environment.now < deadline) yield { ready, until: deadline, why };
    if (!ready()) throw this.failure(this.#afterWaiting(why()));
  }

  /** Waits until `ready` or until a time, if that is in the future; not beyond the deadline, where the step fails. */
  *untilOr(time: Micros, ready: () => boolean, why: () => string): StepRoutine {
    if (time <= this.environment.now || time >= this.deadline) yield* this.until(ready, why);
    else if (!ready()) yield { ready, until: time, why };
  }

  /** Waits until all selectors find nodes. */
  *choose(selectors: readonly Selector[], options: FindOptions = {}): StepRoutine<readonly (readonly NodeId[])[]> {
    return yield* this.attempt((attempt) => attempt.find(selectors, options));
  }

  /** Waits until `choice` has a result; as long as it has none, it returns null and records why in the attempt. */
  *attempt<T>(choice: (attempt: Attempt) => T | null): StepRoutine<T> {
    let result: T | null = null;
    let attempt = new Attempt(this, this.#draws);
    const succeeds = (): boolean => {
      attempt = new Attempt(this, this.#draws);
      result = choice(attempt);
      return result !== null;
    };
    yield* this.until(succeeds, () => attempt.obstacle());
    if (this.record !== null) for (const [leaf, nodes] of attempt.drawn) this.record.drawn.set(leaf, nodes);
    return result as T;
  }

  #afterWaiting(message: string): string {
    const waited = this.environment.now - this.began;
    return waited === 0 ? message : `${message} (after ${describeSpan(waited)})`;
  }
}

/** How selectors are resolved. */
export interface FindOptions {
  /** Which nodes may be drawn; default: all of them. */
  readonly eligible?: Eligible;
  /** Whether each node belongs to one group only; default: it may be in several. */
  readonly disjoint?: boolean;
}

/** One try of a step to make its choice. One selector object means the same nodes throughout. */
export class Attempt {
  readonly #scope: Scope;
  readonly #draws: Draws;
  /** The nodes that it has drawn. */
  readonly drawn = new Map<Leaf, readonly NodeId[]>();
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
    const drawing = { draws: this.#draws, drawn: this.drawn, eligible, disjoint };
    const { groups, missing } = resolveGroups(selectors, this.#scope, drawing);
    return missing === null ? groups : this.blocked(() => explainMissing(missing, this.#scope));
  }

  /** Records why there is no result yet. */
  blocked(why: () => string): null {
    this.#obstacle = why;
    return null;
  }

  obstacle(): string {
    return this.#obstacle();
  }
}

function explainMissing(missing: Missing, scope: Scope): string {
  return `expected ${describeSelector(missing.selector, scope.cluster)}; ${whyMissing(missing, scope)}`;
}
