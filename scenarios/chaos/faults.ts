/** A step of the language, as YAML writes it. */
export type WrittenStep = Readonly<Record<string, unknown>>;

/** A fault that chaos knows by a word. */
export interface ChaosFault {
  /** What a process of this name does, for the reference. */
  readonly about: string;
  /** How long its faults last unless the process says otherwise; null: they end by themselves, or not at all. */
  readonly lasts: string | null;
  /** Nodes that it is done to unless the process says otherwise; null: none, so that `on` means nothing. */
  readonly on: readonly string[] | null;
  /** Whether a number of nodes may be out of service because of it, so that `max` means something. */
  readonly stops: boolean;
  /** The steps of which each strike takes one, for these nodes. */
  steps(on: string): readonly WrittenStep[];
}

const SOMEWHERE = ['any', 'leader'] as const;

const CRASH_DISKS = ['lose-unsynced', 'lose-all', 'tear', 'keep', 'reorder'] as const;

/** Messages of which one that is late, or lost, can matter. */
const SINGLE_MESSAGES = [
  'RequestVote',
  'RequestVoteReply',
  'AppendEntries',
  'AppendEntriesReply',
  'InstallSnapshot',
  'InstallSnapshotReply',
  'TimeoutNow',
] as const;

/**
 * The faults that processes of chaos inject, by the name of the process. All of them are faults that Raft promises to
 * survive. What a strike cannot do at that moment (there is no leader, the node is down) it leaves out.
 */
