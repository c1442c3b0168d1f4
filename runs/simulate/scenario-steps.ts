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

/** Whether some part of the program's steps and expectations has this key, with something in it. */
export function mentions({ script, timeline, expect }: Scenario, key: string): boolean {
  return [script, timeline, expect].some((part) => hasKey(part, key));
}

function hasKey(part: unknown, key: string): boolean {
  if (typeof part !== 'object' || part === null) return false;
  if (Object.entries(part).some(([name, value]) => name === key && value !== null)) return true;
  return Object.values(part).some((inner) => hasKey(inner, key));
}
