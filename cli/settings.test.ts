import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { main } from './command-line.ts';
import { RecordingIo } from './testing/recording-io.ts';

let folder = '';

beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'whitewater-settings-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function whitewater(args: string) {
  const io = new RecordingIo(folder);
  const code = await main(args.split(' '), io);
  return { code, out: io.stdout.text, err: io.stderr.text };
}

describe('whitewater run --mutant', () => {
  it.each([
    ['in braces', 'cluster: { nodes: 3 }'],
    ['in lines', 'cluster:\n  nodes: 3 # a comment\n  raft:\n    noop: true'],
    ['with another known bug', 'cluster: { nodes: 3, mutant: E7 }'],
    ['all in braces', '{ cluster: { nodes: 3 }, settle: off, script: [ { until: { leaders: 1 } } ] }'],
  ])('puts the known bug into every node, and into the repro file: a cluster %s', async (_, cluster) => {
    const rest = cluster.startsWith('{') ? '' : '\nsettle: off\nscript:\n  - until: { leaders: 1 }\n';
    writeFileSync(join(folder, 'any.yaml'), `${cluster}${rest}`);
    expect((await whitewater('run any.yaml')).code).toBe(0);
    // E1: a node votes twice in a term.
    const { code, out } = await whitewater('run any.yaml --seeds 5 --mutant E1');
    expect([code, out.includes('violation')]).toEqual([1, true]);
    const [repro] = readdirSync(join(folder, 'out'));
    const text = readFileSync(join(folder, 'out', repro!), 'utf8');
    expect(text).toMatch(/cluster\.mutant"?: ?\[("?)E1\1\]/u);
    expect(text.replace(/\n# /gu, ' ')).toContain('only matrix (the settings), seed and repro, at the end, are added');
    expect((await whitewater(`replay out/${repro!}`)).code).toBe(1);
  });

  it('warns of what is hardly meant with it, at its place in the file', async () => {
    writeFileSync(
      join(folder, 'any.yaml'),
      'cluster:\n  nodes: 3\nscript:\n  - until: { converged: true }\nclients: 9\n',
    );
    const before = (await whitewater('run any.yaml')).err;
    expect(before).toContain('any.yaml:4:');
    const { err } = await whitewater('run any.yaml --mutant V1');
    expect(err).toContain('any.yaml:4:');
    expect(err).toContain('V1 changes nothing');
  });

  it('refuses one that there is not', async () => {
    writeFileSync(join(folder, 'any.yaml'), 'cluster: { nodes: 3 }\n');
    const { code, err } = await whitewater('run any.yaml --mutant E1x');
    expect([code, err]).toEqual([2, expect.stringContaining('--mutant: there is no known bug "E1x"') as string]);
  });
});

const CRASHES = `# A comment.
cluster:
  nodes: 3
script:
  - until: { leaders: 1 }
  - crash: leader
  - until: { leaders: 3 }
    within: 1s
`;

/** The lines of JSON of one type. */
function linesOf(out: string, type: string): Record<string, unknown>[] {
  const lines = out.trim().split('\n');
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>).filter((line) => line['type'] === type);
}

describe('whitewater run --set', () => {
  beforeEach(() => writeFileSync(join(folder, 'any.yaml'), CRASHES));

  it('names the settings in the report, in JSON and in the repro file, which replays alone', async () => {
    const args = 'run any.yaml --set cluster.nodes=5 --set cluster.raft.preVote=true';
    const { out } = await whitewater(args);
    expect(out).toContain('any [nodes=5 preVote=true]  seed 1');
    expect(out).toContain('settings      cluster.nodes=5 cluster.raft.preVote=true');
    const [run] = linesOf((await whitewater(`${args} --json`)).out, 'run');
    expect(run!['settings']).toEqual({ 'cluster.nodes': 5, 'cluster.raft.preVote': true });
    const path = 'out/any-nodes-5-preVote-true-1.yaml';
    expect(run!['repro']).toBe(path);
    rmSync(join(folder, 'any.yaml'));
    const replayed = await whitewater(`replay ${path} --json`);
    expect(replayed.code).toBe(3);
    expect(linesOf(replayed.out, 'replay')[0]).toMatchObject({
      hash: run!['hash'],
      settings: run!['settings'],
      comparison: { kind: 'reproduced' },
    });
    const text = readFileSync(join(folder, path), 'utf8');
    expect(text).toContain('# With:    cluster.nodes=5 cluster.raft.preVote=true\n');
    expect(text).toContain('matrix:\n  cluster.nodes: [5]\n  cluster.raft.preVote: [true]\n');
    expect(text).toContain(CRASHES.trimEnd());
  });

  it('works on bundled scenarios, and in trace and lint', async () => {
    const { code, out } = await whitewater('trace split-vote --set network.latency=7ms --json');
    expect([code, linesOf(out, 'run')[0]!['settings']]).toEqual([0, { 'network.latency': '7ms' }]);
    expect((await whitewater('lint split-vote --set cluster.nodes=3')).code).toBe(2);
  });

  it('of a whole topic says once what is wrong with it', async () => {
    const { code, err } = await whitewater('run election --set cluster.nodse=3');
    expect(code).toBe(2);
    expect(err).toMatch(/did you mean "nodes"\?; the same in \d+ more scenarios\n {2}--set \| cluster\.nodse=3\n/u);
    expect(err.match(/nodse/gu)).toHaveLength(3);
  });

  it.each([
    ['--set cluster.nodes', 'whitewater: --set: expected a path and a value like cluster.nodes=5, got "cluster.nodes"'],
    ['--set cluster.nodes=3 --set cluster.nodes=5', 'whitewater: --set: cluster.nodes is set twice'],
    ['--set cluster.mutant=E1 --mutant E7', 'whitewater: --mutant: cluster.mutant is set twice'],
  ])('refuses %s', async (options, message) => {
    const { code, err } = await whitewater(`run any.yaml ${options}`);
    expect([code, err]).toEqual([2, `${message}\n`]);
  });
});

