import { describe, expect, test } from 'vitest';
import type { Action, Condition, Step } from '../scenario.ts';
import {
  any,
  condition,
  count,
  crash,
  expecting,
  list,
  n1,
  n2,
  n3,
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

const maybe = (probability: number, yes: Step[], no: Step[] = []): Action => ({
  kind: 'maybe',
  probability,
  do: yes,
  else: no,
});

const when = (parts: Partial<Condition>, yes: Step[], no: Step[] = []): Action => ({
  kind: 'if',
  condition: condition(parts),
  do: yes,
  else: no,
});

const cluster = (): FakeEnvironment => new FakeEnvironment(3).set(1, { role: 'leader', term: 4 });

/** What a script does until 10 s. */
function calls(script: Step[], environment = cluster()): string[] {
  environment.start(scenarioOf(script));
  return environment.runTo(10_000_000).calls;
}

describe('order and pauses', () => {
  test('steps run in order, all that can be done at one instant at that instant', () => {
    expect(calls([step(crash(n1)), step(restart(n1)), step(crash(n3))])).toEqual([
      '0ms crash n1 - script[0]',
      '0ms restart n1',
      '0ms crash n3 - script[2]',
    ]);
  });

  test('after is a pause before the step, and within counts from its end', () => {
    const environment = cluster();
    const script = environment.start(
      scenarioOf([step(until({ leaders: 2 }), { after: { kind: 'constant', value: 5_000 }, within: 1_000 })]),
    );
    environment.runTo(5_999);
    expect(script.failure).toBeNull();
    environment.runTo(6_000);
    expect(script.failure?.message).toBe('expected 2 leaders; n2 leads term 4 (after 1ms)');
  });

  test('a step waits for the one before', () => {
    const environment = new FakeEnvironment(3);
    environment.start(scenarioOf([step(until({ leaders: 1 })), step(crash(role('leader')))]));
    environment.runTo(3_000).happens(() => environment.set(2, { role: 'leader' }));
    expect(environment.calls).toEqual(['3ms crash n3 - script[1]']);
  });

  test('each step is noted when its pause is over, by its label or what it does', () => {
    const environment = cluster();
    environment.start(
      scenarioOf([step(crash(role('leader')), { label: 'the leader dies' }), step(wait(5_000)), step(count)]),
    );
    expect(environment.notes).toEqual(['script[0]: the leader dies', 'script[1]: wait 5ms']);
  });
});

describe('repeat', () => {
  test('does its steps so many times', () => {
    expect(calls([step(repeat(3, step(wait(1_000)), step(count)))])).toEqual([
      '1ms resetCounters',
      '2ms resetCounters',
      '3ms resetCounters',
    ]);
    expect(calls([step(repeat(0, step(count)))])).toEqual([]);
  });

  test('nests', () => {
    expect(calls([step(repeat(2, step(repeat(2, step(count))), step(wait(1_000))))])).toEqual([
      '0ms resetCounters',
      '0ms resetCounters',
      '1ms resetCounters',
      '1ms resetCounters',
    ]);
  });

  test('draws anew each time', () => {
    const environment = new FakeEnvironment(9);
    calls([step(repeat(3, step(crash(any(1)))))], environment);
    expect([...environment.streams.keys()]).toEqual(
      [1, 2, 3].map((n) => `["script","script[0].do[0]",${n},"nodes",0]`),
    );
    expect(new Set(environment.calls).size).toBe(3);
  });
});

describe('maybe', () => {
  test('does one or the other', () => {
    expect(calls([step(maybe(1, [step(count)], [step(crash(n1))]))])).toEqual(['0ms resetCounters']);
    expect(calls([step(maybe(0, [step(count)], [step(crash(n1))]))])).toEqual(['0ms crash n1 - script[0].else[0]']);
  });

  test('is drawn once for each execution', () => {
    const environment = cluster();
    const done = calls([step(repeat(60, step(maybe(0.5, [step(count)]))))], environment);
    expect(environment.streams.size).toBe(60);
    expect(done.length).toBeGreaterThan(15);
    expect(done.length).toBeLessThan(45);
  });

  test('one draw does not shift another', () => {
    const drawn = (before: Step[]): unknown => {
      const environment = new FakeEnvironment(9);
      calls([step(count), step(crash(any(3))), ...before], environment);
      return environment.calls.slice(1, 4);
    };
    expect(drawn([step(maybe(0.5, [])), step(crash(any(2)))])).toEqual(drawn([]));
  });
});

describe('if', () => {
  test('looks once, now', () => {
    expect(calls([step(when({ leaders: 1 }, [step(count)], [step(crash(n1))]))])).toEqual(['0ms resetCounters']);
    expect(calls([step(when({ leaders: 0 }, [step(count)], [step(crash(n1))]))])).toHaveLength(1);
    expect(calls([step(when({ leaders: 0 }, [step(count)]))])).toEqual([]);
  });

  test('nests in the others', () => {
    const inner = when({ roles: [{ nodes: n1, role: 'follower' }] }, [step(crash(n1))], [step(restart(n1))]);
    expect(calls([step(repeat(2, step(maybe(1, [step(inner)]))))])).toEqual([
      '0ms crash n1 - script[0].do[0].do[0].do[0]',
      '0ms restart n1',
    ]);
  });
});

describe('together', () => {
  test('does its steps at one instant, in order', () => {
    expect(calls([step(together(step(crash(n1)), step(repeat(2, step(count))), step(restart(n1))))])).toEqual([
      '0ms crash n1 - script[0].do[0]',
      '0ms resetCounters',
      '0ms resetCounters',
      '0ms restart n1',
    ]);
  });

  test.each<[string, Step, string]>([
    ['a pause', step(count, { after: { kind: 'constant', value: 5_000 } }), 'a pause of 5ms'],
    ['a wait', step(wait(5_000)), 'a pause of 5ms'],
    ['a condition', step(until({ leaders: 2 })), 'expected 2 leaders; n2 leads term 4'],
    ['a selector that finds nothing', step(crash(role('candidate'))), 'expected candidate; no candidate runs'],
    ['an election', step({ kind: 'elect', node: n3 }), 'expected n3 to lead; n2 leads term 4'],
    ['a step deep inside', step(repeat(1, step(wait(1_000)))), 'a pause of 1ms'],
  ])('may not wait: %s', (_, waiting, why) => {
    const script = cluster().start(scenarioOf([step(together(step(count), waiting))]));
    expect(script.failure).toMatchObject({
      path: expect.stringMatching(/^script\[0\]\.do\[1\]/) as string,
      message: `cannot wait inside together: ${why}`,
    });
  });

  test('an expectation that does not hold inside together fails as anywhere else', () => {
    const script = cluster().start(scenarioOf([step(together(step(expecting({ leaders: 2 }))))]));
    expect(script.failure?.message).toBe('expected 2 leaders; n2 leads term 4');
  });

  test('a step that has nothing to wait for is no wait', () => {
    const still = [step(until({ leaders: 1 })), step(wait(0)), step({ kind: 'elect', node: n2 } as const)];
    expect(cluster().start(scenarioOf([step(together(...still))])).failure).toBeNull();
  });
});

describe('failure', () => {
  test('names the step, its line and what was expected, and stops the script', () => {
    const environment = cluster();
    const script = environment.start(scenarioOf([step(count), step(crash(role('candidate'))), step(crash(n1))]));
    environment.runTo(10_000_000);
    const message = 'expected candidate; no candidate runs (after 10s)';
    expect(script.failure).toEqual({ path: 'script[1]', line: 2, message });
    expect([script.done, environment.calls]).toEqual([true, ['0ms resetCounters']]);
  });

  test('a drawn selector that waited takes what it meant to take, however often it tried', () => {
    const drawn = (tries: number): string | undefined => {
      const environment = new FakeEnvironment(5).set(0, { role: 'candidate' });
      environment.start(scenarioOf([step(crash(list(any(1), role('leader'))))]));
      for (let i = 0; i < tries; i++) environment.happens(() => environment.set(0, { term: i }));
      environment.happens(() => environment.set(0, { role: 'leader' }));
      return environment.calls.find((call) => !call.includes('n1'));
    };
    expect(drawn(0)).toBeDefined();
    expect(drawn(7)).toBe(drawn(0));
  });

  test('$name means what was remembered in an earlier step', () => {
    const script = [step(crash(role('leader')), { as: 'old' }), step(wait(1_000)), step(restart(remembered('old')))];
    expect(calls(script)).toEqual(['0ms crash n2 - script[0]', '1ms restart n2']);
  });
});
