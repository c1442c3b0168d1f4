import { definitionOf } from '../../scenarios/actions/index.ts';
import type { Scenario, Step } from '../../scenarios/scenario.ts';
import { topSteps } from '../../scenarios/top-steps.ts';

/** A step as reports call it: `script[2] "the split" (line 14)`. */
export function stepNamed(scenario: Scenario, path: string): string {
  const step = stepAt(scenario, path);
  if (step === null) return path;
  const label = step.label === null ? '' : ` "${step.label}"`;
  return `${path}${label}${step.line > 0 ? ` (line ${step.line})` : ''}`;
}

/** The word that makes the step of a path what it is, such as `add` or `maybe`; `step` if there is no such step. */
export function wordOfStep(scenario: Scenario, path: string): string {
  const step = stepAt(scenario, path);
  if (step === null) return 'step';
  const words = definitionOf(step.action).describe(step.action, {
    nodeName: (node) => scenario.cluster.nodes[node] ?? '',
  });
  return words.split(' ')[0]!;
}

/** The step of a path; null if the path is none of a step. */
function stepAt(scenario: Scenario, path: string): Step | null {
  return stepsDeep(topSteps(scenario)).find((step) => step.path === path) ?? null;
}

/** The paths of all steps, those that a step holds after it. */
export function pathsOfSteps(scenario: Scenario): readonly string[] {
  return [...new Set(stepsDeep(topSteps(scenario)).map(({ path }) => path))];
}

/** Steps, and the steps that they hold. */
export function stepsDeep(steps: readonly Step[]): readonly Step[] {
  return steps.flatMap((step) => [step, ...stepsDeep(innerSteps(step))]);
}

/** The steps that a step holds. */
export function innerSteps({ action }: Step): readonly Step[] {
  return [...('do' in action ? action.do : []), ...('else' in action ? action.else : [])];
}
