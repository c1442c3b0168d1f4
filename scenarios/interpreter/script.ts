import type { TraceEvent } from '../../sim/trace-event.ts';
import type { Micros } from '../../sim/protocol.ts';
import { longestTimeout } from '../language/versions.ts';
import type { ChaosPlan, Condition, Scenario, Step } from '../scenario.ts';
import type { ScriptFailure, ScriptRunner, Environment } from '../environment.ts';
import { describeCondition, explainCondition } from './conditions.ts';
import { PAUSE, pauseFor, StepFailed, YIELD } from './execution.ts';
import type { StepContext, StepRoutine, Thread } from './execution.ts';
import type { Scope } from './selectors.ts';
import { Bindings } from './bindings.ts';
import { Chaos } from './chaos.ts';
import { StepCounts } from './step-counts.ts';
import { perform, performAll, performTogether } from './steps.ts';
import { SCRIPT, Threads, TIMELINE, TRIGGERED } from './threads.ts';
import type { Recording } from './recording.ts';
import type { RunningThread } from './threads.ts';
import { Triggers } from './triggers.ts';
import type { Armed, UnfiredTrigger } from './triggers.ts';

/** A running script, with what a run reads from it at the end. */
export interface Script extends ScriptRunner {
  /**
   * The `on` steps that still wait for their event. Empty after a failure: a script that stopped early never
   * reached what might have fired them.
   */
  readonly neverFired: readonly UnfiredTrigger[];
  /** Bytes of memory that it holds, estimated. */
  readonly footprint: number;
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
 *
 * @param recording takes what is decided; null: nothing is recorded
 */
export function createScript(scenario: Scenario, environment: Environment, recording: Recording | null = null): Script {
  return new RunningScript(scenario, environment, recording);
}

/** How often a trigger may fire at one instant. If its own steps make it fire again, time would stand still for ever. */
const MOST_AT_ONCE = 1_000;

/** Steps, looks included, after which `advance` pauses. */
const STEPS_AT_A_TIME = 100;

/** Bytes of memory of a thread with its routines, and of an armed trigger. */
const THREAD_FOOTPRINT = 2_000;
const TRIGGER_FOOTPRINT = 300;

/** Looks at conditions and events that count as one step, of those that are counted, and links to which something is done. */
const LOOKS_PER_STEP = 10;

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
  readonly #threads: Threads;
  /** Chaos that has not begun yet; null: there is none, or it has. */
  #chaos: ChaosPlan | null;
  /** How many steps of the timeline have begun. */
  #started = 0;
  /** The thread that is in the middle of something that nothing may interrupt. */
  #uninterrupted: RunningThread | null = null;
  /** Whether a trigger has fired since the last `advance`. */
  #hasFired = false;
  /** The environment's revision at the last `advance`; −1: none. */
  #lookedAt = -1;
  /** The next time at which `advance` will be called anyway; in the past: none. */
  #wake: Micros = -1;

  constructor(scenario: Scenario, environment: Environment, recording: Recording | null) {
    this.#environment = environment;
    this.#triggers = new Triggers(environment);
    this.#threads = new Threads(environment);
    this.#context = {
      environment,
      // Of the cluster as it begins: an upgrade that is left out must not change when other steps try again.
      retryInterval: longestTimeout([scenario.cluster.raft, ...scenario.cluster.versions.map(({ raft }) => raft)]),
      counts: this.counts,
      recording,
      arm: ({ step, bindings, record }, action) => this.#triggers.arm({ step, action, bindings, record, chaos: null }),
      begin: (rank, cause, start) => this.#threads.begin(rank, cause, start),
      performAll: (steps, bindings, thread) => performAll(steps, this.#context, bindings, thread),
      performTogether: (steps, bindings, thread) => performTogether(steps, this.#context, bindings, thread),
    };
    this.#timeline = scenario.timeline.toSorted((a, b) => dueAt(a) - dueAt(b));
    this.#chaos = scenario.chaos;
    this.#threads.begin(SCRIPT, START, (thread) => {
      thread.record = recording?.script ?? null;
      return performAll(scenario.script, this.#context, this.#bindings, thread);
    });
  }

  get pending(): boolean {
    return this.#hasFired || (this.#threads.isWatching && this.#environment.revision !== this.#lookedAt);
  }

  get done(): boolean {
    const isBusy = this.#threads.count > 0 || this.#uninterrupted !== null || this.#chaos !== null;
    return !isBusy && this.#started === this.#timeline.length;
  }

