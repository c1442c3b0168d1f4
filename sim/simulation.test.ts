import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Defect } from './base/assert.ts';
import { BACKWARDS, STOPPED } from './clock.ts';
import { NOTHING, REPLY, WAKE } from './base/event-kinds.ts';
import { MESSAGE, PERSISTED, REQUEST, TIMER } from './protocol.ts';
import { type Behaviour, TICK, TOCK, puppets } from './testing/puppet.ts';
import { watcher } from './testing/recording-observer.ts';
import { type PuppetSimulation, puppetSimulation } from './testing/puppet-simulation.ts';
import { type PlanChanges, planOf, runTo } from './testing/sample-plan.ts';
import { MessageCounts } from './message-counts.ts';
import { Simulation } from './simulation.ts';
import type { Origin } from './faults/fault-log.ts';

const met = (simulation: PuppetSimulation, node: number): readonly string[] => simulation.state(node)?.met ?? [];
const script: Origin = { path: 'script[0]', event: 0 };
const BUSY = { kind: 'constant', value: 5000 } as const;
const EACH = fc.array(fc.nat(20_000), { minLength: 1, maxLength: 20 });

/** Node 0 sends a note to node 1 at each of its ticks, and counts them. */
function ticking(period: number): Behaviour {
  return {
    boot: (self, now, out) => {
      if (self.id === 0) out.setTimer(TICK, now + period);
    },
    step: (self, event, now, out) => {
      if (event.kind !== TIMER) return;
      out.send(1, { text: String(self.met.length) });
      out.setTimer(TICK, now + period);
    },
  };
}

describe('boot', () => {
  test('every node boots once, from the disk the plan gives it', () => {
    const plan = { ...planOf<string[]>(), disk: (node: number) => (node === 1 ? ['kept'] : null) };
    const simulation: PuppetSimulation = new Simulation(puppets({}), plan);
    expect([simulation.isUp(0), simulation.view(0)]).toEqual([false, null]);
    simulation.start(null, null);
    expect([0, 1, 2].map((node) => simulation.view(node)!.found)).toEqual([[], ['kept'], []]);
    expect([simulation.nextTime, simulation.now]).toEqual([Infinity, 0]);
  });

  test('a node that changes the disk it was handed does not change the disk', () => {
    const simulation = puppetSimulation({ boot: (self) => void (self.found as string[]).push('mine') });
    expect(simulation.diskContents(0)).toEqual([]);
  });

  test('what a node does at boot takes effect', () => {
    const simulation = puppetSimulation({
      boot: (self, now, out) => {
        if (self.id !== 0) return;
        out.setTimer(TICK, now + 5);
        out.send(1, { text: 'held' }, out.persist('a'));
        out.mark('booted');
      },
    });
    runTo(simulation, 10_000);
    expect(met(simulation, 0)).toEqual(['5 tick', '1000 durable 1']);
    expect(met(simulation, 1)).toEqual(['2000 got held from 0']);
    expect(simulation.marks.count('booted')).toBe(1);
  });

  test('what a node asks to apply at boot is applied', () => {
    const simulation = puppetSimulation({ boot: (_self, _now, out) => out.apply(3) });
    runTo(simulation, 10);
    expect(met(simulation, 0)).toEqual(['0 applied 3']);
  });

  test('a step in a simulation where nothing is left to happen is a defect', () => {
    expect(() => puppetSimulation({}).step()).toThrow(Defect);
  });
});

