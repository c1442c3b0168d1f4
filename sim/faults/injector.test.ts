import { describe, expect, test } from 'vitest';
import { TIMER } from '../protocol.ts';
import { type Behaviour, TICK, puppets } from '../testing/puppet.ts';
import type { PuppetSimulation } from '../testing/puppet-simulation.ts';
import { planOf, runTo } from '../testing/sample-plan.ts';
import { Simulation } from '../simulation.ts';
import { FaultLog, type NewFault, type Origin } from './fault-log.ts';

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
  readonly bites: (simulation: PuppetSimulation) => void;
  readonly idles: (simulation: PuppetSimulation) => void;
  readonly ends: (simulation: PuppetSimulation) => void;
  readonly effects: number;
}

const path: Origin = { path: 'script[0]', event: 0 };
const still = { offset: null, drift: null, jump: null };
const CASES: readonly Case[] = [
  {
    kind: 'crash',
    bites: (simulation) => simulation.faults.processes.crash(0, null, path),
    idles: (simulation) => simulation.faults.processes.crash(3, null, path),
    ends: (simulation) => simulation.faults.processes.restart(0, path),
    effects: 1,
  },
  {
    kind: 'pause',
    bites: (simulation) => simulation.faults.processes.pause(1, path),
    idles: (simulation) => simulation.faults.processes.pause(2, path),
    ends: (simulation) => [1, 2].forEach((node) => simulation.faults.processes.resume(node, path)),
    effects: 3,
  },
  {
    kind: 'slow-process',
    bites: (simulation) => simulation.faults.processes.setService(1, { kind: 'constant', value: 10 }, path),
    idles: (simulation) => simulation.faults.processes.setService(2, { kind: 'constant', value: 10 }, path),
    ends: (simulation) => [1, 2].forEach((node) => simulation.faults.processes.setService(node, 'reset', path)),
    effects: 3,
  },
  {
    kind: 'slow-apply',
    bites: (simulation) => simulation.faults.processes.setApply(0, { kind: 'constant', value: 10 }, path),
    idles: (simulation) => simulation.faults.processes.setApply(2, { kind: 'constant', value: 10 }, path),
    ends: (simulation) => [0, 2].forEach((node) => simulation.faults.processes.setApply(node, 'reset', path)),
    effects: 3,
  },
  {
    kind: 'partition',
    bites: (simulation) => simulation.faults.network.cut([[0, 1]], 'keep', 'partition', path),
    idles: (simulation) => simulation.faults.network.cut([[1, 0]], 'keep', 'partition', path),
    ends: (simulation) => simulation.faults.network.heal('all', path),
    effects: 3,
  },
  {
    kind: 'clog',
    bites: (simulation) => simulation.faults.network.clog([[0, 1]], 'keep', path),
    idles: (simulation) => simulation.faults.network.clog([[1, 0]], 'keep', path),
    ends: (simulation) => simulation.faults.network.release('all', 'fifo', path),
    effects: 3,
  },
  {
    kind: 'network',
    bites: (simulation) => simulation.faults.network.setLinks([[0, 1]], { loss: 1 }, path),
    idles: (simulation) => simulation.faults.network.setLinks([[0, 2]], { loss: 1 }, path),
    ends: (simulation) => simulation.faults.network.setLinks('all', 'reset', path),
    effects: 3,
  },
  {
    kind: 'disk-stall',
    bites: (simulation) => simulation.faults.disks.stallDisk(0, 8000, path),
    idles: (simulation) => simulation.faults.disks.stallDisk(1, 8000, path),
    ends: () => undefined,
    effects: 1,
  },
  {
    kind: 'disk-fsync',
    bites: (simulation) => simulation.faults.disks.setFsync(0, { kind: 'constant', value: 2000 }, path),
    idles: (simulation) => simulation.faults.disks.setFsync(1, { kind: 'constant', value: 2000 }, path),
    ends: (simulation) => [0, 1].forEach((node) => simulation.faults.disks.setFsync(node, 'reset', path)),
    effects: 3,
  },
  {
    kind: 'disk-full',
    bites: (simulation) => simulation.faults.disks.setFull(0, true, path),
    idles: (simulation) => simulation.faults.disks.setFull(1, true, path),
    ends: (simulation) => [0, 1].forEach((node) => simulation.faults.disks.setFull(node, false, path)),
    effects: 3,
  },
  {
    kind: 'disk-fails',
    bites: (simulation) => simulation.faults.disks.failWrites(0, 10, path),
    idles: (simulation) => simulation.faults.disks.failWrites(1, 10, path),
    ends: (simulation) => [0, 1].forEach((node) => simulation.faults.disks.failWrites(node, 0, path)),
    effects: 3,
  },
  {
    kind: 'clock',
    bites: (simulation) => simulation.faults.clocks.setClock(0, { ...still, jump: 1000 }, path),
    idles: (simulation) => simulation.faults.clocks.setClock(1, { ...still, jump: 1000 }, path),
    ends: () => undefined,
    effects: 1,
  },
];

