import { formatProblem, loadScenarios } from '../runs/load/load-files.ts';
import { type Fix, fixScenarios } from '../runs/load/fix-files.ts';
import { EXIT } from '../runs/campaign/exit-code.ts';
import { counted } from '../reports/text/quantities.ts';
import { type Io, styleOf, writeLines } from './io.ts';
import { pathsOrDefault } from './scenarios.ts';

export interface LintOptions {
  /** Whether renamed words are rewritten in the files first. */
  readonly fix?: boolean;
  readonly json?: boolean;
  readonly color: boolean;
  readonly quiet?: boolean;
}

/** `whitewater lint`: every mistake of every file. */
export function lint(
  paths: readonly string[],
  { fix = false, json = false, color, quiet = false }: LintOptions,
  io: Io,
): number {
  const given = pathsOrDefault(paths, io);
  if (fix) reportFixes(fixScenarios(given, io.cwd), json, io);
  const { problems, files } = loadScenarios(given, io.cwd);
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

/** What `--fix` changed: one line for each word. */
function reportFixes(fixes: readonly Fix[], json: boolean, io: Io): void {
  for (const { file, line, old, new: renamed } of fixes) {
    if (json) io.stdout.write(`${JSON.stringify({ file, line, fixed: { old, new: renamed } })}\n`);
    else writeLines(io.stdout, [`${file}:${String(line)}  "${old}" is now "${renamed}"`]);
  }
}
