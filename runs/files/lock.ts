import { readFileSync, rmSync } from 'node:fs';
import { makeFile } from './new-file.ts';
import { replaceFile } from './replace-file.ts';

/**
 * Takes a lock: a file with the number of the process that has it. The lock of a process that is gone is taken from it.
 *
 * @returns null if it was taken; otherwise the number of the process that has it
 * @throws the error of the file system
 */
export function takeLock(path: string): number | null {
  const own = `${process.pid}\n`;
  if (makeFile(path, own)) return null;
  const owner = Number(readFileSync(path, 'utf8'));
  if (owner !== process.pid && isRunning(owner)) return owner;
  replaceFile(path, own);
  return null;
}

/** Gives a lock back. Where it cannot be removed, it is taken when this process is gone. */
export function releaseLock(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // The folder is gone, or cannot be written.
  }
}

function isRunning(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // A process of another user cannot be sent signals, but is there.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
