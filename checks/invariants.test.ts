import { expect, test } from 'vitest';
import { AREAS } from '../core/areas.ts';
import { INVARIANTS } from './invariants.ts';

test('the invariants are I1 to I36, in that order, and Crash, each stated once', () => {
  const range = (from: number, to: number): string[] => Array.from({ length: to - from + 1 }, (_, i) => `I${from + i}`);
  expect([...INVARIANTS.keys()]).toEqual([...range(1, 36), 'Crash']);
  for (const { id, area, title, section, statement } of INVARIANTS.values()) {
    if (id !== 'Crash') expect(AREAS, id).toContain(area);
    expect(title).toMatch(/^[A-Z][A-Za-z]+$/);
    if (id !== 'Crash') expect(section).toMatch(/^(Raft|dissertation) /);
    expect(statement).toMatch(/^[a-zA-Z].*[^.]$/);
  }
  const titles = [...INVARIANTS.values()].map(({ title }) => title);
  expect(new Set(titles).size).toBe(titles.length);
});
