import { describe, expect, test } from 'vitest';
import { NodeHistory } from './node-history.ts';

describe('NodeHistory', () => {
  test('a crashed node counts with the term of its disk', () => {
    const shadow = new NodeHistory(0, 3);
    shadow.term = 5;
    shadow.diskTerm = 4;
    expect(shadow.effectiveTerm).toBe(4);
  });
});
