import { expect, test } from 'vitest';
import type { Command, CommandOp } from '../sim/protocol.ts';
import { Model } from './model.ts';

const command = (op: CommandOp, value = '', expected: string | null = null): Command => ({
  op,
  key: 'x',
  value,
  expected,
});

test('the model tells clients what a key-value store must tell them', () => {
  const model = new Model();
  const told = [
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
  ].map((one) => model.execute(one));
  expect(told.map(({ value }) => value)).toEqual([null, null, 'ab', 'ab', 'ab', 'c', 'd', null, null, 'e']);
  expect(told.map(({ applied }) => applied)).toEqual([true, true, true, false, true, true, true, true, true, true]);
});
