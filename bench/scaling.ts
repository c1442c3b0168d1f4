/**
 * Prints how the cost of a client operation grows with the number of nodes, the number of clients, the length of the
 * log and the length of a run, in CPU time (user and system) of the process:
 *
 *   npm run bench:scaling              all tables
 *   npm run bench:scaling -- nodes     one table: nodes, clients, log or length
 *
 * Each cell is measured in a process of its own, after a warm-up. Compare cells within one invocation.
 */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { VOCABULARY } from '../runs/load/vocabulary.ts';
import { simulate } from '../runs/simulate/simulate.ts';
import { loadScenario } from '../scenarios/language/load.ts';

interface Cell {
  readonly name: string;
  readonly nodes: number;
  readonly clients: number;
  /** Pause of a client between two operations. */
  readonly think: string;
  /** Virtual seconds. */
  readonly seconds: number;
  /** Options of Raft. */
  readonly raft?: string;
}

/** Microseconds of CPU time after which code is taken to be as fast as it gets. */
const WARM_UP = 2_000_000;

const LOAD = { nodes: 5, clients: 16, think: '1ms..10ms', seconds: 40 };
const LONG = { nodes: 5, clients: 2, think: '50ms..150ms' };

const TABLES: Readonly<Record<string, readonly Cell[]>> = {
  nodes: [3, 5, 7, 9, 15, 25].map((nodes) => ({ ...LOAD, nodes, name: `${nodes} nodes` })),
  clients: [1, 4, 16, 64, 256].map((clients) => ({ ...LOAD, clients, name: `${clients} clients` })),
  log: [
    ...[2, 20, 200, 1200].map((seconds) => ({ ...LOAD, seconds, name: `log of ${seconds} s` })),
    { ...LOAD, seconds: 200, raft: 'snapshotEvery: 500', name: '200 s, snapshots' },
  ],
  length: [
    ...[60, 600, 3600].map((seconds) => ({ ...LONG, seconds, name: `${seconds} virtual s` })),
    { ...LONG, seconds: 3600, raft: 'snapshotEvery: 500', name: '3600 s, snapshots' },
  ],
};

interface Measured {
  readonly operations: number;
  readonly eventsPerOperation: number;
  readonly nanosPerEvent: number;
  readonly microsPerOperation: number;
  readonly megabytes: number;
}

const [only, place] = process.argv.slice(2);
if (place !== undefined) {
  process.stdout.write(JSON.stringify(measure(TABLES[only!]![Number(place)]!)));
} else {
  for (const [table, cells] of Object.entries(TABLES)) {
    if (only !== undefined && only !== table) continue;
    console.log(`${table.padEnd(20)} operations   events/op    ns/event       us/op          MB`);
    for (const [index, { name }] of cells.entries()) {
      const argv = [fileURLToPath(import.meta.url), table, String(index)];
      const measured = JSON.parse(execFileSync(process.execPath, argv, { encoding: 'utf8' })) as Measured;
      const { operations, eventsPerOperation, nanosPerEvent, microsPerOperation, megabytes } = measured;
      const figures = [operations, eventsPerOperation, nanosPerEvent, microsPerOperation, megabytes];
      console.log(name.padEnd(20) + figures.map((figure) => figure.toLocaleString('en').padStart(12)).join(''));
    }
    console.log('');
  }
}

function measure({ nodes, clients, think, seconds, raft = '' }: Cell): Measured {
  const scenario = (virtual: number) =>
    loadScenario(
      `
cluster: { nodes: ${nodes}, raft: { ${raft} } }
clients: { count: ${clients}, ops: { put: 2, get: 2, cas: 1, append: 1 }, keys: 50, think: ${think} }
script: [{ wait: ${virtual}s }]
settle: off
limits: { time: ${virtual + 1}s, events: 1000000000 }
`,
      'scaling.yaml',
      VOCABULARY,
    );
  const warmUp = scenario(Math.min(seconds, 40));
  const begun = process.cpuUsage();
  while (process.cpuUsage(begun).user < WARM_UP) simulate(warmUp, '1');
  const before = process.cpuUsage();
  const { ops, events } = simulate(scenario(seconds), '2');
  const { user, system } = process.cpuUsage(before);
  const micros = user + system;
  return {
    operations: ops.invoked,
    eventsPerOperation: Math.round((events / ops.invoked) * 10) / 10,
    nanosPerEvent: Math.round((micros * 1000) / events),
    microsPerOperation: Math.round((micros / ops.invoked) * 10) / 10,
    megabytes: Math.round(process.resourceUsage().maxRSS / 1024),
  };
}
