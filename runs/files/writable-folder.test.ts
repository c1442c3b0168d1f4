import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { whyUnwritable } from './writable-folder.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'whitewater-writable-'));
  mkdirSync(join(folder, 'there'));
  writeFileSync(join(folder, 'file'), '');
  symlinkSync('there', join(folder, 'link'));
  symlinkSync('nowhere', join(folder, 'dangling'));
});
afterAll(() => rmSync(folder, { recursive: true }));

it('a folder that is there, or can be made, is writable, and looking leaves nothing behind', () => {
  for (const name of ['', 'there', 'there/a/b/c', 'link', 'link/a']) {
    expect(whyUnwritable(join(folder, name))).toBe(null);
  }
  expect(readdirSync(folder, { recursive: true }).toSorted()).toEqual(['dangling', 'file', 'link', 'there']);
});

it('what is a file or below one, leads nowhere, or is where nothing can be made, is not', () => {
  for (const name of ['file', 'file/a', 'file/a/b']) {
    expect(whyUnwritable(join(folder, name))).toBe('not a directory (ENOTDIR)');
  }
  for (const name of ['dangling', 'dangling/a']) {
    expect(whyUnwritable(join(folder, name))).toBe('no such file or directory (ENOENT)');
  }
  expect(whyUnwritable(join(folder, 'x'.repeat(300)))).toBe('name too long (ENAMETOOLONG)');
  if (existsSync('/proc/self')) expect(whyUnwritable('/proc/nowhere/out')).toMatch(/\(E\w+\)$/u);
});