describe('timers', () => {
  /** Node 0 sets its timers as the note it gets says: `tick 50`, `tick -`, … Times are from then on. */
  const obedient: Behaviour = {
    step: (_self, event, now, out) => {
      if (event.kind !== REQUEST) return;
      const [name, span] = event.request!.command.key.split(' ');
      const timer = name === 'tick' ? TICK : TOCK;
      if (span === '-') out.clearTimer(timer);
      else out.setTimer(timer, now + Number(span));
    },
  };
  const LINK = 1000;

  /** Orders reach node 0 at the given times, from a client each, so that none waits for another. */
  function obey(orders: readonly { at: number; order: string }[]): readonly string[] {
    const simulation = puppetSimulation(obedient, { nodes: 1, clients: { count: orders.length, timeout: 1e9 } });
    for (const [client, { at, order }] of orders.entries()) {
      runTo(simulation, at);
      simulation.clients.operate(client, { op: 'get', key: order, value: '', expected: null }, 0);
    }
    runTo(simulation, 1_000_000);
    return met(simulation, 0)
      .filter((line) => !line.includes('asked'))
      .map((line) => `${Number(line.split(' ')[0]) - LINK} ${line.split(' ')[1]}`);
  }

  test('a timer fires once, when its time comes', () => {
    expect(obey([{ at: 10, order: 'tick 500' }])).toEqual(['510 tick']);
  });

  test('a timer that is moved fires at its last time only, be that later or earlier', () => {
    expect(
      obey([
        { at: 0, order: 'tick 500' },
        { at: 100, order: 'tick 700' },
      ]),
    ).toEqual(['800 tick']);
    expect(
      obey([
        { at: 0, order: 'tick 500' },
        { at: 100, order: 'tick 200' },
      ]),
    ).toEqual(['300 tick']);
  });

  test('a timer that is cleared does not fire, and can be set again', () => {
    expect(
      obey([
        { at: 0, order: 'tick 500' },
        { at: 100, order: 'tick -' },
      ]),
    ).toEqual([]);
    expect(
      obey([
        { at: 0, order: 'tick 500' },
        { at: 100, order: 'tick -' },
        { at: 200, order: 'tick 300' },
      ]),
    ).toEqual(['500 tick']);
  });

  test('two timers do not disturb each other', () => {
    expect(
      obey([
        { at: 0, order: 'tick 500' },
        { at: 10, order: 'tock 100' },
      ]),
    ).toEqual(['110 tock', '500 tick']);
  });

  test('timers fire as a naive model says, however they are set, moved and cleared', () => {
    const order = fc.record({
      gap: fc.integer({ min: 1, max: 300 }),
      timer: fc.constantFrom('tick', 'tock'),
      span: fc.oneof(fc.constant('-'), fc.integer({ min: 1, max: 400 }).map(String)),
    });
    fc.assert(
      fc.property(fc.array(order, { maxLength: 20 }), (steps) => {
        let at = 0;
        const orders = steps.map(({ gap, timer, span }) => ({ at: (at += gap), order: `${timer} ${span}` }));
        const expected: { at: number; timer: string }[] = [];
        for (const timer of ['tick', 'tock']) {
          let due = Infinity;
          for (const { at, order } of [...orders, { at: Infinity, order: `${timer} -` }]) {
            if (!order.startsWith(timer)) continue;
            // A request that comes at the moment a timer is due may be met before or after it.
            if (due === at) return;
            if (due < at) expected.push({ at: due, timer });
            const span = order.split(' ')[1]!;
            due = span === '-' ? Infinity : at + Number(span);
          }
        }
        const fired = obey(orders);
        expect(fired.toSorted()).toEqual(expected.map(({ at, timer }) => `${at} ${timer}`).toSorted());
        const times = fired.map((line) => Number(line.split(' ')[0]));
        expect(times).toEqual(times.toSorted((a, b) => a - b));
      }),
    );
  });

  test('a timer set for the past fires now', () => {
    const simulation = puppetSimulation({ boot: (_self, now, out) => out.setTimer(TICK, now - 50) }, { nodes: 1 });
    runTo(simulation, 10);
    expect(met(simulation, 0)).toEqual(['0 tick']);
  });

  test('a script can fire a timer, set or not, once', () => {
    const simulation = puppetSimulation({ boot: (_self, now, out) => out.setTimer(TICK, now + 500) }, { nodes: 1 });
    runTo(simulation, 100);
    simulation.faults.processes.fireTimer(0, TICK, script);
    simulation.faults.processes.fireTimer(0, TOCK, script);
    runTo(simulation, 10_000);
    expect(met(simulation, 0)).toEqual(['100 tick', '100 tock']);
  });
});

