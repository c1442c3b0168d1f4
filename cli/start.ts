import { createInterface } from 'node:readline';
import { setTimeout } from 'node:timers/promises';
import { EXIT, worstExitCode } from '../runs/campaign/exit-code.ts';
import { main } from './command-line.ts';
import { reportDefect } from './defect.ts';
import { type Io, writeLines } from './io.ts';
import { ProcessOutput } from './process-output.ts';

const INTERRUPTS = ['SIGINT', 'SIGTERM'] as const;

const stdout = new ProcessOutput(process.stdout);

const io: Io = {
  stdout,
  stderr: new ProcessOutput(process.stderr),
  cwd: process.cwd(),
  env: process.env,
  onInterrupt: (callback) => {
    for (const signal of INTERRUPTS) process.on(signal, callback);
    return () => {
      for (const signal of INTERRUPTS) process.off(signal, callback);
    };
  },
  pause: (millis) => setTimeout(millis),
  ask: process.stdin.isTTY && process.stdout.isTTY ? ask : null,
};

/** The line that the user enters; null if the user ends the input instead. */
function ask(question: string): Promise<string | null> {
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  return new Promise((resolve) => {
    terminal.on('close', () => {
      process.stdout.write('\n');
      resolve(null);
    });
    terminal.question(question, (line) => {
      terminal.removeAllListeners('close');
      terminal.close();
      resolve(line.trim());
    });
  });
}

const argv = process.argv.slice(2);
// Without this the exit code would be 1, which means a violation.
process.on('uncaughtException', (error) => {
  reportDefect(error, argv, io);
  process.exit(EXIT.defect);
});

// Not process.exit: output that a pipe has not taken yet would be lost.
process.exitCode = await main(argv, io);
await stdout.flushed();
if (stdout.failure !== null) {
  writeLines(io.stderr, [`whitewater: cannot write to standard output: ${stdout.failure}`]);
  process.exitCode = worstExitCode([process.exitCode, EXIT.cannotWrite]);
}
