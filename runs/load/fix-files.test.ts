import {
  chmodSync,
  lstatSync,
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
import { fixScenarios } from './fix-files.ts';

const OLD = 'cluster: { nodes: 3, spares: 1 }\n';

let folder = '';
let file = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'whitewater-fix-'));
  file = join(folder, 'old.yaml');
  writeFileSync(file, OLD);
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('a file with renamed words', () => {
  it('is rewritten whole or not at all, keeps its mode, and a link still leads to it', () => {
    const link = join(folder, 'link.yaml');
    chmodSync(file, 0o662);
    symlinkSync(file, link);
    expect(fixScenarios(['link.yaml'], folder)).toEqual({
      fixes: [{ file: link, line: 1, old: 'spares', new: 'standby' }],
      unwritten: [],
    });
    expect(readFileSync(file, 'utf8')).toBe(OLD.replace('spares', 'standby'));
    expect([statSync(file).mode & 0o777, lstatSync(link).isSymbolicLink()]).toEqual([0o662, true]);
    expect(readdirSync(folder)).toEqual(['link.yaml', 'old.yaml']);
  });

  it('is rewritten once, by whatever paths it is meant', () => {
    expect(fixScenarios(['old.yaml', '.', './old.yaml', file], folder).fixes).toHaveLength(1);
  });

  // The superuser may write everything.
  it.skipIf(process.getuid?.() === 0)('that cannot be written is as it was, and is named with the reason', () => {
    chmodSync(folder, 0o500);
    expect(fixScenarios(['old.yaml'], folder)).toEqual({
      fixes: [],
      unwritten: [{ file, reason: 'permission denied (EACCES)' }],
    });
    chmodSync(folder, 0o700);
    expect(readFileSync(file, 'utf8')).toBe(OLD);
  });
});

it('what cannot be read is left to loading', () => {
  writeFileSync(join(folder, 'binary.yaml'), new Uint8Array([0, 1]));
  expect(fixScenarios(['nowhere.yaml', 'binary.yaml'], folder)).toEqual({ fixes: [], unwritten: [] });
});
