import type * as z from 'zod';
import { DEFAULT_OPTIONS, longestWait, type RaftOptions } from '../../core/options.ts';
import type { Micros, NodeId } from '../../sim/protocol.ts';
import type { ClusterPlan, NodeVersion, RaftPlan, Uses } from '../scenario.ts';
import { didYouMean } from './did-you-mean.ts';
import type { NodeNames } from './node-names.ts';
import type { Place } from './place.ts';
import { describeOption, raftOf, raftOptions } from './raft-options.ts';
import { nodeNamed } from './selectors.ts';
import { either, key, mapping, record } from './shapes.ts';
import { quoted } from './tree.ts';
import { text } from './values.ts';

/** Options that all nodes must share, and why. */
const SHARED: Partial<Record<keyof RaftOptions, string>> = {
  sessionTimeout: 'every state machine must expire a session at the same entry',
  reads: 'a leader confirms reads for all nodes in one way',
};

/** Options that all nodes must share where leases are in use. */
const SHARED_WITH_LEASES: readonly (keyof RaftOptions)[] = ['electionTimeout', 'checkQuorum', 'clockDriftBound'];

/** Options of Raft, for all nodes and for single ones. */
export const raft = mapping('options of Raft like { electionTimeout: 150ms..300ms }', {
  ...raftOptions,
  nodes: key(
    record(
      'options by node like { n1: { preVote: false } }',
      mapping('options of Raft like { preVote: false }', raftOptions, {
        nonEmpty: true,
        elsewhere: (word) =>
          word === 'mutant' ? 'a known bug of one node is written cluster.mutant: { n1: V1 }' : null,
      }),
    ),
    'Options by node, where they differ.',
  ),
});

/** The known bug that nodes run with. */
export const mutant = either('the id of a known bug, or one by node like { n1: V1 }', [
  text,
  record('known bugs by node like { n1: V1 }', text),
]);

/** What a node runs from its next boot on. */
export const change = {
  raft: key(
    mapping('options of Raft like { preVote: true }', raftOptions, {
      nonEmpty: true,
      elsewhere: (word) => (word === 'nodes' ? 'the step itself says which nodes' : null),
    }),
    'The options that change.',
  ),
  mutant: key(text, 'Id of a known bug that it has then, or `none`.'),
};

/** What each node runs at the beginning. */
export function versionsOf(
  raw: z.output<typeof raft> = {},
  rawMutant: z.output<typeof mutant> | undefined,
  { nodes, voters }: NodeNames,
  place: Place,
): Pick<ClusterPlan, 'raft' | 'mutant' | 'versions'> {
  const { nodes: own = {}, ...common } = raw;
  const at = place.at('raft');
  const plan = raftOf(common, at);
  const everywhere = typeof rawMutant === 'string' ? knownMutant(rawMutant, place.at('mutant')) : null;
  const versions = nodes.map((): NodeVersion => ({ raft: plan, mutant: everywhere }));
  for (const [name, options] of Object.entries(own)) {
    const node = nodeNamed(name, at.at('nodes', name), 'key');
    const changed = raftOf(options, at.at('nodes', name), common);
    checkShared(Object.keys(changed), plan, at.at('nodes', name));
    replace(versions, node, { raft: { ...plan, ...changed } });
  }
  if (typeof rawMutant === 'object') {
    for (const [name, id] of Object.entries(rawMutant)) {
      const node = nodeNamed(name, place.at('mutant', name), 'key');
      replace(versions, node, { mutant: knownMutant(id, place.at('mutant', name)) });
    }
  }
  if (at.isSound) {
    checkHeartbeatsArrive(versions, nodes, Object.keys(own), at.at('nodes'));
    checkPriorities(versions, nodes, voters, (name) => (name in own ? at.at('nodes', name) : at).at('priority'));
  }
  return { raft: plan, mutant: everywhere, versions };
}

/** A change of what a node runs. Null: `mutant` stays. */
export function changeOf(
  raw: { readonly raft?: z.output<typeof change.raft>; readonly mutant?: string | undefined },
  place: Place,
): { readonly raft: RaftPlan; readonly mutant: string | null } {
  const options = raftOf(raw.raft ?? {}, place.at('raft'), {});
  if (raw.raft === undefined && raw.mutant === undefined && place.isSound) {
    place.at('upgrade').problem('nothing changes: expected raft, mutant or both beside it');
  }
  const mutantId = raw.mutant ?? null;
  const isNamed = mutantId !== null && mutantId !== 'none';
  if (isNamed) knownMutant(mutantId, place.at('mutant'));
  place.scope.uses.upgrades.push({ raft: options, mutant: mutantId, place: place.at('raft') });
  return { raft: options, mutant: mutantId };
}

type Upgrades = Place['scope']['uses']['upgrades'];

