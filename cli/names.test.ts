import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bundledScenarios } from '../runs/load/bundled.ts';
import type { RunResult } from '../runs/simulate/result.ts';
import { sampleResult } from '../runs/testing/sample-results.ts';
import { main } from './command-line.ts';
import { RecordingIo } from './testing/recording-io.ts';

let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'whitewater-names-'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

function write(path: string): void {
  mkdirSync(join(folder, path, '..'), { recursive: true });
  writeFileSync(join(folder, path), 'name: mine\ncluster: { nodes: 1 }\n');
}

async function whitewater(args: string, otherwise: Partial<RunResult> = {}) {
  const io = new RecordingIo(folder);
  const code = await main(args.split(' '), io, ({ name, file }, seed) =>
    sampleResult({ scenario: name, file, seed, ...otherwise }),
  );
  return { code, out: io.stdout.text, err: io.stderr.text };
}

/** The names of the scenarios that arguments mean. */
async function named(args: string): Promise<string[]> {
  const { out } = await whitewater(`list ${args} --json`.replace('  ', ' '));
  return out
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { name: string }).name);
}

const LIBRARY = bundledScenarios();
const TOPIC = LIBRARY.find(({ name }) => name === 'split-vote')!.topic;

describe('bundled scenarios are found by name, from any folder', () => {
  it('one scenario by its name, or by topic and name', async () => {
    expect(await named('split-vote')).toEqual(['split-vote']);
    expect(await named(`${TOPIC}/split-vote`)).toEqual(['split-vote']);
  });

  it('all scenarios of a topic', async () => {
    const topic = LIBRARY.filter(({ topic }) => topic === TOPIC).map(({ name }) => name);
    expect(topic.length).toBeGreaterThan(5);
    expect(await named(TOPIC)).toEqual(topic);
    expect(await named(`split-vote ${TOPIC}`)).toEqual([
      'split-vote',
      ...topic.filter((name) => name !== 'split-vote'),
    ]);
  });

  it('unless a path of that name exists', async () => {
    write('split-vote/a.yaml');
    expect(await named('split-vote')).toEqual(['mine']);
  });

  it('no scenario has the name of a topic, or of another scenario', () => {
    const names = LIBRARY.map(({ name }) => name);
    const topics = new Set(LIBRARY.map(({ topic }) => topic));
    expect(names.filter((name) => topics.has(name))).toEqual([]);
    expect(new Set(names).size).toBe(names.length);
  });

  it('by run, trace and lint too, which call it by its name', async () => {
    const { code, out } = await whitewater('run split-vote');
    expect(code).toBe(0);
    expect(out).toMatch(/^✓ split-vote {2}seed 1 {2}\(bundled\)\n/u);
    expect((await whitewater('trace split-vote --kind elected')).out).toContain('split-vote  seed 1  pass');
    expect((await whitewater('lint split-vote')).out).toBe('✓ 1 scenario, no problems\n');
  });

  it.each([
    ['split-vote.yaml', 'scenario is called "split-vote"'],
    ['election/split-vote.yaml', 'scenario is called "split-vote"'],
    ['replication/split-vote', 'scenario is called "split-vote"'],
    ['election/', 'topic is called "election"'],
  ])('and a path like %s, which does not exist, is answered with the name', async (argument, message) => {
    const { code, err } = await whitewater(`run ${argument}`);
    expect(code).toBe(2);
    expect(err).toBe(`whitewater: there is no file or folder "${argument}"; the bundled ${message}\n`);
  });

  it('and a folder without scenarios that hides a topic or a scenario is said to do so', async () => {
    mkdirSync(join(folder, 'election'));
    const { code, err } = await whitewater('run election');
    expect(code).toBe(2);
    expect(err).toContain('no scenarios here');
    expect(err).toContain('it hides the bundled topic of that name');
  });

  it('and a failure of one is shown again by its name, or by its repro file', async () => {
    const unmet = { verdict: 'unmet', unmet: [{ kind: 'step', text: 'no operation succeeded' }] } as const;
    const { out } = await whitewater('run split-vote --seed 7', unmet);
    expect(out.trim().split('\n').at(-1)).toBe('Replay: whitewater replay out/split-vote-7.yaml');
    expect(readdirSync(join(folder, 'out'))).toEqual(['split-vote-7.yaml']);
    expect(readFileSync(join(folder, 'out/split-vote-7.yaml'), 'utf8')).toContain('Made from split-vote (bundled) by');
  });
});

it('a bundled scenario is shown with its whole name, by which it can be run', async () => {
  const { out } = await whitewater('run --seeds 2');
  const shown = out.split('\n').map((line) => line.split(/\s+/u)[1]);
  expect(LIBRARY.map(({ name }) => name).filter((name) => !shown.includes(name))).toEqual([]);
});

describe('without a name', () => {
  it('the scenarios in ./scenarios are taken, if it holds YAML files at any depth', async () => {
    write('scenarios/a/b/c.yaml');
    const { out, err } = await whitewater('run --seeds 2');
    expect(out).toMatch(/^✓ mine {2}2\/2/u);
    expect(err).toBe('whitewater: no scenarios named: using those in ./scenarios\n');
  });

  it('the bundled library is taken where ./scenarios is a file', async () => {
    writeFileSync(join(folder, 'scenarios'), 'a list of scenarios to write');
    const { code, err } = await whitewater('lint');
    expect([code, err]).toEqual([0, expect.stringContaining('bundled ones')]);
  });

  it('the bundled library is taken where ./scenarios holds no YAML file', async () => {
    mkdirSync(join(folder, 'scenarios'));
    writeFileSync(join(folder, 'scenarios/notes.txt'), 'none yet');
    const { out, err } = await whitewater('run --quiet --json');
    const names = out
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { type: string }).type);
    expect(names.filter((type) => type === 'run')).toHaveLength(LIBRARY.length);
    expect(err).toBe('');
    expect((await whitewater('list')).err).toBe(
      `whitewater: no scenarios named: using the ${String(LIBRARY.length)} bundled ones\n`,
    );
  });
});
