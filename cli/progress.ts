import type { Campaign } from '../runs/campaign/campaign.ts';
import { columns, cut } from '../reports/text/layout.ts';
import { grouped, rounded } from '../reports/text/quantities.ts';
import { DEFAULT_WIDTH, type Io, type Output } from './io.ts';
import { titleOf } from '../scenarios/settings.ts';

const EVERY_MILLIS = 100;

/** A line on stderr with the progress of an invocation; nothing where stderr is not a terminal. */
export class Progress {
  readonly #io: Io;
  readonly #isShown: boolean;
  readonly #started = performance.now();
  #updated = -Infinity;
  #isDrawn = false;

  constructor(io: Io, isWanted: boolean) {
    this.#io = io;
    this.#isShown = isWanted && io.stderr.isTTY;
  }

  update(campaign: Campaign): void {
    const now = performance.now();
    if (!this.#isShown || now - this.#updated < EVERY_MILLIS) return;
    this.#updated = now;
    const { runs, passed } = campaign.summary();
    const speed = (runs / Math.max(1, now - this.#started)) * 1_000;
    const failed = runs - passed;
    const text = [
      `${grouped(runs)}/${grouped(campaign.planned)} seeds`,
      `${rounded(speed)} seeds/s`,
      ...(failed > 0 ? [`${grouped(failed)} failed`] : []),
      campaign.current === null ? '' : titleOf(campaign.current.scenario.name, campaign.current.scenario.settings),
    ].join('  ');
    // A line as wide as the terminal would wrap, and could not be erased.
    const width = (this.#io.stderr.columns ?? DEFAULT_WIDTH) - 1;
    this.#io.stderr.write(`\r${columns(text) > width ? cut(text, width) : text}\u001b[K`);
    this.#isDrawn = true;
  }

  /** The same Io, but the line is erased before anything is printed to a terminal. */
  around(io: Io): Io {
    const { stdout, stderr, cwd, env, ask } = io;
    const clearing: Output = {
      write: (text) => {
        if (stdout.isTTY) this.clear();
        stdout.write(text);
      },
      isTTY: stdout.isTTY,
      columns: stdout.columns,
      get isClosed() {
        return stdout.isClosed;
      },
    };
    return {
      ...{ stdout: clearing, stderr, cwd, env, ask },
      onInterrupt: (callback) => io.onInterrupt(callback),
      pause: (millis) => io.pause(millis),
    };
  }

  /** Erases the line. */
  clear(): void {
    if (!this.#isDrawn) return;
    this.#io.stderr.write('\r\u001b[K');
    this.#isDrawn = false;
  }
}
