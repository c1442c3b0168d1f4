import { describeSpan } from '../../sim/base/distribution.ts';
import type { Step } from '../scenario.ts';
import { leastOf } from './distribution.ts';
import { definitionOf } from '../actions/index.ts';
import { MOST_TIMES } from '../actions/control.ts';
import type { Place } from './place.ts';

/** Reports a script that cannot come to its end within the time limit, and steps of the timeline beyond it. */
export function checkFinite(script: readonly Step[], timeline: readonly Step[], root: Place): void {
  const limit = root.scope.timeLimit;
  let least = 0;
  let reported = false;
  for (const step of script) {
    const place = placeOf(step, root);
    least += leastTime(step);
    if (least > limit && !reported) {
      place.problem(
        `up to here the script waits at least ${describeSpan(least)}; limits.time is ${describeSpan(limit)}`,
      );
      reported = true;
    }
    const times = mostTimes(step);
    if (times > MOST_TIMES)
      place.problem(`repeats inside repeats: ${String(times)} times in all; the most is ${String(MOST_TIMES)}`);
  }
  for (const step of timeline) {
    if (step.at === null || step.at <= limit) continue;
    placeOf(step, root)
      .at('at')
      .problem(`${describeSpan(step.at)} is beyond limits.time, ${describeSpan(limit)}`);
  }
}

function placeOf(step: Step, root: Place): Place {
  const [, list = '', index = ''] = /^(\w+)\[(\d+)\]$/u.exec(step.path) ?? [];
  return root.at(list, Number(index));
}

/** Virtual time a step takes in any case. `within` is a bound, not a wait. */
function leastTime(step: Step): number {
  return (step.after === null ? 0 : leastOf(step.after)) + leastOfAction(step);
}

function leastOfAction(step: Step): number {
  return definitionOf(step.action).leastTime?.(step.action, step, leastOfAll) ?? 0;
}

function leastOfAll(steps: readonly Step[]): number {
  return steps.reduce((sum, step) => sum + leastTime(step), 0);
}

/** The largest number of times anything in a step is executed. */
function mostTimes({ action }: Step): number {
  const inner = definitionOf(action).innerSteps?.(action) ?? [];
  const most = Math.max(1, ...inner.flatMap(({ steps }) => steps.map(mostTimes)));
  return action.kind === 'repeat' ? action.times * most : most;
}
