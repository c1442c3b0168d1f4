import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sampleResult } from '../runs/testing/sample-results.ts';
import { main } from './command-line.ts';
import { RecordingIo } from './testing/recording-io.ts';

let folder = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'whitewater-usage-'));
  writeFileSync(join(folder, 'a.yaml'), 'cluster: { nodes: 3 }\nclients: 1\n');
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function whitewater(...argv: readonly string[]) {
  const io = new RecordingIo(folder);
  const code = await main(argv, io, ({ name }, seed) => sampleResult({ scenario: name, seed }));
  return { code, out: io.stdout.text, err: io.stderr.text.replaceAll(`${folder}/`, '') };
}

describe('a wrong call exits with 2, prints nothing on stdout and says what is wrong', () => {
  it.each([
    [['run', 'a.yaml', '--seeds', '0'], '--seeds: 0 seeds is no run; expected 1 or more'],
    [['run', 'a.yaml', '--seeds', '5..1'], '--seeds: the range 5..1 is empty; did you mean 1..5?'],
    [['run', 'a.yaml', '--seeds', 'many'], '--seeds: expected a count like 1000, or a range like 5..20, got "many"'],
    [['run', 'a.yaml', '--seeds', ''], '--seeds: expected a count like 1000, or a range like 5..20, got ""'],
    [['run', 'a.yaml', '--seeds', '-3'], 'got "-3"'],
    [['run', 'a.yaml', '--seeds', '1.5'], 'got "1.5"'],
    [['run', 'a.yaml', '--seeds', '1e3'], 'got "1e3"'],
    [['run', 'a.yaml', '--seeds', '99999999999999999999'], 'is too large: numbers up to 9007199254740991 are exact'],
    [['run', 'a.yaml', '--seeds', '1000000000'], 'is more than 100000000 seeds'],
    [['run', 'a.yaml', '--seed', ''], '--seed: the seed is empty'],
    [['run', 'a.yaml', '--seed', 'x'.repeat(201)], '--seed: 201 characters; a seed has at most 200'],
    [['run', 'a.yaml', '--seed', '1', '--seeds', '2'], '--seed and --seeds cannot be given together'],
    [['run', 'a.yaml', '--seed'], "option '--seed <seed>' argument missing"],
    [['run', 'a.yaml', '--sede', '1'], "unknown option '--sede'\n(Did you mean --seed?)"],
    [['run', 'b.yaml'], 'b.yaml:1:1  no such file or directory'],
    [['run', 'a.yaml', ''], 'an argument is empty; expected a scenario file, a folder, or the name of a bundled'],
    [['run', 'splt-vote'], 'no file, folder, topic or bundled scenario "splt-vote"; did you mean "split-vote"?'],
    [['run', 'xyzzy'], '"xyzzy"; the topics are '],
    [['run', 'a.yml'], 'a.yml:1:1  no such file or directory; did you mean "a.yaml"?'],
    [['trace', 'figures'], 'figures: a topic with several scenarios; expected one scenario'],
    [['rnu', 'a.yaml'], "unknown command 'rnu'\n(Did you mean run?)"],
    [['replay'], "missing required argument 'file'"],
    [['replay', 'a.yaml', 'b.yaml'], 'too many arguments'],
    [['replay', '.', '--seed', '1'], "unknown option '--seed'"],
    [['schema', 'a.yaml'], 'too many arguments'],
    [['trace', 'a.yaml', '--node', 'n4'], '--node: there is no node "n4"; expected one of n1, n2, n3, c1'],
    [['trace', 'a.yaml', '--node', ','], '--node: the list is empty'],
    [['trace', 'a.yaml', '--kind', 'electd'], '--kind: there is no kind "electd"; did you mean "elected"?'],
    [
      ['trace', 'a.yaml', '--except', 'xyzzy'],
      '--except: there is no kind "xyzzy"; expected some of started, sent, held',
    ],
    [['trace', 'a.yaml', '--from', '2'], '--from: expected a time like 150ms or 2.5s, got "2"'],
    [['trace', 'a.yaml', '--from', '2s', '--to', '1s'], '--to 1s is before --from 2s'],
    [['trace', 'a.yaml', '--causes', 'all'], '--causes: expected the number of an event, like 18204, got "all"'],
    [['trace', 'a.yaml', '--width', '12'], '--width: expected a number of columns from 60, got "12"'],
  ])('%j', async (argv, message) => {
    const { code, out, err } = await whitewater(...argv);
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain(message);
  });

  it('without a command, and shows the commands', async () => {
    const { code, err } = await whitewater();
    expect(code).toBe(2);
    expect(err).toContain('Hunt for bugs:\n  fuzz ');
  });
});

describe('help', () => {
  it.each([
    ['--help'],
    ['-h'],
    ['help'],
    ['run --help'],
    ['help trace'],
    ['replay -h'],
    ['lint -h'],
    ['list -h'],
    ['new -h'],
    ['schema -h'],
    ['fuzz -h'],
    ['merge -h'],
    ['mutants -h'],
    ['mutants list -h'],
    ['help mutants'],
    ['mutants run -h'],
  ])('is printed on stdout for `%s`, with examples', async (args) => {
    const { code, out, err } = await whitewater(...args.split(' '));
    expect([code, err]).toEqual([0, '']);
    expect(out).toContain('Examples:\n  $ whitewater ');
    for (const line of out.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  });

  it('of the whole has each command under a heading, and fits a screen', async () => {
    const { out } = await whitewater('--help');
    const [, ...groups] = out
      .split(/^(?=Run:)/mu)[1]!
      .split('\n\n')
      .slice(0, 4)
      .join('\n')
      .matchAll(/^(?:\S.*:| {2}\w+)/gmu);
    expect(['Run:', ...groups.map(([word]) => word.trim())].join(' ')).toBe(
      'Run: run replay trace Hunt for bugs: fuzz merge mutants Write scenarios: new lint list schema More: help',
    );
    expect(out.split('\n').length).toBeLessThanOrEqual(41);
  });

  it('prints the version', async () => {
    expect(await whitewater('--version')).toEqual({
      code: 0,
      out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/u),
      err: '',
    });
  });
});
