import type { OperationSelection } from '../../sim/clients/operation-tally.ts';
import type { Load } from '../../sim/clients/workload.ts';
import type { KeyOp, Micros } from '../../sim/protocol.ts';
import type { Scenario, Step } from '../scenario.ts';
import { topSteps } from '../top-steps.ts';
import { leastOf } from './distribution.ts';
import { actionsOf, missing, NEEDED_BY_MARKS, NEEDED_BY_MUTANTS } from './features.ts';
import { warnOfNoEffect } from './no-effect.ts';
import type { Place } from './place.ts';
import type { Path } from './problems.ts';
import type { UsesSoFar } from './scope.ts';
import { quoted } from './tree.ts';

type Needed = Pick<UsesSoFar, 'neededMarks' | 'neededOperations'>;

/**
 * Reports what cannot come about in a scenario that is valid otherwise: as a mistake where it is certain, as a warning where
 * a known bug of the nodes, or chance, might bring it about after all.
 */
export function checkPossible(scenario: Scenario, needed: Needed, root: Place): void {
  const { cluster, uses, checks, expect } = scenario;
  for (const { mark, place } of needed.neededMarks) {
    const feature = missing(NEEDED_BY_MARKS.get(mark), scenario);
    if (feature === null) continue;
    const message = `mark ${mark} cannot be seen: ${feature.missing}`;
    if (uses.mutants.length === 0) place.problem(message);
    else place.warning(message);
  }
  for (const id of new Set(cluster.versions.map(({ mutant }) => mutant))) {
    const feature = id === null ? null : missing(NEEDED_BY_MUTANTS.get(id), scenario);
    if (feature !== null) root.at('cluster', 'mutant').warning(`${id!} changes nothing: ${feature.missing}`);
  }
  const expected = [expect.invariant, ...expect.anySeed.map(({ violation }) => violation)];
  for (const [index, id] of checks.except.entries()) {
    if (!expected.includes(id)) continue;
    root.at('checks', 'except', index).problem(`${id} is not to be reported, and "expect" waits for its violation`);
  }
  for (const { of, place } of needed.neededOperations) {
    if (isIssued(of, scenario)) continue;
    const key = of.key === null ? '' : ` on ${quoted(of.key)}`;
    place.problem(`this cannot come about: no step and no load has such operations${key}`);
  }
  warnOfConvergence(scenario, root);
  warnOfNoEffect(scenario, root);
}

/** Whether some client may begin an operation of the selection: by a step, or by a load. */
function isIssued({ clients, ops, key }: OperationSelection, scenario: Scenario): boolean {
  const fits = (load: Load): boolean =>
    (ops ?? KEY_OPS).some((op) => load.ops[op] > 0) && (key === null || isKeyOfLoad(key, load));
  const { clients: plan } = scenario;
  const actions = actionsOf(topSteps(scenario));
  return (
    (plan.load !== null && fits(plan.load)) ||
    actions.some((action) => {
      if (action.kind === 'load') return typeof action.load === 'object' && fits(action.load);
      if (action.kind !== 'operation' || (ops !== null && !ops.includes(action.op))) return false;
      const isBy = clients === null || action.by === null || clients.includes(action.by);
      return isBy && (key === null || key === action.key);
    })
  );
}

const KEY_OPS: readonly KeyOp[] = ['put', 'get', 'cas', 'append', 'delete'];

/** The keys of a load are `k1` to `kN`. */
function isKeyOfLoad(key: string, { keys }: Load): boolean {
  const number = /^k([1-9]\d*)$/u.exec(key)?.[1];
  return number !== undefined && Number(number) <= keys;
}

/** What an operation takes at least, with the latencies and disks of the default plan. */
const OPERATION: Micros = 20_000;

/** With more operations in flight than this, the logs are hardly ever equal. */
const MOST_IN_FLIGHT = 3;

/** Warns of a condition that waits for equal logs while clients write, as far as the order of the steps tells. */
function warnOfConvergence({ clients, script, timeline, settle, expect }: Scenario, root: Place): void {
  if (timeline.some(({ action }) => action.kind === 'load')) return;
  const warn = (...path: Path): void => root.at(...path).warning(STILL_WRITING);
  const isBusy = (load: Load | null): boolean => load !== null && inFlight(load, clients) > MOST_IN_FLIGHT;
  let isLoaded = isBusy(clients.load);
  const look = (steps: readonly Step[], path: Path): void => {
    for (const [index, { action }] of steps.entries()) {
      const at = [...path, index];
      if (action.kind === 'load')
        isLoaded = action.load !== 'stop' && isBusy(action.load === 'start' ? clients.load : action.load);
      const waits = action.kind === 'until' || action.kind === 'expect';
      if (isLoaded && waits && action.condition.converged === true) warn(...at, action.kind, 'converged');
      if ('do' in action) look(action.do, [...at, action.kind === 'together' ? 'together' : 'do']);
      if ('else' in action) look(action.else, [...at, 'else']);
    }
  };
  look(script, ['script']);
  if (isLoaded && settle === null && expect.conditions.some(({ converged }) => converged === true)) warn('expect');
}

const STILL_WRITING =
  'clients are still writing here, so the logs are hardly ever equal; stop them first with load: stop';

/** How many operations clients keep in flight; none for a load that ends by itself. */
function inFlight({ think, rate, count: limit }: Load, { count, perSession }: Scenario['clients']): number {
  if (limit !== null) return 0;
  if (think === null) return (count * (rate ?? 0) * OPERATION) / 1_000_000;
  return (count * perSession * OPERATION) / (OPERATION + leastOf(think));
}
