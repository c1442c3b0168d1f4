import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RunResult } from '../runs/simulate/result.ts';
import { sampleResult, sampleViolation } from '../runs/testing/sample-results.ts';
import type { Scenario } from '../scenarios/scenario.ts';
import { main } from './command-line.ts';
import { RecordingIo } from './testing/recording-io.ts';

let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'whitewater-fuzz-'));
  write('one.yaml', 'cluster: { nodes: 3 }\nclients: 1\n');
  write('two.yaml', 'cluster: { nodes: 5 }\n');
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

const write = (name: string, text: string): void => writeFileSync(join(folder, name), text);
const read = (name: string): string => readFileSync(join(folder, name), 'utf8');

/** A simulator of which every run passes, with the changes that a test makes. */
function runner(otherwise: (name: string, seed: number) => Partial<RunResult> = () => ({})) {
  return ({ name, file, settings }: Scenario, seed: string): RunResult =>
    sampleResult({ scenario: name, file, settings, seed, ...otherwise(name, Number(seed)) });
}

async function whitewater(
  args: string,
  run: ReturnType<typeof runner> | null = runner(),
  io = new RecordingIo(folder),
) {
  const code = await main(args.split(' '), io, run);
  // Real times differ from run to run.
  const tidy = (text: string) => text.replace(/virtual time {3}.*$/gmu, 'virtual time   …');
  return { code, out: tidy(io.stdout.text), err: io.stderr.text };
}

const violation = (summary = 'n1 leads term 1 beside n2', invariant = 'I4'): Partial<RunResult> => ({
  verdict: 'violation',
  violation: sampleViolation({ summary, invariant }),
});
const unmet: Partial<RunResult> = {
  verdict: 'unmet',
  unmet: [{ kind: 'liveness', id: 'Lv1', text: 'Lv1 LeaderElected: no node leads for 12 s' }],
};

