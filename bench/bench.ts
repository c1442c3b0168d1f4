/**
 * Prints how fast Whitewater is: the rows of the speed table, each in a process of its own, with its peak memory.
 *
 *   npm run bench            all rows
 *   npm run bench -- load    one row
 *   npm run bench:features   what each feature of Raft costs
 *
 * Machines differ and are noisy: compare ratios within one invocation, not figures across days.
 */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { simulate } from '../runs/simulate/simulate.ts';
import { VOCABULARY } from '../runs/load/vocabulary.ts';
import { loadScenario } from '../scenarios/language/load.ts';

interface Row {
  readonly title: string;
  readonly scenario: string;
  readonly checks: boolean;
  readonly rounds: number;
}

const LOAD = `
cluster: { nodes: 5 }
clients: { count: 16, ops: { put: 2, get: 2, cas: 1, append: 1 }, keys: 50, think: 1ms..10ms }
script: [{ wait: 60s }]
settle: off
`;

const LOSSY = `
cluster: { nodes: 5 }
network: { loss: 5%, duplicate: 2% }
clients: { count: 8, ops: { put: 2, get: 2, cas: 1, append: 1 }, keys: 10, think: 1ms..10ms }
script:
  - repeat: 30
    do:
      - wait: 1s
      - crash: leader
        as: old
      - after: 500ms
        restart: $old
settle: off
`;

const IDLE = `
cluster: { nodes: 3 }
script: [{ wait: 9m }]
settle: off
`;

const HOUR = (raft: string) => `
cluster: { nodes: 5, raft: { ${raft} } }
clients: { count: 2, think: 50ms..150ms, keys: 50 }
script: [{ wait: 60m }]
settle: off
limits: { time: 61m, events: 100000000 }
`;

const ROWS: ReadonlyMap<string, Row> = new Map([
  ['load', { title: '5 nodes, steady client load, all checks', scenario: LOAD, checks: true, rounds: 7 }],
  ['bare', { title: 'the same, checks off', scenario: LOAD, checks: false, rounds: 7 }],
  ['faults', { title: '5 nodes, loss and crashes, all checks', scenario: LOSSY, checks: true, rounds: 7 }],
  ['idle', { title: '3 idle nodes, 50 ms heartbeats, all checks', scenario: IDLE, checks: true, rounds: 5 }],
  [
    'hour',
    {
      title: '1 virtual hour under load, snapshots',
      scenario: HOUR('snapshotEvery: 500'),
      checks: true,
      rounds: 1,
    },
  ],
  [
    'unbounded',
    { title: 'the same, no snapshots', scenario: HOUR('heartbeatInterval: 50ms'), checks: true, rounds: 1 },
  ],
]);

/** What a row's process reports. */
interface Measured {
  readonly eventsPerSecond: number;
  readonly virtualPerReal: number;
  readonly events: number;
  readonly peakMegabytes: number;
}

const [only, asChild] = process.argv.slice(2);
if (asChild === 'measure') {
  process.stdout.write(JSON.stringify(measure(ROWS.get(only!)!)));
} else {
  const rates = new Map<string, number>();
  console.log('events/s    virtual s/s    peak MB    row');
  for (const [name, row] of ROWS) {
    if (only !== undefined && only !== name) continue;
    const measured = JSON.parse(
      execFileSync(process.execPath, ['--expose-gc', fileURLToPath(import.meta.url), name, 'measure'], {
        encoding: 'utf8',
      }),
    ) as Measured;
    rates.set(name, measured.eventsPerSecond);
    const { eventsPerSecond, virtualPerReal, peakMegabytes } = measured;
    const cells = [
      eventsPerSecond.toLocaleString('en').padStart(9),
      `${virtualPerReal}`.padStart(12),
      `${peakMegabytes}`.padStart(8),
    ];
    console.log(`${cells.join('   ')}    ${row.title}`);
  }
  const load = rates.get('load');
  const bare = rates.get('bare');
  if (load !== undefined && bare !== undefined) {
    console.log(`the checks take ${Math.round((1 - load / bare) * 100)}% of a run`);
  }
}

/** The best of several rounds: other processes slowed the others down. */
function measure(row: Row): Measured {
  const scenario = loadScenario(row.scenario, 'bench.yaml', VOCABULARY);
  let best = Infinity;
  let events = 0;
  let virtual = 0;
  for (let round = 0; round < row.rounds; round++) {
    const result = simulate(scenario, '1', { checks: row.checks });
    best = Math.min(best, result.wallMillis);
    events = result.events;
    virtual = result.virtualMicros / 1_000_000;
  }
  return {
    eventsPerSecond: Math.round((events / best) * 1000),
    virtualPerReal: Math.round((virtual / best) * 1000),
    events,
    peakMegabytes: Math.round(process.resourceUsage().maxRSS / 1024),
  };
}
