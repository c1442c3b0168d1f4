import { describe, expect, it } from 'vitest';
import { VOCABULARY } from '../testing/examples.ts';
import { ScenarioError } from './errors.ts';
import { loadScenario, loadScenarios } from './load.ts';
import { settingOf } from './settings.ts';

/** The combinations of a text with settings of the command line. */
function load(text: string, ...set: readonly string[]) {
  const given = set.map((one) => {
    const read = settingOf(one);
    if ('reason' in read) throw new Error(read.reason);
    return read.setting;
  });
  return loadScenarios(text, 'a.yaml', VOCABULARY, given);
}

/** `line:column path: message` of every problem. */
function mistakes(text: string, ...set: readonly string[]): string[] {
  try {
    load(text, ...set);
    return [];
  } catch (error) {
    if (!(error instanceof ScenarioError)) throw error;
    return error.problems.map(({ line, column, path, message }) => `${line}:${column} ${path}: ${message}`);
  }
}

const TWO_KEYS = `cluster: { nodes: 3 }
matrix:
  cluster.nodes: [3, 5]
  cluster.raft.preVote: [false, true]
`;

describe('a matrix', () => {
  it('gives a scenario for each combination, those of its first key slowest', () => {
    const scenarios = load(TWO_KEYS);
    expect(scenarios.map(({ settings }) => settings)).toEqual([
      { 'cluster.nodes': 3, 'cluster.raft.preVote': false },
      { 'cluster.nodes': 3, 'cluster.raft.preVote': true },
      { 'cluster.nodes': 5, 'cluster.raft.preVote': false },
      { 'cluster.nodes': 5, 'cluster.raft.preVote': true },
    ]);
    expect(scenarios.map(({ cluster }) => [cluster.nodes.length, cluster.raft.preVote])).toEqual([
      [3, false],
      [3, true],
      [5, false],
      [5, true],
    ]);
  });

  it('can hold whole mappings, into which longer paths put values last', () => {
    const text = `cluster: { nodes: 3 }
matrix:
  cluster.raft.noop: [true]
  cluster.raft: [{}, { preVote: true, noop: false }]
`;
    expect(load(text).map(({ cluster: { raft } }) => [raft.preVote ?? false, raft.noop])).toEqual([
      [false, true],
      [true, true],
    ]);
  });

  it('can give what the file must have', () => {
    expect(load('cluster: {}\nmatrix: { cluster.nodes: [1] }')[0]!.cluster.nodes).toEqual(['n1']);
  });

  it('is narrowed by a setting of one of its paths, whose value it need not have', () => {
    expect(load(TWO_KEYS, 'cluster["nodes"]=7').map(({ settings }) => settings)).toEqual([
      { 'cluster.nodes': 7, 'cluster.raft.preVote': false },
      { 'cluster.nodes': 7, 'cluster.raft.preVote': true },
    ]);
  });

  it('of several combinations is no single scenario', () => {
    expect(loadScenario('cluster: { nodes: 3 }\nmatrix: { cluster.nodes: [5] }', 'a', VOCABULARY).settings).toEqual({
      'cluster.nodes': 5,
    });
    expect(() => loadScenario(TWO_KEYS, 'a.yaml', VOCABULARY)).toThrow(
      'a.yaml:2:1  matrix: 4 combinations, where one scenario is expected',
    );
  });

  it.each([
    ['cluster.nodes: 3', 'expected a list of values like [3, 5], got 3'],
    ['cluster.nodes: []', 'expected a list of values like [3, 5], got an empty list'],
    ['"cluster nodes": [3]', 'expected a path like cluster.nodes or script[0].for, got "cluster nodes"'],
    ['cluster.nodes: [3, 5, 3]', '"3" is given twice'],
    ['cluster.nodes: [3]\n  \'cluster["nodes"]\': [5]', 'the same path as "cluster.nodes"'],
    ['seed: [1, 2]', '"seed" is no setting; --seed and --seeds give seeds'],
    ['checks.except: [[I1]]', '"checks" is no setting; --except leaves out checks'],
    ['matrix.a: [1]', '"matrix" is no setting'],
  ])('with %s is refused', (line, message) => {
    expect(mistakes(`cluster: { nodes: 3 }\nmatrix:\n  ${line}\n`)).toEqual([expect.stringContaining(message)]);
  });

  it('has at most 64 combinations', () => {
    const eight = Array.from({ length: 8 }, (_, index) => index + 1).join(', ');
    const text = `matrix:\n  cluster.nodes: [${eight}]\n  clients: [${eight}]\n`;
    expect(load(`${text}cluster: {}`)).toHaveLength(64);
    expect(mistakes(`${text}  cluster.learners: [0, 1]\ncluster: {}`)).toEqual([
      '1:1 matrix: 8 × 8 × 2 combinations; a matrix has at most 64',
    ]);
  });
});

