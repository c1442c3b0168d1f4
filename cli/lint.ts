import { formatProblem, loadScenarios } from '../runs/load/load-files.ts';
import { EXIT } from '../runs/campaign/exit-code.ts';
import { counted } from '../reports/text/quantities.ts';
import { type Io, styleOf, writeLines } from './io.ts';
import { pathsOrDefault } from './scenarios.ts';

export interface LintOptions {
  readonly json?: boolean;
  readonly color: boolean;
  readonly quiet?: boolean;
}

/** `whitewater lint`: every mistake of every file. */
export function lint(paths: readonly string[], { json = false, color, quiet = false }: LintOptions, io: Io): number {
  const { problems, files } = loadScenarios(pathsOrDefault(paths, io), io.cwd);
  const code = problems.length === 0 ? EXIT.pass : EXIT.badInput;
  if (json) {
    for (const { excerpt: _excerpt, ...problem } of problems) io.stdout.write(`${JSON.stringify(problem)}\n`);
    return code;
  }
  const style = styleOf(io, color);
  for (const problem of problems) {
    const [first = '', ...excerpt] = formatProblem(problem).split('\n');
    writeLines(io.stdout, [style.strong(first), ...excerpt.map(style.faint), '']);
  }
  if (problems.length === 0) {
    if (!quiet) writeLines(io.stdout, [`${style.good('✓')} ${counted(files, 'scenario')}, no problems`]);
    return code;
  }
  const bad = new Set(problems.map(({ file }) => file)).size;
  const where = `${counted(problems.length, 'problem')} in ${counted(bad, 'file')}`;
  const others = files > bad ? `; ${counted(files - bad, 'other file')} without` : '';
  writeLines(io.stdout, [`${style.bad('✗')} ${where}${others}`]);
  return code;
}
