import { describe, expect, test } from 'vitest';
import type { TraceEvent } from './trace-event.ts';
import type { CrashDisk } from './disk.ts';
import type { Origin } from './faults/fault-log.ts';
import type { Observer, Recorder } from './observer.ts';
import { APPLIED, TIMER } from './protocol.ts';
import { type Behaviour, type Note, type PuppetProtocol, puppets, TICK } from './testing/puppet.ts';
import { recorder, watcher } from './testing/recording-observer.ts';
import type { PuppetSimulation } from './testing/puppet-simulation.ts';
import { type PlanChanges, planOf, runTo } from './testing/sample-plan.ts';
import { Simulation } from './simulation.ts';

type Step = NonNullable<Behaviour['step']>;
const script: Origin = { path: 'script[0]', event: 0 };
const BOOM = new RangeError('boom');

function boom(): never {
  throw BOOM;
}

/** Node 0 ticks at once, and does this; the other nodes send each other notes every 2 ms. */
function atTick(tick: Step, other: Step = () => {}): Behaviour {
  return {
    boot: (self, now, out) => {
      if (self.met.length === 0) out.setTimer(TICK, now + 500);
    },
    step: (self, event, now, out, random) => {
      if (self.id === 0) {
        if (event.kind === TIMER) tick(self, event, now, out, random);
        else other(self, event, now, out, random);
      } else if (event.kind === TIMER) {
        out.send(self.id === 1 ? 2 : 1, { text: 'hello' });
        out.setTimer(TICK, now + 2000);
      }
    },
  };
}

function started(
  protocol: PuppetProtocol,
  observer: Observer<Note> | null,
  changes: PlanChanges = {},
  record: Recorder | null = null,
): PuppetSimulation {
  const simulation: PuppetSimulation = new Simulation(protocol, planOf(changes));
  simulation.start(observer, record);
  return simulation;
}

/** What an observer sees of node 0, with the other nodes' boots, up to this time. */
function seen(
  protocol: PuppetProtocol,
  until = 20_000,
  changes: PlanChanges = {},
): {
  simulation: PuppetSimulation;
  lines: readonly string[];
} {
  const lines: string[] = [];
  const simulation = started(protocol, recorder(lines), changes);
  runTo(simulation, until);
  return { simulation, lines: lines.filter((line) => line.split(' ')[1] === '0') };
}

/** The nodes but the first went on. */
function expectOthersGoOn(simulation: PuppetSimulation): void {
  for (const node of [1, 2]) expect(simulation.state(node)!.met.length).toBeGreaterThan(5);
}

