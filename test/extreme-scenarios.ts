import fc from 'fast-check';
import { stringify } from 'yaml';

/**
 * Scenarios that are valid and make no sense: every value is drawn from the ends of what the language takes. A run of one
 * may end in any verdict, but it must end, in reasonable time and memory.
 */
export type ExtremeScenario = Readonly<Record<string, unknown>>;

/** What keeps a run of such a scenario short; null: the defaults. */
export type ExtremeLimits = { readonly events: number; readonly time: string } | null;

const SPANS = ['0ms', '1us', '1ms', '100ms', '10s', '1h', '0ms..1h', '1us..2us'] as const;

const span = fc.oneof(
  fc.constantFrom<unknown>(...SPANS),
  fc.constantFrom<unknown>(
    { exponential: '1s' },
    { exponential: '1us' },
    { normal: ['5ms', '1h'] },
    { choice: { '99%': '0ms', '1%': '8760h' } },
  ),
);
const chance = fc.constantFrom('0%', '1%', '50%', '100%', '0.000001%');
const size = fc.constantFrom('1B', '16B', '1kB', '1MB', '1GB');
const valueSize = fc.constantFrom('0B', '1B', '8B', '1kB', '100kB', '1MB');
const count = fc.constantFrom(1, 2, 10, 1_000, 1_000_000);

