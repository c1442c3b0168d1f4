import type * as z from 'zod';
import type { NodeId } from '../../sim/protocol.ts';
import type { LinkConditions } from '../../sim/link.ts';
import type { NetworkPlan } from '../scenario.ts';
import { distribution, distributionOf } from './distribution.ts';
import type { Place } from './place.ts';
import { parseLink } from './links.ts';
import { nodeNamed } from './selectors.ts';
import type { RawNodes } from './selector-words.ts';
import { key, mapping, InvalidValue, record } from './shapes.ts';
import { bandwidth, flag, probability, word } from './values.ts';

/** The conditions of a link. For the network as a whole each key has a default; in a change it has none. */
function linkKeys(standards: 'with defaults' | 'without') {
  const standard = (words: string) => (standards === 'with defaults' ? words : undefined);
  return {
    latency: key(distribution, 'How long a message takes.', standard('1ms..10ms')),
    loss: key(probability, 'Probability that a message is lost.', standard('0%')),
    duplicate: key(probability, 'Probability that a message arrives twice.', standard('0%')),
    bandwidth: key(bandwidth, 'Messages queue up when they come faster than this.', standard('unlimited')),
    fifo: key(flag, 'Whether messages of a link arrive in the order they were sent.', standard('false')),
  };
}

/** A change of links: conditions that are not given stay as they are. */
export const linkShape = linkKeys('without');

const linkConditions = mapping('how a link differs, like { latency: 9ms }', linkShape, { nonEmpty: true }).meta({
  id: 'linkConditions',
});

export const inFlight = word('keep', 'drop', 'hold');

export const network = mapping('a mapping like { latency: 5ms, loss: 1% }', {
  ...linkKeys('with defaults'),
  inFlight: key(
    inFlight,
    'What becomes of messages in flight on a link that is cut: they arrive, are lost, or arrive when it is healed.',
    'keep',
  ),
  nodes: key(
    record('overrides by node like { n3: { loss: 5% } }', linkConditions),
    'Overrides for all links from and to a node, like `{ n3: { latency: 50ms } }`.',
  ),
  links: key(
    record('overrides by link like { n1 -> n2: { latency: 9ms } }', linkConditions),
    'Overrides by link, `n1 -> n2` or both ways, `n1 <-> n2`; stronger than those by node.',
  ),
});

type RawLinkConditions = z.output<typeof linkConditions>;

/** The keys given, compiled. */
export function linkConditionsOf(raw: RawLinkConditions, place: Place): Partial<LinkConditions> {
  return {
    ...(raw.latency !== undefined && { latency: distributionOf(raw.latency, place.at('latency')) }),
    ...(raw.loss !== undefined && { loss: raw.loss }),
    ...(raw.duplicate !== undefined && { duplicate: raw.duplicate }),
    ...(raw.bandwidth !== undefined && { bandwidth: raw.bandwidth }),
    ...(raw.fifo !== undefined && { fifo: raw.fifo }),
  };
}

export function networkOf(raw: z.output<typeof network> | undefined, place: Place): NetworkPlan {
  const { inFlight: lost = 'keep', nodes = {}, links = {}, ...everyLink } = raw ?? {};
  const common = plannedOf(everyLink, place);
  const overrides = new Map<string, { from: NodeId; to: NodeId; plan: Partial<LinkConditions> }>();
  const override = (from: NodeId, to: NodeId, plan: Partial<LinkConditions>) => {
    const id = `${String(from)} ${String(to)}`;
    overrides.set(id, { from, to, plan: { ...overrides.get(id)?.plan, ...plan } });
  };
  for (const [name, rawPlan] of Object.entries(nodes)) {
    const at = place.at('nodes', name);
    const node = nodeNamed(name, at, 'key');
    const plan = plannedOf(rawPlan, at);
    const others = (place.scope.nodes ?? []).map((_, other) => other).filter((other) => other !== node);
    for (const other of others) {
      override(node, other, plan);
      override(other, node, plan);
    }
  }
  for (const [name, rawPlan] of Object.entries(links)) {
    const at = place.at('links', name);
    const plan = plannedOf(rawPlan, at);
    for (const [from, to] of staticLinks(name, at)) override(from, to, plan);
  }
  const standard = {
    latency: { kind: 'uniform', low: 1_000, high: 10_000 },
    loss: 0,
    duplicate: 0,
    bandwidth: null,
    fifo: false,
  } as const;
  return { everyLink: { ...standard, ...common }, links: [...overrides.values()], inFlight: lost };
}

/** Conditions that hold from the beginning; the random faults among them must occur. */
function plannedOf(raw: RawLinkConditions, place: Place): Partial<LinkConditions> {
  const conditions = linkConditionsOf(raw, place);
  for (const kind of ['loss', 'duplicate'] as const) {
    if ((conditions[kind] ?? 0) > 0) place.scope.uses.randomFaults.push({ path: place.at(kind).text, kind });
  }
  return conditions;
}

/** The directed links that a key of `network.links` names. */
function staticLinks(name: string, place: Place): readonly (readonly [NodeId, NodeId])[] {
  try {
    const { from, to, bothWays } = parseLink(name);
    const there = [staticNode(from, place), staticNode(to, place)] as const;
    return bothWays ? [there, [there[1], there[0]]] : [there];
  } catch (error) {
    if (!(error instanceof InvalidValue)) throw error;
    place.problem(error.message, 'key');
    return [];
  }
}

function staticNode(raw: RawNodes, place: Place): NodeId {
  if (raw.kind === 'name') return nodeNamed(raw.name, place, 'key');
  throw new InvalidValue('expected names of nodes here: before the run begins no node leads, and nothing is drawn');
}
