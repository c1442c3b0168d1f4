import { describe, expect, test } from 'vitest';
import type { EventFilter, Step } from '../scenario.ts';
import {
  count,
  fieldsAre,
  crash,
  n1,
  n2,
  n3,
  on,
  onEvery,
  scenarioOf,
  remembered,
  repeat,
  restart,
  role,
  step,
  together,
  until,
  wait,
} from '../testing/sample-steps.ts';
import { FakeEnvironment } from '../testing/fake-environment.ts';

const cluster = (): FakeEnvironment => new FakeEnvironment(3).set(1, { role: 'leader', term: 4 });

/** A script that waits, so that triggers have something to interrupt. */
const waiting = step(wait(1_000_000));

function armed(filter: Partial<EventFilter>, ...steps: Step[]): FakeEnvironment {
  const environment = cluster();
  environment.start(scenarioOf([step(on('elected', filter, ...steps)), waiting]));
  return environment;
}

describe('firing again', () => {
  const start = (...steps: Step[]) => {
    const environment = cluster();
    return { environment, script: environment.start(scenarioOf([...steps, waiting])) };
  };

  test('a trigger fires as often as it is to, and is disarmed then', () => {
    const { environment, script } = start(step(onEvery(2, 'elected', step(count))));
    environment.observed('elected');
    expect(script.neverFired).toEqual([{ path: 'script[0]', text: 'elected fired 1 of 2 times' }]);
    environment.observed('elected');
    expect([script.neverFired, script.wants('elected')]).toEqual([[], false]);
    environment.observed('elected');
    expect(environment.calls).toHaveLength(2);
  });

  test('one that fires always stays armed, and must have fired once', () => {
    const { environment, script } = start(step(onEvery(null, 'elected', step(count))));
    expect(script.neverFired).toEqual([{ path: 'script[0]', text: 'elected not seen' }]);
    for (let i = 0; i < 5; i++) environment.observed('elected');
    expect([environment.calls.length, script.neverFired, script.wants('elected')]).toEqual([5, [], true]);
  });

  test('every n-th match fires', () => {
    const second = on('elected', { count: 2 }, step(count));
    const { environment } = start(step({ ...second, times: null } as typeof second));
    for (let i = 0; i < 5; i++) environment.observed('elected');
    expect(environment.calls).toHaveLength(2);
  });

  test('each firing remembers the node it happened at', () => {
    const { environment } = start(
      step(onEvery(null, 'elected', step(wait(1_000)), step(crash(remembered('x')))), { as: 'x' }),
    );
    environment.observed('elected', { node: 0 });
    environment.observed('elected', { node: 2 });
    environment.runTo(1_000);
    expect(environment.calls.map((call) => call.split(' ')[2])).toEqual(['n1', 'n3']);
  });

  test('one that makes itself fire for ever at one instant fails', () => {
    const flap = onEvery(null, 'crashed', step(restart(n1)), step(crash(n1)));
    const { environment, script } = start(step(flap), step(crash(n1)));
    expect(script.failure).toMatchObject({
      path: 'script[0]',
      message: 'fired 1000 times at one instant: its own steps make it fire again',
    });
    expect(environment.now).toBe(0);
  });

  test('one that fires more often than that in all does not', () => {
    const { environment, script } = start(step(onEvery(null, 'elected', step(count))));
    for (let i = 1; i <= 1_500; i++) environment.runTo(i).observed('elected');
    expect([script.failure, environment.calls.length]).toEqual([null, 1_500]);
  });
});

