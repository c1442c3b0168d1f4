import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sampleResult } from '../testing/sample-results.ts';
import { printable } from '../../scenarios/language/printable.ts';
import { readScenario } from '../../scenarios/files.ts';
import { loadScenario } from '../../scenarios/language/load.ts';
import type { Repro } from '../../scenarios/scenario.ts';
import { loadScenarios } from '../load/load-files.ts';
import { reproText } from './repro-text.ts';
import { ReproFolder } from './repro.ts';
import { replay } from './replay.ts';
import { simulate } from '../simulate/simulate.ts';
import { presentVersions } from './versions.ts';
import { VOCABULARY } from '../load/vocabulary.ts';

const repro: Repro = {
  verdict: 'violation',
  invariant: 'I4',
  unmet: [{ kind: 'mark', id: 'split-vote', path: null, node: null, at: 1_500, text: 'mark "split-vote": not seen' }],
  // As a plain scalar this would be a number, and infinite.
  hash: '12345678901234e9',
  events: 18_204,
  versions: { whitewater: '0.1.0', engine: '0123456789012345', runtime: 'node 20.19.4' },
};

function made(text: string, seed = '8841'): string | null {
  const scenario = loadScenario(text, 'out/some.yaml', VOCABULARY);
  return reproText(text, scenario, { seed, repro, header: ['scenario some with seed 8841 broke I4.', 'Replay: …'] });
}

