import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RunResult } from '../runs/simulate/result.ts';
import { sampleResult, sampleViolation } from '../runs/testing/sample-results.ts';
import { main } from './command-line.ts';
import { RecordingIo } from './testing/recording-io.ts';

const GOOD = 'cluster: { nodes: 3 }\n';
const BETTER = 'cluster: { nodes: 5 }\n';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'whitewater-watch-'));
  write('a.yaml', GOOD);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function write(path: string, text: string): void {
  mkdirSync(join(folder, path, '..'), { recursive: true });
  writeFileSync(join(folder, path), text);
}

/** Runs with --watch: one thing happens in each pause, and after the last the user interrupts. */
async function watching(
  args: string,
  happens: readonly (() => void)[],
  otherwise: (io: RecordingIo) => Partial<RunResult> = () => ({}),
) {
  const io = new RecordingIo(folder);
  const rest = [...happens];
  io.pause = () => {
    const next = rest.shift() ?? (() => io.interrupt());
    next();
    return Promise.resolve();
  };
  const ran: string[] = [];
  const code = await main(`run ${args} --watch --seed 1`.split(' '), io, ({ name, file }, seed) => {
    ran.push(name);
    return sampleResult({ scenario: name, file, seed, ...otherwise(io) });
  });
  // The first seed of a scenario runs twice.
  const rounds = ran.filter((_, index) => index % 2 === 0);
  const tidy = (text: string): string => text.replaceAll(`${folder}/`, '');
  const notes = tidy(io.stderr.text).trim().split(/\n+/u);
  return { code, rounds, notes, out: tidy(io.stdout.text), listens: io.listens };
}

const idle = (): void => undefined;
const WAITING = 'whitewater: waiting for changes in a.yaml; Ctrl-C ends';

