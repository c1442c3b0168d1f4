import { describeConfiguration } from '../../core/describe.ts';
import type { OperationSelection, OperationStatus } from '../../sim/clients/operation-tally.ts';
import type { KeyOp, NodeId } from '../../sim/protocol.ts';
import type { Condition, Selector } from '../scenario.ts';
import type { ClusterView, Role } from '../environment.ts';
import { describeNodes, describeSelector, describeValue } from './describe.ts';
import { isJoint } from './members.ts';
import { liveLeader, mayMean, quotas, whyMissing } from './selectors.ts';
import type { Scope } from './selectors.ts';

/** One requirement of a condition. A condition holds when all its parts do. */
export interface Part {
  /** Read after events, so it builds no texts. */
  holds(scope: Scope): boolean;
  /** What must hold: `leader in n3, n4, n5`. */
  expected(scope: Scope): string;
  /** What was found instead: `n2 leads term 4`. */
  found(scope: Scope): string;
}

/** Takes a condition apart, once for all the times it is looked at. */
export function partsOf(condition: Condition): readonly Part[] {
  const { leaders, leader, roles, term, committed, applied, values } = condition;
  const { configuration, log, snapshot, converged, connected, mark, sent, operations, reads } = condition;
  return [
    leaders === null ? [] : [leadersPart(leaders)],
    leader === null ? [] : [leader.kind === 'none' ? noLeaderPart : leaderPart(leader.nodes)],
    (roles ?? []).map(({ nodes, role }) => rolePart(nodes, role)),
    term === null ? [] : [termPart(term.of, term.min, term.max)],
    committed === null ? [] : [committedPart(committed)],
    applied === null ? [] : [appliedPart(applied)],
    (values ?? []).map(({ key, value, on }) => valuePart(on, key, value)),
    configuration === null ? [] : [configurationPart(configuration)],
    log === null ? [] : [logPart(log)],
    snapshot === null ? [] : [snapshotPart(snapshot)],
    converged === null ? [] : [convergedPart(converged)],
    connected === null ? [] : [connectedPart(connected.min)],
    mark === null ? [] : [markPart(mark.name, mark.min)],
    sent === null ? [] : [sentPart(sent)],
    operations === null ? [] : [operationsPart(operations)],
    reads === null ? [] : [readsPart(reads)],
  ].flat();
}

export function allHold(parts: readonly Part[], scope: Scope): boolean {
  return parts.every((part) => part.holds(scope));
}

/** The condition in words: `leader in n3, n4, n5 and x = 8 on all`. */
export function describeCondition(condition: Condition, scope: Scope): string {
  return partsOf(condition)
    .map((part) => part.expected(scope))
    .join(' and ');
}

/** What is missing and what is there instead: `expected leader in n3, n4, n5; n2 leads term 4`. Empty if it holds. */
export function explainCondition(condition: Condition, scope: Scope): string {
  return partsOf(condition)
    .filter((part) => !part.holds(scope))
    .map((part) => `expected ${part.expected(scope)}; ${part.found(scope)}`)
    .join('; ');
}

/**
 * The nodes a condition is about, for `as` to remember: the leader if the condition requires one, otherwise the
 * nodes of its first selector.
 */
export function nodesOfCondition(condition: Condition, scope: Scope): readonly NodeId[] {
  const about =
    condition.roles?.[0]?.nodes ??
    condition.term?.of ??
    condition.committed?.on ??
    condition.applied?.on ??
    condition.values?.[0]?.on ??
    condition.configuration?.on ??
    condition.log?.on ??
    condition.snapshot?.on;
  const requiresLeader = condition.leaders !== null || condition.leader !== null || about === undefined;
  const leader = liveLeader(scope.cluster);
  if (requiresLeader) return leader === null ? [] : [leader];
  return scope.cluster.everyNode.filter((node) => mayMean(about, node, scope));
}

function leadersPart(count: number): Part {
  return {
    holds: ({ cluster }) => countLeaders(cluster) === count,
    expected: () => (count === 1 ? '1 leader' : `${count} leaders`),
    found: ({ cluster }) => describeLeaders(cluster),
  };
}

const noLeaderPart: Part = {
  holds: ({ cluster }) => liveLeader(cluster) === null,
  expected: () => 'no leader',
  found: ({ cluster }) => describeLeaders(cluster),
};

function leaderPart(among: Selector): Part {
  return {
    holds: (scope) => {
      const leader = liveLeader(scope.cluster);
      return leader !== null && mayMean(among, leader, scope);
    },
    expected: (scope) => `leader ${among.kind === 'node' ? '' : 'in '}${describeKnown(among, scope)}`,
    found: ({ cluster }) => describeLeaders(cluster),
  };
}

