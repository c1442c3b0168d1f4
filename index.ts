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

export { loadScenario, loadScenarios } from './runs/load/load-scenario.ts';
export { simulate, traceRun } from './runs/simulate/simulate.ts';

/**
 * Every invariant that is checked, by id.
 *
 * @example
 * ```ts
 * import { INVARIANTS } from 'whitewater';
 *
 * INVARIANTS.get('I1')?.title; // 'ElectionSafety'
 * INVARIANTS.get('I1')?.section; // 'Raft §5.2'
 * ```
 */
export { INVARIANTS } from './checks/invariants.ts';

/**
 * Every liveness property that is checked, by id.
 *
 * @example
 * ```ts
 * import { LIVENESS } from 'whitewater';
 *
 * LIVENESS.get('Lv1')?.title; // 'LeaderElected'
 * ```
 */
export { LIVENESS } from './checks/liveness-properties.ts';

/**
 * Every mark by name: situations that a scenario can expect a run to produce.
 *
 * @example
 * ```ts
 * import { loadScenario, MARKS, simulate } from 'whitewater';
 *
 * MARKS.get('leader-elected')?.statement; // 'a node became leader'
 * const scenario = loadScenario({ cluster: { nodes: 3 }, expect: { mark: 'leader-elected' } });
 * simulate(scenario).marks['leader-elected']; // 1
 * ```
 */
export { MARKS } from './checks/marks.ts';

/**
 * Every kind of trace event by name: what `on:` steps wait for and traces show.
 *
 * @example
 * ```ts
 * import { EVENTS } from 'whitewater';
 *
 * EVENTS.has('elected'); // true
 * Object.keys(EVENTS.get('committed')!.fields).includes('index'); // true
 * ```
 */
export { EVENTS } from './runs/load/events.ts';

/**
 * Every known bug by id: `cluster.mutant` runs a scenario with one in every node.
 *
 * @example
 * ```ts
 * import { loadScenario, MUTANTS, simulate } from 'whitewater';
 *
 * const mutant = MUTANTS.get('E1')!;
 * const script = [{ until: { leaders: 1 } }];
 * const { violation } = simulate(loadScenario({ cluster: { nodes: 3, mutant: 'E1' }, script }));
 * mutant.violates.includes(violation!.invariant); // true
 * ```
 */
export { MUTANTS } from './core/mutants/index.ts';

export { formatProblem } from './scenarios/language/errors.ts';

/**
 * A scenario that cannot be loaded. It carries every mistake that was found.
 *
 * @example
 * ```ts
 * import { loadScenario, ScenarioError } from 'whitewater';
 *
 * let found: unknown = null;
 * try {
 *   loadScenario('cluster: { nodse: 3 }', 'typo.yaml');
 * } catch (error) {
 *   found = error;
 * }
 * found instanceof ScenarioError; // true
 * const { line, column, path } = (found as ScenarioError).problems[0]!;
 * [line, column, path]; // [1, 12, 'cluster.nodse']
 * ```
 */
export { ScenarioError } from './scenarios/language/errors.ts';

/**
 * How a run is observed: which invariants count, and what takes the trace events.
 *
 * @example
 * ```ts
 * import { loadScenario, simulate, type SimulateOptions } from 'whitewater';
 *
 * const kinds = new Set<string>();
 * const options: SimulateOptions = { invariants: ['I1', 'I4'], record: ({ kind }) => kinds.add(kind) };
 * simulate(loadScenario('cluster: { nodes: 3 }'), '1', options).verdict; // 'pass'
 * kinds.has('elected'); // true
 * ```
 */
export type { SimulateOptions } from './runs/simulate/simulate.ts';

/**
 * The outcome of one run, as plain data.
 *
 * @example
 * ```ts
 * import { loadScenario, type RunResult, simulate, type Unmet, type UnmetKind, type Verdict } from 'whitewater';
 *
 * const scenario = loadScenario({ cluster: { nodes: 3 }, expect: { mark: 'split-vote' } });
 * const result: RunResult = simulate(scenario, '1');
 * const verdict: Verdict = result.verdict;
 * verdict; // 'unmet'
 * const unmet: readonly Unmet[] = result.unmet;
 * const kind: UnmetKind = unmet[0]!.kind;
 * [kind, unmet[0]!.id]; // ['mark', 'split-vote']
 * ```
 */
export type { RunResult, Unmet, UnmetKind, Verdict } from './runs/simulate/result.ts';

/**
 * A fault of a scenario, and how often it struck in a run.
 *
 * @example
 * ```ts
 * import { type FaultStrikes, loadScenario, simulate } from 'whitewater';
 *
 * const scenario = loadScenario({ cluster: { nodes: 3 }, network: { loss: '20%' }, script: [{ wait: '1s' }] });
 * const fault: FaultStrikes = simulate(scenario, '1').faultStrikes[0]!;
 * [fault.path, fault.kind, fault.strikes > 0]; // ['network.loss', 'loss', true]
 * ```
 */