describe('the text of a repro file', () => {
  it.each([
    ['name: some\ncluster: { nodes: 3 }\n', '\nseed: 8841\nchecks: {"except":["I16","Lv3"]}\nrepro:\n'],
    ['name: some\nchecks: { except: [I16] }\ncluster: { nodes: 3 }\n', 'checks: {"except":["I16","Lv3"]}\n'],
    ['{ "name": "some", "cluster": { "nodes": 3 } }', '"checks": {"except":["I16","Lv3"]},\n'],
  ])('says which checks were left out on the command line: %j', (text, line) => {
    const scenario = { ...loadScenario(text, 'out/some.yaml', VOCABULARY), checks: { except: ['I16', 'Lv3'] } };
    const result = reproText(text, scenario, { seed: '8841', repro, header: ['…'] });
    expect(result).toContain(line);
    expect(loadScenario(result!, 'a.yaml', VOCABULARY).checks).toEqual({ except: ['I16', 'Lv3'] });
  });

  it('is the scenario as it was written, with seed and repro at the end', () => {
    const text = [
      '# A story.',
      'name: some # its name',
      'seed: 7 # a lucky one',
      '',
      'cluster: { nodes: 3 }   # odd   spacing',
      'script:',
      '  # first',
      '  - wait: 2s',
      '  # last',
      '',
    ].join('\n');
    expect(made(text)).toBe(
      [
        '# Saved by Whitewater: scenario some with seed 8841 broke I4.',
        '# Replay: …',
        '',
        '# A story.',
        'name: some # its name',
        '',
        'cluster: { nodes: 3 }   # odd   spacing',
        'script:',
        '  # first',
        '  - wait: 2s',
        '  # last',
        '',
        'seed: 8841',
        'repro:',
        '  verdict: violation',
        '  invariant: I4',
        '  unmet:',
        '    - {"kind":"mark","id":"split-vote","at":1500,"text":"mark \\"split-vote\\": not seen"}',
        '  hash: "12345678901234e9"',
        '  events: 18204',
        '  versions:',
        '    whitewater: "0.1.0"',
        '    engine: "0123456789012345"',
        '    runtime: "node 20.19.4"',
        '',
      ].join('\n'),
    );
  });

  it('made from a repro file replaces its header, seed and repro', () => {
    const once = made('name: some\ncluster: { nodes: 3 }\n');
    expect(made(once ?? '')).toBe(once);
  });

  it.each([
    ['has no name: the name of its old file stays', 'cluster: { nodes: 3 }\n'],
    ['does not end in a new line', 'name: a\ncluster: { nodes: 3 }'],
    ['has the form of JSON', '{"name": "a", "seed": 3, "cluster": {"nodes": 3}}'],
    [
      'has the form of JSON, and its seed is last',
      '{ cluster: { nodes: 3 }, "repro": {verdict: pass, hash: "0123456789abcdef", events: 2}, "seed": "7" }\n',
    ],
    ['is indented', '  name: a\n  seed: 4\n  cluster: { nodes: 3 }\n  # end\n'],
    ['has document markers', '---\nname: a\nseed: 5\ncluster: { nodes: 3 }\n...\n'],
    ['has a directive', '%YAML 1.2\n---\ncluster: { nodes: 3 }\n'],
    ['has a seed on a line of its own', 'seed:\n  # why\n  "7"\nname: a\ncluster: { nodes: 3 }\n'],
    ['has its seed first and in quotes', '"seed": "a: b"\ncluster: { nodes: 3 }\n'],
    ['has its seed last', 'cluster: { nodes: 3 }\nseed: 3'],
    ['has the word seed elsewhere', 'about: |\n  seed: 1\n  repro: no\n\n  more\ncluster: { nodes: 3 }\nseed: 1\n'],
    ['ends in a block of text', 'cluster: { nodes: 3 }\nabout: |\n  a text\n'],
    ['ends in a block of text that keeps its blank lines', 'cluster: { nodes: 3 }\nabout: |+\n  a text\n\n\n'],
    ['has Windows line ends', 'name: a\r\nseed: 7\r\ncluster: { nodes: 3 }\r\nscript:\r\n  - wait: 1s\r\n'],
    ['begins with a byte order mark', '\uFEFFname: a\ncluster: { nodes: 3 }\n'],
    ['uses anchors', 'cluster: { nodes: 3 }\nscript:\n  - &w { wait: 1s }\n  - *w\n'],
    [
      'is long and nested',
      'cluster: { nodes: 3 }\nscript:\n  - repeat: 3\n    do:\n      - crash: leader\n        as: x\n      - restart: $x\n',
    ],
  ])('loads as the scenario it was made from, which %s', (_what, text) => {
    for (const seed of ['8841', '007', 'a "quoted" # seed', 'null', '9007199254740993', ' ', 'a\u202eb\u{e0041}']) {
      const result = made(text, seed);
      const before = loadScenario(text, 'out/some.yaml', VOCABULARY);
      const after = loadScenario(result ?? 'there is none', 'elsewhere/other.yaml', VOCABULARY);
      const same = { script: [], file: '', written: {} };
      expect({ ...after, ...same }).toEqual({ ...before, seed, repro, ...same });
      expect(after.script.map(({ action }) => JSON.stringify(action).replace(/"line":\d+/gu, ''))).toEqual(
        before.script.map(({ action }) => JSON.stringify(action).replace(/"line":\d+/gu, '')),
      );
    }
  });

  it('is not made at all where it would be another scenario', () => {
    // The client's key refers to the seed, which is replaced.
    const text = 'seed: &key k7\ncluster: { nodes: 3 }\nclients: 1\nscript:\n  - write: { key: *key, value: 1 }\n';
    expect(made(text)).toBe(null);
  });
});

const SCENARIO = `name: never
cluster: { nodes: 3 } # small
script:
  - until: { leaders: 3 }
    within: 1s
`;

