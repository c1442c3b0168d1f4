import { describeDistribution, describeSpan } from '../base/distribution.ts';
import { BACKWARDS, STOPPED } from '../clock.ts';
import type { EndpointId } from '../protocol.ts';
import type { Fault, Links } from './fault-log.ts';
import type { FaultValue, FaultValues } from './values.ts';

/** Names endpoints: nodes first, then clients. */
export interface EndpointNames {
  readonly nodes: number;
  endpointName(endpoint: EndpointId): string;
}

/** A fault as a phrase, as reports show it: `crash n1`, `partition n1 n2 | n3 n4 n5`, `clock of n1: drift 500 ppm`. */
export function describeFault({ kind, target, values }: Fault, names: EndpointNames): string {
  const where = 'node' in target ? names.endpointName(target.node) : describeTargets(target.links, names);
  const set = describeValues(values);
  const { messages, nth, count, of, record, index, ...others } = values;
  if (typeof messages === 'string') return `${kind} ${describeMessages(messages, nth, count, others)} on ${where}`;
  switch (kind) {
    case 'network':
      return `network ${Object.keys(values).join(', ')} on ${where}`;
    case 'clock':
      return `${typeof of === 'string' ? `${of} ` : ''}clock of ${where}: ${set}`;
    case 'disk-stall':
      return `disk of ${where} stalls for ${describeValue(values['span'] ?? 0)}`;
    case 'disk-lies':
      return `fsync of ${where} reports what is not durable`;
    case 'disk-full':
      return `disk of ${where} is full`;
    case 'disk-corrupt':
      return `${describeRecord(record, index)} on the disk of ${where} is corrupt`;
    case 'disk-unreadable':
      return `disk of ${where} cannot be read`;
    case 'disk-fails':
      return `writes of ${where} fail, the next ${typeof count === 'number' ? count : 'ones'}`;
    case 'disk-restore':
      return `disk of ${where} put back to the copy ${describeValue(values['name'] ?? null)}`;
    case 'disk-fsync':
      return `fsync of ${where} takes ${set}`;
    case 'upgrade':
      return `upgrade of ${where}: ${set}`;
    case 'slow-process':
      return `process of ${where} takes ${set} for each event`;
    case 'slow-apply':
      return `state machine of ${where} takes ${set} to apply`;
    case 'slow-snapshots':
      return `work on snapshots of ${where}: ${describeEach(values)}`;
    default:
      return `${kind} ${where}`;
  }
}

/** `entry 5`, or `entry` for the last one. */
export function describeRecord(record: FaultValue | undefined, index: FaultValue | undefined): string {
  const place = typeof index === 'number' && index > 0 ? ` ${index}` : '';
  return `${typeof record === 'string' ? record : 'record'}${place}`;
}

/** Which messages a fault is about, and what it does to them: `2 AppendEntries from the 3rd on, by 200 ms`. */
function describeMessages(
  messages: string,
  nth: FaultValue | undefined,
  count: FaultValue | undefined,
  others: FaultValues,
): string {
  const from = typeof nth === 'number' ? ` from match ${nth} on` : '';
  const most = typeof count === 'number' && messages !== 'that message' ? `${count} of ` : '';
  const set = Object.entries(others).map(([name, value]) => `, ${name} ${describeValue(value)}`);
  return `${most}${messages}${from}${set.join('')}`;
}

/** Links as a phrase; `all links` for all of them. */
export function describeTargets(links: Links | 'all', names: EndpointNames): string {
  if (links === 'all') return 'all links';
  return describeLinks(links, names.nodes, (endpoint) => names.endpointName(endpoint));
}

/** `offset 5 ms, drift 500 ppm`; a single value without its name. Which clock it is about stands elsewhere. */
export function describeValues(values: FaultValues): string {
  const named = Object.entries(values).filter(([name]) => name !== 'of');
  if (named.length === 1 && typeof named[0]![1] === 'object') return describeValue(named[0]![1]);
  return named.map(([name, value]) => `${name} ${describeValue(value, name === 'drift')}`).join(', ');
}

/** `make 200ms, read 1ms`: a single value has its name, too. */
function describeEach(values: FaultValues): string {
  return Object.entries(values)
    .map(([name, value]) => `${name} ${describeValue(value)}`)
    .join(', ');
}

function describeValue(value: FaultValue, isDrift = false): string {
  if (value === null) return 'unlimited';
  if (typeof value === 'object') return describeDistribution(value);
  if (typeof value !== 'number') return String(value);
  return isDrift ? describeDrift(value) : describeSpan(value);
}

/** `500 ppm`; `stopped` and `backwards` as scenarios write them. */
export function describeDrift(drift: number): string {
  if (drift === STOPPED) return 'stopped';
  return drift === BACKWARDS ? 'backwards' : `${drift} ppm`;
}

/**
 * Directed links in words: as sides, `n1 n2 | n3 n4 n5`, where they keep sides apart and nothing else, otherwise one by
 * one, `n1 -> n2, n2 <-> n3`.
 */
export function describeLinks(
  links: readonly (readonly [EndpointId, EndpointId])[],
  nodes: number,
  name: (endpoint: EndpointId) => string,
): string {
  const cut = new Set(links.map(([from, to]) => key(from, to)));
  const sides = sidesOf(cut, nodes);
  const between = links.filter(([from, to]) => from < nodes && to < nodes);
  const apart = nodes * nodes - sides.reduce((sum, side) => sum + side.length * side.length, 0);
  if (sides.length > 1 && between.length === apart) {
    return sides.map((side) => side.map(name).join(' ')).join(' | ');
  }
  return links
    .filter(([from, to]) => from < to || !cut.has(key(to, from)))
    .map(([from, to]) => `${name(from)} ${cut.has(key(to, from)) ? '<->' : '->'} ${name(to)}`)
    .join(', ');
}

/** Nodes that still reach each other, directly or by way of others, in both directions. */
function sidesOf(cut: ReadonlySet<string>, nodes: number): EndpointId[][] {
  const sides: EndpointId[][] = [];
  for (let node = 0; node < nodes; node++) {
    const touches = (other: EndpointId): boolean => !cut.has(key(node, other)) || !cut.has(key(other, node));
    const joined = sides.filter((side) => side.some(touches));
    const rest = sides.filter((side) => !joined.includes(side));
    sides.splice(
      0,
      sides.length,
      ...rest,
      [...joined.flat(), node].sort((a, b) => a - b),
    );
  }
  return sides.sort((a, b) => a[0]! - b[0]!);
}

function key(from: EndpointId, to: EndpointId): string {
  return `${from} ${to}`;
}
