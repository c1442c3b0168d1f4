import { columns, cut } from '../reports/text/layout.ts';
import { counted, elapsed, grouped, rounded } from '../reports/text/quantities.ts';
import type { FuzzTally } from '../runs/fuzz/tally.ts';
import { DEFAULT_WIDTH, type Io, writeLines } from './io.ts';

/** On a terminal, a line that is drawn anew; in a pipe, a line now and then. */
const TERMINAL_MILLIS = 200;
const PIPE_MILLIS = 30_000;

/** What a campaign has done, and what it has to do. */
export interface FuzzPace {
  /** Runs that were there before this invocation. */
  readonly before: number;
  /** Runs that were requested; null: any number. */
  readonly planned: number | null;
  /** Real time that was given, in ms; null: any. */
  readonly millis: number | null;
}

/** Shows on stderr how far a campaign is. */
export class FuzzProgress {
  readonly #io: Io;
  readonly #isWanted: boolean;
  readonly #pace: FuzzPace;
  readonly #started: number;
  #shown: number;
  #isDrawn = false;

  constructor(io: Io, isWanted: boolean, pace: FuzzPace) {
    this.#io = io;
    this.#isWanted = isWanted;
    this.#pace = pace;
    this.#started = performance.now();
    this.#shown = io.stderr.isTTY ? -Infinity : this.#started;
  }

  update(tally: FuzzTally): void {
    const { stderr } = this.#io;
    const now = performance.now();
    if (!this.#isWanted || now - this.#shown < (stderr.isTTY ? TERMINAL_MILLIS : PIPE_MILLIS)) return;
    this.#shown = now;
    const text = progressText(tally, this.#pace, now - this.#started);
    if (!stderr.isTTY) {
      writeLines(stderr, [`whitewater: ${text}`]);
      return;
    }
    // A line as wide as the terminal would wrap, and could not be erased.
    const width = (stderr.columns ?? DEFAULT_WIDTH) - 1;
    stderr.write(`\r${columns(text) > width ? cut(text, width) : text}\u001b[K`);
    this.#isDrawn = true;
  }

  /** Erases the line. */
  clear(): void {
    if (!this.#isDrawn) return;
    this.#io.stderr.write('\r\u001b[K');
    this.#isDrawn = false;
  }
}

/** `1,250/10,000 runs  83 runs/s  2 signatures, 14 failed  41 marks  1m45s left`. */
export function progressText(tally: FuzzTally, { before, planned, millis }: FuzzPace, spent: number): string {
  const { runs, newFailures, newSignatures, marks } = tally;
  const done = runs - before;
  const speed = (done / Math.max(1, spent)) * 1_000;
  const left = [
    ...(planned === null || done === 0 ? [] : [((planned - runs) / done) * spent]),
    ...(millis === null ? [] : [Math.max(0, millis - spent)]),
  ];
  return [
    planned === null ? counted(runs, 'run') : `${grouped(runs)}/${grouped(planned)} runs`,
    `${rounded(speed)} runs/s`,
    ...(newFailures === 0 ? [] : [`${grouped(newFailures)} failed, ${counted(newSignatures.length, 'signature')}`]),
    counted(Object.keys(marks).length, 'mark'),
    ...(left.length === 0 ? [] : [`${elapsed(Math.min(...left))} left`]),
  ].join('  ');
}
