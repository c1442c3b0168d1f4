import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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
  folder = mkdtempSync(join(tmpdir(), 'whitewater-run-'));
  scenario('split-vote', 'cluster: { nodes: 4 }\nexpect: { mark: split-vote }\n');
  scenario('minority-leader', 'cluster: { nodes: 5 }\n');
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

function scenario(name: string, text: string): void {
  writeFileSync(join(folder, `${name}.yaml`), text);
}

/** A simulator of which every run passes, with the changes that a test makes. */
function runner(otherwise: (name: string, seed: string) => Partial<RunResult> = () => ({})) {
  return ({ name, file }: Scenario, seed: string): RunResult =>
    sampleResult({ scenario: name, file, seed, ...otherwise(name, seed) });
}

async function whitewater(args: string, run = runner(), io = new RecordingIo(folder)) {
  const code = await main(args.split(' '), io, run);
  const tidy = (text: string) => text.replaceAll(`${folder}/`, '');
  return { code, out: tidy(io.stdout.text), err: tidy(io.stderr.text), io };
}

const violation = (invariant = 'I4'): Partial<RunResult> => ({
  verdict: 'violation',
  violation: sampleViolation({ invariant }),
});
const unmet: Partial<RunResult> = {
  verdict: 'unmet',
  unmet: [{ kind: 'step', path: 'script[2]', text: 'script[2] (line 9): no leader within 2s' }],
};
const inconclusive: Partial<RunResult> = { verdict: 'inconclusive', limit: 'the limit of 10 events was reached' };

const LOST_NOTHING = { path: 'network', kind: 'loss', injected: 1, strikes: 0 };

