import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KNOWN_BUGS } from '../runs/load/known-bugs.ts';
import { main } from './command-line.ts';
import { RecordingIo } from './testing/recording-io.ts';

let folder = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'whitewater-mutants-'));
  const write = (name: string, text: string): void => writeFileSync(join(folder, name), text);
  write('one.yaml', 'cluster: { nodes: 3 }\n');
  write('two.yaml', 'cluster: { nodes: 5 }\nscript: [{ until: { leaders: 1 } }]\n');
  write('bug.yaml', 'cluster: { nodes: 3, mutant: E1 }\n');
});

afterAll(() => rmSync(folder, { recursive: true }));

async function whitewater(args: string, io = new RecordingIo(folder)) {
  const code = await main(args.split(' '), io);
  return { code, out: io.stdout.text.replace(/events {3}\S+ {3}1 job/u, 'events   …   1 job'), err: io.stderr.text };
}

describe('whitewater mutants list', () => {
  it('lists every known bug once, by area, with what it breaks, in 80 columns', async () => {
    const { code, out } = await whitewater('mutants list');
    expect([code, out]).toEqual([0, (await whitewater('mutants')).out]);
    for (const { id, area } of KNOWN_BUGS) {
      expect(out.match(new RegExp(`^  ${id} `, 'gmu'))).toHaveLength(1);
      expect(out).toMatch(new RegExp(`^${area}  \\d+ bugs?$`, 'mu'));
    }
    expect(out).toContain('breaks I14, I3, I6');
    expect(out.split('\n').filter((line) => line.length > 80)).toEqual([]);
    expect((await whitewater('mutants list E7 C1')).out).toMatch(/^replication {2}1 bug\n[^]*\n\nelection {2}1 bug\n/u);
  });
});

describe('whitewater mutants run', () => {
  it('says what catches each bug, and which are not caught', async () => {
    const { code, out } = await whitewater('mutants run S1 E1 E7 --with one.yaml --runs 4');
    expect(code).toBe(3);
    const tidy = out.replace(/\d+ {2}(?=one)/u, 'N  ').replace(/\d+ events/u, 'N events');
    expect(`\n${tidy}`).toMatchInlineSnapshot(`
      "
        bug   caught by   runs  events  in
      ✓ E1    I16            1      N  one, seed 1
      ✗ E7    not caught in 4 runs
              the longer log wins, whatever its terms; is known to break I3, I6
      ✗ S1    not caught in 4 runs: its rule was never asked
              a snapshot older than the state is installed over it; is known to break
              I27, I9, I10, I22

      Hunts  1 never asked | 1 not caught | 1 caught (3)
      Work   9 runs   N events   …   1 job
      "
    `);
  });

  it('exits with 0 if each is caught as what it is known to break', async () => {
    const { code, out } = await whitewater('mutants run E1 C5 --with two.yaml --runs 50');
    expect([code, out]).toEqual([0, expect.stringContaining('Hunts  2 caught (2)')]);
  });

  it('looks with each group of scenarios by itself', async () => {
    const { out } = await whitewater('mutants run E1 --with one.yaml,two.yaml --runs 1 --json');
    const lines = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.map(({ type, with: using, scenario }) => [type, using, scenario])).toEqual([
      ['hunt', 'one.yaml', 'one'],
      ['hunt', 'two.yaml', 'two'],
      ['hunt-summary', undefined, undefined],
    ]);
  });

  it('ends when interrupted, after what is finished, with 130', async () => {
    const io = new RecordingIo(folder);
    const write = io.stdout.write.bind(io.stdout);
    io.stdout.write = (text) => {
      write(text);
      if (text.includes('E1')) io.interrupt();
    };
    const { code, out } = await whitewater('mutants run --with one.yaml --runs 1', io);
    expect([code, io.listens]).toEqual([130, false]);
    expect(out).toContain(`of ${KNOWN_BUGS.length} hunts.`);
  });

  it('prints only what is not caught with --quiet', async () => {
    const { out } = await whitewater('mutants run S1 E1 --with one.yaml --runs 1 --quiet');
    expect(out.split('\n')[0]).toBe('✗ S1    not caught in 1 run: its rule was never asked');
    expect(out).not.toContain('E1');
  });

  it.each([
    ['mutants run E99', 'there is no known bug "E99"'],
    ['mutants run --with bug.yaml', '--with: bug.yaml: no scenario there can catch known bugs'],
    ['mutants run --with nowhere', 'there is no file, folder, topic or bundled scenario "nowhere"'],
    ['mutants run --runs 0', '--runs: expected a number from 1, got "0"'],
    ['mutants hunt', 'there is no known bug "hunt"'],
    ['mutants run --rums 3', "unknown option '--rums'\n(Did you mean --runs?)\nTry: whitewater mutants run --help"],
  ])('%s is refused', async (args, message) => {
    const { code, out, err } = await whitewater(args);
    expect([code, out, err]).toEqual([2, '', expect.stringContaining(message)]);
  });
});