describe('matching', () => {
  test('a trigger fires at the first advance after its event, while the script waits', () => {
    const environment = armed({}, step(crash(n1)));
    environment.runTo(5_000).observed('elected');
    expect(environment.calls).toEqual(['5ms crash n1 - script[0].do[0]']);
  });

  test('a trigger fires once', () => {
    const environment = armed({}, step(count));
    environment.observed('elected');
    environment.observed('elected');
    expect(environment.calls).toHaveLength(1);
  });

  test('count waits for the n-th match', () => {
    const environment = armed({ node: n2, count: 2 }, step(count));
    environment.observed('elected', { node: 1 });
    environment.observed('elected', { node: 2 });
    expect(environment.calls).toEqual([]);
    environment.observed('elected', { node: 1 });
    expect(environment.calls).toHaveLength(1);
  });

  test.each<[string, Partial<EventFilter>, object, boolean]>([
    ['another node does not match', { node: n1 }, { node: 1 }, false],
    ['a role means the node that has it at that moment', { node: role('leader') }, { node: 1 }, true],
    ['a role that the node does not have does not match', { node: role('follower') }, { node: 1 }, false],
    ['a client is no node', { node: role('all') }, { node: 3 }, false],
    ['a client matches by its index', { node: { kind: 'client', client: 1 } }, { node: 4 }, true],
    ['another client does not match', { peer: { kind: 'client', client: 1 } }, { peer: 3 }, false],
    ['a node is no client', { node: { kind: 'client', client: 0 } }, { node: 0 }, false],
    ['nor is the whole cluster', { node: role('all') }, { node: -1 }, false],
    ['a peer must match too', { node: n1, peer: n2 }, { node: 0, peer: 1 }, true],
    ['another peer does not match', { node: n1, peer: n2 }, { node: 0, peer: 2 }, false],
    ['numbers compare as text', { fields: fieldsAre({ term: '4' }) }, { fields: { term: 4 } }, true],
    ['so do truth values', { fields: fieldsAre({ ok: 'true' }) }, { fields: { ok: true } }, true],
    ['another value does not match', { fields: fieldsAre({ type: 'RequestVote' }) }, { fields: { type: 'x' } }, false],
    ['a field that is not there does not match', { fields: fieldsAre({ term: 'undefined' }) }, { fields: {} }, false],
  ])('%s', (_, filter, event, fires) => {
    const environment = armed(filter, step(count));
    environment.observed('elected', event);
    expect(environment.calls).toHaveLength(fires ? 1 : 0);
  });

  test('an event of another kind is not wanted', () => {
    const environment = cluster();
    const script = environment.start(scenarioOf([step(on('elected', {}, step(count))), waiting]));
    expect([script.wants('elected'), script.wants('crashed')]).toEqual([true, false]);
    environment.observed('elected');
    expect(script.wants('elected')).toBe(false);
  });

  test('what happened before the trigger was armed does not count', () => {
    const environment = cluster();
    environment.start(scenarioOf([waiting, step(on('elected', {}, step(count))), waiting]));
    environment.observed('elected');
    environment.runTo(1_500_000);
    expect(environment.calls).toEqual([]);
  });
});

describe('what a trigger does', () => {
  test('runs beside the script, and may wait', () => {
    const environment = cluster();
    environment.start(
      scenarioOf([
        step(on('elected', {}, step(crash(n1)), step(restart(n1), { after: { kind: 'constant', value: 5_000 } }))),
        step(wait(3_000)),
        step(count),
      ]),
    );
    environment.runTo(1_000).observed('elected');
    environment.runTo(10_000);
    expect(environment.calls).toEqual(['1ms crash n1 - script[0].do[0]', '3ms resetCounters', '6ms restart n1']);
  });

  test('of two triggers at one event the one that stands first goes first, as far as it can', () => {
    const environment = cluster();
    environment.start(
      scenarioOf([
        step(on('elected', {}, step(crash(n1)), step(wait(1_000)), step(crash(n2)))),
        step(on('elected', {}, step(count), step(restart(n1)))),
        waiting,
      ]),
    );
    environment.observed('elected');
    environment.runTo(1_000);
    expect(environment.calls).toEqual([
      '0ms crash n1 - script[0].do[0]',
      '0ms resetCounters',
      '0ms restart n1',
      '1ms crash n2 - script[0].do[2]',
    ]);
  });

  test('a trigger that a step fires goes before the next step', () => {
    const environment = cluster();
    environment.start(scenarioOf([step(on('crashed', {}, step(count))), step(crash(n1)), step(crash(n3))]));
    expect(environment.calls.map((call) => call.split(' ')[1])).toEqual(['crash', 'resetCounters', 'crash']);
  });

  test('a trigger that a step inside together fires goes after all of them', () => {
    const environment = cluster();
    environment.start(
      scenarioOf([
        step(on('crashed', {}, step(count))),
        step(together(step(crash(n1)), step(crash(n3)))),
        step(restart(n1)),
      ]),
    );
    expect(environment.calls.map((call) => call.split(' ')[1])).toEqual(['crash', 'crash', 'resetCounters', 'restart']);
  });

  test('a trigger armed inside together fires at what its later steps do', () => {
    const environment = cluster();
    environment.start(scenarioOf([step(together(step(on('crashed', {}, step(count))), step(crash(n1))))]));
    expect(environment.calls.map((call) => call.split(' ')[1])).toEqual(['crash', 'resetCounters']);
  });

  test('triggers nest: one that has fired can arm another', () => {
    const environment = armed({}, step(on('crashed', {}, step(restart(n3)))), step(wait(2_000)), step(crash(n3)));
    environment.observed('elected');
    environment.runTo(2_000);
    expect(environment.calls).toEqual(['2ms crash n3 - script[0].do[2]', '2ms restart n3']);
  });

  test('an on step that is executed twice is armed twice', () => {
    const environment = cluster();
    environment.start(scenarioOf([step(repeat(2, step(on('elected', {}, step(count))))), waiting]));
    environment.observed('elected');
    expect(environment.calls).toHaveLength(2);
  });

  test('its do can depend on conditions and repeat', () => {
    const environment = armed({}, step(repeat(2, step(until({ leaders: 2 })), step(count))));
    environment.observed('elected');
    environment.runTo(1_000).happens(() => environment.set(0, { role: 'leader' }));
    expect(environment.calls).toEqual(['1ms resetCounters', '1ms resetCounters']);
  });

  test('what fired it is noted', () => {
    const environment = armed({ node: n2 }, step(count));
    environment.observed('elected', { node: 1, text: 'n2 elected in term 4' });
    expect(environment.notes).toContain('script[0]: fired by: n2 elected in term 4');
    expect(environment.notes[0]).toBe('script[0]: on elected at n2');
  });
});

