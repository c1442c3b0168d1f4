import type { Vocabulary } from '../language/scope.ts';

/** Scenarios for tests: each is valid, and together they use every key of the language. */

export const VOCABULARY: Vocabulary = {
  mutants: ['E7', 'E8', 'L2'],
  marks: ['split-vote', 'leader-change', 'log-truncated', 'stale-leader', 'unsynced-write-lost'],
  invariants: ['I1', 'I2', 'I3', 'I4', 'I8'],
  events: [
    'sent',
    'delivered',
    'dropped',
    'elected',
    'vote-granted',
    'committed',
    'crashed',
    'mark',
    'persisted',
    'completed',
  ],
  messageTypes: ['RequestVote', 'RequestVoteReply', 'AppendEntries', 'AppendEntriesReply'],
};

/** The examples of the language's description that this version can run. */
export const SPLIT_VOTE = `name: split-vote
about: Two of four nodes time out together and each wins one more vote. Neither wins that term; a later one elects a leader.
source: "The Secret Lives of Data, leader election: split vote"
cluster: { nodes: 4 }
network:
  links:
    n1 -> n2: { latency: 1ms }
    n1 -> n3: { latency: 9ms }
    n4 -> n3: { latency: 1ms }
    n4 -> n2: { latency: 9ms }
script:
  - timeout: [n1, n4]
  - until: { mark: split-vote }
    within: 300ms
  - until: { leaders: 1 }
    within: 2s
`;

export const MINORITY_LEADER = `name: minority-leader
about: A leader is cut off with one follower. Its write stays uncommitted and is rolled back when the partition heals.
source: "The Secret Lives of Data, log replication: network partition"
cluster: { nodes: 5 }
clients: { count: 2, ops: none }
script:
  - elect: n2
  - partition: [[n1, n2], [n3, n4, n5]]
    clients: { c1: n2, c2: n3 }
  - write: { key: x, value: 3, by: c1, to: n2 }
    expect: pending
  - until: { leader: { in: [n3, n4, n5] } }
    within: 2s
  - write: { key: x, value: 8, by: c2, to: leader }
    expect: ok
  - heal: all
  - until: { converged: true, value: { x: 8, on: all } }
    within: 2s
expect:
  - mark: log-truncated
`;

export const VOTE_LOST = `name: vote-lost-with-the-disk
about: A node votes, crashes before the vote is on disk, and must not vote for another node in that term.
cluster: { nodes: 3 }
disk: { fsync: 20ms }
script:
  - on: { event: vote-granted, node: n3 }
    do:
      - crash: n3
        disk: lose-unsynced
      - after: 5ms
        restart: n3
  - timeout: n1
  - after: 4ms
    timeout: n2
  - until: { leaders: 1 }
    within: 3s
`;

const CHAOS = `name: chaos
cluster: { nodes: 5 }
clients: 2
chaos:
  crash: { every: 1s..3s, on: [leader, n3], for: 200ms..1s, max: minority, times: 4, start: 1s, stop: 9s }
  partition: { every: { exponential: 1s } }
  own:
    at: { event: sent, type: AppendEntries, entries: { min: 1 } }
    chance: 2%
    do:
      - isolate
      - delay: { by: 10ms..1s }
      - - crash: $it
          disk: tear
          for: 10ms
          as: old
        - restart: $old
          after: 5ms
        - elect: n2
          within: 1s
  stop: 12s
`;

const SWARM = `name: swarm
about: Everything at once, differently for every seed.
cluster: { nodes: 5, raft: { preVote: true, checkQuorum: true, snapshotEvery: 50 } }
clients: { count: 4, ops: { put: 3, get: 3, cas: 1, append: 1 }, keys: 3, think: 5ms..50ms }
chaos: swarm
limits: { time: 60s }
`;

const FIGURE_8 = `# Raft, Figure 8.
name: figure-8
tags: [log, commit-rule]
cluster:
  nodes: [S1, S2, S3, S4, S5]
  mutant: L2
  disks:
    S1: { term: 4, votedFor: S1, log: [1, 2, 4] }
    S2: { log: [1, 2] }
    S3: { term: 2, log: [1, 2] }
    S4: { log: [1] }
    S5: { term: 3, votedFor: S5, log: [1, 3] }
script:
  - elect: S1
    within: 1s
  - crash: [S1]
    as: old
  - elect: S5
  - restart: $old
expect:
  - verdict: violation
    invariant: I3
limits: { time: 30s, events: 100000 }
`;

