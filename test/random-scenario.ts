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
 * Liveness is required only where Raft promises it: with timeouts well above the time a broadcast takes. Wilder
 * settings are drawn too, for safety alone: one entry a round trip, say, catches up too slowly for any bound.
 */
export const randomScenario: fc.Arbitrary<RandomScenario> = fc
  .record({ voters: fc.constantFrom(1, 2, 3, 3, 3, 4, 5, 5, 5, 7), others: others(), reads: reads() })
  .chain(({ voters, others: [learners, standby], reads: asked }) => {
    const cast: Cast = { voters, learners, standby, reads: asked };
    return fc.oneof(
      { weight: 3, arbitrary: scenario(cast, tame, { within: '40s' }) },
      { weight: 1, arbitrary: scenario(cast, wild, 'off') },
    );
  });

/** Who there is, and how clients read. */
interface Cast {
  readonly voters: number;
  readonly learners: number;
  readonly standby: number;
  readonly reads: Readonly<Record<string, unknown>>;
}

function others(): fc.Arbitrary<readonly [number, number]> {
  return fc.constantFrom([0, 0], [0, 0], [0, 0], [1, 0], [0, 2], [1, 1]);
}

/** A lease holds only if no other leader can be elected meanwhile, so it needs CheckQuorum. */
function reads(): fc.Arbitrary<Readonly<Record<string, unknown>>> {
  const readsAtFollowers = fc.boolean();
  return fc.oneof(
    fc.constant({}),
    fc.constant({}),
    fc.record({ reads: fc.constant('readIndex'), readsAtFollowers }),
    fc.record({ reads: fc.constant('lease'), readsAtFollowers, checkQuorum: fc.constant(true) }),
  );
}

function scenario(cast: Cast, settings: Settings, settle: unknown): fc.Arbitrary<RandomScenario> {
  const { voters, learners, standby } = cast;
  // Clocks that are wrong by more than a lease allows for are the one thing that leases do not survive.
  const drifts =
    cast.reads['reads'] === 'lease'
      ? ['0ppm', '2000ppm', '-10000ppm..10000ppm']
      : ['0ppm', '0ppm', '200ppm', '-20000ppm', '-50000ppm..50000ppm'];
  return fc.record({
    name: fc.constant('random-faults'),
    // Biased or shrinking seeds would test the same runs again and again.
    seed: fc.noShrink(fc.noBias(fc.integer({ min: 0, max: 0x7fffffff }))).map((seed) => `${seed}`),
    cluster: fc.record({
      nodes: fc.constant(voters),
      ...(learners > 0 && { learners: fc.constant(learners) }),
      ...(standby > 0 && { standby: fc.constant(standby) }),
      raft: fc
        .tuple(settings.raft, differing(cast))
        .map(([options, nodes]) => ({ ...options, ...cast.reads, ...(nodes !== null && { nodes }) })),
    }),
    network: settings.network,
    disk: diskConditions,
    process: fc.record({ apply: fc.constantFrom('2ms', '1ms..30ms') }, { requiredKeys: [] }),
    clock: fc.record({ drift: fc.constantFrom(...drifts) }),
    clients,
    // A run without a step must not end before anything has happened.
    script: fc.array(trigger(), { maxLength: voters > 1 ? 2 : 0 }).map((triggers) => [...triggers, { wait: '1s' }]),
    timeline: fc.array(timelineStep(cast), { maxLength: 24, size: 'max' }),
    settle: fc.constant(settle),
    limits: fc.constant({ time: '120s', events: 300_000 }),
  });
}

/** Options in which nodes may differ, whatever those of the others are. */
function ownOptions({ reads: asked }: Cast): fc.Arbitrary<{ readonly priority?: number }> {
  return fc.record(
    {
      preVote: fc.boolean(),
      priority: fc.constantFrom(0, 1, 2, 3),
      voteTimer: fc.constantFrom('granted', 'durable'),
      ...(asked['reads'] !== 'lease' && { checkQuorum: fc.boolean() }),
      maxInflight: fc.constantFrom(1, 4),
      snapshotEvery: fc.constantFrom(3, 20),
      snapshotTrailing: fc.constantFrom(0, 5, 50),
      forwarding: fc.boolean(),
    },
    { requiredKeys: ['preVote'] },
  );
}

