import type { WrittenStep } from '../chaos/faults.ts';
import type { Cast } from './cast.ts';
import { drawRead, drawWrite } from './clients.ts';
import { longSnapshot, newMember, oneIsAway, oneIsSlow, targetIsAway, wallClock } from './calm-stories.ts';
import type { Dice } from './dice.ts';
import { drawReconfiguration } from './faults.ts';
import {
  allCrash,
  back,
  CRASH_DISKS,
  cutOff,
  elect,
  handOver,
  longTail,
  release,
  type Story,
  threeOf,
  wait,
  writes,
} from './story-parts.ts';

/** One to three stories, one after the other. There must be three voters. */
export function drawStories(dice: Dice, cast: Cast, isCalm: boolean): readonly WrittenStep[] {
  const others = cast.learners.length + cast.standby.length > 0;
  const rough: (readonly [number, Story])[] = [
    [8, cutOffAndBack],
    [3, slowDiskDeniesVote],
    [3, lateHandover],
    [3, needsSnapshot],
    [2, longLogLowTerm],
    [2, lateAcknowledgement],
    [2, chainOfLeaders],
    [2, everyoneRestarts],
    [others ? 5 : 1, membersComeAndGo],
    ...(cast.reads === 'log'
      ? []
      : ([
          [3, slowReplies],
          [3, forgetfulVoters],
          [4, handoverUnderLease],
        ] as const)),
  ];
  const calm: (readonly [number, Story])[] = [
    [4, oneIsAway],
    [3, targetIsAway],
    [2, oneIsSlow],
    [2, longSnapshot],
    ...(others ? [[4, newMember] as const] : []),
    ...(cast.reads === 'lease' ? [[3, wallClock] as const] : []),
  ];
  const count = dice.weighted([
    [4, 1],
    [3, 2],
    [1, 3],
  ]);
  return Array.from({ length: count }, () => {
    const known = dice.chance(isCalm ? 0.6 : 0.1) ? calm : rough;
    return dice.weighted(known)(dice, cast);
  }).flat();
}

/** A leader that was cut off is elected again after another one: what it has kept from before must not count. */
const cutOffAndBack: Story = (dice, cast) => {
  const [first, second, third] = threeOf(dice, cast.voters);
  const mate = cast.voters.length > 3 && dice.chance(0.6);
  const isClogged = dice.chance(0.4);
  const isStalled = dice.chance(0.3);
  const steps: WrittenStep[] = [wait(dice, '50ms', '200ms', '500ms'), elect(first)];
  if (isClogged)
    steps.push({ clog: mate ? `${second} -> ${first}` : dice.pick([`all -> ${first}`, `${second} -> ${first}`]) });
  if (isStalled) steps.push({ disk: { nodes: first, stall: dice.pick(['300ms', '600ms', '1s']) } });
  steps.push(cutOff(dice, cast, mate ? [first, second] : [first]));
  steps.push(...writes(dice, cast, first, [0, 3, 8, 15]));
  if (dice.chance(0.3)) steps.push(...longTail(dice));
  if (dice.chance(0.25)) steps.push({ ...drawReconfiguration(dice, cast), expect: 'submitted' });
  const next = mate ? third : dice.pick([second, third]);
  steps.push(dice.chance(0.7) ? elect(next) : wait(dice, '300ms', '600ms'));
  steps.push(...writes(dice, cast, 'leader', [0, 2, 6]));
  if (dice.chance(0.3)) steps.push(drawRead(dice, cast, first));
  if (dice.chance(0.4))
    steps.push(wait(dice, '20ms', '100ms'), { snapshot: `all except ${first}`, expect: 'submitted' });
  if (dice.chance(0.25)) steps.push({ crash: dice.pick([first, 'leader']), disk: dice.pick(CRASH_DISKS) });
  steps.push(wait(dice, '10ms', '100ms'), ...back(), wait(dice, '10ms', '50ms', '200ms', '700ms'));
  if (dice.chance(isStalled ? 0.7 : 0.15)) {
    steps.push({ disk: { nodes: first, fsync: dice.pick(['30ms', '80ms']) }, for: '2s' });
  }
  if (dice.chance(isStalled ? 0.6 : 0.15))
    steps.push({ isolate: mate ? second : third, for: dice.pick(['100ms', '500ms', '2s']) });
  if (dice.chance(0.8)) steps.push(dice.chance(0.7) ? elect(first) : handOver(first));
  if (dice.chance(0.8)) steps.push(release(dice));
  steps.push(...writes(dice, cast, 'leader', [0, 1, 3]));
  if (dice.chance(0.3)) steps.push(...allCrash(dice));
  steps.push(wait(dice, '20ms', '100ms'), ...back(), release(dice));
  return steps;
};

