import { EXIT } from '../runs/campaign/exit-code.ts';
import { formatProblem } from '../runs/load/load-files.ts';
import { lintLines } from '../reports/ndjson.ts';
import { lintReport } from '../reports/text/lint.ts';
import type { CommandContext } from './context.ts';
import { styleOf, writeLines } from './io.ts';
import { load, noteDefault } from './scenarios.ts';

export interface LintOptions {
  readonly json?: boolean;
  readonly color: boolean;
  readonly quiet?: boolean;
}

/** `whitewater lint`: every mistake of every file. */
export function lint(args: readonly string[], options: LintOptions, { io }: CommandContext): number {
  const { json = false, color, quiet = false } = options;
  const loading = load(args, io);
  if (!quiet) noteDefault(args, io);
  if (json) io.stdout.write(lintLines(loading).join(''));
  else writeLines(io.stdout, lintReport(loading, formatProblem, styleOf(io, color), quiet));
  return loading.problems.length === 0 ? EXIT.pass : EXIT.badInput;
}
