import { describe, expect, test } from 'vitest';
import { loadScenario } from '../load/load-scenario.ts';
import { simulate, traceRun } from './simulate.ts';

const SEEDS = Array.from({ length: 20 }, (_, seed) => `${seed + 1}`);

describe('options by node', () => {
  test('the same options at every node are the same run as those of the cluster', () => {
    const of = (cluster: string): string =>
      simulate(loadScenario(`cluster: { nodes: 3, ${cluster} }\nclients: 2\nscript: [wait: 2s]`), '7').hash;
    const options = '{ preVote: true, checkQuorum: true, electionTimeout: 200ms..400ms }';
    const byNode = `raft: { nodes: { n1: ${options}, n2: ${options}, n3: ${options} } }`;
    expect(of(byNode)).toBe(of(`raft: ${options}`));
    expect(of('raft: { nodes: { n1: { preVote: true } } }')).not.toBe(of('raft: {}'));
  });

  test('a node with a third of the election timeout of the others starts nearly all elections', () => {
    const text = `
cluster:
  nodes: 5
  raft:
    electionTimeout: 150ms..300ms
    heartbeatInterval: 15ms
    nodes: { n4: { electionTimeout: 50ms..100ms } }
script:
  - until: { leader: n4, committed: { index: 1 } }
    within: 400ms
  - repeat: 5
    do:
      - crash: n4
      - until: { leader: { in: [n1, n2, n3, n5] } }
      - restart: n4
      - wait: 1s
`;
    for (const seed of SEEDS) expect(simulate(loadScenario(text), seed).verdict, seed).toBe('pass');
  });

  test('a node without PreVote, whose term has grown while it was cut off, deposes the leader of those that have it', () => {
    const cluster = (nodes: string): string => `
cluster: { nodes: 3, raft: { preVote: true, checkQuorum: true, nodes: { ${nodes} } } }
clients: 1
script:
  - elect: n1
  - isolate: n3
  - wait: 2s
  - heal: all
  - until: { term: { of: n1, min: 3 } }
    within: 2s
`;
    for (const seed of SEEDS) {
      const old = 'n3: { preVote: false, checkQuorum: false }';
      expect(simulate(loadScenario(cluster(old)), seed).verdict, seed).toBe('pass');
      expect(simulate(loadScenario(cluster('')), seed).unmet.map(({ kind }) => kind)).toEqual(['step']);
    }
  });

  test('a known bug of one node is named with that node', () => {
    const text = `
cluster: { nodes: 3, mutant: { n2: E1 } }
clients: 2
script:
  - repeat: 10
    do: [crash: leader, wait: 500ms, restart: down, wait: 500ms]
`;
    const results = SEEDS.map((seed) => simulate(loadScenario(text), seed));
    const broken = results.find(({ violation }) => violation !== null)!.violation!;
    expect(broken.activeFaults[0]).toMatchObject({ path: 'cluster.mutant.n2', target: { node: 'n2' } });
    expect(broken.activeFaults[0]!.text).toMatch(/^n2 has known bug E1: /u);
  });
});

describe('upgrade', () => {
  const ROLLING = `
cluster: { nodes: 3 }
clients: { count: 2, think: 10ms }
script:
  - until: { leaders: 1 }
  - each: [n1, n2, n3]
    do:
      - upgrade: $it
        raft: { preVote: true, checkQuorum: true }
      - wait: 200ms
      - restart: $it
      - wait: 500ms
      - until: { leaders: 1 }
  - isolate: follower
    for: 2s
  - wait: 2500ms
`;

  test('a rolling upgrade to PreVote and CheckQuorum goes on with mixed versions, and takes effect', () => {
    let denied = 0;
    for (const seed of SEEDS) {
      const { verdict, faults, marks } = simulate(loadScenario(ROLLING), seed);
      expect(verdict, seed).toBe('pass');
      expect(faults['upgrade']).toBe(3);
      denied += marks['pre-vote-denied'] ?? 0;
    }
    expect(denied).toBeGreaterThan(0);
  });

  test('what is installed runs from the next boot on: the run is the same until then', () => {
    const upgraded = traceRun(loadScenario(ROLLING), '3').events;
    const plain = traceRun(loadScenario(ROLLING.replace(/ +- upgrade: [^]*?\}\n/u, '')), '3').events;
    const boot = upgraded.find(({ kind }) => kind === 'restarted')!.at;
    const sent = (events: typeof plain): readonly string[] =>
      events.filter(({ kind, at }) => kind === 'sent' && at < boot).map(({ at, text }) => `${at} ${text}`);
    expect(sent(upgraded).length).toBeGreaterThan(50);
    expect(sent(upgraded)).toEqual(sent(plain));
  });

  test('a version with a known bug is among the faults in force, until a version without it', () => {
    const text = `
cluster: { nodes: 3 }
clients: 2
script:
  - upgrade: n2
    mutant: E1
  - repeat: 10
    do: [crash: leader, wait: 500ms, restart: down, wait: 500ms]
`;
    const broken = SEEDS.map((seed) => simulate(loadScenario(text), seed)).find(({ violation }) => violation !== null)!;
    const faults = broken.violation!.activeFaults.map(({ text: words }) => words);
    expect(faults).toContain('script[0]: upgrade of n2: mutant E1');
    const repaired = text.replace('  - repeat', '  - upgrade: n2\n    mutant: none\n  - repeat');
    for (const seed of SEEDS) expect(simulate(loadScenario(repaired), seed).violation, seed).toBeNull();
  });

  test('an upgrade to what the node runs anyway, or one without a boot after it, is told', () => {
    const run = (steps: string) => simulate(loadScenario(`cluster: { nodes: 3 }\nscript: [${steps}]`), '1');
    const strikes = (steps: string) => run(steps).faultStrikes.find(({ kind }) => kind === 'upgrade');
    expect(strikes('{ upgrade: n1, raft: { preVote: true } }, wait: 1s')).toMatchObject({ strikes: 0 });
    expect(strikes('{ upgrade: n1, raft: { preVote: true } }, restart: n1, wait: 1s')).toMatchObject({ strikes: 1 });
    const refused =
      '{ upgrade: n1, raft: { preVote: true } }, { disk: { nodes: n1, corrupt: vote } }, restart: n1, wait: 1s';
    expect(strikes(refused)).toMatchObject({ strikes: 0 });
    const unreadable =
      '{ upgrade: n1, raft: { preVote: true } }, { disk: { nodes: n1, unreadable: true } }, restart: n1';
    expect(strikes(`${unreadable}, wait: 1s`)).toMatchObject({ strikes: 1 });
    const same = run('{ upgrade: n1, raft: { preVote: false } }, wait: 1s');
    expect(same.faults['upgrade']).toBeUndefined();
    expect(same.steps[0]).toMatchObject({ idle: 1 });
  });
});
