import { readFileSync, statSync } from 'node:fs';
import { readScenario } from '../../scenarios/files.ts';
import { type Problem, ScenarioError } from '../../scenarios/language/errors.ts';
import type { Scenario } from '../../scenarios/scenario.ts';
import { findArguments, type FoundScenarios, type ScenarioFile } from './find-scenarios.ts';
import { VOCABULARY } from './vocabulary.ts';

export { formatProblem } from '../../scenarios/language/errors.ts';
export { suggestion } from '../../scenarios/language/did-you-mean.ts';
export { jsonSchema } from '../../scenarios/language/schema.ts';

export interface LoadedScenario {
  readonly scenario: Scenario;
  readonly file: ScenarioFile;
  /** The file's text, for the repro files made from it; null where it can be read only once, as from a pipe. */
  readonly text: string | null;
  /** The known bug that it was given on the command line. Left out: none. */
  readonly mutant?: string;
}

/** The scenarios of some files, and every mistake of every one of them that cannot be loaded. */
export interface Loading {
  readonly scenarios: readonly LoadedScenario[];
  readonly problems: readonly Problem[];
  /** Files that were read or looked for. */
  readonly files: number;
}

/** Loads files and folders, relative to `cwd`, and bundled scenarios by name. */
export function loadScenarios(paths: readonly string[], cwd: string = process.cwd()): Loading {
  return loadFound(findArguments(paths, cwd));
}

export function loadFound({ files, problems: unreadable }: Pick<FoundScenarios, 'files' | 'problems'>): Loading {
  const scenarios: LoadedScenario[] = [];
  const problems: Problem[] = [...unreadable];
  for (const file of files) {
    try {
      const scenario = readScenario(file.path, VOCABULARY);
      const warnings = scenario.warnings.map((problem) => ({ ...problem, file: file.shown }));
      scenarios.push({ scenario: { ...scenario, file: file.shown, warnings }, file, text: textOf(file.path) });
    } catch (error) {
      if (!(error instanceof ScenarioError)) throw error;
      problems.push(...error.problems.map((problem) => ({ ...problem, file: file.shown })));
    }
  }
  const bad = new Set(problems.map(({ file }) => file));
  return { scenarios, problems, files: scenarios.length + bad.size };
}

function textOf(file: string): string | null {
  return statSync(file).isFile() ? readFileSync(file, 'utf8') : null;
}
