import type { WrittenStep } from '../chaos/faults.ts';
import type { Cast } from './cast.ts';
import type { Dice } from './dice.ts';

type Written = Readonly<Record<string, unknown>>;

const MIXES = [
  { put: 3, get: 3, cas: 1, append: 2, delete: 1 },
  { put: 1, get: 1 },
  { put: 5, get: 1 },
  { put: 1, get: 4 },
  { append: 3, get: 1 },
] as const;

const PAUSES = ['1ms..10ms', '5ms..50ms', '50ms..200ms'] as const;

/** The clients and their load. Patient ones have operations in flight when a leader that is cut off returns. */
export function drawClients(dice: Dice, { clients, keys, nodes, isTame }: Cast): Written {
  const isPatient = dice.chance(0.5);
  const perSession = Math.min(dice.pick(isPatient ? [1, 4, 8, 16] : [1, 1, 3]), Math.ceil(24 / clients));
  // Many operations at once make long runs, and show no more.
  const isBusy = clients * perSession > 5;
  const pace = dice.weighted<Written>([
    [4, { think: dice.pick(isBusy ? ['50ms..200ms', '200ms..600ms'] : PAUSES) }],
    [1, { rate: dice.pick(isBusy ? ['2/s', '5/s'] : ['8/s', '20/s']) }],
  ]);
  const ops = dice.pick(MIXES);
  // Appended values grow, and a session keeps several of them as replies: in a record of 100 kB and more, for which heartbeats
  // wait longer than an election timeout where the bandwidth is limited.
  const sizes = isTame ? ['1B', 'append' in ops ? '1B' : '100B'] : ['1B', '100B', '1kB'];
  return {
    count: clients,
    ops,
    keys,
    ...pace,
    timeout: dice.pick(isPatient ? ['500ms', '3s', '8s'] : isBusy ? ['200ms', '500ms'] : ['50ms', '200ms', '500ms']),
    perSession,
    // A client that waits less than an operation takes needs the retry that finds its reply.
    ...dice.maybe(0.2, () => ({ retries: dice.pick(isPatient ? [0, 10, 1000] : [10, 1000]) })),
    ...dice.maybe(0.1, () => ({ valueSize: dice.pick(sizes) })),
    ...dice.maybe(isTame ? 0 : 0.15, () => ({ at: dice.pick(nodes) })),
  };
}

/** A step in which one of the clients reads or writes at a node. There must be clients. */
export function drawOperation(dice: Dice, cast: Cast, to: string): WrittenStep {
  return dice.chance(0.55) ? drawRead(dice, cast, to) : drawWrite(dice, cast, to);
}

export function drawRead(dice: Dice, cast: Cast, to: string): WrittenStep {
  return { read: { key: drawKey(dice, cast), to, by: drawClient(dice, cast) } };
}

export function drawWrite(dice: Dice, cast: Cast, to: string): WrittenStep {
  const value = `v${String(dice.between(0, 9_999))}`;
  return { write: { key: drawKey(dice, cast), value, to, by: drawClient(dice, cast) } };
}

function drawKey(dice: Dice, { keys }: Cast): string {
  return `k${String(dice.between(1, keys))}`;
}

function drawClient(dice: Dice, { clients }: Cast): string {
  return `c${String(dice.between(1, clients))}`;
}
