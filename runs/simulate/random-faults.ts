import type { Fault } from '../../sim/faults/fault-log.ts';
import type { Scenario } from '../../scenarios/scenario.ts';
import type { RandomFault } from './result.ts';
import type { RaftSimulation } from './simulation-environment.ts';

/** Path of link conditions that more than one part of the plan sets. */
const NETWORK = 'network';

/** The faults that a scenario lets occur by chance, by path and kind, and how often each did in this run. */
export function randomFaults({ uses }: Scenario, { network, faults }: RaftSimulation): readonly RandomFault[] {
  const planned = (['loss', 'duplicate'] as const).flatMap((kind): RandomFault[] => {
    const paths = uses.randomFaults.filter((fault) => fault.kind === kind).map(({ path }) => path);
    const path = paths.length === 1 ? paths[0]! : NETWORK;
    return paths.length === 0 ? [] : [{ path, kind, strikes: kind === 'loss' ? network.lost : network.duplicated }];
  });
  return [...planned, ...faultsOfSteps(faults.list)];
}

/** Random faults of steps, such as a link that a step makes lossy: several of one step and kind count together. */
function faultsOfSteps(list: readonly Fault[]): RandomFault[] {
  const sums: { path: string; kind: string; strikes: number }[] = [];
  for (const { byChance, path, kind, effects } of list) {
    if (!byChance) continue;
    const sum = sums.find((each) => each.path === path && each.kind === kind);
    if (sum === undefined) sums.push({ path, kind, strikes: effects });
    else sum.strikes += effects;
  }
  return sums;
}
