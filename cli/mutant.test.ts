import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { main } from './command-line.ts';
import { RecordingIo } from './testing/recording-io.ts';

let folder = '';

beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'whitewater-mutant-'))));
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
    expect(text).toContain('mutant: E1');
    expect(text.replace(/\n# /gu, ' ')).toContain('mutant E1 is added, and seed and repro at the end');
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
