import { expect, test } from 'vitest';
import { loadScenario } from '../../scenarios/language/load.ts';
import { survivesRemovedNodes } from '../../scenarios/swarm/removed-nodes.ts';
import { drawOf } from '../load/drawn-scenario.ts';
import { VOCABULARY } from '../load/vocabulary.ts';
import { simulate } from './simulate.ts';

/** Two nodes are removed while they are cut off, and start elections from then on; a third needs a snapshot that takes long. */
function removal(raft: Readonly<Record<string, unknown>>) {
  return {
    cluster: { nodes: 5, raft: { snapshotEvery: 10, snapshotTrailing: 0, snapshotChunk: '60B', ...raft } },
    network: { latency: '20ms' },
    clients: { count: 4, ops: { put: 1 }, keys: 60, rate: '200/s', operations: 150 },
    script: [
      { elect: 'n1' },
      { isolate: 'n4' },
      { isolate: 'n5' },
      { reconfigure: { voters: ['n1', 'n2', 'n3'] } },
      { isolate: 'n3' },
      { wait: '2s' },
      { heal: 'all' },
    ],
    settle: { within: '20s' },
  };
}

test.for([
  [{}, ['Lv1']],
  [{ checkQuorum: true }, []],
  [{ preVote: true }, []],
  [{ checkQuorum: true, nodes: { n1: { checkQuorum: false }, n2: { checkQuorum: false } } }, ['Lv1']],
] as const)('a cluster with %j settles beside removed nodes, or it does not', ([raft, failures]) => {
  const written = removal(raft);
  const { unmet } = simulate(loadScenario(JSON.stringify(written), 'removal.yaml', VOCABULARY), '1');
  expect(unmet.filter(({ kind }) => kind === 'liveness').map(({ id }) => id)).toEqual(failures);
  expect(survivesRemovedNodes(written)).toBe(failures.length === 0);
});

/** A value grows with each append, and a follower needs a snapshot of it, over links of 1 MB/s. */
function growth(valueSize: string) {
  return {
    cluster: { nodes: 3, raft: { checkQuorum: true, snapshotEvery: 20, snapshotTrailing: 0 } },
    network: { latency: '1ms..10ms', bandwidth: '1MB/s' },
    clients: { count: 4, ops: { append: 1 }, keys: 1, think: '20ms', perSession: 4, valueSize, timeout: '3s' },
    script: [{ elect: 'n1' }, { isolate: 'n3' }, { wait: '8s' }, { heal: 'all' }],
    settle: { within: '20s' },
  };
}

test.for([
  ['100B', ['Lv3']],
  ['1B', []],
] as const)('a cluster whose clients append %s settles, or heartbeats wait for the snapshot', ([size, failures]) => {
  const { unmet } = simulate(loadScenario(JSON.stringify(growth(size)), 'growth.yaml', VOCABULARY), '1');
  expect(unmet.filter(({ kind }) => kind === 'liveness').map(({ id }) => id)).toEqual(failures);
});

test('a swarm that asks for liveness appends no large values', () => {
  const swarm = loadScenario('chaos: swarm', 'swarm.yaml', VOCABULARY);
  const sizes = Array.from({ length: 2_000 }, (_, seed) => drawOf(swarm, `${seed}`)!.written)
    .filter(({ settle }) => settle !== 'off')
    .map(({ clients }) => clients as { ops: object; valueSize?: string })
    .filter(({ ops }) => 'append' in ops)
    .map(({ valueSize }) => valueSize);
  expect(new Set(sizes)).toEqual(new Set([undefined, '1B']));
});
