import { describeFault } from '../../sim/faults/describe.ts';
import type { Fault } from '../../sim/faults/fault-log.ts';
import { topSteps } from '../../scenarios/top-steps.ts';
import type { Unmet } from './result.ts';
import type { Run } from './run.ts';
import type { RaftSimulation } from './simulation-environment.ts';
import { stepNamed, stepsDeep } from './scenario-steps.ts';

/** Injections of one step that a message names. */
const LISTED = 5;

/**
 * The faults with `must: strike` that did not strike in this run. One effect of a step is enough for each kind of fault it
 * injects, however often it was executed.
 */
export function missedStrikes({ scenario, simulation }: Run): Unmet[] {
  const steps = stepsDeep(topSteps(scenario)).filter(({ mustStrike }) => mustStrike);
  return steps.flatMap(({ path }): Unmet[] => {
    const faults = simulation.faults.list.filter((fault) => fault.path === path);
    const named = stepNamed(scenario, path);
    if (faults.length === 0) return [{ kind: 'fault', path, text: `${named} must strike, and was not reached` }];
    return [...new Set(faults.map(({ kind }) => kind))].flatMap((kind) => {
      const ofKind = faults.filter((fault) => fault.kind === kind);
      return ofKind.some(({ effects }) => effects > 0) ? [] : [missed(path, named, ofKind, simulation)];
    });
  });
}

function missed(path: string, named: string, faults: readonly Fault[], simulation: RaftSimulation): Unmet {
  const { kind, target, startedAt } = faults[0]!;
  const isOne = 'node' in target && faults.length === 1;
  const repeats = faults.some(({ repetition }) => repetition > 1);
  const listed = faults.slice(0, LISTED).map((fault) => {
    const when = repeats ? `repetition ${fault.repetition}, at` : 'at';
    return `${describeFault(fault, simulation)} (${when} ${fault.startedAt / 1_000_000} s)`;
  });
  const more = faults.length > LISTED ? [`${faults.length - LISTED} more`] : [];
  return {
    kind: 'fault',
    id: kind,
    path,
    ...(isOne ? { node: simulation.nodeName(target.node) } : {}),
    at: startedAt,
    text: `${named} must strike, and had no effect: ${[...listed, ...more].join(', ')}`,
  };
}