describe('names', () => {
  test('as on the on step remembers where the event was, for its do and for the script', () => {
    const environment = cluster();
    environment.start(
      scenarioOf([
        step(on('elected', {}, step(crash(remembered('winner')))), { as: 'winner' }),
        step(wait(5_000)),
        step(restart(remembered('winner'))),
      ]),
    );
    environment.observed('elected', { node: 2 });
    environment.runTo(5_000);
    expect(environment.calls).toEqual(['0ms crash n3 - script[0].do[0]', '5ms restart n3']);
  });

  test('each firing keeps to the node that fired it', () => {
    const environment = cluster();
    const bounce = [step(crash(remembered('it'))), step(wait(5_000)), step(restart(remembered('it')))];
    environment.start(
      scenarioOf([step(repeat(2, step(on('elected', {}, ...bounce), { as: 'it' }), step(wait(1_000)))), waiting]),
    );
    environment.observed('elected', { node: 0 });
    environment.runTo(1_000).observed('elected', { node: 2 });
    environment.runTo(10_000);
    expect(environment.calls.map((call) => call.replace(/ -.*/, ''))).toEqual([
      '0ms crash n1',
      '1ms crash n3',
      '5ms restart n1',
      '6ms restart n3',
    ]);
  });

  test('the filter of a trigger knows the names of the script', () => {
    const environment = cluster();
    const remembering = step(until({ leaders: 1 }), { as: 'old' });
    environment.start(
      scenarioOf([remembering, step(on('elected', { node: remembered('old') }, step(count))), waiting]),
    );
    environment.observed('elected', { node: 0 });
    expect(environment.calls).toEqual([]);
    environment.observed('elected', { node: 1 });
    expect(environment.calls).toHaveLength(1);
  });

  test('an event at a client or at no endpoint leaves the name as it was', () => {
    const environment = cluster();
    const trigger = step(on('elected', {}, step(restart(remembered('it')))), { as: 'it' });
    environment.start(scenarioOf([step(crash(n1), { as: 'it' }), trigger, waiting]));
    environment.observed('elected', { node: -1 });
    expect(environment.calls[1]).toBe('0ms restart n1');
  });
});

describe('the end', () => {
  test('a trigger that has not fired does not delay the end, and is reported', () => {
    const environment = cluster();
    const script = environment.start(
      scenarioOf([step(on('elected', { node: n2, count: 2 }, step(count))), step(on('crashed', {}, step(count)))]),
    );
    environment.observed('elected', { node: 1 });
    expect(script.done).toBe(true);
    expect(script.neverFired).toEqual([
      { path: 'script[0]', text: 'elected at n2 seen 1 of 2 times' },
      { path: 'script[1]', text: 'crashed not seen' },
    ]);
  });

  test('one that has fired delays the end until its steps have ended', () => {
    const environment = cluster();
    const script = environment.start(scenarioOf([step(on('elected', {}, step(wait(1_000))))]));
    expect(script.done).toBe(true);
    environment.observed('elected');
    expect([script.done, script.neverFired]).toEqual([false, []]);
    environment.runTo(1_000);
    expect(script.done).toBe(true);
  });

  test('a failure of a trigger stops the script and the other triggers', () => {
    const environment = cluster();
    const script = environment.start(
      scenarioOf([
        step(on('elected', {}, step(until({ leaders: 2 }), { within: 1_000 }))),
        step(on('elected', {}, step(wait(5_000)), step(count))),
        step(on('crashed', {}, step(count))),
        step(wait(5_000)),
        step(count),
      ]),
    );
    environment.observed('elected');
    environment.runTo(10_000);
    expect(script.failure?.path).toBe('script[0].do[0]');
    expect([script.done, environment.calls, script.neverFired, script.wants('crashed')]).toEqual([true, [], [], false]);
  });
});
