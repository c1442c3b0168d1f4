import type { Scenario } from '../../scenarios/scenario.ts';

/** The marks that a scenario waits for or expects: the situations it is about. */
export function expectedMarks({ expect, script, timeline }: Scenario): readonly string[] {
  return [...new Set([expect, script, timeline].flatMap(marksIn))];
}

function marksIn(part: unknown): string[] {
  if (typeof part !== 'object' || part === null) return [];
  const { mark, marks } = part as { mark?: unknown; marks?: unknown };
  const here = [mark, ...(Array.isArray(marks) ? (marks as unknown[]) : [])].flatMap((one) =>
    typeof one === 'object' && one !== null && 'name' in one ? [String(one.name)] : [],
  );
  return [...here, ...Object.values(part).flatMap(marksIn)];
}
