import { describe, expect, test } from 'vitest';
import type { Step } from '../scenario.ts';
import {
  condition,
  count,
  crash,
  list,
  n1,
  n2,
  n3,
  n4,
  n5,
  on,
  scenarioOf,
  restart,
  role,
  step,
  until,
  wait,
} from '../testing/sample-steps.ts';
import { FakeEnvironment } from '../testing/fake-environment.ts';
import { createScript } from './script.ts';

const cluster = (): FakeEnvironment => new FakeEnvironment(3).set(1, { role: 'leader', term: 4 });
const at = (time: number, { action, ...modifiers }: Step): Step => ({ ...modifiers, action, at: time });

describe('timeline', () => {
  test('its steps happen by the clock, whatever the script is doing', () => {
    const environment = cluster();
    const timeline = [at(2_000, step(crash(n3))), at(1_000, step(crash(n1)))];
    environment.start(scenarioOf([step(until({ leaders: 2 }))], { timeline }));
    environment.runTo(5_000);
    expect(environment.calls).toEqual(['1ms crash n1 - timeline[1]', '2ms crash n3 - timeline[0]']);
  });

  test('at one time they happen in file order, and before the script', () => {
    const environment = cluster();
    const timeline = [at(1_000, step(crash(n3))), at(0, step(count)), at(1_000, step(crash(n1)))];
    environment.start(
      scenarioOf([step(crash(n2)), step(restart(n2), { after: { kind: 'constant', value: 1_000 } })], { timeline }),
    );
    environment.runTo(1_000);
    expect(environment.calls).toEqual([
      '0ms resetCounters',
      '0ms crash n2 - script[0]',
      '1ms crash n3 - timeline[0]',
      '1ms crash n1 - timeline[2]',
      '1ms restart n2',
    ]);
  });

  test('one that has to wait does not delay the next', () => {
    const environment = new FakeEnvironment(3);
    const timeline = [at(1_000, step(crash(role('leader')))), at(2_000, step(count))];
    environment.start(scenarioOf([], { timeline }));
    environment.runTo(3_000).happens(() => environment.set(0, { role: 'leader' }));
    expect(environment.calls).toEqual(['2ms resetCounters', '3ms crash n1 - timeline[0]']);
  });

  test('it goes on when the script has failed', () => {
    const environment = cluster();
    const timeline = [at(2_000, step(crash(n1)))];
    const script = environment.start(scenarioOf([step(until({ leaders: 2 }), { within: 1_000 })], { timeline }));
    environment.runTo(1_000);
    expect([script.failure?.path, script.done]).toEqual(['script[0]', false]);
    environment.runTo(2_000);
    expect([environment.calls.length, script.done]).toEqual([1, true]);
  });

  test('when one of its steps fails the script stops and the rest of it goes on', () => {
    const environment = new FakeEnvironment(3);
    const timeline = [at(1_000, step(crash(role('leader')), { within: 1_000 })), at(4_000, step(crash(n1)))];
    const script = environment.start(scenarioOf([step(wait(3_000)), step(count)], { timeline }));
    environment.runTo(5_000);
    expect(script.failure?.message).toBe('expected leader; no node leads (after 1ms)');
    expect([environment.calls, script.done]).toEqual([['4ms crash n1 - timeline[1]'], true]);
  });

  test('the first failure is the one reported', () => {
    const environment = new FakeEnvironment(3);
    const timeline = [at(0, step(until({ leaders: 1 }), { within: 2_000 }))];
    const script = environment.start(scenarioOf([step(until({ leaders: 2 }), { within: 1_000 })], { timeline }));
    environment.runTo(5_000);
    expect(script.failure?.path).toBe('script[0]');
  });

  test('what an event fired goes before what is due', () => {
    const environment = cluster();
    const script = environment.start(
      scenarioOf([step(on('elected', {}, step(crash(n1)))), step(wait(9_000))], { timeline: [at(1_000, step(count))] }),
    );
    environment.runTo(999);
    environment.emit('elected');
    environment.now = 1_000;
    script.advance();
    expect(environment.calls).toEqual(['1ms crash n1 - script[0].do[0]', '1ms resetCounters']);
  });
});

