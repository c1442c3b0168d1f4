import fc from 'fast-check';
import type { CrashDisk } from '../disk.ts';
import type { PuppetRequest } from './puppet.ts';
import type { World } from '../world.ts';

/** Something that goes wrong, or right again, in a world of nodes and clients. */
export interface RandomFault {
  readonly gap: number;
  readonly what: string;
  readonly node: number;
  readonly other: number;
  readonly mode: CrashDisk;
  readonly span: number;
}

/** The nodes and clients that troubles are about. */
const NODES = 3;
const CLIENTS = 3;

const trouble: fc.Arbitrary<RandomFault> = fc
  .record({
    gap: fc.nat(30_000),
    what: fc.constantFrom(
      ...['crash', 'restart', 'pause', 'resume', 'cut', 'drop', 'heal', 'clog', 'release', 'storm', 'calm'],
      ...['slow', 'fast', 'stall', 'fsync', 'drift', 'jump', 'lag', 'keep-up', 'admin'],
    ),
    node: fc.nat(NODES - 1),
    away: fc.integer({ min: 1, max: NODES + CLIENTS - 1 }),
    mode: fc.constantFrom<CrashDisk>('keep', 'lose-unsynced', 'lose-all', 'tear'),
    span: fc.nat(20_000),
  })
  .map(({ away, ...rest }) => ({ ...rest, other: (rest.node + away) % (NODES + CLIENTS) }));
export const randomFaults = fc.array(trouble, { maxLength: 25 });
const path = 'script[0]';

export function inject<S, M, D, K, V>(
  world: World<S, M, D, K, V, PuppetRequest>,
  { what, node, other, mode, span }: RandomFault,
): void {
  const links: [number, number][] = [
    [node, other],
    [other, node],
  ];
  const still = { offset: null, drift: null, jump: null };
  const deeds: Record<string, () => void> = {
    crash: () => world.crash(node, mode, path),
    restart: () => world.restart(node),
    pause: () => world.pause(node, path),
    resume: () => world.resume(node),
    cut: () => world.cut(links.slice(0, 1), 'keep', 'cut', path),
    drop: () => world.cut(links, 'drop', 'partition', path),
    heal: () => world.heal('all'),
    clog: () => world.clog(links, path),
    release: () => world.release('all', span % 2 === 0 ? 'fifo' : 'shuffled'),
    storm: () => {
      const latency = { kind: 'exponential', mean: span } as const;
      world.weather('all', { loss: 0.3, duplicate: 0.3, latency }, path);
    },
    calm: () => world.weather('all', 'reset', path),
    slow: () => world.setService(node, { kind: 'uniform', low: 0, high: span }, path),
    fast: () => world.setService(node, null, path),
    lag: () => world.setApply(node, { kind: 'exponential', mean: span }, path),
    'keep-up': () => world.setApply(node, null, path),
    admin: () => void world.order(node, { kind: 'transfer', to: span % NODES }, path),
    stall: () => world.stallDisk(node, span, path),
    fsync: () => world.setFsync(node, { kind: 'exponential', mean: span }, path),
    drift: () => world.setClock(node, { ...still, drift: span * 50 - 500_000 }, path),
    jump: () => world.setClock(node, { ...still, jump: span - 10_000 }, path),
  };
  deeds[what]!();
}
