import type { Micros, NodeId } from '../../sim/protocol.ts';
import type { Action } from '../scenario.ts';
import type { Environment } from '../environment.ts';
import { ELECTION_TIMER } from './actions.ts';
import type { StepRoutine, Execution } from './execution.ts';
import { isRunning, liveLeader } from './selectors.ts';

/**
 * `elect: n2`: fires its election timer until it is the leader of the highest term. An election can fail (votes may
 * be lost, split, or denied out of loyalty to a leader), so the timer is fired again every `patience`. A node that is
 * down is waited for; so is one that still leads an older term, until it has learned of the newer one.
 */
export function* elect(
  { node: selector }: Extract<Action, { readonly kind: 'elect' }>,
  x: Execution,
  patience: Micros,
): StepRoutine {
  const { stage } = x;
  const [[node = 0] = []] = yield* x.choose([selector], { eligible: isRunning });
  x.remember([node]);
  let nextTry = stage.now;
  const leads = (): boolean => liveLeader(stage) === node;
  const canTry = (): boolean => stage.now >= nextTry && stage.isUp(node) && stage.role(node) !== 'leader';

  while (!leads()) {
    if (canTry()) {
      stage.fireTimer(node, ELECTION_TIMER);
      nextTry = stage.now + patience;
    }
    yield* x.untilOr(
      nextTry,
      () => leads() || canTry(),
      () => `expected ${stage.nodeName(node)} to lead; ${tellObstacle(node, stage)}`,
    );
  }
}

function tellObstacle(node: NodeId, stage: Environment): string {
  if (!stage.isUp(node)) return `${stage.nodeName(node)} is down`;
  const leader = liveLeader(stage);
  return leader === null ? 'no node leads' : `${stage.nodeName(leader)} leads term ${stage.term(leader)}`;
}
