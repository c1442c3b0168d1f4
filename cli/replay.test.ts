import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { main } from './command-line.ts';
import { RecordingIo } from './testing/recording-io.ts';

let folder = '';

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'whitewater-replay-'));
  const text = 'name: never\ncluster: { nodes: 3 }\nscript:\n  - until: { leaders: 3 }\n    within: 1s\n';
  writeFileSync(join(folder, 'never.yaml'), text);
  expect((await whitewater('run', 'never.yaml', '--seed', '7')).code).toBe(3);
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function whitewater(...argv: readonly string[]) {
  const io = new RecordingIo(folder);
  const code = await main(argv, io);
  return { code, out: io.stdout.text, last: io.stdout.text.slice(io.stdout.text.lastIndexOf('\n\n') + 2), io };
}

/** Replays the repro file with something in it changed. */
async function replayEdited(from: RegExp, to: string) {
  const text = readFileSync(join(folder, 'out/never-7.yaml'), 'utf8');
  const edited = text.replace(from, to);
  expect(edited).not.toBe(text);
  writeFileSync(join(folder, 'edited.yaml'), edited);
  const { code, last } = await whitewater('replay', 'edited.yaml');
  const tidy = last
    .replace(/[0-9a-f]{16}/gu, (hash) => (/^0+$/u.test(hash) ? hash : '<hash>'))
    .replace(/\d+ events/gu, 'N events');
  return { code, last: tidy };
}

describe('whitewater replay', () => {
  it('shows the run, says that it is the same, and exits as `run` did', async () => {
    const { code, out, last } = await whitewater('replay', 'out/never-7.yaml');
    expect(code).toBe(3);
    expect(out).toMatch(/^never {2}seed 7 {2}unmet\n\n {2}Not met\n {4}- script\[0\]/u);
    expect(last).toMatch(/^✓ Reproduced: same verdict, same hash [0-9a-f]{16}\n$/u);
  });

  it('prints the comparison only, with --quiet', async () => {
    const { out } = await whitewater('replay', 'out/never-7.yaml', '--quiet');
    expect(out).toMatch(/^✓ Reproduced[^\n]*\n$/u);
  });

  it('reports a hash that differs though no version has changed, and exits with 4', async () => {
    const { code, last } = await replayEdited(/hash: "[0-9a-f]{16}"/u, 'hash: "0000000000000000"');
    expect(code).toBe(4);
    expect(`\n${last}`).toMatchInlineSnapshot(`
      "
      ✗ The run differs from the recorded one
          recorded  0000000000000000  N events  unmet
          present   <hash>  N events  unmet
          The same engine made the file, so either the file was edited or Whitewater
          is not deterministic.
      "
    `);
  });

  it('gives a changed engine as the reason, if it has changed', async () => {
    const { code, last } = await replayEdited(
      /hash: "[0-9a-f]{16}"([^]*)whitewater: "[^"]*"\n( *)engine: "[^"]*"/u,
      'hash: "0000000000000000"$1whitewater: "0.0.9"\n$2engine: "1111111111111111"',
    );
    expect(code).toBe(4);
    expect(`\n${last}`).toMatchInlineSnapshot(`
      "
      Made by whitewater 0.0.9, engine <hash>; this is whitewater 0.1.0,
      engine <hash>.
      ✗ The run differs from the recorded one
          recorded  0000000000000000  N events  unmet
          present   <hash>  N events  unmet
          The engine has changed since the file was made, so this version cannot
          reproduce it.
      "
    `);
  });

  it('names the older version of a file that still reproduces', async () => {
    const { code, last } = await replayEdited(/whitewater: "[^"]*"/u, 'whitewater: "0.0.9"');
    expect(code).toBe(3);
    expect(`\n${last}`).toMatchInlineSnapshot(`
      "
      Made by whitewater 0.0.9; this is whitewater 0.1.0.
      ✓ Reproduced: same verdict, same hash <hash>
      "
    `);
  });

  it('notices another verdict on the same run', async () => {
    const { code, last } = await replayEdited(/verdict: unmet/u, 'verdict: violation\n  invariant: I4');
    expect(code).toBe(4);
    expect(`\n${last}`).toMatchInlineSnapshot(`
      "
      ✗ The verdict on the same run differs
          recorded  <hash>  N events  violation of I4
          present   <hash>  N events  unmet
          The same engine made the file, so either the file was edited or Whitewater
          is not deterministic.
      "
    `);
  });

  it('runs a scenario that is not a repro file, and says that there is nothing to compare with', async () => {
    const { code, last } = await whitewater('replay', 'never.yaml');
    expect(code).toBe(3);
    expect(last).toContain('Nothing to compare with');
  });

  it('prints JSON: the run, and the comparison', async () => {
    const { code, out } = await whitewater('replay', 'out/never-7.yaml', '--json');
    expect(code).toBe(3);
    const { scenario, verdict, comparison } = JSON.parse(out) as Record<string, unknown>;
    expect({ scenario, verdict, comparison }).toMatchObject({
      scenario: 'never',
      verdict: 'unmet',
      comparison: { kind: 'reproduced', changed: [] },
    });
  });
});