describe('clocks', () => {
  const oneTimer: Behaviour = { boot: (_self, now, out) => out.setTimer(TICK, now + 100_000) };
  const CHANGE = { offset: null, drift: null, jump: null };

  function rings(changes: PlanChanges, act?: (simulation: PuppetSimulation) => void): number | null {
    const simulation = puppetSimulation(oneTimer, { nodes: 1, ...changes });
    runTo(simulation, 50_000);
    act?.(simulation);
    for (;;) {
      const { nextTime } = simulation;
      if (nextTime === Infinity) return null;
      if (simulation.step() === TIMER) return simulation.now;
    }
  }

  test('a timer is set in local time: a fast clock rings early, a slow one late, and an offset changes nothing', () => {
    expect(rings({})).toBe(100_000);
    expect(rings({ clocks: [{ offset: 12_345, drift: 0 }] })).toBe(100_000);
    expect(rings({ clocks: [{ offset: 0, drift: 250_000 }] })).toBe(80_000);
    expect(rings({ clocks: [{ offset: 0, drift: -500_000 }] })).toBe(200_000);
  });

  test('a jump brings the timer nearer or moves it away, and a jump over it rings at once', () => {
    const jump = (span: number) =>
      rings({}, (simulation) => simulation.faults.clocks.setClock(0, { ...CHANGE, jump: span }, script));
    expect([jump(20_000), jump(-20_000), jump(80_000), jump(50_000)]).toEqual([80_000, 120_000, 50_000, 50_000]);
  });

  test('a drift that sets in on the way counts from then on', () => {
    const drift = (ppm: number) =>
      rings({}, (simulation) => simulation.faults.clocks.setClock(0, { ...CHANGE, drift: ppm }, script));
    expect([drift(1_000_000), drift(-500_000), drift(-1_000_000)]).toEqual([75_000, 150_000, null]);
  });

  test('a stopped clock that goes on rings as much later as it stood', () => {
    const rang = rings({}, (simulation) => {
      simulation.faults.clocks.setClock(0, { ...CHANGE, drift: -1_000_000 }, script);
      runTo(simulation, 500_000);
      simulation.faults.clocks.setClock(0, { ...CHANGE, drift: 0 }, script);
    });
    expect(rang).toBe(550_000);
  });

  test('a clock that runs backwards fires nothing, and then has to make up for it', () => {
    const setClock = (simulation: PuppetSimulation, drift: number): void =>
      simulation.faults.clocks.setClock(0, { ...CHANGE, drift }, script);
    const rang = rings({}, (simulation) => {
      setClock(simulation, BACKWARDS);
      runTo(simulation, 200_000);
      setClock(simulation, 0);
    });
    // 50 ms were left, and the clock has gone back by 150 ms.
    expect(rang).toBe(400_000);
    expect(rings({}, (simulation) => setClock(simulation, BACKWARDS))).toBeNull();
    expect(rings({ clocks: [{ offset: 0, drift: BACKWARDS }] })).toBeNull();
  });

  test('a timer that is due when its node is busy waits once more if the clock has gone back meanwhile', () => {
    const service = { kind: 'constant', value: 10_000 } as const;
    const simulation = puppetSimulation(oneTimer, { nodes: 1, service });
    runTo(simulation, 105_000);
    simulation.faults.clocks.setClock(0, { ...CHANGE, jump: -50_000 }, script);
    runTo(simulation, 159_000);
    expect(met(simulation, 0)).toEqual([]);
    runTo(simulation, 161_000);
    expect(met(simulation, 0)).toEqual(['110000 tick']);
  });

  test('a timer that is made to fire does so, though the clock of the busy node runs backwards', () => {
    const service = { kind: 'constant', value: 10_000 } as const;
    const simulation = puppetSimulation(oneTimer, { nodes: 1, service, clocks: [{ offset: 0, drift: BACKWARDS }] });
    runTo(simulation, 5_000);
    simulation.faults.processes.fireTimer(0, TICK, script);
    runTo(simulation, 20_000);
    expect(met(simulation, 0)).toEqual(['-15000 tick']);
  });

  test('a drift can be drawn, for the run or for a change, and the drawn one is what is injected', () => {
    const range = { low: -200_000, high: 200_000 };
    const rate = (seed: string): number => {
      const simulation = puppetSimulation(oneTimer, { nodes: 1, seed, clocks: [{ offset: 0, drift: range }] });
      runTo(simulation, 1_000_000);
      return simulation.localTime(0) - 1_000_000;
    };
    const rates = ['1', '2', '3', '4'].map(rate);
    expect(rates).toEqual(['1', '2', '3', '4'].map(rate));
    expect(new Set(rates).size).toBe(4);
    expect(rates.every((one) => Math.abs(one) <= 200_000)).toBe(true);
    const simulation = puppetSimulation(oneTimer);
    for (const node of [0, 1]) simulation.faults.clocks.setClock(node, { ...CHANGE, drift: range }, script);
    runTo(simulation, 1_000_000);
    const injected = simulation.faults.list.map(({ values }) => values['drift']);
    expect(injected).toEqual([0, 1].map((node) => simulation.localTime(node) - 1_000_000));
    expect(injected[0]).not.toBe(injected[1]);
  });

  test('an offset is the distance to global time', () => {
    const simulation = puppetSimulation(oneTimer);
    runTo(simulation, 1000);
    simulation.faults.clocks.setClock(1, { ...CHANGE, offset: 77 }, script);
    expect([0, 1, 2].map((node) => simulation.localTime(node))).toEqual([1000, 1077, 1000]);
    simulation.faults.clocks.setClock(1, { ...CHANGE, offset: 5, jump: 3 }, script);
    expect(simulation.localTime(1)).toBe(1008);
  });
});