export const CHAOS_FAULTS = {
  crash: {
    about: 'A node crashes, and restarts.',
    lasts: '100ms..2s',
    on: SOMEWHERE,
    stops: true,
    steps: (on) => CRASH_DISKS.map((disk) => ({ crash: on, disk })),
  },
  restart: {
    about: 'A node restarts at once.',
    lasts: null,
    on: SOMEWHERE,
    stops: false,
    steps: (on) => [{ restart: on }],
  },
  pause: {
    about: 'A node stands still.',
    lasts: '50ms..1s',
    on: SOMEWHERE,
    stops: true,
    steps: (on) => [{ pause: on }],
  },
  isolate: {
    about: 'A node is cut off from the others.',
    lasts: '200ms..2s',
    on: SOMEWHERE,
    stops: true,
    steps: (on) => [
      { isolate: on, inFlight: 'keep' },
      { isolate: on, inFlight: 'drop' },
    ],
  },
  partition: {
    about: 'The nodes are divided in two.',
    lasts: '200ms..3s',
    on: null,
    stops: true,
    steps: () => [
      { partition: [['minority'], ['others']], inFlight: 'keep' },
      { partition: [['minority'], ['others']], inFlight: 'drop' },
      { partition: [['leader', 'any'], ['others']] },
      { partition: [['any', 'any'], ['others']] },
    ],
  },
  bridge: {
    about: 'Two halves reach each other through one node.',
    lasts: '200ms..3s',
    on: null,
    stops: false,
    steps: () => [{ bridge: { groups: [['any', 'any'], ['others']], over: 'any' } }],
  },
  ring: {
    about: 'Each node reaches its two neighbours only.',
    lasts: '200ms..3s',
    on: null,
    stops: false,
    steps: () => [{ ring: 'all' }],
  },
  'one-way': {
    about: 'What a node sends, or what is sent to it, is lost.',
    lasts: '200ms..2s',
    on: SOMEWHERE,
    stops: true,
    steps: (on) => [{ cut: `${on} -> all` }, { cut: `all -> ${on}` }],
  },
  cut: {
    about: 'One link is cut.',
    lasts: '200ms..2s',
    on: SOMEWHERE,
    stops: false,
    steps: (on) => [{ cut: `${on} -> any` }, { cut: `any -> ${on}` }, { cut: `${on} <-> any` }],
  },
  clog: {
    about: 'Links hold their messages back, and then deliver them.',
    lasts: '50ms..2s',
    on: SOMEWHERE,
    stops: false,
    steps: (on) => [
      { clog: `${on} -> any` },
      { clog: `any -> ${on}` },
      { clog: `${on} -> all` },
      { clog: `all -> ${on}` },
    ],
  },
  loss: {
    about: 'Links lose messages.',
    lasts: '500ms..3s',
    on: null,
    stops: false,
    steps: () => [{ network: { loss: '5%' } }, { network: { loss: '20%' } }, { network: { loss: '50%' } }],
  },
  duplicate: {
    about: 'Messages arrive twice.',
    lasts: '500ms..3s',
    on: null,
    stops: false,
    steps: () => [{ network: { duplicate: '10%' } }, { network: { duplicate: '50%' } }],
  },
  'slow-link': {
    about: 'Links are slow.',
    lasts: '200ms..2s',
    on: SOMEWHERE,
    stops: false,
    steps: (on) =>
      ['30ms', '150ms', '500ms', '100ms..1s'].flatMap((latency) => [
        { network: { links: `${on} -> any`, latency } },
        { network: { links: `any -> ${on}`, latency } },
      ]),
  },
  late: {
    about: 'One message is late, and those after it are not.',
    lasts: '2s',
    on: null,
    stops: false,
    steps: () => SINGLE_MESSAGES.map((types) => ({ delay: { types, by: '100ms..3s' } })),
  },
  drop: {
    about: 'One message is lost.',
    lasts: '2s',
    on: null,
    stops: false,
    steps: () => SINGLE_MESSAGES.map((types) => ({ drop: { types } })),
  },
  'slow-node': {
    about: 'A node takes time for each event.',
    lasts: '500ms..2s',
    on: SOMEWHERE,
    stops: false,
    steps: (on) => [
      { process: { nodes: on, service: '1ms' } },
      { process: { nodes: on, service: '500us..10ms' } },
      { process: { nodes: on, apply: '1ms..50ms' } },
    ],
  },
  'disk-stall': {
    about: 'No write of a node completes.',
    lasts: null,
    on: SOMEWHERE,
    stops: true,
    steps: (on) => ['100ms', '400ms', '1s'].map((stall) => ({ disk: { nodes: on, stall } })),
  },
  'slow-disk': {
    about: 'Writes of a node take long.',
    lasts: '500ms..3s',
    on: SOMEWHERE,
    stops: false,
    steps: (on) => ['30ms', '100ms', '1ms..60ms'].map((fsync) => ({ disk: { nodes: on, fsync } })),
  },
  'disk-full': {
    about: 'There is no room left on the disk of a node.',
    lasts: '200ms..2s',
    on: SOMEWHERE,
    stops: true,
    steps: (on) => [{ disk: { nodes: on, full: true } }],
  },
  'disk-fail': {
    about: 'A write of a node fails.',
    lasts: '200ms..2s',
    on: SOMEWHERE,
    stops: true,
    steps: (on) => [{ disk: { nodes: on, fails: 1 } }],
  },
  clock: {
    about: 'The clock of a node jumps, or runs fast, slow or not at all.',
    lasts: '200ms..2s',
    on: SOMEWHERE,
    stops: false,
    steps: (on) => [
      ...['50ms', '300ms', '2s', '-50ms', '-300ms'].map((jump) => ({ clock: { nodes: on, jump } })),
      ...['200000ppm', '-300000ppm', 'stopped'].map((drift) => ({ clock: { nodes: on, drift } })),
    ],
  },
  timeout: {
    about: 'The election timer of a node fires.',
    lasts: null,
    on: ['any', 'follower'],
    stops: false,
    steps: (on) => [{ timeout: on }],
  },
  transfer: {
    about: 'The leadership is transferred.',
    lasts: null,
    on: ['any', 'follower'],
    stops: false,
    steps: (on) => [{ transfer: on, expect: 'submitted' }],
  },
  snapshot: {
    about: 'A node takes a snapshot.',
    lasts: null,
    on: SOMEWHERE,
    stops: false,
    steps: (on) => [{ snapshot: on, expect: 'submitted' }],
  },
  membership: {
    about: 'The membership changes: one node, or a joint configuration.',
    lasts: null,
    on: null,
    stops: false,
    steps: () => [
      { add: 'any', expect: 'submitted' },
      { addLearner: 'any', expect: 'submitted' },
      { promote: 'any', expect: 'submitted' },
      { remove: 'any', expect: 'submitted' },
      { remove: 'leader', expect: 'submitted' },
      { reconfigure: { voters: 'any' }, expect: 'submitted' },
      { reconfigure: { voters: 'majority' }, expect: 'submitted' },
      { reconfigure: { voters: 'all' }, expect: 'submitted' },
    ],
  },
  burst: {
    about: 'The clients send many operations at once.',
    lasts: null,
    on: null,
    stops: false,
    steps: () => [
      { load: { ops: { put: 1 }, rate: '100/s', operations: 10 } },
      { load: { ops: { get: 1 }, rate: '100/s', operations: 10 } },
    ],
  },
} as const satisfies Readonly<Record<string, ChaosFault>>;
