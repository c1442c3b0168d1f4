import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { replaceFile } from './replace-file.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'whitewater-replace-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('a file that is replaced', () => {
  it('has the new text and the permissions that were asked for, and nothing is left beside it', () => {
    const file = join(folder, 'a.yaml');
    writeFileSync(file, 'old');
    replaceFile(file, 'new', 0o662);
    expect(readFileSync(file, 'utf8')).toBe('new');
    expect(statSync(file).mode & 0o777).toBe(0o662);
    expect(readdirSync(folder)).toEqual(['a.yaml']);
  });

  it('is no link afterwards, and what the link led to is as it was', () => {
    const [file, link] = [join(folder, 'precious'), join(folder, 'a.yaml')];
    writeFileSync(file, 'precious');
    symlinkSync(file, link);
    replaceFile(link, 'new');
    expect(lstatSync(link).isFile()).toBe(true);
    expect([file, link].map((path) => readFileSync(path, 'utf8'))).toEqual(['precious', 'new']);
  });

  it('is as it was if it cannot be replaced, and nothing is left beside it', () => {
    mkdirSync(join(folder, 'a.yaml/inside'), { recursive: true });
    expect(() => replaceFile(join(folder, 'a.yaml'), 'new')).toThrow(/EISDIR|ENOTEMPTY|EPERM/u);
    expect(() => replaceFile(join(folder, 'nowhere/a.yaml'), 'new')).toThrow(/ENOENT/u);
    expect(readdirSync(folder)).toEqual(['a.yaml']);
  });
});
