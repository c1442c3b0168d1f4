import type { Cast } from './cast.ts';
import type { Dice } from './dice.ts';

type Written = Readonly<Record<string, unknown>>;

/** The network, the disks, the processes and the clocks. */
export function drawConditions(dice: Dice, cast: Cast): Written {
  return {
    network: drawNetwork(dice, cast),
    disk: drawDisks(dice, cast),
    ...dice.maybe(0.3, () => ({ process: { apply: dice.pick(['2ms', '1ms..30ms']) } })),
    clock: { drift: dice.pick(cast.reads === 'lease' ? LEASE_DRIFTS : DRIFTS) },
  };
}

const LATENCIES = [
  '1ms',
  '1ms..3ms',
  '2ms',
  '1ms..10ms',
  '100us..40ms',
  { exponential: '5ms' },
  { normal: ['8ms', '4ms'] },
] as const;

/** Some messages are late by as much as an election timeout: in order, all those behind them are, too. */
const STRAGGLERS = { choice: { '90%': '1ms..5ms', '10%': '50ms..200ms' } } as const;

export function drawLatency(dice: Dice): unknown {
  return dice.pick([...LATENCIES, STRAGGLERS]);
}

function drawNetwork(dice: Dice, { isTame }: Cast): Written {
  const isInOrder = dice.chance(0.3);
  return {
    latency: dice.pick([...LATENCIES, ...(isTame ? [] : ['20ms']), ...(isTame && isInOrder ? [] : [STRAGGLERS])]),
    ...dice.maybe(0.3, () => ({ loss: dice.pick(['1%', '10%', '30%']) })),
    ...dice.maybe(0.45, () => ({ duplicate: dice.pick(['1%', '10%', '50%']) })),
    ...(isInOrder && { fifo: true }),
    ...dice.maybe(0.25, () => ({ bandwidth: dice.pick(isTame ? ['1MB/s'] : ['20kB/s', '1MB/s']) })),
    ...dice.maybe(0.3, () => ({ inFlight: 'drop' })),
  };
}

function drawDisks(dice: Dice, { isTame, nodes }: Cast): Written {
  const slow = dice.chance(0.45);
  const fsync = slow ? [...SLOW_FSYNC, ...(isTame ? [] : ['60ms..80ms'])] : ['500us', '500us..2ms', '5ms'];
  return {
    ...dice.maybe(0.6, () => ({ fsync: dice.pick(fsync) })),
    ...dice.maybe(0.4, () => ({ tear: true })),
    ...dice.maybe(slow ? 0.5 : 0, () => ({
      nodes: Object.fromEntries(
        dice.some(nodes, 1, 2).map((name) => [name, { fsync: dice.pick(['20ms', '10ms..40ms', '50ms']) }]),
      ),
    })),
  };
}

const SLOW_FSYNC = ['20ms', '1ms..60ms', { exponential: '10ms' }, '10ms..40ms'] as const;

/** Clocks that are wrong by more than a lease allows for are the one thing that leases do not survive. */
const LEASE_DRIFTS = ['0ppm', '2000ppm', '-10000ppm..10000ppm'] as const;
const DRIFTS = ['0ppm', '0ppm', '200ppm', '-20000ppm', '-50000ppm..50000ppm'] as const;
