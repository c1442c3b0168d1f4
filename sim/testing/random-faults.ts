import fc from 'fast-check';
import { BACKWARDS, STOPPED } from '../clock.ts';
import type { CrashDisk } from '../disk.ts';
import type { PuppetRequest } from './puppet.ts';
import type { Simulation } from '../simulation.ts';
import type { Origin } from '../faults/fault-log.ts';

/** Something that goes wrong, or right again, in a cluster with clients. */
export interface RandomFault {
  readonly gap: number;
  readonly what: string;
  readonly node: number;
  readonly other: number;
  readonly mode: CrashDisk;
  readonly span: number;
}

/** The nodes and clients that random faults strike. */
const NODES = 3;
const CLIENTS = 3;

const randomFault: fc.Arbitrary<RandomFault> = fc
  .record({
    gap: fc.nat(30_000),
    what: fc.constantFrom(
      ...['crash', 'restart', 'pause', 'resume', 'cut', 'drop', 'heal', 'clog', 'release', 'storm', 'calm'],
      ...[
        'slow',
        'fast',
        'stall',
        'fsync',
        'full',
        'room',
        'fail',
        'drift',
        'jump',
        'stop',
        'reverse',
        'wall',
        'right',
        'lag',
        'keep-up',
        'slow-snapshots',
        'fast-snapshots',
        'admin',
      ],
    ),
    node: fc.nat(NODES - 1),
    away: fc.integer({ min: 1, max: NODES + CLIENTS - 1 }),
    mode: fc.constantFrom<CrashDisk>('keep', 'lose-unsynced', 'lose-all', 'tear'),
    span: fc.nat(20_000),
  })
  .map(({ away, ...rest }) => ({ ...rest, other: (rest.node + away) % (NODES + CLIENTS) }));
export const randomFaults = fc.array(randomFault, { maxLength: 25 });
const SCRIPT: Origin = { path: 'script[0]', event: 0 };

export function inject<S, M, D, K, V>(
  simulation: Simulation<S, M, D, K, V, PuppetRequest>,
  { what, node, other, mode, span }: RandomFault,
  origin: Origin = SCRIPT,
): void {
  const links: [number, number][] = [
    [node, other],
    [other, node],
  ];
  const still = { offset: null, drift: null, jump: null };
  const deeds: Record<string, () => void> = {
    crash: () => simulation.faults.processes.crash(node, mode, origin),
    restart: () => simulation.faults.processes.restart(node, origin),
    pause: () => simulation.faults.processes.pause(node, origin),
    resume: () => simulation.faults.processes.resume(node, origin),
    cut: () => simulation.faults.network.cut(links.slice(0, 1), 'keep', 'cut', origin),
    drop: () => simulation.faults.network.cut(links, 'drop', 'partition', origin),
    heal: () => simulation.faults.network.heal('all', origin),
    clog: () => simulation.faults.network.clog(links, 'keep', origin),
    release: () => simulation.faults.network.release('all', span % 2 === 0 ? 'fifo' : 'shuffled', origin),
    storm: () => {
      const latency = { kind: 'exponential', mean: span } as const;
      simulation.faults.network.setLinks('all', { loss: 0.3, duplicate: 0.3, latency }, origin);
    },
    calm: () => simulation.faults.network.setLinks('all', 'reset', origin),
    slow: () => simulation.faults.processes.setService(node, { kind: 'uniform', low: 0, high: span }, origin),
    fast: () => simulation.faults.processes.setService(node, 'reset', origin),
    lag: () => simulation.faults.processes.setApply(node, { kind: 'exponential', mean: span }, origin),
    'keep-up': () => simulation.faults.processes.setApply(node, 'reset', origin),
    'slow-snapshots': () => {
      const work = { kind: 'exponential', mean: span } as const;
      simulation.faults.processes.setSnapshotWork(node, { make: work, install: work }, origin);
    },
    'fast-snapshots': () => simulation.faults.processes.setSnapshotWork(node, 'reset', origin),
    admin: () => void simulation.admin(node, { kind: 'transfer', to: span % NODES }, origin),
    stall: () => simulation.faults.disks.stallDisk(node, span, origin),
    full: () => void simulation.faults.disks.setFull(node, true, origin),
    room: () => void simulation.faults.disks.setFull(node, false, origin),
    fail: () => void simulation.faults.disks.failWrites(node, span % 3, origin),
    fsync: () => simulation.faults.disks.setFsync(node, { kind: 'exponential', mean: span }, origin),
    drift: () => simulation.faults.clocks.setClock(node, { ...still, drift: span * 50 - 500_000 }, origin),
    jump: () => simulation.faults.clocks.setClock(node, { ...still, jump: span - 10_000 }, origin),
    stop: () => simulation.faults.clocks.setClock(node, { ...still, drift: STOPPED }, origin),
    reverse: () =>
      simulation.faults.clocks.setClock(node, { ...still, drift: { low: BACKWARDS, high: STOPPED } }, origin),
    wall: () => simulation.faults.clocks.setClock(node, { ...still, of: 'wall', jump: span * 100 - 1_000_000 }, origin),
    right: () =>
      simulation.faults.clocks.setClock(node, { of: 'monotonic', offset: null, drift: 0, jump: null }, origin),
  };
  deeds[what]!();
}
