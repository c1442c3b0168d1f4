import { describe, expect, test } from 'vitest';
import type { EventFilter, Step } from '../scenario.ts';
import {
  count,
  crash,
  n1,
  n2,
  n3,
  on,
  onEvery,
  programOf,
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
  const stage = cluster();
  stage.start(programOf([step(on('elected', filter, ...steps)), waiting]));
  return stage;
}

describe('firing again', () => {
  const start = (...steps: Step[]) => {
    const stage = cluster();
    return { stage, script: stage.start(programOf([...steps, waiting])) };
  };

  test('a trigger fires as often as it is to, and is disarmed then', () => {
    const { stage, script } = start(step(onEvery(2, 'elected', step(count))));
    stage.observed('elected');
    expect(script.neverFired).toEqual([{ path: 'script[0]', text: 'elected fired 1 of 2 times' }]);
    stage.observed('elected');
    expect([script.neverFired, script.wants('elected')]).toEqual([[], false]);
    stage.observed('elected');
    expect(stage.calls).toHaveLength(2);
  });

  test('one that fires always stays armed, and must have fired once', () => {
    const { stage, script } = start(step(onEvery(null, 'elected', step(count))));
    expect(script.neverFired).toEqual([{ path: 'script[0]', text: 'elected not seen' }]);
    for (let i = 0; i < 5; i++) stage.observed('elected');
    expect([stage.calls.length, script.neverFired, script.wants('elected')]).toEqual([5, [], true]);
  });

  test('every n-th match fires', () => {
    const second = on('elected', { count: 2 }, step(count));
    const { stage } = start(step({ ...second, times: null } as typeof second));
    for (let i = 0; i < 5; i++) stage.observed('elected');
    expect(stage.calls).toHaveLength(2);
  });

  test('each firing remembers the node it happened at', () => {
    const { stage } = start(
      step(onEvery(null, 'elected', step(wait(1_000)), step(crash(remembered('x')))), { as: 'x' }),
    );
    stage.observed('elected', { node: 0 });
    stage.observed('elected', { node: 2 });
    stage.runTo(1_000);
    expect(stage.calls.map((call) => call.split(' ')[2])).toEqual(['n1', 'n3']);
  });

  test('one that makes itself fire for ever at one instant fails', () => {
    const flap = onEvery(null, 'crashed', step(restart(n1)), step(crash(n1)));
    const { stage, script } = start(step(flap), step(crash(n1)));
    expect(script.failure).toMatchObject({
      path: 'script[0]',
      message: 'fired 1000 times at one instant: what it does makes it fire again',
    });
    expect(stage.now).toBe(0);
  });

  test('one that fires more often than that in all does not', () => {
    const { stage, script } = start(step(onEvery(null, 'elected', step(count))));
    for (let i = 1; i <= 1_500; i++) stage.runTo(i).observed('elected');
    expect([script.failure, stage.calls.length]).toEqual([null, 1_500]);
  });
});

describe('matching', () => {
  test('a trigger fires at the first advance after its event, while the script waits', () => {
    const stage = armed({}, step(crash(n1)));
    stage.runTo(5_000).observed('elected');
    expect(stage.calls).toEqual(['5ms crash n1 - script[0].do[0]']);
  });

  test('a trigger fires once', () => {
    const stage = armed({}, step(count));
    stage.observed('elected');
    stage.observed('elected');
    expect(stage.calls).toHaveLength(1);
  });

  test('count waits for the n-th match', () => {
    const stage = armed({ node: n2, count: 2 }, step(count));
    stage.observed('elected', { node: 1 });
    stage.observed('elected', { node: 2 });
    expect(stage.calls).toEqual([]);
    stage.observed('elected', { node: 1 });
    expect(stage.calls).toHaveLength(1);
  });

  test.each<[string, Partial<EventFilter>, object, boolean]>([
    ['another node does not match', { node: n1 }, { node: 1 }, false],
    ['a role means whoever has it at that moment', { node: role('leader') }, { node: 1 }, true],
    ['a role that the node does not have does not match', { node: role('follower') }, { node: 1 }, false],
    ['a client is no node', { node: role('all') }, { node: 3 }, false],
    ['nor is the whole cluster', { node: role('all') }, { node: -1 }, false],
    ['a peer must match too', { node: n1, peer: n2 }, { node: 0, peer: 1 }, true],
    ['another peer does not match', { node: n1, peer: n2 }, { node: 0, peer: 2 }, false],
    ['numbers compare as text', { fields: new Map([['term', '4']]) }, { fields: { term: 4 } }, true],
    ['so do truth values', { fields: new Map([['ok', 'true']]) }, { fields: { ok: true } }, true],
    ['another value does not match', { fields: new Map([['type', 'RequestVote']]) }, { fields: { type: 'x' } }, false],
    ['a field that is not there does not match', { fields: new Map([['term', 'undefined']]) }, { fields: {} }, false],
  ])('%s', (_, filter, observation, fires) => {
    const stage = armed(filter, step(count));
    stage.observed('elected', observation);
    expect(stage.calls).toHaveLength(fires ? 1 : 0);
  });

  test('an event of another kind is not wanted', () => {
    const stage = cluster();
    const script = stage.start(programOf([step(on('elected', {}, step(count))), waiting]));
    expect([script.wants('elected'), script.wants('crashed')]).toEqual([true, false]);
    stage.observed('elected');
    expect(script.wants('elected')).toBe(false);
  });

  test('what happened before the trigger was armed does not count', () => {
    const stage = cluster();
    stage.start(programOf([waiting, step(on('elected', {}, step(count))), waiting]));
    stage.observed('elected');
    stage.runTo(1_500_000);
    expect(stage.calls).toEqual([]);
  });
});

