import { stampedEngine, stampedVersion } from './stamp.ts';

/** The version of Whitewater, from its package.json. */
export function whitewaterVersion(): string {
  return stampedVersion();
}

/**
 * The versions a repro file records. `engine` is a fingerprint of the program text that a run depends on: the same from
 * the sources, the library and the command line.
 *
 * `runtime` never excuses a difference: the same engine must give the same hash everywhere.
 */
export function presentVersions(): Readonly<Record<string, string>> {
  const { bun, node } = process.versions as Readonly<Record<string, string | undefined>>;
  return {
    whitewater: stampedVersion(),
    engine: stampedEngine(),
    runtime: bun === undefined ? `node ${String(node)}` : `bun ${bun}`,
  };
}
