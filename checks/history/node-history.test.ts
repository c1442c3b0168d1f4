import { describe, expect, test } from 'vitest';
import { NodeHistory } from './node-history.ts';

describe('NodeHistory', () => {
  test('a crashed node counts with the term of its disk', () => {
    const history = new NodeHistory(0, 3);
    history.term = 5;
    history.diskTerm = 4;
    expect(history.effectiveTerm).toBe(4);
  });
});