  get steps(): number {
    const { touched } = this.#environment.faults.network;
    return this.counts.total + Math.floor((this.#threads.looks + this.#triggers.looks + touched) / LOOKS_PER_STEP);
  }

  get footprint(): number {
    return this.#threads.count * THREAD_FOOTPRINT + this.#triggers.count * TRIGGER_FOOTPRINT;
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
    const fired = this.#triggers.observe(event);
    const message = fired.length > 0 && event.kind === 'sent' ? this.#environment.faults.network.takeInHand() : null;
    for (const armed of fired) {
      this.#threads.begin(TRIGGERED, event.event, (thread) => {
        thread.message = message;
        return this.#performTriggered(armed, event, thread);
      });
      this.#hasFired = true;
    }
  }

  advance(): boolean {
    if (this.#chaos !== null) this.#beginChaos(this.#chaos);
    this.#startDueSteps();
    const pauseAt = this.steps + STEPS_AT_A_TIME;
    for (let next = this.#next(); next !== null; next = this.#next()) {
      this.#resume(next);
      if (this.steps >= pauseAt) return false;
    }
    this.#hasFired = false;
    this.#lookedAt = this.#environment.revision;
    this.#requestWake();
    return true;
  }

  #beginChaos({ processes, stop }: ChaosPlan): void {
    this.#chaos = null;
    const chaos = processes.map((process) => new Chaos(process, this.#context));
    for (const one of chaos) {
      const { trigger } = one;
      if (trigger === null) this.#threads.begin(TIMELINE, START, () => one.strikeByTheClock());
      else this.#triggers.arm({ ...trigger, bindings: this.#bindings, chaos: one, record: null });
    }
    // The run is not over before chaos is.
    this.#threads.begin(TIMELINE, START, () => pauseFor(this.#environment, stop));
  }

  *#performTriggered(
    { step, action, bindings, firedThen, chaos, record }: Armed,
    { node, text }: TraceEvent,
    thread: Thread,
  ): StepRoutine {
    if (firedThen > MOST_AT_ONCE) {
      throw new StepFailed(step, `fired ${MOST_AT_ONCE} times at one instant: its own steps make it fire again`);
    }
    const own = new Bindings(bindings);
    if (step.as !== null && node >= 0 && node < this.#environment.nodes) own.remember(step.as, [node]);
    if (record !== null) {
      thread.record = [];
      record.firings.push(thread.record);
    }
    thread.cause = this.#environment.step(step.path, `fired by: ${text}`, thread.cause);
    yield* chaos === null ? performAll(action.do, this.#context, own, thread) : chaos.perform(thread, own);
  }

  #startDueSteps(): void {
    for (let step = this.#timeline[this.#started]; step !== undefined; step = this.#timeline[this.#started]) {
      if (dueAt(step) > this.#environment.now) return;
      this.#threads.begin(TIMELINE, START, (thread) => {
        thread.record = this.#context.recording?.timeline ?? null;
        return perform(step, this.#context, this.#bindings, thread);
      });
      this.#started++;
    }
  }

  #next(): RunningThread | null {
    const next = this.#uninterrupted ?? this.#threads.take();
    this.#uninterrupted = null;
    return next;
  }

  #resume(running: RunningThread): void {
    try {
      const next = running.routine.next();
      if (next.done === true) return;
      if (next.value === PAUSE) this.#uninterrupted = running;
      else this.#threads.put(running, next.value === YIELD ? null : next.value);
    } catch (error) {
      if (!(error instanceof StepFailed)) throw error;
      this.#fail(error);
    }
  }

  /** The script stops, with its triggers; timeline and chaos go on. */
  #fail({ step, message }: StepFailed): void {
    this.failure ??= { path: step.path, line: step.line, message };
    this.#threads.keepOnly(TIMELINE);
    this.#triggers.disarmAll();
  }

  #requestWake(): void {
    const nextStep = this.#timeline[this.#started];
    const next = Math.min(nextStep === undefined ? Infinity : dueAt(nextStep), this.#threads.nextTime);
    const isAwaited = this.#wake > this.#environment.now && this.#wake <= next;
    if (next === Infinity || isAwaited) return;
    this.#wake = next;
    this.#environment.wakeAt(next);
  }
}

function dueAt(step: Step): Micros {
  return step.at ?? 0;
}
