import type { NodeId, Random } from '../../sim/protocol.ts';
import type { RoleSelector, Selector } from '../scenario.ts';
import type { ClusterView } from '../environment.ts';

/** What selectors are resolved against: the cluster as it is, and the nodes remembered with `as`. */
export interface Scope {
  readonly cluster: ClusterView;
  recall(name: string): readonly NodeId[] | null;
}

/** A selector that is not a list. */
export type Leaf = Exclude<Selector, { readonly kind: 'list' }>;

/** Which nodes a step can do its work on; only these are drawn. */
export type Eligible = (cluster: ClusterView, node: NodeId) => boolean;

/** A selector that found nothing, or too few. */
export interface Missing {
  readonly selector: Leaf;
  /** The nodes it could have taken. */
  readonly left: readonly NodeId[];
}

/** Either the nodes of each group, or the first selector that found nothing. */
export type Resolution =
  | { readonly groups: readonly (readonly NodeId[])[]; readonly missing: null }
  | { readonly groups: null; readonly missing: Missing };

/** `need` of `nodes` must satisfy a condition. */
export interface Quota {
  readonly nodes: readonly NodeId[];
  readonly need: number;
}

/**
 * The more precise word has the node, so that `[[leader, follower], [followers]]` and `[[any], [leader], [others]]`
 * divide the cluster as they read: nodes pointed at, then drawn ones, then all of a role, then the rest.
 */
type Precision = 'pointed' | 'drawn' | 'whole' | 'rest';

const PRECISIONS: readonly Precision[] = ['pointed', 'drawn', 'whole', 'rest'];

/**
 * The draws of one execution of one step. What is drawn is an order of all nodes, once for each selector, and the
 * first eligible ones in that order are taken: however often a waiting step has to try, it means to take the same.
 */
export class Draws {
  readonly #random: (ordinal: number) => Random;
  readonly #nodes: number;
  readonly #orders = new Map<Leaf, readonly NodeId[]>();

  /** `random`: the stream of the n-th drawn selector of this execution. */
  constructor(nodes: number, random: (ordinal: number) => Random) {
    this.#nodes = nodes;
    this.#random = random;
  }