export type { FaultStrikes } from './runs/simulate/result.ts';

/**
 * A broken invariant with its evidence: the facts that contradict each other, the quorums, the chain of causes, the faults
 * in force.
 *
 * @example
 * ```ts
 * import { type ActiveFault, loadScenario, simulate, type ViolationReport, type Witness } from 'whitewater';
 *
 * const scenario = loadScenario({ cluster: { nodes: 3, mutant: 'E1' }, script: [{ until: { leaders: 1 } }] });
 * const violation: ViolationReport = simulate(scenario).violation!;
 * violation.title; // 'SendAfterPersist'
 * violation.chain[0]!.event === violation.event; // true
 * const witnesses: readonly Witness[] = violation.witnesses;
 * witnesses.every(({ event }) => event <= violation.event); // true
 * const fault: ActiveFault = violation.activeFaults[0]!;
 * [fault.path, fault.kind, fault.target]; // ['cluster.mutant', 'mutant', { node: 'all' }]
 * ```
 */
export type { ActiveFault, ViolationReport, Witness } from './runs/simulate/result.ts';

/**
 * A run with every trace event, as `traceRun` returns it.
 *
 * @example
 * ```ts
 * import { loadScenario, type TracedRun, type TraceEvent, traceRun } from 'whitewater';
 *
 * const run: TracedRun = traceRun(loadScenario('cluster: { nodes: 3 }'), '7');
 * const last: TraceEvent = run.events.at(-1)!;
 * last.cause < last.event; // true
 * ```
 */
export type { TracedRun } from './runs/simulate/result.ts';
/** One thing that happened in a run: see {@link TracedRun}. */
export type { TraceEvent } from './sim/trace-event.ts';

/**
 * A loaded scenario: durations in microseconds, names resolved to indices, every default filled in.
 *
 * @example
 * ```ts
 * import { loadScenario, type Scenario, simulate } from 'whitewater';
 *
 * const scenario: Scenario = loadScenario({ cluster: { nodes: 3 }, settle: { within: '2s' } });
 * scenario.settle; // { within: 2_000_000 }
 * simulate({ ...scenario, settle: null }).unmet[0]!.kind; // 'nothing-happened'
 * ```
 */
export type { Scenario } from './scenarios/scenario.ts';

/**
 * A scenario as an object: the keys and values that a YAML file would have.
 *
 * @example
 * ```ts
 * import { loadScenario, type ScenarioObject } from 'whitewater';
 *
 * const object: ScenarioObject = { name: 'three', cluster: { nodes: 3 } };
 * loadScenario(object).name; // 'three'
 * ```
 */
export type { ScenarioObject } from './runs/load/scenario-object.ts';

/**
 * What a matrix, or `--set` on the command line, has put into a scenario.
 *
 * @example
 * ```ts
 * import { loadScenarios, type Settings, type SettingValue } from 'whitewater';
 *
 * const matrix = { 'network.latency': ['1ms', '20ms..80ms'] };
 * const settings: readonly Settings[] = loadScenarios({ cluster: { nodes: 3 }, matrix }).map(({ settings }) => settings);
 * const latency: SettingValue = settings[1]!['network.latency']!;
 * latency; // '20ms..80ms'
 * ```
 */
export type { Settings, SettingValue } from './scenarios/settings.ts';

/**
 * One mistake in a scenario, and where it is.
 *
 * @example
 * ```ts
 * import { loadScenario, type Problem, ScenarioError } from 'whitewater';
 *
 * let problems: readonly Problem[] = [];
 * try {
 *   loadScenario('cluster: { nodes: 3 }\nseed: [1]', 'a.yaml');
 * } catch (error) {
 *   problems = (error as ScenarioError).problems;
 * }
 * [problems[0]!.file, problems[0]!.line, problems[0]!.path]; // ['a.yaml', 2, 'seed']
 * ```
 */
export type { Problem } from './scenarios/language/errors.ts';

/**
 * What the lists of this package hold: each entry has an id and a statement.
 *
 * @example
 * ```ts
 * import { EVENTS, type EventKind, type Invariant, INVARIANTS, type Mutant, MUTANTS } from 'whitewater';
 *
 * const invariants: ReadonlyMap<string, Invariant> = INVARIANTS;
 * const events: ReadonlyMap<string, EventKind> = EVENTS;
 * const mutants: ReadonlyMap<string, Mutant> = MUTANTS;
 * [invariants, events, mutants].every((list) => [...list].every(([id, entry]) => entry.id === id)); // true
 * ```
 */
export type { Invariant } from './checks/invariants.ts';
export type { Mutant } from './core/mutants/mutant.ts';
export type { EventKind } from './runs/load/events.ts';
