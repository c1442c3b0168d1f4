import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { makeFile } from './new-file.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'whitewater-new-file-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

it('a file is made where nothing stands', () => {
  expect(makeFile(join(folder, 'a.yaml'), 'one')).toBe(true);
  expect(readFileSync(join(folder, 'a.yaml'), 'utf8')).toBe('one');
});

it('what stands there is left as it is: a file, a folder, a link, a link that leads nowhere', () => {
  const at = (name: string): string => join(folder, name);
  writeFileSync(at('file'), 'precious');
  mkdirSync(at('folder'));
  symlinkSync('file', at('link'));
  symlinkSync('nowhere', at('dangling'));
  for (const name of ['file', 'folder', 'link', 'dangling']) expect(makeFile(at(name), 'new')).toBe(false);
  expect(readFileSync(at('link'), 'utf8')).toBe('precious');
  expect([lstatSync(at('dangling')).isSymbolicLink(), existsSync(at('nowhere'))]).toEqual([true, false]);
});

it('any other reason why it cannot be made is thrown', () => {
  expect(() => makeFile(join(folder, 'nowhere-at-all/a.yaml'), 'new')).toThrow(/ENOENT/u);
});