function simulationAt5ms(): PuppetSimulation {
  const simulation: PuppetSimulation = new Simulation(puppets(busy), planOf({ nodes: 4 }));
  simulation.start(null, null);
  simulation.faults.processes.crash(3, null, { path: 'setup', event: 0 });
  runTo(simulation, 5000);
  return simulation;
}

describe.each(CASES)('a fault of kind $kind', ({ kind, bites, idles, ends, effects }) => {
  test('counts an effect each time it bites, and none after its end', () => {
    const simulation = simulationAt5ms();
    bites(simulation);
    // Ticks at 10, 20 and 30 ms.
    runTo(simulation, 35_000);
    const fault = simulation.faults.list[1]!;
    expect(fault).toMatchObject({ id: 2, kind, path: path.path, startedAt: 5000, effects });
    ends(simulation);
    const atTheEnd = fault.effects;
    if (kind !== 'clock') {
      runTo(simulation, 100_000);
      expect(fault.effects).toBe(atTheEnd);
    }
  });

  test('counts none where it cannot bite', () => {
    const simulation = simulationAt5ms();
    idles(simulation);
    runTo(simulation, 35_000);
    expect(simulation.faults.list[1]).toMatchObject({ kind, effects: 0 });
  });
});

describe('the end of a fault', () => {
  const ended = CASES.filter(({ kind }) => !['disk-stall', 'clock'].includes(kind));

  test.each(ended)('is noted when a fault of kind $kind is undone', ({ bites, ends }) => {
    const simulation = simulationAt5ms();
    bites(simulation);
    runTo(simulation, 35_000);
    expect(simulation.faults.list[1]!.endedAt).toBe(-1);
    ends(simulation);
    expect(simulation.faults.list[1]!.endedAt).toBe(35_000);
  });

  test('is noted when a stalled disk works again', () => {
    const simulation = simulationAt5ms();
    simulation.faults.disks.stallDisk(0, 8000, path);
    runTo(simulation, 35_000);
    expect(simulation.faults.list[1]!.endedAt).toBe(13_000);
  });

  test('is noted when another change of the clock takes its place', () => {
    const simulation = simulationAt5ms();
    simulation.faults.clocks.setClock(0, { ...still, drift: 1000 }, path);
    runTo(simulation, 35_000);
    simulation.faults.clocks.setClock(0, { ...still, drift: 0 }, path);
    expect(simulation.faults.list[1]!.endedAt).toBe(35_000);
  });

  test('is not noted while one of its links is still cut', () => {
    const simulation = simulationAt5ms();
    simulation.faults.network.cut(
      [
        [0, 1],
        [1, 0],
      ],
      'keep',
      'partition',
      path,
    );
    runTo(simulation, 35_000);
    simulation.faults.network.heal([[1, 0]], path);
    expect(simulation.faults.list[1]!.endedAt).toBe(-1);
  });
});

const CRASH: NewFault = {
  kind: 'crash',
  path: 'script[0]',
  target: { node: 0 },
  values: {},
  startedAt: 7,
  undo: null,
};

test('no fault has the number 0, and what is done to it does nothing', () => {
  const log = new FaultLog();
  expect(log.add(CRASH)).toBe(1);
  log.hit(0);
  log.end(0, 9);
  const { undo, ...crash } = CRASH;
  expect(undo).toBe(null);
  expect(log.list).toEqual([{ id: 1, ...crash, endedAt: -1, effects: 0, holds: 0, repetition: 1 }]);
});

