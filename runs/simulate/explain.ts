import type { Violation } from '../../checks/violation.ts';
import { INVARIANTS } from '../../checks/invariants.ts';
import type { TraceEvent } from '../../sim/trace-event.ts';
import { describeFault } from '../../sim/faults/describe.ts';
import type { FaultTarget } from '../../sim/faults/fault-log.ts';
import type { EndpointId } from '../../sim/protocol.ts';
import { nodeFrames } from './node-frames.ts';
import type { RaftSimulation } from './simulation-environment.ts';
import type { ActiveFault, ViolationReport } from './result.ts';

/** How many events of a chain of causes are shown. A longer chain is marked as truncated. */
const CHAIN_LENGTH = 12;

/**
 * Completes a violation with what only the run as a whole can show: the chain of causes and the faults in force.
 *
 * @param others what else the same event has broken
 * @param bug the known bug that the nodes run with; null if they run with none
 * @param again runs the same run once more and calls back with every trace event
 */
export function explain(
  violation: Violation,
  others: readonly Violation[],
  simulation: RaftSimulation,
  bug: string | null,
  again: (record: (event: TraceEvent) => void) => void,
): ViolationReport {
  const { title, section } = INVARIANTS.get(violation.invariant)!;
  const name = (node: number) => simulation.endpointName(node);
  const { chain, truncated } = causes(violation.event, again, name);
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
    activeFaults: [...(bug === null ? [] : [knownBug(bug)]), ...faultsInForce(violation, simulation)],
  };
}

function knownBug(text: string): ActiveFault {
  return { path: 'cluster.mutant', kind: 'mutant', target: { node: 'all' }, since: 0, text };
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

function causes(
  event: number,
  again: (record: (event: TraceEvent) => void) => void,
  name: (node: number) => string,
): { chain: ViolationReport['chain']; truncated: boolean } {
  const causeOf = new Map<number, number>();
  const described = new Map<number, { at: number; text: string }>();
  again((event) => {
    causeOf.set(event.event, event.cause);
    if (described.has(event.event)) return;
    const where = event.node < 0 ? '' : `${name(event.node)}: `;
    described.set(event.event, { at: event.at, text: `${where}${event.text}` });
  });
  const chain: { event: number; at: number; text: string }[] = [];
  let at: number | undefined = event;
  while (at !== undefined && at > 0 && chain.length < CHAIN_LENGTH) {
    const link = described.get(at);
    // A timer that set itself again and again says it once.
    const isRepeated = link !== undefined && chain.at(-1)?.text === link.text;
    if (link !== undefined && !isRepeated) chain.push({ event: at, ...link });
    at = causeOf.get(at);
  }
  return { chain, truncated: at !== undefined && at > 0 };
}
