import type { Io, Output } from '../io.ts';

/** An Io that keeps what is written, for tests. */
export class RecordingIo implements Io {
  readonly stdout: RecordingOutput;
  readonly stderr: RecordingOutput;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly ask: Io['ask'];
  /** Takes the place of real time. */
  pause: Io['pause'] = () => Promise.reject(new Error('nothing pauses here'));
  /** Whether a callback for interrupts is registered. */
  get listens(): boolean {
    return this.#listeners.size > 0;
  }
  readonly #listeners = new Set<() => void>();

  constructor(cwd: string, { isTTY = false, columns = null as number | null, env = {}, ask = null as Io['ask'] } = {}) {
    this.stdout = new RecordingOutput(isTTY, columns);
    this.stderr = new RecordingOutput(isTTY, columns);
    this.cwd = cwd;
    this.env = env;
    this.ask = ask;
  }

  onInterrupt(callback: () => void): () => void {
    this.#listeners.add(callback);
    return () => this.#listeners.delete(callback);
  }

  interrupt(): void {
    for (const listener of this.#listeners) listener();
  }
}

class RecordingOutput implements Output {
  text = '';
  isClosed = false;
  readonly isTTY: boolean;
  readonly columns: number | null;

  constructor(isTTY: boolean, columns: number | null) {
    this.isTTY = isTTY;
    this.columns = columns;
  }

  write(text: string): void {
    this.text += text;
  }
}
