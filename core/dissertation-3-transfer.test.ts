import { expect, test } from 'vitest';
import { configuration } from './configuration.ts';
import { NONE, REQUEST_VOTE, TIMEOUT_NOW } from './messages.ts';
import { ELECTION, HEARTBEAT } from './node.ts';
import {
  appendOf,
  entriesOf,
  reject,
  requestOf,
  timeoutNow,
  transferRequestVote,
  voteReply,
} from './testing/messages.ts';
import { appendTo, candidate, convergedLeader, follower, leader, TestNode } from './testing/node.ts';
import { ReliableCluster } from './testing/reliable-cluster.ts';
import { CANDIDATE, FOLLOWER, LEADER } from './view.ts';

// Ongaro's dissertation (2014), section 3.10, rule by rule.

test.each([
  ['a leader to itself', leader, 0, 'the transfer target is the leader'],
  ['a follower', follower, 1, 'the node is not the leader'],
  ['a candidate', candidate, 1, 'the node is not the leader'],
])('§3.10 only a leader transfers leadership, and to another node: %s', (_, make, to, reason) => {
  const node = make();
  expect(node.admin({ kind: 'transfer', to })).toBe(reason);
  expect([node.out.sent, node.state.transferee]).toEqual([[], NONE]);
});

test('§3.10 only voters can be transfer targets', () => {
  const node = new TestNode({ nodes: 4, members: configuration([0, 1], [2]), disk: { term: 4 } });
  node.fire(ELECTION);
  node.sync();
  node.receive(1, voteReply(5));
  node.sync();
  for (const to of [2, 3]) expect(node.admin({ kind: 'transfer', to })).toBe('the transfer target is not a voter');
  expect(node.admin({ kind: 'transfer', to: 1 })).toBe(null);
});

test('§3.10 during a transfer a leader accepts no requests, and keeps leading', () => {
  const node = convergedLeader();
  node.request(requestOf(1, 1));
  node.admin({ kind: 'transfer', to: 1 });
  node.request(requestOf(2, 1));
  expect(node.out.replies.map(({ reply }) => reply.status)).toEqual(['busy']);
  expect([node.state.role, node.state.log.lastIndex, node.out.sent]).toEqual([LEADER, 2, []]);
  node.fire(HEARTBEAT);
  expect(node.out.sent.map(({ to }) => to)).toEqual([1, 2]);
});

test('§3.10 requests from before the transfer are executed and get replies', () => {
  const node = convergedLeader();
  node.request(requestOf(1, 1));
  node.sync();
  node.admin({ kind: 'transfer', to: 1 });
  node.acknowledge(2, 2);
  expect(node.out.replies.map(({ reply }) => reply.status)).toEqual(['ok']);
});

test('§3.10 TimeoutNow is sent when ordinary replication has brought the target’s log up to the leader’s', () => {
  const node = leader({ nodes: 3, disk: { log: entriesOf(1, 2) } });
  node.admin({ kind: 'transfer', to: 1 });
  node.receive(1, reject(5, 2, 0, 1));
  expect(node.sentTo(1).map(({ type }) => type)).not.toContain(TIMEOUT_NOW);
  expect(appendTo(node, 1).entries.map(({ term }) => term)).toEqual([1, 2, 5]);
  node.acknowledge(2, 1);
  expect(node.sentTo(1).map(({ type }) => type)).not.toContain(TIMEOUT_NOW);
  node.acknowledge(3, 2);
  expect(node.out.sent.map(({ message }) => message.type)).not.toContain(TIMEOUT_NOW);
  node.acknowledge(3, 1);
  expect(node.sentTo(1)).toEqual([timeoutNow(5)]);
});

test('§3.10 TimeoutNow is sent at once to a target that has everything, and again until it starts an election', () => {
  const node = convergedLeader();
  node.admin({ kind: 'transfer', to: 2 });
  expect(node.out.sent.map(({ to, message }) => [to, message])).toEqual([[2, timeoutNow(5)]]);
  node.fire(HEARTBEAT);
  node.acknowledge(1, 2);
  expect(node.sentTo(2)).toEqual([timeoutNow(5)]);
  node.acknowledge(1, 1);
  expect(node.out.sent).toEqual([]);
});