describe('the wall clock', () => {
  const CHANGE = { offset: null, drift: null, jump: null };
  /** Reads it every 100 ms, and reports the reading. */
  const reading: Behaviour = {
    boot: (_self, now, out) => out.setTimer(TICK, now + 100_000),
    step: (self, _event, now, out) => {
      self.met.push(`${out.readWallClock() - now}`);
      out.setTimer(TICK, now + 100_000);
    },
  };
  const ahead = (simulation: PuppetSimulation): readonly string[] =>
    met(simulation, 0).filter((one) => !one.endsWith('tick'));

  test('reads what the monotonic one does, until one of them is changed by itself', () => {
    const simulation = puppetSimulation(reading, { clocks: [{ offset: -77, drift: 500 }] });
    simulation.faults.clocks.setClock(0, { ...CHANGE, jump: 1_000, drift: -300 }, script);
    runTo(simulation, 150_000);
    simulation.faults.clocks.setClock(0, { ...CHANGE, of: 'wall', jump: -5_000_000 }, script);
    runTo(simulation, 250_000);
    simulation.faults.clocks.setClock(0, { ...CHANGE, of: 'monotonic', jump: 1_000 }, script);
    runTo(simulation, 350_000);
    expect(ahead(simulation)).toEqual(['0', '-5000000', '-5001000']);
  });

  test('moves no timer', () => {
    const simulation = puppetSimulation(reading);
    simulation.faults.clocks.setClock(0, { of: 'wall', offset: null, drift: STOPPED, jump: 9_000_000 }, script);
    runTo(simulation, 350_000);
    expect(met(simulation, 0).filter((one) => one.endsWith('tick'))).toEqual(
      ['100000', '200000', '300000'].map((at) => `${at} tick`),
    );
  });

  test('a change of it counts an effect where the node gets another reading, and lasts until the next one of it', () => {
    const simulation = puppetSimulation(reading);
    const change = (of: 'wall' | 'monotonic' | 'both', jump: number): void =>
      simulation.faults.clocks.setClock(0, { ...CHANGE, of, jump }, script);
    change('wall', 0);
    runTo(simulation, 150_000);
    change('both', 10);
    runTo(simulation, 250_000);
    change('wall', -10);
    change('monotonic', 0);
    runTo(simulation, 350_000);
    // The change of both: one timer, one reading.
    expect(simulation.faults.list.map(({ effects }) => effects)).toEqual([0, 2, 1, 0]);
    expect(simulation.faults.list.map(({ endedAt }) => endedAt)).toEqual([150_000, 250_000, -1, -1]);
  });

  test('is set right at the end, also back, and the monotonic clock only forward', () => {
    for (const [jump, left] of [
      [3_000, 3_000],
      [-3_000, 0],
    ] as const) {
      const simulation = puppetSimulation(reading);
      simulation.faults.clocks.setClock(0, { ...CHANGE, jump }, script);
      runTo(simulation, 10_000);
      simulation.faults.undo(0, 1, script);
      expect(simulation.localTime(0)).toBe(10_000 + left);
      runTo(simulation, 150_000);
      expect(ahead(simulation)).toEqual([`${-left}`]);
      expect(simulation.faults.list[0]!.endedAt).toBe(10_000);
    }
  });

  test('at the end, a monotonic clock that has gone back is set to what it has read before', () => {
    const simulation = puppetSimulation(reading, { clocks: [{ offset: 0, drift: 100 }] });
    simulation.faults.clocks.setClock(0, { ...CHANGE, jump: 50_000 }, script);
    simulation.faults.clocks.setClock(0, { ...CHANGE, drift: BACKWARDS }, script);
    runTo(simulation, 10_000);
    expect([simulation.localTime(0), simulation.isClockBehind(0)]).toEqual([40_000, true]);
    simulation.faults.undoAll(script);
    expect([simulation.localTime(0), simulation.isClockBehind(0)]).toEqual([50_000, false]);
  });

  test('a node that boots remembers no reading: its clock is not behind', () => {
    const simulation = puppetSimulation(reading);
    simulation.faults.clocks.setClock(0, { ...CHANGE, jump: -50_000 }, script);
    expect(simulation.isClockBehind(0)).toBe(true);
    simulation.faults.processes.crash(0, null, script);
    simulation.faults.processes.restart(0, script);
    expect(simulation.isClockBehind(0)).toBe(false);
  });
});

