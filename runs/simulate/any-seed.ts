import type { AnySeedExpectation } from '../../scenarios/scenario.ts';
import { describeMark, unmetMark } from './expected-marks.ts';
import type { AnySeedResult } from './result.ts';
import type { Run } from './run.ts';

/** Whether a run showed what some run of the invocation has to show. */
export function anySeedResults(run: Run): readonly AnySeedResult[] {
  return run.scenario.expect.anySeed.map((expected) => ({ text: describe(expected, run), met: isMet(expected, run) }));
}

/** Whether a violation of this invariant is one that some run has to show. */
export function isViolationOfAnySeed(invariant: string, expected: readonly AnySeedExpectation[]): boolean {
  return expected.some(({ violation }) => violation === 'any' || violation === invariant);
}

function isMet(expected: AnySeedExpectation, { checks, simulation, script }: Run): boolean {
  const { violation, marks, conditions } = expected;
  if (
    violation !== null &&
    (checks.violation === null || !isViolationOfAnySeed(checks.violation.invariant, [expected]))
  )
    return false;
  return (
    marks.every((mark) => unmetMark(mark, simulation.marks.count(mark.name)) === null) &&
    conditions.every((condition) => script.unmet(condition) === null)
  );
}

function describe({ violation, marks, conditions }: AnySeedExpectation, { script }: Run): string {
  return [
    ...(violation === null ? [] : [violation === 'any' ? 'a violation' : `a violation of ${violation}`]),
    ...marks.map(describeMark),
    ...conditions.map((condition) => `at the end ${script.describe(condition)}`),
  ].join(' and ');
}