function rolePart(nodes: Selector, role: Role): Part {
  return nodesPart(nodes, {
    test: (cluster, node) => cluster.role(node) === role,
    expected: (on) => `role ${role} of ${on}`,
    found: (cluster, node) => `is ${cluster.role(node)}`,
  });
}

function termPart(of: Selector, min: number, max: number): Part {
  return nodesPart(of, {
    test: (cluster, node) => cluster.term(node) >= min && cluster.term(node) <= max,
    expected: (on) => `term ${describeRange(min, max)} of ${on}`,
    found: (cluster, node) => `is in term ${cluster.term(node)}`,
  });
}

function committedPart({ min, max, on }: NonNullable<Condition['committed']>): Part {
  return nodesPart(on, {
    test: (cluster, node) => cluster.commitIndex(node) >= min && cluster.commitIndex(node) <= max,
    expected: (nodes) => `${describeIndices(min, max)} committed on ${nodes}`,
    found: (cluster, node) => `committed ${cluster.commitIndex(node)}`,
  });
}

function appliedPart({ min, max, on }: NonNullable<Condition['applied']>): Part {
  return nodesPart(on, {
    test: (cluster, node) => cluster.lastApplied(node) >= min && cluster.lastApplied(node) <= max,
    expected: (nodes) => `${describeIndices(min, max)} applied on ${nodes}`,
    found: (cluster, node) => `applied ${cluster.lastApplied(node)}`,
  });
}

function logPart({ min, max, on }: NonNullable<Condition['log']>): Part {
  return nodesPart(on, {
    test: (cluster, node) => cluster.logLength(node) >= min && cluster.logLength(node) <= max,
    expected: (nodes) => `${describeRange(min, max)} entries in the log of ${nodes}`,
    found: (cluster, node) => `has ${cluster.logLength(node)}`,
  });
}

function snapshotPart({ index, on }: NonNullable<Condition['snapshot']>): Part {
  return nodesPart(on, {
    test: (cluster, node) => cluster.snapshotIndex(node) >= index,
    expected: (nodes) => `a snapshot of index ${index} on ${nodes}`,
    found: (cluster, node) => {
      const newest = cluster.snapshotIndex(node);
      return newest === 0 ? 'has none' : `has one of ${newest}`;
    },
  });
}

function configurationPart({ voters, learners, joint, on }: NonNullable<Condition['configuration']>): Part {
  return nodesPart(on, {
    test: (cluster, node, scope) => {
      const members = cluster.members(node);
      return (
        (voters === null || isExactly(members.voters, voters, scope)) &&
        (learners === null || isExactly(members.learners, learners, scope)) &&
        (joint === null || isJoint(members) === joint)
      );
    },
    expected: (nodes, scope) => {
      const parts = [
        ...(joint === null ? [] : [joint ? 'joint' : 'not joint']),
        ...(voters === null ? [] : [`voters ${describeKnown(voters, scope)}`]),
        ...(learners === null ? [] : [`learners ${describeKnown(learners, scope)}`]),
      ];
      return `configuration ${parts.join(', ')} on ${nodes}`;
    },
    found: (cluster, node) =>
      `has ${describeConfiguration(cluster.members(node), (member) => cluster.nodeName(member))}`,
  });
}

function isExactly(members: readonly NodeId[], wanted: Selector, scope: Scope): boolean {
  return scope.cluster.everyNode.every((node) => members.includes(node) === mayMean(wanted, node, scope));
}

function valuePart(on: Selector, key: string, value: string | null): Part {
  const say = (held: string | null): string => (held === null ? `no ${key}` : `${key} = ${held}`);
  return nodesPart(on, {
    test: (cluster, node) => cluster.value(node, key) === value,
    expected: (nodes) => `${say(value)} on ${nodes}`,
    found: (cluster, node) => `has ${say(cluster.value(node, key))}`,
  });
}

/** The same requirement for several nodes. A node that is down satisfies nothing: its state after a restart is not known. */
function nodesPart(
  on: Selector,
  requirement: {
    test(cluster: ClusterView, node: NodeId, scope: Scope): boolean;
    expected(nodes: string, scope: Scope): string;
    found(cluster: ClusterView, node: NodeId): string;
  },
): Part {
  const satisfies = (node: NodeId, scope: Scope): boolean =>
    scope.cluster.isUp(node) && requirement.test(scope.cluster, node, scope);
  return {
    holds: (scope) => {
      const wanted = quotas(on, scope);
      if ('missing' in wanted) return false;
      return wanted.every(({ nodes, need }) => nodes.filter((node) => satisfies(node, scope)).length >= need);
    },
    expected: (scope) => requirement.expected(describeKnown(on, scope), scope),
    found: (scope) => {
      const { cluster } = scope;
      const wanted = quotas(on, scope);
      if ('missing' in wanted) return whyMissing(wanted.missing, scope);
      const failing = new Set(wanted.flatMap(({ nodes }) => nodes).filter((node) => !satisfies(node, scope)));
      return [...failing]
        .map((node) => `${cluster.nodeName(node)} ${cluster.isUp(node) ? requirement.found(cluster, node) : 'is down'}`)
        .join(', ');
    },
  };
}

