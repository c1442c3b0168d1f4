import { describeSpan } from '../../sim/base/distribution.ts';
import type { Micros, NodeId } from '../../sim/protocol.ts';
import type { Action, OperationExpectation } from '../scenario.ts';
import type { ClientControls, ClusterView, OperationOutcome } from '../environment.ts';
import { describeValue } from './describe.ts';
import type { StepRoutine, Execution } from './execution.ts';
import { isRunning } from './selectors.ts';

/** How long an operation must stay `pending` if that is expected, unless the step's `within` says otherwise. */
export const PENDING_FOR: Micros = 500_000;

type Operation = Extract<Action, { readonly kind: 'operation' }>;

/**
 * `write`, `read`, `cas`, `append`, `delete`: has a client start an operation, and with `expect` waits for its outcome.
 * Any other outcome fails the step as soon as it is known:
 *
 * - `ok`: it was executed, and a cas took place.
 * - `value`: it was executed, and one of these is the value replied.
 * - `fail`: it was certainly not executed, or was a cas that found another value.
 * - `pending`: no reply arrives in all of `within`.
 *
 * An outcome that is `unknown` is none of them.
 */
export function* performOperation(action: Operation, exec: Execution): StepRoutine {
  const { environment } = exec;
  const { client, node } = yield* exec.attempt((attempt) => {
    const sentTo = action.to === null ? [] : attempt.find([action.to], { eligible: isRunning });
    const idle = action.by ?? environment.clients.firstIdle();
    if (sentTo === null) return null;
    if (idle === null) return attempt.blocked(() => `expected an idle client; ${describeBusy(environment.clients)}`);
    return { client: idle, node: sentTo[0]?.[0] ?? null };
  });
  if (node !== null) exec.remember([node]);
  const { op, key, value, expected } = action;
  const id = environment.clients.operate(client, { op, key, value, expected }, node, exec.origin);
  if (action.expect === null) return;
  if (action.expect.kind === 'pending') yield* stayPending(action, exec, id);
  else yield* awaitOutcome(action, action.expect, exec, id);
}

function* awaitOutcome(action: Operation, wanted: OperationExpectation, exec: Execution, id: number): StepRoutine {
  const isKnown = (): boolean => exec.environment.clients.outcome(id) !== null;
  const expectation = `expected ${describeOperation(action)} to ${describeExpected(action, wanted)}`;
  yield* exec.until(isKnown, () => `${expectation}; no reply arrived`);
  const outcome = exec.environment.clients.outcome(id);
  if (outcome === null || isAsExpected(wanted, action, outcome)) return;
  throw exec.failure(`${expectation}; ${describeOutcome(action, outcome, exec.environment)}`);
}

function* stayPending(action: Operation, exec: Execution, id: number): StepRoutine {
  const { environment, step } = exec;
  const { clients } = environment;
  const span = step.within ?? PENDING_FOR;
  const expectation = `expected ${describeOperation(action)} to stay pending for ${describeSpan(span)}`;
  const isKnown = (): boolean => clients.outcome(id) !== null;
  const since = environment.now;
  if (span > 0 && !isKnown())
    yield { ready: isKnown, until: since + span, why: () => `${expectation}; that takes time` };
  const outcome = clients.outcome(id);
  if (outcome === null) return;
  const outcomeText = describeOutcome(action, outcome, environment);
  throw exec.failure(`${expectation}; after ${describeSpan(environment.now - since)} ${outcomeText}`);
}

function isAsExpected(wanted: OperationExpectation, { op }: Operation, { status, reply }: OperationOutcome): boolean {
  const tookPlace = status === 'ok' && (op !== 'cas' || reply === null || reply.applied);
  switch (wanted.kind) {
    case 'ok':
      return tookPlace;
    case 'fail':
      return status === 'fail' || (status === 'ok' && !tookPlace);
    case 'value':
      return status === 'ok' && reply !== null && wanted.oneOf.includes(reply.value);
    case 'pending':
      return false;
  }
}

function describeExpected({ op }: Operation, wanted: OperationExpectation): string {
  if (wanted.kind !== 'value') return wanted.kind === 'ok' ? 'succeed' : wanted.kind;
  return `${op === 'get' ? 'read' : 'reply'} ${wanted.oneOf.map(describeValue).join(' or ')}`;
}

function describeOutcome({ op }: Operation, { status, reply }: OperationOutcome, cluster: ClusterView): string {
  switch (status) {
    case 'ok': {
      const found = reply === null ? '' : describeValue(reply.value);
      if (op === 'cas' && reply?.applied === false) return `it found ${found}`;
      return op === 'get' ? `it read ${found}` : `it succeeded${found && `, replied ${found}`}`;
    }
    case 'fail':
      return reply === null ? 'it failed' : `it failed, ${describeRefusal(reply.status, reply.leader, cluster)}`;
    case 'unknown':
      return 'its outcome is unknown';
  }
}

function describeRefusal(status: string, leader: NodeId, cluster: ClusterView): string {
  if (status !== 'redirect') return status;
  return leader < 0 ? 'redirected to no node' : `redirected to ${cluster.nodeName(leader)}`;
}

function describeOperation({ op, key }: Operation): string {
  return `${op} ${key}`;
}

function describeBusy(clients: ClientControls): string {
  return clients.count === 0 ? 'the scenario has no clients' : `all ${clients.count} are busy`;
}
