import type { Scenario, Step } from './scenario.ts';

/** The steps of script, timeline and chaos, without those that they hold. */
export function topSteps({
  script,
  timeline,
  chaos,
}: Pick<Scenario, 'script' | 'timeline' | 'chaos'>): readonly Step[] {
  return [...script, ...timeline, ...(chaos === null ? [] : chaos.processes.flatMap((process) => process.do.flat()))];
}
