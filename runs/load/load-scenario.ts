import { loadScenario as load } from '../../scenarios/language/load.ts';
import type { Scenario } from '../../scenarios/scenario.ts';
import { VOCABULARY } from './vocabulary.ts';

/**
 * Loads a scenario from YAML text, knowing all marks, invariants, events and known bugs of this version.
 *
 * @param text the scenario, as in a file
 * @param file what messages call it; also names a scenario that has no name of its own
 * @throws ScenarioError with every mistake and its place
 *
 * @example
 * ```ts
 * const program = loadScenario('cluster: { nodes: 3 }', 'quiet.yaml');
 * program.cluster.nodes; // ['n1', 'n2', 'n3']
 * ```
 */
export function loadScenario(text: string, file = 'scenario.yaml'): Scenario {
  return load(text, file, VOCABULARY);
}
