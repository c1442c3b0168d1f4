import { type Problem, ScenarioError } from '../../scenarios/language/errors.ts';
import { formatPath, type Path } from '../../scenarios/language/problems.ts';
import type { Scenario, Step } from '../../scenarios/scenario.ts';

/** A scenario as an object: the keys of the language, with text, numbers, true and false, null, lists and objects. */
export interface ScenarioObject {
  readonly [key: string]: unknown;
}

/**
 * Loads scenarios from an object. JSON is YAML, so the object is loaded as its JSON text, with the same checks; the
 * places in that text mean nothing to the caller, and are left out of problems and steps.
 *
 * @param load loads them from that text
 * @throws ScenarioError with every mistake and its path
 */
export function fromObject(
  source: ScenarioObject,
  file: string,
  load: (text: string) => readonly Scenario[],
): readonly Scenario[] {
  const unwritable = problemsOf(source, [], file, []);
  if (unwritable.length > 0) throw new ScenarioError(unwritable);
  try {
    return load(JSON.stringify(source)).map((scenario) => {
      return { ...scenario, script: withoutLines(scenario.script), timeline: withoutLines(scenario.timeline) };
    });
  } catch (error) {
    if (!(error instanceof ScenarioError)) throw error;
    throw new ScenarioError(error.problems.map((problem) => ({ ...problem, ...NOWHERE })));
  }
}

const NOWHERE = { line: 0, column: 0, length: 1, excerpt: [] } as const;

/** Values that JSON would leave out or change. */
function problemsOf(value: unknown, path: Path, file: string, above: readonly unknown[]): Problem[] {
  const problem = (message: string): Problem[] => [{ file, ...NOWHERE, path: formatPath(path), message }];
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return [];
  if (typeof value === 'number') {
    return Number.isFinite(value) ? [] : problem(`expected a finite number, got ${value}`);
  }
  // A key without a value is a key left out.
  if (value === undefined) return [];
  if (typeof value !== 'object') return problem(`expected text, a number, a list or an object, got a ${typeof value}`);
  if (above.includes(value)) return problem('this object contains itself');
  const inner = [...above, value];
  if (Array.isArray(value)) {
    return value.flatMap((item: unknown, index) =>
      item === undefined
        ? [{ file, ...NOWHERE, path: formatPath([...path, index]), message: 'expected a value, got undefined' }]
        : problemsOf(item, [...path, index], file, inner),
    );
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    return problem('expected a plain object, got an instance of a class');
  }
  return Object.entries(value).flatMap(([key, item]) => problemsOf(item, [...path, key], file, inner));
}

function withoutLines(steps: readonly Step[]): readonly Step[] {
  return steps.map((step) => {
    const { action } = step;
    const inner = {
      ...('do' in action ? { do: withoutLines(action.do) } : {}),
      ...('else' in action ? { else: withoutLines(action.else) } : {}),
    };
    return { ...step, line: 0, action: { ...action, ...inner } };
  });
}
