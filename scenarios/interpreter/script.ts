import type { TraceEvent } from '../../sim/trace-event.ts';
import type { Micros } from '../../sim/protocol.ts';
import { DEFAULT_OPTIONS } from '../../core/options.ts';
import type { Condition, Scenario, Step } from '../scenario.ts';
import type { ScriptFailure, ScriptRunner, Environment } from '../environment.ts';
import { describeCondition, explainCondition } from './conditions.ts';
import { YIELD, StepFailed } from './execution.ts';
import type { StepContext, StepRoutine, Thread, Wait } from './execution.ts';
import type { Scope } from './selectors.ts';
import { Bindings } from './bindings.ts';
import { StepCounts } from './step-counts.ts';
import { perform, performAll, performTogether } from './steps.ts';
import { Triggers } from './triggers.ts';
import type { Armed, UnfiredTrigger } from './triggers.ts';

/** A running script, with what a run reads from it at the end. */
export interface Script extends ScriptRunner {
  /**
   * The `on` steps that still wait for their event. Empty after a failure: a script that stopped early never
   * reached what might have fired them.
   */
  readonly neverFired: readonly UnfiredTrigger[];
  /** How often each step was executed. */
  readonly counts: Pick<StepCounts, 'of'>;
  /** Why a condition does not hold at this moment, a `$name` meaning what the script remembers; null if it holds. */
  unmet(condition: Condition): string | null;
  /** A condition in words. */
  describe(condition: Condition): string;
}

/**
 * Prepares a scenario's script and timeline to run in an environment. Nothing happens before the first `advance`.
 *
 * Everything that can be done at an instant is done in this order: fired triggers, in the order in which they fired;
 * then due steps of the timeline, in file order; then the script. Each goes as far as it can, but a trigger fired by
 * a step runs before the step that follows it.
 *
 * `done` can become false again when an armed trigger fires: a run that has begun to settle should no longer pass
 * trace events on.
 */
export function createScript(scenario: Scenario, environment: Environment): Script {
  return new RunningScript(scenario, environment);
}

/** How often a trigger may fire at one instant. If its own steps make it fire again, time would stand still for ever. */
const MOST_AT_ONCE = 1_000;

/** Which threads go first at an instant. */
const TRIGGERED = 0;
const TIMELINE = 1;
const SCRIPT = 2;
type Rank = typeof TRIGGERED | typeof TIMELINE | typeof SCRIPT;

/** Steps in progress: the `do:` of one fired trigger, one step of the timeline, or the script itself. */
interface RunningThread extends Thread {
  readonly rank: Rank;
  readonly routine: StepRoutine;
  /** What it waits for; null: it can go on at once. */
  wait: Wait | null;
  /** The environment's revision at which its wait was last evaluated and had not ended. */
  seen: number;
}

const NO_REVISION = -1;

/** The cause of what begins the run, or happens by the clock. */
const START = 0;

class RunningScript implements Script {
  failure: ScriptFailure | null = null;
  readonly counts = new StepCounts();
  readonly #environment: Environment;
  readonly #context: StepContext;
  readonly #triggers: Triggers;
  readonly #bindings = new Bindings(null);
  /** Ascending by time, then file order. */
  readonly #timeline: readonly Step[];
  /** How many steps of the timeline have begun. */
  #started = 0;
  /** Those that have not ended: ascending by rank, then in the order in which they began. */
  #threads: RunningThread[] = [];
  /** Whether a trigger has fired since the last `advance`. */
  #hasFired = false;
  /** Whether a thread waits for something besides time. */
  #watching = false;
  #lookedAt = NO_REVISION;
  /** The next time at which `advance` will be called anyway; in the past: none. */
  #wake: Micros = -1;

