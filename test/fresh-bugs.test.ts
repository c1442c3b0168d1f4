import { describe, expect, test } from 'vitest';
import { INVARIANTS } from '../checks/invariants.ts';
import { LIVENESS } from '../checks/liveness-properties.ts';
import { AREAS } from '../core/areas.ts';
import { applyPatch, readFreshBugs } from './fresh-bugs.ts';

const BUGS = readFreshBugs();

test('there are forty fresh bugs, numbered, and many of both kinds', () => {
  expect(BUGS.map(({ number }) => Number(number))).toEqual(Array.from({ length: 40 }, (_, index) => index + 1));
  const ofKind = (kind: string) => BUGS.filter(({ fields }) => fields.get('kind') === kind).length;
  expect(Math.min(ofKind('safety'), ofKind('liveness'))).toBeGreaterThanOrEqual(15);
});

describe.each(BUGS.map((bug) => [bug.file, bug] as const))('%s', (_file, bug) => {
  test('has a title, an area, a kind, what goes wrong for a user, and the ids that lead to it', () => {
    expect(bug.title).toMatch(/^[A-Z].*\.$/u);
    expect([...bug.fields.keys()]).toEqual(['area', 'kind', 'wrong', 'names']);
    expect(AREAS).toContain(bug.fields.get('area'));
    expect(['safety', 'liveness']).toContain(bug.fields.get('kind'));
    expect(bug.fields.get('wrong')).toMatch(/^[A-Z].*\.$/u);
    for (const id of bug.names) expect(INVARIANTS.has(id) || LIVENESS.has(id)).toBe(true);
    // What no id says is said in words.
    if (bug.names.length === 0) expect(bug.fields.get('names')).toMatch(/^none; \w/u);
  });

  test('applies to the sources', () => {
    applyPatch(bug, '.', '--check');
  });
});
