import type { Violation } from '../../checks/violation.ts';
import { INVARIANTS } from '../../checks/invariants.ts';
import type { TraceEvent } from '../../sim/trace-event.ts';
import { describeFault } from '../../sim/faults/describe.ts';
import type { RaftSimulation } from './simulation-environment.ts';
import type { ViolationReport } from './result.ts';

/** Links of a chain of causes that are shown; what lies further back is left out, and said to be. */
const CHAIN_LENGTH = 12;

/**
 * Completes a finding with what only the run as a whole can tell: the chain of causes and the disturbances in force.
 *
 * @param bug the known bug the nodes run with, in words
 * @param again runs the same run once more, handing over every observation
 */
export function explain(
  finding: Violation,
  world: RaftSimulation,
  bug: string | null,
  again: (record: (event: TraceEvent) => void) => void,
): ViolationReport {
  const { title, section } = INVARIANTS.get(finding.invariant)!;
  const name = (node: number) => world.endpointName(node);
  const { chain, truncated } = causes(finding.event, again, name);
  return {
    invariant: finding.invariant,
    title,
    section,
    at: finding.at,
    event: finding.event,
    node: name(finding.node),
    summary: finding.summary,
    witnesses: finding.witnesses.map(({ label, node, event, at, text }) => ({
      label,
      node: name(node),
      event,
      at,
      text,
    })),
    agreement: finding.agreement === null ? null : agreement(finding.agreement),
    quorums: finding.quorums.map(({ text, nodes }) => ({ text, nodes: nodes.map(name) })),
    quorumIntersection: intersection(finding)?.map(name) ?? null,
    chain,
    chainTruncated: truncated,
    activeFaults: [...(bug === null ? [] : [bug]), ...faultsInForce(finding, world)],
  };
}

function faultsInForce({ at }: Violation, world: RaftSimulation): string[] {
  return world.faults.list
    .filter(({ endedAt }) => endedAt < 0 || endedAt > at)
    .map((fault) => `${fault.path}: ${describeFault(fault, world)}`);
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
  const told = new Map<number, { at: number; text: string }>();
  again((event) => {
    causeOf.set(event.event, event.cause);
    if (told.has(event.event)) return;
    const where = event.node < 0 ? '' : `${name(event.node)}: `;
    told.set(event.event, { at: event.at, text: `${where}${event.text}` });
  });
  const chain: { event: number; at: number; text: string }[] = [];
  let at: number | undefined = event;
  while (at !== undefined && at > 0 && chain.length < CHAIN_LENGTH) {
    const link = told.get(at);
    // A timer that set itself again and again says it once.
    const isRepeated = link !== undefined && chain.at(-1)?.text === link.text;
    if (link !== undefined && !isRepeated) chain.push({ event: at, ...link });
    at = causeOf.get(at);
  }
  return { chain, truncated: at !== undefined && at > 0 };
}
