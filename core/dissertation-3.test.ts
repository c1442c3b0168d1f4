import { describe, expect, test } from 'vitest';
import { configuration } from './configuration.ts';
import { emptySnapshot } from './disk.ts';
import { NONE } from './messages.ts';
import { ELECTION, HEARTBEAT } from './node.ts';
import {
  ack,
  appendOf,
  entriesOf,
  entryOf,
  installOf,
  reject,
  requestOf,
  requestVoteOf,
  voteReply,
} from './testing/messages.ts';
import { appendTo, candidate, convergedLeader, follower, leader, replyOf, termsOf, TestNode } from './testing/node.ts';
import { ReliableCluster } from './testing/reliable-cluster.ts';
import { CANDIDATE, FOLLOWER, LEADER } from './view.ts';

// Ongaro's dissertation (2014), chapter 3, rule by rule. What its sections 3.3 to 3.6 have in common with section 5 of
// the paper is tested there (paper-5-*.test.ts);
// section 3.10 has a file of its own.

describe('probing for the place where logs match', () => {
  test('§3.5 while the leader probes a follower, one request is in flight to it', () => {
    const node = leader({ nodes: 3, options: { maxInflight: 8 } });
    for (let sequence = 1; sequence <= 3; sequence++) {
      node.request(requestOf(1, sequence));
      expect(node.out.sent).toEqual([]);
    }
  });

  test('§3.5 a reordered reply does not count for the request in flight', () => {
    const node = leader({ nodes: 3, options: { maxInflight: 8 } });
    node.acknowledge(0, 1);
    node.request(requestOf(1, 1));
    expect(node.out.sent).toEqual([]);
    node.acknowledge(1, 1);
    expect(appendTo(node, 1)).toMatchObject({ prevLogIndex: 1 });
  });

  test('§3.5 once it knows, it sends entries without waiting for replies', () => {
    const node = convergedLeader({}, { maxInflight: 8 });
    for (let sequence = 1; sequence <= 3; sequence++) {
      node.request(requestOf(1, sequence));
      expect(appendTo(node, 1)).toMatchObject({ prevLogIndex: sequence, entries: [{ term: 5 }] });
    }
  });

  test('§3.5 there are as many requests in flight as allowed, and another for each reply', () => {
    const node = convergedLeader({}, { maxInflight: 2 });
    for (let sequence = 1; sequence <= 4; sequence++) {
      node.request(requestOf(1, sequence));
      expect(node.sentTo(1).length).toBe(sequence <= 2 ? 1 : 0);
    }
    node.acknowledge(2, 1);
    expect(appendTo(node, 1)).toMatchObject({ prevLogIndex: 3, entries: [{ term: 5 }, { term: 5 }] });
  });

  test('§3.5 a rejection makes it probe again', () => {
    const node = convergedLeader({}, { maxInflight: 8 });
    for (let sequence = 1; sequence <= 3; sequence++) node.request(requestOf(1, sequence));
    node.receive(1, reject(5, 3, 0, 2));
    expect(node.sentTo(1).length).toBe(1);
    expect(appendTo(node, 1)).toMatchObject({ prevLogIndex: 1 });
    node.request(requestOf(1, 4));
    expect(node.sentTo(1)).toEqual([]);
  });
});

