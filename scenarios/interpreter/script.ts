import type { TraceEvent } from '../../sim/trace-event.ts';
import type { Micros } from '../../sim/protocol.ts';
import type { Condition, Scenario, Step } from '../scenario.ts';
import type { ScriptFailure, ScriptRunner, Environment } from '../environment.ts';
import { explainCondition } from './conditions.ts';
import { YIELD, StepFailed } from './execution.ts';
import type { StepRoutine, Wait } from './execution.ts';
import { Bindings } from './bindings.ts';
import { perform, performAll } from './steps.ts';
import type { StepContext } from './steps.ts';
import { Triggers } from './triggers.ts';
import type { Armed, UnfiredTrigger } from './triggers.ts';

/** The paper's longest election timeout, for clusters that do not set theirs. */
const DEFAULT_ELECTION_TIMEOUT: Micros = 300_000;

/** A running script, with what a run wants to know of it at the end. */
export interface Script extends ScriptRunner {
  /**
   * The `on` steps that still wait for their event. Empty after a failure: a script that stopped short never
   * came to what might have fired them.
   */
  readonly neverFired: readonly UnfiredTrigger[];
  /** Why a condition does not hold at this moment, `$name` meaning what the script remembers; null if it holds. */
  unmet(condition: Condition): string | null;
}

/**
 * Prepares a program's script and timeline to run on a stage. Nothing happens before the first `advance`.
 *
 * Everything that can be done at an instant is done in this order: fired triggers, in the order in which they fired;
 * then due steps of the timeline, in file order; then the script. Each goes as far as it can, but a trigger fired by
 * a step goes before the step that follows it.
 *
 * `done` can turn false again when an armed trigger fires: a run that has begun to settle should no longer pass
 * observations on.
 */
export function createScript(program: Scenario, stage: Environment): Script {
  return new RunningScript(program, stage);
}

/** How often a trigger may fire at one instant. One whose own steps make it fire again would never let time go on. */
const MOST_AT_ONCE = 1_000;

/** Which threads go first at an instant. */
const TRIGGERED = 0;
const TIMELINE = 1;
const SCRIPT = 2;
type Rank = typeof TRIGGERED | typeof TIMELINE | typeof SCRIPT;

/** A line of steps under way: the `do:` of one fired trigger, one step of the timeline, the script itself. */
interface Thread {
  readonly rank: Rank;
  readonly doing: StepRoutine;
  /** What it waits for; null: it can go on at once. */
  wait: Wait | null;
  /** The stage's revision at which its wait was last found not to be over. */
  seen: number;
}

const NO_REVISION = -1;

class RunningScript implements Script {
  failure: ScriptFailure | null = null;
  readonly #stage: Environment;
  readonly #scene: StepContext;
  readonly #names = new Bindings(null);
  /** Ascending by time, then file order. */
  readonly #timeline: readonly Step[];
  /** How many steps of the timeline have become due. */
  #started = 0;
  /** Those that are not over: ascending by rank, then in the order in which they began. */
  #threads: Thread[] = [];
  /** Whether a trigger has fired since the last `advance`. */
  #hasFired = false;
  /** Whether a thread waits for something other than time. */
  #watching = false;
  #lookedAt = NO_REVISION;
  /** The next time at which `advance` will be called anyway; in the past: none. */
  #wake: Micros = -1;

