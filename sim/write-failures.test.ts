import { describe, expect, test } from 'vitest';
import type { Origin } from './faults/fault-log.ts';
import { FAILED, TIMER } from './protocol.ts';
import { Simulation } from './simulation.ts';
import { type Behaviour, type Note, puppets, TICK } from './testing/puppet.ts';
import { type PuppetSimulation, puppetSimulation } from './testing/puppet-simulation.ts';
import { type PlanChanges, planOf, runTo } from './testing/sample-plan.ts';
import { watcher } from './testing/recording-observer.ts';

const script: Origin = { path: 'script[3]', event: 0 };

function simulationOf(behaviour: Behaviour, changes: PlanChanges = {}): PuppetSimulation {
  return puppetSimulation(behaviour, { nodes: 2, ...changes });
}

/** Node 0 writes two words at boot, each with a note that waits for it, and a third when it learns what became of one. */
const writer: Behaviour = {
  boot(self, _now, out) {
    if (self.id !== 0) return;
    for (const word of ['one', 'two']) out.send(1, { text: word }, out.persist(word));
  },
  step(self, event, _now, out) {
    if (self.id === 0 && event.kind === FAILED) out.send(1, { text: 'three' }, out.persist('three'));
  },
};

/** The same, and it stops. */
const stopping: Behaviour = {
  ...writer,
  step(self, event, now, out, random) {
    writer.step!(self, event, now, out, random);
    if (event.kind === FAILED) out.halt(`the disk is ${event.failure!}`);
  },
};

const met = (simulation: PuppetSimulation, node: number): readonly string[] => simulation.state(node)?.met ?? [];

describe('a write that fails', () => {
  test('is told to the node with its reason; it and all after it are lost, with what waited for them', () => {
    const simulation = simulationOf(writer);
    simulation.faults.disks.setFull(0, true, script);
    runTo(simulation, 1500);
    simulation.faults.disks.setFull(0, false, script);
    runTo(simulation, 20_000);
    expect(met(simulation, 0)).toEqual(['1000 failed 1 full', '2000 durable 3']);
    expect(simulation.diskContents(0)).toEqual(['three']);
    expect(met(simulation, 1).map((line) => line.split(' ')[2])).toEqual(['three']);
    expect(simulation.marks.count('write-failed')).toBe(1);
    expect(simulation.faults.list[0]).toMatchObject({ kind: 'disk-full', effects: 1, endedAt: 1500 });
  });

  test('fails as often as was said, and then the fault is over', () => {
    const again: Behaviour = {
      boot: (self, _now, out) => void (self.id === 0 && out.persist('a')),
      step: (_self, event, _now, out) => void (event.kind === FAILED && out.persist('b')),
    };
    const simulation = simulationOf(again);
    simulation.faults.disks.failWrites(0, 2, script);
    runTo(simulation, 20_000);
    expect(met(simulation, 0)).toEqual(['1000 failed 1 error', '2000 failed 2 error', '3000 durable 3']);
    expect(simulation.faults.list[0]).toMatchObject({ kind: 'disk-fails', effects: 2, endedAt: 2000 });
  });

  test('is told to a busy node when it gets to it; what it has written meanwhile is lost, too', () => {
    const simulation = simulationOf(
      {
        boot(self, now, out) {
          if (self.id !== 0) return;
          out.persist('early');
          out.setTimer(TICK, now + 900);
        },
        step(_self, event, _now, out) {
          if (event.kind === TIMER) out.persist('late');
          if (event.kind === FAILED) out.persist('after');
        },
      },
      { service: { kind: 'constant', value: 5000 } },
    );
    simulation.faults.disks.failWrites(0, 1, script);
    runTo(simulation, 30_000);
    expect(met(simulation, 0)).toEqual(['5900 tick', '10900 failed 1 error', '16900 durable 3']);
    expect(simulation.diskContents(0)).toEqual(['after']);
  });

  test('leaves nothing behind at a crash before the node is told', () => {
    const simulation = simulationOf(writer);
    simulation.faults.disks.failWrites(0, 1, script);
    simulation.faults.processes.pause(0, script);
    runTo(simulation, 5000);
    simulation.faults.processes.crash(0, 'keep', script);
    simulation.faults.processes.restart(0, script);
    expect(simulation.state(0)!.found).toEqual([]);
  });
});

