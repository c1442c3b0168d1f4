import { expect, it } from 'vitest';
import { formatProblem, ScenarioError } from './errors.ts';
import { Problems } from './problems.ts';

/** The two lines of the excerpt for a mistake in a text. */
function excerpt(text: string, start: number, end: number): string[] {
  const problems = new Problems(text, 'a.yaml');
  problems.addAt(start, end, [], 'wrong');
  try {
    problems.throwIfAny();
  } catch (error) {
    if (error instanceof ScenarioError) return formatProblem(error.problems[0]!).split('\n').slice(1);
  }
  throw new Error('nothing was reported');
}

it('a line of any length is shown within 80 columns, with the carets under the mistake', () => {
  for (const before of [0, 1, 40, 60, 67, 68, 69, 100, 5_000, 900_000]) {
    for (const after of [0, 1, 60, 900_000]) {
      const text = `${'\n'.repeat(9_999)}${'a'.repeat(before)}WRONG${'b'.repeat(after)}\n`;
      const start = 9_999 + before;
      const [line = '', carets = ''] = excerpt(text, start, start + 5);
      expect(line.length).toBeLessThanOrEqual(80);
      expect(line.slice(carets.indexOf('^'))).toMatch(/^WRONG/u);
      expect(carets).toMatch(/^ +\| +\^{5}$/u);
    }
  }
});

it('a mistake longer than the window is marked as far as it is shown', () => {
  const [line = '', carets = ''] = excerpt('x'.repeat(10_000), 0, 10_000);
  expect([line.length, carets.length]).toEqual([75, 74]);
});

it('what is not seen is shown, also the half of a pair that the window cuts, and takes its columns', () => {
  const [line = '', carets = ''] = excerpt(`a\u202eb\ufeffc\td: WRONG`, 9, 14);
  expect(line).toBe('  1 | a\ufffdb\ufffdc d: WRONG');
  expect(carets.indexOf('^')).toBe(line.indexOf('WRONG'));
  for (const before of [100, 101]) {
    const [cut = ''] = excerpt('😀'.repeat(200), before, before + 1);
    expect(cut).not.toMatch(/\p{Cs}/u);
  }
});