  constructor(program: Scenario, stage: Environment) {
    const occurrences = new Map<string, number>();
    this.#stage = stage;
    this.#scene = {
      stage,
      triggers: new Triggers(stage),
      electionPatience: program.cluster.raft.electionTimeout?.[1] ?? DEFAULT_ELECTION_TIMEOUT,
      nextOccurrence: (path) => {
        const occurrence = (occurrences.get(path) ?? 0) + 1;
        occurrences.set(path, occurrence);
        return occurrence;
      },
    };
    this.#timeline = program.timeline.toSorted((a, b) => dueAt(a) - dueAt(b));
    this.#begin(SCRIPT, performAll(program.script, this.#scene, this.#names));
  }

  get pending(): boolean {
    return this.#hasFired || (this.#watching && this.#stage.revision !== this.#lookedAt);
  }

  get done(): boolean {
    return this.#threads.length === 0 && this.#started === this.#timeline.length;
  }

  get neverFired(): readonly UnfiredTrigger[] {
    return this.#scene.triggers.describeArmed();
  }

  unmet(condition: Condition): string | null {
    const scope = { stage: this.#stage, recall: (name: string) => this.#names.recall(name) };
    return explainCondition(condition, scope) || null;
  }

  wants(kind: string): boolean {
    return this.#scene.triggers.wants(kind);
  }

  observe(observation: TraceEvent): void {
    for (const armed of this.#scene.triggers.observe(observation)) {
      this.#begin(TRIGGERED, this.#performTriggered(armed, observation));
      this.#hasFired = true;
    }
  }

  advance(): void {
    this.#startDueSteps();
    for (let next = this.#runnable(); next !== null; next = this.#runnable()) this.#resume(next);
    this.#hasFired = false;
    this.#lookedAt = this.#stage.revision;
    this.#watching = this.#threads.some(({ wait }) => wait !== null && wait.ready !== null);
    this.#askToBeWoken();
  }

  *#performTriggered({ step, action, names, firedThen }: Armed, { node, text }: TraceEvent): StepRoutine {
    if (firedThen > MOST_AT_ONCE) {
      throw new StepFailed(step, `fired ${MOST_AT_ONCE} times at one instant: what it does makes it fire again`);
    }
    const own = new Bindings(names);
    if (step.as !== null && node >= 0 && node < this.#stage.nodes) own.remember(step.as, [node]);
    this.#stage.note(step.path, `fired by: ${text}`);
    yield* performAll(action.do, this.#scene, own);
  }

  #startDueSteps(): void {
    for (let step = this.#timeline[this.#started]; step !== undefined; step = this.#timeline[this.#started]) {
      if (dueAt(step) > this.#stage.now) return;
      this.#begin(TIMELINE, perform(step, this.#scene, this.#names));
      this.#started++;
    }
  }

  #begin(rank: Rank, doing: StepRoutine): void {
    const place = this.#threads.findIndex((other) => other.rank > rank);
    const begun: Thread = { rank, doing, wait: null, seen: NO_REVISION };
    this.#threads.splice(place < 0 ? this.#threads.length : place, 0, begun);
  }

  /** The first thread that can go on at this instant. */
  #runnable(): Thread | null {
    for (const candidate of this.#threads) if (this.#canGoOn(candidate)) return candidate;
    return null;
  }

  #canGoOn(candidate: Thread): boolean {
    const { wait } = candidate;
    if (wait === null || this.#stage.now >= wait.until) return true;
    if (wait.ready === null || candidate.seen === this.#stage.revision) return false;
    candidate.seen = this.#stage.revision;
    return wait.ready();
  }

  #resume(running: Thread): void {
    try {
      const next = running.doing.next();
      if (next.done === true) return this.#end(running);
      running.wait = next.value === YIELD ? null : next.value;
    } catch (error) {
      if (!(error instanceof StepFailed)) throw error;
      this.#end(running);
      this.#fail(error);
    }
  }

  #end(ended: Thread): void {
    this.#threads = this.#threads.filter((other) => other !== ended);
  }

  /** The script stops, with its triggers; the timeline goes on. */
  #fail({ step, message }: StepFailed): void {
    this.failure ??= { path: step.path, line: step.line, message };
    this.#threads = this.#threads.filter(({ rank }) => rank === TIMELINE);
    this.#scene.triggers.disarmAll();
  }

  #askToBeWoken(): void {
    const nextStep = this.#timeline[this.#started];
    let next = nextStep === undefined ? Infinity : dueAt(nextStep);
    for (const { wait } of this.#threads) next = Math.min(next, wait?.until ?? next);
    const isAwaited = this.#wake > this.#stage.now && this.#wake <= next;
    if (next === Infinity || isAwaited) return;
    this.#wake = next;
    this.#stage.wakeAt(next);
  }
}

function dueAt(step: Step): Micros {
  return step.at ?? 0;
}