describe('what is wrong with a combination', () => {
  it('is told with the settings that make it wrong', () => {
    expect(mistakes(`${TWO_KEYS}script:\n  - crash: n4\n`)).toEqual([
      '6:12 script[0].crash: unknown node "n4"; the nodes are n1, n2, n3 (with cluster.nodes=3)',
    ]);
  });

  it('is told with one combination and the number of the others where no setting is to blame alone', () => {
    const text = `cluster: { nodes: 3 }
matrix:
  cluster.raft.heartbeatInterval: [50ms, 400ms]
  cluster.raft.electionTimeout: [150ms..300ms, 200ms..350ms, 600ms..900ms]
`;
    expect(mistakes(text)).toEqual([
      expect.stringMatching(
        /^3:42 .* \(with cluster\.raft\.heartbeatInterval=400ms cluster\.raft\.electionTimeout=150ms\.\.300ms, and in 1 more of 6 combinations\)$/u,
      ),
    ]);
  });

  it('is told once, and without settings, if it is wrong in any case', () => {
    expect(mistakes(`${TWO_KEYS}script:\n  - crsh: n1\n`)).toEqual([
      '6:5 script[0].crsh: unknown action "crsh"; did you mean "crash"?',
    ]);
  });

  it('is told at the value or the key of the matrix', () => {
    expect(
      mistakes('cluster: { nodes: 3 }\nmatrix:\n  cluster.nodes: [3, five]\n  cluster.rfat.noop: [true]\n'),
    ).toEqual([
      '3:22 cluster.nodes: expected a number of nodes or a list of names, got "five" (with cluster.nodes=five)',
      '4:3 cluster.rfat: unknown key "rfat"; did you mean "raft"?',
    ]);
  });
});

describe('a warning', () => {
  it('says with which settings it is meant', () => {
    const text = `cluster: { nodes: 3 }
matrix:
  clients: [0, 9]
script:
  - until: { converged: true }
`;
    const [quiet, loaded] = load(text);
    expect(quiet!.warnings).toEqual([]);
    expect(loaded!.warnings.map(({ line, message }) => [line, message])).toEqual([
      [5, expect.stringContaining('(with clients=9)') as string],
    ]);
  });
});

describe('a setting of the command line', () => {
  const TEXT = `cluster:
  nodes: 3
network:
  links: { n1 -> n2: { loss: 1% } }
script:
  - until: { leaders: 1 }
  - crash: n1
    within: 3s
`;

  it.each([
    ['cluster.nodes=5', (scenario: ReturnType<typeof load>[0]) => scenario.cluster.nodes.length, 5],
    ['cluster.raft.preVote=true', ({ cluster }) => cluster.raft.preVote, true],
    ['network.links["n1 -> n2"].loss=2%', ({ network }) => network.links[0]?.plan.loss, 0.02],
    ['script[0].within=9s', ({ script }) => script[0]!.within, 9_000_000],
    ['script.0.within=9s', ({ script }) => script[0]!.within, 9_000_000],
    ['script=[{ wait: 1s }]', ({ script }) => [script.length, script[0]!.line], [1, 0]],
    ['about=', () => null, null],
  ] as readonly (readonly [string, (scenario: ReturnType<typeof load>[0]) => unknown, unknown])[])(
    '%s is as if it stood in the file',
    (set, of, value) => {
      if (set === 'about=') return expect(settingOf(set)).toEqual({ reason: 'about: no value after "="' });
      expect(of(load(TEXT, set)[0]!)).toEqual(value);
    },
  );

  it('changes no line of the steps', () => {
    const lines = (scenario: ReturnType<typeof load>[0]) => scenario.script.map(({ line }) => line);
    expect(lines(load(TEXT, 'cluster.nodes=5', 'script[1].within=9s')[0]!)).toEqual(lines(load(TEXT)[0]!));
  });

  it.each([
    ['cluster.nodse=5', 'cluster.nodse: unknown key "nodse"; did you mean "nodes"?'],
    ['nodes=5', 'nodes: unknown key "nodes"; it belongs under "cluster"'],
    ['cluster.nodes=many', 'cluster.nodes: expected a number of nodes or a list of names, got "many"'],
    ['script[2].within=1s', 'script[2].within: there is no "2" in script: the list has items 0 to 1'],
    ['script.first.within=1s', 'script.first.within: there is no "first" in script: the list has items 0 to 1'],
    [
      'cluster.nodes.n1=1',
      'cluster.nodes.n1: there is no "n1" in cluster.nodes, which is 3 here; set cluster.nodes as a whole',
    ],
  ])('%s is refused, and shown where it was given', (set, message) => {
    expect(mistakes(TEXT, set)).toEqual([`0:0 ${message}`]);
    try {
      load(TEXT, set);
    } catch (error) {
      const [said, shown, carets] = (error as ScenarioError).message.split('\n');
      expect([said, shown]).toEqual([`a.yaml  ${message}`, `  --set | ${set}`]);
      expect(carets).toMatch(/^ {8}\| +\^+$/u);
    }
  });

  it('that makes another part of the file wrong is named there', () => {
    expect(mistakes(TEXT, 'cluster.nodes=1')).toEqual([
      '4:12 network.links["n1 -> n2"]: unknown node "n2"; the nodes are n1 (with cluster.nodes=1)',
    ]);
  });

  it.each([
    ['cluster.nodes', 'expected a path and a value like cluster.nodes=5, got "cluster.nodes"'],
    ['=5', 'expected a path and a value like cluster.nodes=5, got "=5"'],
    ['cluster nodes=5', 'expected a path and a value like cluster.nodes=5, got "cluster nodes=5"'],
    ['cluster.nodes=[3', 'cluster.nodes: not valid YAML'],
    ['cluster.nodes=!x 3', 'cluster.nodes: YAML tags such as "!x" have no meaning in a scenario'],
    ['seed=4', '"seed" is no setting; --seed and --seeds give seeds'],
    ['name=x', '"name" is no setting'],
  ])('%s is none', (text, reason) => {
    expect(settingOf(text)).toEqual({ reason: expect.stringContaining(reason) as string });
  });
});
