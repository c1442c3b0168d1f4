import type { Fault } from '../../sim/faults/fault-log.ts';
import type { Scenario } from '../../scenarios/scenario.ts';
import type { FaultStrikes } from './result.ts';
import type { RaftSimulation } from './simulation-environment.ts';

/** Path of link conditions that more than one part of the plan sets. */
const NETWORK = 'network';

/** The faults of a run by their place in the scenario and their kind: first those of the plan, then those of steps. */
export function faultStrikes({ uses }: Scenario, { network, faults }: RaftSimulation): readonly FaultStrikes[] {
  const planned = (['loss', 'duplicate'] as const).flatMap((kind): FaultStrikes[] => {
    const paths = uses.randomFaults.filter((fault) => fault.kind === kind).map(({ path }) => path);
    const path = paths.length === 1 ? paths[0]! : NETWORK;
    const strikes = kind === 'loss' ? network.lost : network.duplicated;
    return paths.length === 0 ? [] : [{ path, kind, injected: 1, strikes }];
  });
  return [...planned, ...strikesOfSteps(faults.list)];
}

/** Several faults of one step and kind count together: one effect shows that the step does something. */
function strikesOfSteps(list: readonly Fault[]): readonly FaultStrikes[] {
  const sums = new Map<string, { path: string; kind: string; injected: number; strikes: number }>();
  for (const { path, kind, effects } of list) {
    const key = `${kind} ${path}`;
    const sum = sums.get(key) ?? { path, kind, injected: 0, strikes: 0 };
    sums.set(key, { ...sum, injected: sum.injected + 1, strikes: sum.strikes + effects });
  }
  return [...sums.values()];
}