describe('the disk', () => {
  const writing: Behaviour = {
    step: (_self, event, _now, out) => {
      if (event.kind !== MESSAGE) return;
      const ticket = out.persist(event.message!.text);
      out.send(2, { text: `${event.message!.text} is durable` }, ticket);
      out.send(2, { text: `${event.message!.text} is here` });
    },
  };
  /** Node 0 tells node 1, which writes it down and tells node 2. */
  const chain = (texts: number): Behaviour => ({
    boot: (self, _now, out) => {
      if (self.id === 0) for (let i = 1; i <= texts; i++) out.send(1, { text: `w${i}` });
    },
    step: (self, event, now, out, random) => {
      if (self.id === 1) writing.step!(self, event, now, out, random);
    },
  });

  test('a held send leaves when its write is durable, before the node hears of that; other sends leave at once', () => {
    const order: string[] = [];
    const watch = watcher({
      sent: (from, _to, { text }) => void (from === 1 && order.push(`sent ${text}`)),
      stepped: (node) => void (node === 1 && order.push('stepped')),
    });
    const simulation = puppetSimulation(chain(1), { fsync: { kind: 'constant', value: 700 } }, watch);
    runTo(simulation, 10_000);
    expect(order).toEqual(['stepped', 'sent w1 is here', 'sent w1 is durable', 'stepped']);
    expect(met(simulation, 2)).toEqual(['2000 got w1 is here from 1', '2700 got w1 is durable from 1']);
  });

  test('writes become durable in the order they were issued, whatever their latencies', () => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 1, max: 12 }), (seed, texts) => {
        const simulation = puppetSimulation(chain(texts), { seed, fsync: { kind: 'uniform', low: 0, high: 100_000 } });
        runTo(simulation, 10_000_000);
        const words = Array.from({ length: texts }, (_, i) => `w${i + 1}`);
        expect(simulation.diskContents(1)).toEqual(words);
        const durable = met(simulation, 1).filter((line) => line.includes('durable'));
        expect(durable.map((line) => line.split(' ')[2])).toEqual(words.map((_, i) => String(i + 1)));
      }),
    );
  });

  test('a crash loses what was held, and a restart finds the disk as the crash left it', () => {
    const simulation = puppetSimulation(chain(3), { fsync: { kind: 'constant', value: 500 } });
    // At 1000 all three are written; at 1500 they become durable.
    runTo(simulation, 1200);
    simulation.faults.processes.crash(1, 'lose-all', script);
    runTo(simulation, 50_000);
    expect(met(simulation, 2).some((line) => line.includes('durable'))).toBe(false);
    expect(met(simulation, 2).length).toBe(3);
    simulation.faults.processes.restart(1, script);
    expect(simulation.state(1)!.found).toEqual([]);
    expect(simulation.marks.count('unsynced-write-lost')).toBe(1);
  });

  test('what had become durable before the crash is there after the restart', () => {
    const simulation = puppetSimulation(chain(2));
    runTo(simulation, 5000);
    simulation.faults.processes.crash(1, 'lose-all', script);
    simulation.faults.processes.restart(1, script);
    expect(simulation.state(1)!.found).toEqual(['w1', 'w2']);
    expect(simulation.state(1)!.met).toEqual([]);
  });

  test('a torn write leaves its beginning', () => {
    const simulation = puppetSimulation({
      boot: (self, _now, out) => void (self.found.length === 0 && out.persist('abcdef')),
    });
    simulation.faults.processes.crash(1, 'tear', script);
    expect(simulation.diskContents(1)).toEqual(['abc']);
    expect(simulation.marks.count('write-torn')).toBe(1);
  });

  test('a write that was pending at the crash never completes', () => {
    const simulation = puppetSimulation(
      { boot: (self, _now, out) => void out.persist(`of incarnation ${self.found.length}`) },
      { nodes: 1 },
    );
    runTo(simulation, 500);
    simulation.faults.processes.crash(0, 'keep', script);
    simulation.faults.processes.restart(0, script);
    runTo(simulation, 10_000);
    expect(met(simulation, 0)).toEqual(['1500 durable 1']);
    expect(simulation.diskContents(0)).toEqual(['of incarnation 0', 'of incarnation 1']);
  });

  test('a stalled disk keeps every write waiting until it works again', () => {
    const simulation = puppetSimulation(chain(1));
    simulation.faults.disks.stallDisk(1, 50_000, script);
    runTo(simulation, 100_000);
    expect(met(simulation, 1)).toEqual(['1000 got w1 from 0', '51000 durable 1']);
    expect(simulation.faults.list[0]).toMatchObject({ kind: 'disk-stall', effects: 1 });
  });

  test('a wiped node restarts from a fresh disk', () => {
    const simulation = puppetSimulation(chain(2));
    runTo(simulation, 5000);
    simulation.faults.processes.wipe(1, script);
    expect(simulation.isUp(1)).toBe(false);
    simulation.faults.processes.restart(1, script);
    expect(simulation.state(1)!.found).toEqual([]);
  });
});

