import type { Micros, NodeId } from '../../sim/protocol.ts';
import type { Action, OperationExpectation } from '../scenario.ts';
import type { Environment } from '../environment.ts';
import { describeSpan } from './describe.ts';
import type { StepRoutine, Execution } from './execution.ts';
import { isRunning } from './selectors.ts';

/** How long an operation that is expected to stay `pending` is watched, unless the step's `within` says otherwise. */
export const PENDING_FOR: Micros = 500_000;

type Operation = Extract<Action, { readonly kind: 'operation' }>;
type Outcome = NonNullable<ReturnType<Environment['outcome']>>;

/**
 * `write`, `read`, `cas`, `append`, `delete`: has a client start an operation, and with `expect` waits for what
 * becomes of it. Any other outcome fails the step as soon as it is known:
 *
 * - `ok`: it was executed, and a cas took place.
 * - `value`: it was executed, and this is the value replied.
 * - `fail`: it was certainly not executed, or was a cas that found another value.
 * - `pending`: no answer comes for all of `within`.
 *
 * An outcome that is `unknown` is none of them.
 */
export function* operation(action: Operation, x: Execution): StepRoutine {
  const { stage } = x;
  const { client, node } = yield* x.attempt((attempt) => {
    const asked = action.to === null ? [] : attempt.find([action.to], { eligible: isRunning });
    const idle = action.by ?? firstIdle(stage);
    if (asked === null) return null;
    if (idle === null) return attempt.blocked(() => `expected an idle client; ${tellBusy(stage)}`);
    return { client: idle, node: asked[0]?.[0] ?? null };
  });
  if (node !== null) x.remember([node]);
  const { op, key, value, expected } = action;
  const id = stage.operate(client, { op, key, value, expected }, node);
  if (action.expect === null) return;
  if (action.expect.kind === 'pending') yield* stayPending(action, x, id);
  else yield* comeOut(action, action.expect, x, id);
}

function* comeOut(action: Operation, wanted: OperationExpectation, x: Execution, id: number): StepRoutine {
  const isKnown = (): boolean => x.stage.outcome(id) !== null;
  const expectation = `expected ${describeOperation(action)} to ${tellExpected(action, wanted)}`;
  yield* x.until(isKnown, () => `${expectation}; no answer came`);
  const outcome = x.stage.outcome(id);
  if (outcome === null || isAsExpected(wanted, action, outcome)) return;
  throw x.failure(`${expectation}; ${describeOutcome(action, outcome, x.stage)}`);
}

function* stayPending(action: Operation, x: Execution, id: number): StepRoutine {
  const { stage, step } = x;
  const span = step.within ?? PENDING_FOR;
  const expectation = `expected ${describeOperation(action)} to stay pending for ${describeSpan(span)}`;
  const isKnown = (): boolean => stage.outcome(id) !== null;
  const since = stage.now;
  if (span > 0 && !isKnown()) yield { ready: isKnown, until: since + span, why: () => `${expectation}; it takes time` };
  const outcome = stage.outcome(id);
  if (outcome === null) return;
  const answered = describeOutcome(action, outcome, stage);
  throw x.failure(`${expectation}; after ${describeSpan(stage.now - since)} ${answered}`);
}

function isAsExpected(wanted: OperationExpectation, { op }: Operation, { status, reply }: Outcome): boolean {
  const tookPlace = status === 'ok' && (op !== 'cas' || reply === null || reply.applied);
  switch (wanted.kind) {
    case 'ok':
      return tookPlace;
    case 'fail':
      return status === 'fail' || (status === 'ok' && !tookPlace);
    case 'value':
      return status === 'ok' && reply?.value === wanted.value;
    case 'pending':
      return false;
  }
}

function tellExpected({ op }: Operation, wanted: OperationExpectation): string {
  if (wanted.kind !== 'value') return wanted.kind === 'ok' ? 'succeed' : wanted.kind;
  return `${op === 'get' ? 'read' : 'be answered'} ${tellValue(wanted.value)}`;
}

function describeOutcome({ op }: Operation, { status, reply }: Outcome, stage: Environment): string {
  switch (status) {
    case 'ok': {
      const found = reply === null ? '' : tellValue(reply.value);
      if (op === 'cas' && reply?.applied === false) return `it found ${found}`;
      return op === 'get' ? `it read ${found}` : `it succeeded${found && `, answered ${found}`}`;
    }
    case 'fail':
      return reply === null ? 'it failed' : `it failed, ${tellRefusal(reply.status, reply.leader, stage)}`;
    case 'unknown':
      return 'its outcome is unknown';
  }
}

function tellRefusal(status: string, leader: NodeId, stage: Environment): string {
  if (status !== 'redirect') return status;
  return leader < 0 ? 'redirected to nobody' : `redirected to ${stage.nodeName(leader)}`;
}

function tellValue(value: string | null): string {
  return value === null ? 'nothing' : `"${value}"`;
}

function describeOperation({ op, key }: Operation): string {
  return `${op} ${key}`;
}

function firstIdle(stage: Environment): number | null {
  for (let client = 0; client < stage.clients; client++) if (stage.isIdle(client)) return client;
  return null;
}

function tellBusy(stage: Environment): string {
  return stage.clients === 0 ? 'the scenario has no clients' : `all ${stage.clients} are busy`;
}
