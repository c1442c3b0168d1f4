import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { main } from './command-line.ts';
import { RecordingIo } from './testing/recording-io.ts';

let folder = '';
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'whitewater-resolve-'))));
afterEach(() => rmSync(folder, { recursive: true }));

async function whitewater(...args: readonly string[]) {
  const io = new RecordingIo(folder);
  const code = await main(args, io);
  return { code, out: io.stdout.text, err: io.stderr.text };
}

const CHAOS = `cluster: { nodes: 3 }
chaos: { pause: { every: 200ms..500ms }, stop: 3s }
`;

test('whitewater run --resolve writes what was drawn as steps, and the file replays to the same hash', async () => {
  writeFileSync(join(folder, 'a.yaml'), CHAOS);
  const { code, err } = await whitewater('run', 'a.yaml', '--seed', '5', '--resolve', 'b.yaml');
  expect([code, err]).toEqual([0, 'Resolved: b.yaml\n']);
  const text = readFileSync(join(folder, 'b.yaml'), 'utf8');
  expect(text).toMatch(/^# Saved by Whitewater: scenario a with seed 5, resolved:/u);
  expect(text).toMatch(/- at: \d+us\n {4}pause: n[123]\n/u);
  expect((await whitewater('replay', 'b.yaml')).out).toContain('Reproduced: same verdict, same hash');
  expect((await whitewater('run', 'b.yaml')).code).toBe(0);
  // It may be replaced by another one.
  expect((await whitewater('run', 'a.yaml', '--seed', '6', '--resolve', 'b.yaml')).code).toBe(0);
});

test('it resolves what a seed of the swarm draws', async () => {
  expect((await whitewater('run', 'swarm', '--seed', '7', '--resolve', 'c.yaml')).code).toBe(0);
  expect((await whitewater('replay', 'c.yaml')).code).toBe(0);
});

test('it takes one run, and replaces no other file', async () => {
  writeFileSync(join(folder, 'a.yaml'), CHAOS);
  const refused = async (...args: readonly string[]) => {
    const { code, err } = await whitewater('run', ...args);
    return [code, err];
  };
  expect(await refused('a.yaml', '--seeds', '3', '--resolve', 'b.yaml')).toEqual([
    2,
    'whitewater: --resolve writes one run; expected --seed, got --seeds\n',
  ]);
  expect(await refused('election', '--resolve', 'b.yaml')).toEqual([
    2,
    expect.stringContaining('--resolve writes one run; expected one scenario, got'),
  ]);
  expect(await refused('a.yaml', '--resolve', 'a.yaml')).toEqual([
    2,
    'whitewater: --resolve: cannot write a.yaml: another file is there, which is not replaced\n',
  ]);
  expect(await refused('a.yaml', '--resolve', 'a.yaml/b.yaml')).toEqual([
    2,
    expect.stringContaining('whitewater: --resolve: cannot write a.yaml/b.yaml: '),
  ]);
  expect((await whitewater('run', 'a.yaml', '--resolve', 'new/b.yaml')).code).toBe(0);
});

test('a trace of the swarm knows the nodes that the seed has drawn', async () => {
  const { code, out } = await whitewater('trace', 'swarm', '--seed', '7', '--node', 'n5', '--kind', 'started,restored');
  expect(code).toBe(0);
  expect(out).toContain('n5');
  expect((await whitewater('trace', 'swarm', '--seed', '7', '--node', 'n9')).err).toContain('there is no node "n9"');
});