/** A vote is asked for while the entries that speak against it are on their way to the voter's disk. */
const slowDiskDeniesVote: Story = (dice, cast) => {
  const [leader, voter, candidate] = threeOf(dice, cast.voters);
  return [
    elect(leader),
    wait(dice, '100ms', '300ms'),
    { disk: { nodes: voter, fsync: dice.pick(['50ms', '100ms', '200ms']) }, for: '1s' },
    { cut: `${leader} <-> ${candidate}` },
    ...writes(dice, cast, leader, [1, 2, 4]),
    wait(dice, '5ms', '10ms', '20ms'),
    { timeout: candidate },
    wait(dice, '50ms', '200ms'),
    ...(dice.chance(0.5) ? [{ crash: voter, disk: dice.pick(CRASH_DISKS), for: dice.pick(['20ms', '200ms']) }] : []),
    ...back(),
  ];
};

/** The message that hands the leadership over arrives when its target is no voter any more, or another node leads. */
const lateHandover: Story = (dice, cast) => {
  const [from, to, other] = threeOf(dice, cast.voters);
  const late = dice.pick(['80ms', '300ms', '700ms', '1500ms', '2500ms']);
  const others = cast.voters.filter((node) => node !== to);
  return [
    dice.chance(0.5) ? elect(from) : handOver(from),
    wait(dice, '100ms', '300ms'),
    { network: { links: `${from} -> ${to}`, latency: late }, for: '20ms' },
    { transfer: to, expect: 'submitted' },
    // Each reply of the target would have the leader send the message again.
    ...(dice.chance(0.6)
      ? [
          { cut: `${to} -> ${from}`, inFlight: 'drop' },
          { until: { mark: 'transfer-aborted' }, within: '2s' },
          { heal: 'all' },
        ]
      : [wait(dice, '30ms', '200ms', '600ms')]),
    ...dice.weighted<readonly WrittenStep[]>([
      [3, [{ reconfigure: { voters: others, learners: to }, within: '800ms' }]],
      [2, [handOver(other)]],
      [2, [{ crash: from, disk: dice.pick(CRASH_DISKS), for: '300ms' }, elect(other)]],
      [1, [{ remove: to, within: '800ms' }]],
    ]),
    ...writes(dice, cast, 'leader', [0, 2]),
    { wait: late },
    ...back(),
    ...(dice.chance(0.5) ? [{ reconfigure: { voters: cast.voters }, within: '800ms' }] : []),
  ];
};

/** A node that was away gets a snapshot in chunks, with something happening in between. */
const needsSnapshot: Story = (dice, cast) => {
  const [leader, , other] = threeOf(dice, cast.voters);
  const away = dice.pick([other, ...cast.learners]);
  return [
    elect(leader),
    ...(dice.chance(0.5) ? [{ isolate: away }] : [{ crash: away, disk: dice.pick(CRASH_DISKS) }]),
    ...writes(dice, cast, 'leader', [2, 6, 12]),
    ...(dice.chance(0.3) ? [{ ...drawReconfiguration(dice, cast), expect: 'submitted' }] : []),
    wait(dice, '100ms', '400ms'),
    { snapshot: `all except ${away}`, expect: 'submitted' },
    ...writes(dice, cast, 'leader', [0, 2]),
    wait(dice, '20ms', '100ms'),
    ...(dice.chance(0.4)
      ? [{ process: { nodes: away, snapshot: { make: '100ms', install: '300ms' } }, for: '2s' }]
      : []),
    ...back(),
    wait(dice, '5ms', '15ms', '40ms'),
    ...dice.weighted<readonly WrittenStep[]>([
      [2, [{ crash: away, disk: dice.pick(CRASH_DISKS), for: dice.pick(['10ms', '100ms']) }]],
      [2, [{ crash: 'leader', disk: dice.pick(CRASH_DISKS), for: dice.pick(['100ms', '1s']) }]],
      [2, [{ snapshot: 'leader', expect: 'submitted' }]],
      [1, [elect(other)]],
      [
        2,
        [
          {
            delay: { types: dice.pick(['InstallSnapshot', 'InstallSnapshotReply']), by: '200ms..2s', count: 3 },
            for: '2s',
          },
        ],
      ],
      [1, []],
    ]),
    wait(dice, '100ms', '500ms'),
    ...back(),
  ];
};

