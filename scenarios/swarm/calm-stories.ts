import type { WrittenStep } from '../chaos/faults.ts';
import type { Cast } from './cast.ts';
import { drawRead, drawWrite } from './clients.ts';
import { back, CRASH_DISKS, elect, handOver, type Story, threeOf, wait, writes } from './story-parts.ts';

/**
 * Stories with one fault and much time: what a cluster owes its clients in spite of that fault (an election, a commit, a reply)
 * is judged only where nothing else excuses it.
 */

/** One node is away for long, and the others go through an election without it. */
export const oneIsAway: Story = (dice, cast) => {
  const [leader, away, next] = threeOf(dice, cast.voters);
  return [
    elect(leader),
    dice.weighted<WrittenStep>([
      [2, { crash: away, disk: dice.pick(CRASH_DISKS) }],
      [2, { isolate: away }],
      [1, { pause: away }],
    ]),
    ...writes(dice, cast, 'leader', [0, 2, 5]),
    wait(dice, '100ms', '500ms'),
    ...dice.weighted<readonly WrittenStep[]>([
      [2, cast.voters.length > 4 ? [{ crash: leader, disk: dice.pick(CRASH_DISKS) }] : [{ timeout: next }]],
      [
        2,
        [
          { crash: leader, disk: 'keep' },
          { restart: leader, after: dice.pick(['50ms', '400ms']) },
        ],
      ],
      [1, [{ timeout: next }]],
      [1, [handOver(next)]],
    ]),
    wait(dice, '1s', '3s'),
    ...writes(dice, cast, 'leader', [0, 3]),
    wait(dice, '500ms', '2s'),
    ...back(),
  ];
};

/** The target of a transfer cannot become leader, and the old leader has to serve again. */
export const targetIsAway: Story = (dice, cast) => {
  const [leader, target] = threeOf(dice, cast.voters);
  const away = dice.pick<readonly WrittenStep[]>([
    [{ crash: target, disk: 'keep' }],
    [{ cut: `${target} -> all` }],
    [{ drop: { types: dice.pick(['TimeoutNow', 'RequestVote', 'RequestVoteReply']), count: 20 }, for: '1s' }],
    [{ pause: target }],
  ]);
  const request: WrittenStep = { transfer: target, expect: 'submitted' };
  return [
    elect(leader),
    wait(dice, '100ms', '300ms'),
    ...(dice.chance(0.5) ? [...away, request] : [request, ...away]),
    ...writes(dice, cast, leader, [0, 2]),
    wait(dice, '500ms', '2s', '6s'),
    ...writes(dice, cast, 'leader', [1, 3]),
    wait(dice, '500ms', '2s'),
    ...back(),
  ];
};

/** A disk is slow for long: the leader's own, or that of a follower that is needed. */
export const oneIsSlow: Story = (dice, cast) => {
  const [leader, other] = threeOf(dice, cast.voters);
  const slow = dice.pick([leader, other]);
  return [
    elect(leader),
    dice.weighted<WrittenStep>([
      [3, { disk: { nodes: slow, fsync: dice.pick(['100ms', '400ms']) }, for: '4s' }],
      [3, { disk: { nodes: slow, stall: dice.pick(['500ms', '2s', '10s']) } }],
      [1, { process: { nodes: slow, apply: '100ms' }, for: '4s' }],
    ]),
    ...writes(dice, cast, leader, [1, 5]),
    wait(dice, '500ms', '2s', '6s'),
    ...(dice.chance(0.3) ? [handOver(other)] : []),
    ...writes(dice, cast, 'leader', [0, 3]),
    wait(dice, '500ms', '2s'),
  ];
};

