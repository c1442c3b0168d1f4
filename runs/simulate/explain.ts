import type { Violation } from '../../checks/violation.ts';
import { INVARIANTS } from '../../checks/invariants.ts';
import { MUTANTS } from '../../core/mutants/index.ts';
import type { ClusterPlan } from '../../scenarios/scenario.ts';
import { describeFault } from '../../sim/faults/describe.ts';
import type { FaultTarget } from '../../sim/faults/fault-log.ts';
import type { EndpointId } from '../../sim/protocol.ts';
import type { ChainOfCauses } from './chain-of-causes.ts';
import { nodeFrames } from './node-frames.ts';
import type { RaftSimulation } from './simulation-environment.ts';
import type { ActiveFault, ViolationReport } from './result.ts';

/**
 * Completes a violation with what only the run as a whole can show: the chain of causes and the faults in force.
 *
 * @param others what else the same event has broken
 * @param cluster the versions that the nodes began with
 * @param causes the events that led to it
 */
export function explain(
  violation: Violation,
  others: readonly Violation[],
  simulation: RaftSimulation,
  cluster: ClusterPlan,
  { chain, truncated }: ChainOfCauses,
): ViolationReport {
  const { title, section } = INVARIANTS.get(violation.invariant)!;
  const name = (node: number) => simulation.endpointName(node);
  return {
    invariant: violation.invariant,
    title,
    section,
    at: violation.at,
    event: violation.event,
    node: name(violation.node),
    summary: violation.summary,
    witnesses: violation.witnesses.map(({ label, node, event, at, text }) => ({
      label,
      node: name(node),
      event,
      at,
      text,
    })),
    agreement: violation.agreement === null ? null : agreement(violation.agreement),
    quorums: violation.quorums.map(({ text, nodes }) => ({ text, nodes: nodes.map(name) })),
    quorumIntersection: intersection(violation)?.map(name) ?? null,
    chain,
    chainTruncated: truncated,
    stack: nodeFrames(violation.error),
    others: others.map(({ invariant, summary }) => ({ invariant, title: INVARIANTS.get(invariant)!.title, summary })),
    activeFaults: [...knownBugs(cluster), ...faultsInForce(violation, simulation)],
  };
}

/** The known bugs that nodes began with, as clauses. Those that an upgrade has brought are faults of their own. */
function knownBugs({ mutant, versions, nodes }: ClusterPlan): ActiveFault[] {
  const bug = (id: string): string => `known bug ${id}: ${MUTANTS.get(id)?.statement ?? 'unknown'}`;
  if (mutant !== null)
    return [{ path: 'cluster.mutant', kind: 'mutant', target: { node: 'all' }, since: 0, text: bug(mutant) }];
  return versions.flatMap(({ mutant: id }, node): ActiveFault[] => {
    const name = nodes[node]!;
    const text = id === null ? '' : `${name} has ${bug(id)}`;
    return id === null
      ? []
      : [{ path: `cluster.mutant.${name}`, kind: 'mutant', target: { node: name }, since: 0, text }];
  });
}

function faultsInForce({ at }: Violation, simulation: RaftSimulation): ActiveFault[] {
  return simulation.faults.list
    .filter(({ endedAt }) => endedAt < 0 || endedAt > at)
    .map((fault) => ({
      path: fault.path,
      kind: fault.kind,
      target: namedTarget(fault.target, (endpoint) => simulation.endpointName(endpoint)),
      since: fault.startedAt,
      text: `${fault.path}: ${describeFault(fault, simulation)}`,
    }));
}

function namedTarget(target: FaultTarget, name: (endpoint: EndpointId) => string): ActiveFault['target'] {
  if ('node' in target) return { node: name(target.node) };
  const { links } = target;
  return { links: links === 'all' ? 'all' : links.map(([from, to]) => ({ from: name(from), to: name(to) })) };
}

function agreement(index: number): string {
  return index === 0 ? 'the logs differ from the first entry' : `the logs agree through index ${index}`;
}

function intersection({ quorums }: Violation): number[] | null {
  const [first, second] = quorums;
  if (first === undefined || second === undefined) return null;
  return first.nodes.filter((node) => second.nodes.includes(node));
}