  order(leaf: Leaf): readonly NodeId[] {
    const known = this.#orders.get(leaf);
    if (known !== undefined) return known;
    const drawn = shuffled(this.#nodes, this.#random(this.#orders.size));
    this.#orders.set(leaf, drawn);
    return drawn;
  }
}

export function isRunning(cluster: ClusterView, node: NodeId): boolean {
  return cluster.isUp(node);
}

export function isAny(): boolean {
  return true;
}

/** The live leader of the highest term, or null. A leader that is paused or cut off is live; one that is down is not. */
export function liveLeader(cluster: ClusterView): NodeId | null {
  let leader: NodeId | null = null;
  for (let node = 0; node < cluster.nodes; node++) {
    if (cluster.role(node) !== 'leader') continue;
    if (leader === null || cluster.term(node) > cluster.term(leader)) leader = node;
  }
  return leader;
}

/**
 * The members of the cluster: the configuration of the live leader, or else the newest that any node has. Those that
 * voted before a joint configuration still do.
 */
function membersOf(cluster: ClusterView): {
  readonly voters: readonly NodeId[];
  readonly learners: readonly NodeId[];
} {
  const { voters, outgoing, learners } = cluster.members(liveLeader(cluster) ?? bestInformed(cluster));
  return outgoing.length === 0 ? { voters, learners } : { voters: union(voters, outgoing), learners };
}

/** The node with the newest configuration, for a cluster without a leader. */
function bestInformed(cluster: ClusterView): NodeId {
  let best: NodeId = 0;
  for (let node = 1; node < cluster.nodes; node++) {
    if (cluster.members(node).index > cluster.members(best).index) best = node;
  }
  return best;
}

/** Ascending. */
function union(a: readonly NodeId[], b: readonly NodeId[]): readonly NodeId[] {
  return [...new Set([...a, ...b])].sort((one, other) => one - other);
}

/** Whether a selector may mean this node, whatever would be drawn. */
export function mayMean(selector: Selector, node: NodeId, scope: Scope): boolean {
  if (selector.kind === 'node') return selector.node === node;
  if (selector.kind === 'client') return scope.cluster.nodes + selector.client === node;
  if (selector.kind === 'list') return selector.of.some((part) => mayMean(part, node, scope));
  return candidates(selector, scope, isAny).includes(node);
}

/**
 * The nodes of several groups of one step. A drawn node is one that no other selector of the step points at or has
 * drawn; `others` are those that are left. With `disjoint`, a node is in one group only, that of the more precise
 * selector, and then of the earlier one. A group may not come out empty.
 *
 * `drawn` holds what this attempt of the step has drawn already: one selector object means the same nodes throughout.
 */
export function resolveGroups(
  selectors: readonly Selector[],
  scope: Scope,
  options: {
    readonly draws: Draws;
    readonly eligible: Eligible;
    readonly disjoint: boolean;
    readonly drawn: Map<Leaf, readonly NodeId[]>;
  },
): Resolution {
  const claims = selectors.flatMap((selector, group) =>
    leavesOf(selector).map((leaf) => ({ group, leaf, nodes: [] as readonly NodeId[] })),
  );
  const owner = new Map<NodeId, number>();
  for (const precision of PRECISIONS) {
    for (const claim of claims) {
      if (precisionOf(claim.leaf) !== precision) continue;
      claim.nodes = claimed(claim.leaf, claim.group);
      if (claim.nodes.length === 0)
        return { groups: null, missing: { selector: claim.leaf, left: unclaimed(claim.leaf) } };
      for (const node of claim.nodes) if (!owner.has(node)) owner.set(node, claim.group);
    }
  }
  const groups = selectors.map((_, group) => [
    ...new Set(claims.filter((claim) => claim.group === group).flatMap((claim) => claim.nodes)),
  ]);
  return { groups, missing: null };

  function claimed(leaf: Leaf, group: number): readonly NodeId[] {
    const precision = precisionOf(leaf);
    if (precision === 'drawn') return options.drawn.get(leaf) ?? draw(leaf);
    if (precision === 'rest') return unclaimed(leaf);
    const found = candidates(leaf, scope, options.eligible);
    return options.disjoint ? found.filter((node) => (owner.get(node) ?? group) === group) : found;
  }

  function draw(leaf: Leaf): readonly NodeId[] {
    const left = unclaimed(leaf);
    const count = drawnCount(leaf, scope);
    if (left.length < count) return [];
    const inDrawnOrder = options.draws.order(leaf).filter((node) => left.includes(node));
    const nodes = inDrawnOrder.slice(0, count).toSorted((a, b) => a - b);
    options.drawn.set(leaf, nodes);
    return nodes;
  }

  function unclaimed(leaf: Leaf): readonly NodeId[] {
    return candidates(leaf, scope, options.eligible).filter((node) => !owner.has(node));
  }
}

/**
 * What a condition requires of the nodes a selector means. Conditions draw nothing: `on: majority` holds as soon as some
 * majority satisfies it, `on: any 2` when two nodes do; other selectors require every node they mean. A selector that
 * finds nothing is returned instead, and no condition on it holds.
 */
export function quotas(selector: Selector, scope: Scope): readonly Quota[] | { readonly missing: Missing } {
  const leaves = leavesOf(selector);
  const pointed = new Set(
    leaves.filter((leaf) => precisionOf(leaf) === 'pointed').flatMap((leaf) => candidates(leaf, scope, isAny)),
  );
  const found: Quota[] = [];
  for (const leaf of leaves) {
    const precision = precisionOf(leaf);
    const all = candidates(leaf, scope, isAny);
    const nodes = precision === 'drawn' || precision === 'rest' ? all.filter((node) => !pointed.has(node)) : all;
    const need = precision === 'drawn' ? drawnCount(leaf, scope) : nodes.length;
    if (need === 0 || nodes.length < need) return { missing: { selector: leaf, left: nodes } };
    found.push({ nodes, need });
  }
  return found;
}

/** How many nodes a selector takes, as far as there are so many. */
export function countOf(selector: Selector, scope: Scope): number {
  return leavesOf(selector).reduce((sum, leaf) => {
    return sum + (precisionOf(leaf) === 'drawn' ? drawnCount(leaf, scope) : candidates(leaf, scope, isAny).length);
  }, 0);
}

/** The nodes that vote: by the configuration of the live leader, or else the newest that any node has. */
export function votersOf(cluster: ClusterView): readonly NodeId[] {
  return membersOf(cluster).voters;
}

/** Why a selector found nothing: `no node leads`. */
export function whyMissing({ selector, left }: Missing, scope: Scope): string {
  const { cluster } = scope;
  const names = (nodes: readonly NodeId[]): string => nodes.map((node) => cluster.nodeName(node)).join(', ');
  const found = candidates(selector, scope, isAny);
  if (found.length === 0) return describeEmpty(selector);
  switch (precisionOf(selector)) {
    case 'drawn':
      if (drawnCount(selector, scope) === 0) return 'one or two voters have no minority';
      return left.length === 0 ? 'no node is left for it' : `only ${names(left)} left for it`;
    case 'rest':
      return 'every node is named already';
    default:
      return `${names(found)} named elsewhere in the step`;
  }
}

function describeEmpty(selector: Leaf): string {
  if (selector.kind === 'remembered') return `nothing is remembered as $${selector.name}`;
  if (selector.kind === 'except') return 'no node is left';
  const word = selector.kind === 'any' ? selector.of : selector.kind === 'role' ? selector.role : 'all';
  switch (word) {
    case 'leader':
      return 'no node leads';
    case 'candidate':
      return 'no candidate runs';
    case 'learners':
      return 'there are no learners';
    case 'down':
      return 'every node runs';
    default:
      return 'no follower runs';
  }
}

function leavesOf(selector: Selector): readonly Leaf[] {
  return selector.kind === 'list' ? selector.of.flatMap(leavesOf) : [selector];
}

function precisionOf(leaf: Leaf): Precision {
  if (leaf.kind === 'any') return 'drawn';
  if (leaf.kind === 'except') return precisionOf(leaf.of);
  if (leaf.kind !== 'role') return 'pointed';
  switch (leaf.role) {
    case 'leader':
      return 'pointed';
    case 'followers':
    case 'voters':
    case 'learners':
    case 'all':
    case 'down':
      return 'whole';
    case 'others':
      return 'rest';
    default:
      return 'drawn';
  }
}

/** How many nodes a drawn selector takes. */
function drawnCount(leaf: Leaf, scope: Scope): number {
  if (leaf.kind === 'any') return leaf.count;
  if (leaf.kind === 'except') return drawnCount(leaf.of, scope);
  if (leaf.kind !== 'role') return 1;
  switch (leaf.role) {
    case 'minority':
      return Math.ceil(membersOf(scope.cluster).voters.length / 2) - 1;
    case 'majority':
      return Math.floor(membersOf(scope.cluster).voters.length / 2) + 1;
    default:
      return 1;
  }
}

/** The nodes a selector may mean, ascending but for remembered ones, before any of them is drawn. */
function candidates(leaf: Leaf, scope: Scope, eligible: Eligible): readonly NodeId[] {
  const { cluster } = scope;
  switch (leaf.kind) {
    case 'node':
      return [leaf.node];
    case 'client':
      return [cluster.nodes + leaf.client];
    case 'remembered':
      return scope.recall(leaf.name) ?? [];
    case 'any':
      return withRole(leaf.of, cluster).filter((node) => eligible(cluster, node));
    case 'except':
      return candidates(leaf.of, scope, eligible).filter(
        (node) => !leaf.except.some((part) => mayMean(part, node, scope)),
      );
    case 'role':
      return precisionOf(leaf) === 'drawn'
        ? withRole(leaf.role, cluster).filter((node) => eligible(cluster, node))
        : withRole(leaf.role, cluster);
  }
}

/** The nodes that a word for a role can mean. */
function withRole(role: RoleSelector['role'], cluster: ClusterView): readonly NodeId[] {
  switch (role) {
    case 'leader': {
      const leader = liveLeader(cluster);
      return leader === null ? [] : [leader];
    }
    case 'candidate':
      return newestCandidates(cluster);
    case 'follower':
    case 'followers':
      return membersOf(cluster).voters.filter((node) => cluster.isUp(node) && cluster.role(node) === 'follower');
    case 'voters':
    case 'minority':
    case 'majority':
      return membersOf(cluster).voters;
    case 'learners':
      return membersOf(cluster).learners;
    case 'down':
      return cluster.everyNode.filter((node) => !cluster.isUp(node));
    case 'all':
    case 'others':
      return cluster.everyNode;
  }
}

/** The running candidates of the highest term any of them is in. */
function newestCandidates(cluster: ClusterView): readonly NodeId[] {
  const running = cluster.everyNode.filter((node) => cluster.role(node) === 'candidate');
  const newest = running.reduce((term, node) => Math.max(term, cluster.term(node)), 0);
  return running.filter((node) => cluster.term(node) === newest);
}

function shuffled(count: number, random: Random): readonly NodeId[] {
  const order: NodeId[] = [];
  // Inside-out Fisher–Yates: each node goes to a drawn place, and the node that was there moves to the end.
  for (let node = 0; node < count; node++) {
    const place = random.below(node + 1);
    order.push(order[place] ?? node);
    order[place] = node;
  }
  return order;
}
