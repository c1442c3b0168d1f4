import { describeSpan } from '../../sim/base/distribution.ts';
import type { AdminExpectation } from '../scenario.ts';
import { AdminAttempt } from './admin-attempt.ts';
import type { AdminTask } from './admin-tasks.ts';
import type { Execution, StepRoutine } from './execution.ts';
import { PENDING_FOR } from './operation.ts';

/**
 * Submits each task's request to a node that is up, for most of them the leader, one task after the other, and waits
 * for what is expected:
 *
 * - `done`: the request is submitted until the goal is reached: again to a new leader, and after each retry interval
 *   to a node that has rejected it or does not seem to carry it out.
 * - `rejected`: the node must reject it.
 * - `pending`: one node accepts it, and the goal is not reached in all of `within`. No other node receives it then: it
 *   might carry it out.
 * - `submitted`: the request is submitted once.
 */
export function* performTasks(tasks: readonly AdminTask[], expected: AdminExpectation, exec: Execution): StepRoutine {
  const attempts = tasks.map((task) => new AdminAttempt(task, exec));
  for (const attempt of attempts) {
    if (expected === 'done') yield* untilDone(attempt, exec);
    else if (expected === 'pending') yield* stayPending(attempt, exec);
    else yield* submitOnce(attempt, exec, expected);
  }
  // Every goal was reached before anything was requested.
  if (attempts.every(({ submitted }) => !submitted)) exec.idle();
}

function* untilDone(attempt: AdminAttempt, exec: Execution): StepRoutine {
  while (!attempt.isReached()) {
    if (attempt.isDue()) attempt.submit();
    yield* exec.untilOr(
      attempt.nextTry,
      () => attempt.isReached() || attempt.isDue(),
      () => `expected ${attempt.goal}; ${attempt.obstacle()}`,
    );
  }
}

function* stayPending(attempt: AdminAttempt, exec: Execution): StepRoutine {
  const { environment } = exec;
  const since = environment.now;
  const span = exec.step.within ?? PENDING_FOR;
  const end = since + span;
  const expectation = `expected ${attempt.words} to stay pending for ${describeSpan(span)}`;
  const isDue = (): boolean => !attempt.accepted && attempt.isDue();
  while (!attempt.isReached() && environment.now < end) {
    if (isDue()) attempt.submit();
    const ready = (): boolean => attempt.isReached() || isDue();
    const until = attempt.nextTry > environment.now ? Math.min(attempt.nextTry, end) : end;
    if (!ready()) yield { ready, until, why: () => `${expectation}; that takes time` };
  }
  if (attempt.isReached()) {
    const after = describeSpan(environment.now - since);
    throw exec.failure(`${expectation}; after ${after} it was done: ${attempt.state}`);
  }
  // If no node has accepted the request, the step has tested nothing.
  if (!attempt.accepted) throw exec.failure(`${expectation}; ${attempt.obstacle()}`);
}

function* submitOnce(attempt: AdminAttempt, exec: Execution, expected: 'rejected' | 'submitted'): StepRoutine {
  yield* exec.until(
    () => attempt.isDue(),
    () => `expected a node to submit ${attempt.words} to; ${attempt.obstacle()}`,
  );
  attempt.submit();
  if (expected === 'rejected' && attempt.accepted) {
    throw exec.failure(`expected ${attempt.receiver} to reject ${attempt.words}; it accepted`);
  }
}
