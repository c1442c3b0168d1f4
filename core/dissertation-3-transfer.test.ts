import { expect, test } from 'vitest';
import { configuration } from './configuration.ts';
import { NONE, REQUEST_VOTE, TIMEOUT_NOW } from './messages.ts';
import { Exchange } from './testing/exchange.ts';
import {
  appendTo,
  candidate,
  follower,
  leader,
  convergedLeader,
  timeoutNow,
  transferRequestVote,
} from './testing/messages.ts';
import { TestNode, appendOf, entriesOf, reject, requestOf, voteReply } from './testing/node.ts';
import { ELECTION, HEARTBEAT } from './node.ts';
import { CANDIDATE, FOLLOWER, LEADER } from './view.ts';

// Ongaro's dissertation (2014), section 3.10, rule by rule.

test.each([
  ['nobody it leads to itself', leader, 0, 'it leads already'],
  ['a follower', follower, 1, 'it does not lead'],
  ['a candidate', candidate, 1, 'it does not lead'],
])('§3.10 only a leader hands over, and to another: %s', (_, make, to, reason) => {
  const bench = make();
  expect(bench.admin({ kind: 'transfer', to })).toBe(reason);
  expect([bench.out.sent, bench.node.transferee]).toEqual([[], NONE]);
});

test('§3.10 the leadership goes to voters alone', () => {
  const bench = new TestNode({ nodes: 4, members: configuration([0, 1], [2]), disk: { term: 4 } });
  bench.fire(ELECTION);
  bench.sync();
  bench.receive(1, voteReply(5));
  bench.sync();
  for (const to of [2, 3])
    expect(bench.admin({ kind: 'transfer', to })).toBe('the server that is to take over is no voter');
  expect(bench.admin({ kind: 'transfer', to: 1 })).toBe(null);
});

test('§3.10 a leader that hands over takes no more requests, and goes on leading', () => {
  const bench = convergedLeader();
  bench.ask(requestOf(1, 1));
  bench.admin({ kind: 'transfer', to: 1 });
  bench.ask(requestOf(2, 1));
  expect(bench.out.replies.map(({ reply }) => reply.status)).toEqual(['busy']);
  expect([bench.node.role, bench.node.log.lastIndex, bench.out.sent]).toEqual([LEADER, 2, []]);
  bench.fire(HEARTBEAT);
  expect(bench.out.sent.map(({ to }) => to)).toEqual([1, 2]);
});

test('§3.10 requests from before the transfer are executed and answered', () => {
  const bench = convergedLeader();
  bench.ask(requestOf(1, 1));
  bench.sync();
  bench.admin({ kind: 'transfer', to: 1 });
  bench.acknowledge(2, 2);
  expect(bench.out.replies.map(({ reply }) => reply.status)).toEqual(['ok']);
});

test('§3.10 the other is told to stand when its log is that of the leader, which ordinary replication sees to', () => {
  const bench = leader({ nodes: 3, disk: { log: entriesOf(1, 2) } });
  bench.admin({ kind: 'transfer', to: 1 });
  bench.receive(1, reject(5, 2, 0, 1));
  expect(bench.sentTo(1).map(({ type }) => type)).not.toContain(TIMEOUT_NOW);
  expect(appendTo(bench, 1).entries.map(({ term }) => term)).toEqual([1, 2, 5]);
  bench.acknowledge(2, 1);
  expect(bench.sentTo(1).map(({ type }) => type)).not.toContain(TIMEOUT_NOW);
  bench.acknowledge(3, 2);
  expect(bench.out.sent.map(({ message }) => message.type)).not.toContain(TIMEOUT_NOW);
  bench.acknowledge(3, 1);
  expect(bench.sentTo(1)).toEqual([timeoutNow(5)]);
});

test('§3.10 one that has everything is told at once, and again until it stands', () => {
  const bench = convergedLeader();
  bench.admin({ kind: 'transfer', to: 2 });
  expect(bench.out.sent.map(({ to, message }) => [to, message])).toEqual([[2, timeoutNow(5)]]);
  bench.fire(HEARTBEAT);
  bench.acknowledge(1, 2);
  expect(bench.sentTo(2)).toEqual([timeoutNow(5)]);
  bench.acknowledge(1, 1);
  expect(bench.out.sent).toEqual([]);
});

test.each([false, true])(
  '§3.10 who is told stands at once, as if its timeout had passed; asking first: %s',
  (preVote) => {
    const bench = follower({ nodes: 3, options: { preVote, checkQuorum: true }, disk: { log: entriesOf(5) } });
    bench.receive(1, appendOf(5, 1, [1, 5]));
    bench.receive(1, timeoutNow(5));
    expect([bench.node.role, bench.node.term, bench.node.votedFor]).toEqual([CANDIDATE, 6, 0]);
    const request = { type: REQUEST_VOTE, term: 6, candidate: 0, lastLogIndex: 1, lastLogTerm: 5, transfer: true };
    expect(bench.out.sent.map(({ to, message }) => [to, message])).toEqual([
      [1, request],
      [2, request],
    ]);
  },
);