describe('whitewater fuzz', () => {
  it('goes round the scenarios with seed after seed, and shows what ran', async () => {
    const seen: string[] = [];
    const { code, out, err } = await whitewater(
      'fuzz one.yaml two.yaml --runs 6 --seed 5',
      runner((name, seed) => {
        seen.push(`${name} ${seed}`);
        return {
          faultStrikes: [{ path: 'x', kind: name === 'one' ? 'crash' : 'loss', injected: 1, strikes: seed - 5 }],
        };
      }),
    );
    expect(seen).toEqual(['one 5', 'one 5', 'two 5', 'one 6', 'two 6', 'one 7', 'two 7']);
    expect([code, err]).toEqual([0, '']);
    expect(`\n${out.replace(/not seen: .*?\n\n/su, 'not seen: …\n\n')}`).toMatchInlineSnapshot(`
      "
      Fuzzing one, two, seeds from 5, for 6 runs, 1 job; results in out/fuzz

      Faults that struck
             total  runs       total  runs
       crash     3     2  loss     3     2

      Marks
                  total  runs                 total  runs
       split-vote     6     6  leader-elected    12     6
       not seen: …

      Runs     6 passed (6)
      Work     7,224 events   0.2 minutes of virtual time   …
      Results  out/fuzz
      "
    `);
  });

  it('tells the first run of each signature in full, and counts the others', async () => {
    const { code, out } = await whitewater(
      'fuzz one.yaml two.yaml --runs 100',
      runner((name, seed) => (name === 'two' && seed > 10 ? violation(`n${seed % 5} leads term ${seed}`) : {})),
    );
    expect(code).toBe(1);
    expect(out.match(/^✗ .*$/gmu)).toEqual([
      expect.stringMatching(/^✗ two {2}seed 11 {2}violation {2}I4-[0-9a-f]{6}$/u),
    ]);
    expect(out).toContain('StateMachineSafety  I4, Raft §5.4.3');
    const [, table] = out.split('\nFailures\n');
    expect(`\n${table!.replaceAll(/I4-[0-9a-f]{6}/gu, 'I4-xxxxxx')}`).toMatchInlineSnapshot(`
      "
        runs  signature  the first of them
          40  I4-xxxxxx  two, seed 11: StateMachineSafety: n1 leads term 11
                         whitewater replay out/fuzz/repros/I4-xxxxxx.yaml

      Lines for a file of known failures (--known FILE), once you know these:
        I4-xxxxxx  StateMachineSafety: n1 leads term 11

      Runs     40 violated | 60 passed (100)
      Work     120k events   3.6 minutes of virtual time   …
      Results  out/fuzz
      "
    `);
  });

  it('has the exit code of the worst failure', async () => {
    const run = (otherwise: Parameters<typeof runner>[0]) => whitewater('fuzz one.yaml --runs 30', runner(otherwise));
    expect((await run((_name, seed) => (seed === 29 ? unmet : {}))).code).toBe(3);
    expect((await run((_name, seed) => (seed === 29 ? { verdict: 'inconclusive' } : {}))).code).toBe(5);
    expect((await run((_name, seed) => (seed === 29 ? violation() : unmet))).code).toBe(1);
    let hash = 0;
    const unsteady = await run(() => ({ hash: String(++hash) }));
    expect([unsteady.code, unsteady.out]).toEqual([4, expect.stringContaining('Two runs of one with seed 1 differ')]);
    const defect = await run((_name, seed) => {
      if (seed === 3) throw new TypeError('x is undefined');
      return {};
    });
    expect([defect.code, defect.out]).toEqual([70, expect.stringContaining('TypeError: x is undefined')]);
    expect(defect.out).toContain('1 defect | 29 passed (30)');
  });

  it('saves the first run of each signature as a repro file that reproduces it', async () => {
    write('never.yaml', 'cluster: { nodes: 3 }\nscript: [{ until: { leaders: 3 }, within: 1s }]\n');
    const { code, out } = await whitewater('fuzz never.yaml --runs 3', null);
    expect(code).toBe(3);
    const [repro, ...none] = readdirSync(join(folder, 'out/fuzz/repros'));
    expect(none).toEqual([]);
    expect(out).toContain(`whitewater replay out/fuzz/repros/${repro!}`);
    const replayed = await whitewater(`replay out/fuzz/repros/${repro!} --quiet`, null);
    expect([replayed.code, replayed.out]).toEqual([3, expect.stringContaining('✓ Reproduced')]);
    expect(read(`out/fuzz/repros/${repro!}`)).toContain(`# Replay:  whitewater replay out/fuzz/repros/${repro!}\n`);
  });

  it('ends after the batch in which enough runs have failed', async () => {
    const { code, out } = await whitewater(
      'fuzz one.yaml --runs 1000 --bail 3',
      runner((_name, seed) => (seed % 20 === 0 ? violation() : {})),
    );
    expect(code).toBe(1);
    expect(out).toContain('Ended early: 3 runs failed (--bail).');
    expect(out).toContain('3 violated | 72 passed (75)');
    expect(out).toContain('Go on:   whitewater fuzz --resume out/fuzz');
  });

  it('takes a minute of time where neither time nor runs are given, and says so', async () => {
    const { out } = await whitewater('fuzz one.yaml --bail 1', runner(violation.bind(null, 'x')));
    expect(out).toContain('Fuzzing one, seeds from 1, for 1m00s, 1 job; results in out/fuzz\n');
  });

  it('ends after its time, in whole batches', async () => {
    const { code, out } = await whitewater('fuzz one.yaml --time 1ms');
    expect(code).toBe(0);
    const runs = Number(/passed \((\d+)\)/u.exec(out)?.[1]);
    expect([runs % 25, runs > 0]).toEqual([0, true]);
  });

  it('ends at once when interrupted, keeps what is finished, and exits with 130', async () => {
    const io = new RecordingIo(folder);
    const { code, out } = await whitewater(
      'fuzz one.yaml --runs 1000',
      runner((_name, seed) => {
        if (seed === 40) io.interrupt();
        return {};
      }),
      io,
    );
    expect([code, io.listens]).toEqual([130, false]);
    expect(out).toContain('Interrupted after 25 of 1,000 runs.');
    expect(read('out/fuzz/results.ndjson').trim().split('\n')).toHaveLength(1);
  });

  it('writes only failures and totals with --quiet', async () => {
    expect(`\n${(await whitewater('fuzz one.yaml --runs 10 --quiet')).out}`).toMatchInlineSnapshot(`
      "
      Runs     10 passed (10)
      Work     12.0k events   0.4 minutes of virtual time   …
      Results  out/fuzz
      "
    `);
  });

  it('fits 80 columns', async () => {
    const { out } = await whitewater(
      'fuzz one.yaml two.yaml --runs 200',
      runner((_name, seed) => (seed % 3 === 0 ? violation(`the long sentence ${'x '.repeat(seed)}ends`) : {})),
    );
    expect(out.split('\n').filter((line) => line.length > 80)).toEqual([]);
  });
});

