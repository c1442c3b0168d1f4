import { definitionOf } from '../actions/index.ts';
import { describeSpan, type Distribution } from '../../sim/base/distribution.ts';
import type { Micros } from '../../sim/protocol.ts';
import type { Step } from '../scenario.ts';
import type { Bindings } from './bindings.ts';
import { describeCondition } from './conditions.ts';
import { TRIGGERED } from './threads.ts';
import { Execution, PAUSE, pauseFor, StepFailed, YIELD } from './execution.ts';
import type { StepContext, StepRoutine, Thread } from './execution.ts';

/** Executes steps in order, each after the one before; fired triggers run in between. */
export function* performAll(
  steps: readonly Step[],
  context: StepContext,
  bindings: Bindings,
  thread: Thread,
): StepRoutine {
  for (const step of steps) {
    yield* perform(step, context, bindings, thread);
    yield YIELD;
  }
}

/** Executes one step: its pause, then its action. `within` counts from the end of the pause. */
export function* perform(step: Step, context: StepContext, bindings: Bindings, thread: Thread): StepRoutine {
  const { environment } = context;
  const pause = step.after === null ? 0 : pauseOf(step, step.after, context);
  yield* pauseFor(environment, pause);
  const outer = thread.record;
  const exec = new Execution(step, context, bindings, thread, pause);
  const { record } = exec;
  if (record !== null) thread.record = record.inner;
  const first = environment.faults.count;
  const { revision } = environment;
  exec.begin(step.label ?? describe(exec));
  try {
    const routine = definitionOf(step.action).perform(step.action, exec);
    if (routine !== undefined) yield* routine;
    if (step.lasts !== null) undoLater(exec, step.lasts, first);
    if (record !== null) record.outcome = 'done';
  } catch (error) {
    const isSkipped = step.maySkip && error instanceof StepFailed && error.step === step;
    if (record !== null) record.outcome = isSkipped ? 'skipped' : 'failed';
    if (!isSkipped) throw error;
    exec.idle();
  } finally {
    thread.record = outer;
    if (record !== null) {
      record.ended = environment.now;
      record.hasActed = environment.now > exec.began || environment.revision !== revision;
    }
  }
}

function pauseOf({ path, draws }: Step, after: Distribution, { environment, counts }: StepContext): Micros {
  if (after.kind === 'constant') return after.value;
  const own = draws ?? { path, repetition: counts.next(path) };
  return environment.sample(after, environment.random('script', own.path, own.repetition, 'after'));
}

/** Ends the faults that the step has injected, those after the first so many of the run, when their time is over. */
function undoLater(exec: Execution, lasts: Distribution, first: number): void {
  const { environment, context, step } = exec;
  const span = environment.sample(lasts, exec.random('for'));
  if (exec.record !== null) exec.record.lasts = span;
  const { count } = environment.faults;
  context.begin(TRIGGERED, exec.thread.cause, function* (thread) {
    yield* pauseFor(environment, span);
    thread.cause = environment.step(step.path, `ends after ${describeSpan(span)}`, thread.cause);
    environment.faults.undo(first, count, { path: step.path, event: thread.cause });
  });
}

/** Executes steps at this instant, in order, with nothing in between. A step that has to wait fails. */
export function* performTogether(
  steps: readonly Step[],
  context: StepContext,
  bindings: Bindings,
  thread: Thread,
): StepRoutine {
  for (const step of steps) {
    for (const halt of perform(step, context, bindings, thread)) {
      if (halt === YIELD || halt === PAUSE) yield PAUSE;
      else throw new StepFailed(step, `cannot wait inside together: ${halt.why()}`);
    }
  }
}

/** The action as traces show it, with the condition it looks at. */
function describe(exec: Execution): string {
  const { action } = exec.step;
  const definition = definitionOf(action);
  const words = definition.describe(action, exec.environment);
  const condition = definition.condition?.(action);
  return condition === undefined ? words : `${words} ${describeCondition(condition, exec)}`;
}