function convergedPart(wanted: boolean): Part {
  return {
    holds: ({ cluster }) => cluster.converged() === wanted,
    expected: () => (wanted ? 'convergence' : 'no convergence'),
    found: ({ cluster }) => {
      if (!wanted) return 'all running nodes agree';
      const running = cluster.everyNode.filter((node) => cluster.isUp(node));
      const states = running.map((node) => {
        const log = `log to ${cluster.lastIndex(node)}, committed ${cluster.commitIndex(node)}`;
        return `${cluster.nodeName(node)} ${log}, applied ${cluster.lastApplied(node)}`;
      });
      const cause = cluster.isLoaded ? ['clients are still writing; stop them first with load: stop'] : [];
      return [...cause, describeLeaders(cluster), ...states].join('; ');
    },
  };
}

function connectedPart(min: number): Part {
  return {
    holds: ({ cluster }) => connectedNodes(cluster, min) !== null,
    expected: () => `${min} connected nodes`,
    found: ({ cluster }) => {
      let largest: readonly NodeId[] = [];
      for (let size = 1; size < min; size++) largest = connectedNodes(cluster, size) ?? largest;
      if (largest.length === 0) return 'no node runs';
      return `at most ${largest.length} (${describeNodes(largest, cluster)})`;
    },
  };
}

function markPart(name: string, min: number): Part {
  return {
    holds: ({ cluster }) => cluster.markCount(name) >= min,
    expected: () => (min === 1 ? `mark ${name}` : `mark ${name} ${min} times`),
    found: ({ cluster }) => {
      const count = cluster.markCount(name);
      return count === 0 ? 'it was not seen' : `seen ${count} of ${min} times`;
    },
  };
}

function sentPart({ type, min, max, bytes }: NonNullable<Condition['sent']>): Part {
  const messages = type ?? 'messages';
  return {
    holds: ({ cluster }) => {
      const count = cluster.sentCount(type);
      return count >= min && count <= max && (bytes === null || cluster.sentBytes(type) <= bytes);
    },
    expected: () => {
      const size = bytes === null ? '' : ` of at most ${bytes} bytes`;
      return `${describeRange(min, max)} ${messages} sent${size}`;
    },
    found: ({ cluster }) => {
      const size = bytes === null ? '' : `, ${cluster.sentBytes(type)} bytes`;
      return `${cluster.sentCount(type)} sent${size}`;
    },
  };
}

function operationsPart({ of, counts }: NonNullable<Condition['operations']>): Part {
  return {
    holds: ({ cluster }) =>
      counts.every(({ status, min, max }) => {
        const count = cluster.operationCount(of, status);
        return count >= min && count <= max;
      }),
    expected: ({ cluster }) => {
      const numbers = counts.map(({ status, min, max }) => `${describeRange(min, max)} ${STATUS_WORDS[status]}`);
      return `${numbers.join(' and ')} ${describeOperations(of, cluster)}`;
    },
    found: ({ cluster }) => {
      if (cluster.operationCount(of, 'invoked') + cluster.operationCount(of, 'pending') === 0)
        return 'none was invoked';
      const isAsked = (status: OperationStatus): boolean => counts.some((one) => one.status === status);
      return STATUSES.map((status) => ({ status, count: cluster.operationCount(of, status) }))
        .filter(({ status, count }) => isAsked(status) || (count > 0 && status !== 'invoked'))
        .map(({ status, count }) => `${count} ${STATUS_WORDS[status]}`)
        .join(', ');
    },
  };
}

const STATUSES: readonly OperationStatus[] = ['invoked', 'ok', 'fail', 'unknown', 'pending'];

const STATUS_WORDS: Readonly<Record<OperationStatus, string>> = {
  ...{ invoked: 'invoked', ok: 'ok', fail: 'failed', unknown: 'unknown', pending: 'pending' },
};