/** Some have the long logs, others the high term: neither side may keep the cluster without a leader. */
const longLogLowTerm: Story = (dice, cast) => {
  const [first, , third] = threeOf(dice, cast.voters);
  return [
    elect(first),
    { isolate: third },
    ...writes(dice, cast, first, [1, 4]),
    ...Array.from({ length: dice.between(1, 4) }, () => ({ timeout: third, after: dice.pick(['50ms', '200ms']) })),
    ...(dice.chance(0.5) ? [{ crash: first, disk: dice.pick(CRASH_DISKS) }] : [{ isolate: first }]),
    { heal: third },
    wait(dice, '300ms', '1s', '2s'),
    ...back(),
  ];
};

/** An acknowledgement arrives two elections later, when the leader that it was for leads again. */
const lateAcknowledgement: Story = (dice, cast) => {
  const [leader, follower, other] = threeOf(dice, cast.voters);
  const late = dice.pick(['200ms', '500ms', '1s', '2s']);
  return [
    elect(leader),
    wait(dice, '50ms', '200ms'),
    {
      delay: { links: `${follower} -> ${leader}`, types: 'AppendEntriesReply', by: late, count: dice.between(1, 5) },
      for: '300ms',
    },
    ...writes(dice, cast, leader, [1, 3]),
    wait(dice, '5ms', '20ms'),
    ...(dice.chance(0.6) ? [{ crash: follower, disk: 'lose-all', for: dice.pick(['10ms', '100ms']) }] : []),
    elect(other),
    ...(dice.chance(0.5) ? [{ isolate: follower, for: late }] : []),
    ...writes(dice, cast, 'leader', [0, 2]),
    elect(leader),
    ...writes(dice, cast, leader, [1, 4]),
    { wait: late },
    ...back(),
  ];
};

/** Each leader writes and is cut off or crashes, the next one does not know of it, and the last one returns. */
const chainOfLeaders: Story = (dice, cast) => [
  ...dice.some(cast.voters, 2, 5).flatMap((leader): readonly WrittenStep[] => [
    elect(leader),
    ...writes(dice, cast, leader, [0, 1, 3]),
    ...(dice.chance(0.5) ? [wait(dice, '1ms', '5ms', '20ms')] : []),
    dice.weighted<WrittenStep>([
      [3, { crash: leader, disk: dice.pick(CRASH_DISKS), for: dice.pick(['50ms', '400ms', '2s']) }],
      [3, { isolate: leader, for: dice.pick(['100ms', '500ms', '2s']) }],
      [1, { pause: leader, for: dice.pick(['200ms', '1s']) }],
    ]),
  ]),
  wait(dice, '50ms', '300ms'),
  ...back(),
];

/** All lose power in the middle of what they do. */
const everyoneRestarts: Story = (dice, cast) => [
  elect(dice.pick(cast.voters)),
  ...writes(dice, cast, 'leader', [0, 3, 8]),
  wait(dice, '1ms', '3ms', '10ms', '50ms'),
  ...allCrash(dice),
  wait(dice, '100ms', '500ms'),
  ...(dice.chance(0.5) ? allCrash(dice) : []),
  drawRead(dice, cast, 'leader'),
];

