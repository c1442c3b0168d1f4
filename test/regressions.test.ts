import { expect, test } from 'vitest';
import { runRandomScenario } from './run-random-scenario.ts';

/** Scenarios of random faults that once failed, and what was wrong. */
const REGRESSIONS: readonly { readonly title: string; readonly scenario: string }[] = [
  {
    // A follower crashed between chunks, and the first chunk, which had been late, came again: the leader went on to believe that
    // it had the chunks before, and repeated one that did not fit for ever.
    title: '[Lv3] a follower that has lost chunks of a snapshot gets them again, whichever it has got meanwhile',
    scenario: `
seed: "1069239"
cluster: { nodes: [n1, n2, n3, n4, n5, n6, n7], standby: [n8, n9], raft: { snapshotEvery: 2, snapshotChunk: 60B } }
network: { latency: { choice: { 90%: 1ms..5ms, 10%: 50ms..200ms } }, loss: 1%, inFlight: drop }
disk: { fsync: 5ms }
clock: { drift: -20000ppm }
clients: { count: 5, ops: { put: 5, get: 1 }, keys: 1, rate: 8/s, timeout: 50ms, perSession: 1 }
chaos:
  late: { every: 300ms..2s }
  event-1:
    at: configuration
    chance: 20%
    times: 20
    do:
      - [{ crash: $it, disk: lose-all, for: 200ms }]
      - [{ pause: leader, for: 10ms }, { read: { key: k1, to: leader, by: c5 }, after: 150ms }]
  event-2:
    at: stepped-down
    chance: 50%
    times: 1
    do:
      - [{ crash: any 1 followers, disk: reorder, for: 50ms }, { read: { key: k1, to: leader, by: c1 }, after: 30ms }, { timeout: any 1 followers, after: 100ms }]
      - [{ clog: all -> $it, for: 200ms }, { write: { key: k1, value: v7251, to: $it, by: c3 }, after: 0ms }, { timeout: any 1 followers, after: 100ms }]
  stop: 3s
settle: { within: 40s }
limits: { time: 300s, events: 300000 }
`,
  },
  {
    // The bound counted entries, not the chunks of the snapshot without which no quorum could commit them (swarm, 1044437).
    title: '[Lv19] a request waits while the only quorum needs a node that is getting a long snapshot',
    scenario: `
seed: "1"
cluster: { nodes: 3, raft: { snapshotEvery: 50, snapshotTrailing: 50, snapshotChunk: 60B, maxInflight: 1 } }
network: { latency: 10ms }
clients: { count: 8, ops: { put: 1 }, keys: 1000, think: 10ms..20ms, timeout: 500ms, perSession: 1 }
script:
  - elect: n1
  - crash: n3
  - wait: 6s
  - crash: n2
  - restart: n3
  - wait: 12s
`,
  },
  {
    // Each reply to a chunk that came late had a chunk sent again, so that duplicated ones multiplied: two million events.
    title: 'duplicated and reordered replies to the chunks of a snapshot do not multiply',
    scenario: `
seed: "1"
cluster: { nodes: 3, raft: { snapshotEvery: 5, snapshotTrailing: 0, snapshotChunk: 60B } }
network: { latency: { exponential: 5ms }, duplicate: 50% }
clients: { count: 2, ops: { put: 1 }, keys: 100, think: 5ms..50ms }
script:
  - elect: n1
  - isolate: n3
  - wait: 3s
  - heal: all
  - wait: 3s
limits: { time: 60s, events: 60000 }
`,
  },
  {
    // The span since the last request for a transfer was measured by a clock that had been set forward by an hour meanwhile.
    title: '[Lv8] a transfer is not late because the clock of its leader was set',
    scenario: `
seed: "1270436984"
cluster: { nodes: 3, learners: 1, raft: { electionTimeout: 150ms..2s, snapshotEvery: 3, sessionTimeout: 2s, reads: readIndex, readsAtFollowers: false } }
network: { loss: 1% }
process: { apply: 2ms }
clients: { count: 1, ops: { put: 3, get: 3, cas: 1, append: 2, delete: 1 }, keys: 1, think: 1ms..10ms, timeout: 50ms, perSession: 1 }
script: [{ wait: 1s }]
timeline:
  - { at: 4500ms, within: 0ms, otherwise: skip, transfer: n1, expect: submitted }
  - { at: 700ms, within: 0ms, otherwise: skip, partition: [[n2, n3], others], inFlight: keep }
  - { at: 6100ms, within: 0ms, otherwise: skip, transfer: n1, expect: submitted }
  - { at: 6000ms, within: 0ms, otherwise: skip, clock: { nodes: [n3, n1], jump: -1h, of: both }, for: 300ms }
  - { at: 6500ms, within: 0ms, otherwise: skip, clock: { nodes: n1, drift: stopped, of: wall } }
settle: { within: 40s }
limits: { time: 120s, events: 300000 }
`,
  },
  {
    // A crash that lost the write of a term, and not that of the entries of this term after it.
    title: '[I15] entries do not outlive the term in which they were written',
    scenario: `
seed: "1729877312"
cluster: { nodes: 7, learners: 1, raft: { preVote: true, reads: readIndex, readsAtFollowers: true } }
disk: { fsync: 1ms..60ms }
clients: { count: 1, ops: { put: 3, get: 3, cas: 1, append: 2, delete: 1 }, keys: 1, think: 1ms..10ms, timeout: 50ms, perSession: 1 }
script:
  - on: { event: sent, type: AppendEntries }
    times: 7
    do: [{ corrupt: message }]
  - wait: 1s
timeline:
  - { at: 3800ms, within: 0ms, otherwise: skip, crash: n8, disk: reorder }
  - { at: 0ms, within: 0ms, otherwise: skip, ring: all }
  - { at: 0ms, within: 0ms, otherwise: skip, network: { loss: 0%, latency: 1ms } }
  - { at: 3600ms, within: 0ms, otherwise: skip, heal: all }
settle: { within: 40s }
limits: { time: 120s, events: 300000 }
`,
  },
  {
    // A crash that lost writes of the log, and not the snapshot written after them, left a log that ends before its snapshot.
    title: '[I23] a snapshot does not outlive the entries beside which it was written',
    scenario: `
seed: "976097996"
cluster: { nodes: 3, learners: 1, raft: { snapshotEvery: 3, sessionTimeout: 2s, reads: lease, readsAtFollowers: true, checkQuorum: true } }
clients: { count: 1, ops: { put: 3, get: 3, cas: 1, append: 2, delete: 1 }, keys: 1, think: 50ms..200ms, timeout: 50ms, perSession: 1 }
script: [{ wait: 1s }]
timeline:
  - { at: 200ms, within: 0ms, otherwise: skip, drop: { types: Request, count: 3 } }
  - { at: 600ms, within: 0ms, otherwise: skip, remove: n4, expect: submitted }
  - { at: 500ms, within: 0ms, otherwise: skip, disk: { nodes: leader, stall: 1s } }
  - { at: 900ms, within: 0ms, otherwise: skip, crash: leader, disk: reorder }
settle: { within: 40s }
limits: { time: 120s, events: 300000 }
`,
  },
  {
    // A voter that was a quorum by itself voted for itself at once when it was made to time out: the leader that had just
    // removed all others went on reading by its lease.
    title: '[I33] the only voter left does not vote for itself while a lease rests on its vote',
    scenario: `
seed: "2109124791"
cluster: { nodes: 4, learners: 1, standby: 1, raft: { electionTimeout: 150ms..2s, heartbeatInterval: 40ms, maxInflight: 8, snapshotEvery: 10, snapshotTrailing: 0, forwarding: true, sessionTimeout: 2s, reads: lease, readsAtFollowers: true, checkQuorum: true } }
network: { loss: 30%, bandwidth: 200kB/s }
disk: { fsync: { exponential: 10ms } }
process: { apply: 2ms }
clients: { count: 4, ops: { put: 3, get: 3, cas: 1, append: 2, delete: 1 }, keys: 1, think: 1ms..10ms, timeout: 50ms, perSession: 3 }
timeline:
  - { at: 3000ms, within: 0ms, reconfigure: { voters: [n3], leave: auto }, expect: submitted }
  - { at: 3100ms, within: 0ms, timeout: all }
  - { at: 3200ms, within: 0ms, crash: leader, disk: lose-unsynced }
settle: { within: 20s }
limits: { time: 60s, events: 300000 }
`,
  },
  {
    // I16 compared an ack with the contents of the disk at that time; the ack speaks of the term of the message.
    title: '[I16] a slow process may acknowledge after its disk has gone on to a later term',
    scenario: `
seed: "247080389"
cluster: { nodes: 5, raft: { heartbeatInterval: 10ms } }
network: { loss: 1%, duplicate: 50% }
clients: { count: 1, ops: { put: 3, get: 3, cas: 1, append: 2, delete: 1 }, keys: 1, think: 1ms..10ms, timeout: 50ms }
timeline:
  - { at: 0ms, within: 0ms, clog: n1 -> n2 }
  - { at: 2200ms, within: 0ms, process: { nodes: followers, service: 500us..20ms } }
  - { at: 0ms, within: 0ms, disk: { nodes: all, stall: 200ms } }
  - { at: 0ms, within: 0ms, network: { loss: 20%, latency: 100us..40ms } }
  - { at: 500ms, within: 0ms, partition: [[n1], others] }
  - { at: 4800ms, within: 0ms, heal: all }
  - { at: 2300ms, within: 0ms, partition: [[n2, n4, n1], others] }
  - { at: 5700ms, within: 0ms, crash: n1, disk: lose-unsynced }
  - { at: 500ms, within: 0ms, clock: { nodes: n1, jump: 50ms } }
settle: { within: 20s }
`,
  },
  {
    // Every heartbeat repeated all entries in flight: 64 of them every 10 ms, for ever, over 200 kB/s.
    title: 'entries in flight are not repeated at every heartbeat, so that a slow link drains its queue',
    scenario: `
seed: "2079001418"
cluster: { nodes: 5, raft: { heartbeatInterval: 10ms } }
network: { duplicate: 50%, bandwidth: 200kB/s }
clients: { count: 1, ops: { put: 3, get: 3, cas: 1, append: 2, delete: 1 }, keys: 1, think: 1ms..10ms, timeout: 50ms }
timeline:
  - { at: 200ms, within: 0ms, crash: leader, disk: lose-unsynced }
  - { at: 7100ms, within: 0ms, disk: { nodes: all, fsync: 100ms } }
settle: { within: 20s }
`,
  },
  {
    // A leader appended every retry again, so that a new write waited behind dozens of copies.
    title: 'retries of a pending request are not appended again, and a new write is executed',
    scenario: `
seed: "1935052698"
cluster: { nodes: 2, raft: { maxEntriesPerAppend: 1 } }
clients: { count: 1, ops: { put: 3, get: 3, cas: 1, append: 2, delete: 1 }, keys: 1, think: 1ms..10ms, timeout: 50ms }
timeline:
  - { at: 0ms, within: 0ms, timeout: n2 }
  - { at: 100ms, within: 0ms, crash: any, disk: lose-unsynced }
  - { at: 4300ms, within: 0ms, partition: [[n1], others] }
settle: { within: 20s }
`,
  },
  {
    // A stale AppendEntries was rejected with the current term but the heartbeat round of the earlier leadership.
    title: '[I32] a reply to a heartbeat of an earlier term confirms nothing, even if the same node leads again',
    scenario: `
seed: "1088246578"
cluster: { nodes: 5, learners: 1, standby: 1, raft: { electionTimeout: 10ms..500ms, maxEntriesPerAppend: 1, preVote: false, checkQuorum: false, maxInflight: 2, maxInflightBytes: 200B, maxBytesPerAppend: 100B, maxUncommittedBytes: 2kB, snapshotEvery: 50, snapshotTrailing: 50, snapshotChunk: 4kB, forwarding: false, sessionTimeout: 2s, reads: readIndex, readsAtFollowers: false } }
network: { latency: { choice: { "90%": 1ms..5ms, "10%": 50ms..200ms } }, loss: 1%, duplicate: 10%, fifo: false, bandwidth: 1MB/s, inFlight: drop }
disk: { fsync: 500us..2ms, tear: true }
process: { apply: 2ms }
clock: { drift: -20000ppm }
clients: { count: 2, ops: { put: 3, get: 3, cas: 1, append: 2, delete: 1 }, keys: 2, think: 5ms..50ms, timeout: 500ms, perSession: 3 }
timeline:
  - { at: 7900ms, within: 0ms, isolate: n6 }
  - { at: 6400ms, within: 0ms, remove: leader, expect: submitted }
  - { at: 0ms, within: 0ms, restart: down }
settle: off
limits: { time: 60s, events: 300000 }
`,
  },
  {
    // A follower numbered its reads from 1 in each incarnation: a reply to a read before its crash was matched with a
    // later read.
    title: '[I32] a ReadIndex reply for a read of a previous incarnation is not matched with a later read',
    scenario: `
seed: "662753273"
cluster: { nodes: 5, raft: { electionTimeout: 150ms..2s, heartbeatInterval: 50ms, maxEntriesPerAppend: 64, preVote: true, checkQuorum: true, maxInflightBytes: 200B, maxBytesPerAppend: 1kB, maxUncommittedBytes: 2kB, snapshotEvery: 3, snapshotTrailing: 50, snapshotChunk: 60B, forwarding: true, sessionTimeout: 10s, reads: readIndex, readsAtFollowers: true } }
network: { latency: { exponential: 5ms }, loss: 30%, duplicate: 50%, fifo: true, inFlight: drop }
disk: { fsync: 500us..2ms, tear: true }
process: {}
clock: { drift: 200ppm }
clients: { count: 2, ops: { put: 3, get: 3, cas: 1, append: 2, delete: 1 }, keys: 2, think: 50ms..200ms, timeout: 50ms, perSession: 1 }
timeline:
  - { at: 7500ms, within: 0ms, cut: n2 -> n5 }
  - { at: 8000ms, within: 0ms, snapshot: all, expect: submitted }
  - { at: 3000ms, within: 0ms, crash: leader, disk: keep }
  - { at: 200ms, within: 0ms, crash: leader, disk: lose-all }
  - { at: 600ms, within: 0ms, restart: down }
  - { at: 6300ms, within: 0ms, remove: leader, expect: submitted }
  - { at: 2000ms, within: 0ms, clog: n4 -> n3 }
  - { at: 3000ms, within: 0ms, clock: { nodes: n4, drift: -300000ppm } }
  - { at: 7700ms, within: 0ms, heal: all }
  - { at: 7800ms, within: 0ms, resume: leader }
  - { at: 2800ms, within: 0ms, disk: { nodes: n1, stall: 200ms } }
  - { at: 5900ms, within: 0ms, snapshot: n1, expect: submitted }
  - { at: 7900ms, within: 0ms, snapshot: n4, expect: submitted }
  - { at: 2900ms, within: 0ms, promote: n1, expect: submitted }
  - { at: 7300ms, within: 0ms, crash: [n2, n5], disk: lose-unsynced }
  - { at: 7400ms, within: 0ms, clock: { nodes: n3, drift: 0ppm } }
settle: { within: 20s }
limits: { time: 60s, events: 300000 }
`,
  },
  {
    // I32 expected confirmation from the voters at the time of the reply, for what the only voter had confirmed before.
    title: '[I32] a read confirmed under one configuration stays confirmed when the leader uses the next',
    scenario: `
seed: "883865511"
cluster: { nodes: 1, standby: 2, raft: { electionTimeout: 150ms..2s, heartbeatInterval: 50ms, maxEntriesPerAppend: 16, checkQuorum: true, maxInflight: 1, maxInflightBytes: 2kB, maxUncommittedBytes: 2kB, snapshotEvery: 10, snapshotTrailing: 5, snapshotChunk: 300B, forwarding: true, sessionTimeout: 10s, reads: readIndex, readsAtFollowers: false } }
network: { latency: 1ms, loss: 1%, duplicate: 10%, bandwidth: 200kB/s, inFlight: drop }
disk: { fsync: 500us..2ms, tear: true }
process: { apply: 1ms..30ms }
clock: { drift: -20000ppm }
clients: { count: 3, ops: { put: 3, get: 3, cas: 1, append: 2, delete: 1 }, keys: 3, think: 1ms..10ms, timeout: 200ms, perSession: 3 }
timeline:
  - { at: 2700ms, within: 0ms, addLearner: n3, expect: submitted }
  - { at: 7800ms, within: 0ms, disk: { nodes: minority, stall: 200ms } }
  - { at: 7600ms, within: 0ms, crash: leader, disk: tear }
  - { at: 5300ms, within: 0ms, disk: { nodes: [n1, n2, n3], fsync: 100ms } }
  - { at: 3900ms, within: 0ms, isolate: leader }
  - { at: 3100ms, within: 0ms, reconfigure: { voters: [n2, n3], leave: auto }, expect: submitted }
  - { at: 2800ms, within: 0ms, leaveJoint: now, expect: submitted }
  - { at: 7800ms, within: 0ms, reconfigure: { voters: [n2], leave: explicit }, expect: submitted }
  - { at: 7400ms, within: 0ms, clock: { nodes: [n3, n2], jump: 50ms } }
  - { at: 5000ms, within: 0ms, process: { nodes: followers, service: 500us..20ms } }
  - { at: 7800ms, within: 0ms, restart: down }
  - { at: 1100ms, within: 0ms, process: { nodes: n2, service: 1ms } }
  - { at: 900ms, within: 0ms, transfer: n3, expect: submitted }
  - { at: 6800ms, within: 0ms, release: all, order: fifo }
  - { at: 7400ms, within: 0ms, addLearner: n1, expect: submitted }
  - { at: 1900ms, within: 0ms, partition: [[n1], others], inFlight: keep }
  - { at: 6300ms, within: 0ms, clock: { nodes: n3, jump: 2s } }
  - { at: 1500ms, within: 0ms, remove: n3, expect: submitted }
  - { at: 5400ms, within: 0ms, resume: all }
  - { at: 1400ms, within: 0ms, ring: all }
  - { at: 4100ms, within: 0ms, crash: leader, disk: keep }
settle: { within: 20s }
limits: { time: 60s, events: 300000 }
`,
  },
  {
    // I32 rejected the ReadIndex reply of a leader that stepped down in the same event in which it sent it.
    title: '[I32] a leader that commits its own removal may still send a ReadIndex reply to a follower',
    scenario: `
seed: "20454746"
cluster: { nodes: 3, learners: 1, raft: { electionTimeout: 100ms..110ms, heartbeatInterval: 50ms, preVote: false, checkQuorum: false, maxInflight: 1, maxInflightBytes: 200B, maxBytesPerAppend: 100B, maxUncommittedBytes: 2kB, snapshotEvery: 50, forwarding: false, sessionTimeout: 10s, reads: readIndex, readsAtFollowers: true } }
network: { latency: 1ms, loss: 10%, duplicate: 50%, fifo: true, bandwidth: 20kB/s, inFlight: keep }
disk: { fsync: { exponential: 10ms }, tear: false }
process: {}
clock: { drift: 200ppm }
clients: { count: 1, ops: { put: 3, get: 3, cas: 1, append: 2, delete: 1 }, keys: 1, think: 1ms..10ms, timeout: 50ms, perSession: 1 }
timeline:
  - { at: 5600ms, within: 0ms, release: all, order: fifo }
  - { at: 900ms, within: 0ms, clock: { nodes: n2, drift: 0ppm } }
  - { at: 1400ms, within: 0ms, clock: { nodes: n1, jump: 50ms } }
  - { at: 200ms, within: 0ms, remove: n2, expect: submitted }
  - { at: 2000ms, within: 0ms, reconfigure: { voters: [n2, n3, n1, n4], leave: explicit }, expect: submitted }
  - { at: 2900ms, within: 0ms, disk: { nodes: minority, stall: 200ms } }
  - { at: 6200ms, within: 0ms, remove: leader, expect: submitted }
  - { at: 2200ms, within: 0ms, process: { nodes: followers, service: 1ms } }
  - { at: 5600ms, within: 0ms, crash: [n3, n4, n2], disk: lose-all }
  - { at: 5400ms, within: 0ms, ring: all }
  - { at: 7200ms, within: 0ms, cut: n3 -> n4 }
  - { at: 2400ms, within: 0ms, timeout: any }
  - { at: 3900ms, within: 0ms, heal: all }
  - { at: 4400ms, within: 0ms, crash: leader, disk: tear }
  - { at: 7700ms, within: 0ms, ring: all }
  - { at: 3900ms, within: 0ms, crash: minority, disk: lose-all }
  - { at: 7000ms, within: 0ms, heal: all }
  - { at: 4500ms, within: 0ms, remove: n3, expect: submitted }
  - { at: 1500ms, within: 0ms, promote: n1, expect: submitted }
  - { at: 6300ms, within: 0ms, timeout: any }
  - { at: 1200ms, within: 0ms, reconfigure: { voters: [n3, n1, n4], leave: auto }, expect: submitted }
  - { at: 2300ms, within: 0ms, leaveJoint: now, expect: submitted }
settle: off
limits: { time: 60s, events: 300000 }
`,
  },
  {
    // Lv18 did not ask whether the leader's clock had gone back: it led on by the entries that it sent.
    title: '[Lv18] a leader whose clock has jumped back an hour sends no heartbeats for an hour',
    scenario: `
seed: "426294837"
cluster: { nodes: 2, learners: 1, raft: {} }
disk: { fsync: 1ms..60ms }
process: { apply: 2ms }
clients: { count: 1, ops: { put: 3, get: 3, cas: 1, append: 2, delete: 1 }, keys: 1, think: 5ms..50ms, timeout: 50ms }
script: [{ wait: 1s }]
timeline:
  - { at: 500ms, within: 0ms, otherwise: skip, pause: [n1, n2] }
  - { at: 1300ms, within: 0ms, otherwise: skip, resume: all }
  - { at: 3600ms, within: 0ms, otherwise: skip, clock: { nodes: n2, jump: -1h }, for: 3s }
  - { at: 6100ms, within: 0ms, otherwise: skip, restart: followers }
settle: off
`,
  },
  {
    // A learner that has been removed gets no message: nothing ended a read whose index it would never apply. When it replied
    // busy at last, its client went on asking it.
    title: '[Lv19] a removed learner does not keep a read whose read index was lost',
    scenario: `
seed: "1"
cluster: { nodes: 3, learners: 1, raft: { reads: readIndex, readsAtFollowers: true } }
clients: { count: 1, ops: { get: 1 }, keys: 1, think: 5ms..50ms, timeout: 60s }
script:
  - elect: n1
  - load: stop
  - wait: 200ms
  - cut: n1 -> n4
  - read: { key: k1, to: n4, by: c1 }
  - wait: 20ms
  - remove: n4
  - heal: all
  - wait: 5s
limits: { time: 60s, events: 60000 }
`,
  },
  {
    title: '[Lv3] the clients of a removed learner that reads at followers are served by the leader',
    scenario: `
seed: "1"
cluster: { nodes: 3, learners: 1, raft: { reads: readIndex, readsAtFollowers: true } }
clients: { count: 4, ops: { put: 1, get: 3 }, keys: 1, think: 5ms..50ms, timeout: 60s }
script:
  - elect: n1
  - wait: 200ms
  - remove: n4
  - wait: 5s
limits: { time: 60s, events: 60000 }
`,
  },
  {
    // Lv18 took two pauses for one silence: the heartbeats between them left in the same event as that in which it looked.
    title: '[Lv18] a leader that is paused twice sends heartbeats in between',
    scenario: `
seed: "1"
cluster: { nodes: 3 }
clients: 0
script:
  - elect: n1
  - wait: 200ms
  - isolate: n1
  - pause: n1
  - wait: 600ms
  - resume: n1
  - wait: 10ms
  - pause: n1
  - wait: 900ms
  - resume: n1
  - wait: 100ms
settle: off
`,
  },
  {
    // Lv19 blamed a node whose disk stalls: what it forwards leaves when its term is on that disk.
    title: '[Lv19] a follower with a stalled disk holds back what it forwards until the stall is over',
    scenario: `
seed: "1"
cluster: { nodes: 3, raft: { forwarding: true } }
clients: { count: 1, ops: { put: 1 }, keys: 1, rate: 1/s, operations: 1, timeout: 60s }
script:
  - load: stop
  - disk: { nodes: n3, stall: 10s }
  - elect: n1
  - wait: 100ms
  - write: { key: k1, value: v1, to: n3 }
  - wait: 12s
settle: off
`,
  },
  {
    // A voter that had just heard from its leader counted its own vote when it was made to time out, and won with that of a voter
    // that had lost contact: the lease of the leader rested on the first alone.
    title: '[I33] a voter on which a lease rests does not win by its own vote when it is made to time out',
    scenario: `
seed: "1"
cluster: { nodes: 3, raft: { reads: lease, checkQuorum: true, preVote: true } }
clients: { count: 1, ops: { put: 1 }, keys: 1, rate: 1/s, operations: 1 }
script:
  - load: stop
  - until: { leaders: 1 }
  - transfer: n1
  - wait: 500ms
  - cut: n1 <-> n3
  - wait: 200ms
  - cut: n1 <-> n2
  - timeout: n2
  - wait: 50ms
  - read: { key: k1, to: n1, by: c1 }
  - wait: 100ms
settle: off
`,
  },
];

test.for(REGRESSIONS)('$title', ({ scenario }) => {
  expect(runRandomScenario(scenario).failure).toBeNull();
});
