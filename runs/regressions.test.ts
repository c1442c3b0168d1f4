import { expect, test } from 'vitest';
import { judge } from '../bench/judge.ts';

/** Scenarios of random faults that once raised an alarm, with what was wrong. */
const REGRESSIONS: readonly { readonly title: string; readonly scenario: string }[] = [
  {
    // I16 compared an ack with what the disk held by then; the claim is about the term of the message.
    title: '[I16] a slow process may acknowledge after its disk has gone on to a later term',
    scenario: `
seed: "247080389"
cluster: { nodes: 5, raft: { heartbeatInterval: 10ms } }
network: { loss: 1%, duplicate: 50% }
clients: { count: 1, ops: { put: 3, get: 3, cas: 1, append: 2, delete: 1 }, keys: 1, think: 1ms..10ms, timeout: 50ms }
timeline:
  - { at: 0ms, within: 0ms, clog: n1 -> n2 }
  - { at: 2200ms, within: 0ms, slowProcess: { nodes: followers, service: 500us..20ms } }
  - { at: 0ms, within: 0ms, disk: { nodes: all, stall: 200ms } }
  - { at: 0ms, within: 0ms, weather: { loss: 20%, latency: 100us..40ms } }
  - { at: 500ms, within: 0ms, partition: [[n1], others] }
  - { at: 4800ms, within: 0ms, heal: all }
  - { at: 2300ms, within: 0ms, partition: [[n2, n4, n1], others] }
  - { at: 5700ms, within: 0ms, crash: n1, disk: lose-unsynced }
  - { at: 500ms, within: 0ms, clock: { nodes: n1, jump: 50ms } }
settle: { within: 20s }
`,
  },
  {
    // Every heartbeat repeated all entries under way: 64 of them each 10 ms, for ever, over 200 kB/s.
    title: 'entries under way are not repeated at every heartbeat, so that a slow link comes to rest',
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
    // A leader appended every retry again, so that a fresh write stood behind dozens of repetitions.
    title: 'retries of a request under way are not appended again, and a fresh write gets through',
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
];

test.for(REGRESSIONS)('$title', ({ scenario }) => {
  expect(judge(scenario).alarm).toBeNull();
});
