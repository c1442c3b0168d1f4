import type * as z from 'zod';
import type { NodeId } from '../../sim/protocol.ts';
import type { LinkPlan, NetworkPlan } from '../program.ts';
import { distribution, distributionOf } from './distribution.ts';
import type { Place } from './place.ts';
import { nodeNamed, parseLink } from './selectors.ts';
import type { RawNodes } from './selectors.ts';
import { key, mapping, Mistake, record } from './shapes.ts';
import { bandwidth, flag, probability, word } from './values.ts';

/** What a link can be like. The same keys are the default weather, an override, and a change by `weather`. */
export const linkShape = {
  latency: key(distribution, 'How long a message takes.', '1ms..10ms'),
  loss: key(probability, 'Probability that a message is lost.', '0%'),
  duplicate: key(probability, 'Probability that a message arrives twice.', '0%'),
  bandwidth: key(bandwidth, 'Messages queue up when they come faster than this.', 'unlimited'),
  fifo: key(flag, 'Whether messages of a link arrive in the order they were sent.', false),
};

export const linkPlan = mapping('how a link differs, like { latency: 9ms }', linkShape, { nonEmpty: true }).meta({
  id: 'linkPlan',
});

export const inFlight = word('keep', 'drop');

export const network = mapping('a mapping like { latency: 5ms, loss: 1% }', {
  ...linkShape,
  inFlight: key(inFlight, 'What becomes of messages on their way over a link that is cut.', 'keep'),
  nodes: key(
    record('overrides by node like { n3: { loss: 5% } }', linkPlan),
    'Overrides for all links from and to a node.',
  ),
  links: key(
    record('overrides by link like { n1 -> n2: { latency: 9ms } }', linkPlan),
    'Overrides by link, `n1 -> n2` or both ways, `n1 <-> n2`; stronger than those by node.',
  ),
});

type RawLinkPlan = z.output<typeof linkPlan>;

/** The keys given, compiled. */
export function linkPlanOf(raw: RawLinkPlan, place: Place): Partial<LinkPlan> {
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
  const overrides = new Map<string, { from: NodeId; to: NodeId; plan: Partial<LinkPlan> }>();
  const override = (from: NodeId, to: NodeId, plan: Partial<LinkPlan>) => {
    const id = `${String(from)} ${String(to)}`;
    overrides.set(id, { from, to, plan: { ...overrides.get(id)?.plan, ...plan } });
  };
  for (const [name, rawPlan] of Object.entries(nodes)) {
    const at = place.at('nodes', name);
    const node = nodeNamed(name, at, 'key');
    const plan = linkPlanOf(rawPlan, at);
    const others = (place.scope.nodes ?? []).map((_, other) => other).filter((other) => other !== node);
    for (const other of others) {
      override(node, other, plan);
      override(other, node, plan);
    }
  }
  for (const [name, rawPlan] of Object.entries(links)) {
    const at = place.at('links', name);
    const plan = linkPlanOf(rawPlan, at);
    for (const [from, to] of staticLinks(name, at)) override(from, to, plan);
  }
  const calm = {
    latency: { kind: 'uniform', low: 1_000, high: 10_000 },
    loss: 0,
    duplicate: 0,
    bandwidth: null,
    fifo: false,
  } as const;
  return { everyLink: { ...calm, ...linkPlanOf(everyLink, place) }, links: [...overrides.values()], inFlight: lost };
}

/** The directed links that a key of `network.links` names. */
function staticLinks(name: string, place: Place): readonly (readonly [NodeId, NodeId])[] {
  try {
    const { from, to, bothWays } = parseLink(name);
    const there = [staticNode(from, place), staticNode(to, place)] as const;
    return bothWays ? [there, [there[1], there[0]]] : [there];
  } catch (mistake) {
    if (!(mistake instanceof Mistake)) throw mistake;
    place.problem(mistake.message, 'key');
    return [];
  }
}

function staticNode(raw: RawNodes, place: Place): NodeId {
  if (raw.kind === 'name') return nodeNamed(raw.name, place, 'key');
  throw new Mistake('expected names of nodes here: nobody leads, and nothing is drawn, before the run begins');
}
