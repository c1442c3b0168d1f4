import fc from 'fast-check';
import { stringify } from 'yaml';

/**
 * Scenarios of random faults, as values in the shape of a scenario file: what a failure prints can be saved, run and
 * replayed as it is. Times lie on a grid of 100 ms, which shrinks best. Everything is drawn that Raft promises to
 * survive; a wiped disk is not.
 */
export interface RandomScenario {
  readonly seed: string;
  readonly [key: string]: unknown;
}

/**
 * Liveness is asked for only where Raft promises it: with timeouts well above the time a broadcast takes. Wilder
 * settings are drawn too, for safety alone: one entry a round trip, say, catches up too slowly for any bound.
 */
const nodeCount = fc.constantFrom(1, 2, 3, 3, 3, 4, 5, 5, 5, 7);

export const randomScenario: fc.Arbitrary<RandomScenario> = fc.oneof(
  { weight: 3, arbitrary: nodeCount.chain((nodes) => scenario(nodes, tame, { within: '20s' })) },
  { weight: 1, arbitrary: nodeCount.chain((nodes) => scenario(nodes, wild, 'off')) },
);

function scenario(nodes: number, settings: Settings, settle: unknown): fc.Arbitrary<RandomScenario> {
  return fc.record({
    name: fc.constant('random-faults'),
    // Biased or shrinking seeds would test the same runs again and again.
    seed: fc.noShrink(fc.noBias(fc.integer({ min: 0, max: 0x7fffffff }))).map((seed) => `${seed}`),
    cluster: fc.record({ nodes: fc.constant(nodes), raft: settings.raft }),
    network: settings.network,
    disk: diskWeather,
    clock: fc.record({ drift: fc.constantFrom('0ppm', '0ppm', '200ppm', '-20000ppm') }),
    clients,
    timeline: fc.array(timelineStep(nodes), { maxLength: 24, size: 'max' }),
    settle: fc.constant(settle),
    limits: fc.constant({ time: '60s', events: 300_000 }),
  });
}

/** The scenario as a file. */
export function asYaml(scenario: RandomScenario): string {
  return stringify(scenario);
}

interface Settings {
  readonly raft: fc.Arbitrary<object>;
  readonly network: fc.Arbitrary<object>;
}

function raftOptions(batches: number[], ...electionTimeouts: string[]): fc.Arbitrary<object> {
  return fc.record(
    {
      electionTimeout: fc.constantFrom(...electionTimeouts),
      heartbeatInterval: fc.constantFrom('50ms', '10ms', '40ms'),
      maxEntriesPerAppend: fc.constantFrom(...batches),
      noop: fc.constant(true),
    },
    { requiredKeys: [] },
  );
}

const latency = fc.constantFrom(
  '1ms..10ms',
  '1ms',
  '100us..40ms',
  { exponential: '5ms' },
  { normal: ['8ms', '4ms'] },
  { choice: { '90%': '1ms..5ms', '10%': '50ms..200ms' } },
);

function weather(...bandwidths: string[]): fc.Arbitrary<object> {
  return fc.record(
    {
      latency,
      loss: fc.constantFrom('1%', '10%', '30%'),
      duplicate: fc.constantFrom('1%', '10%', '50%'),
      fifo: fc.boolean(),
      bandwidth: fc.constantFrom(...bandwidths),
      inFlight: fc.constantFrom('keep', 'drop'),
    },
    { requiredKeys: [] },
  );
}

const tame: Settings = {
  raft: raftOptions([16, 64], '150ms..300ms', '150ms..2s', '200ms..400ms'),
  network: weather('200kB/s', '1MB/s'),
};

const wild: Settings = {
  raft: raftOptions([1, 2, 64], '30ms..60ms', '100ms..110ms', '10ms..500ms'),
  network: weather('20kB/s', '1MB/s'),
};

const diskWeather = fc.record(
  {
    fsync: fc.constantFrom('500us..2ms', '20ms', '1ms..60ms', { exponential: '10ms' }),
    tear: fc.boolean(),
  },
  { requiredKeys: [] },
);

const clients = fc.record({
  count: fc.integer({ min: 1, max: 4 }),
  ops: fc.constant({ put: 3, get: 3, cas: 1, append: 2, delete: 1 }),
  keys: fc.integer({ min: 1, max: 3 }),
  think: fc.constantFrom('1ms..10ms', '5ms..50ms', '50ms..200ms'),
  timeout: fc.constantFrom('50ms', '200ms', '500ms'),
});

function timelineStep(nodes: number): fc.Arbitrary<object> {
  const at = fc.integer({ min: 0, max: 80 }).map((grid) => `${grid * 100}ms`);
  return fc.tuple(at, action(nodes)).map(([time, what]) => ({ at: time, within: '0ms', ...what }));
}

function action(nodes: number): fc.Arbitrary<object> {
  const name = fc.integer({ min: 1, max: nodes }).map((node) => `n${node}`);
  const some = fc.uniqueArray(name, { minLength: 1, maxLength: nodes });
  const who = fc.oneof(name, some, fc.constantFrom('all', 'leader', 'any', 'minority', 'followers'));
  const crashDisk = fc.constantFrom('lose-unsynced', 'lose-all', 'tear', 'keep');
  const always = [
    fc.record({ crash: who, disk: crashDisk }),
    fc.record({ crash: fc.constant('leader'), disk: crashDisk }),
    fc.record({ restart: fc.constant('all') }),
    fc.record({ restart: who }),
    fc.record({ pause: who }),
    fc.record({ resume: fc.constant('all') }),
    fc.record({ timeout: who }),
    fc.record({ heal: fc.constant('all') }),
    fc.record({ release: fc.constant('all'), order: fc.constantFrom('fifo', 'shuffled') }),
    fc.record({ slowProcess: fc.record({ nodes: who, service: fc.constantFrom('1ms', '500us..20ms') }) }),
    fc.record({ disk: fc.record({ nodes: who, stall: fc.constantFrom('200ms', '1s') }) }),
    fc.record({ disk: fc.record({ nodes: who, fsync: fc.constantFrom('100ms', '1ms..50ms') }) }),
    fc.record({ clock: fc.record({ nodes: who, jump: fc.constantFrom('50ms', '300ms', '2s') }) }),
    fc.record({ clock: fc.record({ nodes: who, drift: fc.constantFrom('200000ppm', '-300000ppm', '0ppm') }) }),
    fc.record({ weather: fc.record({ loss: fc.constantFrom('0%', '20%', '60%'), latency }) }),
  ];
  if (nodes === 1) return fc.oneof(...always);
  const side = fc.uniqueArray(name, { minLength: 1, maxLength: nodes - 1 });
  const link = fc
    .tuple(name, name)
    .filter(([from, to]) => from !== to)
    .map(([from, to]) => `${from} -> ${to}`);
  return fc.oneof(
    ...always,
    fc.record({ partition: side.map((group) => [group, 'others']), inFlight: fc.constantFrom('keep', 'drop') }),
    fc.record({ isolate: fc.oneof(name, fc.constant('leader')) }),
    fc.record({ cut: link }),
    fc.record({ clog: link }),
    fc.record({ ring: fc.constant('all') }),
  );
}