describe('a node that throws', () => {
  test('in a step is down afterwards; the observer gets the error, and then the crash', () => {
    const errors: unknown[] = [];
    const calls: string[] = [];
    const simulation = started(
      puppets(atTick(boom)),
      watcher<Note>({
        panicked: (node, error) => {
          calls.push(`panicked ${node}`);
          errors.push(error);
        },
        crashed: (node) => void calls.push(`crashed ${node}`),
        stepped: (node) => void (node === 0 && calls.push('stepped 0')),
      }),
    );
    runTo(simulation, 20_000);
    expect(calls).toEqual(['panicked 0', 'crashed 0']);
    expect(errors).toEqual([BOOM]);
    expect([simulation.isUp(0), simulation.view(0), simulation.state(0)]).toEqual([false, null, null]);
    expectOthersGoOn(simulation);
  });

  test('in a step sends, writes and sets nothing of that event', () => {
    const { simulation, lines } = seen(
      puppets(
        atTick((_self, _event, now, out) => {
          out.send(1, { text: 'lost' });
          out.send(1, { text: 'held' }, out.persist('line'));
          out.setTimer(TICK, now + 1000);
          out.applied(1, 77);
          boom();
        }),
      ),
    );
    expect(lines).toEqual(['booted 0', 'panicked 0 …', 'crashed 0']);
    expect(simulation.diskContents(0)).toEqual([]);
    expect(simulation.state(1)!.met.filter((line) => /lost|held/u.test(line))).toEqual([]);
    expect(simulation.network.sent).toBeGreaterThan(0);
  });

  test('leaves what earlier events have sent on its way, and loses what waited for a write', () => {
    let ticks = 0;
    const { simulation } = seen(
      puppets(
        atTick((_self, _event, now, out) => {
          if (ticks++ === 1) boom();
          out.send(1, { text: 'sent' });
          out.send(1, { text: 'held' }, out.persist('line'));
          out.setTimer(TICK, now + 500);
        }),
      ),
    );
    const met = simulation.state(1)!.met.filter((line) => line.includes('from 0'));
    expect(met).toEqual(['1500 got sent from 0']);
    expect(simulation.diskContents(0)).toEqual([]);
  });

  test('while it applies, in the same instant or later, has not been stepped in that event', () => {
    const applying = atTick(
      (_self, _event, _now, out) => out.apply(3),
      (_self, event) => {
        if (event.kind === APPLIED) boom();
      },
    );
    expect(seen(puppets(applying)).lines).toEqual(['booted 0', 'stepped 0', 'panicked 0 …', 'crashed 0']);
    const slow = seen(puppets(applying), 20_000, { apply: { kind: 'constant', value: 1000 } });
    expect(slow.lines).toEqual(['booted 0', 'stepped 0', 'panicked 0 …', 'crashed 0']);
    for (const { simulation } of [seen(puppets(applying)), slow]) expect(simulation.isUp(0)).toBe(false);
  });

  test('at its first boot never comes up, and the others do', () => {
    const protocol = puppets({
      ...atTick(() => {}),
      boot: (self, now, out) => {
        if (self.id === 0) boom();
        out.setTimer(TICK, now + 500);
      },
    });
    const { simulation, lines } = seen(protocol);
    expect(lines).toEqual(['panicked 0 …', 'crashed 0']);
    expect(simulation.isUp(0)).toBe(false);
    expectOthersGoOn(simulation);
  });

  test('at a restart is down again, and can be restarted', () => {
    let boots = 0;
    const protocol = puppets({
      boot: (self) => {
        if (self.id === 0 && boots++ === 1) boom();
      },
    });
    const lines: string[] = [];
    const simulation = started(protocol, recorder(lines));
    simulation.faults.processes.crash(0, null, script);
    for (let time = 0; time < 2; time++) simulation.faults.processes.restart(0, script);
    expect(lines.filter((line) => line.endsWith(' 0') || line.includes(' 0 '))).toEqual([
      ...['booted 0', 'crashed 0', 'panicked 0 …', 'crashed 0', 'booted 0'],
    ]);
    expect(simulation.isUp(0)).toBe(true);
  });

  test('while it copies its disk to boot is down', () => {
    const protocol = puppets({});
    let copies = 0;
    const { lines } = seen({ ...protocol, cloneDisk: (disk) => (copies++ === 0 ? boom() : [...disk]) });
    expect(lines).toEqual(['panicked 0 …', 'crashed 0']);
  });

  test('while a write is folded into its disk is down, and loses that write and those after it', () => {
    const protocol = puppets(
      atTick((_self, _event, _now, out) => {
        out.persist('good');
        out.send(1, { text: 'bad' }, out.persist('bad'));
        out.persist('later');
      }),
    );
    const write = (disk: string[], line: string): void => void (line === 'bad' ? boom() : disk.push(line));
    const { simulation, lines } = seen({ ...protocol, write });
    expect(lines).toEqual(['booted 0', 'stepped 0', 'persisted 0', 'stepped 0', 'panicked 0 …', 'crashed 0']);
    expect(simulation.diskContents(0)).toEqual(['good']);
    expect(simulation.state(1)!.met.filter((line) => line.includes('bad'))).toEqual([]);
    expectOthersGoOn(simulation);
  });

  /** Node 0 has eight pending writes that cannot be folded into its disk, and crashes. */
  function crashedWithPendingWrites(disk: CrashDisk): { simulation: PuppetSimulation; calls: readonly string[] } {
    const protocol = puppets(
      atTick((_self, _event, _now, out) => {
        for (let line = 0; line < 8; line++) out.persist('bad');
      }),
    );
    const lines: string[] = [];
    const slow: PlanChanges = { fsync: { kind: 'constant', value: 100_000 } };
    const simulation = started({ ...protocol, write: boom, tear: () => 'bad' }, recorder(lines), slow);
    runTo(simulation, 10_000);
    simulation.faults.processes.crash(0, disk, script);
    runTo(simulation, 20_000);
    return { simulation, calls: lines.filter((line) => /^(?:panicked|crashed) 0/u.test(line)) };
  }

  test.each(['keep', 'lose-unsynced', 'tear'] as const)(
    'when a crash (%s) folds a pending write into its disk is down, and loses what was pending',
    (disk) => {
      const { simulation, calls } = crashedWithPendingWrites(disk);
      expect(calls.slice(0, 2)).toEqual(['panicked 0 …', 'crashed 0']);
      expect([simulation.isUp(0), simulation.diskContents(0)]).toEqual([false, []]);
      expectOthersGoOn(simulation);
    },
  );

  // The crash reports itself once more than the node that has thrown in it.
  test('when a crash folds a pending write into its disk is reported as crashed once', () => {
    expect(crashedWithPendingWrites('keep').calls).toEqual(['panicked 0 …', 'crashed 0']);
  });

  test('does not learn of an earlier write after a restart', () => {
    let ticks = 0;
    const protocol = puppets(
      atTick((_self, _event, now, out) => {
        ticks++;
        if (ticks === 2) boom();
        if (ticks > 2) return;
        out.persist('line');
        out.setTimer(TICK, now + 100);
      }),
    );
    const simulation = started(protocol, watcher<Note>({}));
    runTo(simulation, 700);
    expect(simulation.isUp(0)).toBe(false);
    simulation.faults.processes.restart(0, script);
    runTo(simulation, 5000);
    expect([simulation.isUp(0), simulation.state(0)!.met]).toEqual([true, ['1200 tick']]);
  });

  test.each([
    ['a text', 'gone'],
    ['nothing', undefined],
    ['null', null],
    ['an object', { code: 7 }],
  ])('%s instead of an error is down as well', (_what, thrown) => {
    const errors: unknown[] = [];
    const simulation = started(
      puppets(
        atTick(() => {
          // As a program that is not checked by a compiler would throw it.
          throw thrown as unknown as Error;
        }),
      ),
      watcher<Note>({ panicked: (_node, error) => void errors.push(error) }),
    );
    runTo(simulation, 20_000);
    expect(errors).toEqual([thrown]);
    expect(simulation.isUp(0)).toBe(false);
  });

  test('ends the simulation with its error where no observer can report it', () => {
    const inStep = started(puppets(atTick(boom)), null);
    expect(() => runTo(inStep, 20_000)).toThrow(BOOM);
    expect(() => started(puppets({ boot: boom }), null)).toThrow(BOOM);
    const inWrite = started(
      { ...puppets(atTick((_self, _event, _now, out) => void out.persist('x'))), write: boom },
      null,
    );
    expect(() => runTo(inWrite, 20_000)).toThrow(BOOM);
    const pending = atTick((_self, _event, _now, out) => void out.persist('x'));
    const atCrash = started({ ...puppets(pending), write: boom }, null, {
      fsync: { kind: 'constant', value: 100_000 },
    });
    runTo(atCrash, 10_000);
    expect(() => atCrash.faults.processes.crash(0, 'keep', script)).toThrow(BOOM);
  });

  test('leaves a trace event with the text of the error', () => {
    const events: TraceEvent[] = [];
    const record: Recorder = { wants: () => true, record: (event) => void events.push(event) };
    runTo(started(puppets(atTick(boom)), watcher<Note>({}), {}, record), 20_000);
    expect(events.filter(({ kind }) => kind === 'panicked')).toMatchObject([
      { node: 0, at: 500, fields: { error: 'RangeError: boom' }, text: 'throws RangeError: boom' },
    ]);
  });

  test('changes the hash of the run, the same way each time', () => {
    const hashOf = (tick: Step): string => {
      const simulation = started(puppets(atTick(tick)), watcher<Note>({}));
      runTo(simulation, 20_000);
      return simulation.hash.digest();
    };
    expect(hashOf(boom)).toBe(hashOf(boom));
    expect(hashOf(boom)).not.toBe(hashOf(() => {}));
  });
});
