import { expect, test } from 'vitest';
import { loadScenario } from '../../scenarios/language/load.ts';
import type { Scenario } from '../../scenarios/scenario.ts';
import { buildSimulation } from './build-simulation.ts';
import type { RaftSimulation } from './simulation-environment.ts';
import { RaftVersions } from './versions.ts';
import { VOCABULARY } from '../load/vocabulary.ts';

const PLAIN = loadScenario(
  `
cluster: { nodes: 3 }
clients: { count: 2, think: 1ms..5ms }
script: [{ wait: 2s }]
settle: off
`,
  'plain.yaml',
  VOCABULARY,
);

/** Two virtual seconds of a simulation of the scenario, with its load. */
function run(scenario: Scenario, look: (simulation: RaftSimulation) => void = () => undefined): { seen: string[] } {
  const seen: string[] = [];
  const simulation = buildSimulation(scenario, new RaftVersions(scenario.cluster), '1', false);
  simulation.start(null, { wants: () => true, record: ({ kind, node }) => void seen.push(`${kind} ${node}`) });
  simulation.clients.startLoad(scenario.clients.load!);
  while (simulation.nextTime <= 2_000_000) {
    simulation.step();
    look(simulation);
  }
  expect(simulation.clients.ok).toBeGreaterThan(50);
  return { seen };
}

test('clients register their sessions if those expire, and only then', () => {
  const raft = { ...PLAIN.cluster.raft, sessionTimeout: 60_000_000 };
  const registered = ({ seen }: { seen: readonly string[] }): readonly string[] =>
    seen.filter((line) => line.startsWith('registered')).toSorted((a, b) => (a < b ? -1 : 1));
  const expiring = { ...PLAIN, cluster: { ...PLAIN.cluster, raft } };
  expect(registered(run(expiring))).toEqual(['registered 3', 'registered 4']);
  expect(registered(run(PLAIN))).toEqual([]);
});

test('clients have as many operations in flight as their sessions take', () => {
  for (const perSession of [1, 3]) {
    let most = 0;
    run({ ...PLAIN, clients: { ...PLAIN.clients, perSession } }, ({ clients }) => {
      most = Math.max(most, clients.outstanding);
    });
    expect(most).toBe(2 * perSession);
  }
});

test('state machines take the time that is planned for them', () => {
  const lag = (value: number): number => {
    let most = 0;
    const apply = { kind: 'constant', value } as const;
    const processes = PLAIN.processes.map((process) => ({ ...process, apply }));
    run({ ...PLAIN, processes }, (simulation) => {
      const view = simulation.view(0)!;
      most = Math.max(most, view.commitIndex - view.lastApplied);
    });
    return most;
  };
  expect(lag(0)).toBe(0);
  expect(lag(20_000)).toBeGreaterThan(0);
});

test('a run keeps no history of its operations, however long it is', () => {
  run(PLAIN, ({ clients }) => {
    expect(clients.history.length).toBe(0);
  });
});
