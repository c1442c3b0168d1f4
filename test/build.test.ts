import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  cpSync,
  existsSync,
  mkdirSync,
  openSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { engineFingerprint } from '../runs/repro/fingerprint.ts';
import { presentVersions } from '../runs/repro/versions.ts';
import { ScenarioError } from '../scenarios/language/errors.ts';
import { findScenarios } from '../scenarios/files.ts';
import { killCampaign } from './killed-campaign.ts';

const ROOT = join(import.meta.dirname, '..');
const CHANGED = 'core/options.ts';

/** Not every run holds: three leaders at once are never seen. */
const UNMET = `
name: unmet
cluster: { nodes: 3 }
script: [{ until: { leaders: 3 }, within: 1s }]
`;

/** A known bug that only some runs show. */
const SOME_FAIL = `
name: bug
cluster: { nodes: 5, mutant: E21 }
network: { latency: 1ms..20ms }
clients: 3
script:
  - until: { leaders: 1 }
  - isolate: leader
  - wait: 400ms
  - heal: all
  - wait: 300ms
`;

/** Its runs take minutes. */
const LONG = 'cluster: { nodes: 5 }\nclients: 50\nscript: [{ wait: 9m }]\nlimits: { events: 2000000000 }\n';

/** A copy of the sources, in which a test may change what it likes. */
const tree = mkdtempSync(join(tmpdir(), 'whitewater-build-'));
const atHand = engineFingerprint(ROOT);

beforeAll(() => {
  for (const entry of readdirSync(ROOT)) {
    if (/^(?:\..*|node_modules|dist|out|coverage|docs|test|bench)$/u.test(entry)) continue;
    cpSync(join(ROOT, entry), join(tree, entry), { recursive: true });
  }
  symlinkSync(join(ROOT, 'node_modules'), join(tree, 'node_modules'), 'junction');
});
afterAll(() => rmSync(tree, { recursive: true, force: true }));

/** Puts one character more at the end of a file, and afterwards takes it away. */
function withChange<T>(file: string, use: () => T): T {
  const path = join(tree, file);
  const text = readFileSync(path, 'utf8');
  writeFileSync(path, `${text} `);
  try {
    return use();
  } finally {
    writeFileSync(path, text);
  }
}

/** Expects a command that has printed something, and then gone on for a moment, to end within a second of an interrupt. */
async function expectInterrupt(argv: readonly string[]): Promise<void> {
  const main = join(tree, 'dist/cli/main.js');
  const running = spawn(process.execPath, [main, ...argv], { cwd: tree, stdio: ['ignore', 'pipe', 'ignore'] });
  onTestFinished(() => void running.kill('SIGKILL'));
  await once(running.stdout, 'data');
  await setTimeout(200);
  const interrupted = performance.now();
  running.kill('SIGINT');
  const [code] = (await once(running, 'exit')) as [number];
  expect(code).toBe(130);
  expect(performance.now() - interrupted).toBeLessThan(1_000);
}