describe('what a trigger does', () => {
  test('runs beside the script, and may wait', () => {
    const stage = cluster();
    stage.start(
      programOf([
        step(on('elected', {}, step(crash(n1)), step(restart(n1), { after: 5_000 }))),
        step(wait(3_000)),
        step(count),
      ]),
    );
    stage.runTo(1_000).observed('elected');
    stage.runTo(10_000);
    expect(stage.calls).toEqual(['1ms crash n1 - script[0].do[0]', '3ms resetCount', '6ms restart n1']);
  });

  test('of two triggers at one event the one that stands first goes first, as far as it can', () => {
    const stage = cluster();
    stage.start(
      programOf([
        step(on('elected', {}, step(crash(n1)), step(wait(1_000)), step(crash(n2)))),
        step(on('elected', {}, step(count), step(restart(n1)))),
        waiting,
      ]),
    );
    stage.observed('elected');
    stage.runTo(1_000);
    expect(stage.calls).toEqual([
      '0ms crash n1 - script[0].do[0]',
      '0ms resetCount',
      '0ms restart n1',
      '1ms crash n2 - script[0].do[2]',
    ]);
  });

  test('a trigger that a step fires goes before the next step', () => {
    const stage = cluster();
    stage.start(programOf([step(on('crashed', {}, step(count))), step(crash(n1)), step(crash(n3))]));
    expect(stage.calls.map((call) => call.split(' ')[1])).toEqual(['crash', 'resetCount', 'crash']);
  });

  test('a trigger that a step inside together fires goes after all of them', () => {
    const stage = cluster();
    stage.start(
      programOf([
        step(on('crashed', {}, step(count))),
        step(together(step(crash(n1)), step(crash(n3)))),
        step(restart(n1)),
      ]),
    );
    expect(stage.calls.map((call) => call.split(' ')[1])).toEqual(['crash', 'crash', 'resetCount', 'restart']);
  });

  test('a trigger armed inside together fires at what its later steps do', () => {
    const stage = cluster();
    stage.start(programOf([step(together(step(on('crashed', {}, step(count))), step(crash(n1))))]));
    expect(stage.calls.map((call) => call.split(' ')[1])).toEqual(['crash', 'resetCount']);
  });

  test('triggers nest: one that has fired can arm another', () => {
    const stage = armed({}, step(on('crashed', {}, step(restart(n3)))), step(wait(2_000)), step(crash(n3)));
    stage.observed('elected');
    stage.runTo(2_000);
    expect(stage.calls).toEqual(['2ms crash n3 - script[0].do[2]', '2ms restart n3']);
  });

  test('an on step that is executed twice is armed twice', () => {
    const stage = cluster();
    stage.start(programOf([step(repeat(2, step(on('elected', {}, step(count))))), waiting]));
    stage.observed('elected');
    expect(stage.calls).toHaveLength(2);
  });

  test('its do can depend on conditions and repeat', () => {
    const stage = armed({}, step(repeat(2, step(until({ leaders: 2 })), step(count))));
    stage.observed('elected');
    stage.runTo(1_000).event(() => stage.set(0, { role: 'leader' }));
    expect(stage.calls).toEqual(['1ms resetCount', '1ms resetCount']);
  });

  test('what fired it is noted', () => {
    const stage = armed({ node: n2 }, step(count));
    stage.observed('elected', { node: 1, text: 'n2 elected in term 4' });
    expect(stage.notes).toContain('script[0]: fired by: n2 elected in term 4');
    expect(stage.notes[0]).toBe('script[0]: on elected at n2');
  });
});