describe('whitewater run', () => {
  it('shows all figures of one run', async () => {
    const { code, out, err } = await whitewater('run split-vote.yaml');
    expect([code, err]).toEqual([0, '']);
    expect(`\n${out}`).toMatchInlineSnapshot(`
      "
      ✓ split-vote  seed 1  split-vote.yaml

        virtual time  2.143s, 1,204 events
        elections     3 started, 1 leader change, highest term 2
        log           42 entries committed
        messages      310 sent (12.3 kB), 300 delivered, 8 dropped, 2 duplicated
        operations    40 invoked: 38 ok, 1 failed, 1 unknown
        marks         leader-elected 2, split-vote 1
        faults        crash 1
        hash          6fa118a8bee2d4a0

      Seeds  1 passed (1)   1,204 events   13ms
      "
    `);
  });

  it('shows a line for each scenario with many seeds, and leaves no files when all pass', async () => {
    const { code, out } = await whitewater('run . --seeds 100');
    expect(code).toBe(0);
    expect(`\n${out}`).toMatchInlineSnapshot(`
      "
      ✓ minority-leader  100/100   120k events    1.3s  split-vote 100
      ✓ split-vote       100/100   120k events    1.3s  split-vote 100

      Scenarios  2 passed (2)
      Seeds      200 passed (200)   241k events   2.5s   80 seeds/s
      "
    `);
    expect(readdirSync(folder).toSorted()).toEqual(['minority-leader.yaml', 'split-vote.yaml']);
  });

  it('explains the worst run of a scenario, counts the others, and ends with a command that shows it again', async () => {
    const run = runner((name, seed) => {
      if (name !== 'split-vote') return {};
      return seed === '3' ? unmet : Number(seed) % 5 === 0 ? violation() : {};
    });
    const { code, out } = await whitewater('run . --seeds 100', run);
    expect(code).toBe(1);
    expect(`\n${out}`).toMatchInlineSnapshot(`
      "
      ✓ minority-leader  100/100   120k events    1.3s  split-vote 100
      ✗ split-vote        79/100   120k events    1.3s  20 violations, 1 unmet

      ✗ split-vote  seed 5  violation  split-vote.yaml

        StateMachineSafety  I4, Raft §5.4.3
        at 4.812s, event #18204, on n4
        n4 applied index 7 {term 5, put x 9}, where n2 had applied index 7 {term 3,
        put x 1}

        Witnesses
          A  n2  3.177250s  #12410               B  n4  4.812s  #18204
             index 7 {term 3, put x 1} applied      index 7 {term 5, put x 9} applied
             by n2                                  by n4
          The logs agree through index 6.

        Quorums
          n1, n2, n3   nodes that have index 7 on disk
          n3, n4, n5   nodes in term 5
          n3           shared by both

        Broken in the same event
          I28 StateHash: n2 has another state

        Causes, newest last
          … earlier causes are left out
          4.100000s  #15501  n5: n3 ⇒ RequestVoteReply T5 granted
          4.805120s  #17990  n5: heartbeat timer fires
          4.812000s  #18204  n4: n5 ⇒ AppendEntries T5 prev 7/T5 commit 7

        Faults in force
          script[1]: partition: n1 -> n3, n1 -> n4, n1 -> n5, n2 -> n3, n2 -> n4, n2
          -> n5 cut

        The run
          virtual time  2.143s, 1,204 events
          elections     3 started, 1 leader change, highest term 2
          log           42 entries committed
          messages      310 sent (12.3 kB), 300 delivered, 8 dropped, 2 duplicated
          operations    40 invoked: 38 ok, 1 failed, 1 unknown
          marks         leader-elected 2, split-vote 1
          faults        crash 1
          hash          6fa118a8bee2d4a0

        20 more seeds failed: 3, 10, 15, 20, 25, 30, 35, 40, 45, 50, 55, 60, …
        11 repro files in out; the limit for each verdict is reached

      Scenarios  1 failed | 1 passed (2)
      Seeds      20 violated | 1 unmet | 179 passed (200)   241k events   2.5s
      Replay: whitewater replay out/split-vote-5.yaml
      "
    `);
  });

  it('saves at most ten repro files per scenario and verdict', async () => {
    const run = runner((name, seed) => (name === 'split-vote' ? (Number(seed) > 90 ? violation() : unmet) : {}));
    await whitewater('run . --seeds 1000 --out deep/down', run);
    const names = readdirSync(join(folder, 'deep/down'));
    expect(names).toHaveLength(20);
    expect(names).toContain('split-vote-1.yaml');
    expect(names).toContain('split-vote-91.yaml');
  });

  it('prints failures and totals only, with --quiet', async () => {
    const run = runner((name) => (name === 'split-vote' ? unmet : {}));
    const { out } = await whitewater('run . --quiet', run);
    expect(out).not.toContain('✓');
    expect(out).toContain('script[2] (line 9): no leader within 2s');
    const { out: good } = await whitewater('run split-vote.yaml minority-leader.yaml --quiet');
    expect(good.trim().split('\n')).toEqual([
      'Scenarios  2 passed (2)',
      expect.stringMatching(/^Seeds {6}2 passed \(2\)/u),
    ]);
  });

  it('prints JSON, a line per run, per scenario and a summary, with the command to replay on stderr', async () => {
    const run = runner((name, seed) => (name === 'split-vote' && seed === '2' ? violation() : {}));
    const { code, out, err } = await whitewater('run . --seeds 2 --json', run);
    expect(code).toBe(1);
    const lines = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines.every(({ version }) => version === 3)).toBe(true);
    expect(lines.map(({ type, scenario, seed, verdict, repro }) => [type, scenario, seed, verdict, repro])).toEqual([
      ['run', 'minority-leader', '1', 'pass', null],
      ['run', 'minority-leader', '2', 'pass', null],
      ['scenario', 'minority-leader', undefined, undefined, undefined],
      ['run', 'split-vote', '1', 'pass', null],
      ['run', 'split-vote', '2', 'violation', 'out/split-vote-2.yaml'],
      ['scenario', 'split-vote', undefined, undefined, undefined],
      ['summary', undefined, undefined, undefined, undefined],
    ]);
    expect(lines.at(-2)).toMatchObject({ outcome: 'failed', replay: 'whitewater replay out/split-vote-2.yaml' });
    expect(lines.at(-1)).toEqual({
      version: 3,
      type: 'summary',
      summary: {
        runs: 4,
        planned: 4,
        passed: 3,
        violated: 1,
        unmet: 0,
        inconclusive: 0,
        scenarios: { passed: 1, failed: 1, inconclusive: 0 },
        stopped: null,
        exitCode: 1,
        events: 4_816,
        wallMillis: 50,
      },
    });
    expect(err).toBe('Replay: whitewater replay out/split-vote-2.yaml\n');
  });

  it('prints what is wrong with the runs of a scenario taken together as JSON', async () => {
    let calls = 0;
    const run = runner(() => ({
      hash: String(++calls),
      faultStrikes: [LOST_NOTHING],
    }));
    const { out } = await whitewater('run split-vote.yaml --json', run);
    const lines = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines.flatMap(({ problem }) => problem ?? [])).toMatchObject([
      { kind: 'not-reproducible', scenario: 'split-vote', seed: '1', hashes: ['1', '2'] },
      { kind: 'untested', scenario: 'split-vote', path: 'network', what: 'loss', runs: 1 },
    ]);
  });

  it.each([
    ['pass', {}, 0],
    ['violation', violation(), 1],
    ['unmet', unmet, 3],
    ['inconclusive', inconclusive, 5],
  ])('exits by its verdict: %s', async (_verdict, result, wanted) => {
    expect(
      (
        await whitewater(
          'run split-vote.yaml',
          runner(() => result),
        )
      ).code,
    ).toBe(wanted);
  });

  it('exits with the worst of several: a violation before what is unmet, and that before inconclusive runs', async () => {
    const mixed = (a: Partial<RunResult>, b: Partial<RunResult>) => runner((name) => (name === 'split-vote' ? a : b));
    expect((await whitewater('run .', mixed(unmet, violation()))).code).toBe(1);
    expect((await whitewater('run .', mixed(unmet, inconclusive))).code).toBe(3);
    expect((await whitewater('run .', mixed({}, inconclusive))).code).toBe(5);
  });

  it('exits with 4 when the first seed of a scenario does not run the same twice', async () => {
    let calls = 0;
    const run = runner((name) => (name === 'split-vote' ? { hash: `000000000000000${String(++calls)}` } : {}));
    const { code, out } = await whitewater('run . --seeds 3', run);
    expect(code).toBe(4);
    expect(calls).toBe(4);
    expect(out.slice(out.indexOf('\n\n'))).toMatchInlineSnapshot(`
      "

      ✗ split-vote  split-vote.yaml

        Not reproducible
        Two runs of seed 1 differ, so no result of this scenario is reliable.
          first   0000000000000001
          second  0000000000000002

      Scenarios  1 failed | 1 passed (2)
      Seeds      6 passed (6)   7,224 events   75ms   80 seeds/s
      Replay: whitewater run split-vote.yaml --seed 1
      "
    `);
  });

  it('exits with 3 when a fault struck with no seed', async () => {
    const strikes = (loss: (seed: string) => number) =>
      runner((_name, seed) => ({ faultStrikes: [{ ...LOST_NOTHING, strikes: loss(seed) }] }));
    const { code, out } = await whitewater(
      'run split-vote.yaml --seeds 3',
      strikes(() => 0),
    );
    expect(code).toBe(3);
    expect(out).toContain('loss network struck in none of 3 runs');
    expect(
      (
        await whitewater(
          'run split-vote.yaml --seeds 3',
          strikes((seed) => (seed === '3' ? 1 : 0)),
        )
      ).code,
    ).toBe(0);
  });

  it('keeps what is finished when it is interrupted', async () => {
    const io = new RecordingIo(folder);
    const run = runner((_name, seed) => {
      if (seed === '2') io.interrupt();
      return {};
    });
    const { code, out } = await whitewater('run . --seeds 50', run, io);
    expect(code).toBe(130);
    expect(out).toMatch(/^✓ minority-leader {4}2\/2 /u);
    expect(out).toContain('Interrupted after 2 of 100 runs.\nSeeds  2 passed (2)');
    expect(io.listens).toBe(false);
  });

  it('finishes a scenario of which all seeds have run before it obeys an interrupt', async () => {
    const io = new RecordingIo(folder);
    const run = runner((name, seed) => {
      if (name === 'minority-leader' && seed === '5') io.interrupt();
      return { faultStrikes: [LOST_NOTHING] };
    });
    const { code, out } = await whitewater('run . --seeds 5', run, io);
    expect(code).toBe(130);
    expect(out).toMatch(/^✗ minority-leader {2}5\/5 /u);
    expect(out).toContain('loss network struck in none of 5 runs');
    expect(out).toContain('Interrupted after 5 of 10 runs.');
  });

  it('stops when the output is closed', async () => {
    const io = new RecordingIo(folder);
    const run = runner((_name, seed) => {
      if (seed === '2') io.stdout.isClosed = true;
      return {};
    });
    expect((await whitewater('run . --seeds 50 --json', run, io)).code).toBe(130);
  });

  it('exits with 70 and says what was running when Whitewater itself breaks', async () => {
    const run = runner((name, seed) => {
      if (name === 'split-vote' && seed === '2') throw new Error('an event before its cause');
      return {};
    });
    const { code, out, err } = await whitewater('run . --seeds 3', run);
    expect(code).toBe(70);
    expect(err).toContain('a defect of Whitewater itself, while running split-vote.yaml with seed 2.');
    expect(err).toContain('Error: an event before its cause\n    at ');
    expect(out).toContain('Stopped by an internal error after 4 of 6 runs.');
  });

  it('runs nothing when one scenario of many is invalid, and reports every mistake', async () => {
    scenario('a', 'cluster: { nodes: 3 }\nscript:\n  - timeot: n1\n');
    scenario('b', 'cluster: { nodes: 3 }\nseed: [1]\n');
    const never = () => {
      throw new Error('something was run');
    };
    const { code, out, err } = await whitewater('run .', never);
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain('a.yaml:3:5  script[0].timeot: unknown action "timeot"; did you mean "timeout"?');
    expect(err).toContain('b.yaml:2:7');
    expect(err).toContain('2 of 4 files cannot be used, so nothing was done.');
  });

  it('exits with 74 when a repro file cannot be written, names it, and gives the verdict all the same', async () => {
    // As if the disk had filled up since the beginning.
    const run = runner(() => {
      writeFileSync(join(folder, 'out'), 'a file, not a folder');
      return violation();
    });
    const { code, out, err } = await whitewater('run split-vote.yaml --seeds 3', run);
    expect(code).toBe(74);
    expect(err).toBe(
      'whitewater: cannot write out/split-vote-1.yaml and 2 more repro files: not a directory (ENOTDIR)\n',
    );
    expect(out).toContain('✗ split-vote  seed 1  violation');
    expect(out).toContain('no repro file: not a directory (ENOTDIR)');
    expect(out.trim().split('\n').at(-1)).toBe('Replay: whitewater run split-vote.yaml --seed 1');
    rmSync(join(folder, 'out'));
    const { out: json } = await whitewater('run split-vote.yaml --json', run);
    expect(JSON.parse(json.trim().split('\n').at(-1)!)).toMatchObject({ summary: { exitCode: 74 } });
  });

  it('exits with 2 before the first run when nothing can be written into --out, and leaves nothing there', async () => {
    writeFileSync(join(folder, 'blocked'), 'a file, not a folder');
    const never = () => {
      throw new Error('something was run');
    };
    for (const path of ['blocked', 'blocked/out']) {
      const { code, out, err } = await whitewater(`run split-vote.yaml --out ${path}`, never);
      expect([code, out]).toEqual([2, '']);
      expect(err).toBe(
        `whitewater: --out: cannot write into "${path}": not a directory (ENOTDIR); name another folder for the repro files of failing runs\n`,
      );
    }
    await whitewater('run split-vote.yaml --out deep/down');
    expect(readdirSync(folder).toSorted()).toEqual(['blocked', 'minority-leader.yaml', 'split-vote.yaml']);
  });

  it('keeps two scenarios of one name apart', async () => {
    scenario('other', 'name: split-vote\ncluster: { nodes: 3 }\n');
    await whitewater(
      'run other.yaml split-vote.yaml',
      runner(() => unmet),
    );
    expect(readdirSync(join(folder, 'out'))).toEqual(['split-vote-1-2.yaml', 'split-vote-1.yaml']);
    expect(readFileSync(join(folder, 'out/split-vote-1.yaml'), 'utf8')).toContain('nodes: 3');
  });

  it('draws progress on a terminal only, and erases it', async () => {
    const io = new RecordingIo(folder, { isTTY: true, columns: 80 });
    const { err } = await whitewater('run . --seeds 50', runner(), io);
    expect(err).toMatch(/^\r1\/100 seeds {2}/u);
    expect(err.endsWith('\r\u001b[K')).toBe(true);
    expect((await whitewater('run . --seeds 50')).err).toBe('');
    const quiet = new RecordingIo(folder, { isTTY: true, columns: 80 });
    expect((await whitewater('run . --seeds 50 --quiet', runner(), quiet)).err).toBe('');
  });

  it('uses colours on a terminal, unless an option or the environment forbids it', async () => {
    const coloured = async (args: string, options: object) =>
      (await whitewater(args, runner(), new RecordingIo(folder, options))).out.includes('\u001b[');
    const terminal = { isTTY: true, columns: 80 };
    expect(await coloured('run .', terminal)).toBe(true);
    expect(await coloured('run .', {})).toBe(false);
    expect(await coloured('run . --no-color', terminal)).toBe(false);
    expect(await coloured('run .', { ...terminal, env: { NO_COLOR: '1' } })).toBe(false);
    expect(await coloured('run .', { ...terminal, env: { NO_COLOR: '' } })).toBe(true);
    expect(await coloured('run .', { ...terminal, env: { TERM: 'dumb' } })).toBe(false);
    expect(await coloured('run .', { env: { FORCE_COLOR: '1' } })).toBe(true);
  });
});
