import { loadScenario as loadText, loadScenarios as loadTexts } from '../../scenarios/language/load.ts';
import type { Scenario } from '../../scenarios/scenario.ts';
import { isScenario, typeName } from '../simulate/check-arguments.ts';
import { fromObject, type ScenarioObject } from './scenario-object.ts';
import { VOCABULARY } from './vocabulary.ts';

export type { ScenarioObject } from './scenario-object.ts';

/**
 * Loads a scenario from YAML text, or from an object with the same keys and values. It knows the marks, invariants, trace
 * events and known bugs of this version.
 *
 * @param source the text of a scenario, as in a file; or what YAML would make of such a text
 * @param file what messages call it; names a scenario that has no name of its own
 * @throws ScenarioError with every mistake and its place: line and column in a text, the path in an object; also if it has
 * a matrix with several combinations, which are several scenarios: see {@link loadScenarios}
 * @throws TypeError if an argument is not of its type
 *
 * @example
 * ```ts
 * import { loadScenario } from 'whitewater';
 *
 * const scenario = loadScenario('cluster: { nodes: 3 }', 'quiet.yaml');
 * scenario.name; // 'quiet'
 * scenario.cluster.nodes; // ['n1', 'n2', 'n3']
 *
 * loadScenario({ cluster: { nodes: 3 }, script: [{ wait: '1s' }] }).script.length; // 1
 * ```
 */
export function loadScenario(source: string | ScenarioObject, file = 'scenario'): Scenario {
  const [scenario] = loaded(source, file, (text) => [loadText(text, file, VOCABULARY)]);
  return scenario!;
}

/**
 * Loads every combination of the matrix of a scenario; without a matrix, the scenario alone. They have one name, and differ
 * in their `settings`.
 *
 * @param source the text of a scenario, as in a file; or what YAML would make of such a text
 * @param file what messages call it; names a scenario that has no name of its own
 * @throws ScenarioError with every mistake of every combination
 * @throws TypeError if an argument is not of its type
 *
 * @example
 * ```ts
 * import { loadScenarios, simulate } from 'whitewater';
 *
 * const scenarios = loadScenarios({ cluster: { nodes: 3 }, matrix: { 'cluster.nodes': [3, 5] } });
 * scenarios.map(({ cluster }) => cluster.nodes.length); // [3, 5]
 * scenarios.map((scenario) => simulate(scenario, '7').settings); // [{ 'cluster.nodes': 3 }, { 'cluster.nodes': 5 }]
 * ```
 */
export function loadScenarios(source: string | ScenarioObject, file = 'scenario'): readonly Scenario[] {
  return loaded(source, file, (text) => loadTexts(text, file, VOCABULARY));
}

function loaded(
  source: string | ScenarioObject,
  file: string,
  load: (text: string) => readonly Scenario[],
): readonly Scenario[] {
  if (typeof file !== 'string') throw new TypeError(`file: expected a path or a name, got ${typeName(file)}`);
  if (typeof source === 'string') return load(source);
  if (isScenario(source)) {
    throw new TypeError(
      'source: expected the text of a scenario or an object, got a Scenario, which is loaded already',
    );
  }
  if (typeof source !== 'object' || source === null || Array.isArray(source)) {
    throw new TypeError(`source: expected the text of a scenario, or a scenario as an object, got ${typeName(source)}`);
  }
  return fromObject(source, file, load);
}
