import { expect, test } from 'vitest';
import { RingBuffer } from './ring-buffer.ts';

test('it holds the number of every index that is not forgotten, large ones too', () => {
  const stretch = new RingBuffer(1);
  for (let index = 1; index <= 1_000; index++) stretch.push(index * 0x1_0000_0000);
  for (let index = 1; index <= 1_000; index++) expect(stretch.at(index)).toBe(index * 0x1_0000_0000);
  stretch.forgetBefore(700);
  expect([stretch.first, stretch.end]).toEqual([700, 1_001]);
  for (let index = 1_001; index <= 2_000; index++) stretch.push(index);
  expect([stretch.at(700), stretch.at(1_500)]).toEqual([700 * 0x1_0000_0000, 1_500]);
});

test('it forgets no more than it holds, and what is forgotten stays so', () => {
  const stretch = new RingBuffer(0);
  stretch.push(1);
  stretch.forgetBefore(9);
  expect([stretch.first, stretch.end]).toEqual([1, 1]);
  stretch.forgetBefore(0);
  expect(stretch.first).toBe(1);
  stretch.push(7);
  expect(stretch.at(1)).toBe(7);
});
