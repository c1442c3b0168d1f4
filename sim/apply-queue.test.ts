import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Distribution } from './base/distribution.ts';
import { APPLIED, TIMER } from './protocol.ts';
import { type Behaviour, TICK, TOCK } from './testing/puppet.ts';
import { type PuppetSimulation, puppetSimulation } from './testing/puppet-simulation.ts';
import { type PlanChanges, runTo } from './testing/sample-plan.ts';
import type { Origin } from './faults/fault-log.ts';

const path: Origin = { path: 'script[0]', event: 0 };
const constant = (value: number): Distribution => ({ kind: 'constant', value });

/** Asks for one index more at each of its ticks, which come at these times after its boot. */
function asking(ticks: readonly number[]): Behaviour {
  const next = (at: number): number => Math.min(...ticks.filter((tick) => tick > at));
  return {
    boot: (_self, now, out) => out.setTimer(TICK, next(now)),
    step: (_self, event, now, out) => {
      if (event.kind !== TIMER) return;
      out.apply(ticks.filter((tick) => tick <= now).length);
      out.setTimer(TICK, next(now));
    },
  };
}

function simulationOf(behaviour: Behaviour, changes: PlanChanges = {}): PuppetSimulation {
  return puppetSimulation(behaviour, { nodes: 1, ...changes });
}

/** When the node learned that it may apply, and up to where: `1000 to 3`. */
function batches(simulation: PuppetSimulation): readonly string[] {
  return simulation
    .state(0)!
    .met.filter((line) => line.includes('applied'))
    .map((line) => `${line.split(' ')[0]} to ${line.split(' ')[2]}`);
}

describe('a state machine that takes its time', () => {
  test('catches up one batch at a time; what is asked for meanwhile goes with the next', () => {
    const simulation = simulationOf(asking([100, 200, 300, 9000]), { apply: constant(1000) });
    runTo(simulation, 20_000);
    expect(batches(simulation)).toEqual(['1100 to 1', '2100 to 3', '10000 to 4']);
  });

  test('without a word in the plan, or with no time to take, keeps up at once', () => {
    for (const changes of [{}, { apply: constant(0) }]) {
      const simulation = simulationOf(asking([100, 200]), changes);
      runTo(simulation, 20_000);
      expect(batches(simulation)).toEqual(['100 to 1', '200 to 2']);
    }
  });

  test('applies everything it was asked for in the end, in order, whatever time each batch takes', () => {
    const ticks = fc.uniqueArray(fc.integer({ min: 1, max: 20_000 }), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(fc.string(), ticks, fc.nat(3000), (seed, unsorted, high) => {
        const ticks = unsorted.toSorted((a, b) => a - b);
        const simulation = simulationOf(asking(ticks), { seed, apply: { kind: 'uniform', low: 0, high } });
        runTo(simulation, 200_000);
        let before = { at: -Infinity, index: 0 };
        for (const batch of batches(simulation)) {
          const [at, index] = batch.split(' to ').map(Number) as [number, number];
          // From when it was asked for, or from the end of the batch before it.
          const began = Math.max(before.at, ticks[before.index]!);
          expect(at - began).toBeGreaterThanOrEqual(0);
          expect(at - began).toBeLessThanOrEqual(high);
          expect(index).toBeGreaterThan(before.index);
          expect(ticks.filter((tick) => tick < began).length).toBeLessThanOrEqual(index);
          before = { at, index };
        }
        expect(before.index).toBe(ticks.length);
      }),
    );
  });

  test('draws from a stream of its own: how long batches take changes nothing else', () => {
    const draws = [constant(0), { kind: 'uniform', low: 1, high: 900 } as const].map((apply) => {
      const drawn: number[] = [];
      const { boot, step } = asking([1000, 2000, 3000]);
      const drawing: Behaviour = {
        ...(boot === undefined ? {} : { boot }),
        step: (self, event, now, out, random) => {
          if (event.kind === TIMER) drawn.push(random.below(1_000_000));
          step!(self, event, now, out, random);
        },
      };
      runTo(simulationOf(drawing, { apply, service: { kind: 'uniform', low: 1, high: 3 } }), 20_000);
      return drawn;
    });
    expect(draws[0]!.length).toBe(3);
    expect(draws[0]).toEqual(draws[1]);
  });

  test('that asks for more while it applies goes on with it in the next batch', () => {
    const greedy: Behaviour = {
      boot: (_self, _now, out) => out.apply(1),
      step: (_self, event, _now, out) => {
        if (event.kind === APPLIED && event.index < 3) out.apply(event.index + 1);
      },
    };
    const simulation = simulationOf(greedy, { apply: constant(1000) });
    runTo(simulation, 20_000);
    expect(batches(simulation)).toEqual(['1000 to 1', '2000 to 2', '3000 to 3']);
  });

  test('loses its batch and what was to follow in a crash, and begins anew after it', () => {
    const behaviour: Behaviour = {
      boot: (_self, now, out) => {
        if (now === 0) out.apply(2);
        out.setTimer(now === 0 ? TOCK : TICK, now + 500);
      },
      step: (_self, event, _now, out) => {
        if (event.kind === TIMER) out.apply(event.timer === TOCK ? 3 : 1);
      },
    };
    const simulation = simulationOf(behaviour, { apply: constant(1000) });
    runTo(simulation, 700);
    simulation.faults.processes.crash(0, null, path);
    simulation.faults.processes.restart(0, path);
    runTo(simulation, 20_000);
    expect(batches(simulation)).toEqual(['2200 to 1']);
  });

  test('of several indexes asked for meanwhile takes the highest', () => {
    const behaviour: Behaviour = {
      boot: (_self, now, out) => {
        out.apply(1);
        out.setTimer(TICK, now + 10);
        out.setTimer(TOCK, now + 20);
      },
      step: (_self, event, _now, out) => {
        if (event.kind === TIMER) out.apply(event.timer === TICK ? 5 : 3);
      },
    };
    const simulation = simulationOf(behaviour, { apply: constant(1000) });
    runTo(simulation, 20_000);
    expect(batches(simulation)).toEqual(['1000 to 1', '2000 to 5']);
  });

  test('goes on under a paused process, which learns of it later', () => {
    const simulation = simulationOf(asking([100, 2000]), { apply: constant(500) });
    runTo(simulation, 300);
    simulation.faults.processes.pause(0, path);
    runTo(simulation, 1000);
    expect(batches(simulation)).toEqual([]);
    simulation.faults.processes.resume(0, path);
    runTo(simulation, 5000);
    expect(batches(simulation)).toEqual(['1000 to 1', '2500 to 2']);
    expect(simulation.faults.list[0]).toMatchObject({ kind: 'pause', effects: 1 });
  });

  test('of a slow process too is one batch behind the other', () => {
    const simulation = simulationOf(asking([100, 200]), { apply: constant(1000), service: constant(50) });
    runTo(simulation, 20_000);
    expect(batches(simulation)).toEqual(['1200 to 1', '2250 to 2']);
  });

  test('goes into the hash with the index of each batch', () => {
    const hashes = [1, 2].map((index) => {
      const simulation = simulationOf({ boot: (_self, _now, out) => out.apply(index) }, { apply: constant(10) });
      runTo(simulation, 100);
      return simulation.hash.digest();
    });
    expect(hashes[0]).not.toBe(hashes[1]);
  });
});

