import type { Scenario } from '../../scenarios/scenario.ts';

/** Whether a scenario is about a violation, in each run or in some: then one that it shows says nothing of a bug. */
export function expectsViolation({ expect }: Scenario): boolean {
  return expect.verdict === 'violation' || expect.anySeed.some(({ violation }) => violation !== null);
}
