import type { RunResult } from '../../runs/simulate/result.ts';
import { printable } from '../../scenarios/language/printable.ts';
import { runFigures } from './single-run.ts';
import type { Style } from './style.ts';
import { explainViolation } from './violation.ts';
import { titleOf } from '../../scenarios/settings.ts';
import { origin } from './title.ts';

/** A single run that passed, with all its figures. */
export function passReport(run: RunResult, style: Style, width: number): string[] {
  const { scenario, settings, seed, file, violation } = run;
  const where = style.faint(origin(scenario, file));
  const expected = violation === null ? '' : `  ${violation.invariant} broken, as expected`;
  const head = `${style.good('✓')} ${style.strong(titleOf(scenario, settings))}  seed ${printable(seed)}${expected}${where}`;
  const why = violation === null ? [] : [...explainViolation(violation, style, width - 2), ''];
  return [head, '', ...why.map((line) => (line === '' ? '' : `  ${line}`)), ...runFigures(run, style, width)];
}