describe('pending', () => {
  test('is false, and reads nothing of the cluster, while the script waits for a time or is over', () => {
    const environment = cluster();
    const script = environment.start(scenarioOf([step(wait(1_000))]));
    environment.looks = 0;
    for (let i = 0; i < 100; i++) environment.happens(() => environment.revision++);
    environment.runTo(1_000);
    expect([script.done, script.pending]).toEqual([true, false]);
    environment.revision++;
    expect([script.pending, environment.looks]).toEqual([false, 0]);
  });

  test('while the script waits for a condition, is true when the environment has changed since the last evaluation', () => {
    const environment = cluster();
    const script = environment.start(scenarioOf([step(until({ leaders: 2 }))]));
    expect(script.pending).toBe(false);
    environment.revision++;
    expect(script.pending).toBe(true);
    script.advance();
    expect(script.pending).toBe(false);
  });

  test('a condition is evaluated once for each change', () => {
    const environment = cluster();
    const script = environment.start(scenarioOf([step(until({ leaders: 2 }))], { timeline: [at(5, step(count))] }));
    environment.looks = 0;
    environment.happens(() => environment.revision++);
    expect(environment.looks).toBe(3);
    environment.runTo(10);
    script.advance();
    expect(environment.looks).toBe(3);
  });

  test('is true when a trigger has fired', () => {
    const environment = cluster();
    const script = environment.start(scenarioOf([step(on('elected', {}, step(count))), step(wait(1_000))]));
    environment.emit('elected');
    expect(script.pending).toBe(true);
    script.advance();
    expect(script.pending).toBe(false);
  });

  test('what one step changes can end the wait of another at the same instant', () => {
    const environment = cluster().set(0, { role: 'leader' });
    const timeline = [at(1_000, step(crash(n1)))];
    const script = environment.start(scenarioOf([step(until({ leaders: 1 })), step(crash(n3))], { timeline }));
    environment.runTo(1_000);
    expect([environment.calls, script.done]).toEqual([
      ['1ms crash n1 - timeline[0]', '1ms crash n3 - script[1]'],
      true,
    ]);
  });
});

describe('many steps at one instant', () => {
  const counted = (times: number): Step => step({ kind: 'repeat', times, do: [step(count)] });

  test('are executed in pieces, and counted', () => {
    const environment = cluster();
    const script = createScript(scenarioOf([counted(250)]), environment);
    const pieces = [script.advance(), script.advance(), script.advance()];
    expect(pieces).toEqual([false, false, true]);
    expect([environment.calls.length, script.steps, script.done]).toEqual([250, 251, true]);
  });

  test('are interrupted inside `together` too, where still nothing comes in between', () => {
    const environment = cluster();
    const together = step({ kind: 'together', do: [step(crash(n1)), counted(250)] });
    environment.start(scenarioOf([step(on('crashed', {}, step(crash(n2)))), together]));
    const crashes = environment.calls.flatMap((call, place) => (call.includes('crash') ? [place] : []));
    expect(crashes).toEqual([0, 251]);
  });

  test('where more than ten steps wait, ten looks of the others count as one step', () => {
    const looks = (waiting: number): number => {
      const environment = cluster();
      const timeline = Array.from({ length: waiting }, () => at(0, step(until({ leaders: 2 }))));
      const script = environment.start(scenarioOf([], { timeline }));
      for (let event = 0; event < 100; event++) environment.happens(() => environment.revision++);
      return script.steps - waiting;
    };
    expect([looks(10), looks(13)]).toEqual([0, 30]);
  });

  test('where more than ten triggers are armed, ten looks of the others count as one step', () => {
    const looks = (armed: number): number => {
      const environment = cluster();
      const triggers = Array.from({ length: armed }, () => step(on('elected', { node: n3 }, step(count))));
      const script = environment.start(scenarioOf(triggers));
      for (let event = 0; event < 100; event++) environment.observed('elected', { node: 0 });
      return script.steps - armed;
    };
    expect([looks(10), looks(13)]).toEqual([0, 30]);
  });
});