  constructor(scenario: Scenario, environment: Environment) {
    this.#environment = environment;
    this.#triggers = new Triggers(environment);
    this.#context = {
      environment,
      retryInterval: { ...DEFAULT_OPTIONS, ...scenario.cluster.raft }.electionTimeout[1],
      counts: this.counts,
      arm: (step, action, bindings) => this.#triggers.arm(step, action, bindings),
      performAll: (steps, bindings, thread) => performAll(steps, this.#context, bindings, thread),
      performTogether: (steps, bindings, thread) => performTogether(steps, this.#context, bindings, thread),
    };
    this.#timeline = scenario.timeline.toSorted((a, b) => dueAt(a) - dueAt(b));
    this.#begin(SCRIPT, START, (thread) => performAll(scenario.script, this.#context, this.#bindings, thread));
  }

  get pending(): boolean {
    return this.#hasFired || (this.#watching && this.#environment.revision !== this.#lookedAt);
  }

  get done(): boolean {
    return this.#threads.length === 0 && this.#started === this.#timeline.length;
  }

  get neverFired(): readonly UnfiredTrigger[] {
    return this.#triggers.describeArmed();
  }

  unmet(condition: Condition): string | null {
    return explainCondition(condition, this.#scope) || null;
  }

  describe(condition: Condition): string {
    return describeCondition(condition, this.#scope);
  }

  get #scope(): Scope {
    return { cluster: this.#environment, recall: (name) => this.#bindings.recall(name) };
  }

  wants(kind: string): boolean {
    return this.#triggers.wants(kind);
  }

  observe(event: TraceEvent): void {
    for (const armed of this.#triggers.observe(event)) {
      this.#begin(TRIGGERED, event.event, (thread) => this.#performTriggered(armed, event, thread));
      this.#hasFired = true;
    }
  }

  advance(): void {
    this.#startDueSteps();
    for (let next = this.#runnable(); next !== null; next = this.#runnable()) this.#resume(next);
    this.#hasFired = false;
    this.#lookedAt = this.#environment.revision;
    this.#watching = this.#threads.some(({ wait }) => wait !== null && wait.ready !== null);
    this.#requestWake();
  }

  *#performTriggered(
    { step, action, bindings, firedThen }: Armed,
    { node, text }: TraceEvent,
    thread: Thread,
  ): StepRoutine {
    if (firedThen > MOST_AT_ONCE) {
      throw new StepFailed(step, `fired ${MOST_AT_ONCE} times at one instant: its own steps make it fire again`);
    }
    const own = new Bindings(bindings);
    if (step.as !== null && node >= 0 && node < this.#environment.nodes) own.remember(step.as, [node]);
    thread.cause = this.#environment.step(step.path, `fired by: ${text}`, thread.cause);
    yield* performAll(action.do, this.#context, own, thread);
  }

  #startDueSteps(): void {
    for (let step = this.#timeline[this.#started]; step !== undefined; step = this.#timeline[this.#started]) {
      if (dueAt(step) > this.#environment.now) return;
      this.#begin(TIMELINE, START, (thread) => perform(step, this.#context, this.#bindings, thread));
      this.#started++;
    }
  }

  #begin(rank: Rank, cause: number, start: (thread: Thread) => StepRoutine): void {
    const place = this.#threads.findIndex((other) => other.rank > rank);
    const thread: Thread = { cause };
    const begun = Object.assign(thread, { rank, routine: start(thread), wait: null, seen: NO_REVISION });
    this.#threads.splice(place < 0 ? this.#threads.length : place, 0, begun);
  }

  /** The first thread that can go on at this instant. */
  #runnable(): RunningThread | null {
    for (const candidate of this.#threads) if (this.#canGoOn(candidate)) return candidate;
    return null;
  }

  #canGoOn(candidate: RunningThread): boolean {
    const { wait } = candidate;
    if (wait === null || this.#environment.now >= wait.until) return true;
    if (wait.ready === null || candidate.seen === this.#environment.revision) return false;
    candidate.seen = this.#environment.revision;
    if (!wait.ready()) return false;
    candidate.cause = this.#environment.event;
    return true;
  }

  #resume(running: RunningThread): void {
    try {
      const next = running.routine.next();
      if (next.done === true) return this.#end(running);
      running.wait = next.value === YIELD ? null : next.value;
    } catch (error) {
      if (!(error instanceof StepFailed)) throw error;
      this.#end(running);
      this.#fail(error);
    }
  }

  #end(ended: RunningThread): void {
    this.#threads = this.#threads.filter((other) => other !== ended);
  }

  /** The script stops, with its triggers; the timeline goes on. */
  #fail({ step, message }: StepFailed): void {
    this.failure ??= { path: step.path, line: step.line, message };
    this.#threads = this.#threads.filter(({ rank }) => rank === TIMELINE);
    this.#triggers.disarmAll();
  }

  #requestWake(): void {
    const nextStep = this.#timeline[this.#started];
    let next = nextStep === undefined ? Infinity : dueAt(nextStep);
    for (const { wait } of this.#threads) next = Math.min(next, wait?.until ?? next);
    const isAwaited = this.#wake > this.#environment.now && this.#wake <= next;
    if (next === Infinity || isAwaited) return;
    this.#wake = next;
    this.#environment.wakeAt(next);
  }
}

function dueAt(step: Step): Micros {
  return step.at ?? 0;
}
