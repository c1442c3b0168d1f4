import { describe, expect, test } from 'vitest';
import type { Reply } from '../../sim/protocol.ts';
import type { Action, OperationExpectation, Step } from '../scenario.ts';
import { count, crash, n1, n3, scenarioOf, remembered, restart, role, step } from '../testing/sample-steps.ts';
import { FakeEnvironment } from '../testing/fake-environment.ts';
import type { Script } from './script.ts';

type Operation = Extract<Action, { kind: 'operation' }>;

const WRITE: Operation = {
  kind: 'operation',
  op: 'put',
  key: 'x',
  value: '8',
  expected: null,
  by: null,
  to: null,
  expect: null,
};

const cluster = (): FakeEnvironment => new FakeEnvironment(3, 2).set(1, { role: 'leader', term: 4 });

function starts(environment: FakeEnvironment, operation: Partial<Operation>, modifiers: Partial<Step> = {}): Script {
  return environment.start(scenarioOf([step({ ...WRITE, ...operation }, modifiers), step(count)]));
}

/** How an operation with an expectation ends when this answer comes after 1 ms. */
function replied(
  expected: OperationExpectation,
  [status, reply]: ['ok' | 'fail' | 'unknown', Partial<Reply> | null],
  operation: Partial<Operation> = {},
): string {
  const environment = cluster();
  const script = starts(environment, { ...operation, expect: expected });
  environment.runTo(1_000).happens(() => environment.complete(0, status, reply));
  return script.failure?.message ?? (script.done ? 'as expected' : 'still waiting');
}

const OK = { kind: 'ok' } as const;
const FAIL = { kind: 'fail' } as const;
const PENDING = { kind: 'pending' } as const;
const value = (...oneOf: (string | null)[]): OperationExpectation => ({ kind: 'value', oneOf });

describe('client and node', () => {
  test('the client named sends to the node named', () => {
    const environment = cluster();
    starts(environment, { by: 1, to: role('leader') });
    expect(environment.calls[0]).toBe('0ms operate c2 put x "8" null at n2');
  });

  test('without a name the first idle client chooses the node', () => {
    const environment = cluster();
    environment.busy.add(0);
    starts(environment, { op: 'cas', expected: '7' });
    expect(environment.calls[0]).toBe('0ms operate c2 cas x "8" "7" at any');
  });

  test('the step waits for an idle client and for the node', () => {
    const environment = new FakeEnvironment(3, 1);
    environment.busy.add(0);
    starts(environment, { to: role('leader') });
    environment.happens(() => environment.set(2, { role: 'leader' }));
    expect(environment.calls).toEqual([]);
    environment.runTo(1_000).happens(() => {
      environment.busy.delete(0);
      environment.revision++;
    });
    expect(environment.calls[0]).toBe('1ms operate c1 put x "8" null at n3');
  });

  test('the step fails if there is none', () => {
    const failure = (environment: FakeEnvironment, operation: Partial<Operation>): string | undefined => {
      const script = starts(environment, operation);
      environment.runTo(10_000_000);
      return script.failure?.message;
    };
    const busy = cluster();
    busy.busy.add(0).add(1);
    expect(failure(busy, {})).toBe('expected an idle client; all 2 are busy (after 10s)');
    expect(failure(new FakeEnvironment(3), {})).toBe(
      'expected an idle client; the scenario has no clients (after 10s)',
    );
    expect(failure(new FakeEnvironment(3, 1), { to: role('leader') })).toBe(
      'expected leader; no node leads (after 10s)',
    );
  });

  test('as remembers the node', () => {
    const environment = cluster();
    const asking = step({ ...WRITE, to: role('leader') }, { as: 'submitted' });
    environment.start(scenarioOf([asking, step(crash(remembered('submitted'))), step(restart(n1))]));
    expect(environment.calls[1]).toBe('0ms crash n2 - script[1]');
  });
});

