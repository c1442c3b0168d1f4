import { describe, expect, test } from 'vitest';
import { Faults } from './faults.ts';
import { TIMER } from '../protocol.ts';
import { type Behaviour, type Note, type PuppetRequest, type PuppetState, TICK, puppets } from '../testing/puppet.ts';
import { planOf, runTo } from '../testing/sample-plan.ts';
import { World } from '../world.ts';

type PuppetWorld = World<PuppetState, Note, string, string[], PuppetState, PuppetRequest>;

/** Node 0 writes something down, applies it and tells node 1 every ten milliseconds. Node 2 does nothing at all. */
const busy: Behaviour = {
  boot: (self, now, out) => {
    if (self.id === 0) out.setTimer(TICK, now + 10_000);
  },
  step: (_self, event, now, out) => {
    if (event.kind !== TIMER) return;
    out.send(1, { text: 'hello' }, out.persist('hello'));
    out.apply(1);
    out.setTimer(TICK, now + 10_000);
  },
};

/** What is done at 5 ms, what ends it at 35 ms, and how often it had an effect: where it bites, and where it cannot. */
interface Case {
  readonly kind: string;
  readonly bites: (world: PuppetWorld) => void;
  readonly idles: (world: PuppetWorld) => void;
  readonly ends: (world: PuppetWorld) => void;
  readonly effects: number;
}

const path = 'script[0]';
const still = { offset: null, drift: null, jump: null };
const CASES: readonly Case[] = [
  {
    kind: 'crash',
    bites: (world) => world.crash(0, null, path),
    idles: (world) => world.crash(3, null, path),
    ends: (world) => world.restart(0),
    effects: 1,
  },
  {
    kind: 'pause',
    bites: (world) => world.pause(1, path),
    idles: (world) => world.pause(2, path),
    ends: (world) => [1, 2].forEach((node) => world.resume(node)),
    effects: 3,
  },
  {
    kind: 'slow-process',
    bites: (world) => world.setService(1, { kind: 'constant', value: 10 }, path),
    idles: (world) => world.setService(2, { kind: 'constant', value: 10 }, path),
    ends: (world) => [1, 2].forEach((node) => world.setService(node, null, path)),
    effects: 3,
  },
  {
    kind: 'slow-apply',
    bites: (world) => world.setApply(0, { kind: 'constant', value: 10 }, path),
    idles: (world) => world.setApply(2, { kind: 'constant', value: 10 }, path),
    ends: (world) => [0, 2].forEach((node) => world.setApply(node, null, path)),
    effects: 3,
  },
  {
    kind: 'partition',
    bites: (world) => world.cut([[0, 1]], 'keep', 'partition', path),
    idles: (world) => world.cut([[1, 0]], 'keep', 'partition', path),
    ends: (world) => world.heal('all'),
    effects: 3,
  },
  {
    kind: 'clog',
    bites: (world) => world.clog([[0, 1]], path),
    idles: (world) => world.clog([[1, 0]], path),
    ends: (world) => world.release('all', 'fifo'),
    effects: 3,
  },
  {
    kind: 'weather',
    bites: (world) => world.weather([[0, 1]], { loss: 1 }, path),
    idles: (world) => world.weather([[0, 2]], { loss: 1 }, path),
    ends: (world) => world.weather('all', 'reset', path),
    effects: 3,
  },
  {
    kind: 'disk-stall',
    bites: (world) => world.stallDisk(0, 8000, path),
    idles: (world) => world.stallDisk(1, 8000, path),
    ends: () => undefined,
    effects: 1,
  },
  {
    kind: 'disk-fsync',
    bites: (world) => world.setFsync(0, { kind: 'constant', value: 2000 }, path),
    idles: (world) => world.setFsync(1, { kind: 'constant', value: 2000 }, path),
    ends: (world) => [0, 1].forEach((node) => world.setFsync(node, 'reset', path)),
    effects: 3,
  },
  {
    kind: 'clock',
    bites: (world) => world.setClock(0, { ...still, jump: 1000 }, path),
    idles: (world) => world.setClock(1, { ...still, jump: 1000 }, path),
    ends: () => undefined,
    effects: 4,
  },
];

function worldAt5ms(): PuppetWorld {
  const world: PuppetWorld = new World(puppets(busy), planOf({ nodes: 4 }));
  world.start(null, null);
  world.crash(3, null, 'setup');
  runTo(world, 5000);
  return world;
}

describe.each(CASES)('a fault of kind $kind', ({ kind, bites, idles, ends, effects }) => {
  test('counts an effect each time it bites, and none after its end', () => {
    const world = worldAt5ms();
    bites(world);
    // Ticks at 10, 20 and 30 ms.
    runTo(world, 35_000);
    const fault = world.faults.list[1]!;
    expect(fault).toMatchObject({ id: 2, kind, path, startedAt: 5000, effects });
    ends(world);
    const atTheEnd = fault.effects;
    if (kind !== 'clock') {
      runTo(world, 100_000);
      expect(fault.effects).toBe(atTheEnd);
    }
  });

  test('counts none where it cannot bite', () => {
    const world = worldAt5ms();
    idles(world);
    runTo(world, 35_000);
    expect(world.faults.list[1]).toMatchObject({ kind, effects: 0 });
  });
});

describe('the end of a fault', () => {
  const ended = CASES.filter(({ kind }) => !['disk-stall', 'clock'].includes(kind));

  test.each(ended)('is noted when a fault of kind $kind is undone', ({ bites, ends }) => {
    const world = worldAt5ms();
    bites(world);
    runTo(world, 35_000);
    expect(world.faults.list[1]!.endedAt).toBe(-1);
    ends(world);
    expect(world.faults.list[1]!.endedAt).toBe(35_000);
  });

  test('is noted when a stalled disk works again', () => {
    const world = worldAt5ms();
    world.stallDisk(0, 8000, path);
    runTo(world, 35_000);
    expect(world.faults.list[1]!.endedAt).toBe(13_000);
  });

  test('is noted when another change of the clock takes its place', () => {
    const world = worldAt5ms();
    world.setClock(0, { ...still, drift: 1000 }, path);
    runTo(world, 35_000);
    world.setClock(0, { ...still, drift: 0 }, path);
    expect(world.faults.list[1]!.endedAt).toBe(35_000);
  });

  test('is not noted while one of its links is still cut', () => {
    const world = worldAt5ms();
    world.cut(
      [
        [0, 1],
        [1, 0],
      ],
      'keep',
      'partition',
      path,
    );
    runTo(world, 35_000);
    world.heal([[1, 0]]);
    expect(world.faults.list[1]!.endedAt).toBe(-1);
  });
});

test('no fault has the number 0, and what is done to it does nothing', () => {
  const faults = new Faults();
  expect(faults.start('crash', path, 'crash n1', 7)).toBe(1);
  faults.hit(0);
  faults.end(0, 9);
  expect(faults.list).toEqual([
    { id: 1, kind: 'crash', path, text: 'crash n1', startedAt: 7, endedAt: -1, effects: 0, holds: 0, byChance: false },
  ]);
});

test('a fault ends once: its first end stays', () => {
  const faults = new Faults();
  faults.start('cut', path, 'cut', 0);
  faults.end(1, 10);
  faults.end(1, 20);
  expect(faults.list[0]!.endedAt).toBe(10);
});
