import { describe, expect, test } from 'vitest';
import type { Command, CommandOp } from '../../sim/protocol.ts';
import { request } from '../testing/fake-cluster.ts';
import { EXECUTED, KvModel, REJECTED, REPEATED } from './kv-model.ts';

const command = (op: CommandOp, value = '', expected: string | null = null): Command => ({
  op,
  key: 'x',
  value,
  expected,
});

const REGISTER = request(0, 1, { op: 'register' });

test('the model replies as a key-value store must', () => {
  const model = new KvModel(null);
  const replies = [
    command('get'),
    command('cas', 'a'),
    command('append', 'b'),
    command('cas', 'z', 'a'),
    command('cas', 'c', 'ab'),
    command('get'),
    command('put', 'd'),
    command('delete'),
    command('get'),
    command('append', 'e'),
  ].map((one, i) => {
    const sent = request(1, i + 1, one);
    expect(model.execute(sent, i + 1)).toBe(EXECUTED);
    return model.reply(sent)!.reply;
  });
  expect(replies.map(({ value }) => value)).toEqual([null, null, 'ab', 'ab', 'ab', 'c', 'd', null, null, 'e']);
  expect(replies.map(({ applied }) => applied)).toEqual([true, true, true, false, true, true, true, true, true, true]);
});

describe('sessions', () => {
  test('several requests in flight are each executed once, in any order', () => {
    const model = new KvModel(null);
    const [one, two, three] = [1, 2, 3].map((sequence) => request(1, sequence, { op: 'append', value: 'a' }, 1));
    expect([two, one, two, three, one].map((sent, i) => model.execute(sent!, i + 1))).toEqual([
      EXECUTED,
      EXECUTED,
      REPEATED,
      EXECUTED,
      REPEATED,
    ]);
    expect([one, two, three].map((sent) => model.reply(sent!)?.reply.value)).toEqual(['aa', 'a', 'aaa']);
    expect([one, two, three].map((sent) => model.reply(sent!)?.repeatedAt)).toEqual([5, 3, 0]);
  });

  test('results that a client has received are forgotten, and not executed again', () => {
    const model = new KvModel(null);
    model.execute(request(1, 1), 1);
    model.execute(request(1, 2, {}, 2), 2);
    expect(model.reply(request(1, 1))).toBeNull();
    expect(model.execute(request(1, 1), 3)).toBe(REPEATED);
    expect([model.hasExecuted(request(1, 1)), model.hasExecuted(request(1, 3))]).toEqual([true, false]);
  });

  test('a request that was never executed has no result', () => {
    const model = new KvModel(null);
    expect(model.reply(request(1, 1))).toBeUndefined();
    model.execute(request(1, 1), 1);
    expect(model.reply(request(1, 2))).toBeUndefined();
  });

  test('with a timeout, a session has to be registered, and its id is the index of that entry', () => {
    const model = new KvModel(100);
    expect(model.execute(request(7, 1), 6)).toBe(REJECTED);
    expect(model.execute(REGISTER, 7)).toBe(EXECUTED);
    expect(model.execute(request(7, 1), 8)).toBe(EXECUTED);
  });

  test('a session that is used stays open, and one that is idle for longer than the timeout expires', () => {
    const model = new KvModel(100);
    for (const index of [1, 2]) model.execute(REGISTER, index);
    model.passTime(100);
    expect(model.execute(request(1, 1), 3)).toBe(EXECUTED);
    model.passTime(101);
    expect(model.expired).toBe(1);
    expect(model.execute(request(2, 1), 4)).toBe(REJECTED);
    model.passTime(200);
    expect(model.execute(request(1, 2), 5)).toBe(EXECUTED);
    model.passTime(301);
    expect(model.expired).toBe(2);
    expect(model.reply(request(1, 2))).toBeNull();
  });

  test('log time that goes back changes nothing', () => {
    const model = new KvModel(100);
    model.execute(REGISTER, 1);
    model.passTime(100);
    model.passTime(5);
    model.execute(request(1, 1), 2);
    model.passTime(200);
    expect(model.execute(request(1, 2), 3)).toBe(EXECUTED);
  });
});