describe('expectations', () => {
  test('without one the step does not wait', () => {
    const environment = cluster();
    expect(starts(environment, {}).done).toBe(true);
    expect(environment.calls[1]).toBe('0ms resetCounters');
  });

  test('ok is an operation that was executed', () => {
    expect(replied(OK, ['ok', {}])).toBe('as expected');
    expect(replied(OK, ['unknown', null])).toBe('expected put x to succeed; its outcome is unknown');
    expect(replied(OK, ['fail', { status: 'redirect', leader: 2 }])).toBe(
      'expected put x to succeed; it failed, redirected to n3',
    );
    expect(replied(OK, ['fail', { status: 'redirect' }])).toContain('redirected to no node');
    expect(replied(OK, ['fail', { status: 'refused' }])).toContain('it failed, refused');
    expect(replied(OK, ['fail', null])).toBe('expected put x to succeed; it failed');
  });

  test('ok for a cas is one that took place, fail one that found another value', () => {
    const cas = { op: 'cas', expected: '7' } as const;
    expect(replied(OK, ['ok', { value: '7' }], cas)).toBe('as expected');
    expect(replied(OK, ['ok', { value: '3', applied: false }], cas)).toBe('expected cas x to succeed; it found "3"');
    expect(replied(FAIL, ['ok', { value: '3', applied: false }], cas)).toBe('as expected');
    expect(replied(FAIL, ['ok', { value: '7' }], cas)).toBe('expected cas x to fail; it succeeded, replied "7"');
  });

  test('fail is an operation that was certainly not executed', () => {
    expect(replied(FAIL, ['fail', { status: 'refused' }])).toBe('as expected');
    expect(replied(FAIL, ['unknown', null])).toBe('expected put x to fail; its outcome is unknown');
    expect(replied(FAIL, ['ok', { value: '8' }])).toBe('expected put x to fail; it succeeded, replied "8"');
    expect(replied(FAIL, ['ok', null])).toBe('expected put x to fail; it succeeded');
  });

  test('value is what was replied', () => {
    const read = { op: 'get' } as const;
    expect(replied(value('8'), ['ok', { value: '8' }], read)).toBe('as expected');
    expect(replied(value(null), ['ok', { value: null }], read)).toBe('as expected');
    expect(replied(value('8'), ['ok', { value: '3' }], read)).toBe('expected get x to read "8"; it read "3"');
    expect(replied(value('8'), ['ok', { value: null }], read)).toBe('expected get x to read "8"; it read nothing');
    expect(replied(value(null), ['ok', { value: '3' }])).toContain('expected put x to reply nothing');
    expect(replied(value('8'), ['fail', null], read)).toBe('expected get x to read "8"; it failed');
  });

  test('value is one of several that are acceptable', () => {
    const read = { op: 'get' } as const;
    expect(replied(value('7', '8'), ['ok', { value: '8' }], read)).toBe('as expected');
    expect(replied(value('7', null), ['ok', { value: null }], read)).toBe('as expected');
    expect(replied(value('7', '8', null), ['ok', { value: '3' }], read)).toBe(
      'expected get x to read "7" or "8" or nothing; it read "3"',
    );
    expect(replied(value('7', '8'), ['ok', { value: null }], read)).toContain('; it read nothing');
    expect(replied(value('7', null), ['fail', null], read)).toContain('; it failed');
  });

  test('no reply within the deadline is a failure', () => {
    const environment = cluster();
    const script = starts(environment, { expect: OK }, { within: 2_000_000 });
    environment.runTo(2_000_000);
    expect(script.failure?.message).toBe('expected put x to succeed; no reply arrived (after 2s)');
  });
});

describe('pending', () => {
  test.each([
    [null, 500_000],
    [100_000, 100_000],
  ])('with within %s the step goes on after %i µs without an answer', (within, span) => {
    const environment = cluster();
    const script = starts(environment, { expect: PENDING }, { within });
    environment.runTo(span - 1);
    expect(script.done).toBe(false);
    environment.runTo(span);
    expect([script.done, script.failure]).toEqual([true, null]);
  });

  test('a reply before that is a failure', () => {
    const because = 'expected put x to stay pending for 500ms; after 1ms ';
    expect(replied(PENDING, ['ok', { value: '8' }])).toBe(`${because}it succeeded, replied "8"`);
    expect(replied(PENDING, ['fail', { status: 'redirect', leader: 1 }])).toBe(`${because}it failed, redirected to n2`);
  });

  test('within counts from when the operation starts', () => {
    const environment = new FakeEnvironment(3, 1);
    const script = starts(environment, { expect: PENDING, to: n3 }, { within: 0 });
    expect([script.done, script.failure]).toEqual([true, null]);
    const waiting = new FakeEnvironment(3, 1);
    const later = starts(waiting, { expect: PENDING, to: role('leader') });
    waiting.runTo(300_000).happens(() => waiting.set(0, { role: 'leader' }));
    waiting.runTo(799_999);
    expect(later.done).toBe(false);
    waiting.runTo(800_000);
    expect(later.done).toBe(true);
  });
});
