import type { Scenario, Step } from '../../scenarios/scenario.ts';

/** A step as reports call it: `script[2] "the split" (line 14)`. */
export function stepNamed(scenario: Scenario, path: string): string {
  const step = stepsOf(scenario).find((step) => step.path === path);
  if (step === undefined) return path;
  const label = step.label === null ? '' : ` "${step.label}"`;
  return `${path}${label}${step.line > 0 ? ` (line ${step.line})` : ''}`;
}

/** Every step of a scenario, each before the steps inside it. */
export function stepsOf({ script, timeline }: Scenario): readonly Step[] {
  return [...script, ...timeline].flatMap(withInner);
}

function withInner(step: Step): Step[] {
  const { action } = step;
  const inner = [...('do' in action ? action.do : []), ...('else' in action ? action.else : [])];
  return [step, ...inner.flatMap(withInner)];
}
