import type * as z from 'zod';
import type { CrashDisk } from '../../sim/disk.ts';
import type { SnapshotSpans } from '../../sim/plan.ts';
import type { NodeId } from '../../sim/protocol.ts';
import type { ClockPlan, ClusterPlan, DiskPlan, InitialDisk, ProcessPlan } from '../scenario.ts';
import { constant, distribution, distributionOf } from './distribution.ts';
import { othersShape, votersShape } from './node-names.ts';
import type { NodeNames } from './node-names.ts';
import type { Place } from './place.ts';
import { nodeNamed } from './selectors.ts';
import { key, list, mapping, needed, record } from './shapes.ts';
import { mutant, raft, versionsOf } from './versions.ts';
import { drift, flag, flagOr, name, signedDuration, whole, word } from './values.ts';

const MOST_TERMS = 1_000_000_000;

const term = whole('a term', 0, MOST_TERMS, MOST_TERMS);

const initialDisk = mapping(
  'a mapping like { term: 2, votedFor: n1, log: [1, 1, 2] }',
  {
    term: key(term, 'The current term.', 'that of the last entry'),
    votedFor: key(name('the name of a node', 'n2'), 'The node it voted for in that term.', 'none'),
    log: key(
      list('a list of terms like [1, 1, 2]', whole('a term', 1, MOST_TERMS, 0)),
      'The terms of the entries, from index 1.',
      '[]',
    ),
  },
  { nonEmpty: true },
);

export const cluster = mapping('a mapping like { nodes: 3 }', {
  nodes: needed(votersShape, 'How many nodes vote (`n1` … `nN`), or their names.'),
  learners: key(
    othersShape,
    'How many further nodes receive the log and do not vote, named after the nodes that do (with 3 of those, `n4`, …), or their names.',
    0,
  ),
  standby: key(
    othersShape,
    'How many further nodes run on standby, as members only when a step has added them, named after the learners, or their names.',
    0,
  ),
  raft: key(raft, 'Options of the Raft core.', "the paper's"),
  mutant: key(mutant, 'Id of a known bug to run with, in every node or by node: `{ n1: V1 }`.', 'none'),
  disks: key(
    record('disks by node like { n1: { log: [1, 1, 2] } }', initialDisk),
    'What is on disks when the run begins, by node: `{ n1: { term: 6, votedFor: n2, log: [1, 1, 4, 6] } }`. `log` holds the terms of the entries from index 1; `term` is that of the last one unless given.',
    'nothing',
  ),
});

type RawCluster = z.output<typeof cluster>;

export function clusterOf(raw: RawCluster, members: NodeNames, place: Place): ClusterPlan {
  const disks = new Map<NodeId, InitialDisk>();
  for (const [owner, disk] of Object.entries(raw.disks ?? {})) {
    const at = place.at('disks', owner);
    disks.set(nodeNamed(owner, at, 'key'), initialDiskOf(disk, at));
  }
  const { nodes, voters, learners } = members;
  return {
    ...{ nodes, voters, learners },
    ...versionsOf(raw.raft, raw.mutant, members, place),
    disks,
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
  if (vote !== null && current === 0) place.at('votedFor').problem('no node votes in term 0; give the term');
  return { term: current, votedFor: vote, log };
}

const STEPS_FOR_DISKS: ReadonlyMap<string, string> = new Map([
  ['full', 'full: true'],
  ['fails', 'fails: 1'],
  ['corrupt', 'corrupt: entry'],
  ['unreadable', 'unreadable: true'],
  ['stall', 'stall: 2s'],
  ['lies', 'lies: true'],
  ['backup', 'backup: a'],
  ['restore', 'restore: a'],
]);

const diskShape = {
  fsync: key(distribution, 'How long a write takes to become durable.', '500us..2ms'),
  loseUnsynced: key(
    flagOr('all'),
    'Whether a crash loses writes that are not durable: a drawn number of the newest (`true`), none (`false`) or `all`.',
    true,
  ),
  tear: key(flag, 'Whether the oldest write lost in a crash leaves a torn record.', false),
};

/** Which step does to a disk what is no part of a plan. */
function stepForDisk(word: string): string | null {
  if (word === 'reorder') return 'a step does that, like "- crash: n1" with "disk: reorder"';
  const example = STEPS_FOR_DISKS.get(word);
  return example === undefined ? null : `a step does that, like "- disk: { nodes: n1, ${example} }"`;
}

const diskPlan = mapping('a mapping like { fsync: 20ms }', diskShape, { nonEmpty: true });

export const disk = mapping(
  'a mapping like { fsync: 20ms }',
  {
    ...diskShape,
    nodes: key(record('overrides by node like { n3: { fsync: 20ms } }', diskPlan), 'Overrides by node.'),
  },
  { elsewhere: stepForDisk },
);

const clockShape = {
  drift: key(drift, 'By how much the clock runs fast or, negative, slow; a range is drawn from for each node.', '0ppm'),
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

const SNAPSHOT_EXPECTED = 'a mapping like { make: 200ms, install: 100ms }';

const snapshotShape = {
  make: key(distribution, 'To make a snapshot of its state.', '0ms'),
  read: key(distribution, 'To read its snapshot, for each chunk that it sends of one.', '0ms'),
  install: key(distribution, 'To put a snapshot that it has received in the place of its state.', '0ms'),
};

/** How long work on a snapshot keeps a node busy. */
export const snapshotWork = mapping(SNAPSHOT_EXPECTED, snapshotShape, { nonEmpty: true });

/** The spans that are given. */
export function snapshotSpansOf(raw: z.output<typeof snapshotWork>, place: Place): Partial<SnapshotSpans> {
  const given = Object.entries(raw).filter((entry) => entry[1] !== undefined);
  return Object.fromEntries(given.map(([work, span]) => [work, distributionOf(span!, place.at(work))]));
}

const processShape = {
  service: key(distribution, 'How long the node is busy with each event.', '0ms'),
  apply: key(distribution, 'How long its state machine takes each time to catch up with what is committed.', '0ms'),
  snapshot: key(snapshotWork, 'How long it is busy with a snapshot, and everything that arrives waits.'),
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
export const crashDiskWord = word('keep', 'lose-unsynced', 'lose-all', 'tear', 'reorder');

export function clocksOf(raw: z.output<typeof clock> = {}, place: Place): readonly ClockPlan[] {
  return perNode(place, Object.keys(raw.nodes ?? {}), (owner) => {
    const own = owner === null ? {} : (raw.nodes?.[owner] ?? {});
    return { offset: own.offset ?? raw.offset ?? 0, drift: own.drift ?? raw.drift ?? 0 };
  });
}

export function processesOf(raw: z.output<typeof processes> = {}, place: Place): readonly ProcessPlan[] {
  return perNode(place, Object.keys(raw.nodes ?? {}), (owner) => {
    const own = owner === null ? {} : (raw.nodes?.[owner] ?? {});
    const spanOf = (what: 'service' | 'apply') => {
      const at = own[what] === undefined ? place : place.at('nodes', owner ?? '');
      const span = own[what] ?? raw[what];
      return span === undefined ? constant(0) : distributionOf(span, at.at(what));
    };
    const none = constant(0);
    const snapshot = {
      ...{ make: none, read: none, install: none },
      ...snapshotSpansOf(raw.snapshot ?? {}, place.at('snapshot')),
      ...(owner === null ? {} : snapshotSpansOf(own.snapshot ?? {}, place.at('nodes', owner, 'snapshot'))),
    };
    return { service: spanOf('service'), apply: spanOf('apply'), snapshot };
  });
}