const NETWORK_STEPS = `name: network-steps
cluster: { nodes: 5, raft: { electionTimeout: 200ms..400ms, heartbeatInterval: 40ms, maxEntriesPerAppend: 16, noop: true } }
network:
  latency: { choice: { 90%: 1ms..5ms, 9.5%: { normal: [20ms, 5ms] }, 0.5%: { exponential: 100ms } } }
  loss: 2%
  duplicate: 0.5%
  bandwidth: 1.5MB/s
  fifo: true
  inFlight: drop
  nodes: { n5: { latency: 50ms } }
  links:
    n1 <-> n2: { loss: 20% }
    n1 -> n5: { latency: { choice: [1ms, 10ms] } }
disk: { fsync: { normal: [2ms, 500us] }, loseUnsynced: true, tear: true, nodes: { n2: { fsync: 10ms, tear: false, loseUnsynced: all } } }
clock: { drift: 100ppm, nodes: { n3: { drift: -200ppm, offset: -5s }, n4: { offset: 1.5s } } }
process: { service: 20us, nodes: { n1: { service: 10us..50us } } }
clients:
  count: 3
  ops: { put: 3, get: 2, cas: 1, append: 1, delete: 1 }
  keys: 5
  valueSize: 1KiB
  rate: 100/s
  start: 500ms
  operations: 200
  timeout: 1s
  retries: 3
  at: any
script:
  - wait: 2s..3s
  - network: { loss: 50%, links: leader -> followers }
  - wait: { exponential: 1s }
  - network: { links: all, reset: true }
  - network: reset
settle: { within: 20s }
`;

const FAULTS = `name: every-fault
cluster: { nodes: 7 }
clients: 2
script:
  - isolate: leader
    as: old
    inFlight: drop
    label: cut the leader off
  - cut: [n1 -> n2, n3 <-> n4, leader -> followers]
    inFlight: keep
  - heal: $old
  - heal: [n1 -> n2]
  - heal: n3 <-> n4
  - bridge: { groups: [[n1, n2, n3], [n5, n6, n7]], over: n4 }
  - heal: [n1, n2]
  - ring: all
  - heal: all
  - clog: n1 <-> n2
  - release: n1 -> n2
    order: fifo
  - release: all
    order: shuffled
  - pause: any 2 followers
    as: frozen
  - resume: $frozen
    after: 500ms
  - process: { nodes: minority, service: 1ms..2ms }
  - process: { nodes: all, service: reset }
  - disk: { nodes: n1, stall: 2s, fsync: 10ms..20ms }
  - disk: { nodes: n1, fsync: reset }
  - clock: { nodes: n2, offset: -5ms, drift: -50ppm }
  - clock: { nodes: [n3, follower], jump: 30s }
  - wipe: n7
  - crash: candidate
    disk: tear
    within: 1m
  - partition: [majority, [others]]
    inFlight: drop
`;

const CONTROL = `name: control
cluster: { nodes: 3 }
clients: { count: 1, ops: none }
script:
  - repeat: 9
    do:
      - crash: leader
        as: old
      - until: { leaders: 1 }
        within: 5s
      - restart: $old
  - maybe: 50%
    do:
      - pause: follower
    else:
      - wait: 100ms
  - if: { leader: n1, role: { n2: follower, $old: follower } }
    do:
      - crash: n1
  - together:
      - crash: n1
      - timeout: [n2, n3]
  - on: elected
    as: winner
    do:
      - crash: $winner
  - on: { event: sent, node: leader, peer: n3, type: AppendEntries, count: 3 }
    do:
      - crash: leader
  - count: reset
  - until: { sent: { type: RequestVote, min: 1, max: 40, bytes: 5kB } }
  - expect: { leader: none }
    within: 1s
`;

const CLIENTS = `name: clients
cluster: { nodes: 3 }
clients: { count: 2, ops: none, timeout: 250ms, retries: 0, at: n1 }
script:
  - elect: n1
  - write: { key: x, value: 1 }
    expect: ok
    within: 2s
  - read: { key: x, by: c2, to: leader }
    expect: { value: 1 }
  - cas: { key: x, expected: 1, value: 2 }
    expect: ok
  - cas: { key: y, expected: null, value: "007" }
    expect: fail
  - append: { key: x, value: abc, by: c1 }
  - delete: { key: x }
  - read: { key: x }
    expect: { value: null }
  - load: { ops: { put: 1 }, keys: 1, think: 1ms..5ms }
  - wait: 5s
  - load: stop
  - until: { committed: { index: 5, on: majority }, applied: { index: 3 }, term: { of: leader, min: 1, max: 9 } }
  - expect: { value: { x: null, y: 7 }, connected: { min: 3 }, mark: { name: leader-change, min: 1 }, converged: true }
`;

const REPRO = `# Found by a random run.
name: figure-8-repro
seed: "9007199254740993"
cluster: { nodes: 3, mutant: E7 }
timeline:
  - { at: 1.25s, crash: n2 }
  - { at: 1.900001s, restart: n2, label: back }
  - at: 2s
    partition: [[n1], [n2, n3]]
    as: side
  - at: 3s
    heal: $side
  - { at: 4s, write: { key: k1, value: a } }
clients: { count: 1, ops: none }
settle: off
expect: { verdict: violation, invariant: I4 }
repro:
  verdict: violation
  invariant: I4
  hash: 0123456789abcdef
  events: 48213
  versions: { whitewater: 0.1.0, engine: node-20 }
`;

