import { statSync } from 'node:fs';
import { readScenarioText } from '../../scenarios/files.ts';
import { type Problem, ScenarioError } from '../../scenarios/language/errors.ts';
import { loadScenarios as loadText } from '../../scenarios/language/load.ts';
import { together } from '../../scenarios/language/matrix.ts';
import type { Setting } from '../../scenarios/language/settings.ts';
import type { Scenario } from '../../scenarios/scenario.ts';
import { findArguments, type FoundScenarios, type ScenarioFile } from './find-scenarios.ts';
import { VOCABULARY } from './vocabulary.ts';

export { formatProblem } from '../../scenarios/language/errors.ts';
export { suggestion } from '../../scenarios/language/did-you-mean.ts';
export { type Setting, settingOf } from '../../scenarios/language/settings.ts';
export { jsonSchema } from '../../scenarios/language/schema.ts';

export interface LoadedScenario {
  readonly scenario: Scenario;
  readonly file: ScenarioFile;
  /** The file's text, for the repro files made from it; null where it can be read only once, as from a pipe. */
  readonly text: string | null;
}

/** The scenarios of some files, and every mistake of every one of them that cannot be loaded. */
export interface Loading {
  /** Every combination of a matrix is one. */
  readonly scenarios: readonly LoadedScenario[];
  readonly problems: readonly Problem[];
  /** What is valid in the others, but hardly what was meant. */
  readonly warnings: readonly Problem[];
  /** Files that were read or looked for. */
  readonly files: number;
}

/** Loads files and folders, relative to `cwd`, and bundled scenarios by name. */
export function loadScenarios(paths: readonly string[], cwd: string = process.cwd()): Loading {
  return loadFound(findArguments(paths, cwd));
}

/** @param given settings of the command line, which every scenario gets */
export function loadFound(
  { files, problems: unreadable }: Pick<FoundScenarios, 'files' | 'problems'>,
  given: readonly Setting[] = [],
): Loading {
  const scenarios: LoadedScenario[] = [];
  const problems: Problem[] = [...unreadable];
  const warnings: Problem[] = [];
  for (const file of files) {
    try {
      const text = readScenarioText(file.path);
      const loaded = loadText(text, file.path, VOCABULARY, given).map((scenario): Scenario => {
        const own = scenario.warnings.map((problem) => ({ ...problem, file: file.shown }));
        return { ...scenario, file: file.shown, warnings: own };
      });
      warnings.push(...together(loaded.map((scenario) => scenario.warnings)));
      const kept = statSync(file.path).isFile() ? text : null;
      scenarios.push(...loaded.map((scenario) => ({ scenario, file, text: kept })));
    } catch (error) {
      if (!(error instanceof ScenarioError)) throw error;
      problems.push(...error.problems.map((problem) => ({ ...problem, file: file.shown })));
    }
  }
  const bad = new Set(problems.map(({ file }) => file));
  const good = new Set(scenarios.map(({ file }) => file));
  return { scenarios, problems, warnings, files: good.size + bad.size };
}
