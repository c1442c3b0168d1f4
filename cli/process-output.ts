import { fstatSync, writeFileSync } from 'node:fs';
import { reasonOf } from '../runs/files/system-error.ts';
import type { Output } from './io.ts';

/** `process.stdout` or `process.stderr`. */
type ProcessStream = NodeJS.WriteStream & { readonly fd: number };

/** Standard output or standard error of the process. What cannot be written never ends the process. */
export class ProcessOutput implements Output {
  readonly #stream: ProcessStream;
  readonly #isFile: boolean;
  #isClosed = false;
  #failure: string | null = null;

  constructor(stream: ProcessStream) {
    this.#stream = stream;
    this.#isFile = !this.isTTY && isFileOrDevice(stream.fd);
    stream.on('error', (error) => this.#fail(error));
  }

  write(text: string): void {
    if (this.isClosed) return;
    if (!this.#isFile) {
      this.#stream.write(text);
      return;
    }
    try {
      // A stream does not notice that a full disk took only a part of what it wrote.
      writeFileSync(this.#stream.fd, text);
    } catch (error) {
      this.#fail(error);
    }
  }

  get isTTY(): boolean {
    // A stream that is not a terminal has no such field.
    return Boolean(this.#stream.isTTY);
  }

  get columns(): number | null {
    // A terminal that was never given a size says 0.
    return this.#stream.columns || null;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Why something could not be written; null if everything was, or if the reader went away. */
  get failure(): string | null {
    return this.#failure;
  }

  /** Until everything is written, or cannot be. */
  flushed(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#isFile) resolve();
      else this.#stream.write('', () => resolve());
    });
  }

  #fail(error: unknown): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    // The reader has gone, as `head` does when it has enough.
    const isReaderGone = error instanceof Error && 'code' in error && error.code === 'EPIPE';
    if (!isReaderGone) this.#failure = reasonOf(error);
  }
}

/** Whether a descriptor is neither a pipe nor a socket. */
function isFileOrDevice(descriptor: number): boolean {
  const stats = fstatSync(descriptor);
  return stats.isFile() || stats.isCharacterDevice() || stats.isBlockDevice();
}
