/**
 * Prints what each feature of Raft costs: the same load with the feature off and on, in events per second of the
 * simulator and in what the cluster does for an operation.
 *
 *   npm run bench:features
 *
 * All of them take turns in one process, several times, and the best turn counts: compare within one invocation.
 */
import { simulate } from '../runs/simulate/simulate.ts';
import { VOCABULARY } from '../runs/load/vocabulary.ts';
import { loadScenario } from '../scenarios/language/load.ts';

const TURNS = 5;

/** Name, options of Raft, and what else is different. */
const FEATURES: readonly (readonly [string, string, string?])[] = [
  ['none', 'noop: true'],
  ['PreVote and CheckQuorum', 'preVote: true, checkQuorum: true'],
  ['pipelining (8), links in order', 'maxInflight: 8', 'network: { fifo: true }'],
  ['limits on bytes', 'maxBytesPerAppend: 4kB, maxInflight: 8, maxInflightBytes: 64kB, maxUncommittedBytes: 1MB'],
  ['snapshots every 1000 entries', 'snapshotEvery: 1000'],
  ['snapshots every 50 entries', 'snapshotEvery: 50'],
  ['ReadIndex', 'reads: readIndex'],
  ['lease reads', 'reads: lease, checkQuorum: true'],
  ['ReadIndex, also at followers', 'reads: readIndex, readsAtFollowers: true'],
  ['forwarding', 'forwarding: true'],
  ['sessions that expire', 'sessionTimeout: 10s'],
  ['slow apply', 'noop: true', 'process: { apply: 2ms }'],
  [
    'everything',
    'preVote: true, checkQuorum: true, maxInflight: 8, snapshotEvery: 1000, reads: readIndex, forwarding: true, sessionTimeout: 10s',
  ],
];

const scenarios = FEATURES.map(([, raft, more = '']) =>
  loadScenario(
    `
cluster: { nodes: 5, raft: { ${raft} } }
${more}
clients: { count: 16, ops: { put: 2, get: 2, cas: 1, append: 1 }, keys: 50, think: 1ms..10ms }
script: [{ wait: 30s }]
settle: off
`,
    'features.yaml',
    VOCABULARY,
  ),
);
const best = FEATURES.map(() => Infinity);
for (let turn = 0; turn < TURNS; turn++) {
  for (const [place, scenario] of scenarios.entries()) {
    best[place] = Math.min(best[place]!, simulate(scenario, '1').wallMillis);
  }
}
console.log(' events/s    ops/virtual s    messages/op    ms/1000 ops    feature');
for (const [place, scenario] of scenarios.entries()) {
  const { events, virtualMicros, ops, messages } = simulate(scenario, '1');
  const cells = [
    Math.round((events / best[place]!) * 1000)
      .toLocaleString('en')
      .padStart(9),
    (ops.ok / (virtualMicros / 1_000_000)).toFixed(0).padStart(14),
    (messages.sent / ops.ok).toFixed(1).padStart(12),
    ((best[place]! / ops.ok) * 1000).toFixed(1).padStart(12),
  ];
  console.log(`${cells.join('   ')}    ${FEATURES[place]![0]}`);
}