/** Nodes are added, promoted and removed, while leaders change. */
const membersComeAndGo: Story = (dice, cast) => {
  const steps: WrittenStep[] = [elect(dice.pick(cast.voters))];
  for (let left = dice.between(2, 5); left > 0; left--) {
    const node = dice.pick(cast.nodes);
    const outcome = dice.chance(0.5) ? { within: dice.pick(['300ms', '1s']) } : { expect: 'submitted' };
    steps.push(
      dice.weighted<WrittenStep>([
        [3, { add: node, ...outcome }],
        [2, { addLearner: node, ...outcome }],
        [3, { promote: node, ...outcome }],
        [3, { remove: node, ...outcome }],
        [3, { ...drawReconfiguration(dice, cast), ...outcome }],
        [1, { leaveJoint: 'now', ...outcome }],
      ]),
    );
    if (dice.chance(0.4)) steps.push(wait(dice, '1ms', '5ms', '20ms', '100ms'));
    if (dice.chance(0.25)) steps.push({ snapshot: dice.pick(['all', node]), expect: 'submitted' });
    if (dice.chance(0.35)) {
      steps.push(
        dice.weighted<WrittenStep>([
          [2, { crash: 'leader', disk: dice.pick(CRASH_DISKS), for: dice.pick(['100ms', '1s']) }],
          [2, { isolate: 'leader', for: dice.pick(['200ms', '1s']) }],
          [1, { crash: node, disk: dice.pick(CRASH_DISKS), for: dice.pick(['100ms', '1s']) }],
          [1, handOver(dice.pick(cast.voters))],
          [1, elect(dice.pick(cast.voters))],
        ]),
      );
    }
    steps.push(...writes(dice, cast, 'leader', [0, 0, 2]));
  }
  return [...steps, wait(dice, '100ms', '500ms'), ...back()];
};

/** The replies that a lease rests on are slow: it counts from when the heartbeats were sent. */
const slowReplies: Story = (dice, cast) => {
  const [old] = threeOf(dice, cast.voters);
  return [
    elect(old),
    wait(dice, '100ms', '300ms'),
    { network: { links: `all -> ${old}`, latency: dice.pick(['100ms', '200ms', '250ms', '280ms']) }, for: '800ms' },
    { wait: '600ms' },
    { cut: `${old} -> all` },
    ...Array.from({ length: 14 }, () => [
      drawWrite(dice, cast, 'leader'),
      { wait: '25ms' },
      drawRead(dice, cast, old),
    ]).flat(),
    ...back(),
  ];
};

/** Those that have granted a lease restart, and forget it. */
const forgetfulVoters: Story = (dice, cast) => {
  const [old, next] = threeOf(dice, cast.voters);
  return [
    elect(old),
    wait(dice, '100ms', '200ms', '300ms'),
    { isolate: old, inFlight: 'drop' },
    { restart: `all except ${old}` },
    { timeout: next, after: dice.pick(['1ms', '5ms', '20ms']) },
    ...staleReads(dice, cast, next, old),
    ...back(),
  ];
};

/** A lease, and a transfer whose message comes late: written at the new leader, read at the old one. */
const handoverUnderLease: Story = (dice, cast) => {
  const [old, next] = threeOf(dice, cast.voters);
  const late = dice.pick(['80ms', '150ms', '300ms', '700ms', '1500ms']);
  return [
    dice.chance(0.5) ? elect(old) : handOver(old),
    wait(dice, '100ms', '300ms'),
    { network: { links: `${old} -> ${next}`, latency: late }, for: '10ms' },
    { transfer: next, expect: 'submitted' },
    ...(dice.chance(0.7) ? [{ cut: `${next} -> ${old}`, inFlight: 'drop', after: dice.pick(['5ms', '12ms']) }] : []),
    { wait: late },
    { isolate: old, after: dice.pick(['0ms', '3ms', '10ms']) },
    ...staleReads(dice, cast, next, old),
    ...back(),
  ];
};

/** Writes at one node, and reads at the one that led before. */
function staleReads(dice: Dice, cast: Cast, at: string, old: string): readonly WrittenStep[] {
  return Array.from({ length: dice.between(2, 6) }, () => [
    { ...drawWrite(dice, cast, at), after: dice.pick(['3ms', '8ms', '20ms']) },
    { ...drawRead(dice, cast, old), after: dice.pick(['5ms', '10ms', '25ms']) },
  ]).flat();
}
