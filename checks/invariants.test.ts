import { expect, test } from 'vitest';
import { INVARIANTS } from './invariants.ts';

test('the invariants are I1 to I16, I18 to I22 and I28 to I30, in that order, each stated once', () => {
  const range = (from: number, to: number): string[] => Array.from({ length: to - from + 1 }, (_, i) => `I${from + i}`);
  expect([...INVARIANTS.keys()]).toEqual([...range(1, 16), ...range(18, 22), ...range(28, 30)]);
  for (const { title, section, statement } of INVARIANTS.values()) {
    expect(title).toMatch(/^[A-Z][A-Za-z]+$/);
    expect(section).toMatch(/^Raft /);
    expect(statement).toMatch(/^[a-zA-Z].*[^.]$/);
  }
  const titles = [...INVARIANTS.values()].map(({ title }) => title);
  expect(new Set(titles).size).toBe(titles.length);
});