describe('a matrix', () => {
  beforeEach(() => {
    const matrix = 'matrix:\n  cluster.nodes: [3, 5]\n  cluster.raft.preVote: [false, true]\n';
    writeFileSync(join(folder, 'm.yaml'), CRASHES.replace('  - until: { leaders: 3 }\n    within: 1s\n', '') + matrix);
  });

  it('runs each combination with each seed, a line each', async () => {
    const { code, out } = await whitewater('run m.yaml --seeds 3');
    expect(code).toBe(0);
    expect(out.split('\n').map((line) => line.slice(0, 34).trimEnd())).toEqual(
      expect.arrayContaining([
        '✓ m [nodes=3 preVote=false]  3/3',
        '✓ m [nodes=3 preVote=true]   3/3',
        '✓ m [nodes=5 preVote=false]  3/3',
        '✓ m [nodes=5 preVote=true]   3/3',
      ]),
    );
    expect(out).toContain('12 passed (12)');
    const json = (await whitewater('run m.yaml --seeds 3 --json')).out;
    expect(linesOf(json, 'run')).toHaveLength(12);
    expect(linesOf(json, 'scenario').map(({ settings }) => settings)).toContainEqual({
      'cluster.nodes': 5,
      'cluster.raft.preVote': false,
    });
  });

  it('judges each combination by itself: a fault that strikes only in some is untested in the others', async () => {
    const text = `cluster: { nodes: 1 }
matrix: { cluster.nodes: [1, 3] }
script:
  - until: { leaders: 1 }
  - isolate: leader
  - wait: 1s
`
      .replace('n1 <-> n1', 'leader -> followers')
      .replace('- cut', '- isolate')
      .replace('leader -> followers', 'leader');
    writeFileSync(join(folder, 'cut.yaml'), text.replace('clients: 1\n', ''));
    const { code, out } = await whitewater('run cut.yaml --seeds 2 --json');
    const outcomes = linesOf(out, 'scenario').map(({ outcome, settings }) => [outcome, settings]);
    expect([code, outcomes]).toEqual([
      3,
      [
        ['failed', { 'cluster.nodes': 1 }],
        ['passed', { 'cluster.nodes': 3 }],
      ],
    ]);
  });

  it('is narrowed by --set', async () => {
    const { out } = await whitewater('run m.yaml --set cluster.nodes=5 --seeds 2');
    expect(out).toContain('4 passed (4)');
    expect(out).not.toContain('nodes=3');
  });

  it('has one repro file for each combination and seed, which replays', async () => {
    await whitewater('run m.yaml --mutant E1 --seeds 1..2');
    const files = readdirSync(join(folder, 'out'));
    expect(files).toHaveLength(8);
    expect(files).toContain('m-nodes-5-preVote-true-mutant-E1-2.yaml');
    for (const file of files) expect((await whitewater(`replay out/${file} --quiet`)).out).toContain('Reproduced');
  });

  it('is listed and linted as its combinations', async () => {
    expect((await whitewater('list m.yaml')).out).toContain('m [nodes=5 preVote=false]');
    expect((await whitewater('lint m.yaml')).out).toBe('✓ 1 scenario in 4 combinations, no problems\n');
  });

  it('has to be narrowed to one combination for a trace', async () => {
    const { code, err } = await whitewater('trace m.yaml');
    expect([code, err]).toEqual([
      2,
      'whitewater: m.yaml: the matrix has 4 combinations; choose one, as in whitewater trace m.yaml --set cluster.nodes=3 --set cluster.raft.preVote=false\n',
    ]);
    expect((await whitewater('trace m.yaml --set cluster.nodes=3 --set cluster.raft.preVote=false')).code).toBe(0);
  });
});