describe('the results of whitewater fuzz', () => {
  it('are a batch at a time, with the failing runs before their batch', async () => {
    await whitewater(
      'fuzz one.yaml --runs 30',
      runner((_name, seed) => (seed === 27 ? unmet : {})),
    );
    const lines = read('out/fuzz/results.ndjson')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.map(({ type, batch }) => `${type} ${batch}`)).toEqual(['batch 0', 'failure 1', 'batch 1']);
    expect(lines[1]).toMatchObject({ scenario: 'one', seed: '27', run: 26, kind: 'unmet' });
    expect(JSON.parse(read('out/fuzz/campaign.json'))).toMatchObject({
      runs: 30,
      firstSeed: 1,
      arguments: ['one.yaml'],
    });
  });

  it('go into the next free folder, or into the one that is named, if nothing is there', async () => {
    for (const expected of ['out/fuzz', 'out/fuzz-2', 'out/fuzz-3']) {
      expect((await whitewater('fuzz one.yaml --runs 1')).out).toContain(`results in ${expected}\n`);
    }
    mkdirSync(join(folder, 'empty'));
    expect((await whitewater('fuzz one.yaml --runs 1 --out empty')).code).toBe(0);
    const before = read('empty/results.ndjson');
    const { code, err } = await whitewater('fuzz one.yaml --runs 2 --out empty');
    expect([code, err]).toEqual([
      2,
      'whitewater: --out: something is in empty already; whitewater fuzz --resume empty goes on with a campaign there, and another --out begins one\n',
    ]);
    expect(read('empty/results.ndjson')).toBe(before);
  });

  it('cannot be written: the exit code is 74, and the message names the file', async () => {
    const { code, err, out } = await whitewater(
      'fuzz one.yaml --runs 100',
      runner((_name, seed) => {
        if (seed === 30) {
          rmSync(join(folder, 'out/fuzz'), { recursive: true });
          write('out/fuzz', 'no folder');
        }
        return {};
      }),
    );
    expect(code).toBe(74);
    expect(err).toBe('whitewater: cannot write out/fuzz/results.ndjson: not a directory (ENOTDIR)\n');
    expect(out).toContain('25 passed (25)');
  });
});

describe('known failures', () => {
  const some = runner((_name, seed) => (seed % 10 === 0 ? violation() : seed === 7 ? unmet : {}));

  it('are counted, and fail nothing; what the report says to add makes them known', async () => {
    const first = await whitewater('fuzz one.yaml --runs 50', some);
    expect(first.code).toBe(1);
    const lines = first.out.split('once you know these:\n')[1]!.split('\n\n')[0]!;
    expect(lines.split('\n').map((line) => line.trim().slice(0, 2))).toEqual(['I4', 'Lv']);
    write('known.txt', `# from the first report\n${lines}\nI9-abcdef\n`);
    const second = await whitewater('fuzz one.yaml --runs 50 --known known.txt', some);
    expect(second.code).toBe(0);
    expect(second.out).not.toContain('✗');
    expect(second.out).toContain('Known failures that were not seen: I9-abcdef');
    expect(second.out).toMatch(/\nKnown failures\n {5}5 {2}I4-[0-9a-f]{6} {2}one, seed 10: StateMachineSafety/u);
  });

  it('leave the others as they are, and do not count for --bail', async () => {
    write('known.txt', 'I4\n');
    const { code, out } = await whitewater('fuzz one.yaml --runs 50 --known known.txt --bail 1', some);
    expect([code, out.match(/✗/gu)?.length]).toEqual([3, 1]);
    expect(out).toContain('Ended early: 1 run failed (--bail).');
  });

  it('are refused with the line that is wrong', async () => {
    write('known.txt', '\nI4 two\nX-1\n');
    const { code, err } = await whitewater('fuzz one.yaml --known known.txt');
    expect([code, err]).toEqual([
      2,
      'whitewater: --known: known.txt:3: expected a signature like I14-3f9a2c, or an id like I14, got "X-1"\n',
    ]);
    expect((await whitewater('fuzz one.yaml --known nowhere')).err).toContain(
      '--known: cannot read nowhere: no such file',
    );
    expect(existsSync(join(folder, 'out'))).toBe(false);
  });
});