describe('names', () => {
  test('as on the on step remembers where the event was, for its do and for the script', () => {
    const stage = cluster();
    stage.start(
      programOf([
        step(on('elected', {}, step(crash(remembered('winner')))), { as: 'winner' }),
        step(wait(5_000)),
        step(restart(remembered('winner'))),
      ]),
    );
    stage.observed('elected', { node: 2 });
    stage.runTo(5_000);
    expect(stage.calls).toEqual(['0ms crash n3 - script[0].do[0]', '5ms restart n3']);
  });

  test('each firing keeps to the node that fired it', () => {
    const stage = cluster();
    const bounce = [step(crash(remembered('it'))), step(wait(5_000)), step(restart(remembered('it')))];
    stage.start(
      programOf([step(repeat(2, step(on('elected', {}, ...bounce), { as: 'it' }), step(wait(1_000)))), waiting]),
    );
    stage.observed('elected', { node: 0 });
    stage.runTo(1_000).observed('elected', { node: 2 });
    stage.runTo(10_000);
    expect(stage.calls.map((call) => call.replace(/ -.*/, ''))).toEqual([
      '0ms crash n1',
      '1ms crash n3',
      '5ms restart n1',
      '6ms restart n3',
    ]);
  });

  test('the filter of a trigger knows the names of the script', () => {
    const stage = cluster();
    const remembering = step(until({ leaders: 1 }), { as: 'old' });
    stage.start(programOf([remembering, step(on('elected', { node: remembered('old') }, step(count))), waiting]));
    stage.observed('elected', { node: 0 });
    expect(stage.calls).toEqual([]);
    stage.observed('elected', { node: 1 });
    expect(stage.calls).toHaveLength(1);
  });

  test('an event at a client or at no endpoint leaves the name as it was', () => {
    const stage = cluster();
    const trigger = step(on('elected', {}, step(restart(remembered('it')))), { as: 'it' });
    stage.start(programOf([step(crash(n1), { as: 'it' }), trigger, waiting]));
    stage.observed('elected', { node: -1 });
    expect(stage.calls[1]).toBe('0ms restart n1');
  });
});

describe('the end', () => {
  test('a trigger that has not fired does not hold up the end, and is told', () => {
    const stage = cluster();
    const script = stage.start(
      programOf([step(on('elected', { node: n2, count: 2 }, step(count))), step(on('crashed', {}, step(count)))]),
    );
    stage.observed('elected', { node: 1 });
    expect(script.done).toBe(true);
    expect(script.neverFired).toEqual([
      { path: 'script[0]', text: 'elected at n2 seen 1 of 2 times' },
      { path: 'script[1]', text: 'crashed not seen' },
    ]);
  });

  test('one that has fired holds up the end until its steps are over', () => {
    const stage = cluster();
    const script = stage.start(programOf([step(on('elected', {}, step(wait(1_000))))]));
    expect(script.done).toBe(true);
    stage.observed('elected');
    expect([script.done, script.neverFired]).toEqual([false, []]);
    stage.runTo(1_000);
    expect(script.done).toBe(true);
  });

  test('a failure of a trigger stops the script and the other triggers', () => {
    const stage = cluster();
    const script = stage.start(
      programOf([
        step(on('elected', {}, step(until({ leaders: 2 }), { within: 1_000 }))),
        step(on('elected', {}, step(wait(5_000)), step(count))),
        step(on('crashed', {}, step(count))),
        step(wait(5_000)),
        step(count),
      ]),
    );
    stage.observed('elected');
    stage.runTo(10_000);
    expect(script.failure?.path).toBe('script[0].do[0]');
    expect([script.done, stage.calls, script.neverFired, script.wants('crashed')]).toEqual([true, [], [], false]);
  });
});
