import { ScenarioError } from '../language/errors.ts';
import { VOCABULARY } from './examples.ts';
import { loadScenario } from '../language/load.ts';
import type { Scenario } from '../scenario.ts';

/** Loads a scenario with the vocabulary of the examples. */
export function load(text: string): Scenario {
  return loadScenario(text, 'scenarios/a.yaml', VOCABULARY);
}

/** `line:column path: message` of every problem. */
export function mistakes(text: string): string[] {
  try {
    load(text);
    return [];
  } catch (error) {
    if (!(error instanceof ScenarioError)) throw error;
    return error.problems.map(({ line, column, path, message }) => `${line}:${column} ${path}: ${message}`);
  }
}

/** The steps of a script in a cluster of three, with two clients. The script begins on line 4. */
export function inScript(steps: string): string {
  const indented = steps.replace(/^/gmu, '  ');
  return `cluster: { nodes: 3 }\nclients: { count: 2, ops: none }\nscript:\n${indented}\n`;
}
