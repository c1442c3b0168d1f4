import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ScenarioError } from './language/errors.ts';
import { findScenarios, readScenario } from './files.ts';
import { VOCABULARY } from './testing/examples.ts';

let folder = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'whitewater-'));
  for (const inner of ['b', 'node_modules', '.git', 'empty']) mkdirSync(join(folder, inner));
  const files = ['Z.yaml', 'a.yml', 'a.yaml', 'b/c.yaml', 'node_modules/d.yaml', '.git/e.yaml', 'b/f.json', '.g.yaml'];
  for (const file of files) writeFileSync(join(folder, file), 'cluster: { nodes: 3 }\n');
});

afterAll(() => rmSync(folder, { recursive: true }));

/** Message of the only problem, which is at 1:1. */
function refusal(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (!(error instanceof ScenarioError)) throw error;
    expect(error.problems).toMatchObject([{ line: 1, column: 1 }]);
    return error.problems[0]?.message ?? '';
  }
  throw new Error('nothing was refused');
}

test('a directory means the scenarios below it, by code unit, without hidden ones and packages', () => {
  expect(findScenarios([folder])).toEqual(['Z.yaml', 'a.yaml', 'a.yml', 'b/c.yaml'].map((file) => join(folder, file)));
});

test('files are taken as given, whatever they are called, and each once', () => {
  const [json, yaml] = [join(folder, 'b/f.json'), join(folder, 'Z.yaml')];
  expect(findScenarios([json, yaml, json])).toEqual([json, yaml]);
});

test('a file is listed once, by whatever paths or links it is meant', () => {
  const file = join(folder, 'b/c.yaml');
  const link = join(folder, 'b/again.yaml');
  symlinkSync('c.yaml', link);
  symlinkSync('b', join(folder, 'linked'));
  const others = [`${folder}/b/./c.yaml`, `${folder}//b/../b/c.yaml`, link, `${folder}/linked/c.yaml`];
  expect(findScenarios([file, ...others, folder])).toEqual([
    file,
    ...['Z.yaml', 'a.yaml', 'a.yml'].map((name) => join(folder, name)),
  ]);
  expect(findScenarios([join(folder, 'b')])).toEqual([link]);
  for (const path of [link, join(folder, 'linked')]) rmSync(path);
});

test('what ends in .yaml and is no file is refused, and is never waited for', () => {
  const odd = mkdtempSync(join(folder, 'odd-'));
  mkdirSync(join(odd, 'folder.yaml'));
  writeFileSync(join(odd, 'folder.yaml/inside.yaml'), 'cluster: { nodes: 3 }');
  execFileSync('mkfifo', [join(odd, 'pipe.yml'), join(odd, 'pipe')]);
  symlinkSync('folder.yaml', join(odd, 'link.yaml'));
  symlinkSync('/dev/zero', join(odd, 'zero.yaml'));
  expect(findScenarios([odd])).toEqual(['folder.yaml', 'pipe.yml', 'zero.yaml'].map((name) => join(odd, name)));
  const said = (name: string) => refusal(() => readScenario(join(odd, name), VOCABULARY));
  const directory = 'this is a directory; expected a scenario file, since the name ends in .yaml';
  expect([said('folder.yaml'), said('link.yaml')]).toEqual([directory, directory]);
  expect(findScenarios([join(odd, 'folder.yaml/')])).toEqual([`${odd}/folder.yaml/`]);
  expect(said('pipe.yml')).toBe('this is a named pipe; expected a scenario file, since the name ends in .yml');
  expect(said('pipe')).toBe('this is a named pipe; expected a scenario file');
  expect(said('zero.yaml')).toBe('this is a device; expected a scenario file, since the name ends in .yaml');
  rmSync(odd, { recursive: true });
});

test('a directory without scenarios is an error that says so', () => {
  expect(refusal(() => findScenarios([join(folder, 'empty')]))).toBe(
    'no scenarios here: the directory holds no *.yaml or *.yml file',
  );
});

test('a path that does not exist is an error', () => {
  expect(refusal(() => findScenarios([join(folder, 'nowhere')]))).toBe('no such file or directory');
  expect(refusal(() => readScenario(join(folder, 'a.yaml/x'), VOCABULARY))).toBe('no such file or directory');
});

test('a scenario without a name has that of its file', () => {
  expect(readScenario(join(folder, 'b/c.yaml'), VOCABULARY)).toMatchObject({
    name: 'c',
    file: join(folder, 'b/c.yaml'),
  });
});

test.each<[string, Uint8Array | string, string]>([
  ['big.yaml', '#'.repeat(1_000_001), 'too big: a scenario has at most 1 MB'],
  [
    'binary.yaml',
    new Uint8Array([0x7f, 0x45, 0x4c, 0x46, 0, 1]),
    'a binary file; expected a scenario, which is text in UTF-8',
  ],
  ['latin1.yaml', new Uint8Array([0x61, 0xe4, 0x62]), 'not valid UTF-8; a scenario is text in UTF-8'],
])('%s is refused: %s', (name, contents, message) => {
  const path = join(folder, name);
  writeFileSync(path, contents);
  expect(refusal(() => readScenario(path, VOCABULARY))).toBe(message);
  rmSync(path);
});

test('a directory is no scenario file', () => {
  expect(refusal(() => readScenario(folder, VOCABULARY))).toBe('this is a directory; expected a scenario file');
});

test('a path that no system can have is refused like any other', () => {
  expect(refusal(() => readScenario('a\u0000b', VOCABULARY))).toMatch(/cannot be read/u);
  expect(refusal(() => readScenario('x'.repeat(10_000), VOCABULARY))).toBe('cannot be read: the path is too long');
});

// The superuser may read everything.
test.skipIf(process.getuid?.() === 0)('a file that may not be read is refused', () => {
  const path = join(folder, 'secret.yaml');
  writeFileSync(path, 'cluster: { nodes: 3 }');
  chmodSync(path, 0);
  expect(refusal(() => readScenario(path, VOCABULARY))).toBe('cannot be read: permission denied');
  rmSync(path);
});
