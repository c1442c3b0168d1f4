import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findScenarios } from '../../scenarios/files.ts';

/** A scenario that comes with Whitewater. */
export interface BundledScenario {
  /** That of its file, without `.yaml`; no two have the same. */
  readonly name: string;
  /** Its folder in the library, such as `election`. */
  readonly topic: string;
  readonly path: string;
}

/** Every bundled scenario, by topic and name. Empty if the library is not there. */
export function bundledScenarios(): readonly BundledScenario[] {
  const library = libraryFolder();
  if (library === null) return [];
  return findScenarios([library]).flatMap((path) => {
    const [topic, file, ...deeper] = path.slice(library.length + 1).split(/[\\/]/u);
    if (topic === undefined || file === undefined || deeper.length > 0) return [];
    return [{ name: file.replace(/\.ya?ml$/u, ''), topic, path }];
  });
}

/** The JSON Schema of the package; null if it is not there. */
export function schemaPath(): string | null {
  const library = libraryFolder();
  const path = library === null ? null : join(dirname(library), 'scenario.schema.json');
  return path !== null && existsSync(path) ? path : null;
}

/**
 * The folder `scenarios/library` of the package: the nearest one above this file. The file may run from `runs/` of the
 * repository, from `dist/runs/` of the package, or from a bundle in `dist/cli/`.
 */
function libraryFolder(): string | null {
  let folder = dirname(fileURLToPath(import.meta.url));
  for (;;) {
    const library = join(folder, 'scenarios', 'library');
    if (existsSync(library)) return library;
    const parent = dirname(folder);
    if (parent === folder) return null;
    folder = parent;
  }
}
