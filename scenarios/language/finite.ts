import type { Step } from '../scenario.ts';
import { MOST_TIMES } from './control-actions.ts';
import { leastOf } from './distribution.ts';
import { formatMicros } from './values.ts';
import type { Place } from './place.ts';

/** How long an operation or an order that must stay pending is watched, unless its `within` says otherwise. */
const PENDING_FOR = 500_000;

/** Reports a script that cannot come to its end within the time limit, and steps of the timeline beyond it. */
export function checkFinite(script: readonly Step[], timeline: readonly Step[], root: Place): void {
  const limit = root.scope.timeLimit;
  let least = 0;
  let told = false;
  for (const step of script) {
    const place = placeOf(step, root);
    least += leastTime(step);
    if (least > limit && !told) {
      place.problem(
        `up to here the script waits at least ${formatMicros(least)}; limits.time is ${formatMicros(limit)}`,
      );
      told = true;
    }
    const times = mostTimes(step);
    if (times > MOST_TIMES)
      place.problem(`repeats inside repeats: ${String(times)} times in all; the most is ${String(MOST_TIMES)}`);
  }
  for (const step of timeline) {
    if (step.at === null || step.at <= limit) continue;
    placeOf(step, root)
      .at('at')
      .problem(`${formatMicros(step.at)} is beyond limits.time, ${formatMicros(limit)}`);
  }
}

function placeOf(step: Step, root: Place): Place {
  const [, list = '', index = ''] = /^(\w+)\[(\d+)\]$/u.exec(step.path) ?? [];
  return root.at(list, Number(index));
}

/** Virtual time a step takes whatever happens. `within` is a bound, not a wait. */
function leastTime(step: Step): number {
  return (step.after ?? 0) + leastOfAction(step);
}

function leastOfAction({ action, within }: Step): number {
  switch (action.kind) {
    case 'wait':
      return leastOf(action.span);
    case 'operation':
      return action.expect?.kind === 'pending' ? (within ?? PENDING_FOR) : 0;
    case 'transfer':
    case 'forgetLeader':
    case 'snapshot':
    case 'change':
    case 'reconfigure':
    case 'leaveJoint':
      return action.expect === 'pending' ? (within ?? PENDING_FOR) : 0;
    case 'repeat':
      return action.times * leastOfAll(action.do);
    case 'maybe':
      if (action.probability === 1) return leastOfAll(action.do);
      return action.probability === 0
        ? leastOfAll(action.else)
        : Math.min(leastOfAll(action.do), leastOfAll(action.else));
    case 'if':
      return Math.min(leastOfAll(action.do), leastOfAll(action.else));
    default:
      return 0;
  }
}

function leastOfAll(steps: readonly Step[]): number {
  return steps.reduce((sum, step) => sum + leastTime(step), 0);
}

/** The largest number of times anything in a step is done. */
function mostTimes({ action }: Step): number {
  switch (action.kind) {
    case 'repeat':
      return action.times * Math.max(1, ...action.do.map(mostTimes));
    case 'maybe':
    case 'if':
      return Math.max(1, ...action.do.map(mostTimes), ...action.else.map(mostTimes));
    case 'together':
    case 'on':
      return Math.max(1, ...action.do.map(mostTimes));
    default:
      return 1;
  }
}
