import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { ScenarioError, type Problem } from '../../scenarios/language/errors.ts';
import { findScenarios, readScenario } from '../../scenarios/files.ts';
import type { Scenario } from '../../scenarios/scenario.ts';
import { VOCABULARY } from './vocabulary.ts';

export { formatProblem } from '../../scenarios/language/errors.ts';
export { suggestion } from '../../scenarios/language/did-you-mean.ts';
export { jsonSchema } from '../../scenarios/language/schema.ts';

export interface LoadedScenario {
  readonly program: Scenario;
  /** The file's text, for the repro files made from it; null where it can be read only once, as from a pipe. */
  readonly text: string | null;
}

/** The scenarios that paths mean, and every mistake of every one of them that cannot be loaded. */
export interface Loading {
  readonly scenarios: readonly LoadedScenario[];
  readonly problems: readonly Problem[];
  /** Files that were looked at or looked for. */
  readonly files: number;
}

/** Loads files and folders, relative to `cwd`; see `findScenarios` for what a folder means. */
export function loadScenarios(paths: readonly string[], cwd: string = process.cwd()): Loading {
  const scenarios: LoadedScenario[] = [];
  const problems: Problem[] = [];
  const files = new Set<string>();
  // Paths are shown as they were given wherever that is possible.
  for (const path of cwd === process.cwd() ? paths : paths.map((one) => resolve(cwd, one))) {
    for (const file of collecting(problems, () => findScenarios([path])) ?? []) files.add(file);
  }
  for (const file of files) {
    const program = collecting(problems, () => readScenario(file, VOCABULARY));
    if (program !== null) scenarios.push({ program, text: textOf(file) });
  }
  const bad = new Set(problems.map(({ file }) => file));
  return { scenarios, problems, files: scenarios.length + bad.size };
}

function collecting<T>(problems: Problem[], load: () => T): T | null {
  try {
    return load();
  } catch (error) {
    if (!(error instanceof ScenarioError)) throw error;
    problems.push(...error.problems);
    return null;
  }
}

function textOf(file: string): string | null {
  return statSync(file).isFile() ? readFileSync(file, 'utf8') : null;
}