describe('a campaign that goes on', () => {
  const flaky = runner((_name, seed) => (seed % 30 === 0 ? violation(`n1 leads term ${seed}`) : {}));

  it('ends with the same results as one that was not interrupted', async () => {
    const whole = await whitewater('fuzz one.yaml two.yaml --runs 210 --out whole', flaky);
    let runs = 0;
    const io = new RecordingIo(folder);
    await whitewater(
      'fuzz one.yaml two.yaml --runs 210 --out parts',
      (scenario, seed) => {
        if (++runs === 130) io.interrupt();
        return flaky(scenario, seed);
      },
      io,
    );
    const torn = `${read('parts/results.ndjson')}{"type":"fail`;
    write('parts/results.ndjson', torn);
    const resumed = await whitewater('fuzz --resume parts', flaky);
    expect(read('parts/results.ndjson')).toBe(read('whole/results.ndjson'));
    const table = (text: string, name: string) =>
      text
        .slice(text.indexOf('\nFaults'))
        .replaceAll(name, '')
        .replace(/^Work.*$/gmu, '');
    const last = (text: string) => text.slice(text.lastIndexOf('\nMarks'));
    expect(table(last(resumed.out), 'parts')).toBe(table(last(whole.out), 'whole'));
    expect(resumed.code).toBe(whole.code);
    expect(resumed.out).toContain('after 125 runs before');
  });

  it('may have more runs, also after a last batch that was not full', async () => {
    await whitewater('fuzz one.yaml --runs 60 --out whole', flaky);
    await whitewater('fuzz one.yaml --runs 33 --out parts', flaky);
    expect((await whitewater('fuzz --resume parts --runs 60', flaky)).code).toBe(1);
    expect(read('parts/results.ndjson')).toBe(read('whole/results.ndjson'));
    const again = await whitewater('fuzz --resume parts', flaky);
    expect(again.out).toContain('(60)');
    expect(read('parts/results.ndjson')).toBe(read('whole/results.ndjson'));
  });

  it('is not touched while another process is at work in it', async () => {
    await whitewater('fuzz one.yaml --runs 33 --out parts', flaky);
    expect(existsSync(join(folder, 'parts/lock'))).toBe(false);
    const before = read('parts/results.ndjson');
    write('parts/lock', `${String(process.ppid)}\n`);
    const { code, err } = await whitewater('fuzz --resume parts --runs 100', flaky);
    expect([code, err]).toEqual([2, expect.stringContaining(`process ${String(process.ppid)} is at work in parts`)]);
    expect(read('parts/results.ndjson')).toBe(before);
  });

  it('refuses what would change it, and a folder that holds none', async () => {
    await whitewater('fuzz one.yaml --runs 30 --out parts', flaky);
    const refused = async (args: string): Promise<string> => {
      const { code, err } = await whitewater(args, flaky);
      expect(code).toBe(2);
      return err;
    };
    for (const option of [
      '--seed 2',
      '--set cluster.nodes=5',
      '--mutant E1',
      '--except I1',
      '--shard 1/2',
      '--out x',
    ]) {
      expect(await refused(`fuzz --resume parts ${option}`)).toContain(
        `--resume and ${option.split(' ')[0]} cannot be given together`,
      );
    }
    const results = read('parts/results.ndjson');
    write('parts/results.ndjson', `{"type":"batch"}\n${results}`);
    expect(await refused('fuzz --resume parts')).toContain('parts/results.ndjson is damaged: line 1 is no result');
    expect(existsSync(join(folder, 'parts/lock'))).toBe(false);
    write('parts/results.ndjson', results);
    expect(await refused('fuzz two.yaml --resume parts')).toContain('--resume and scenarios cannot be given together');
    expect(await refused('fuzz --resume nowhere')).toContain('nowhere holds no campaign');
    write('one.yaml', 'cluster: { nodes: 4 }\n');
    expect(await refused('fuzz --resume parts')).toContain('they differ in the contents of scenario one');
  });
});

describe('a wrong call of whitewater fuzz exits with 2 and says what is wrong', () => {
  it.each([
    ['--runs 0', '--runs: expected a number from 1, got "0"'],
    ['--runs many', '--runs: expected a number from 1, got "many"'],
    ['--runs 10000000000', '--runs: 10000000000 is more than 1000000000'],
    ['--time 10', '--time: expected a time like 90s, 10m or 8h, got "10"'],
    ['--time 0s', '--time: 0s is no time; expected one like 10m'],
    ['--time 99999h', '--time: 99999h is more than 10000h'],
    ['--seed abc', '--seed: expected the number of the first seed, got "abc"'],
    ['--shard 3', '--shard: expected a shard like 2/3, got "3"'],
    ['--shard 4/3', '--shard: there is no shard 4/3; expected one from 1/3 to 3/3'],
    ['--bail 0', '--bail: expected a number from 1, got "0"'],
    ['--jobs 0', '--jobs: expected a number from 1, got "0"'],
    ['--jobs 5000', '--jobs: 5000 is more than 1000'],
    ['--run-timeout never', '--run-timeout: expected a time like 90s, 10m or 8h, got "never"'],
    ['--mutant E999', '--mutant: there is no known bug "E999"'],
  ])('%s', async (options, message) => {
    const { code, err, out } = await whitewater(`fuzz one.yaml ${options}`);
    expect([code, out, err]).toEqual([2, '', expect.stringContaining(message)]);
    expect(existsSync(join(folder, 'out'))).toBe(false);
  });
});
