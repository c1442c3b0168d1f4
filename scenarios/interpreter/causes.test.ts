import { describe, expect, test } from 'vitest';
import type { Step } from '../scenario.ts';
import { FakeEnvironment } from '../testing/fake-environment.ts';
import {
  crash,
  list,
  n1,
  n2,
  n3,
  on,
  restart,
  role,
  scenarioOf,
  step,
  together,
  until,
  wait,
} from '../testing/sample-steps.ts';

const cluster = (): FakeEnvironment => new FakeEnvironment(3, 1).set(1, { role: 'leader', term: 4 });

function run(script: Step[], environment = cluster()): FakeEnvironment {
  environment.start(scenarioOf(script));
  return environment;
}

/** The number of the event that caused the n-th call. */
const origins = ({ origins: all }: FakeEnvironment): string[] => all.map(({ path, event }) => `${path} at ${event}`);

describe('the cause of a step', () => {
  test('is the step before, when nothing was waited for', () => {
    const environment = run([step(crash(n1)), step(restart(n1))]);
    expect(environment.steps).toEqual(['1 because of 0: script[0]: crash n1', '2 because of 1: script[1]: restart n1']);
  });

  test('is the step before, when only time has passed', () => {
    const environment = run([step(wait(1_000)), step(crash(n1), { after: { kind: 'constant', value: 1_000 } })]);
    environment.happens(() => undefined);
    environment.runTo(5_000);
    expect(environment.steps.at(-1)).toBe('3 because of 1: script[1]: crash n1');
  });

  test('is the event that met the condition of the step before, on any node', () => {
    const environment = run([step(until({ leaders: 2 })), step(crash(n1))]);
    environment.happens(() => undefined);
    environment.happens(() => environment.set(2, { role: 'leader' }));
    environment.happens(() => undefined);
    expect(environment.steps).toEqual([
      '1 because of 0: script[0]: until 2 leaders',
      '4 because of 3: script[1]: crash n1',
    ]);
  });

  test('is the event that fired the trigger it belongs to', () => {
    const environment = run([step(on('elected', {}, step(crash(n1))))]);
    environment.happens(() => undefined);
    environment.observed('elected');
    expect(environment.steps.slice(1)).toEqual([
      '4 because of 3: script[0]: fired by: elected somewhere',
      '5 because of 4: script[0].do[0]: crash n1',
    ]);
  });

  test('in a timeline is the start of the run: the clock has no event', () => {
    const environment = cluster();
    environment.start(scenarioOf([], { timeline: [step(crash(n1), { at: 1_000 })] }));
    environment.happens(() => undefined);
    environment.runTo(1_000);
    expect(environment.steps).toEqual(['2 because of 0: timeline[0]: crash n1']);
  });
});

describe('the origin of what a step does', () => {
  test('is its beginning, when it did not wait', () => {
    expect(origins(run([step(crash(list(n1, n2)))]))).toEqual(['script[0] at 1', 'script[0] at 1']);
    expect(origins(run([step(together(step(crash(n1)), step(restart(n1))))]))).toEqual([
      'script[0].do[0] at 2',
      'script[0].do[1] at 3',
    ]);
  });

  test('is its going on, caused by the event that met its condition, when it waited', () => {
    const environment = run([step(crash(role('candidate')))]);
    environment.happens(() => undefined);
    environment.happens(() => environment.set(2, { role: 'candidate' }));
    expect(environment.steps).toEqual([
      '1 because of 0: script[0]: crash candidate',
      '4 because of 3: script[0]: goes on',
    ]);
    expect(origins(environment)).toEqual(['script[0] at 4']);
  });

  test('is the beginning again for what is repeated after a time', () => {
    const environment = run([step({ kind: 'elect', node: n3 })]);
    environment.runTo(700_000);
    expect(origins(environment)).toEqual(Array(3).fill('script[0] at 1'));
  });

  test('is the event of the new leader for a request that is submitted again', () => {
    const environment = run([step({ kind: 'transfer', to: n1, expect: 'done' })]);
    environment.happens(() => environment.set(1, { role: 'follower' }).set(2, { role: 'leader', term: 5 }));
    expect(origins(environment)).toEqual(['script[0] at 1', 'script[0] at 3']);
    expect(environment.steps.at(-1)).toBe('3 because of 2: script[0]: goes on');
  });

  test('of an operation is its step', () => {
    const put = { kind: 'operation', op: 'put', key: 'x', value: '1', expected: null, by: null } as const;
    const environment = run([step({ ...put, to: null, expect: null }), step({ ...put, to: n1, expect: null })]);
    expect(origins(environment)).toEqual(['script[0] at 1', 'script[1] at 2']);
  });
});
