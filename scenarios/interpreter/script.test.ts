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
  programOf,
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
    const stage = cluster();
    const timeline = [at(2_000, step(crash(n3))), at(1_000, step(crash(n1)))];
    stage.start(programOf([step(until({ leaders: 2 }))], { timeline }));
    stage.runTo(5_000);
    expect(stage.calls).toEqual(['1ms crash n1 - timeline[1]', '2ms crash n3 - timeline[0]']);
  });

  test('at one time they happen in file order, and before the script', () => {
    const stage = cluster();
    const timeline = [at(1_000, step(crash(n3))), at(0, step(count)), at(1_000, step(crash(n1)))];
    stage.start(programOf([step(crash(n2)), step(restart(n2), { after: 1_000 })], { timeline }));
    stage.runTo(1_000);
    expect(stage.calls).toEqual([
      '0ms resetCount',
      '0ms crash n2 - script[0]',
      '1ms crash n3 - timeline[0]',
      '1ms crash n1 - timeline[2]',
      '1ms restart n2',
    ]);
  });

  test('one that has to wait does not delay the next', () => {
    const stage = new FakeEnvironment(3);
    const timeline = [at(1_000, step(crash(role('leader')))), at(2_000, step(count))];
    stage.start(programOf([], { timeline }));
    stage.runTo(3_000).event(() => stage.set(0, { role: 'leader' }));
    expect(stage.calls).toEqual(['2ms resetCount', '3ms crash n1 - timeline[0]']);
  });

  test('it goes on when the script has failed', () => {
    const stage = cluster();
    const timeline = [at(2_000, step(crash(n1)))];
    const script = stage.start(programOf([step(until({ leaders: 2 }), { within: 1_000 })], { timeline }));
    stage.runTo(1_000);
    expect([script.failure?.path, script.done]).toEqual(['script[0]', false]);
    stage.runTo(2_000);
    expect([stage.calls.length, script.done]).toEqual([1, true]);
  });

  test('when one of its steps fails the script stops and the rest of it goes on', () => {
    const stage = new FakeEnvironment(3);
    const timeline = [at(1_000, step(crash(role('leader')), { within: 1_000 })), at(4_000, step(crash(n1)))];
    const script = stage.start(programOf([step(wait(3_000)), step(count)], { timeline }));
    stage.runTo(5_000);
    expect(script.failure?.message).toBe('expected leader; no node leads (after 1ms)');
    expect([stage.calls, script.done]).toEqual([['4ms crash n1 - timeline[1]'], true]);
  });

  test('the first failure is the one reported', () => {
    const stage = new FakeEnvironment(3);
    const timeline = [at(0, step(until({ leaders: 1 }), { within: 2_000 }))];
    const script = stage.start(programOf([step(until({ leaders: 2 }), { within: 1_000 })], { timeline }));
    stage.runTo(5_000);
    expect(script.failure?.path).toBe('script[0]');
  });

  test('what an event fired goes before what is due', () => {
    const stage = cluster();
    const script = stage.start(
      programOf([step(on('elected', {}, step(crash(n1)))), step(wait(9_000))], { timeline: [at(1_000, step(count))] }),
    );
    stage.runTo(999);
    stage.emit('elected');
    stage.now = 1_000;
    script.advance();
    expect(stage.calls).toEqual(['1ms crash n1 - script[0].do[0]', '1ms resetCount']);
  });
});

describe('pending', () => {
  test('is false, and costs no look at the cluster, while the script waits for a time or is over', () => {
    const stage = cluster();
    const script = stage.start(programOf([step(wait(1_000))]));
    stage.looks = 0;
    for (let i = 0; i < 100; i++) stage.event(() => stage.revision++);
    stage.runTo(1_000);
    expect([script.done, script.pending]).toEqual([true, false]);
    stage.revision++;
    expect([script.pending, stage.looks]).toEqual([false, 0]);
  });

  test('while the script waits for a condition, is true when the stage has changed since the last look', () => {
    const stage = cluster();
    const script = stage.start(programOf([step(until({ leaders: 2 }))]));
    expect(script.pending).toBe(false);
    stage.revision++;
    expect(script.pending).toBe(true);
    script.advance();
    expect(script.pending).toBe(false);
  });

  test('a condition is looked at once for each change', () => {
    const stage = cluster();
    const script = stage.start(programOf([step(until({ leaders: 2 }))], { timeline: [at(5, step(count))] }));
    stage.looks = 0;
    stage.event(() => stage.revision++);
    expect(stage.looks).toBe(3);
    stage.runTo(10);
    script.advance();
    expect(stage.looks).toBe(3);
  });

  test('is true when a trigger has fired', () => {
    const stage = cluster();
    const script = stage.start(programOf([step(on('elected', {}, step(count))), step(wait(1_000))]));
    stage.emit('elected');
    expect(script.pending).toBe(true);
    script.advance();
    expect(script.pending).toBe(false);
  });

  test('what one step changes can end the wait of another at the same instant', () => {
    const stage = cluster().set(0, { role: 'leader' });
    const timeline = [at(1_000, step(crash(n1)))];
    const script = stage.start(programOf([step(until({ leaders: 1 })), step(crash(n3))], { timeline }));
    stage.runTo(1_000);
    expect([stage.calls, script.done]).toEqual([['1ms crash n1 - timeline[0]', '1ms crash n3 - script[1]'], true]);
  });
});

