import type { StepCount } from '../../scenarios/interpreter/step-counts.ts';
import type { ChaosProcess, Scenario, Step } from '../../scenarios/scenario.ts';
import { stepNamed, wordOfStep } from '../simulate/scenario-steps.ts';
import type { FaultTotals } from './fault-tally.ts';

/**
 * What no run of an invocation has shown.
 *
 * - `untested`: a fault struck in no run.
 * - `idle`: a step had nothing to do, each time it was executed.
 * - `unreached`: a step was never executed.
 * - `load`: none of the operations succeeded that clients issue by themselves.
 * - `any-seed`: no run showed what some run has to show.
 */
export type GapKind = 'untested' | 'idle' | 'unreached' | 'load' | 'any-seed';

export interface Gap {
  readonly kind: GapKind;
  /** The step, or the fault's place in the plan; the place of an expectation. */
  readonly path: string;
  /** Kind of the fault; word of the step; number of operations; what is expected of some run. */
  readonly what: string;
  /** The path with the step's label and line. */
  readonly place: string;
}

/** The faults, steps, branches and clients that did nothing in any run. `invoked`, `ok`: operations of clients in all runs. */
export function gapsOf(
  scenario: Scenario,
  faults: readonly FaultTotals[],
  steps: readonly StepCount[],
  { invoked, ok }: { readonly invoked: number; readonly ok: number },
): readonly Gap[] {
  const gap = (kind: GapKind, path: string, what: string): Gap => {
    return { kind, path, what, place: stepNamed(scenario, path) };
  };
  const counts = new Map(steps.map((count) => [count.path, count]));
  const unreached = [scenario.script, scenario.timeline].flatMap((list) => unreachedIn(list, counts));
  const chaos = scenario.chaos?.processes ?? [];
  const isChaos = (path: string): boolean => chaos.some((process) => isOf(process, path));
  return [
    ...faults
      .filter(({ path, strikes }) => strikes === 0 && !isChaos(path))
      .map(({ path, kind }) => gap('untested', path, kind)),
    ...steps
      .filter(({ path, executed, idle }) => executed > 0 && idle === executed && !isChaos(path))
      .map(({ path }) => gap('idle', path, wordOfStep(scenario, path))),
    ...chaos.flatMap((process) => {
      const kind = gapOfChaos(process, faults, steps);
      return kind === null ? [] : [gap(kind, process.path, process.name)];
    }),
    ...(scenario.clients.load !== null && invoked > 0 && ok === 0 ? [gap('load', 'clients', String(invoked))] : []),
    ...unreached.map(({ path }) => gap('unreached', path, wordOfStep(scenario, path))),
  ];
}

/** A process of chaos is judged as a whole: that chance left out one of the things that it may do is no gap. */
function gapOfChaos(
  process: ChaosProcess,
  faults: readonly FaultTotals[],
  steps: readonly StepCount[],
): 'unreached' | 'idle' | 'untested' | null {
  const own = steps.filter(({ path }) => isOf(process, path));
  const done = own.reduce((sum, { executed, idle }) => sum + executed - idle, 0);
  if (done === 0) return own.some(({ executed }) => executed > 0) ? 'idle' : 'unreached';
  const injected = faults.filter(({ path }) => isOf(process, path));
  return injected.length > 0 && injected.every(({ strikes }) => strikes === 0) ? 'untested' : null;
}

/** Whether the path is that of the process, or of one of its steps. */
function isOf(process: ChaosProcess, path: string): boolean {
  return path === process.path || path.startsWith(`${process.path}.do[`);
}

/** The first step of each list that was never executed: those after it, and those that it holds, follow from it. */
function unreachedIn(steps: readonly Step[], counts: ReadonlyMap<string, StepCount>): readonly Step[] {
  const next = steps.findIndex(({ path }) => counts.get(path)?.executed === 0);
  const reached = next < 0 ? steps : steps.slice(0, next);
  const inner = reached.flatMap((step) => branches(step).flatMap((branch) => unreachedIn(branch, counts)));
  return [...inner, ...(next < 0 ? [] : [steps[next]!])];
}

/** The lists of steps that a step holds. */
function branches({ action }: Step): readonly (readonly Step[])[] {
  return [...('do' in action ? [action.do] : []), ...('else' in action ? [action.else] : [])];
}
