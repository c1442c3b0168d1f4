import { describe, expect, test } from 'vitest';
import type { Origin } from './faults/fault-log.ts';
import { TIMER } from './protocol.ts';
import { type Behaviour, TICK } from './testing/puppet.ts';
import { type PuppetSimulation, puppetSimulation } from './testing/puppet-simulation.ts';
import { runTo } from './testing/sample-plan.ts';

const script: Origin = { path: 'script[3]', event: 0 };

function simulationOf(behaviour: Behaviour): PuppetSimulation {
  return puppetSimulation(behaviour, { nodes: 2 });
}

describe('a disk that cannot be read', () => {
  test('keeps a node from starting, and changes nothing for one that runs', () => {
    const simulation = simulationOf({
      boot: (self, _now, out) => void (self.found.length === 0 && out.persist('kept')),
    });
    simulation.faults.disks.setUnreadable(0, true, script);
    runTo(simulation, 5000);
    expect(simulation.diskContents(0)).toEqual(['kept']);
    simulation.faults.processes.crash(0, 'keep', script);
    simulation.faults.processes.restart(0, script);
    expect(simulation.isUp(0)).toBe(false);
    expect(['read-failed', 'start-refused'].map((mark) => simulation.marks.count(mark))).toEqual([1, 1]);
    expect(simulation.faults.list[0]).toMatchObject({ kind: 'disk-unreadable', effects: 1, endedAt: -1 });
    simulation.faults.disks.setUnreadable(0, false, script);
    simulation.faults.processes.restart(0, script);
    expect(simulation.state(0)!.found).toEqual(['kept']);
  });

  test('lets a node come back when everything is undone, whichever fault came first', () => {
    for (const crashesFirst of [true, false]) {
      const simulation = simulationOf({});
      if (crashesFirst) simulation.faults.processes.crash(0, 'keep', script);
      simulation.faults.disks.setUnreadable(0, true, script);
      if (!crashesFirst) simulation.faults.processes.crash(0, 'keep', script);
      simulation.faults.processes.restart(0, script);
      simulation.faults.undoAll(script);
      expect(simulation.isUp(0)).toBe(true);
    }
  });

  test('leaves no time by which a node has caught up', () => {
    const simulation = simulationOf({});
    simulation.faults.disks.setUnreadable(0, true, script);
    expect([simulation.processDelay(0), simulation.processDelay(1)]).toEqual([Infinity, 0]);
  });

  test('tells a node that its snapshot was not read, each time', () => {
    const read: boolean[] = [];
    const simulation = simulationOf({
      boot: (self, now, out) => void (self.id === 0 && out.setTimer(TICK, now + 1000)),
      step(_self, event, now, out) {
        if (event.kind !== TIMER) return;
        read.push(out.worked('read'), out.worked('make'));
        out.setTimer(TICK, now + 1000);
      },
    });
    simulation.faults.disks.setUnreadable(0, true, script);
    runTo(simulation, 2500);
    simulation.faults.disks.setUnreadable(0, false, script);
    runTo(simulation, 3500);
    expect(read).toEqual([false, true, false, true, true, true]);
    expect(simulation.faults.list[0]!.effects).toBe(2);
  });
});
