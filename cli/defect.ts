import { whitewaterVersion } from '../runs/repro/versions.ts';
import { printable } from '../scenarios/language/printable.ts';
import { type Io, writeLines } from './io.ts';
import { InternalError } from './errors.ts';

/** Reports that Whitewater itself is broken, with everything a bug report needs. */
export function reportDefect(error: unknown, argv: readonly string[], io: Io): void {
  const isRunning = error instanceof InternalError;
  const cause: unknown = isRunning ? error.cause : error;
  const stack = cause instanceof Error ? (cause.stack ?? String(cause)) : String(cause);
  writeLines(io.stderr, [
    `whitewater: a defect of Whitewater itself${isRunning ? `, while ${printable(error.message)}` : ''}.`,
    'This is not a verdict on what was tested. Please report it with the following lines:',
    '',
    `whitewater ${whitewaterVersion()}, node ${process.versions.node}, ${process.platform} ${process.arch}`,
    `arguments: ${printable(JSON.stringify(argv))}`,
    ...stack.split('\n').map(printable),
  ]);
}
