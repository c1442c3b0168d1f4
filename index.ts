/**
 * Whitewater, a deterministic fault-injection simulation framework for Raft: the public API.
 *
 * @example
 * ```ts
 * import { loadScenario, simulate } from 'whitewater';
 *
 * const scenario = loadScenario(`
 * cluster: { nodes: 3 }
 * script:
 *   - until: { leaders: 1 }
 *   - crash: leader
 *   - until: { leaders: 1 }
 * `);
 * const result = simulate(scenario, '42');
 * result.verdict; // 'pass'
 * result.hash === simulate(scenario, '42').hash; // true
 * ```
 */
export { INVARIANTS, type Invariant } from './checks/invariants.ts';
export { MARKS } from './checks/marks.ts';
export { LIVENESS } from './checks/properties.ts';
export { loadScenario } from './runs/load.ts';
export type { RunResult, TracedRun, Verdict, ViolationReport, Witness } from './runs/result.ts';
export { simulate, type SimulateOptions, traceRun } from './runs/simulate.ts';
export { formatProblem, type Problem, ScenarioError } from './scenarios/errors.ts';
export type { Scenario } from './scenarios/program.ts';
export type { TraceEvent } from './sim/observation.ts';
