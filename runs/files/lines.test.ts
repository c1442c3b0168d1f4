import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { linesOf } from './lines.ts';

const folder = mkdtempSync(join(tmpdir(), 'whitewater-lines-'));
const path = join(folder, 'file');
afterAll(() => rmSync(folder, { recursive: true }));

function read(text: string) {
  writeFileSync(path, text);
  return [...linesOf(path)];
}

it('the lines of a file come with the place where they end, and whether they are whole', () => {
  expect(read('one\n\nzwölf\ntor')).toEqual([
    { text: 'one', number: 1, end: 4, isWhole: true },
    { text: '', number: 2, end: 5, isWhole: true },
    { text: 'zwölf', number: 3, end: 12, isWhole: true },
    { text: 'tor', number: 4, end: 15, isWhole: false },
  ]);
  expect(read('')).toEqual([]);
  expect(read('\n').map(({ text, end }) => [text, end])).toEqual([['', 1]]);
});

it('lines longer than what is read at a time are whole, and so are characters that are cut in two', () => {
  const lines = ['ä'.repeat(1_500_000), 'b', 'ö'.repeat(600_001)];
  const found = read(`${lines.join('\n')}\n`);
  expect(found.map(({ text }) => text)).toEqual(lines);
  expect(found.at(-1)!.end).toBe(Buffer.byteLength(`${lines.join('\n')}\n`));
});
