import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Operation, Outcome } from './operation.ts';
import { OperationTally, type OperationStatus } from './operation-tally.ts';
import type { KeyOp } from '../protocol.ts';

const OPS = ['put', 'get', 'cas', 'append', 'delete'] as const;
const STATUSES: readonly OperationStatus[] = ['invoked', 'ok', 'fail', 'unknown', 'pending'];

function operation(client: number, op: KeyOp, key: string, outcome: Outcome, value: string | null = null): Operation {
  const command = { op, key, value: '', expected: null };
  const request = { client: 3 + client, session: 1, sequence: 1, firstUnanswered: 1, command };
  const reply = outcome === 'ok' ? ({ status: 'ok', value, applied: true, leader: -1 } as const) : null;
  return { id: 1, client, request, invokedAt: 0, completedAt: 0, outcome, reply, lastStatus: null, lastFrom: -1 };
}

function tallyOf(...operations: readonly Operation[]): OperationTally {
  const reads = [
    { key: 'x', client: null, most: 2 },
    { key: 'x', client: 1, most: 1 },
  ];
  const tally = new OperationTally(2, { keys: new Set(['x', 'y']), reads });
  for (const one of operations) {
    tally.invoked(one);
    tally.completed(one);
  }
  return tally;
}

test('a count of any selection is what counting the operations one by one gives', () => {
  const operations = fc.array(
    fc
      .tuple(
        fc.nat(2),
        fc.constantFrom(...OPS),
        fc.constantFrom('x', 'y', 'z'),
        fc.constantFrom<Outcome>('ok', 'fail', 'unknown', 'pending'),
      )
      .map((parts) => operation(...parts)),
  );
  const selection = fc.record({
    clients: fc.option(fc.uniqueArray(fc.nat(1), { minLength: 1 })),
    ops: fc.option(fc.uniqueArray(fc.constantFrom(...OPS), { minLength: 1 })),
    key: fc.option(fc.constantFrom('x', 'y')),
  });
  fc.assert(
    fc.property(operations, selection, (all, { clients, ops, key }) => {
      const tally = tallyOf(...all);
      const fitting = all.filter(
        ({ client, request: { command } }) =>
          (clients ?? [0, 1]).includes(client) &&
          (ops === null || ops.includes(command.op as KeyOp)) &&
          (key === null || command.key === key),
      );
      for (const status of STATUSES) {
        const expected = fitting.filter(({ outcome }) => status === 'invoked' || outcome === status).length;
        expect(tally.count({ clients, ops, key }, status)).toBe(expected);
      }
    }),
  );
});

const ALL = { clients: null, ops: null, key: null };

test('a cas that found another value has failed', () => {
  const took = operation(0, 'cas', 'x', 'ok');
  const found = { ...took, reply: { ...took.reply!, applied: false } };
  const tally = tallyOf(took, found);
  expect([tally.count(ALL, 'ok'), tally.count(ALL, 'fail')]).toEqual([1, 1]);
});

test('after a reset only pending operations are left, and count when they end', () => {
  const pending = operation(0, 'put', 'x', 'pending');
  const tally = tallyOf(operation(0, 'put', 'x', 'ok'), pending);
  tally.reset();
  expect(STATUSES.map((status) => tally.count(ALL, status))).toEqual([0, 0, 0, 0, 1]);
  tally.completed({ ...pending, outcome: 'unknown' });
  expect(STATUSES.map((status) => tally.count(ALL, status))).toEqual([0, 0, 0, 1, 0]);
});

describe('the values that reads returned', () => {
  const get = (client: number, value: string | null, key = 'x'): Operation =>
    operation(client, 'get', key, 'ok', value);

  test('are those of successful reads of the key, by the client or by all', () => {
    const tally = tallyOf(
      get(0, null),
      get(0, 'a', 'y'),
      operation(1, 'put', 'x', 'ok', 'a'),
      operation(1, 'get', 'x', 'unknown'),
      get(1, 'a'),
    );
    expect(tally.readValues({ key: 'x', client: null })).toMatchObject({ values: [null, 'a'], count: 2 });
    expect(tally.readValues({ key: 'x', client: 1 })).toMatchObject({ values: ['a'], count: 1 });
  });

  test('are not repeated for what is read again at once, but for what comes back', () => {
    const tally = tallyOf(...['a', 'a', 'b', 'b', 'a'].map((value) => get(1, value)));
    expect(tally.readValues({ key: 'x', client: null })).toMatchObject({ values: ['a', 'b', 'a'], count: 3 });
  });

  test('are kept only as far as they are compared, and one further', () => {
    const tally = tallyOf(...['a', 'b', 'c', 'd'].map((value) => get(1, value)));
    expect(tally.readValues({ key: 'x', client: 1 })).toMatchObject({ values: ['a', 'b'], count: 4 });
    tally.reset();
    expect(tally.readValues({ key: 'x', client: 1 })).toMatchObject({ values: [], count: 0 });
  });
});