test('a write of which nothing is known to succeed has no time by which it is durable', () => {
  const simulation = simulationOf({});
  expect(simulation.fsyncDelay(0)).toBe(1000);
  simulation.faults.disks.setFull(0, true, script);
  expect([simulation.fsyncDelay(0), simulation.fsyncDelay(1)]).toEqual([Infinity, 1000]);
  simulation.faults.disks.setFull(0, false, script);
  simulation.faults.disks.failWrites(0, 1, script);
  expect(simulation.fsyncDelay(0)).toBe(Infinity);
});

describe('a node that stops by itself', () => {
  test('is down, and nothing of the event leaves it', () => {
    const crashed: number[] = [];
    const simulation: PuppetSimulation = new Simulation(puppets(stopping), planOf({ nodes: 2 }));
    simulation.start(watcher<Note>({ crashed: (node) => void crashed.push(node) }), null);
    simulation.faults.disks.failWrites(0, 1, script);
    runTo(simulation, 20_000);
    expect(simulation.isUp(0)).toBe(false);
    expect(met(simulation, 1)).toEqual([]);
    expect(simulation.diskContents(0)).toEqual([]);
    expect(simulation.marks.count('node-halted')).toBe(1);
    expect(crashed).toEqual([0]);
  });

  test('is listed as a consequence of the fault, which ends when it is restarted', () => {
    const simulation = simulationOf(stopping);
    simulation.faults.disks.setFull(0, true, script);
    runTo(simulation, 5000);
    expect(simulation.faults.list[1]).toMatchObject({ kind: 'halt', path: 'script[3]', startedAt: 1000, effects: 1 });
    simulation.faults.disks.setFull(0, false, script);
    simulation.faults.processes.restart(0, script);
    expect(simulation.faults.list[1]!.endedAt).toBe(5000);
    runTo(simulation, 20_000);
    expect(simulation.diskContents(0)).toEqual(['one', 'two']);
  });

  test('comes back when everything is undone, from a disk that has room by then', () => {
    const simulation = simulationOf(stopping);
    simulation.faults.disks.setFull(0, true, script);
    runTo(simulation, 5000);
    simulation.faults.undoAll(script);
    expect(simulation.isUp(0)).toBe(true);
    runTo(simulation, 20_000);
    expect(simulation.diskContents(0)).toEqual(['one', 'two']);
  });

  test('stays down when the step that has filled its disk is undone', () => {
    const simulation = simulationOf(stopping);
    const first = simulation.faults.count;
    simulation.faults.disks.setFull(0, true, script);
    const last = simulation.faults.count;
    runTo(simulation, 5000);
    simulation.faults.undo(first, last, script);
    expect(simulation.isUp(0)).toBe(false);
  });

  test('is no consequence of a write that failed in an earlier incarnation', () => {
    const simulation = simulationOf({
      ...writer,
      step: (self, event, _now, out) => void (self.id === 0 && event.kind === TIMER && out.halt('it has had enough')),
    });
    simulation.faults.disks.failWrites(0, 1, script);
    runTo(simulation, 5000);
    simulation.faults.processes.restart(0, script);
    simulation.faults.processes.fireTimer(0, TICK, script);
    runTo(simulation, 10_000);
    expect(simulation.isUp(0)).toBe(false);
    expect(simulation.faults.list.map(({ kind }) => kind)).toEqual(['disk-fails', 'crash']);
  });

  test('does not start if it stops at its boot', () => {
    const simulation = simulationOf({ boot: (self, _now, out) => void (self.id === 0 && out.halt('it must not')) });
    expect([simulation.isUp(0), simulation.isUp(1)]).toEqual([false, true]);
    expect(simulation.faults.list).toEqual([]);
    expect(simulation.marks.count('start-refused')).toBe(1);
  });
});

test('a run in which writes fail is the same again', () => {
  const hashOf = (): string => {
    const simulation = simulationOf(stopping, { fsync: { kind: 'uniform', low: 100, high: 5000 } });
    simulation.faults.disks.failWrites(0, 1, script);
    runTo(simulation, 10_000);
    simulation.faults.processes.restart(0, script);
    runTo(simulation, 40_000);
    return simulation.hash.digest();
  };
  expect(hashOf()).toBe(hashOf());
});
