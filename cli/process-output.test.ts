import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { ProcessOutput } from './process-output.ts';

type Stream = ConstructorParameters<typeof ProcessOutput>[0];

/** As `process.stdout` is; a stream over a pipe has its descriptor only for looking at it. */
function streamOf(fd: number, stream: object = new PassThrough()): Stream {
  return Object.assign(stream, { fd }) as unknown as Stream;
}

function withFile(path: string, flags: string, use: (output: ProcessOutput) => void): void {
  const fd = openSync(path, flags);
  try {
    use(new ProcessOutput(streamOf(fd)));
  } finally {
    closeSync(fd);
  }
}

function withPipe(use: (output: ProcessOutput, stream: PassThrough) => Promise<void>): Promise<void> {
  const stream = Object.assign(new PassThrough(), { isTTY: true });
  return use(new ProcessOutput(streamOf(1, stream)), stream);
}

const error = (code: string, errno: number) => Object.assign(new Error(code), { code, errno });

describe('an output to a file', () => {
  it('has everything that was written, in order', () => {
    const folder = mkdtempSync(join(tmpdir(), 'whitewater-output-'));
    const file = join(folder, 'a.txt');
    withFile(file, 'w', (output) => {
      for (const text of ['one\n', 'two\n']) output.write(text);
      expect([output.isClosed, output.failure, output.columns]).toEqual([false, null, null]);
    });
    expect(readFileSync(file, 'utf8')).toBe('one\ntwo\n');
    rmSync(folder, { recursive: true });
  });

  it.skipIf(!existsSync('/dev/full'))('on a full disk says why it failed, and takes nothing more', () => {
    withFile('/dev/full', 'w', (output) => {
      output.write('one');
      expect([output.isClosed, output.failure]).toEqual([true, 'no space left on device (ENOSPC)']);
      output.write('two');
    });
  });

  it('that is open for reading only has failed, too', () => {
    withFile(import.meta.filename, 'r', (output) => {
      output.write('one');
      expect(output.failure).toBe('bad file descriptor (EBADF)');
    });
  });
});

describe('an output to a stream', () => {
  it('is flushed when everything is written', async () => {
    await withPipe(async (output, stream) => {
      output.write('one');
      await output.flushed();
      expect([stream.read()?.toString(), output.failure]).toEqual(['one', null]);
    });
  });

  it('of which the reader goes away is closed, which is no failure', async () => {
    await withPipe(async (output, stream) => {
      stream.destroy(error('EPIPE', -32));
      await output.flushed();
      expect([output.isClosed, output.failure]).toEqual([true, null]);
      output.write('one');
      await output.flushed();
      expect(output.failure).toBe(null);
    });
  });

  it('has the width of its terminal, and none where the terminal does not know it', () => {
    const width = (columns: number) =>
      new ProcessOutput(streamOf(1, Object.assign(new PassThrough(), { columns }))).columns;
    expect([width(120), width(0)]).toEqual([120, null]);
  });

  it('that fails otherwise says why, and the first reason stays', async () => {
    await withPipe(async (output, stream) => {
      stream.destroy(error('EIO', -5));
      await output.flushed();
      expect(output.failure).toMatch(/\(EIO\)$/u);
      stream.emit('error', error('ENOSPC', -28));
      expect(output.failure).toMatch(/\(EIO\)$/u);
    });
  });
});
