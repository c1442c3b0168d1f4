import { style as makeStyle, type Style } from '../reports/text/style.ts';

/** Where a command reads and writes: the terminal's, or a test's. */
export interface Io {
  readonly stdout: Output;
  readonly stderr: Output;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Calls back when the user interrupts, instead of ending the process, until the returned function is called. */
  onInterrupt(callback: () => void): () => void;
}

export interface Output {
  write(text: string): void;
  readonly isTTY: boolean;
  /** Null where there is no such thing. */
  readonly columns: number | null;
  /** Nobody reads any more, as after `| head`. */
  readonly isClosed: boolean;
}

/** Columns to write for where the output does not say. */
const USUAL_WIDTH = 80;
const NARROWEST = 40;

export function widthOf(io: Io): number {
  return Math.max(NARROWEST, io.stdout.columns ?? USUAL_WIDTH);
}

/** Colours only for a terminal that has them, unless the user says otherwise. https://no-color.org */
export function styleOf(io: Io, wanted: boolean, output: Output = io.stdout): Style {
  const { NO_COLOR, FORCE_COLOR, TERM } = io.env;
  const isForced = FORCE_COLOR !== undefined && FORCE_COLOR !== '' && FORCE_COLOR !== '0';
  const isUnwanted = !wanted || (NO_COLOR !== undefined && NO_COLOR !== '') || FORCE_COLOR === '0';
  return makeStyle(!isUnwanted && (isForced || (output.isTTY && TERM !== 'dumb')));
}

export function writeLines(output: Output, lines: readonly string[]): void {
  if (lines.length > 0) output.write(`${lines.join('\n')}\n`);
}

/** Lets signals, and the news that a pipe was closed, come through between two pieces of synchronous work. */
export function yieldToEventLoop(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