const MEMBERS = `name: members
cluster:
  nodes: 3
  learners: 1
  standby: [x, y]
  raft:
    preVote: true
    checkQuorum: true
    maxBytesPerAppend: 4kB
    maxInflight: 8
    maxInflightBytes: 64KiB
    maxUncommittedBytes: 1MB
    snapshotEvery: 50
    snapshotBytes: 100kB
    snapshotTrailing: 10
    snapshotChunk: 512B
    reads: lease
    readsAtFollowers: true
    clockDriftBound: 20000ppm
    forwarding: true
    sessionTimeout: 30s
process:
  service: 5us
  apply: 1ms..5ms
  snapshot: { make: 10ms..20ms, read: 1ms, install: 5ms }
  nodes: { x: { apply: { exponential: 2ms }, snapshot: { make: 1s } } }
clients: { count: 2, perSession: 4 }
script:
  - transfer: any 1 voter
    as: new
    within: 2s
  - transfer: $new
    expect: submitted
  - forgetLeader: followers except $new
  - forgetLeader: leader
    expect: rejected
  - add: x
  - addLearner: [y]
    expect: done
  - promote: any 1 learner
    as: promoted
  - remove: $promoted
    label: and out again
  - snapshot: voters
  - snapshot: any 2 followers except n1 and $new
    expect: submitted
  - reconfigure: { voters: [n1, n2, x], learners: none, leave: explicit }
    as: members
    expect: pending
    within: 100ms
  - leaveJoint: now
  - reconfigure: { voters: $members, learners: [n3, y] }
  - process: { nodes: learners, apply: 20ms }
  - process: { nodes: learners, snapshot: { install: 50ms } }
    for: 1s
  - process: { nodes: learners, snapshot: reset }
  - process: { nodes: all except leader, service: 1ms, apply: reset }
  - cut: leader -> all except leader and x
  - on: { event: committed, node: voters }
    times: 3
    do:
      - remove: n2
        expect: submitted
  - on: elected
    times: always
    do: [{ count: reset }]
  - until: { configuration: { voters: [n1, n2], learners: none, joint: false }, log: { min: 1, max: 60, on: voters } }
  - until: { configuration: { voters: voters, on: all except y }, snapshot: { index: 50, on: leader }, log: { max: 60 } }
  - expect: { committed: { index: 3, max: 900, on: all }, applied: { max: 900 } }
timeline:
  - { at: 5s, transfer: follower, expect: submitted }
`;

const ALIASES = `name: aliases
cluster: { nodes: 3 }
network:
  links:
    n1 -> n2: &slow { latency: 80ms..120ms }
    n2 -> n1: *slow
script:
  - &crash
    crash: leader
  - until: { leaders: 1 }
  - *crash
`;

const SMALL: readonly string[] = [
  'cluster: { nodes: 3 }\n',
  'cluster:\n  nodes: 1\nscript:\n  - wait: 1m\n',
  'cluster: { nodes: 5 }\nclients: 3\nseed: 42\n',
  'cluster: { nodes: [a, b, c], learners: 2, standby: 0 }\nscript: [{ crash: n4 }, { until: { role: { learners: follower } } }]\n',
  'cluster: { nodes: 3, raft: { reads: readIndex, readsAtFollowers: true, clockDriftBound: 0ppm } }\n',
  'cluster: { nodes: 5 }\nclients: { count: 2, think: 0ms }\ntimeline:\n  - { at: 1s, load: stop }\n',
  'cluster: { nodes: [a, b-1, c_2] }\nscript: [{ elect: b-1 }, { crash: a }]\n',
  'cluster: { nodes: 3 }\nabout: >\n  Folded\n  text.\nsource: |\n  Kept.\nexpect: [{ mark: { name: split-vote, min: 2, max: 5 } }, { leaders: 1 }]\n',
  '{"cluster": {"nodes": 3}, "script": [{"wait": "1s"}, {"crash": ["n1", "n2"]}], "timeline": [{"at": "5s", "pause": "any", "as": "x"}]}\n',
  'cluster: { nodes: 3 }\ndisk: { loseUnsynced: false }\nscript:\n  - { crash: all, disk: keep }\n  - { restart: all, after: 1h }\nlimits: { time: 2h }\n',
];

/** Every scenario here that must load. */
export const VALID: readonly string[] = [
  SPLIT_VOTE,
  MINORITY_LEADER,
  VOTE_LOST,
  FIGURE_8,
  NETWORK_STEPS,
  FAULTS,
  CONTROL,
  CLIENTS,
  REPRO,
  MEMBERS,
  ALIASES,
  CHAOS,
  SWARM,
  'chaos: swarm\n',
  ...SMALL,
];