describe('crash and restart', () => {
  test('a node that is down hears nothing and its timers are gone; what it sent before still arrives', () => {
    const simulation = puppetSimulation(ticking(10_000));
    runTo(simulation, 10_500);
    simulation.faults.processes.crash(0, null, script);
    runTo(simulation, 100_000);
    expect(met(simulation, 1)).toEqual(['11000 got 1 from 0']);
    simulation.faults.processes.restart(0, script);
    runTo(simulation, 115_000);
    expect(met(simulation, 0)).toEqual(['110000 tick']);
  });

  test('messages to a node that is down are lost, also if it restarts later', () => {
    const simulation = puppetSimulation(ticking(10_000));
    runTo(simulation, 10_500);
    simulation.faults.processes.crash(1, null, script);
    runTo(simulation, 20_500);
    expect(simulation.network.dropped).toBe(1);
    simulation.faults.processes.restart(1, script);
    runTo(simulation, 25_000);
    expect(met(simulation, 1)).toEqual(['21000 got 2 from 0']);
  });

  test('to restart a node that runs stops it, as its disk plans, and starts it at once', () => {
    const simulation = puppetSimulation(ticking(10_000));
    simulation.faults.processes.restart(0, script);
    expect(simulation.isUp(0)).toBe(true);
    expect(simulation.faults.list).toMatchObject([
      { kind: 'crash', values: { disk: 'lose-unsynced' }, effects: 1, endedAt: 0 },
    ]);
  });

  test('to crash a node that is down or resume one that runs changes nothing', () => {
    const simulation = puppetSimulation(ticking(10_000));
    simulation.faults.processes.resume(0, script);
    simulation.faults.processes.crash(2, null, script);
    simulation.faults.processes.crash(2, null, script);
    simulation.faults.processes.pause(2, script);
    expect(simulation.isPaused(2)).toBe(false);
    expect(simulation.faults.list.map(({ kind, effects }) => [kind, effects])).toEqual([
      ['crash', 1],
      ['crash', 0],
      ['pause', 0],
    ]);
  });
});

describe('pause and service', () => {
  test('a paused node meets nothing, and then everything in its order', () => {
    fc.assert(
      fc.property(EACH, (waits) => {
        const simulation = puppetSimulation(ticking(1000));
        for (const wait of waits) {
          const received = met(simulation, 1).length;
          simulation.faults.processes.pause(1, script);
          runTo(simulation, simulation.now + wait);
          expect(met(simulation, 1).length).toBe(received);
          simulation.faults.processes.resume(1, script);
          runTo(simulation, simulation.now + wait);
        }
        runTo(simulation, Math.ceil(simulation.now / 1000) * 1000 + 500);
        const texts = met(simulation, 1).map((line) => line.split(' ')[2]);
        // A tick every millisecond, and a millisecond on the way.
        const count = Math.max(0, (simulation.now - 500) / 1000 - 1);
        expect(texts).toEqual(Array.from({ length: count }, (_, i) => String(i + 1)));
      }),
      { numRuns: 50 },
    );
  });

  test('timers and finished writes wait in the inbox too, and what a write held back leaves with it', () => {
    const simulation = puppetSimulation({
      boot: (self, now, out) => {
        if (self.id !== 0) return;
        out.setTimer(TICK, now + 2000);
        out.send(1, { text: 'held' }, out.persist('a'));
      },
    });
    simulation.faults.processes.pause(0, script);
    runTo(simulation, 30_000);
    expect([met(simulation, 0), met(simulation, 1), simulation.diskContents(0)]).toEqual([[], [], ['a']]);
    simulation.faults.processes.resume(0, script);
    runTo(simulation, 40_000);
    expect(met(simulation, 0)).toEqual(['30000 durable 1', '30000 tick']);
    expect(met(simulation, 1)).toEqual(['31000 got held from 0']);
    expect(simulation.faults.list[0]).toMatchObject({ kind: 'pause', effects: 2, endedAt: 30_000 });
  });

  test('a timer that an earlier event in the inbox moves does not fire', () => {
    const simulation = puppetSimulation({
      boot: (self, now, out) => {
        if (self.id === 0) out.setTimer(TICK, now + 2000);
        else if (self.id === 1) out.send(0, { text: 'move' });
      },
      step: (_self, event, now, out) => {
        if (event.kind === MESSAGE) out.setTimer(TICK, now + 5000);
      },
    });
    simulation.faults.processes.pause(0, script);
    runTo(simulation, 10_000);
    simulation.faults.processes.resume(0, script);
    runTo(simulation, 30_000);
    expect(met(simulation, 0)).toEqual(['10000 got move from 1', '15000 tick']);
  });

  test('a slow node takes its time for each event, one after the other', () => {
    const simulation = puppetSimulation(
      {
        boot: (self, _now, out) => {
          if (self.id === 0) for (const text of ['a', 'b', 'c']) out.send(1, { text });
        },
      },
      { service: BUSY },
    );
    runTo(simulation, 50_000);
    expect(met(simulation, 1)).toEqual(['6000 got a from 0', '11000 got b from 0', '16000 got c from 0']);
  });

  test('a node at full speed again works off what had queued up before anything that arrives later', () => {
    const simulation = puppetSimulation(ticking(1000));
    simulation.faults.processes.setService(1, BUSY, script);
    runTo(simulation, 6500);
    simulation.faults.processes.setService(1, 'reset', script);
    runTo(simulation, 20_500);
    const texts = met(simulation, 1).map((line) => Number(line.split(' ')[2]));
    expect(texts).toEqual(texts.map((_, i) => i + 1));
    expect(texts.length).toBe(19);
    expect(simulation.faults.list[0]).toMatchObject({ kind: 'slow-process', endedAt: 6500 });
    expect(simulation.faults.list[0]!.effects).toBeGreaterThan(0);
  });

  test('a crash empties the inbox', () => {
    const simulation = puppetSimulation(ticking(1000));
    simulation.faults.processes.pause(1, script);
    runTo(simulation, 10_500);
    simulation.faults.processes.crash(1, null, script);
    simulation.faults.processes.restart(1, script);
    expect(simulation.isPaused(1)).toBe(false);
    simulation.faults.processes.pause(1, script);
    runTo(simulation, 12_500);
    simulation.faults.processes.resume(1, script);
    runTo(simulation, 13_500);
    expect(met(simulation, 1)).toEqual(['12500 got 10 from 0', '12500 got 11 from 0', '13000 got 12 from 0']);
  });
});