describe('being woken', () => {
  test('asks for the next time that matters, and not again while that is to come', () => {
    const stage = cluster();
    stage.start(programOf([step(until({ leaders: 2 }), { within: 9_000 })], { timeline: [at(4_000, step(count))] }));
    expect(stage.wakes).toEqual([4_000]);
    stage.runTo(1_000).event(() => stage.revision++);
    expect(stage.wakes).toEqual([4_000]);
    stage.runTo(4_000);
    expect(stage.wakes).toEqual([9_000]);
  });

  test('asks again for an earlier time', () => {
    const stage = cluster();
    stage.start(programOf([step(on('elected', {}, step(wait(100)))), step(wait(9_000))]));
    stage.observed('elected');
    expect(stage.wakes).toEqual([9_000, 100]);
  });

  test('a call at a time at which nothing is due does nothing', () => {
    const stage = cluster();
    const script = stage.start(programOf([step(wait(9_000)), step(count)]));
    stage.runTo(5_000);
    script.advance();
    expect([stage.calls, stage.wakes]).toEqual([[], [9_000]]);
  });
});

describe('a script as a whole', () => {
  test('does nothing before the first advance', () => {
    const stage = cluster();
    const script = createScript(programOf([step(count)]), stage);
    expect([script.done, script.pending, stage.calls]).toEqual([false, false, []]);
    script.advance();
    expect([script.done, stage.calls]).toEqual([true, ['0ms resetCount']]);
  });

  test('an empty one is over at once', () => {
    const script = cluster().start(programOf([]));
    expect([script.done, script.failure, script.neverFired]).toEqual([true, null, []]);
  });

  test('a defect is not taken for a failure of the scenario', () => {
    const stage = new FakeEnvironment(1);
    expect(() => stage.start(programOf([step(crash(n3))]))).toThrow('no node 2');
  });

  test('unmet tells why a condition does not hold, or null', () => {
    const script = cluster().start(programOf([]));
    expect(script.unmet(condition({ leaders: 1 }))).toBeNull();
    expect(script.unmet(condition({ leaders: 0 }))).toBe('expected 0 leaders; n2 leads term 4');
  });

  test('[minority-leader] a stale leader cannot have its write committed', () => {
    const stage = new FakeEnvironment(5, 2);
    const [side, rest] = [list(n1, n2), list(n3, n4, n5)];
    const write = { kind: 'operation', op: 'put', key: 'x', expected: null } as const;
    const script = stage.start(
      programOf([
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
    stage.runTo(10_000).event(() => stage.set(1, { role: 'leader', term: 2 }));
    stage.runTo(600_000).event(() => stage.set(3, { role: 'leader', term: 3 }));
    stage.runTo(610_000).event(() => stage.answer(1, 'ok'));
    expect(stage.calls).toEqual([
      '0ms fireTimer n2 0',
      '10ms cut n1>n3 n1>n4 n1>n5 n1>c2 n2>n3 n2>n4 n2>n5 n2>c2 n3>n1 n3>n2 n3>c1 n4>n1 n4>n2 n4>c1 n5>n1 n5>n2 ' +
        'n5>c1 c1>n3 c1>n4 c1>n5 c2>n1 c2>n2 - partition script[1]',
      '10ms operate c1 put x "3" null at n2',
      '600ms operate c2 put x "8" null at n4',
      '610ms heal all',
    ]);
    stage.runTo(3_000_000);
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
