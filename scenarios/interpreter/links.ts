import type { EndpointId, NodeId } from '../../sim/protocol.ts';

/** A directed link. */
export type Link = readonly [from: EndpointId, to: EndpointId];

/** How many endpoints there are: nodes come first, clients after them. */
export interface Endpoints {
  readonly nodes: number;
  readonly clients: number;
}

/** A client, and the nodes on whose side it is. */
export interface Placement {
  readonly client: number;
  readonly beside: readonly NodeId[];
}

/**
 * The links a partition cuts: all those between nodes of different groups. A partition divides the whole cluster, so
 * the nodes that no group names are together one more group. A client in a group reaches the nodes of that group only; a
 * placed one reaches the groups of the nodes beside which it stands; any other client reaches every node.
 */
export function partitionLinks(
  groups: readonly (readonly EndpointId[])[],
  placements: readonly Placement[],
  endpoints: Endpoints,
): Link[] {
  const groupOf = (endpoint: EndpointId): number => groups.findIndex((group) => group.includes(endpoint));
  const cutFromClient = (client: number, node: NodeId): boolean => {
    const own = groupOf(endpoints.nodes + client);
    if (own >= 0) return groupOf(node) !== own;
    const placement = placements.find((placed) => placed.client === client);
    return placement !== undefined && !placement.beside.some((beside) => groupOf(beside) === groupOf(node));
  };
  return linksWhere(endpoints, (from, to) => {
    if (from >= endpoints.nodes) return cutFromClient(from - endpoints.nodes, to);
    if (to >= endpoints.nodes) return cutFromClient(to - endpoints.nodes, from);
    return groupOf(from) !== groupOf(to);
  });
}

/** The links that leave each of these alone: all between it and any other node. Other clients still reach a node. */
export function isolationLinks(alone: readonly EndpointId[], endpoints: Endpoints): Link[] {
  const isCut = (from: EndpointId, to: EndpointId): boolean => alone.includes(from) || alone.includes(to);
  const { nodes } = endpoints;
  if (alone.every((endpoint) => endpoint < nodes)) return nodeLinksWhere(endpoints, isCut);
  const ofNodes = ([from, to]: Link): boolean => from < nodes && to < nodes;
  const ofClients = ([from, to]: Link): boolean =>
    (from >= nodes && alone.includes(from)) || (to >= nodes && alone.includes(to));
  return linksWhere(endpoints, isCut).filter((link) => ofNodes(link) || ofClients(link));
}

/** As a partition into these groups, except that the bridge's nodes keep all their links. */
export function bridgeLinks(
  groups: readonly (readonly NodeId[])[],
  bridge: readonly NodeId[],
  endpoints: Endpoints,
): Link[] {
  const cut = partitionLinks(groups, [], endpoints);
  return cut.filter(([from, to]) => !bridge.includes(from) && !bridge.includes(to));
}

/** All links of the ring's nodes but those to their two neighbours, the first and the last being neighbours too. */
export function ringLinks(ring: readonly NodeId[], endpoints: Endpoints): Link[] {
  const areNeighbours = (from: number, to: number): boolean => {
    const steps = Math.abs(from - to);
    return steps === 1 || steps === ring.length - 1;
  };
  return nodeLinksWhere(endpoints, (from, to) => {
    const [here, there] = [ring.indexOf(from), ring.indexOf(to)];
    if (here < 0 && there < 0) return false;
    return here < 0 || there < 0 || !areNeighbours(here, there);
  });
}

/** The links from each of one set to each of the other. */
export function linksFromTo(from: readonly NodeId[], to: readonly NodeId[]): Link[] {
  return from.flatMap((sender) => to.map((receiver): Link => [sender, receiver])).filter(([a, b]) => a !== b);
}

/** All links that begin or end at one of these nodes, clients' included. */
export function linksTouching(nodes: readonly NodeId[], endpoints: Endpoints): Link[] {
  return linksWhere(endpoints, (from, to) => nodes.includes(from) || nodes.includes(to));
}

/** The same links, each once, in the order in which they were first named. */
export function distinctLinks(links: readonly Link[]): Link[] {
  const seen = new Set<string>();
  return links.filter(([from, to]) => {
    const isNew = !seen.has(`${from} ${to}`);
    seen.add(`${from} ${to}`);
    return isNew;
  });
}

function nodeLinksWhere(endpoints: Endpoints, chosen: (from: NodeId, to: NodeId) => boolean): Link[] {
  return linksWhere({ nodes: endpoints.nodes, clients: 0 }, chosen);
}

/** Ascending by sender, then receiver. Clients have no links among themselves. */
function linksWhere(endpoints: Endpoints, chosen: (from: EndpointId, to: EndpointId) => boolean): Link[] {
  const links: Link[] = [];
  const all = endpoints.nodes + endpoints.clients;
  for (let from = 0; from < all; from++) {
    const last = from < endpoints.nodes ? all : endpoints.nodes;
    for (let to = 0; to < last; to++) if (from !== to && chosen(from, to)) links.push([from, to]);
  }
  return links;
}