describe('the network in the simulation', () => {
  test('a message that was cut off in flight is not delivered', () => {
    const simulation = puppetSimulation(ticking(10_000));
    runTo(simulation, 10_500);
    simulation.faults.network.cut([[0, 1]], 'drop', 'cut', script);
    runTo(simulation, 20_500);
    simulation.faults.network.heal('all', script);
    runTo(simulation, 35_000);
    expect(met(simulation, 1).map((line) => line.split(' ')[2])).toEqual(['3']);
    expect(simulation.faults.list[0]).toMatchObject({ kind: 'cut', effects: 2, endedAt: 20_500 });
  });

  test('without a word on messages in flight, the plan decides', () => {
    for (const inFlight of ['keep', 'drop'] as const) {
      const simulation = puppetSimulation(ticking(10_000), { inFlight });
      runTo(simulation, 10_500);
      simulation.faults.network.cut([[0, 1]], null, 'cut', script);
      runTo(simulation, 15_000);
      expect(met(simulation, 1).length).toBe(inFlight === 'keep' ? 1 : 0);
    }
  });

  test('of two copies of a message both are delivered, and a mark tells of the second', () => {
    const simulation = puppetSimulation(ticking(10_000), { links: { duplicate: 1 } });
    runTo(simulation, 15_000);
    expect(met(simulation, 1)).toEqual(['11000 got 1 from 0', '11000 got 1 from 0']);
    expect(simulation.marks.count('duplicate-delivered')).toBe(1);
  });

  test('messages are counted by type when that is asked for', () => {
    const simulation = puppetSimulation(ticking(10_000));
    simulation.messageCounts = new MessageCounts();
    runTo(simulation, 25_000);
    expect([
      simulation.messageCounts.count('Note'),
      simulation.messageCounts.bytes(null),
      simulation.messageCounts.count('Letter'),
    ]).toEqual([2, 2, 0]);
    simulation.messageCounts.reset();
    expect(simulation.messageCounts.count(null)).toBe(0);
  });
});

describe('healing everything', () => {
  test('after it, links, clocks, disks and processes are as planned, and all nodes run', () => {
    const simulation = puppetSimulation(ticking(10_000), { links: { loss: 0.5 } });
    simulation.faults.network.cut([[0, 1]], 'keep', 'cut', script);
    simulation.faults.network.clog([[0, 2]], 'keep', script);
    simulation.faults.network.setLinks('all', { latency: { kind: 'constant', value: 9_000_000 } }, script);
    simulation.faults.disks.stallDisk(0, 9_000_000, script);
    simulation.faults.disks.setFsync(1, { kind: 'constant', value: 9_000_000 }, script);
    simulation.faults.processes.setService(1, { kind: 'constant', value: 9_000_000 }, script);
    simulation.faults.clocks.setClock(0, { offset: null, drift: -1_000_000, jump: null }, script);
    simulation.faults.processes.pause(0, script);
    simulation.faults.processes.crash(1, null, script);
    runTo(simulation, 5000);
    simulation.faults.undoAll(script);
    expect(simulation.faults.list.filter(({ endedAt }) => endedAt !== 5000)).toEqual([]);
    runTo(simulation, 5_000_000);
    expect([simulation.isPaused(0), simulation.isUp(1)]).toEqual([false, true]);
    // From 15 ms on, a tick every 10 ms, none lost.
    expect(met(simulation, 1).length).toBe(499);
  });
});