describe('a repro file', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'whitewater-repro-'));
    writeFileSync(join(folder, 'never.yaml'), SCENARIO);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  function saved(seed: string): string {
    const [scenario] = loadScenarios([join(folder, 'never.yaml')]).scenarios;
    if (scenario === undefined) throw new Error('no scenario');
    const found = new ReproFolder('out', folder).save(scenario, simulate(scenario.scenario, seed));
    expect(found.kind).toBe('saved');
    return join(folder, found.kind === 'saved' ? found.path : '');
  }

  it('replays to the same hash and verdict, whatever the seed', () => {
    for (const seed of ['7', 'a/b: "c"\n', '..', 'ü']) {
      const scenario = readScenario(saved(seed), VOCABULARY);
      expect(scenario.seed).toBe(seed);
      expect(replay(scenario)).toMatchObject({
        comparison: { kind: 'reproduced', changed: [] },
        difference: null,
        exitCode: 3,
      });
    }
  });

  it('makes its folder and those above, and says why it cannot', () => {
    const [scenario] = loadScenarios([join(folder, 'never.yaml')]).scenarios;
    const result = simulate(scenario!.scenario, '1');
    expect(new ReproFolder('a/b/c', folder).save(scenario!, result)).toMatchObject({ kind: 'saved' });
    expect(existsSync(join(folder, 'a/b/c'))).toBe(true);
    // Where /proc exists, no folder can be made in it.
    for (const blocked of ['never.yaml/out', '/proc/nowhere/out']) {
      if (blocked.startsWith('/proc') && !existsSync('/proc')) continue;
      expect(new ReproFolder(blocked, folder).save(scenario!, result)).toMatchObject({ kind: 'unwritten' });
    }
  });

  it('is not written through a link, nor over anything but a repro file of an earlier invocation', () => {
    const out = join(folder, 'taken');
    const precious = join(folder, 'precious');
    mkdirSync(join(out, 'never-3.yaml'), { recursive: true });
    writeFileSync(precious, 'precious');
    symlinkSync(precious, join(out, 'never-1.yaml'));
    symlinkSync('nowhere', join(out, 'never-1-2.yaml'));
    writeFileSync(join(out, 'never-2.yaml'), 'precious');
    const [scenario] = loadScenarios([join(folder, 'never.yaml')]).scenarios;
    const result = simulate(scenario!.scenario, '1');
    for (let invocation = 0; invocation < 2; invocation++) {
      const repros = new ReproFolder('taken', folder);
      const paths = ['1', '2', '3', '4'].map((seed) => repros.save(scenario!, { ...result, seed }));
      expect(paths.map((saved) => saved.kind === 'saved' && saved.path)).toEqual(
        ['1-3', '2-2', '3-2', '4'].map((name) => `taken/never-${name}.yaml`),
      );
    }
    expect([precious, join(out, 'never-2.yaml')].map((file) => readFileSync(file, 'utf8'))).toEqual([
      'precious',
      'precious',
    ]);
    expect(readdirSync(out)).toHaveLength(8);
    expect(existsSync(join(folder, 'nowhere'))).toBe(false);
  });

  it('has a name that is safe on every file system, and different for different seeds', () => {
    const names = ['7', 'a/b', 'a b', '../../etc/passwd', 'C:\\x', 'x'.repeat(200)].map((seed) => {
      const path = saved(seed);
      expect(path.slice(0, folder.length + 5)).toBe(`${folder}/out/`);
      return path.slice(folder.length + 5);
    });
    expect(names[0]).toBe('never-7.yaml');
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(/^[\w.-]{1,130}$/u);
  });

  it('begins with what it is and how to replay it', () => {
    const [first, second] = readFileSync(saved('7'), 'utf8').split('\n');
    expect(first).toMatch(
      /^# Saved by Whitewater: scenario never with seed 7 did not meet what was expected: script\[0\]/u,
    );
    expect(second).toBe('# Replay:  whitewater replay out/never-7.yaml');
  });

  it.each([
    ['as lines', 'name: lines\nseed:\n  # lucky\n  "7"\ncluster: { nodes: 3 }\nscript:\n'],
    ['with a comment at its head', '# One.\n# Two.\n\ncluster: { nodes: 3 }\nname: lines\nscript:\n'],
  ])('%s names steps by its own lines, in its header, in its record, and in the report of its replay', (_how, head) => {
    const steps = [
      '  - repeat: 2',
      '    do:',
      '      - wait: 1ms',
      '  - until: { leaders: 3 }',
      '    label: "a\\u202eb (line 9)"',
      '    within: 1s',
    ];
    writeFileSync(join(folder, 'lines.yaml'), `${head}${steps.join('\n')}\n`);
    const [loaded] = loadScenarios([join(folder, 'lines.yaml')]).scenarios;
    const found = new ReproFolder('out', folder).save(loaded!, simulate(loaded!.scenario, '5'));
    const path = join(folder, found.kind === 'saved' ? found.path : '');
    const text = readFileSync(path, 'utf8');
    const lines = text.split('\n');
    const lineOf = (start: string) => String(lines.findIndex((line) => line.trim().startsWith(start)) + 1);
    const scenario = readScenario(path, VOCABULARY);
    const said = replay(scenario).result.unmet.map((unmet) => unmet.text);
    const named = `script[1] "a\u202eb (line 9)" (line ${lineOf('- until')}): `;
    expect(said).toEqual([expect.stringContaining(named)]);
    const shown = said.map(printable);
    expect(lines[0]).toContain(shown[0]);
    expect(scenario.repro?.unmet.map((unmet) => unmet.text)).toEqual(shown);
    // Made again from the repro file, it is the same.
    const [again] = loadScenarios([path]).scenarios;
    new ReproFolder('out', folder).save(again!, simulate(again!.scenario, '5'));
    const unlike = /^# Made from .*$/mu;
    expect(readFileSync(path, 'utf8').replace(unlike, '')).toBe(text.replace(unlike, ''));
  });

  it('of which the hash differs is not reproduced: exit code 4', () => {
    const scenario = readScenario(saved('7'), VOCABULARY);
    const edited = { ...scenario, repro: { ...scenario.repro!, hash: '0000000000000000' } };
    expect(replay(edited)).toMatchObject({ comparison: { kind: 'other-run', changed: [] }, exitCode: 4 });
  });

  it('of which only the verdict differs is not reproduced either', () => {
    const scenario = readScenario(saved('7'), VOCABULARY);
    const edited = { ...scenario, repro: { ...scenario.repro!, verdict: 'pass' } };
    expect(replay(edited)).toMatchObject({ comparison: { kind: 'other-verdict' }, exitCode: 4 });
  });

  it('made by another version is reproduced if the run is the same, and the comparison names the versions', () => {
    const scenario = readScenario(saved('7'), VOCABULARY);
    const present = () => ({ ...presentVersions(), whitewater: '9.9.9', engine: 'x' });
    expect(replay(scenario, simulate, present)).toMatchObject({
      comparison: {
        kind: 'reproduced',
        changed: [
          { name: 'whitewater', present: '9.9.9' },
          { name: 'engine', present: 'x' },
        ],
      },
      exitCode: 3,
    });
  });
});

