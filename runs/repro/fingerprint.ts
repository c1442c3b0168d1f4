import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { RollingHash } from '../../sim/base/hash.ts';

/** The sources that decide what happens in a run or how it is reported. */
const ENGINE_FOLDERS = ['sim', 'core', 'checks', 'scenarios', 'runs/load', 'runs/simulate'];

/**
 * The fingerprint of the engine whose sources stand below `root`: 16 hex digits.
 *
 * It is a hash of program text. Two states of the code can share a version number between releases, and a number
 * kept by hand is forgotten exactly when it matters. A hash of golden runs would miss a change that only one scenario
 * meets. The text misses nothing. It also changes with a comment, which costs no more than a sentence in the report of
 * a replay that still reproduces. The text is that of the TypeScript sources: compilers and bundlers each print the
 * same program differently. The packages belong to it by their pinned versions, since random numbers and the reading of
 * YAML are theirs.
 */
export function engineFingerprint(root: string): string {
  const hash = new RollingHash();
  for (const file of ENGINE_FOLDERS.flatMap((folder) => sourcesBelow(root, folder))) {
    hash.text(file);
    hash.text(readFileSync(join(root, file), 'utf8').replaceAll('\r\n', '\n'));
  }
  const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { dependencies: unknown };
  hash.text(JSON.stringify(dependencies));
  return hash.digest();
}

/** Sources below a folder without tests and their rigs, in an order that is the same on every file system. */
function sourcesBelow(root: string, folder: string): string[] {
  const entries = readdirSync(join(root, folder), { withFileTypes: true });
  return entries
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = `${folder}/${entry.name}`;
      if (entry.isDirectory()) return entry.name === 'testing' ? [] : sourcesBelow(root, path);
      return path.endsWith('.ts') && !path.endsWith('.test.ts') ? [path] : [];
    });
}
