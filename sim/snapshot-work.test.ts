import { describe, expect, test } from 'vitest';
import type { Distribution } from './base/distribution.ts';
import type { Origin } from './faults/fault-log.ts';
import { type SnapshotWork, TIMER } from './protocol.ts';
import { type Behaviour, TICK, TOCK } from './testing/puppet.ts';
import { type PuppetSimulation, puppetSimulation } from './testing/puppet-simulation.ts';
import { type PlanChanges, runTo } from './testing/sample-plan.ts';

const path: Origin = { path: 'script[0]', event: 0 };
const constant = (value: number): Distribution => ({ kind: 'constant', value });
const SPANS = { make: constant(5000), read: constant(300), install: constant(2000) };

/** Works on a snapshot at 1 ms; a second timer is due at 2 ms. */
function working(...work: readonly SnapshotWork[]): Behaviour {
  return {
    boot: (_self, now, out) => {
      out.setTimer(TICK, now + 1000);
      out.setTimer(TOCK, now + 2000);
    },
    step: (_self, event, _now, out) => {
      if (event.kind === TIMER && event.timer === TICK) for (const one of work) out.worked(one);
    },
  };
}

function simulationOf(behaviour: Behaviour, changes: PlanChanges = {}): PuppetSimulation {
  return puppetSimulation(behaviour, { nodes: 1, ...changes });
}

function metBy(simulation: PuppetSimulation, until: number): readonly string[] {
  runTo(simulation, until);
  return simulation.state(0)!.met;
}

describe('work on a snapshot', () => {
  test.each<[readonly SnapshotWork[], number]>([
    [['make'], 6000],
    [['install'], 3000],
    [['read'], 2000],
    [['read', 'make', 'read'], 6600],
  ])('%j keeps the process busy, and a timer that is due meanwhile fires after it', (work, at) => {
    expect(metBy(simulationOf(working(...work), { snapshot: SPANS }), 10_000)).toEqual(['1000 tick', `${at} tock`]);
  });

  test('takes no time, and leaves the run as it is, where the plan says nothing', () => {
    const [plain, silent] = [simulationOf(working('make')), simulationOf(working())];
    expect(metBy(plain, 10_000)).toEqual(['1000 tick', '2000 tock']);
    metBy(silent, 10_000);
    expect(plain.hash.digest()).toBe(silent.hash.digest());
  });

  test('holds the node up while it lasts, and no bound is known for a node that it may keep busy', () => {
    const simulation = simulationOf(working('make'), { snapshot: SPANS });
    expect(simulation.processDelay(0)).toBe(Infinity);
    runTo(simulation, 900);
    expect(simulation.isHeldUp(0)).toBe(false);
    runTo(simulation, 1500);
    expect(simulation.isHeldUp(0)).toBe(true);
    runTo(simulation, 6001);
    expect(simulation.isHeldUp(0)).toBe(false);
    expect(simulationOf(working('make')).processDelay(0)).toBe(0);
  });

  test('comes before what a slow process does with the next event', () => {
    const simulation = simulationOf(working('make'), { snapshot: SPANS, service: constant(100) });
    expect(metBy(simulation, 10_000)).toEqual(['1100 tick', '6200 tock']);
  });

  test('begins again when the node goes on after a pause during which it would have ended', () => {
    const simulation = simulationOf(working('make'), { snapshot: SPANS });
    runTo(simulation, 1500);
    simulation.faults.processes.pause(0, path);
    runTo(simulation, 8000);
    simulation.faults.processes.resume(0, path);
    expect(metBy(simulation, 20_000)).toEqual(['1000 tick', '13000 tock']);
  });

  test('ends with a crash', () => {
    const simulation = simulationOf(working('make'), { snapshot: SPANS });
    runTo(simulation, 1500);
    simulation.faults.processes.restart(0, path);
    expect(simulation.isHeldUp(0)).toBe(false);
    expect(metBy(simulation, 20_000)).toEqual(['2500 tick', '7500 tock']);
  });
});

describe('snapshots that are made to take long', () => {
  test('do so from the next work on, and as planned again when that is asked for', () => {
    const again: Behaviour = {
      ...working('make'),
      step: (_self, event, now, out) => {
        if (event.kind !== TIMER) return;
        out.worked('make');
        out.setTimer(TICK, now + 1000);
      },
    };
    const simulation = simulationOf({ ...again, boot: (_self, now, out) => out.setTimer(TICK, now + 1000) });
    runTo(simulation, 1500);
    simulation.faults.processes.setSnapshotWork(0, { make: constant(3000) }, path);
    runTo(simulation, 4500);
    simulation.faults.processes.setSnapshotWork(0, 'reset', path);
    expect(metBy(simulation, 7500)).toEqual(['1000 tick', '2000 tick', '5000 tick', '6000 tick', '7000 tick']);
    expect(simulation.faults.list).toMatchObject([{ kind: 'slow-snapshots', effects: 1, endedAt: 4500 }]);
  });

  test('leave what they do not name as planned', () => {
    const simulation = simulationOf(working('make'), { snapshot: SPANS });
    simulation.faults.processes.setSnapshotWork(0, { read: constant(9000) }, path);
    expect(metBy(simulation, 10_000)).toEqual(['1000 tick', '6000 tock']);
    expect(simulation.faults.list[0]!.effects).toBe(0);
  });

  test('hold nothing up any more when everything heals', () => {
    const simulation = simulationOf(working('make'));
    simulation.faults.processes.setSnapshotWork(0, { make: constant(60_000_000) }, path);
    runTo(simulation, 3000);
    simulation.faults.undoAll(path);
    expect(metBy(simulation, 70_000_000)).toEqual(['1000 tick', '3000 tock']);
    expect(simulation.isHeldUp(0)).toBe(false);
    expect(simulation.faults.list[0]).toMatchObject({ kind: 'slow-snapshots', endedAt: 3000 });
  });
});