describe('persisted state', () => {
  test('§3.8 term and vote are on disk, in one write, before a vote is sent', () => {
    const node = follower();
    node.receive(3, requestVoteOf(6, 3));
    expect(node.out.writes).toEqual([{ kind: 'vote', term: 6, votedFor: 3 }]);
    expect(node.out.sent).toEqual([{ to: 3, message: voteReply(6), after: node.out.lastTicket }]);
  });

  test('§3.8 a vote in the current term is written, too, and what does not change is not written again', () => {
    const node = follower();
    node.receive(3, requestVoteOf(5, 3));
    expect(node.out.writes).toEqual([{ kind: 'vote', term: 5, votedFor: 3 }]);
    node.receive(4, requestVoteOf(5, 4));
    expect(node.out.writes).toEqual([]);
  });

  test('§3.8 a vote that is requested again waits for the same write', () => {
    const node = follower();
    node.receive(3, requestVoteOf(6, 3));
    node.receive(3, requestVoteOf(6, 3));
    expect(node.out.writes).toEqual([]);
    expect(node.out.sent[0]!.after).toBe(node.out.lastTicket);
  });

  test('§3.8 a new term is on disk before a denial carries it', () => {
    const node = follower({ disk: { log: entriesOf(5) } });
    node.receive(3, requestVoteOf(6, 3));
    expect(node.out.writes).toEqual([{ kind: 'vote', term: 6, votedFor: NONE }]);
    expect(node.out.sent).toEqual([{ to: 3, message: voteReply(6, false), after: 1 }]);
    const other = follower();
    other.receive(3, appendOf(6, 3, [4, 4]));
    expect(other.out.sent[0]!.after).toBe(1);
  });

  test('§3.8 a candidate’s vote for itself is on disk before it requests others, and before it counts', () => {
    const node = new TestNode({ nodes: 3 });
    node.fire(ELECTION);
    expect(node.out.sent.map(({ after }) => after)).toEqual([node.out.lastTicket, node.out.lastTicket]);
    node.receive(1, voteReply(1));
    expect(node.state.role).toBe(CANDIDATE);
    node.sync();
    expect(node.state.role).toBe(LEADER);
  });

  test('§3.8 an earlier write that becomes durable does not make its vote count', () => {
    const node = new TestNode({ nodes: 3 });
    node.receive(1, appendOf(1, 1, [0, 0], entriesOf(1)));
    node.fire(ELECTION);
    node.receive(1, voteReply(2));
    // The term of the leader, its entry; then the candidate's own vote.
    for (const role of [CANDIDATE, CANDIDATE, LEADER]) {
      node.syncOne();
      expect(node.state.role).toBe(role);
    }
  });

  test('§3.8 a node that restarts does not vote for another in a term in which it has voted', () => {
    const node = follower({ disk: { votedFor: 1 } });
    node.receive(3, requestVoteOf(5, 3, 9, 9));
    expect(node.sentTo(3)).toEqual([voteReply(5, false)]);
    node.receive(1, requestVoteOf(5, 1, 9, 9));
    expect(node.sentTo(1)).toEqual([voteReply(5)]);
  });

  test('§3.8 a restarted node rejects leaders of stale terms', () => {
    const node = follower({ disk: { log: entriesOf(5) } });
    node.receive(3, appendOf(4, 3, [0, 0], entriesOf(4)));
    expect([replyOf(node).success, node.state.leader, termsOf(node.state)]).toEqual([false, NONE, [5]]);
  });

  test('§3.8 a follower’s entries are on disk before it acknowledges them', () => {
    const node = follower();
    node.receive(1, appendOf(5, 1, [0, 0], entriesOf(5, 5)));
    expect(node.out.sent).toEqual([{ to: 1, message: ack(5, 2), after: node.out.lastTicket }]);
  });

  test('§3.8 neither a heartbeat nor a duplicate makes it acknowledge what is not on disk yet', () => {
    for (const again of [appendOf(5, 1, [2, 5]), appendOf(5, 1, [0, 0], entriesOf(5, 5))]) {
      const node = follower();
      node.receive(1, appendOf(5, 1, [0, 0], entriesOf(5, 5)));
      node.receive(1, again);
      expect(node.out.writes).toEqual([]);
      expect(node.out.sent).toEqual([{ to: 1, message: ack(5, 2), after: node.out.lastTicket }]);
    }
  });

  test('§3.8 a snapshot is on disk before it is acknowledged', () => {
    const node = follower();
    node.receive(1, installOf(5, 1, [4, 3]));
    expect(node.out.writes).toMatchObject([{ kind: 'snapshot', keepsLog: false }]);
    expect(node.out.sent[0]).toMatchObject({ message: { done: true }, after: node.out.lastTicket });
  });

  test('§3.8 a leader counts its own entries for commitment when they are on its disk', () => {
    const node = convergedLeader();
    node.request(requestOf(1, 1));
    node.acknowledge(2, 1);
    expect(node.state.commitIndex).toBe(1);
    node.sync();
    expect(node.state.commitIndex).toBe(2);
  });

  test('§3.8 it counts none that is behind the one that has just become durable', () => {
    const node = convergedLeader();
    node.request(requestOf(1, 1));
    node.request(requestOf(1, 2));
    node.acknowledge(3, 1);
    node.syncOne();
    expect(node.state.commitIndex).toBe(2);
    node.syncOne();
    expect(node.state.commitIndex).toBe(3);
  });

  test('§3.8 nor does a new leader whose disk has less than its memory', () => {
    const node = candidate({ nodes: 3, disk: { term: 3 } });
    node.receive(1, appendOf(4, 1, [0, 0], entriesOf(4, 4)));
    expect(node.state.matchIndex[0]).toBe(0);
    node.fire(ELECTION);
    for (const from of [1, 2]) node.receive(from, voteReply(5));
    expect([node.state.role, node.state.matchIndex[0], node.state.log.lastIndex]).toEqual([LEADER, 0, 3]);
  });

  test('§3.8 entries that a majority of others have on disk are committed without the leader’s own disk', () => {
    const node = convergedLeader();
    node.request(requestOf(1, 1));
    node.acknowledge(2, 1, 2);
    expect([node.state.commitIndex, node.hasPendingWrite]).toEqual([2, true]);
  });

  test('§3.8 a write that was overwritten makes none of the entries durable that replaced it', () => {
    const node = candidate({ nodes: 3 });
    node.receive(1, appendOf(5, 1, [0, 0], entriesOf(5, 5)));
    node.receive(2, appendOf(6, 2, [0, 0], entriesOf(6, 6)));
    node.syncOne();
    expect([termsOf(node.state), node.state.stableIndex]).toEqual([[6, 6], 0]);
    node.syncOne();
    expect(node.state.stableIndex).toBe(0);
    node.syncOne();
    expect(node.state.stableIndex).toBe(2);
  });

  test('§3.8 entries that were durable and have been overwritten are no longer durable', () => {
    const node = follower({ disk: { log: entriesOf(5, 5) } });
    node.receive(2, appendOf(6, 2, [1, 5], entriesOf(6)));
    expect([termsOf(node.state), node.state.stableIndex]).toEqual([[5, 6], 1]);
    node.sync();
    expect(node.state.stableIndex).toBe(2);
  });

  test('§3.8 what it wrote before the overwritten part is durable', () => {
    const node = follower();
    node.receive(1, appendOf(5, 1, [0, 0], entriesOf(5, 5, 5)));
    node.receive(2, appendOf(6, 2, [2, 5], entriesOf(6)));
    node.syncOne();
    expect(node.state.stableIndex).toBe(2);
  });
});

