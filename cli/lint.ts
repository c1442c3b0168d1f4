import { type Fix, fixScenarios } from '../runs/load/fix-files.ts';
import { EXIT } from '../runs/campaign/exit-code.ts';
import { formatProblem } from '../runs/load/load-files.ts';
import { lintLines } from '../reports/ndjson.ts';
import { lintReport } from '../reports/text/lint.ts';
import type { CommandContext } from './context.ts';
import { styleOf, writeLines } from './io.ts';
import { load, noteDefault } from './scenarios.ts';

export interface LintOptions {
  /** Whether renamed words are rewritten in the files first. */
  readonly fix?: boolean;
  readonly json?: boolean;
  readonly color: boolean;
  readonly quiet?: boolean;
}

/** `whitewater lint`: every mistake of every file. */
export function lint(args: readonly string[], options: LintOptions, { io }: CommandContext): number {
  const { fix = false, json = false, color, quiet = false } = options;
  if (fix) reportFixes(fixScenarios(args.length === 0 ? ['.'] : args, io.cwd), json, io);
  const loading = load(args, io);
  if (!quiet) noteDefault(args, io);
  if (json) io.stdout.write(lintLines(loading).join(''));
  else writeLines(io.stdout, lintReport(loading, formatProblem, styleOf(io, color), quiet));
  return loading.problems.length === 0 ? EXIT.pass : EXIT.badInput;
}

/** What `--fix` changed: one line for each word. */
function reportFixes(fixes: readonly Fix[], json: boolean, io: CommandContext['io']): void {
  for (const { file, line, old, new: renamed } of fixes) {
    if (json) io.stdout.write(`${JSON.stringify({ file, line, fixed: { old, new: renamed } })}\n`);
    else writeLines(io.stdout, [`${file}:${String(line)}  "${old}" is now "${renamed}"`]);
  }
}
