import type * as z from 'zod';
import type { NodeId } from '../../sim/protocol.ts';
import type { ClockPlan, ClusterPlan, CrashDisk, DiskPlan, InitialDisk, ProcessPlan, RaftPlan } from '../program.ts';
import { constant, distribution, distributionOf } from './distribution.ts';
import { nearest } from './nearest.ts';
import type { Place } from './place.ts';
import { nodeNamed, RESERVED } from './selectors.ts';
import { either, key, list, mapping, needed, record } from './shapes.ts';
import { quoted } from './tree.ts';
import { drift, duration, flag, flagOr, name, NAME, range, signedDuration, text, whole, word } from './values.ts';

/** Raft clusters are small; every link between nodes costs memory. */
const MOST_NODES = 100;

const NODES = 'a number of nodes or a list of names';

const MOST_TERMS = 1_000_000_000;

const term = whole('a term', 0, MOST_TERMS, MOST_TERMS);

const initialDisk = mapping(
  'a mapping like { term: 2, votedFor: n1, log: [1, 1, 2] }',
  {
    term: key(term, 'The current term.', 'that of the last entry'),
    votedFor: key(name('the name of a node', 'n2'), 'Whom the node voted for in that term.', 'nobody'),
    log: key(
      list('a list of terms like [1, 1, 2]', whole('a term', 1, MOST_TERMS, 0)),
      'The terms of the entries, from index 1.',
      '[]',
    ),
  },
  { nonEmpty: true },
);

const raft = mapping(
  'options of Raft like { electionTimeout: 150ms..300ms }',
  {
    electionTimeout: key(range, 'An election timeout is drawn from this range each time.', '150ms..300ms'),
    heartbeatInterval: key(duration, 'How often a leader lets its followers hear from it.', '50ms'),
    maxEntriesPerAppend: key(whole('a number of entries', 1, 1_000_000), 'Most entries in one AppendEntries.', 64),
    noop: key(flag, 'Whether a new leader appends an empty entry of its term.', true),
  },
  {
    later: [
      'preVote',
      'checkQuorum',
      'reads',
      'snapshotEvery',
      'maxInflight',
      'maxBytesPerAppend',
      'leaseReads',
      'pipelining',
      'forwarding',
    ],
  },
);

export const cluster = mapping(
  'a mapping like { nodes: 3 }',
  {
    nodes: needed(
      either(NODES, [whole(NODES, 1, MOST_NODES), list(NODES, text, 1)]),
      'How many nodes (`n1` … `nN`), or their names.',
    ),
    raft: key(raft, 'Options of the Raft core.', "the paper's"),
    mutant: key(text, 'Id of a known bug to run with.', 'none'),
    disks: key(
      record('disks by node like { n1: { log: [1, 1, 2] } }', initialDisk),
      'What is on disks when the run begins, by node: `{ n1: { term: 6, votedFor: n2, log: [1, 1, 4, 6] } }`. `log` holds the terms of the entries from index 1; `term` is that of the last one unless given.',
      'nothing',
    ),
  },
  { later: ['learners', 'voters'] },
);

type RawCluster = z.output<typeof cluster>;

/** Names of the nodes, in order of their indices. Wrong ones are reported. */
export function nodeNames(raw: RawCluster['nodes'], place: Place): readonly string[] {
  if (typeof raw === 'number') return Array.from({ length: raw }, (_, index) => `n${String(index + 1)}`);
  if (raw.length > MOST_NODES) place.problem(`${String(raw.length)} nodes; the most is ${String(MOST_NODES)}`);
  const names = new Set<string>();
  for (const [index, given] of raw.entries()) {
    const at = place.at(index);
    if (given === '') continue;
    if (names.has(given)) at.problem(`${quoted(given)} names two nodes`);
    else if (!NAME.test(given)) at.problem(`expected a name of letters, digits, - and _ like n1, got ${quoted(given)}`);
    else if (RESERVED.includes(given)) at.problem(`${quoted(given)} cannot be a name: it means something in selectors`);
    else if (/^c[1-9]\d*$/u.test(given))
      at.problem(`${quoted(given)} cannot be a node's name: it is the name of a client`);
    names.add(given);
  }
  return raw;
}

export function clusterOf(raw: RawCluster, nodes: readonly string[], place: Place): ClusterPlan {
  const disks = new Map<NodeId, InitialDisk>();
  for (const [owner, disk] of Object.entries(raw.disks ?? {})) {
    const at = place.at('disks', owner);
    disks.set(nodeNamed(owner, at, 'key'), initialDiskOf(disk, at));
  }
  const { mutants } = place.scope.vocabulary;
  if (raw.mutant !== undefined) checkMutant(raw.mutant, mutants, place.at('mutant'));
  return { nodes, raft: raftOf(raw.raft ?? {}, place.at('raft')), mutant: raw.mutant ?? null, disks };
}

function checkMutant(given: string, known: readonly string[], place: Place): void {
  if (known.length === 0 || given === '' || known.includes(given)) return;
  const near = nearest(given, known);
  const hint = near === null ? '; "whitewater mutants" lists them' : `; did you mean "${near}"?`;
  place.problem(`unknown mutant ${quoted(given)}${hint}`);
}

function raftOf(raw: z.output<typeof raft>, place: Place): RaftPlan {
  const { electionTimeout, heartbeatInterval, maxEntriesPerAppend, noop } = raw;
  if (electionTimeout?.[0] === 0) place.at('electionTimeout').problem('an election timeout must be more than 0');
  if (heartbeatInterval === 0) place.at('heartbeatInterval').problem('a heartbeat interval must be more than 0');
  return {
    ...(electionTimeout !== undefined && { electionTimeout }),
    ...(heartbeatInterval !== undefined && { heartbeatInterval }),
    ...(maxEntriesPerAppend !== undefined && { maxEntriesPerAppend }),
    ...(noop !== undefined && { noop }),
  };
}