describe('state that may be lost', () => {
  const LOG = [1, 2, 3].map((sequence) => entryOf(5, requestOf(1, sequence, { op: 'append', value: `${sequence}` })));

  test('§3.8 a node restarts as a follower with commitIndex 0, an empty state machine and no leader', () => {
    const { state } = follower({ disk: { log: LOG, votedFor: 0 } });
    expect([state.role, state.leader, state.commitIndex, state.lastApplied, state.lookup('x')]).toEqual([
      FOLLOWER,
      NONE,
      0,
      0,
      null,
    ]);
    expect([state.term, state.votedFor, state.log.lastIndex, state.stableIndex]).toEqual([5, 0, 3, 3]);
  });

  test('§3.8 the state machine is recovered by applying the log again, to the same state', () => {
    const before = follower();
    before.receive(1, appendOf(5, 1, [0, 0], LOG, 3));
    const restarted = follower({ disk: { log: LOG } });
    restarted.receive(1, appendOf(5, 1, [3, 5], [], 3));
    expect(restarted.out.appliedEntries).toEqual(before.out.appliedEntries);
    expect([restarted.state.lookup('x'), restarted.state.store.hash]).toEqual(['123', before.state.store.hash]);
  });

  test('§3.8 with a snapshot, it is recovered from that and the log after it', () => {
    const whole = follower({ options: { snapshotTrailing: 0 } });
    whole.receive(1, appendOf(5, 1, [0, 0], LOG, 2));
    expect(whole.admin({ kind: 'snapshot' })).toBe(null);
    const { snapshot } = whole.state;
    const restarted = follower({ disk: { snapshot, base: 2, baseTerm: 5, log: LOG.slice(2) } });
    expect([restarted.state.commitIndex, restarted.state.lastApplied, restarted.state.lookup('x')]).toEqual([
      2,
      2,
      '12',
    ]);
    restarted.receive(1, appendOf(5, 1, [3, 5], [], 3));
    expect(restarted.out.appliedEntries.map(({ index }) => index)).toEqual([3]);
    expect(restarted.state.lookup('x')).toBe('123');
  });

  test('§3.8 when all nodes restart, what was committed is committed again with the first entry of a new leader', () => {
    const nodes = [0, 1, 2].map((id) => new TestNode({ id, nodes: 3, disk: { term: 5, log: LOG } }));
    expect(nodes.map(({ state }) => state.commitIndex)).toEqual([0, 0, 0]);
    const cluster = new ReliableCluster(nodes);
    cluster.fire(1, ELECTION);
    cluster.fire(1, HEARTBEAT);
    expect(nodes.map(({ state }) => [state.commitIndex, state.lookup('x')])).toEqual([
      [4, '123'],
      [4, '123'],
      [4, '123'],
    ]);
  });

  test('§3.8 a leader that restarts is a follower, and probes its followers again if it is elected', () => {
    const node = leader({ nodes: 3, disk: { term: 5, votedFor: 0, log: entriesOf(5, 5) } });
    expect([node.state.term, ...[...node.state.nextIndex].slice(1), ...[...node.state.matchIndex].slice(1)]).toEqual([
      6, 3, 3, 0, 0,
    ]);
  });

  test('§3.8 the configuration is that of the log and the snapshot', () => {
    const three = configuration([0, 1, 2]);
    const four = configuration([0, 1, 2, 3]);
    const inLog = follower({ disk: { log: [entryOf(5, null, three), entryOf(5, null, four)] } });
    expect([inLog.state.configuration, inLog.state.configurationIndex]).toEqual([four, 2]);
    const inSnapshot = follower({ disk: { snapshot: emptySnapshot(three) } });
    expect([inSnapshot.state.configuration, inSnapshot.state.members]).toEqual([three, [0, 1, 2]]);
  });
});

describe('availability', () => {
  test('§3.9 a majority of nodes that are up elects a leader and serves', () => {
    const cluster = new ReliableCluster([0, 1, 2, 3, 4].map((id) => new TestNode({ id })));
    cluster.cutOff.add(3);
    cluster.cutOff.add(4);
    cluster.fire(0, ELECTION);
    cluster.request(0, requestOf(1, 1));
    expect([cluster.nodes[0]!.state.role, cluster.nodes[0]!.state.commitIndex]).toEqual([LEADER, 2]);
  });

  test('§3.9 with a majority down, no node leads', () => {
    const cluster = new ReliableCluster([0, 1, 2, 3, 4].map((id) => new TestNode({ id })));
    for (const node of [2, 3, 4]) cluster.cutOff.add(node);
    for (const node of [0, 1, 0, 1]) cluster.fire(node, ELECTION);
    expect(cluster.nodes.map(({ state }) => state.role)).not.toContain(LEADER);
  });

  test('§3.9 a node that votes waits a whole election timeout for the new leader', () => {
    const node = follower();
    node.now = 1_000_000;
    node.receive(3, requestVoteOf(6, 3));
    expect(node.out.timers.at(-1)!.at).toBeGreaterThanOrEqual(1_150_000);
  });
});
