import type { Rules } from '../../core/rules/index.ts';
import type { Scenario } from '../../scenarios/scenario.ts';
import type { TraceEvent } from '../../sim/trace-event.ts';
import { drawOf } from '../load/drawn-scenario.ts';
import { probes } from './build-simulation.ts';
import { checkArguments } from './check-arguments.ts';
import type { Recording } from '../../scenarios/interpreter/recording.ts';
import type { RunResult, TracedRun } from './result.ts';
import { Run } from './run.ts';

/** How a run is observed; none of it changes what happens. */
export interface SimulateOptions {
  /** Ids of the invariants and liveness properties that may be reported, such as `['I1', 'Lv1']`. Default: all. */
  readonly invariants?: readonly string[];
  /**
   * False turns the checks off, to measure what they cost: only for scenarios without conditions and with `settle: off`,
   * because the verdict on the others comes from the checks. Default true.
   */
  readonly checks?: boolean;
  /** Freeze every message when it is sent. Slow; finds nodes that change messages after sending them. Default false. */
  readonly freeze?: boolean;
  /** Takes every trace event of the run, once, in order. Default: none are built. */
  readonly record?: (event: TraceEvent) => void;
}

/** What else this package says of a run. */
export interface RunOptions extends SimulateOptions {
  /** Gives the rules of a known bug, by its id; they must decide as those of the bug do. Default: those of the bug. */
  readonly rulesOf?: (mutant: string) => Rules;
  /** Takes what script, timeline and chaos decide. Default: nothing is recorded. */
  readonly recording?: Recording;
}

/**
 * Runs a scenario with a seed. The same pair gives the same result, but for `wallMillis`.
 *
 * @param scenario as `loadScenario` returns it
 * @param seed any string; null: the scenario's own
 * @param options how the run is observed
 * @throws TypeError if an argument is not of its type, or an option names an unknown invariant
 * @throws Defect if Whitewater itself is broken
 *
 * @example
 * ```ts
 * import { loadScenario, simulate } from 'whitewater';
 *
 * const scenario = loadScenario('cluster: { nodes: 3 }\nscript: [{ until: { leaders: 1 } }]');
 * const result = simulate(scenario, '42');
 * result.verdict; // 'pass'
 * result.hash === simulate(scenario, '42').hash; // true
 * ```
 */
export function simulate(scenario: Scenario, seed: string | null = null, options: SimulateOptions = {}): RunResult {
  return simulateWith(scenario, seed, options);
}

/** The same for callers in this package. */
export function simulateWith(scenario: Scenario, seed: string | null, options: RunOptions): RunResult {
  const slices = simulateInSlices(scenario, seed, options);
  for (;;) {
    const slice = slices.next();
    if (slice.done === true) return slice.value;
  }
}

/** Real time between two yields of `simulateInSlices`. */
const SLICE_MILLIS = 50;

/** Like `simulate`, but yields some twenty times a second, so that the caller can handle signals, and stop. */
export function* simulateInSlices(
  scenario: Scenario,
  seed: string | null = null,
  options: RunOptions = {},
): Generator<void, RunResult> {
  checkArguments(scenario, seed, options);
  const started = performance.now();
  const used = seed ?? scenario.seed;
  const drawn = drawOf(scenario, used);
  const run = new Run(drawn?.scenario ?? scenario, used, options);
  yield* paced(run.slices());
  const wallMillis = performance.now() - started;
  return { ...(yield* paced(run.result())), drew: drawn?.drew ?? [], wallMillis };
}

/**
 * Yields only when some time has passed. A run yields after so many events and steps, which take a microsecond each or a
 * thousand; reading a clock out here changes nothing in it.
 */
function* paced<T>(slices: Generator<void, T>): Generator<void, T> {
  let began = performance.now();
  for (;;) {
    const slice = slices.next();
    if (slice.done === true) return slice.value;
    if (performance.now() < began + SLICE_MILLIS) continue;
    yield;
    began = performance.now();
  }
}

/**
 * Runs a scenario with a seed and keeps every trace event: what each node sent, wrote, applied, and why.
 *
 * @param scenario as `loadScenario` returns it
 * @param seed any string; null: the scenario's own
 * @throws TypeError if an argument is not of its type
 *
 * @example
 * ```ts
 * import { loadScenario, traceRun } from 'whitewater';
 *
 * const scenario = loadScenario('cluster: { nodes: 3 }\nscript: [{ elect: n2 }]');
 * const { events, endpoints } = traceRun(scenario, '1');
 * const elected = events.find(({ kind }) => kind === 'elected');
 * endpoints[elected!.node]; // 'n2'
 * ```
 */
export function traceRun(scenario: Scenario, seed: string | null = null): TracedRun {
  const events: TraceEvent[] = [];
  const used = seed ?? scenario.seed;
  const result = simulate(scenario, used, { record: (event) => events.push(event) });
  const { cluster, clients, settle } = drawOf(scenario, used)?.scenario ?? scenario;
  const { nodes } = cluster;
  const endpoints = [...nodes];
  for (let client = 1; client <= clients.count + probes({ settle }); client++) endpoints.push(`c${client}`);
  return { result, nodes, endpoints, events };
}
