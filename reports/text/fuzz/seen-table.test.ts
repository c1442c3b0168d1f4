import { expect, it } from 'vitest';
import { columns } from '../layout.ts';
import { style } from '../style.ts';
import { seenTable } from './seen-table.ts';

const PLAIN = style(false);

it('what was seen stands in columns, the rarest first, and what was not is listed', () => {
  const counts = { crash: [12_345, 900], cut: [3, 2], loss: [0, 0], pause: [70, 2] } as const;
  expect(seenTable('Faults', counts, ['cut', 'crash', 'loss', 'wipe', 'pause'], PLAIN, 40)).toEqual([
    'Faults',
    '       total  runs        total  runs',
    ' cut       3     2  crash 12.3k   900',
    ' pause    70     2',
    ' not seen: loss, wipe',
  ]);
});

it('a narrow terminal has one column, and nothing has no table', () => {
  const counts = { 'retry-answered-from-session': [1, 1], cut: [3, 2] } as const;
  expect(seenTable('Marks', counts, [], PLAIN, 40)).toHaveLength(4);
  expect(seenTable('Marks', {}, [], PLAIN, 80)).toEqual([]);
});

it('names as long as those of marks stand in two columns of 80', () => {
  // One of 27 letters, such as retry-answered-from-session, and the others shorter.
  const names = Array.from({ length: 68 }, (_, at) => `${'x'.repeat(at === 5 ? 25 : 24)}${String(at + 10)}`);
  const counts = Object.fromEntries(names.map((name, at) => [name, [at + 1_000_000, at + 100_000] as const]));
  const table = seenTable('Marks', counts, names, PLAIN, 80);
  expect(Math.max(...table.map(columns))).toBeLessThanOrEqual(80);
  expect(table.length).toBe(2 + Math.ceil(names.length / 2));
});
