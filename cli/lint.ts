import { type Fixes, fixScenarios } from '../runs/load/fix-files.ts';
import { EXIT } from '../runs/campaign/exit-code.ts';
import { formatProblem, type Setting } from '../runs/load/load-files.ts';
import { fixLine, lintLines } from '../reports/ndjson.ts';
import { lintReport } from '../reports/text/lint.ts';
import { printable } from '../scenarios/language/printable.ts';
import type { CommandContext } from './context.ts';
import { styleOf, writeLines } from './io.ts';
import { defaultPaths, load, noteDefault } from './scenarios.ts';

export interface LintOptions {
  /** Whether renamed words, and what can be repaired without a guess, are rewritten in the files first. */
  readonly fix?: boolean;
  readonly json?: boolean;
  readonly color: boolean;
  readonly quiet?: boolean;
  readonly set?: readonly Setting[];
}

/** `whitewater lint`: every mistake of every file. */
export function lint(args: readonly string[], options: LintOptions, { io }: CommandContext): number {
  const { fix = false, json = false, color, quiet = false, set } = options;
  const fixes = fix ? fixScenarios(args.length === 0 ? defaultPaths(io) : args, io.cwd) : null;
  if (fixes !== null) reportFixes(fixes, json, io);
  const loading = load(args, io, set);
  if (!quiet) noteDefault(args, io);
  if (json) io.stdout.write(lintLines(loading).join(''));
  else writeLines(io.stdout, lintReport(loading, formatProblem, styleOf(io, color), quiet));
  if (fixes !== null && fixes.unwritten.length > 0) return EXIT.cannotWrite;
  return loading.problems.length === 0 ? EXIT.pass : EXIT.badInput;
}

/** A word in quotes; what has punctuation of its own, as it is. */
function shown(words: string): string {
  return /["':{>]/u.test(words) ? printable(words) : `"${printable(words)}"`;
}

/** What `--fix` changed: one line for each change. */
function reportFixes({ fixes, unwritten }: Fixes, json: boolean, io: CommandContext['io']): void {
  for (const fix of fixes) {
    const { file, line, old, new: renamed } = fix;
    if (json) io.stdout.write(fixLine(fix));
    else writeLines(io.stdout, [`${printable(file)}:${String(line)}  ${shown(old)} is now ${shown(renamed)}`]);
  }
  writeLines(
    io.stderr,
    unwritten.map(({ file, reason }) => `whitewater: cannot write ${printable(file)}, which is as it was: ${reason}`),
  );
}
