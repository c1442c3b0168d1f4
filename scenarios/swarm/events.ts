import type { WrittenStep } from '../chaos/faults.ts';
import type { Cast } from './cast.ts';
import type { Dice } from './dice.ts';
import { drawOperation } from './clients.ts';
import { drawReconfiguration, type Processes } from './faults.ts';

type Event = Readonly<Record<string, unknown>>;

/** Events that a clock never hits, by how often they happen in a run. */
const SELDOM: readonly (readonly [number, Event])[] = [
  [3, { event: 'delivered', type: 'TimeoutNow' }],
  [3, { event: 'sent', type: 'TimeoutNow' }],
  [3, { event: 'elected' }],
  [2, { event: 'candidate' }],
  [3, { event: 'vote-granted' }],
  [1, { event: 'stepped-down' }],
  [3, { event: 'delivered', type: 'InstallSnapshot' }],
  [2, { event: 'sent', type: 'InstallSnapshot' }],
  [1, { event: 'delivered', type: 'InstallSnapshotReply' }],
  [2, { event: 'configuration' }],
  [2, { event: 'truncated' }],
  [2, { event: 'restarted' }],
  [2, { event: 'restored' }],
  [1, { event: 'snapshot-taken' }],
  [1, { event: 'delivered', type: 'RequestVote' }],
];

const OFTEN: readonly (readonly [number, Event])[] = [
  [3, { event: 'delivered', type: 'AppendEntriesReply', node: 'leader' }],
  [2, { event: 'delivered', type: 'AppendEntries' }],
  [2, { event: 'sent', type: 'AppendEntries', entries: { min: 1 } }],
  [2, { event: 'sent', type: 'AppendEntriesReply' }],
  [2, { event: 'persisted' }],
  [2, { event: 'committed', node: 'leader' }],
  [1, { event: 'applied' }],
  [1, { event: 'delivered', type: 'ReadIndex' }],
];

/** Chaos at events: one to four kinds of them. */
export function drawEventFaults(dice: Dice, cast: Cast): Processes {
  if (cast.nodes.length < 2) return {};
  const count = dice.between(1, 4);
  return Object.fromEntries(
    Array.from({ length: count }, (_, index) => [`event-${String(index + 1)}`, drawOne(dice, cast)]),
  );
}

function drawOne(dice: Dice, cast: Cast) {
  const isSeldom = dice.chance(0.65);
  const event = dice.weighted(isSeldom ? SELDOM : OFTEN);
  return {
    at: event,
    chance: dice.pick(isSeldom ? ['100%', '50%', '20%'] : ['10%', '2%', '0.5%']),
    times: dice.pick([1, 2, 5, 20]),
    do: Array.from({ length: dice.between(1, 2) }, () => drawStrike(dice, cast, event)),
  };
}

/** What is done where the event happens, and perhaps what shows the damage. */
function drawStrike(dice: Dice, cast: Cast, event: Event): readonly WrittenStep[] {
  const victim = dice.weighted([
    [5, '$it'],
    [3, 'leader'],
    [1, dice.pick(cast.nodes)],
    [1, 'any 1 followers'],
  ]);
  const others = cast.nodes.filter((node) => node !== victim);
  const span = dice.pick(['10ms', '50ms', '200ms', '600ms', '1500ms']);
  const inHand: (readonly [number, WrittenStep])[] =
    event['event'] === 'sent'
      ? [
          [4, { delay: { by: dice.pick(['20ms..200ms', '200ms..1s', '1s..3s']) } }],
          [2, { drop: 'message' }],
          [2, { duplicate: 'message' }],
          [1, { hold: 'message', for: span }],
        ]
      : [];
  const first = dice.weighted<WrittenStep>([
    ...inHand,
    [5, { crash: victim, disk: dice.pick(['lose-unsynced', 'lose-all', 'tear', 'keep', 'reorder']), for: span }],
    [4, { isolate: victim, inFlight: dice.pick(['keep', 'drop']), for: span }],
    [2, { cut: `${victim} ${dice.pick(['->', '<->'])} ${dice.chance(0.5) ? 'all' : dice.pick(others)}`, for: span }],
    [2, { clog: dice.chance(0.5) ? `${victim} -> all` : `all -> ${victim}`, for: span }],
    [2, { timeout: dice.chance(0.5) ? victim : 'any 1 followers' }],
    [2, { pause: victim, for: span }],
    [1, { disk: { nodes: victim, stall: dice.pick(['100ms', '400ms', '1s']) } }],
    [1, { ...drawReconfiguration(dice, cast), expect: 'submitted' }],
    [1, { transfer: dice.pick(cast.nodes), expect: 'submitted' }],
    [1, { snapshot: victim, expect: 'submitted' }],
    [2, { network: { links: `${victim} -> all`, latency: dice.pick(['80ms', '250ms', '1500ms']) }, for: span }],
  ]);
  const then: WrittenStep[] = [];
  if (cast.clients > 0 && dice.chance(0.4)) {
    const where = dice.pick([victim, '$it', 'leader']);
    const after = dice.pick(['0ms', '5ms', '30ms', '150ms']);
    then.push({ ...drawOperation(dice, cast, where), after });
  }
  if (dice.chance(0.2)) then.push({ timeout: 'any 1 followers', after: dice.pick(['0ms', '20ms', '100ms']) });
  return [first, ...then];
}
