import { describe, expect, test } from 'vitest';
import { VOCABULARY } from '../load/vocabulary.ts';
import { loadScenario } from '../../scenarios/language/load.ts';
import { Streams } from '../../sim/base/random.ts';
import { drawOf } from '../load/drawn-scenario.ts';
import { drawSwarm } from '../../scenarios/swarm/swarm.ts';

const RUNS = 400;
const SWARM = loadScenario('chaos: swarm', 'swarm.yaml', VOCABULARY);

function drawn(text: string, seed: string) {
  return drawOf(loadScenario(text, 'swarm.yaml', VOCABULARY), seed)!;
}

describe('a swarm', () => {
  test('draws the same with the same seed, and something else with another', () => {
    expect(drawn('chaos: swarm', '7')).toEqual(drawn('chaos: swarm', '7'));
    const scenarios = new Set(Array.from({ length: 50 }, (_, seed) => JSON.stringify(drawOf(SWARM, `${seed}`))));
    expect(scenarios.size).toBe(50);
  });

  test('everything that it draws is a scenario that loads, at the first attempt', () => {
    for (let seed = 1; seed <= RUNS; seed++) {
      const streams = new Streams(`${seed}`);
      const { scenario } = drawSwarm((part) => streams.get('swarm', 1, part), { nodes: null, clients: null });
      expect(drawOf(SWARM, `${seed}`)!.written).toMatchObject({ ...scenario, settle: expect.anything() as unknown });
    }
  });

  test('draws clusters of 1 to 9 voters, learners, standby nodes, and each ingredient', () => {
    const seen = new Set<string>();
    for (let seed = 1; seed <= RUNS; seed++) {
      const { written, scenario } = drawOf(SWARM, `${seed}`)!;
      seen.add(`${scenario.cluster.voters.length} voters`);
      for (const key of Object.keys(written['cluster'] as object)) seen.add(key);
      for (const key of Object.keys(scenario.cluster.raft)) seen.add(key);
      for (const { name } of scenario.chaos!.processes) seen.add(name.replace(/\d/u, ''));
      if (scenario.script.length > 0) seen.add('stories');
      seen.add(scenario.settle === null ? 'safety only' : 'settles');
    }
    for (const voters of [1, 2, 3, 4, 5, 6, 7, 9]) expect(seen).toContain(`${voters} voters`);
    for (const part of ['learners', 'standby', 'disks', 'stories', 'safety only', 'settles'])
      expect(seen).toContain(part);
    for (const option of ['preVote', 'checkQuorum', 'snapshotEvery', 'snapshotChunk', 'maxInflight', 'noop', 'reads'])
      expect(seen).toContain(option);
    for (const chaos of ['crash', 'partition', 'transfers', 'changes', 'messages', 'event-', 'late', 'corrupt'])
      expect(seen).toContain(chaos);
  });

  test('what the scenario says goes before what is drawn', () => {
    const text = `
cluster: { nodes: [a, b, c, d], raft: { preVote: true, electionTimeout: 200ms..250ms } }
network: { latency: 3ms }
clients: 2
chaos: { swarm: true, mine: { every: 1s, do: [{ crash: b }] }, stop: 3s }
script: [{ elect: a }]
settle: off
`;
    for (let seed = 1; seed <= 50; seed++) {
      const { scenario } = drawn(text, `${seed}`);
      expect(scenario.cluster.nodes).toEqual(['a', 'b', 'c', 'd']);
      expect(scenario.cluster.raft).toMatchObject({ preVote: true, electionTimeout: [200_000, 250_000] });
      expect(scenario.network.everyLink.latency).toEqual({ kind: 'constant', value: 3_000 });
      expect(scenario.clients.count).toBe(2);
      expect(scenario.chaos!.processes.map(({ name }) => name)).toContain('mine');
      expect(scenario.chaos!.stop).toBe(3_000_000);
      expect(scenario.script[0]!.action.kind).toBe('elect');
      expect(scenario.settle).toBeNull();
    }
  });

  test('asks for liveness after a removal only if all nodes have what keeps removed nodes from deposing leaders', () => {
    const settles = (raft: string): boolean => {
      const text = `cluster: { nodes: [a, b, c], raft: { reads: log, ${raft} } }\nchaos: swarm\nscript: [{ remove: a }]`;
      return Array.from({ length: 50 }, (_, seed) => drawn(text, `${seed}`)).some(
        ({ scenario }) => scenario.settle !== null,
      );
    };
    expect(settles('checkQuorum: true')).toBe(true);
    expect(settles('preVote: true, checkQuorum: false')).toBe(true);
    expect(settles('preVote: false, checkQuorum: false')).toBe(false);
    expect(settles('preVote: false, checkQuorum: true, nodes: { b: { checkQuorum: false } }')).toBe(false);
  });

  test('a known bug that was put into the scenario after loading is in what it draws', () => {
    const { cluster, uses } = SWARM;
    const versions = cluster.versions.map(({ raft }) => ({ raft, mutant: 'E7' }));
    const withBug = { ...SWARM, cluster: { ...cluster, mutant: 'E7', versions }, uses: { ...uses, mutants: ['E7'] } };
    const { scenario } = drawOf(withBug, '3')!;
    expect(scenario.cluster.versions.map(({ mutant }) => mutant)).toEqual(scenario.cluster.nodes.map(() => 'E7'));
    expect(scenario.uses.mutants).toEqual(['E7']);
  });

  test('only a swarm draws its nodes', () => {
    expect(drawOf(loadScenario('cluster: { nodes: 3 }', 'a.yaml', VOCABULARY), '1')).toBeNull();
    expect(() => loadScenario('chaos: { crash: { every: 1s } }', 'a.yaml', VOCABULARY)).toThrow('"cluster" is missing');
    expect(() => loadScenario('cluster: {}\nchaos: { swarm: false }', 'a.yaml', VOCABULARY)).toThrow(
      '"nodes" is missing',
    );
  });

  test('what cannot be had together ends in an error, and not in a run', () => {
    const text = 'chaos: swarm\ncluster: { nodes: 3, raft: { electionTimeout: 20ms, heartbeatInterval: 50ms } }';
    expect(() => drawn(text, '1')).toThrow('heartbeat');
  });

  test('says in a few lines what it drew', () => {
    const { drew } = drawn('cluster: { nodes: 3, raft: { preVote: true } }\nchaos: swarm', '1');
    expect(drew).toHaveLength(4);
    expect(drew[0]).toMatch(/^cluster 3 voters, .*preVote/u);
    expect(drew[3]).toMatch(/^chaos until \d+ms/u);
  });
});
