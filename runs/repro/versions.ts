import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { RollingHash } from '../../sim/base/hash.ts';

/** Everything that decides what happens in a run, or what is said about it. */
const ENGINE_FOLDERS = ['sim', 'core', 'checks', 'scenarios', 'runs/simulate'];
const ENGINE_FILES: readonly string[] = [];

/** The folder that holds `runs/`: `dist` of the package, or the repository. */
const HOME = fileURLToPath(new URL('../..', import.meta.url));

/** The version of Whitewater, from its package.json. */
export function whitewaterVersion(): string {
  for (const folder of [HOME, join(HOME, '..')]) {
    const version = versionIn(join(folder, 'package.json'));
    if (version !== null) return version;
  }
  return 'unknown';
}

function versionIn(file: string): string | null {
  const text = textOf(file);
  if (text === null) return null;
  const { name, version } = JSON.parse(text) as { name?: unknown; version?: unknown };
  return name === 'whitewater' && typeof version === 'string' ? version : null;
}

/**
 * The versions a repro file records. `engine` is a fingerprint of the program text that a run depends on. Two releases
 * can share a version number while somebody works on the code, and a constant kept by hand is forgotten exactly when
 * it matters. A hash of golden runs would miss a change that only this scenario meets. The text misses nothing; it
 * also changes with a comment, which costs no more than a sentence in the report of a replay that still reproduces.
 *
 * `runtime` never excuses a difference: the same engine must give the same hash everywhere.
 */
export function presentVersions(): Readonly<Record<string, string>> {
  const { bun, node } = process.versions as Readonly<Record<string, string | undefined>>;
  return {
    whitewater: whitewaterVersion(),
    engine: engineFingerprint(),
    runtime: bun === undefined ? `node ${String(node)}` : `bun ${bun}`,
  };
}

function engineFingerprint(): string {
  const hash = new RollingHash();
  const fixed = ENGINE_FILES.flatMap((file) => [`${file}.js`, `${file}.ts`]);
  for (const file of [...ENGINE_FOLDERS.flatMap((folder) => codeBelow(folder)), ...fixed]) {
    const text = textOf(join(HOME, file));
    if (text === null) continue;
    hash.text(file);
    hash.text(text.replaceAll('\r\n', '\n'));
  }
  return hash.digest();
}

/** Code files below a folder, in an order that is the same on every file system. */
function codeBelow(folder: string): string[] {
  const entries = readdirSync(join(HOME, folder), { withFileTypes: true });
  return entries
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = `${folder}/${entry.name}`;
      if (entry.isDirectory()) return codeBelow(path);
      return /\.[jt]s$/u.test(path) && !/\.(?:d|test)\.ts$|\.test\.js$/u.test(path) ? [path] : [];
    });
}

function textOf(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}
