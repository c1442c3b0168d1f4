import { whitewaterVersion } from '../runs/repro/versions.ts';
import { type Io, writeLines } from './io.ts';
import { InternalError } from './errors.ts';

/** Reports that Whitewater itself is broken, with everything a bug report needs. */
export function reportDefect(error: unknown, argv: readonly string[], io: Io): void {
  const isRunning = error instanceof InternalError;
  const cause: unknown = isRunning ? error.cause : error;
  writeLines(io.stderr, [
    `whitewater: a defect of Whitewater itself${isRunning ? `, while ${error.message}` : ''}.`,
    'This is not a verdict on what was tested. Please report it with the following lines:',
    '',
    `whitewater ${whitewaterVersion()}, node ${process.versions.node}, ${process.platform} ${process.arch}`,
    `arguments: ${JSON.stringify(argv)}`,
    cause instanceof Error ? (cause.stack ?? String(cause)) : String(cause),
  ]);
}
