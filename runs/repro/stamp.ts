import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { engineFingerprint } from './fingerprint.ts';

// In a checkout the stamp is computed from the sources. The build replaces this module by one that holds the same values
// as constants (see build.mjs), so that the command line and the library record them without the sources.

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** The version of Whitewater, as in package.json. */
export function stampedVersion(): string {
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
  return version;
}

/** The fingerprint of the engine; see `engineFingerprint`. */
export function stampedEngine(): string {
  return engineFingerprint(ROOT);
}
