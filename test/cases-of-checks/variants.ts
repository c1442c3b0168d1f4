/** What a variant of a case changes; the rest is as the case has it. */
interface Changes {
  readonly what: string;
  /** Options of `cluster`, in flow style without braces. */
  readonly cluster?: string;
  /** Options of `cluster.raft`, in flow style without braces. */
  readonly raft?: string;
  /** More keys of the scenario. */
  readonly more?: string;
  /** Steps before those of the case. */
  readonly first?: readonly string[];
  /** A step that another variant does in another way. */
  readonly step?: string;
}

/** A scenario that is a small variant of a case. */
export interface Variant {
  readonly what: string;
  readonly text: string;
}

/** The known bug that a kind of cases is about, and the id that must be reported first. */
export interface Kind {
  readonly name: string;
  readonly mutant: string;
  readonly id: string;
  readonly variants: readonly Variant[];
}

/** A follower that lags behind does not commit what it has. */
const commitLags = kind('commit-lags-behind-log', 'C13', 'Lv11', ({ cluster, raft, more, first, step }) => [
  `cluster: { ${cluster ?? 'nodes: 3'}, raft: { ${raft ?? 'maxEntriesPerAppend: 1'} } }`,
  more ?? 'clients: { count: 2, ops: { put: 1 }, think: 15ms }',
  'script:',
  '  - elect: n1',
  ...(first ?? []),
  `  - ${step ?? 'network: { links: n1 <-> n3, latency: 20ms }'}`,
  '  - wait: 1s',
]);

/** The leader and the new voters on one side, the old voters without it on the other. */
const jointCommit = kind('joint-commit-by-half', 'M17', 'I14', ({ cluster, raft, more, first, step }) => [
  `cluster: { ${cluster ?? 'nodes: [a, b, c], standby: [d, e]'}, raft: { ${raft ?? ''} } }`,
  more ?? 'clients: { count: 1, ops: none }',
  'script:',
  '  - elect: a',
  '  - until: { committed: { index: 1, on: [a, b] } }',
  ...(first ?? ['  - partition: [[a, d, e], [b, c]]']),
  `  - reconfigure: { ${step ?? 'voters: [a, d, e], learners: none'} }`,
  '    expect: submitted',
  '  - wait: 1s',
  'expect: [{ mark: joint-entered }]',
]);

/** A member is removed and comes back with an empty disk, and an acknowledgement from before arrives late. */
const readded = kind('removed-wiped-readded', 'M15', 'I12', ({ cluster, raft, more, first, step }) => [
  `cluster: { ${cluster ?? 'nodes: 3'}, raft: { ${raft ?? ''} } }`,
  more ?? 'clients: { count: 1, ops: none }',
  'script:',
  '  - elect: n1',
  '  - network: { links: n3 -> n1, latency: 300ms }',
  '  - write: { key: x, value: a }',
  ...(first ?? ['  - remove: n3']),
  '  - crash: n3',
  '  - wipe: n3',
  '  - restart: n3',
  `  - ${step ?? 'addLearner: n3'}`,
  '  - wait: 400ms',
  '  - network: { links: n3 -> n1, reset: true }',
  '  - wait: 1s',
]);

/** A node crashes between two writes that belong together. */
const restartGap = kind('restart-gap', 'S15', 'I22', ({ cluster, raft, more, first, step }) => [
  `cluster: { ${cluster ?? 'nodes: 3'}, raft: { ${raft ?? 'snapshotTrailing: 0'} } }`,
  more ?? 'disk: { loseUnsynced: all, fsync: 5ms }',
  'clients: { count: 2, ops: none }',
  'script:',
  '  - elect: n1',
  '  - repeat: 5',
  '    do: [{ write: { key: x, value: abc }, expect: ok }]',
  '  - until: { converged: true }',
  ...(first ?? ['  - isolate: n3']),
  '  - on: { event: persisted, node: n3 }',
  '    do: [{ crash: n3 }, { after: 50ms, restart: n3 }]',
  `  - ${step ?? 'snapshot: n3'}`,
  '    expect: submitted',
  '  - wait: 500ms',
]);

/** TimeoutNow of term 1 reaches n2 when another node leads a later term. */
const staleTimeoutNow = kind('stale-timeout-now', 'T6', 'Lv8', ({ cluster, raft, more, first, step }) => [
  `cluster: { ${cluster ?? 'nodes: 3'}, raft: { ${raft ?? 'preVote: true, checkQuorum: true'} } }`,
  ...(more === undefined ? [] : [more]),
  'script:',
  '  - elect: n1',
  '  - until: { committed: { index: 1, on: [n1, n2, n3] } }',
  `  - ${step ?? 'network: { links: n1 -> n2, latency: 2s }'}`,
  '  - transfer: n2',
  '    expect: submitted',
  ...(first ?? ['  - network: { links: n1 -> n2, reset: true }', '  - cut: n2 -> n1', '    inFlight: drop']),
  '  - until: { mark: transfer-aborted }',
  '  - heal: all',
  '  - transfer: n3',
  '  - wait: 100ms',
  '  - release: all',
  '  - wait: 3s',
]);