test('a fault ends once: its first end stays', () => {
  const log = new FaultLog();
  log.add(CRASH);
  log.end(1, 10);
  log.end(1, 20);
  expect(log.list[0]!.endedAt).toBe(10);
});

describe('undoing everything', () => {
  test.each(CASES)('ends a fault of kind $kind, and is an event caused by its origin', ({ bites }) => {
    const simulation = simulationAt5ms();
    bites(simulation);
    runTo(simulation, 7000);
    simulation.faults.undoAll({ path: 'settle', event: 3 });
    expect(simulation.faults.list[1]!.endedAt).toBe(7000);
    expect(simulation.faults.list.every(({ endedAt }) => endedAt >= 0 && endedAt <= 7000)).toBe(true);
  });

  test('heals the cuts of one kind only where that is asked for: `heal: all` leaves a crash alone', () => {
    const simulation = simulationAt5ms();
    simulation.faults.network.cut([[0, 1]], null, 'partition', path);
    simulation.faults.network.clog([[1, 0]], 'keep', path);
    simulation.faults.network.heal('all', path);
    expect(simulation.faults.list.map(({ kind, endedAt }) => [kind, endedAt])).toEqual([
      ['crash', -1],
      ['partition', 5000],
      ['clog', -1],
    ]);
  });

  test('a cut that ends leaves cut what another fault has cut too', () => {
    const log: string[] = [];
    const simulation = simulationAt5ms();
    simulation.faults.network.cut([[0, 1]], null, 'partition', path);
    simulation.faults.network.cut([[0, 1]], null, 'isolate', path);
    simulation.network.heal(0, 1, 2, 6000);
    log.push(String(simulation.network.isCut(0, 1)));
    simulation.network.heal(0, 1, 3, 6000);
    log.push(String(simulation.network.isCut(0, 1)));
    expect(log).toEqual(['true', 'false']);
  });
});

describe('the event hash', () => {
  const hashAfter = (act: (simulation: PuppetSimulation) => void): string => {
    const simulation = simulationAt5ms();
    act(simulation);
    return simulation.hash.digest();
  };

  test('takes kind, target and values of a fault', () => {
    const hashes = [
      hashAfter(() => undefined),
      ...CASES.flatMap(({ bites, idles }) => [hashAfter(bites), hashAfter(idles)]),
      hashAfter((simulation) => simulation.faults.network.cut([[0, 1]], 'drop', 'partition', path)),
      hashAfter((simulation) => simulation.faults.network.setLinks('all', { loss: 0.25 }, path)),
      hashAfter((simulation) => simulation.faults.network.setLinks('all', { loss: 0.5 }, path)),
      hashAfter((simulation) => simulation.faults.network.setLinks('all', { duplicate: 0.5 }, path)),
      hashAfter((simulation) => simulation.faults.disks.stallDisk(0, 8001, path)),
      hashAfter((simulation) => simulation.faults.disks.setFsync(0, { kind: 'exponential', mean: 2000 }, path)),
      hashAfter((simulation) => simulation.faults.clocks.setClock(0, { ...still, drift: 1000 }, path)),
      hashAfter((simulation) => simulation.faults.clocks.setClock(0, { ...still, offset: 1000 }, path)),
      hashAfter((simulation) => simulation.faults.processes.crash(0, 'keep', path)),
    ];
    expect(new Set(hashes).size).toBe(hashes.length);
  });

  test('does not take the step that injected it, nor what its cuts are called', () => {
    const elsewhere = { path: 'timeline[7].do[1]', event: 2 };
    expect(hashAfter((simulation) => simulation.faults.network.cut([[0, 1]], null, 'partition', path))).toBe(
      hashAfter((simulation) => simulation.faults.network.cut([[0, 1]], null, 'cut', elsewhere)),
    );
    expect(hashAfter((simulation) => simulation.faults.processes.pause(0, path))).toBe(
      hashAfter((simulation) => simulation.faults.processes.pause(0, elsewhere)),
    );
  });

  test('does not take the steps of a script', () => {
    expect(hashAfter((simulation) => void simulation.beginStep('script[0]', 'wait', 0))).toBe(
      hashAfter(() => undefined),
    );
  });
});