describe('messages', () => {
  test('frozen, they give the same run', () => {
    const hashes = [false, true].map((freeze) => {
      const simulation = puppetSimulation(ticking(1000), { freeze });
      runTo(simulation, 50_000);
      return simulation.hash.digest();
    });
    expect(hashes[0]).toBe(hashes[1]);
  });

  test('a node that changes a message it received is found when messages are frozen', () => {
    const meddler: Behaviour = {
      ...ticking(1000),
      step: (self, event, now, out, random) => {
        if (event.kind === MESSAGE) event.message!.text += '!';
        ticking(1000).step!(self, event, now, out, random);
      },
    };
    expect(() => runTo(puppetSimulation(meddler, { freeze: true }), 5000)).toThrow(TypeError);
    expect(() => runTo(puppetSimulation(meddler, { freeze: false }), 5000)).not.toThrow();
  });
});

describe('stepping', () => {
  test('a wake-up comes at its time, or at once if that has passed', () => {
    const simulation = puppetSimulation({});
    simulation.wakeAt(500);
    expect([simulation.step(), simulation.now]).toEqual([WAKE, 500]);
    simulation.wakeAt(100);
    expect([simulation.step(), simulation.now]).toEqual([WAKE, 500]);
  });

  test('stale rows are nothing, and count as no event', () => {
    const simulation = puppetSimulation(ticking(1000));
    const { event } = simulation;
    simulation.faults.processes.crash(0, null, script);
    const after = simulation.event;
    expect(after).toBeGreaterThan(event);
    while (simulation.nextTime < Infinity) expect(simulation.step()).toBe(NOTHING);
    expect(simulation.event).toBe(after);
  });

  test('step tells the kind of what happened', () => {
    const simulation = puppetSimulation(
      {
        step: (_self, event, _now, out) => {
          if (event.kind === REQUEST) {
            out.reply(event.request!, { status: 'ok', value: null, applied: true, leader: -1 }, out.persist('x'));
          }
        },
      },
      { nodes: 1, clients: { count: 1 } },
    );
    simulation.clients.operate(0, { op: 'get', key: 'x', value: '', expected: null }, -1);
    expect([simulation.step(), simulation.step(), simulation.step()]).toEqual([REQUEST, PERSISTED, REPLY]);
    expect(simulation.clients.ok).toBe(1);
  });
});

describe('certainty', () => {
  const refusing: Behaviour = {
    step: (_self, event, _now, out) => {
      if (event.kind !== REQUEST) return;
      out.reply(event.request!, { status: 'refused', value: null, applied: false, leader: -1 });
    },
  };

  test.each([
    ['nothing comes twice', [], 'fail'],
    ['the request comes twice', [[1, 0]], 'unknown'],
    ['the answer comes twice', [[0, 1]], 'unknown'],
  ] as const)('a refusal is a certain failure only while nothing came twice: %s', (_, links, outcome) => {
    const simulation = puppetSimulation(refusing, { nodes: 1, clients: { count: 1 } });
    simulation.faults.network.setLinks(links, { duplicate: 1 }, script);
    const id = simulation.clients.operate(0, { op: 'get', key: 'x', value: '', expected: null }, -1);
    runTo(simulation, 50_000);
    expect(simulation.clients.operation(id)!.outcome).toBe(outcome);
  });
});

describe('an open loop in the simulation', () => {
  test('with thousands of requests outstanding, every one of them times out', () => {
    const simulation = puppetSimulation({}, { nodes: 1, clients: { count: 1, timeout: 1_000_000, retries: 0 } });
    simulation.clients.startLoad({
      ops: { put: 1, get: 0, cas: 0, append: 0, delete: 0 },
      keys: 1,
      valueSize: 1,
      think: null,
      rate: 3000,
      start: 0,
      count: 3000,
    });
    runTo(simulation, 10_000_000);
    expect([simulation.clients.unknown, simulation.clients.outstanding]).toEqual([3000, 0]);
  });
});