describe("the engine's fingerprint", () => {
  it('is the same wherever the sources are', () => {
    expect(engineFingerprint(tree)).toBe(atHand);
    expect(presentVersions()['engine']).toBe(atHand);
  });

  it.each([
    CHANGED,
    'sim/protocol.ts',
    'checks/invariants.ts',
    'scenarios/scenario.ts',
    'runs/load/vocabulary.ts',
    'runs/simulate/explain.ts',
    'runs/simulate/reference.ts',
  ])('changes with one character of %s', (file) => {
    expect(withChange(file, () => engineFingerprint(tree))).not.toBe(atHand);
  });

  it('changes with the version of a package', () => {
    const path = join(tree, 'package.json');
    const text = readFileSync(path, 'utf8');
    writeFileSync(path, text.replace(/"seedrandom": "[^"]*"/u, '"seedrandom": "0.0.0"'));
    expect(engineFingerprint(tree)).not.toBe(atHand);
    writeFileSync(path, text);
  });

  it.each(['reports/text/layout.ts', 'cli/run.ts', 'runs/campaign/campaign.ts', 'runs/repro/repro.test.ts'])(
    'does not change with %s, on which no run depends',
    (file) => {
      expect(withChange(file, () => engineFingerprint(tree))).toBe(atHand);
    },
  );
});

describe('a build of sources in which one character of core/ has changed', () => {
  let changed = '';

  beforeAll(() => {
    withChange(CHANGED, () => {
      changed = engineFingerprint(tree);
      execFileSync(process.execPath, [join(tree, 'build.mjs'), '--no-check'], { stdio: 'pipe' });
    });
    // What is shipped does without the sources.
    for (const folder of ['sim', 'core', 'checks', 'scenarios', 'runs', 'reports', 'cli']) {
      rmSync(join(tree, folder), { recursive: true });
    }
  });

  it('has another fingerprint', () => {
    expect(changed).not.toBe(atHand);
  });

  it('records it from the command line', () => {
    writeFileSync(join(tree, 'unmet.yaml'), UNMET);
    const main = join(tree, 'dist/cli/main.js');
    expect(() => execFileSync(process.execPath, [main, 'run', 'unmet.yaml'], { cwd: tree, stdio: 'pipe' })).toThrow();
    const [repro] = readdirSync(join(tree, 'out'));
    expect(readFileSync(join(tree, 'out', repro!), 'utf8')).toContain(`engine: "${changed}"`);
  });

  it.each([
    'on: delivered, times: always, do: [{ repeat: 1000000, do: [{ count: reset }] }]',
    'together: [{ repeat: 1000000, do: [{ count: reset }] }]',
    'repeat: 1000000, do: [{ network: { loss: 1% } }]',
    'on: delivered, times: always, do: [{ until: { leaders: 3 }, within: 9m }]',
  ])('obeys an interrupt within a second: %s', async (steps) => {
    const limits = 'limits: { events: 2000000000, steps: 2000000000 }';
    writeFileSync(join(tree, 'first.yaml'), 'cluster: { nodes: 1 }');
    writeFileSync(join(tree, 'second.yaml'), `cluster: { nodes: 3 }\nscript: [{ ${steps} }, { wait: 9m }]\n${limits}`);
    // The first scenario is finished. Nothing shows from outside that the second is in the middle of its steps.
    await expectInterrupt(['run', 'first.yaml', 'second.yaml', '--json']);
  });

  it('obeys an interrupt within a second while threads fuzz', async () => {
    writeFileSync(join(tree, 'long.yaml'), LONG);
    // The threads are in the middle of their first runs, or about to begin them.
    await expectInterrupt(['fuzz', 'long.yaml', '--jobs', '2', '--out', 'interrupted']);
  });

  it('records it from the library', async () => {
    const module = join(tree, 'dist/runs/repro/versions.js');
    const { presentVersions: built } = await import(/* @vite-ignore */ pathToFileURL(module).href);
    expect(built()).toEqual({ ...presentVersions(), engine: changed });
  });

  it('throws errors that another copy of the program knows', async () => {
    const { loadScenario } = await import(/* @vite-ignore */ pathToFileURL(join(tree, 'dist/index.js')).href);
    const load = (): unknown => loadScenario('cluster: { nodse: 3 }', 'typo.yaml');
    expect(load).toThrow(ScenarioError);
    expect(new Error('another')).not.toBeInstanceOf(ScenarioError);
  });

  it.skipIf(!existsSync('/dev/full'))(
    'exits with 74 and says so in one line where its output cannot be written',
    () => {
      const full = openSync('/dev/full', 'w');
      const called = (call: string, stdout: 'pipe' | number, stderr: 'pipe' | number) =>
        spawnSync(process.execPath, [join(tree, 'dist/cli/main.js'), ...call.split(' ')], {
          cwd: tree,
          encoding: 'utf8',
          stdio: ['ignore', stdout, stderr],
        });
      const calls = [
        'run unmet.yaml',
        'run unmet.yaml --json',
        'list unmet.yaml',
        'lint unmet.yaml',
        'trace unmet.yaml',
        '--help',
      ];
      for (const call of [...calls, 'schema', 'replay unmet.yaml', '--version', 'lint nowhere.yaml']) {
        const { status, stderr } = called(call, full, 'pipe');
        expect([call, status]).toEqual([call, 74]);
        expect(stderr.replace(/^(?:whitewater: no scenarios named|Replay: ).*\n/u, '')).toBe(
          'whitewater: cannot write to standard output: no space left on device (ENOSPC)\n',
        );
      }
      // What cannot be written to standard error changes nothing.
      expect(called('run unmet.yaml', full, full).status).toBe(74);
      expect(called('run unmet.yaml', 'pipe', full).status).toBe(3);
      expect(called('run nowhere', 'pipe', full).status).toBe(2);
      closeSync(full);
    },
  );

  it('has one file for the whole command line, and the licences of the packages in it', () => {
    expect(readdirSync(join(tree, 'dist/cli')).toSorted()).toEqual(['main.js', 'start.js']);
    const licences = readFileSync(join(tree, 'dist/third-party-licenses.txt'), 'utf8');
    const { dependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
    // This one is not in it: it starts threads with files of its own.
    const { tinypool: _apart, ...inside } = dependencies;
    for (const [name, version] of Object.entries<string>(inside)) expect(licences).toContain(`\n${name} ${version} (`);
    expect(licences.match(/Permission/gu)?.length).toBe(Object.keys(inside).length);
  });

  it('prints the same for any number of worker threads', () => {
    writeFileSync(join(tree, 'bug.yaml'), SOME_FAIL);
    const lines = ['1', '2', '3'].map((jobs) => {
      const argv = [join(tree, 'dist/cli/main.js'), 'run', 'unmet.yaml', 'bug.yaml', '--seeds', '80', '--jobs', jobs];
      const { status, stdout } = spawnSync(process.execPath, [...argv, '--json'], { cwd: tree, encoding: 'utf8' });
      return `${String(status)} ${stdout.replaceAll(/"wallMillis":[\d.]+/gu, '')}`;
    });
    expect(lines[0]).toMatch(/^1 .*"verdict":"pass".*"verdict":"violation"/su);
    expect(lines[1]).toBe(lines[0]);
    expect(lines[2]).toBe(lines[0]);
  });

  it('goes on with a campaign that was killed, and ends as if it had not been', { timeout: 120_000 }, async () => {
    const cwd = join(tree, 'killed');
    mkdirSync(cwd);
    writeFileSync(join(cwd, 'bug.yaml'), SOME_FAIL);
    const main = join(tree, 'dist/cli/main.js');
    const campaign = ['bug.yaml', '--runs', '2000', '--jobs', '2'];
    const finished: number[] = [];
    const onKill = (_kill: number, batches: number): void => void finished.push(batches);
    const { found } = await killCampaign({ main, cwd, campaign, kills: 4, seed: 3, onKill });
    expect(found).toEqual([]);
    expect(finished).toHaveLength(4);
  });

  it('fuzzes in worker threads, without the sources, and ends runs that take too long', () => {
    writeFileSync(join(tree, 'long.yaml'), LONG);
    const called = (...args: string[]) =>
      spawnSync(process.execPath, [join(tree, 'dist/cli/main.js'), 'fuzz', ...args], { cwd: tree, encoding: 'utf8' });
    const unmet = called('unmet.yaml', '--runs', '60', '--jobs', '2', '--out', 'two');
    expect([unmet.status, unmet.stdout]).toEqual([3, expect.stringContaining('2 jobs')]);
    called('unmet.yaml', '--runs', '60', '--jobs', '1', '--out', 'one');
    expect(readFileSync(join(tree, 'two/results.ndjson'), 'utf8')).toBe(
      readFileSync(join(tree, 'one/results.ndjson'), 'utf8'),
    );
    const hung = called('long.yaml', '--runs', '1', '--run-timeout', '300ms');
    expect([hung.status, hung.stdout]).toEqual([70, expect.stringContaining('long took longer than 0.3 s')]);
  });
});

describe('the package', () => {
  it('has the library, the scenarios and the docs, and nothing that is only for working on it', () => {
    const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
    const options = ['pack', '--dry-run', '--json', '--ignore-scripts'];
    const output = execFileSync(npm, options, { cwd: ROOT, encoding: 'utf8', shell: process.platform === 'win32' });
    const files: string[] = JSON.parse(output)[0].files.map(({ path }: { path: string }) => path);
    const own = /(?:^|\/)(?:testing|test|bench|\.ci)\/|\.test\.|(?<!\.d)\.ts$/u;
    expect(files.filter((file) => own.test(file))).toEqual([]);
    const library = findScenarios([join(ROOT, 'scenarios/library')]).map((file) =>
      relative(ROOT, file).replaceAll('\\', '/'),
    );
    expect(files.filter((file) => /^scenarios\/.*\.yaml$/u.test(file)).toSorted()).toEqual(library.toSorted());
    expect(files).toContain('scenarios/scenario.schema.json');
    expect(files).toContain('docs/scenarios.md');
  });
});
