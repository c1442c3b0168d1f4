import { describe, expect, test } from 'vitest';
import { Shadow } from './shadow.ts';

describe('Shadow', () => {
  test('a crashed node counts with the term of its disk', () => {
    const shadow = new Shadow(0, 3);
    shadow.term = 5;
    shadow.diskTerm = 4;
    expect(shadow.effectiveTerm).toBe(4);
  });
});