/** Reports upgrades to options that do not go together with what the nodes run. */
export function checkUpgrades(upgrades: Upgrades, { raft: plan, versions }: ClusterPlan): void {
  for (const { raft: changed, place } of upgrades) {
    checkShared(Object.keys(changed), plan, place);
    if (!place.isSound) continue;
    const longest = Math.max(...versions.map((version) => heartbeatOf({ ...version.raft, ...changed })));
    const shortest = Math.min(...versions.map((version) => timeoutOf({ ...version.raft, ...changed })[1]));
    const before = Math.max(...versions.map((version) => heartbeatOf(version.raft)));
    if (shortest <= longest) {
      const option = changed.heartbeatInterval === undefined ? 'electionTimeout' : 'heartbeatInterval';
      place.at(option).problem('every election timeout would end before a heartbeat arrives');
    } else if (shortest <= before) {
      const heartbeats = describeOption('heartbeatInterval', before);
      place
        .at('electionTimeout')
        .problem(`every election timeout would end before heartbeats arrive, every ${heartbeats}`);
    }
  }
}

/** What some node may run at some time. */
export function usedVersions({ versions }: ClusterPlan, upgrades: Upgrades): Pick<Uses, 'mutants' | 'options'> {
  const ids = [...versions, ...upgrades].flatMap(({ mutant: id }) => (id === null || id === 'none' ? [] : [id]));
  const initial = [...new Set(versions.map((version) => version.raft))];
  const upgraded = upgrades.flatMap((upgrade) => initial.map((plan) => ({ ...plan, ...upgrade.raft })));
  return { mutants: [...new Set(ids)], options: [...initial, ...upgraded] };
}

function checkShared(changed: readonly string[], { reads }: RaftPlan, place: Place): void {
  for (const option of changed as readonly (keyof RaftOptions)[]) {
    const why = SHARED[option];
    if (why !== undefined) place.at(option).problem(`${option} must be the same at all nodes: ${why}`);
    else if (reads === 'lease' && SHARED_WITH_LEASES.includes(option)) {
      const other = 'a lease of one node rests on how long the others wait';
      place.at(option).problem(`with "reads: lease", ${option} must be the same at all nodes: ${other}`);
    }
  }
}

/** A follower whose election timeouts all end before the heartbeats of some other node arrive can never follow it. */
function checkHeartbeatsArrive(
  versions: readonly NodeVersion[],
  nodes: readonly string[],
  own: readonly string[],
  place: Place,
): void {
  const intervals = versions.map((version) => heartbeatOf(version.raft));
  const longest = Math.max(...intervals);
  const slowest = nodes[intervals.indexOf(longest)]!;
  for (const [node, name] of nodes.entries()) {
    const timeout = timeoutOf(versions[node]!.raft);
    if (timeout[1] > longest) continue;
    const timeouts = describeOption('electionTimeout', timeout);
    const text = `the election timeouts of ${name} (${timeouts}) all end before heartbeats of ${slowest} arrive, every ${describeOption('heartbeatInterval', longest)}`;
    if (own.includes(name)) place.at(name).problem(text);
    else place.at(slowest).problem(text);
    return;
  }
}

/**
 * The voters that start elections must be a majority. Then they hold every committed entry among them, and the best of their
 * logs can win with their votes alone: the others need not come first.
 */
function checkPriorities(
  versions: readonly NodeVersion[],
  nodes: readonly string[],
  voters: readonly NodeId[],
  placeOf: (name: string) => Place,
): void {
  const withZero = (of: readonly NodeId[]): readonly string[] =>
    of.filter((node) => versions[node]?.raft.priority === 0).map((node) => nodes[node]!);
  const isMinority = (names: readonly string[], of: readonly unknown[]): boolean => 2 * names.length < of.length;
  const among = withZero(voters);
  const all = withZero([...nodes.keys()]);
  if (all.length === 0) return;
  if (!isMinority(among, voters)) {
    const count = `${String(among.length)} of ${String(voters.length)} voters`;
    placeOf(among[0]!).problem(
      `${count} have priority 0 (${among.join(', ')}), so that the cluster may be without a leader for good; give a majority of the voters a priority above 0`,
    );
  } else if (!isMinority(all, nodes)) {
    placeOf(all[0]!).warning(
      `${all.join(', ')} have priority 0: if all of them vote, the cluster may be without a leader for good`,
    );
  }
}

function heartbeatOf({ heartbeatInterval = DEFAULT_OPTIONS.heartbeatInterval }: RaftPlan): number {
  return heartbeatInterval;
}

/** How long any node may wait for a leader, before it starts an election. */
export function longestTimeout(options: readonly RaftPlan[]): Micros {
  return Math.max(...options.map((plan) => longestWait({ ...DEFAULT_OPTIONS, ...plan })));
}

function timeoutOf({ electionTimeout = DEFAULT_OPTIONS.electionTimeout }: RaftPlan): readonly [number, number] {
  return electionTimeout;
}

function replace(versions: NodeVersion[], node: NodeId, change: Partial<NodeVersion>): void {
  const version = versions[node];
  if (version !== undefined) versions[node] = { ...version, ...change };
}

function knownMutant(given: string, place: Place): string {
  const known = place.scope.vocabulary.mutants;
  if (known.length === 0 || given === '' || known.includes(given)) return given;
  const near = didYouMean(given, known);
  const hint = near === null ? '; docs/invariants.md lists the known bugs' : `; did you mean "${near}"?`;
  place.problem(`unknown mutant ${quoted(given)}${hint}`);
  return given;
}