test.each([false, true])(
  '§3.10 TimeoutNow starts an election at once, as if the timeout had elapsed; with PreVote: %s',
  (preVote) => {
    const node = follower({ nodes: 3, options: { preVote, checkQuorum: true }, disk: { log: entriesOf(5) } });
    node.receive(1, appendOf(5, 1, [1, 5]));
    node.receive(1, timeoutNow(5));
    expect([node.state.role, node.state.term, node.state.votedFor]).toEqual([CANDIDATE, 6, 0]);
    const request = { type: REQUEST_VOTE, term: 6, candidate: 0, lastLogIndex: 1, lastLogTerm: 5, transfer: true };
    expect(node.out.sent.map(({ to, message }) => [to, message])).toEqual([
      [1, request],
      [2, request],
    ]);
  },
);

test('§3.10 other elections do not claim to be transfers', () => {
  const node = follower();
  node.receive(1, timeoutNow(5));
  node.fire(ELECTION);
  for (const { message } of node.out.sent) expect(message).toMatchObject({ transfer: false });
});

test('§3.10 only followers that are voters accept TimeoutNow: no leader, candidate, learner or non-member does', () => {
  for (const node of [leader(), candidate()]) {
    const { role } = node.state;
    node.receive(3, timeoutNow(5));
    expect([node.state.role, node.state.term, node.out.sent]).toEqual([role, 5, []]);
  }
  for (const members of [configuration([1, 2], [0]), configuration([1, 2])]) {
    const node = follower({ nodes: 3, members });
    node.receive(1, timeoutNow(5));
    expect([node.state.role, node.state.term, node.out.sent]).toEqual([FOLLOWER, 5, []]);
  }
});

test('§3.10 the candidate’s first message makes the old leader step down, and completes the transfer', () => {
  const cluster = new ReliableCluster([0, 1, 2].map((id) => new TestNode({ id, nodes: 3 })));
  cluster.fire(0, ELECTION);
  cluster.act(0, (node) => node.admin({ kind: 'transfer', to: 2 }));
  cluster.deliverAll();
  expect(cluster.nodes.map(({ state }) => [state.role, state.term, state.leader])).toEqual([
    [FOLLOWER, 2, 2],
    [FOLLOWER, 2, 2],
    [LEADER, 2, 2],
  ]);
  expect(cluster.nodes[0]!.state.transferee).toBe(NONE);
});

test('§3.10 a transfer that takes longer than an election timeout is aborted, and the leader accepts requests again', () => {
  const node = convergedLeader();
  node.admin({ kind: 'transfer', to: 1 });
  node.now = 250_000;
  node.fire(HEARTBEAT);
  node.request(requestOf(1, 1));
  expect(node.out.replies.map(({ reply }) => reply.status)).toEqual(['busy']);
  node.now = 300_000;
  node.fire(HEARTBEAT);
  node.request(requestOf(1, 1));
  expect([node.out.replies, node.state.log.lastIndex, node.state.transferee]).toEqual([[], 2, NONE]);
  node.acknowledge(2, 1);
  expect(node.sentTo(1).map(({ type }) => type)).not.toContain(TIMEOUT_NOW);
});

test('§3.10 if the leader aborts too early, the worst outcome is one election', () => {
  const node = convergedLeader();
  node.admin({ kind: 'transfer', to: 1 });
  node.now = 300_000;
  node.fire(HEARTBEAT);
  node.receive(1, transferRequestVote(6, 1, 1, 5));
  expect([node.state.role, node.sentTo(1)]).toEqual([FOLLOWER, [voteReply(6)]]);
});

test('§3.10 one transfer at a time: one to another target is rejected, and one to the same target continues', () => {
  const node = leader({ nodes: 3 });
  expect(node.admin({ kind: 'transfer', to: 1 })).toBe(null);
  expect(node.admin({ kind: 'transfer', to: 1 })).toBe(null);
  expect(node.admin({ kind: 'transfer', to: 2 })).toBe('a transfer to another node is in progress');
  expect(node.state.transferee).toBe(1);
});

test('§3.10 a transfer ends with the leadership: a leader that is elected again accepts requests', () => {
  const node = convergedLeader();
  node.admin({ kind: 'transfer', to: 1 });
  node.receive(2, voteReply(6, false));
  expect(node.state.transferee).toBe(NONE);
  node.lead();
  node.request(requestOf(1, 1));
  expect([node.state.role, node.out.replies]).toEqual([LEADER, []]);
});

test('§3.10 a transfer target has every entry of the leader: it can win without the leader’s vote', () => {
  const node = convergedLeader();
  node.request(requestOf(1, 1));
  node.admin({ kind: 'transfer', to: 1 });
  expect(node.sentTo(1)).toEqual([]);
  const ahead = follower({ nodes: 3, disk: { log: entriesOf(5, 5) } });
  ahead.receive(1, transferRequestVote(6, 1, 1, 5));
  expect(ahead.sentTo(1)).toEqual([voteReply(6, false)]);
});
