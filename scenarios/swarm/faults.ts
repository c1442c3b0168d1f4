import type { WrittenStep } from '../chaos/faults.ts';
import type { Cast } from './cast.ts';
import { drawLatency } from './conditions.ts';
import type { Dice } from './dice.ts';
import { drawDifferences } from './raft.ts';

/** Processes of chaos as they are written, by name. */
export type Processes = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** Faults that chaos knows by name, with how often they are drawn; those that need more than one node apart. */
const ALONE = [
  [4, 'crash'],
  [1, 'restart'],
  [3, 'pause'],
  [2, 'slow-node'],
  [3, 'disk-stall'],
  [3, 'slow-disk'],
  [1, 'disk-full'],
  [1, 'disk-fail'],
  [3, 'timeout'],
  [2, 'burst'],
] as const;

const AMONG_SEVERAL = [
  [4, 'partition'],
  [4, 'isolate'],
  [3, 'cut'],
  [2, 'one-way'],
  [1, 'ring'],
  [1, 'bridge'],
  [3, 'clog'],
  [2, 'loss'],
  [2, 'duplicate'],
  [3, 'slow-link'],
  [3, 'late'],
  [2, 'drop'],
] as const;

/** Faults whose nodes can be named. */
const AIMED: readonly string[] = [
  ...['crash', 'restart', 'pause', 'slow-node', 'disk-stall', 'slow-disk', 'disk-full', 'disk-fail', 'timeout'],
  ...['isolate', 'cut', 'one-way', 'clog', 'slow-link', 'clock'],
];

/** Faults that last for some time that can be drawn. */
const LASTING: readonly string[] = ['crash', 'pause', 'isolate', 'partition', 'cut', 'one-way', 'clog', 'slow-link'];

/** Faults that strike by the clock: a few kinds of them in each seed, from seldom to all the time. */
export function drawTimedFaults(dice: Dice, cast: Cast): Processes {
  const isSeveral = cast.nodes.length > 1;
  const known: (readonly [number, string])[] = [
    ...ALONE,
    ...(isSeveral ? AMONG_SEVERAL : []),
    ...(cast.reads === 'lease' ? [] : [[2, 'clock'] as const]),
  ];
  const count = dice.weighted([
    [1, 0],
    [2, 1],
    [3, 3],
    [2, 5],
    [1, 7],
  ]);
  const gaps = dice.pick([['100ms..1s', '300ms..2s'], ['300ms..2s', '1s..3s'], ['1s..4s']]);
  const chosen = new Set(Array.from({ length: count }, () => dice.weighted(known)));
  const keepsMajority = dice.chance(0.3);
  return Object.fromEntries(
    [...chosen].map((fault) => [
      fault,
      {
        every: dice.pick(gaps),
        ...(AIMED.includes(fault) && dice.maybe(0.6, () => ({ on: drawTargets(dice, cast) }))),
        ...(LASTING.includes(fault) && dice.maybe(0.5, () => ({ for: dice.pick(SPANS) }))),
        ...(keepsMajority && { max: 'minority' }),
      },
    ]),
  );
}

const SPANS = ['10ms..200ms', '200ms..600ms', '1s..5s', '3s..10s'] as const;

/** Named nodes are hit again and again, which finds more than roles do. */
function drawTargets(dice: Dice, { nodes }: Cast): unknown {
  return dice.weighted<unknown>([
    [4, dice.pick(nodes)],
    [2, 'leader'],
    [1, 'follower'],
    [1, dice.some(nodes, 1, 2)],
  ]);
}

/** What an administrator asks for, again and again; the cluster must perform it safely or reject it. */
export function drawAdminRequests(dice: Dice, cast: Cast): Processes {
  const { nodes, learners, standby } = cast;
  const hasOthers = learners.length + standby.length > 0;
  const every = (): unknown => dice.pick(['100ms..500ms', '300ms..1s', '1s..3s']);
  const request = (what: WrittenStep): WrittenStep => ({ ...what, expect: 'submitted' });
  const change = (): WrittenStep => {
    return request(
      dice.weighted<WrittenStep>([
        [3, { add: dice.pick(nodes) }],
        [2, { addLearner: dice.pick(nodes) }],
        [2, { promote: dice.pick(nodes) }],
        [3, { remove: dice.pick(nodes) }],
        [2, { remove: 'leader' }],
        [4, drawReconfiguration(dice, cast)],
        [1, { leaveJoint: 'now' }],
      ]),
    );
  };
  return {
    ...dice.maybe(0.4, () => ({
      transfers: {
        every: every(),
        do: dice.some(nodes, 1, 3).map((to) => request({ transfer: dice.chance(0.3) ? 'any 1 followers' : to })),
      },
    })),
    ...dice.maybe(0.25, () => ({
      snapshots: { every: every(), do: [request({ snapshot: dice.chance(0.4) ? 'all' : dice.pick(nodes) })] },
    })),
    ...dice.maybe(hasOthers ? 0.7 : 0.2, () => ({
      changes: { every: every(), do: Array.from({ length: dice.between(2, 6) }, change) },
    })),
    ...dice.maybe(cast.reads === 'lease' ? 0 : 0.1, () => ({
      forget: { every: every(), do: [request({ forgetLeader: dice.pick(nodes) })] },
    })),
    ...dice.maybe(0.1, () => ({
      upgrades: {
        every: '500ms..2s',
        do: Array.from({ length: 2 }, () => ({ upgrade: dice.pick(nodes), raft: drawDifferences(dice, cast) })),
      },
      'rolling-restarts': { every: '500ms..2s', do: [{ restart: 'any' }] },
    })),
  };
}