test('§3.10 elections of its own accord do not claim to be asked for', () => {
  const bench = follower();
  bench.receive(1, timeoutNow(5));
  bench.fire(ELECTION);
  for (const { message } of bench.out.sent) expect(message).toMatchObject({ transfer: false });
});

test('§3.10 only a follower that votes obeys: no leader, no candidate, no learner, no stranger', () => {
  for (const bench of [leader(), candidate()]) {
    const { role } = bench.node;
    bench.receive(3, timeoutNow(5));
    expect([bench.node.role, bench.node.term, bench.out.sent]).toEqual([role, 5, []]);
  }
  for (const members of [configuration([1, 2], [0]), configuration([1, 2])]) {
    const bench = follower({ nodes: 3, members });
    bench.receive(1, timeoutNow(5));
    expect([bench.node.role, bench.node.term, bench.out.sent]).toEqual([FOLLOWER, 5, []]);
  }
});

test('§3.10 the candidate’s first word makes the old leader step down, and completes the transfer', () => {
  const cluster = new Exchange([0, 1, 2].map((id) => new TestNode({ id, nodes: 3 })));
  cluster.fire(0, ELECTION);
  cluster.act(0, (bench) => bench.admin({ kind: 'transfer', to: 2 }));
  cluster.run();
  expect(cluster.benches.map(({ node }) => [node.role, node.term, node.leader])).toEqual([
    [FOLLOWER, 2, 2],
    [FOLLOWER, 2, 2],
    [LEADER, 2, 2],
  ]);
  expect(cluster.benches[0]!.node.transferee).toBe(NONE);
});

test('§3.10 if it has not happened after an election timeout, the leader gives up and takes requests again', () => {
  const bench = convergedLeader();
  bench.admin({ kind: 'transfer', to: 1 });
  bench.now = 250_000;
  bench.fire(HEARTBEAT);
  bench.ask(requestOf(1, 1));
  expect(bench.out.replies.map(({ reply }) => reply.status)).toEqual(['busy']);
  bench.now = 300_000;
  bench.fire(HEARTBEAT);
  bench.ask(requestOf(1, 1));
  expect([bench.out.replies, bench.node.log.lastIndex, bench.node.transferee]).toEqual([[], 2, NONE]);
  bench.acknowledge(2, 1);
  expect(bench.sentTo(1).map(({ type }) => type)).not.toContain(TIMEOUT_NOW);
});

test('§3.10 if the leader gave up too early, the worst that comes of it is one election', () => {
  const bench = convergedLeader();
  bench.admin({ kind: 'transfer', to: 1 });
  bench.now = 300_000;
  bench.fire(HEARTBEAT);
  bench.receive(1, transferRequestVote(6, 1, 1, 5));
  expect([bench.node.role, bench.sentTo(1)]).toEqual([FOLLOWER, [voteReply(6)]]);
});

test('§3.10 one transfer at a time: to another it is declined, and to the same it goes on', () => {
  const bench = leader({ nodes: 3 });
  expect(bench.admin({ kind: 'transfer', to: 1 })).toBe(null);
  expect(bench.admin({ kind: 'transfer', to: 1 })).toBe(null);
  expect(bench.admin({ kind: 'transfer', to: 2 })).toBe('it is handing the leadership over to another');
  expect(bench.node.transferee).toBe(1);
});

test('§3.10 a transfer ends with the leadership: if it leads again, it takes requests', () => {
  const bench = convergedLeader();
  bench.admin({ kind: 'transfer', to: 1 });
  bench.receive(2, voteReply(6, false));
  expect(bench.node.transferee).toBe(NONE);
  bench.lead();
  bench.ask(requestOf(1, 1));
  expect([bench.node.role, bench.out.replies]).toEqual([LEADER, []]);
});

test('§3.10 a server that takes over has every entry the leader had: it could win without its vote', () => {
  const bench = convergedLeader();
  bench.ask(requestOf(1, 1));
  bench.admin({ kind: 'transfer', to: 1 });
  expect(bench.sentTo(1)).toEqual([]);
  const ahead = follower({ nodes: 3, disk: { log: entriesOf(5, 5) } });
  ahead.receive(1, transferRequestVote(6, 1, 1, 5));
  expect(ahead.sentTo(1)).toEqual([voteReply(6, false)]);
});
