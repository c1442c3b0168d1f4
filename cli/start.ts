import { EXIT } from '../runs/campaign/exit-code.ts';
import { main } from './command-line.ts';
import { reportDefect } from './defect.ts';
import type { Io, Output } from './io.ts';

const INTERRUPTS = ['SIGINT', 'SIGTERM'] as const;

function outputTo(stream: NodeJS.WriteStream): Output {
  let isClosed = false;
  stream.on('error', (error: NodeJS.ErrnoException) => {
    // The reader has gone, as `head` does when it has enough.
    if (error.code !== 'EPIPE') throw error;
    isClosed = true;
  });
  return {
    write: (text) => {
      if (!isClosed) stream.write(text);
    },
    // A stream that is not a terminal has neither.
    isTTY: Boolean(stream.isTTY),
    get columns() {
      return (stream.columns as number | undefined) ?? null;
    },
    get isClosed() {
      return isClosed;
    },
  };
}

const io: Io = {
  stdout: outputTo(process.stdout),
  stderr: outputTo(process.stderr),
  cwd: process.cwd(),
  env: process.env,
  onInterrupt: (callback) => {
    for (const signal of INTERRUPTS) process.on(signal, callback);
    return () => {
      for (const signal of INTERRUPTS) process.off(signal, callback);
    };
  },
};

const argv = process.argv.slice(2);
try {
  // Not process.exit: output that a pipe has not taken yet would be lost.
  process.exitCode = await main(argv, io);
} catch (error) {
  reportDefect(error, argv, io);
  process.exitCode = EXIT.defect;
}