describe('a replay', () => {
  it('of a run with a fault that did not strike is unmet again, whether or not the scenario asks it to strike', () => {
    const text = `cluster: { nodes: 3 }
script:
  - until: { leaders: 1 }
  - repeat: 2
    do: [{ together: [{ isolate: n1 }, { heal: all }] }]
`;
    const path = 'script[1].do[0].together[0]';
    const scenario = loadScenario(text, 'out/some.yaml', VOCABULARY);
    const { hash, events, verdict } = simulate(scenario);
    expect(verdict).toBe('pass');
    const unmet = [{ kind: 'fault', id: 'isolate', path, node: null, at: null, text: 'isolate had no effect' }];
    const recorded = { ...repro, verdict: 'unmet', invariant: null, unmet, hash, events };
    expect(replay({ ...scenario, repro: recorded })).toMatchObject({
      comparison: { kind: 'reproduced' },
      result: { verdict: 'unmet', unmet: [{ kind: 'fault', id: 'isolate', path }] },
      exitCode: 3,
    });
  });

  const scenario = loadScenario(SCENARIO, 'never.yaml', VOCABULARY);

  it('of a scenario that is no repro file has nothing to be compared with, and exits by its verdict', () => {
    expect(replay(scenario)).toMatchObject({ comparison: { kind: 'nothing-recorded' }, exitCode: 3 });
    expect(replay(scenario, () => sampleResult())).toMatchObject({ exitCode: 0 });
  });

  it('that does not run the same twice exits with 4', () => {
    let call = 0;
    const unsteady = () => sampleResult({ hash: String(++call) });
    expect(replay(scenario, unsteady)).toMatchObject({ difference: { hashes: ['1', '2'] }, exitCode: 4 });
  });
});

describe('the versions', () => {
  it('are those of package.json, of the text of the engine, and of the runtime', () => {
    const { whitewater, engine, runtime } = presentVersions();
    const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
      version: string;
    };
    expect(whitewater).toBe(version);
    expect(engine).toMatch(/^[0-9a-f]{16}$/u);
    expect(runtime).toMatch(/^(?:node|bun) \d+\./u);
    expect(presentVersions()).toEqual({ whitewater, engine, runtime });
  });
});