/** Each key is there or not. */
function some(keys: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<Record<string, unknown>> {
  return fc.record(keys, { requiredKeys: [] });
}

const raft = some({
  // The heartbeat must come before the longest election timeout ends, and may come after the shortest.
  timing: fc.constantFrom(
    ['1us..2us', '1us'],
    ['1us..1h', '1m'],
    ['150ms..300ms', '299ms'],
    ['150ms..300ms', '1us'],
    ['1h..2h', '1s'],
    ['10ms', '9999us'],
  ),
  priority: fc.constantFrom(1, 2, 3),
  voteTimer: fc.constantFrom('granted', 'durable'),
  noop: fc.boolean(),
  preVote: fc.boolean(),
  checkQuorum: fc.boolean(),
  maxEntriesPerAppend: count,
  maxBytesPerAppend: size,
  maxInflight: count,
  maxInflightBytes: size,
  maxUncommittedBytes: size,
  snapshotEvery: count,
  snapshotBytes: size,
  snapshotTrailing: fc.constantFrom(0, 1, 1_000, 1_000_000_000),
  snapshotChunk: size,
  forwarding: fc.boolean(),
  sessionTimeout: fc.constantFrom('1us', '1ms', '1s', '8760h'),
  reading: fc.constantFrom({ reads: 'readIndex' }, { reads: 'lease', checkQuorum: true }),
  readsAtFollowers: fc.boolean(),
}).map(({ timing, reading, readsAtFollowers, ...rest }) => ({
  ...rest,
  ...(timing !== undefined && { electionTimeout: (timing as string[])[0], heartbeatInterval: (timing as string[])[1] }),
  ...(reading !== undefined && { ...(reading as object), readsAtFollowers: readsAtFollowers ?? false }),
}));

const conditions = { latency: span, loss: chance, duplicate: chance, fifo: fc.boolean() };
const bandwidth = fc.constantFrom('1B/s', '1kB/s', '1GB/s');
const inFlight = fc.constantFrom('keep', 'drop');

const load = fc
  .record({
    ops: fc.constantFrom({ put: 1 }, { append: 1 }, { get: 1 }, { put: 1, get: 1, cas: 1, append: 1, delete: 1 }),
    keys: count,
    valueSize,
    pace: fc.oneof(
      span.map((think) => ({ think })),
      fc.constantFrom('1/m', '1000/s', '1000000/s').map((rate) => ({ rate })),
    ),
  })
  .map(({ pace, ...rest }) => ({ ...rest, ...pace }));

const clients = fc
  .record({
    load,
    count: fc.constantFrom(1, 3, 30, 1_000),
    more: some({
      timeout: fc.constantFrom('1us', '1ms', '500ms', '1h'),
      retries: fc.constantFrom(0, 1, 1_000_000),
      perSession: fc.constantFrom(1, 2, 1_000),
    }),
  })
  .map(({ load: loaded, count: number, more }) => {
    // More would be refused.
    const isRefused = number === 1_000 && more['perSession'] === 1_000;
    return { count: number, ...loaded, ...more, ...(isRefused && { perSession: 100 }) };
  });

interface Cast {
  readonly voters: number;
  readonly learners: number;
  readonly standby: number;
}

function nodesOf({ voters, learners, standby }: Cast): number {
  return voters + learners + standby;
}

function steps(cast: Cast, depth: number): fc.Arbitrary<unknown[]> {
  return fc.array(step(cast, depth), { minLength: 1, maxLength: 4 });
}

/** A step; with `depth` left, one that holds steps. */
function step(cast: Cast, depth: number): fc.Arbitrary<object> {
  const plain = action(cast).chain((what) =>
    some({ after: fc.constantFrom('0ms', '1us', '100ms') }).map((more) => ({ ...what, ...more })),
  );
  if (depth === 0) return plain;
  const inner = steps(cast, depth - 1);
  // Repetitions multiply: three levels of a hundred are a million, the most that the language takes.
  const repetitions = depth === 1 ? fc.constantFrom(1, 100, 10_000) : fc.constantFrom(1, 10, 100);
  const control: fc.Arbitrary<object> = fc.oneof(
    fc.record({ repeat: repetitions, do: inner }),
    fc.record({ maybe: chance, do: inner }),
    fc.record({ if: condition(cast), do: inner }),
    fc.record({ on: event, times: fc.constantFrom<unknown>('always', 1, 1_000), do: inner }),
    fc.record({ together: fc.array(atOnce(cast), { minLength: 1, maxLength: 3 }) }),
    fc.record({ until: condition(cast), within: fc.constantFrom('0ms', '1ms', '1s', '9m') }),
  );
  return fc.oneof({ weight: 2, arbitrary: plain }, { weight: 3, arbitrary: control });
}

const event = fc.constantFrom('delivered', 'sent', 'timer', 'persisted', 'applied', 'elected', 'fault', 'mark');

function condition(cast: Cast): fc.Arbitrary<object> {
  return fc.oneof(
    fc.integer({ min: 0, max: nodesOf(cast) }).map((leaders) => ({ leaders })),
    fc.integer({ min: 1, max: nodesOf(cast) }).map((min) => ({ connected: { min } })),
    fc.constantFrom<object>(
      { converged: true },
      { converged: false },
      { value: { k1: 'x', on: 'all' } },
      { committed: { index: 1_000_000, on: 'majority' } },
      { log: { min: 0, on: 'all' } },
    ),
  );
}

/** A fault that needs no wait. */
function atOnce(cast: Cast): fc.Arbitrary<object> {
  const name = fc.integer({ min: 1, max: nodesOf(cast) }).map((node) => `n${node}`);
  return fc.oneof(
    fc.record({ restart: fc.constant('all') }),
    fc.record({ heal: fc.constant('all') }),
    fc.record({ release: fc.constant('all') }),
    fc.record({ network: some({ ...conditions, bandwidth }).map((all) => ({ loss: '1%', ...all })) }),
    fc.record({ process: fc.record({ nodes: name, service: span }) }),
    fc.record({ process: fc.record({ nodes: name, apply: span }) }),
    fc.record({ process: fc.record({ nodes: name, snapshot: fc.record({ make: span, read: span, install: span }) }) }),
    fc.record({ disk: fc.record({ nodes: name, fsync: span }) }),
    fc.record({ disk: fc.record({ nodes: name, stall: fc.constantFrom('1us', '1h') }) }),
    fc.record({ clock: fc.record({ nodes: name, jump: fc.constantFrom('1us', '-1h', '1h', '8760h') }) }),
    fc.record({
      clock: fc.record({
        nodes: name,
        drift: fc.constantFrom('900000ppm', '-900000ppm', '0ppm', 'stopped', 'backwards'),
      }),
    }),
  );
}

function action(cast: Cast): fc.Arbitrary<object> {
  const nodes = nodesOf(cast);
  const name = fc.integer({ min: 1, max: nodes }).map((node) => `n${node}`);
  const who = fc.oneof(name, fc.constantFrom('all', 'leader', 'any', 'follower', 'followers'));
  const expect = fc.constant('submitted');
  const within = fc.constantFrom('0ms', '1s');
  const always = [
    atOnce(cast),
    fc.record({ wait: fc.constantFrom('0ms', '1us', '1ms', '1s') }),
    fc.record({ crash: who, within }),
    fc.record({ pause: who, within }),
    fc.record({ resume: fc.constant('all') }),
    fc.record({ timeout: who, within }),
    fc.record({ snapshot: name, expect, within }),
    fc.record({ transfer: name, expect, within }),
    fc.record({ addLearner: name, expect, within }),
    fc.record({ remove: name, expect, within }),
    fc.record({ add: name, expect, within }),
    fc.record({ load: fc.oneof(load, fc.constantFrom<unknown>('start', 'stop')) }),
    fc.record({
      write: fc.record({ key: fc.constantFrom('k1', 'k'.repeat(1_000)), value: fc.constant('x'.repeat(9_000)) }),
    }),
    fc.record({ append: fc.record({ key: fc.constant('k1'), value: fc.constant('y'.repeat(9_000)) }) }),
  ];
  if (nodes === 1) return fc.oneof(...always);
  const pair = fc.tuple(name, name).filter(([from, to]) => from !== to);
  const link = pair.map(([from, to]) => `${from} -> ${to}`);
  const side = fc.uniqueArray(name, { minLength: 1, maxLength: nodes - 1 });
  return fc.oneof(
    ...always,
    fc.record({ partition: side.map((group) => [group, 'others']), inFlight }),
    fc.record({ isolate: name }),
    fc.record({ cut: link, inFlight }),
    fc.record({ clog: link }),
    fc.record({ ring: fc.constant('all') }),
  );
}

/** A scenario with these limits. */
export function extremeScenario(limits: ExtremeLimits): fc.Arbitrary<ExtremeScenario> {
  const cast: fc.Arbitrary<Cast> = fc.record({
    voters: fc.oneof(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 6, max: 15 })),
    learners: fc.constantFrom(0, 0, 1),
    standby: fc.constantFrom(0, 0, 2),
  });
  return cast.chain((chosen) => {
    const { voters, learners, standby } = chosen;
    const one = fc.integer({ min: 1, max: nodesOf(chosen) }).map((node) => `n${node}`);
    return fc.record({
      name: fc.constant('extreme'),
      seed: fc.noShrink(fc.noBias(fc.nat(0x7fffffff))).map(String),
      cluster: raft.map((options) => ({
        nodes: voters,
        ...(learners > 0 && { learners }),
        ...(standby > 0 && { standby }),
        raft: options,
      })),
      network: some({ ...conditions, bandwidth, inFlight }),
      disk: some({ fsync: span, tear: fc.boolean() }),
      process: some({ service: span, apply: span }),
      clock: some({
        drift: fc.constantFrom('0ppm', '900000ppm', '-900000ppm', '-2000000ppm..900000ppm', 'stopped', 'backwards'),
        offset: fc.constantFrom('0ms', '-1h', '8760h'),
      }),
      clients,
      script: steps(chosen, 3),
      timeline: fc.array(
        fc.record({ at: fc.constantFrom('0ms', '1us', '1s', '50s'), within: fc.constant('0ms'), crash: one }),
        { maxLength: 3 },
      ),
      settle: fc.constantFrom<unknown>('off', { within: '1us' }, { within: '10s' }, { within: '1h' }),
      ...(limits !== null && { limits: fc.constant(limits) }),
    });
  });
}

export function asYaml(scenario: ExtremeScenario): string {
  return stringify(scenario, { aliasDuplicateObjects: false });
}
