import type { LinkPlan, Scenario } from '../../scenarios/scenario.ts';
import type { RandomFault } from './result.ts';
import type { RaftWorld } from './simulation-environment.ts';

/** Path of the link conditions that hold from the start. */
const NETWORK = 'network';

/** The faults that a scenario lets occur by chance, by path and kind, and how often each did in this run. */
export function randomFaults({ network }: Scenario, world: RaftWorld): readonly RandomFault[] {
  const plans: Partial<LinkPlan>[] = [network.everyLink, ...network.links.map(({ plan }) => plan)];
  const has = (kind: 'loss' | 'duplicate') => plans.some((plan) => (plan[kind] ?? 0) > 0);
  return [
    ...(has('loss') ? [{ path: NETWORK, kind: 'loss', strikes: world.network.lost }] : []),
    ...(has('duplicate') ? [{ path: NETWORK, kind: 'duplicate', strikes: world.network.duplicated }] : []),
    ...faultsOfSteps(world),
  ];
}

/** Those of steps, such as a link that a step makes lossy: several of one step and kind count together. */
function faultsOfSteps({ faults }: RaftWorld): RandomFault[] {
  const sums: { path: string; kind: string; strikes: number }[] = [];
  for (const { byChance, path, kind, effects } of faults.list) {
    if (!byChance) continue;
    const sum = sums.find((each) => each.path === path && each.kind === kind);
    if (sum === undefined) sums.push({ path, kind, strikes: effects });
    else sum.strikes += effects;
  }
  return sums;
}