/** A follower needs a long snapshot, and is all that the leader has. */
export const longSnapshot: Story = (dice, cast) => {
  const [leader, away, other] = threeOf(dice, cast.voters);
  return [
    elect(leader),
    { isolate: away },
    { load: { ops: { put: 1 }, keys: 60, rate: '200/s', operations: dice.pick([60, 120]) } },
    wait(dice, '500ms', '1s'),
    { snapshot: 'leader', expect: 'submitted' },
    { heal: 'all' },
    { load: 'start' },
    wait(dice, '5ms', '20ms'),
    ...(cast.voters.length === 3 ? [{ crash: other, disk: 'keep' }] : []),
    ...(dice.chance(0.6)
      ? [{ drop: { links: `${away} -> leader`, types: 'AppendEntriesReply', count: 1_000 }, for: '2s' }]
      : []),
    ...writes(dice, cast, leader, [0, 2]),
    wait(dice, '1s', '2s'),
    ...back(),
  ];
};

/** A new member catches up while clients write. */
export const newMember: Story = (dice, cast) => {
  const [leader] = threeOf(dice, cast.voters);
  const member = dice.pick([...cast.standby, ...cast.learners]);
  const word = cast.standby.includes(member) ? dice.pick(['add', 'addLearner']) : 'promote';
  return [
    elect(leader),
    ...writes(dice, cast, leader, [2, 8]),
    ...(dice.chance(0.5)
      ? [{ network: { links: `leader -> ${member}`, latency: dice.pick(['20ms', '60ms']) }, for: '5s' }]
      : []),
    { [word]: member, within: dice.pick(['500ms', '3s']) },
    ...(word === 'addLearner' ? [{ promote: member, within: '2s' }] : []),
    wait(dice, '100ms', '1s'),
    ...(dice.chance(0.4) ? [{ crash: 'leader', disk: dice.pick(CRASH_DISKS), for: '300ms' }] : []),
    wait(dice, '500ms', '2s'),
    ...(dice.chance(0.4) ? [{ remove: dice.pick([member, 'leader']), within: '1s' }] : []),
  ];
};

/**
 * A learner is removed, gets an empty disk, and is added again; what it said before does not count any more. There must be
 * such a node, and nothing else may make a voter of it: a vote is not to be forgotten.
 */
export const replacedLearner: Story = (dice, cast) => {
  const [leader] = threeOf(dice, cast.voters);
  const replaced = dice.pick([...cast.standby, ...cast.learners]);
  const late = { links: `${replaced} -> ${leader}`, latency: dice.pick(['100ms', '300ms', '600ms']) };
  const added = { addLearner: replaced, within: '500ms', otherwise: 'skip' };
  return [
    elect(leader),
    added,
    { network: late, for: dice.pick(['50ms', '200ms']) },
    ...writes(dice, cast, leader, [1, 3, 6]),
    { remove: replaced, within: '1s' },
    {
      if: { configuration: { voters: cast.voters, learners: others(cast, replaced), joint: false, on: cast.voters } },
      do: [
        { wipe: replaced },
        { restart: replaced },
        added,
        { wait: dice.pick(['100ms', '600ms']) },
        { promote: replaced, within: '1s', otherwise: 'skip' },
      ],
    },
    ...writes(dice, cast, 'leader', [0, 2]),
    wait(dice, '200ms', '1s'),
  ];
};

function others({ learners }: Cast, replaced: string): unknown {
  const left = learners.filter((node) => node !== replaced);
  return left.length === 0 ? 'none' : left;
}

/** Nothing goes wrong but a clock that nothing should depend on. */
export const wallClock: Story = (dice, cast) => {
  const [old, next] = threeOf(dice, cast.voters);
  return [
    elect(old),
    wait(dice, '200ms', '500ms'),
    { clock: { nodes: dice.pick([old, next, 'all']), of: 'wall', jump: dice.pick(['-1h', '-2s', '2s', '1h']) } },
    { isolate: old, inFlight: dice.pick(['keep', 'drop']) },
    wait(dice, '300ms', '700ms'),
    ...Array.from({ length: 3 }, () => [
      drawWrite(dice, cast, 'leader'),
      { ...drawRead(dice, cast, old), after: '30ms' },
    ]).flat(),
    ...back(),
    wait(dice, '100ms', '1s'),
  ];
};