describe('being woken', () => {
  test('requests the next time that matters, and not again while that is in the future', () => {
    const environment = cluster();
    environment.start(
      scenarioOf([step(until({ leaders: 2 }), { within: 9_000 })], { timeline: [at(4_000, step(count))] }),
    );
    expect(environment.wakes).toEqual([4_000]);
    environment.runTo(1_000).happens(() => environment.revision++);
    expect(environment.wakes).toEqual([4_000]);
    environment.runTo(4_000);
    expect(environment.wakes).toEqual([9_000]);
  });

  test('requests an earlier time as well', () => {
    const environment = cluster();
    environment.start(scenarioOf([step(on('elected', {}, step(wait(100)))), step(wait(9_000))]));
    environment.observed('elected');
    expect(environment.wakes).toEqual([9_000, 100]);
  });

  test('a call at a time at which nothing is due does nothing', () => {
    const environment = cluster();
    const script = environment.start(scenarioOf([step(wait(9_000)), step(count)]));
    environment.runTo(5_000);
    script.advance();
    expect([environment.calls, environment.wakes]).toEqual([[], [9_000]]);
  });
});

describe('a script as a whole', () => {
  test('does nothing before the first advance', () => {
    const environment = cluster();
    const script = createScript(scenarioOf([step(count)]), environment);
    expect([script.done, script.pending, environment.calls]).toEqual([false, false, []]);
    script.advance();
    expect([script.done, environment.calls]).toEqual([true, ['0ms resetCounters']]);
  });

  test('an empty one is over at once', () => {
    const script = cluster().start(scenarioOf([]));
    expect([script.done, script.failure, script.neverFired]).toEqual([true, null, []]);
  });

  test('a defect is not taken for a failure of the scenario', () => {
    const environment = new FakeEnvironment(1);
    expect(() => environment.start(scenarioOf([step(crash(n3))]))).toThrow('no node 2');
  });

  test('unmet says why a condition does not hold, or null', () => {
    const script = cluster().start(scenarioOf([]));
    expect(script.unmet(condition({ leaders: 1 }))).toBeNull();
    expect(script.unmet(condition({ leaders: 0 }))).toBe('expected 0 leaders; n2 leads term 4');
  });

  test('[minority-leader] a stale leader cannot have its write committed', () => {
    const environment = new FakeEnvironment(5, 2);
    const [side, rest] = [list(n1, n2), list(n3, n4, n5)];
    const write = { kind: 'operation', op: 'put', key: 'x', expected: null } as const;
    const script = environment.start(
      scenarioOf([
        step({ kind: 'elect', node: n2 }),
        step({
          kind: 'partition',
          groups: [side, rest],
          clients: [
            { client: 0, side: n2 },
            { client: 1, side: n3 },
          ],
          inFlight: null,
        }),
        step({ ...write, value: '3', by: 0, to: n2, expect: { kind: 'pending' } }),
        step(until({ leader: { kind: 'in', nodes: rest } }), { within: 2_000_000 }),
        step({ ...write, value: '8', by: 1, to: role('leader'), expect: { kind: 'ok' } }),
        step({ kind: 'heal', what: 'all' }),
        step(until({ converged: true, values: [{ key: 'x', value: '8', on: role('all') }] }), { within: 2_000_000 }),
      ]),
    );
    environment.runTo(10_000).happens(() => environment.set(1, { role: 'leader', term: 2 }));
    environment.runTo(600_000).happens(() => environment.set(3, { role: 'leader', term: 3 }));
    environment.runTo(610_000).happens(() => environment.complete(1, 'ok'));
    expect(environment.calls).toEqual([
      '0ms fireTimer n2 0',
      '10ms cut n1>n3 n1>n4 n1>n5 n1>c2 n2>n3 n2>n4 n2>n5 n2>c2 n3>n1 n3>n2 n3>c1 n4>n1 n4>n2 n4>c1 n5>n1 n5>n2 ' +
        'n5>c1 c1>n3 c1>n4 c1>n5 c2>n1 c2>n2 - partition script[1]',
      '10ms operate c1 put x "3" null at n2',
      '600ms operate c2 put x "8" null at n4',
      '610ms heal all',
    ]);
    environment.runTo(3_000_000);
    expect(script.failure).toEqual({
      path: 'script[6]',
      line: 7,
      message:
        'expected x = 8 on all; n1 has no x, n2 has no x, n3 has no x, n4 has no x, n5 has no x; ' +
        'expected convergence; n2 leads term 2, n4 leads term 3; ' +
        ['n1', 'n2', 'n3', 'n4', 'n5'].map((name) => `${name} log to 0, committed 0, applied 0`).join('; ') +
        ' (after 2s)',
    });
  });
});
