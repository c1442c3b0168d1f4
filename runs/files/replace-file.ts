import { randomBytes } from 'node:crypto';
import { closeSync, fchmodSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';

/**
 * Puts a text in the place of a file, whole or not at all: an interruption or a full disk leaves what was there. The text
 * is written beside it first, under a name that nothing has, and then takes its name. A link of that name is replaced,
 * not followed.
 *
 * @param mode permissions of the file; null: those that new files have
 * @throws the error of the file system
 */
export function replaceFile(path: string, text: string, mode: number | null = null): void {
  const draft = `${path}.${randomBytes(6).toString('hex')}.draft`;
  const file = openSync(draft, 'wx');
  try {
    try {
      if (mode !== null) fchmodSync(file, mode);
      writeFileSync(file, text);
    } finally {
      closeSync(file);
    }
    renameSync(draft, path);
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
}
