import type { Loading } from '../../runs/load/load-files.ts';
import type { Problem } from '../../scenarios/language/errors.ts';
import { counted } from './quantities.ts';
import type { Style } from './style.ts';

/**
 * `whitewater lint`: every problem with its place, and the totals.
 *
 * @param format a problem as people read it: its place and message, then the excerpt
 */
export function lintReport(
  { problems, warnings: doubtful, files, scenarios }: Loading,
  format: (problem: Problem) => string,
  style: Style,
  isQuiet: boolean,
): string[] {
  const warnings = doubtful.map((problem) => ({ ...problem, message: `warning: ${problem.message}` }));
  const listed = (shown: readonly Problem[]): string[] =>
    shown.flatMap((problem) => {
      const [first = '', ...excerpt] = format(problem).split('\n');
      return [style.strong(first), ...excerpt.map(style.faint), ''];
    });
  const also = warnings.length === 0 ? '' : `, ${counted(warnings.length, 'warning')}`;
  if (problems.length === 0) {
    const combined = scenarios.length > files ? ` in ${counted(scenarios.length, 'combination')}` : '';
    const fine = `${style.good('✓')} ${counted(files, 'scenario')}${combined}, no problems${also}`;
    return [...listed(warnings), ...(isQuiet ? [] : [fine])];
  }
  const bad = new Set(problems.map(({ file }) => file)).size;
  const where = `${counted(problems.length, 'problem')} in ${counted(bad, 'file')}`;
  const others = files > bad ? `; ${counted(files - bad, 'other file')} without` : '';
  return [...listed([...problems, ...warnings]), `${style.bad('✗')} ${where}${others}${also}`];
}
