import type { Scenario, Step } from '../../scenarios/scenario.ts';

/** A step as reports call it: `script[2] "the split" (line 14)`. */
export function stepNamed({ script, timeline }: Scenario, path: string): string {
  const step = findStep([...script, ...timeline], path);
  if (step === null) return path;
  const label = step.label === null ? '' : ` "${step.label}"`;
  return `${path}${label}${step.line > 0 ? ` (line ${step.line})` : ''}`;
}

function findStep(steps: readonly Step[], path: string): Step | null {
  for (const step of steps) {
    if (step.path === path) return step;
    const { action } = step;
    const inner = [...('do' in action ? action.do : []), ...('else' in action ? action.else : [])];
    const found = findStep(inner, path);
    if (found !== null) return found;
  }
  return null;
}
