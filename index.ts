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
export { LIVENESS } from './checks/liveness-properties.ts';
export { loadScenario } from './runs/load/load-scenario.ts';
export type { RunResult, TracedRun, Verdict, ViolationReport, Witness } from './runs/simulate/result.ts';
export { simulate, type SimulateOptions, traceRun } from './runs/simulate/simulate.ts';
export { formatProblem, type Problem, ScenarioError } from './scenarios/language/errors.ts';
export type { Scenario } from './scenarios/scenario.ts';
export type { TraceEvent } from './sim/trace-event.ts';
