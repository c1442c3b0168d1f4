import { closeSync, openSync, rmSync, writeFileSync } from 'node:fs';

/**
 * Makes a file where nothing stands, whole or not at all. What stands there is left as it is, also a link that leads
 * nowhere.
 *
 * @returns whether it was made; false: something stands there
 * @throws any other error of the file system
 */
export function makeFile(path: string, text: string): boolean {
  const file = openNew(path);
  if (file === null) return false;
  try {
    try {
      writeFileSync(file, text);
    } finally {
      closeSync(file);
    }
    return true;
  } catch (error) {
    rmSync(path, { force: true });
    throw error;
  }
}

function openNew(path: string): number | null {
  try {
    return openSync(path, 'wx');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return null;
    throw error;
  }
}