/** `write or cas operations on x by c1, c2`. */
function describeOperations({ clients, ops, key }: OperationSelection, cluster: ClusterView): string {
  const kinds = ops === null ? '' : `${ops.map((op) => WORDS_OF_OPS[op]).join(' or ')} `;
  return `${kinds}operations${key === null ? '' : ` on ${key}`}${describeClients(clients, cluster)}`;
}

const WORDS_OF_OPS: Readonly<Record<KeyOp, string>> = {
  ...{ put: 'write', get: 'read', cas: 'cas', append: 'append', delete: 'delete' },
};

function describeClients(clients: readonly number[] | null, cluster: ClusterView): string {
  if (clients === null) return '';
  return ` by ${clients.map((client) => cluster.endpointName(cluster.nodes + client)).join(', ')}`;
}

function readsPart({ of, values }: NonNullable<Condition['reads']>): Part {
  return {
    holds: ({ cluster }) => {
      const read = cluster.readValues(of);
      return read.count === values.length && values.every((value, place) => read.values[place] === value);
    },
    expected: ({ cluster }) => {
      const by = describeClients(of.client === null ? null : [of.client], cluster);
      return `reads of ${of.key}${by} to return ${describeSequence(values)}`;
    },
    found: ({ cluster }) => {
      const read = cluster.readValues(of);
      if (read.count === 0) return 'none has succeeded';
      const more = read.count - read.values.length;
      return `they returned ${describeSequence(read.values)}${more > 0 ? `, and ${more} more` : ''}`;
    },
  };
}

/** `"a", then "b", then nothing`. */
function describeSequence(values: readonly (string | null)[]): string {
  return values.map(describeValue).join(', then ');
}

/** A set of `size` running nodes of which each pair reaches each other both ways; the one of the smallest ids. */
function connectedNodes(cluster: ClusterView, size: number): readonly NodeId[] | null {
  const running = cluster.everyNode.filter((node) => cluster.isUp(node) && !cluster.isPaused(node));
  const isPair = running.map((node) =>
    running.map((other) => cluster.reaches(node, other) && cluster.reaches(other, node)),
  );
  return grow([], [...running.keys()])?.map((place) => running[place]!) ?? null;

  function grow(set: readonly number[], able: readonly number[]): readonly number[] | null {
    if (set.length >= size) return set;
    if (set.length + groupsWithoutPairs(able, isPair) < size) return null;
    for (const [place, node] of able.entries()) {
      if (set.length + able.length - place < size) return null;
      const next = able.slice(place + 1).filter((other) => isPair[node]![other]!);
      const found = grow([...set, node], next);
      if (found !== null) return found;
    }
    return null;
  }
}

/**
 * Divides nodes into groups in which no pair reaches each other, first come, first served: a connected set has at most one
 * node of each. Without this bound the search for one would take exponential time after an ordinary partition.
 */
function groupsWithoutPairs(nodes: readonly number[], isPair: readonly (readonly boolean[])[]): number {
  const groups: number[][] = [];
  for (const node of nodes) {
    const group = groups.find((others) => !others.some((other) => isPair[node]![other]!));
    if (group === undefined) groups.push([node]);
    else group.push(node);
  }
  return groups.length;
}

function leadersOf(cluster: ClusterView): NodeId[] {
  return cluster.everyNode.filter((node) => cluster.role(node) === 'leader');
}

/** Looked at after every event by each step that waits for it, so it builds no list. */
function countLeaders(cluster: ClusterView): number {
  let leaders = 0;
  for (let node = 0; node < cluster.nodes; node++) if (cluster.role(node) === 'leader') leaders++;
  return leaders;
}

function describeLeaders(cluster: ClusterView): string {
  const leaders = leadersOf(cluster).map((node) => `${cluster.nodeName(node)} leads term ${cluster.term(node)}`);
  return leaders.length === 0 ? 'no node leads' : leaders.join(', ');
}

/** A selector, with the nodes it means if the word alone does not say. */
function describeKnown(selector: Selector, scope: Scope): string {
  const words = describeSelector(selector, scope.cluster);
  if (selector.kind !== 'remembered') return words;
  const nodes = scope.recall(selector.name);
  return nodes === null ? words : `${words} (${describeNodes(nodes, scope.cluster)})`;
}

/** `index 3`, `at most 5`, `3 to 5`. */
function describeIndices(min: number, max: number): string {
  return max >= Number.MAX_SAFE_INTEGER ? `index ${min}` : `index ${describeRange(min, max)}`;
}

function describeRange(min: number, max: number): string {
  if (min === max) return `${min}`;
  if (max >= Number.MAX_SAFE_INTEGER) return `at least ${min}`;
  return min === 0 ? `at most ${max}` : `${min} to ${max}`;
}