describe('a state machine that is slowed', () => {
  test('is so from its next batch on, and back to the plan when that is asked for', () => {
    const simulation = simulationOf(asking([100, 200, 10_000, 20_000]), { apply: constant(1000) });
    runTo(simulation, 150);
    simulation.faults.processes.setApply(0, constant(5000), path);
    runTo(simulation, 15_000);
    simulation.faults.processes.setApply(0, 'reset', path);
    runTo(simulation, 30_000);
    expect(batches(simulation)).toEqual(['1100 to 1', '6100 to 2', '15000 to 3', '21000 to 4']);
    expect(simulation.faults.list).toMatchObject([
      { kind: 'slow-apply', path: path.path, effects: 2, endedAt: 15_000 },
    ]);
  });

  test('and then keeps up at once again does so only behind what is in progress', () => {
    const simulation = simulationOf(asking([100, 300, 9000]));
    simulation.faults.processes.setApply(0, constant(5000), path);
    runTo(simulation, 200);
    simulation.faults.processes.setApply(0, 'reset', path);
    runTo(simulation, 20_000);
    expect(batches(simulation)).toEqual(['5100 to 1', '5100 to 2', '9000 to 3']);
  });

  test('without anything to apply has had no effect', () => {
    const simulation = simulationOf({});
    simulation.faults.processes.setApply(0, constant(5000), path);
    runTo(simulation, 20_000);
    expect(simulation.faults.list[0]!.effects).toBe(0);
  });

  test('is as planned when everything heals, and done with its batch as soon as any', () => {
    const simulation = simulationOf(asking([100, 5000]), { apply: constant(300) });
    simulation.faults.processes.setApply(0, constant(60_000_000), path);
    runTo(simulation, 1000);
    simulation.faults.undoAll(path);
    runTo(simulation, 20_000);
    expect(batches(simulation)).toEqual(['1300 to 1', '5300 to 2']);
    expect(simulation.faults.list[0]).toMatchObject({ kind: 'slow-apply', endedAt: 1000 });
    // The row that stood for the batch's end is nothing any more.
    runTo(simulation, 70_000_000);
    expect(batches(simulation).length).toBe(2);
  });

  test('when everything heals, a batch whose node has yet to learn of it is not done twice', () => {
    const simulation = simulationOf(asking([100]), { apply: constant(300) });
    runTo(simulation, 200);
    simulation.faults.processes.pause(0, path);
    runTo(simulation, 1000);
    simulation.faults.undoAll(path);
    runTo(simulation, 20_000);
    expect(batches(simulation)).toEqual(['1000 to 1']);
  });
});
