import type { Cast } from './cast.ts';
import type { Dice } from './dice.ts';

type Written = Readonly<Record<string, unknown>>;

/** Options of Raft, small and odd ones preferred. */
export function drawRaft(dice: Dice, cast: Cast): Written {
  const density = dice.pick([0.15, 0.4, 0.7]);
  const option = (name: string, values: readonly unknown[], probability = density): Written =>
    dice.chance(probability) ? { [name]: dice.pick(values) } : {};
  const { isTame } = cast;
  const noop = isTame || cast.reads !== 'log' || !dice.chance(0.1);
  return {
    ...option('electionTimeout', isTame ? TAME_TIMEOUTS : WILD_TIMEOUTS, 0.7),
    ...option('heartbeatInterval', isTame ? ['50ms', '10ms', '40ms'] : ['10ms', '25ms', '50ms'], isTame ? density : 0),
    ...option('preVote', [true, true, false]),
    ...option('checkQuorum', [true, true, false]),
    ...option('voteTimer', ['durable']),
    ...option('maxEntriesPerAppend', isTame ? [16, 64] : [1, 2, 64]),
    ...option('maxInflight', [1, 2, 8], Math.max(density, 0.4)),
    ...option('maxInflightBytes', ['200B', '2kB'], density / 2),
    ...option('maxBytesPerAppend', isTame ? ['1kB', '4kB'] : ['100B', '1kB'], density / 2),
    ...option('maxUncommittedBytes', ['200B', '2kB'], density / 3),
    ...dice.maybe(0.6, () => drawSnapshots(dice, cast)),
    ...option('forwarding', [true]),
    ...option('sessionTimeout', ['2s', '10s'], 0.35),
    ...(noop ? {} : { noop: false }),
    ...drawReads(dice, cast),
    ...dice.maybe(0.25, () => ({ nodes: drawOwnOptions(dice, cast) })),
  };
}

const TAME_TIMEOUTS = ['150ms..300ms', '150ms..300ms', '150ms..2s', '200ms..400ms', '300ms..600ms'] as const;
const WILD_TIMEOUTS = ['30ms..60ms', '100ms..110ms', '10ms..500ms', '150ms..300ms'] as const;

function drawSnapshots(dice: Dice, { isTame }: Cast): Written {
  // With a chunk for each record, a follower may not catch up in any time that one would wait for.
  const chunks = ['60B', '60B', '300B', '4kB', ...(isTame ? [] : ['20B', '20B'])];
  return {
    snapshotEvery: dice.pick([2, 3, 5, 10, 20, 50]),
    ...dice.maybe(0.7, () => ({ snapshotTrailing: dice.pick([0, 0, 1, 5, 50]) })),
    ...dice.maybe(0.6, () => ({ snapshotChunk: dice.pick(chunks) })),
  };
}

/** A lease holds only if no other leader can be elected meanwhile, so it needs CheckQuorum. */
function drawReads(dice: Dice, { reads }: Cast): Written {
  if (reads === 'log') return {};
  return {
    reads,
    readsAtFollowers: dice.chance(0.4),
    ...(reads === 'lease' && { checkQuorum: true }),
  };
}

/** Options in which nodes may differ, whatever those of the others are. */
export function drawDifferences(dice: Dice, { reads, isTame }: Cast): Written {
  const option = (name: string, values: readonly unknown[]): Written =>
    dice.chance(0.4) ? { [name]: dice.pick(values) } : {};
  return {
    preVote: dice.chance(0.5),
    // With priority 0, a change of the membership, or of the options, can leave no node that may be elected.
    ...option('priority', isTame ? [1, 2, 3] : [0, 1, 2, 3]),
    ...option('voteTimer', ['granted', 'durable']),
    ...(reads === 'lease' ? {} : option('checkQuorum', [true, false])),
    ...option('maxInflight', [1, 4]),
    ...option('snapshotEvery', [3, 20]),
    ...option('snapshotTrailing', [0, 5, 50]),
    ...option('forwarding', [true, false]),
  };
}

/** Options of some nodes. A majority of the voters must have a priority above 0. */
function drawOwnOptions(dice: Dice, cast: Cast): Written {
  const own = dice.some(cast.nodes, 1, 3).map((name) => [name, drawDifferences(dice, cast)] as const);
  const most = Math.ceil(cast.voters.length / 2) - 1;
  let withZero = 0;
  return Object.fromEntries(
    own.map(([name, options]) => {
      const isZero = options['priority'] === 0 && cast.voters.includes(name);
      return [name, isZero && ++withZero > most ? { ...options, priority: 1 } : options];
    }),
  );
}
