import { expect, test } from 'vitest';
import { AREAS } from '../core/areas.ts';
import { INVARIANTS } from './invariants.ts';
import { LIVENESS } from './liveness-properties.ts';

test('the liveness properties are Lv1, Lv3 and Lv6 to Lv20, in that order, each stated once', () => {
  expect([...LIVENESS.keys()]).toEqual(
    [1, 3, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20].map((id) => `Lv${id}`),
  );
  for (const { id, area, title, section, statement } of LIVENESS.values()) {
    expect(AREAS, id).toContain(area);
    expect(title).toMatch(/^[A-Z][A-Za-z]+$/);
    expect(section).toMatch(/^(Raft|dissertation) §/);
    expect(statement).toMatch(/^[a-zA-Z].*[^.]$/);
  }
  const titles = [...LIVENESS.values(), ...INVARIANTS.values()].map(({ title }) => title);
  expect(new Set(titles).size).toBe(titles.length);
});