/** Options by node, in one of four clusters. */
function differing(cast: Cast): fc.Arbitrary<object | null> {
  const nodes = fc
    .dictionary(nameOf(cast), ownOptions(cast), { minKeys: 1, maxKeys: 3, noNullPrototype: true })
    .filter((own) => startElections(cast, own));
  return fc.oneof({ weight: 3, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: nodes });
}

/** Whether a majority of the voters has a priority above 0, as it must at the beginning. */
function startElections({ voters }: Cast, own: Readonly<Record<string, { readonly priority?: number }>>): boolean {
  const withZero = Object.entries(own).filter(
    ([name, { priority }]) => priority === 0 && Number(name.slice(1)) <= voters,
  );
  return 2 * withZero.length < voters;
}

/** The scenario as a file. */
export function asYaml(scenario: RandomScenario): string {
  return stringify(scenario);
}

interface Settings {
  readonly raft: fc.Arbitrary<object>;
  readonly network: fc.Arbitrary<object>;
}

function raftOptions(batches: number[], bytes: string[], ...electionTimeouts: string[]): fc.Arbitrary<object> {
  return fc.record(
    {
      electionTimeout: fc.constantFrom(...electionTimeouts),
      heartbeatInterval: fc.constantFrom('50ms', '10ms', '40ms'),
      maxEntriesPerAppend: fc.constantFrom(...batches),
      voteTimer: fc.constantFrom('granted', 'durable'),
      preVote: fc.boolean(),
      checkQuorum: fc.boolean(),
      maxInflight: fc.constantFrom(1, 2, 8),
      maxInflightBytes: fc.constantFrom('200B', '2kB'),
      maxBytesPerAppend: fc.constantFrom(...bytes),
      maxUncommittedBytes: fc.constantFrom('200B', '2kB'),
      snapshotEvery: fc.constantFrom(3, 10, 50),
      snapshotTrailing: fc.constantFrom(0, 5, 50),
      snapshotChunk: fc.constantFrom('60B', '300B', '4kB'),
      forwarding: fc.boolean(),
      sessionTimeout: fc.constantFrom('2s', '10s'),
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

function networkConditions(...bandwidths: string[]): fc.Arbitrary<object> {
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
  raft: raftOptions([16, 64], ['1kB', '4kB'], '150ms..300ms', '150ms..2s', '200ms..400ms'),
  network: networkConditions('200kB/s', '1MB/s'),
};

const wild: Settings = {
  raft: raftOptions([1, 2, 64], ['100B', '1kB'], '30ms..60ms', '100ms..110ms', '10ms..500ms'),
  network: networkConditions('20kB/s', '1MB/s'),
};

const diskConditions = fc.record(
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
  perSession: fc.constantFrom(1, 1, 3),
});

function timelineStep(cast: Cast): fc.Arbitrary<object> {
  const at = fc.integer({ min: 0, max: 80 }).map((grid) => `${grid * 100}ms`);
  return fc
    .tuple(at, fc.oneof({ weight: 3, arbitrary: action(cast) }, { weight: 1, arbitrary: adminRequest(cast) }))
    .map(([time, what]) => ({ at: time, within: '0ms', otherwise: 'skip', ...what }));
}

/** Something that happens to a message that has just been sent, of those that every cluster sends that elects a leader. */
function trigger(): fc.Arbitrary<object> {
  const sent = fc.record({
    event: fc.constant('sent'),
    type: fc.constantFrom('RequestVote', 'RequestVoteReply', 'AppendEntries', 'AppendEntriesReply'),
  });
  const step = fc.oneof(
    fc.constantFrom<object>({ drop: 'message' }, { hold: 'message', for: '300ms' }, { duplicate: 'message' }),
    fc.constantFrom<object>({ corrupt: 'message' }, { delay: { by: '1ms..2s' } }),
  );
  return fc
    .tuple(sent, fc.integer({ min: 1, max: 10 }), fc.array(step, { minLength: 1, maxLength: 2 }))
    .map(([on, most, steps]) => ({
      // It must fire once; how often it may depends on how much is sent.
      on,
      times: on.type.startsWith('RequestVote') ? 1 : most,
      do: steps,
    }));
}

const messageType = fc.constantFrom(
  ...['RequestVote', 'RequestVoteReply', 'AppendEntries', 'AppendEntriesReply', 'RequestPreVote'],
  ...['RequestPreVoteReply', 'InstallSnapshot', 'InstallSnapshotReply', 'TimeoutNow', 'Forward', 'ReadIndexReply'],
);

function nameOf({ voters, learners, standby }: Cast): fc.Arbitrary<string> {
  return fc.integer({ min: 1, max: voters + learners + standby }).map((node) => `n${node}`);
}

function action(cast: Cast): fc.Arbitrary<object> {
  const nodes = cast.voters + cast.learners + cast.standby;
  const name = nameOf(cast);
  const some = fc.uniqueArray(name, { minLength: 1, maxLength: nodes });
  const who = fc.oneof(name, some, fc.constantFrom('all', 'leader', 'any', 'minority', 'followers'));
  const crashDisk = fc.constantFrom('lose-unsynced', 'lose-all', 'tear', 'keep', 'reorder');
  const always: fc.Arbitrary<object>[] = [
    fc.record({ crash: who, disk: crashDisk }),
    fc.record({ crash: fc.constant('leader'), disk: crashDisk }),
    fc.record({ restart: fc.constant('down') }),
    fc.record({ restart: who }),
    fc.record({ upgrade: who, raft: ownOptions(cast) }),
    fc.record({ pause: who }),
    fc.record({ resume: fc.constant('all') }),
    fc.record({ timeout: who }),
    fc.record({ heal: fc.constant('all') }),
    fc.record({ release: fc.constant('all'), order: fc.constantFrom('fifo', 'shuffled', 'reversed') }),
    fc.record({ isolate: fc.constant('c1'), for: fc.constantFrom('300ms', '2s') }),
    fc.record({
      drop: fc.record({ types: fc.constantFrom('Request', 'Reply'), count: fc.integer({ min: 1, max: 5 }) }),
    }),
    fc.record({ process: fc.record({ nodes: who, service: fc.constantFrom('1ms', '500us..20ms') }) }),
    fc.record({
      process: fc.record({ nodes: who, snapshot: fc.constantFrom({ make: '200ms' }, { read: '5ms', install: '1s' }) }),
    }),
    fc.record({ disk: fc.record({ nodes: who, stall: fc.constantFrom('200ms', '1s') }) }),
    fc.record({
      disk: fc.record({ nodes: who, full: fc.constant(true) }),
      for: fc.constantFrom('100ms', '1s'),
    }),
    fc.record({ disk: fc.record({ nodes: who, unreadable: fc.boolean() }) }),
    fc.record({ disk: fc.record({ nodes: who, fails: fc.constantFrom(1, 1, 3) }) }),
    fc.record({ disk: fc.record({ nodes: name, corrupt: fc.constantFrom('entry', 'vote', 'snapshot') }) }),
    fc.record({ disk: fc.record({ nodes: who, fsync: fc.constantFrom('100ms', '1ms..50ms') }) }),
    fc.record({ network: fc.record({ loss: fc.constantFrom('0%', '20%', '60%'), latency }) }),
  ];
  // Leases are measured by the monotonic clock alone.
  always.push(
    fc.record({
      clock: fc.oneof(
        fc.record({ nodes: who, jump: fc.constantFrom('2s', '1h', '-300ms', '-1h'), of: fc.constant('wall') }),
        fc.record({ nodes: who, drift: fc.constantFrom('stopped', 'backwards', '0ppm'), of: fc.constant('wall') }),
      ),
    }),
  );
  if (cast.reads['reads'] !== 'lease') {
    const of = fc.constantFrom('both', 'both', 'monotonic');
    const lasts = fc.constantFrom({}, { for: '300ms' }, { for: '3s' });
    const jump = fc.constantFrom('50ms', '300ms', '2s', '1h', '-50ms', '-300ms', '-2s', '-1h');
    const rate = fc.constantFrom('200000ppm', '-300000ppm', '0ppm', 'stopped', 'backwards', '-1500000ppm..900000ppm');
    always.push(
      fc.tuple(fc.record({ nodes: who, jump, of }), lasts).map(([clock, span]) => ({ clock, ...span })),
      fc.tuple(fc.record({ nodes: who, drift: rate, of }), lasts).map(([clock, span]) => ({ clock, ...span })),
    );
  }
  if (nodes === 1) return fc.oneof(...always);
  const side = fc.uniqueArray(name, { minLength: 1, maxLength: nodes - 1 });
  const link = fc
    .tuple(name, name)
    .filter(([from, to]) => from !== to)
    .map(([from, to]) => `${from} -> ${to}`);
  return fc.oneof(
    ...always,
    fc.record({ partition: side.map((group) => [group, 'others']), inFlight: fc.constantFrom('keep', 'drop', 'hold') }),
    fc.record({ isolate: fc.oneof(name, fc.constant('leader')) }),
    fc.record({ cut: link }),
    fc.record({ clog: link, inFlight: fc.constantFrom('keep', 'hold') }),
    ...messageFaults(link),
    fc.record({ ring: fc.constant('all') }),
  );
}

/** What happens to messages of a type, for a while or so many times. */
function messageFaults(link: fc.Arbitrary<string>): fc.Arbitrary<object>[] {
  const links = fc.oneof(link, fc.constant('all'));
  const span = fc.constantFrom('300ms', '1s', '3s');
  const some = {
    links,
    types: messageType,
    nth: fc.integer({ min: 1, max: 5 }),
    count: fc.integer({ min: 1, max: 30 }),
  };
  const single = fc.constantFrom('drop', 'hold', 'duplicate', 'corrupt');
  return [
    fc.tuple(single, fc.record(some), span).map(([kind, what, lasts]) => ({ [kind]: what, for: lasts })),
    fc.record({ delay: fc.record({ ...some, by: fc.constantFrom('100ms', '1ms..3s') }), for: span }),
    fc.record({ cut: fc.record({ links: link, types: messageType }), for: span }),
    fc.record({ clog: fc.record({ links: link, types: messageType }), for: span }),
    fc.record({
      network: fc.record({ links, types: messageType, loss: fc.constantFrom('10%', '50%'), latency }),
      for: span,
    }),
  ];
}

/** An admin request: the cluster must perform it safely or reject it. */
function adminRequest(cast: Cast): fc.Arbitrary<object> {
  const name = nameOf(cast);
  const nodes = cast.voters + cast.learners + cast.standby;
  const some = fc.uniqueArray(name, { minLength: 1, maxLength: nodes });
  const expect = fc.constant('submitted');
  return fc.oneof(
    fc.record({ transfer: name, expect }),
    fc.record({ snapshot: fc.oneof(name, fc.constant('all')), expect }),
    fc.record({ forgetLeader: name, expect }),
    fc.record({ add: name, expect }),
    fc.record({ addLearner: name, expect }),
    fc.record({ promote: name, expect }),
    fc.record({ remove: name, expect }),
    fc.record({ remove: fc.constant('leader'), expect }),
    fc.record({ reconfigure: fc.record({ voters: some, leave: fc.constantFrom('auto', 'auto', 'explicit') }), expect }),
    fc.record({ leaveJoint: fc.constant('now'), expect }),
  );
}
