import { existsSync, lstatSync, mkdirSync, mkdtempSync, rmdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { reasonOf } from './system-error.ts';

/** Makes a folder and those above it. Node's own way of doing so never returns where none can be made, as in /proc. */
export function makeFolder(folder: string): void {
  if (existsSync(folder)) return;
  makeFolder(dirname(folder));
  mkdirSync(folder);
}

/**
 * Why nothing can be written into a folder, which need not exist; null if something can. Permissions alone do not tell,
 * so it is tried: a folder is made and removed, in the folder itself or in the nearest one above it that exists.
 *
 * @param folder an absolute path
 */
export function whyUnwritable(folder: string): string | null {
  try {
    rmdirSync(mkdtempSync(join(nearestAbove(folder), '.whitewater-')));
    return null;
  } catch (error) {
    return reasonOf(error);
  }
}

/** The path itself, or the nearest above it where anything stands, be it a file or a link that leads nowhere. */
function nearestAbove(path: string): string {
  return lstatSync(path, { throwIfNoEntry: false }) === undefined ? nearestAbove(dirname(path)) : path;
}