export const KINDS: readonly Kind[] = [
  commitLags([
    { what: 'with PreVote and CheckQuorum', raft: 'maxEntriesPerAppend: 1, preVote: true, checkQuorum: true' },
    { what: 'in a cluster of five', cluster: 'nodes: 5' },
    {
      what: 'at a learner',
      cluster: 'nodes: 3, learners: 1',
      step: 'network: { links: n1 <-> n4, latency: 20ms }',
    },
    { what: 'with snapshots', raft: 'maxEntriesPerAppend: 1, snapshotEvery: 30, snapshotTrailing: 60' },
    {
      what: 'with pipelining',
      raft: 'maxEntriesPerAppend: 1, maxInflight: 4',
      more: 'clients: { count: 8, think: 1ms..5ms }',
    },
    { what: 'with few bytes per message', raft: 'maxBytesPerAppend: 100B' },
    { what: 'after an isolation', step: 'isolate: n3', more: 'clients: { count: 8, think: 1ms..5ms }' },
    { what: 'after a crash', step: 'crash: n3', more: 'clients: { count: 4, think: 1ms..5ms }' },
    { what: 'on a slow disk', step: 'disk: { nodes: n3, fsync: 30ms }' },
    { what: 'with loss', step: 'network: { links: n1 <-> n3, latency: 20ms, loss: 10% }' },
  ]),
  jointCommit([
    { what: 'with PreVote and CheckQuorum', raft: 'preVote: true, checkQuorum: true' },
    {
      what: 'in a cluster of five',
      cluster: 'nodes: [a, b, c, f, g], standby: [d, e]',
      first: ['  - partition: [[a, d, e], [b, c, f, g]]'],
    },
    { what: 'with duplicates', more: 'network: { duplicate: 50% }' },
    { what: 'where the others are down', first: ['  - crash: [b, c]'] },
    { what: 'where the others are paused', first: ['  - pause: [b, c]'] },
    { what: 'where others become learners', step: 'voters: [a, d, e], learners: [b, c]' },
    {
      what: 'with a learner that becomes a voter',
      cluster: 'nodes: [a, b, c], learners: [d], standby: [e]',
    },
    { what: 'with a joint configuration that stays', step: 'voters: [a, d, e], learners: none, leave: explicit' },
    { what: 'under load', more: 'clients: { count: 3, think: 1ms..5ms }' },
    { what: 'with pipelining and snapshots', raft: 'maxInflight: 4, snapshotEvery: 2, snapshotTrailing: 0' },
  ]),
  readded([
    { what: 'with PreVote and CheckQuorum', raft: 'preVote: true, checkQuorum: true' },
    { what: 'in a cluster of five', cluster: 'nodes: 5' },
    { what: 'as a voter', step: 'add: n3' },
    { what: 'by a reconfiguration', first: ['  - reconfigure: { voters: [n1, n2] }'] },
    { what: 'as a voter by a reconfiguration', step: 'reconfigure: { voters: [n1, n2, n3] }' },
    { what: 'with a learner', cluster: 'nodes: 4, learners: 1', more: 'clients: { count: 2, ops: none }' },
    { what: 'with pipelining', raft: 'maxInflight: 4, maxEntriesPerAppend: 1' },
    {
      what: 'with duplicates',
      more: 'network: { duplicate: 50% }\nclients: { count: 1, ops: none }',
    },
    { what: 'where it was a learner', cluster: 'nodes: [n1, n2], learners: [n3]' },
    {
      what: 'after more writes',
      first: [
        '  - write: { key: x, value: b }',
        '    expect: ok',
        '  - remove: n3',
        '  - write: { key: x, value: c }',
        '    expect: ok',
      ],
    },
  ]),
  restartGap([
    { what: 'with PreVote and CheckQuorum', raft: 'snapshotTrailing: 0, preVote: true, checkQuorum: true' },
    { what: 'in a cluster of five', cluster: 'nodes: 5' },
    { what: 'at the leader', first: ['  - transfer: n3', '  - until: { converged: true }'] },
    { what: 'at a learner', cluster: 'nodes: [n1, n2], learners: [n3]' },
    { what: 'with some entries before the snapshot', raft: 'snapshotTrailing: 2' },
    { what: 'with the network up', first: [] },
    { what: 'with torn writes', more: 'disk: { loseUnsynced: true, fsync: 5ms, tear: true }' },
    { what: 'on a slow disk', more: 'disk: { loseUnsynced: all, fsync: 100ms }' },
    { what: 'with a session that expires', raft: 'snapshotTrailing: 0, sessionTimeout: 10s' },
    {
      what: 'after another snapshot',
      first: [
        '  - snapshot: n3',
        '  - write: { key: x, value: a }',
        '    expect: ok',
        '  - until: { converged: true }',
        '  - isolate: n3',
      ],
    },
  ]),
  staleTimeoutNow([
    { what: 'without PreVote', raft: 'checkQuorum: true' },
    { what: 'without CheckQuorum', raft: 'preVote: true' },
    { what: 'without either', raft: '' },
    { what: 'in a cluster of five', cluster: 'nodes: 5' },
    { what: 'with a learner', cluster: 'nodes: 3, learners: 1' },
    { what: 'on a clogged link', step: 'clog: n1 -> n2', first: [] },
    { what: 'with duplicates', more: 'network: { duplicate: 50% }' },
    { what: 'with reordering', more: 'network: { latency: 1ms..10ms }' },
    { what: 'with pipelining and snapshots', raft: 'maxInflight: 4, snapshotEvery: 2, snapshotTrailing: 0' },
    { what: 'with a slow disk', more: 'disk: { fsync: 10ms }' },
  ]),
];

/** How variants of a case become scenarios. */
function kind(
  name: string,
  mutant: string,
  id: string,
  lines: (changes: Changes) => readonly string[],
): (variants: readonly Changes[]) => Kind {
  return (variants) => ({
    name,
    mutant,
    id,
    variants: variants.map((changes) => ({ what: changes.what, text: lines(changes).join('\n') })),
  });
}
