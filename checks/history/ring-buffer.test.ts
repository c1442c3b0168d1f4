import { expect, test } from 'vitest';
import { RingBuffer } from './ring-buffer.ts';

test('it holds the number of every index that is not forgotten, large ones too', () => {
  const buffer = new RingBuffer(1);
  for (let index = 1; index <= 1_000; index++) buffer.push(index * 0x1_0000_0000);
  for (let index = 1; index <= 1_000; index++) expect(buffer.at(index)).toBe(index * 0x1_0000_0000);
  buffer.forgetBefore(700);
  expect([buffer.first, buffer.end]).toEqual([700, 1_001]);
  for (let index = 1_001; index <= 2_000; index++) buffer.push(index);
  expect([buffer.at(700), buffer.at(1_500)]).toEqual([700 * 0x1_0000_0000, 1_500]);
});

test('it forgets no more than it holds, and what is forgotten stays so', () => {
  const buffer = new RingBuffer(0);
  buffer.push(1);
  buffer.forgetBefore(9);
  expect([buffer.first, buffer.end]).toEqual([1, 1]);
  buffer.forgetBefore(0);
  expect(buffer.first).toBe(1);
  buffer.push(7);
  expect(buffer.at(1)).toBe(7);
});
