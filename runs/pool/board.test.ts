import { expect, it } from 'vitest';
import { Board } from './board.ts';

it('a board has a place for each worker, which says what it is at', () => {
  const board = Board.for(3);
  board.clear(1);
  const before = board.at(1);
  expect([before.thread, before.run]).toEqual([-1, null]);
  // A worker has the same memory.
  new Board(board.memory).begin(1, 12, 0);
  const after = board.at(1);
  expect([after.thread, after.run]).toEqual([12, 0]);
  expect(after.beat).not.toBe(before.beat);
  board.begin(1, 12, 0);
  expect(board.at(1).beat).not.toBe(after.beat);
  expect([board.at(0).run, board.at(2).run]).toEqual([null, null]);
});