describe('whitewater run --watch', () => {
  it('runs, waits, and ends with 130 on an interrupt', async () => {
    const { code, rounds, notes, listens } = await watching('a.yaml', [idle, idle]);
    expect({ code, rounds, notes, listens }).toEqual({ code: 130, rounds: ['a'], notes: [WAITING], listens: false });
  });

  it('runs again when the file changes, once for all the steps of a save, and says so', async () => {
    const { rounds, notes, out } = await watching('a.yaml', [
      () => write('a.yaml', ''),
      () => write('a.yaml', 'cluster:'),
      () => write('a.yaml', BETTER),
      idle,
      idle,
      idle,
    ]);
    expect(rounds).toEqual(['a', 'a']);
    expect(notes).toEqual([WAITING, 'whitewater: a.yaml has changed', WAITING]);
    expect(out.split('✓ a  seed 1').length).toBe(3);
  });

  it('takes a file that another one replaces for the same file, and is patient with one that is away for a moment', async () => {
    const replace = (): void => {
      write('a.yaml~', BETTER);
      renameSync(join(folder, 'a.yaml~'), join(folder, 'a.yaml'));
    };
    const { rounds, notes } = await watching('a.yaml', [
      ...[replace, idle, idle],
      ...[() => rmSync(join(folder, 'a.yaml')), () => write('a.yaml', GOOD), idle, idle],
    ]);
    expect(rounds).toEqual(['a', 'a', 'a']);
    expect(notes.filter((note) => note !== WAITING)).toEqual(Array(2).fill('whitewater: a.yaml has changed'));
  });

  it('notices a change that is made during the run', async () => {
    let isFirst = true;
    const { rounds } = await watching('a.yaml', [idle, idle], () => {
      if (isFirst) write('a.yaml', BETTER);
      isFirst = false;
      return {};
    });
    expect(rounds).toEqual(['a', 'a']);
  });

  it('follows a link to the file that it leads to', async () => {
    symlinkSync('a.yaml', join(folder, 'link.yaml'));
    expect((await watching('link.yaml', [() => write('a.yaml', BETTER), idle, idle])).rounds).toEqual(['link', 'link']);
  });

  it('sees files of a folder that are new, at any depth, or gone; nothing else', async () => {
    write('mine/b.yaml', GOOD);
    const { rounds, notes } = await watching('mine', [
      ...[() => write('mine/notes.txt', 'x'), () => write('a.yaml', BETTER), idle],
      ...[() => write('mine/deep/c.yml', GOOD), idle, idle],
      ...[() => rmSync(join(folder, 'mine/b.yaml')), idle, idle],
    ]);
    expect(rounds).toEqual(['b', 'b', 'c', 'c']);
    expect(notes.filter((note) => !note.includes('waiting'))).toEqual([
      'whitewater: mine/deep/c.yml is new',
      'whitewater: mine/b.yaml is gone',
    ]);
  });

  it('goes on after mistakes in a file, also in the first run, and after a file or folder that is gone', async () => {
    write('a.yaml', 'cluster: { nodez: 3 }\n');
    write('mine/b.yaml', GOOD);
    const { code, rounds, notes } = await watching('a.yaml mine', [
      ...[() => write('a.yaml', GOOD), idle, idle],
      ...[() => rmSync(join(folder, 'a.yaml')), idle, idle],
      ...[() => write('a.yaml', GOOD), idle, idle],
      ...[() => rmSync(join(folder, 'mine'), { recursive: true }), idle, idle],
      ...[() => write('mine/b.yaml', GOOD), idle, idle],
    ]);
    expect([code, rounds]).toEqual([130, ['a', 'b', 'a', 'b', 'a', 'b']]);
    expect(notes[0]).toMatch(/^a\.yaml:1:12 {2}cluster\.nodez: unknown key "nodez"; did you mean "nodes"\?/u);
    expect(notes).toContainEqual(expect.stringMatching(/^a\.yaml:1:1 {2}no such file or directory/u));
    expect(notes).toContainEqual(expect.stringMatching(/no file, folder, topic or bundled scenario "mine"/u));
  });

  it('names three changed files, and counts the others', async () => {
    const { notes } = await watching('.', [
      () => 'bcdef'.split('').forEach((name) => write(`${name}.yaml`, GOOD)),
      idle,
    ]);
    expect(notes[1]).toBe('whitewater: b.yaml is new, c.yaml is new, d.yaml is new and 2 others');
  });

  it('does not take the repro files of its own runs for changes', async () => {
    const failing = (): Partial<RunResult> => ({
      verdict: 'violation',
      violation: sampleViolation({ invariant: 'I4' }),
    });
    const { rounds, notes } = await watching('.', [idle, idle, idle], failing);
    expect(rounds.filter((name) => name === 'a').length).toBe(1);
    expect(notes.length).toBe(1);
  });

  it('ends when an interrupt comes during a run, without waiting', async () => {
    const { code, notes } = await watching('a.yaml', [], (io) => {
      io.interrupt();
      return {};
    });
    expect([code, notes]).toEqual([130, ['']]);
  });

  it('ends when the reader of its output goes away', async () => {
    const { code, rounds } = await watching('a.yaml', [idle, () => write('a.yaml', BETTER), idle, idle], (io) => {
      io.stdout.isClosed = true;
      return {};
    });
    expect([code, rounds]).toEqual([130, ['a']]);
  });

  it('without names watches ./scenarios', async () => {
    write('scenarios/b.yaml', GOOD);
    const io = new RecordingIo(folder);
    io.pause = () => Promise.resolve(io.interrupt());
    expect(await main(['run', '--watch'], io)).toBe(130);
    expect(io.stderr.text).toContain('no scenarios named: using those in ./scenarios');
    expect(io.stderr.text).toContain('waiting for changes in scenarios;');
  });

  it.each([
    ['split-vote', '--watch: nothing here can change: bundled scenarios stay as they are; name a file or a folder'],
    ['a.yaml --json', '--watch and --json cannot be given together'],
    ['a.yaml --seeds 0', '--seeds: 0 seeds is no run'],
    ['b.yaml', 'b.yaml:1:1  no such file or directory; did you mean "a.yaml"?'],
    ['/dev/null', '--watch: /dev/null can be read only once; name a file or a folder'],
    ['xyzzy', 'there is no file, folder, topic or bundled scenario "xyzzy"'],
  ])('refuses at once: %s', async (args, message) => {
    const io = new RecordingIo(folder);
    expect(await main(`run ${args} --watch`.split(' '), io)).toBe(2);
    expect(io.stderr.text).toContain(message);
  });
});
