import { expect, test } from 'vitest';
import { AREAS } from '../core/areas.ts';
import { INVARIANTS } from './invariants.ts';
import { LIVENESS } from './liveness-properties.ts';

test('the liveness properties are Lv1, Lv3 and Lv6 to Lv13, in that order, each stated once', () => {
  expect([...LIVENESS.keys()]).toEqual(['Lv1', 'Lv3', 'Lv6', 'Lv7', 'Lv8', 'Lv9', 'Lv10', 'Lv11', 'Lv12', 'Lv13']);
  for (const { id, area, title, section, statement } of LIVENESS.values()) {
    expect(AREAS, id).toContain(area);
    expect(title).toMatch(/^[A-Z][A-Za-z]+$/);
    expect(section).toMatch(/^(Raft|dissertation) §/);
    expect(statement).toMatch(/^[a-zA-Z].*[^.]$/);
  }
  const titles = [...LIVENESS.values(), ...INVARIANTS.values()].map(({ title }) => title);
  expect(new Set(titles).size).toBe(titles.length);
});