export function drawReconfiguration(dice: Dice, { nodes }: Cast): WrittenStep {
  const leave = dice.pick(['auto', 'auto', 'explicit']);
  const voters = dice.some(nodes, 1, nodes.length);
  const left = nodes.filter((node) => !voters.includes(node));
  const learners = dice.weighted<Readonly<Record<string, unknown>>>([
    [3, {}],
    [1, { learners: 'none' }],
    [left.length > 0 ? 2 : 0, left.length > 0 ? { learners: dice.pick(left) } : {}],
  ]);
  return { reconfigure: { voters, ...learners, leave } };
}

const TYPES = [
  ...['RequestVote', 'RequestVoteReply', 'AppendEntries', 'AppendEntriesReply', 'RequestPreVote'],
  ...['RequestPreVoteReply', 'InstallSnapshot', 'InstallSnapshotReply', 'TimeoutNow', 'Forward', 'ReadIndexReply'],
] as const;

/** What happens to messages of some types: single ones, or for a while. */
export function drawMessageFaults(dice: Dice, { nodes, clients }: Cast): Processes {
  if (nodes.length < 2) return {};
  const link = (): string => dice.shuffled(nodes).slice(0, 2).join(' -> ');
  const links = (): object => (dice.chance(0.5) ? { links: link() } : {});
  const which = (): object => ({
    ...links(),
    types: dice.pick(TYPES),
    nth: dice.between(1, 4),
    count: dice.weighted([
      [3, 1],
      [2, 3],
      [1, 20],
    ]),
  });
  const deed = (): WrittenStep => {
    const span = dice.pick(['300ms', '1s', '3s']);
    return dice.weighted<WrittenStep>([
      [3, { drop: which(), for: span }],
      [2, { hold: which(), for: span }],
      [2, { duplicate: which(), for: span }],
      [1, { corrupt: which(), for: span }],
      [4, { delay: { ...which(), by: dice.pick(['100ms', '1ms..300ms', '100ms..3s']) }, for: span }],
      [1, { cut: { links: link(), types: dice.pick(TYPES) }, for: span }],
      [1, { clog: { links: link(), types: dice.pick(TYPES) }, for: span }],
      [
        1,
        {
          network: { ...links(), types: dice.pick(TYPES), loss: dice.pick(['10%', '50%']), latency: drawLatency(dice) },
          for: span,
        },
      ],
    ]);
  };
  const toClients =
    clients === 0 ? {} : { 'client-cut-off': { every: '1s..3s', for: '300ms..3s', do: [{ isolate: 'c1' }] } };
  return {
    ...dice.maybe(0.5, () => ({
      messages: {
        every: dice.pick(['50ms..300ms', '300ms..1s']),
        do: Array.from({ length: dice.between(2, 6) }, deed),
      },
    })),
    ...dice.maybe(0.2, () => ({
      replies: {
        every: '200ms..1s',
        do: [{ drop: { types: dice.pick(['Request', 'Reply']), count: dice.between(1, 5) } }],
      },
    })),
    ...dice.maybe(0.15, () => toClients),
  };
}

/**
 * Disks that cannot be read; records that are found to be corrupt, because of which a node stays down for good.
 *
 * @param mayCorrupt whether the others can do without that node
 */
export function drawBadRecords(dice: Dice, { nodes }: Cast, mayCorrupt: boolean): Processes {
  const node = (): string => dice.pick([dice.pick(nodes), 'any', 'leader']);
  return !mayCorrupt || dice.chance(0.3)
    ? { unreadable: { every: '500ms..2s', do: [{ disk: { nodes: node(), unreadable: true } }], for: '200ms..2s' } }
    : {
        corrupt: {
          every: '500ms..3s',
          times: 1,
          do: dice
            .some(['entry', 'vote', 'snapshot'], 1, 3)
            .map((record) => ({ disk: { nodes: node(), corrupt: record } })),
        },
      };
}