function initialDiskOf(raw: z.output<typeof initialDisk>, place: Place): InitialDisk {
  const { log = [], votedFor } = raw;
  for (const [index, entryTerm] of log.entries()) {
    const before = log[index - 1] ?? 0;
    if (entryTerm > 0 && entryTerm < before) {
      place.at('log', index).problem(`terms in a log never decrease: ${String(entryTerm)} after ${String(before)}`);
    }
  }
  const last = log.at(-1) ?? 0;
  const current = raw.term ?? last;
  if (current < last) {
    place.at('term').problem(`term ${String(current)} is less than that of the last entry, ${String(last)}`);
  }
  const vote = votedFor === undefined ? null : nodeNamed(votedFor, place.at('votedFor'));
  if (vote !== null && current === 0) place.at('votedFor').problem('nobody votes in term 0; say in which term');
  return { term: current, votedFor: vote, log };
}

const diskShape = {
  fsync: key(distribution, 'How long a write takes to become durable.', '500us..2ms'),
  loseUnsynced: key(
    flagOr('all'),
    'Whether a crash loses writes that are not durable: a drawn number of the newest (`true`), none (`false`) or `all`.',
    true,
  ),
  tear: key(flag, 'Whether the oldest write lost in a crash leaves a torn record.', false),
};

const diskPlan = mapping('a mapping like { fsync: 20ms }', diskShape, { nonEmpty: true });

export const disk = mapping(
  'a mapping like { fsync: 20ms }',
  {
    ...diskShape,
    nodes: key(record('overrides by node like { n3: { fsync: 20ms } }', diskPlan), 'Overrides by node.'),
  },
  { later: ['full', 'readError', 'corrupt', 'reorder'] },
);

const clockShape = {
  drift: key(drift, 'By how much the clock runs fast or, negative, slow.', '0ppm'),
  offset: key(signedDuration, 'By how much it is ahead or, negative, behind.', '0ms'),
};

export const clock = mapping('a mapping like { drift: 200ppm }', {
  ...clockShape,
  nodes: key(
    record(
      'overrides by node like { n3: { drift: 200ppm } }',
      mapping('a mapping like { drift: 200ppm }', clockShape, { nonEmpty: true }),
    ),
    'Overrides by node.',
  ),
});

const processShape = {
  service: key(distribution, 'How long the node is busy with each event.', '0ms'),
};

export const processes = mapping('a mapping like { service: 100us }', {
  ...processShape,
  nodes: key(
    record(
      'overrides by node like { n3: { service: 1ms } }',
      mapping('a mapping like { service: 100us }', processShape, { nonEmpty: true }),
    ),
    'Overrides by node.',
  ),
});

/** One plan per node: the common one, with the overrides of `nodes`. */
function perNode<P>(place: Place, overridden: readonly string[], planOf: (name: string | null) => P): readonly P[] {
  const nodes = place.scope.nodes ?? [];
  const common = planOf(null);
  for (const owner of overridden) nodeNamed(owner, place.at('nodes', owner), 'key');
  const own = new Map(overridden.map((owner) => [owner, planOf(owner)]));
  return nodes.map((node) => own.get(node) ?? common);
}

export function disksOf(raw: z.output<typeof disk> = {}, place: Place): readonly DiskPlan[] {
  return perNode(place, Object.keys(raw.nodes ?? {}), (owner) => {
    const own = owner === null ? {} : (raw.nodes?.[owner] ?? {});
    const at = owner === null ? place : place.at('nodes', owner);
    const fsync = distributionOf(
      own.fsync ?? raw.fsync ?? [500, 2_000],
      (own.fsync === undefined ? place : at).at('fsync'),
    );
    const lose = own.loseUnsynced ?? raw.loseUnsynced ?? true;
    const tear = own.tear ?? raw.tear ?? false;
    if (tear && lose !== true) {
      at.at(own.tear === undefined && own.loseUnsynced !== undefined ? 'loseUnsynced' : 'tear').problem(
        `a torn write is one that was lost; "tear: true" goes with "loseUnsynced: true", not ${String(lose)}`,
      );
    }
    return { fsync, atCrash: crashDisk(lose, tear) };
  });
}

function crashDisk(lose: boolean | 'all', tear: boolean): CrashDisk {
  if (tear) return 'tear';
  if (lose === 'all') return 'lose-all';
  return lose ? 'lose-unsynced' : 'keep';
}

/** What a `crash` step may say of the disk. */
export const crashDiskWord = word('keep', 'lose-unsynced', 'lose-all', 'tear');

export function clocksOf(raw: z.output<typeof clock> = {}, place: Place): readonly ClockPlan[] {
  return perNode(place, Object.keys(raw.nodes ?? {}), (owner) => {
    const own = owner === null ? {} : (raw.nodes?.[owner] ?? {});
    return { offset: own.offset ?? raw.offset ?? 0, drift: own.drift ?? raw.drift ?? 0 };
  });
}

export function processesOf(raw: z.output<typeof processes> = {}, place: Place): readonly ProcessPlan[] {
  return perNode(place, Object.keys(raw.nodes ?? {}), (owner) => {
    const own = owner === null ? {} : (raw.nodes?.[owner] ?? {});
    const at = own.service === undefined ? place : place.at('nodes', owner ?? '');
    const service = own.service ?? raw.service;
    return { service: service === undefined ? constant(0) : distributionOf(service, at.at('service')) };
  });
}
