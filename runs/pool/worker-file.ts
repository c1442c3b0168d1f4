import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * The module for worker threads: the nearest one above this file, which may run from `dist/runs/pool/` of the package or from
 * a bundle in `dist/cli/`. Null where it was not built, as in a checkout that a test runner compiles.
 */
export function workerFile(): string | null {
  let folder = dirname(fileURLToPath(import.meta.url));
  for (;;) {
    const file = join(folder, 'runs', 'pool', 'worker.js');
    if (existsSync(file)) return file;
    const parent = dirname(folder);
    if (parent === folder) return null;
    folder = parent;
  }
}
