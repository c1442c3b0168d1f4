import { describe, expect, test } from 'vitest';
import { ScenarioError } from './errors.ts';
import { loadScenario } from './load.ts';

const VOCABULARY = { mutants: ['E1', 'V1'], marks: [], invariants: [], events: [], messageTypes: [] };

function problems(text: string): readonly string[] {
  try {
    loadScenario(text, 'a.yaml', VOCABULARY);
    return [];
  } catch (error) {
    if (!(error instanceof ScenarioError)) throw error;
    return error.problems.map(({ path, message }) => `${path}: ${message}`);
  }
}

const cluster = (inside: string, script = '[]'): readonly string[] =>
  problems(`cluster: { nodes: 3, ${inside} }\nscript: ${script}`);

const upgrade = (raft: string, common = '{}'): readonly string[] =>
  cluster(`raft: ${common}`, `[{ upgrade: n1, raft: ${raft} }, restart: n1]`);

const LEASES = '{ reads: lease, checkQuorum: true }';
const AT = 'cluster.raft.nodes.n1';

describe('options by node', () => {
  test('a node has those of the cluster besides its own', () => {
    const text = 'cluster: { nodes: 2, raft: { preVote: true, nodes: { n2: { preVote: false, maxInflight: 2 } } } }';
    const { versions, raft } = loadScenario(text, 'a.yaml', VOCABULARY).cluster;
    expect(raft).toEqual({ preVote: true });
    expect(versions.map((version) => version.raft)).toEqual([{ preVote: true }, { preVote: false, maxInflight: 2 }]);
  });

  test.each([
    [
      'sessionTimeout: 5s',
      '{}',
      `${AT}.sessionTimeout: sessionTimeout must be the same at all nodes: every state machine must expire a session at the same entry`,
    ],
    [
      'reads: readIndex',
      '{}',
      `${AT}.reads: reads must be the same at all nodes: a leader confirms reads for all nodes in one way`,
    ],
    [
      'electionTimeout: 50ms..90ms',
      LEASES,
      `${AT}.electionTimeout: with "reads: lease", electionTimeout must be the same at all nodes: a lease of one node rests on how long the others wait`,
    ],
    [
      'electionTimeout: 30ms..50ms',
      '{}',
      `${AT}.electionTimeout: every election timeout ends before a heartbeat arrives; expected a heartbeat interval shorter than the election timeout`,
    ],
    [
      'electionTimeout: 30ms..50ms, heartbeatInterval: 10ms',
      '{}',
      `${AT}: the election timeouts of n1 (30ms..50ms) all end before heartbeats of n2 arrive, every 50ms`,
    ],
    ['maxInflight: 0', '{}', `${AT}.maxInflight: expected a number of messages, got 0; the least is 1`],
  ])('%s beside %s is refused', (own, common, message) => {
    const inside = common === '{}' ? '' : `${common.slice(1, -1)}, `;
    expect(cluster(`raft: { ${inside}nodes: { n1: { ${own} } } }`)).toEqual([message]);
  });

  test('a node that does not exist, a known bug that does not', () => {
    expect(cluster('raft: { nodes: { n7: { preVote: true } } }')[0]).toMatch(
      /^cluster\.raft\.nodes\.n7: unknown node/u,
    );
    expect(cluster('mutant: { n1: E2 }')[0]).toBe(
      'cluster.mutant.n1: unknown mutant "E2"; docs/invariants.md lists the known bugs',
    );
    expect(cluster('mutant: { n9: E1 }')[0]).toMatch(/^cluster\.mutant\.n9: unknown node/u);
  });
});

describe('priorities', () => {
  const zeros = (nodes: string, ...names: string[]): string =>
    `cluster: { ${nodes}, raft: { nodes: { ${names.map((name) => `${name}: { priority: 0 }`).join(', ')} } } }`;

  test('a majority of the voters must start elections', () => {
    expect(problems(zeros('nodes: 3', 'n2'))).toEqual([]);
    expect(problems(zeros('nodes: 3', 'n2', 'n3'))).toEqual([
      'cluster.raft.nodes.n2.priority: 2 of 3 voters have priority 0 (n2, n3), so that the cluster may be without a leader for good; give a majority of the voters a priority above 0',
    ]);
    expect(problems(zeros('nodes: 4', 'n1', 'n2'))).toHaveLength(1);
    expect(problems(zeros('nodes: 5', 'n1', 'n2'))).toEqual([]);
    expect(cluster('raft: { priority: 0 }')[0]).toMatch(/^cluster\.raft\.priority: 3 of 3 voters have priority 0/u);
    expect(cluster('raft: { priority: 0, nodes: { n1: { priority: 1 }, n3: { priority: 3 } } }')).toEqual([]);
  });

  test('learners and nodes on standby may have priority 0, but a majority of all nodes is warned of', () => {
    const warnings = (text: string): readonly string[] =>
      loadScenario(text, 'a.yaml', VOCABULARY).warnings.map(({ path, message }) => `${path}: ${message}`);
    expect(warnings(zeros('nodes: 3, learners: 1', 'n4'))).toEqual([]);
    expect(warnings(zeros('nodes: 3, learners: 1, standby: 2', 'n4', 'n5', 'n6'))).toEqual([
      'cluster.raft.nodes.n4.priority: n4, n5, n6 have priority 0: if all of them vote, the cluster may be without a leader for good',
    ]);
  });

  test('a cluster may settle for as long as the longest wait asks for', () => {
    const settle = (raft: string): number =>
      loadScenario(`cluster: { nodes: 3, raft: { ${raft} } }`, 'a.yaml', VOCABULARY).settle!.within;
    expect(settle('electionTimeout: 1s..2s, nodes: { n1: { priority: 1 } }')).toBe(40 * 6_000_000);
    expect(settle('electionTimeout: 1s..2s, nodes: { n1: { priority: 0 } }')).toBe(40 * 2_000_000);
  });

  test('range', () => {
    expect(cluster('raft: { priority: 4 }')[0]).toContain('expected a priority from 0 to 3, got 4; the most is 3');
  });
});

describe('upgrade', () => {
  test.each([
    ['{ preVote: true, checkQuorum: true }', '{}', []],
    ['{ heartbeatInterval: 100ms }', '{}', []],
    ['{ sessionTimeout: 1s }', '{}', ['script[0].raft.sessionTimeout: sessionTimeout must be the same at all nodes']],
    ['{ checkQuorum: false }', LEASES, ['script[0].raft.checkQuorum: with "reads: lease"']],
    ['{ heartbeatInterval: 300ms }', '{}', ['script[0].raft.heartbeatInterval: every election timeout']],
    ['{ electionTimeout: 20ms..40ms }', '{}', ['script[0].raft.electionTimeout: every election timeout']],
    ['{}', '{}', ['script[0].raft: an empty mapping; expected']],
  ])('raft: %s of a cluster with %s', (raft, common, expected) => {
    const found = upgrade(raft, common);
    expect(found).toHaveLength(expected.length);
    for (const [index, message] of expected.entries()) expect(found[index]).toContain(message);
  });

  test('without anything that changes, or with a known bug that does not exist', () => {
    const script = (steps: string): readonly string[] => cluster('raft: {}', `[${steps}]`);
    expect(script('upgrade: n1')).toEqual([
      'script[0].upgrade: nothing changes: expected raft, mutant or both beside it',
    ]);
    expect(script('{ upgrade: n1, mutant: V2 }')).toEqual([
      'script[0].mutant: unknown mutant "V2"; docs/invariants.md lists the known bugs',
    ]);
    expect(script('{ upgrade: n1, mutant: none }')).toEqual([]);
  });
});
