import type { ReportOutput } from '../reports/reporter.ts';
import { style as makeStyle, type Style } from '../reports/text/style.ts';

/** The surroundings of a command: those of the process, or of a test. */
export interface Io {
  readonly stdout: Output;
  readonly stderr: Output;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Until the returned function is called, an interrupt calls back instead of ending the process. */
  onInterrupt(callback: () => void): () => void;
  /** A while of real time. */
  pause(millis: number): Promise<void>;
  /**
   * Asks the user for a line; null where standard input or standard output is no terminal. The line is null if the user
   * wants none to be asked for: Ctrl-C or Ctrl-D.
   */
  readonly ask: ((question: string) => Promise<string | null>) | null;
}

export interface Output {
  write(text: string): void;
  readonly isTTY: boolean;
  /** The width of the terminal; null if it is not one. */
  readonly columns: number | null;
  /** Whether nothing more can be written: the reader has closed it, as `| head` does, or the disk is full. */
  readonly isClosed: boolean;
}

/** Columns to assume if the output has no width. */
export const DEFAULT_WIDTH = 80;
const MIN_WIDTH = 40;

export function widthOf(io: Io): number {
  return Math.max(MIN_WIDTH, io.stdout.columns ?? DEFAULT_WIDTH);
}

/** Colours only for a terminal that has them, unless an option or a variable decides otherwise. https://no-color.org */
export function styleOf(io: Io, wanted: boolean, output: Output = io.stdout): Style {
  const { NO_COLOR, FORCE_COLOR, TERM } = io.env;
  const isForced = FORCE_COLOR !== undefined && FORCE_COLOR !== '' && FORCE_COLOR !== '0';
  const isUnwanted = !wanted || (NO_COLOR !== undefined && NO_COLOR !== '') || FORCE_COLOR === '0';
  return makeStyle(!isUnwanted && (isForced || (output.isTTY && TERM !== 'dumb')));
}

/** Results go to stdout, the rest to stderr. */
export function reportOutput({ stdout, stderr }: Pick<Io, 'stdout' | 'stderr'>): ReportOutput {
  return { write: (text) => stdout.write(text), note: (text) => stderr.write(text) };
}

export function writeLines(output: Output, lines: readonly string[]): void {
  if (lines.length > 0) output.write(`${lines.join('\n')}\n`);
}

/** Lets the engine deliver signals and the closing of a pipe between two pieces of synchronous work. */
export function yieldToEventLoop(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
