import { printable } from './printable.ts';

/** One mistake in a scenario: where it is, and what to do about it. */
export interface Problem {
  readonly file: string;
  /** From 1; 0 in a scenario that was given as an object, and in a setting of the command line. */
  readonly line: number;
  /** From 1, in UTF-16 code units; 0 without a line. */
  readonly column: number;
  /** How much of the line is meant, in UTF-16 code units; at least 1. */
  readonly length: number;
  /** Where in the scenario, such as `script[0].timeout`; empty for the file as a whole. */
  readonly path: string;
  /** What was found, what was expected, and the nearest valid word where there is one. */
  readonly message: string;
  /** The numbered line and a caret line under it; empty when there is no text to show. */
  readonly excerpt: readonly string[];
}

/**
 * A problem of a scenario as people read it: place, path and message, then the line with a caret under the mistake.
 *
 * @example
 * ```ts
 * import { formatProblem, loadScenario, ScenarioError } from 'whitewater';
 *
 * let message = '';
 * try {
 *   loadScenario({ cluster: { nodes: 3 }, script: [{ timeot: 'n1' }] });
 * } catch (error) {
 *   if (error instanceof ScenarioError) message = formatProblem(error.problems[0]!);
 * }
 * message; // 'scenario  script[0].timeot: unknown action "timeot"; did you mean "timeout"?'
 * ```
 */
export function formatProblem(problem: Problem): string {
  const { file, line, column } = problem;
  const place = line === 0 ? file : `${file}:${line}:${column}`;
  const path = problem.path === '' ? '' : `${problem.path}: `;
  return [`${place}  ${path}${problem.message}`, ...problem.excerpt].map(printable).join('\n');
}

/** A scenario that cannot be loaded. Carries every mistake that was found, in the order of the file. */
export class ScenarioError extends Error {
  readonly code = 'scenario-invalid';
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super(problems.map(formatProblem).join('\n'));
    this.name = 'ScenarioError';
    this.problems = problems;
  }

  /**
   * Also for another copy of this class: the command line has its own copy besides the library that a user's module
   * imports.
   */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return value instanceof Error && 'code' in value && value.code === 'scenario-invalid' && 'problems' in value;
  }
}
