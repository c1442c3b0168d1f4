import { describe, expect, test } from 'vitest';
import { configuration } from './configuration.ts';
import { emptySnapshot } from './disk.ts';
import { NONE } from './messages.ts';
import { Exchange } from './testing/exchange.ts';
import { replyOf, appendTo, candidate, follower, installOf, leader, convergedLeader } from './testing/messages.ts';
import {
  TestNode,
  ack,
  appendOf,
  requestVoteOf,
  entriesOf,
  entryOf,
  reject,
  requestOf,
  termsOf,
  voteReply,
} from './testing/node.ts';
import { ELECTION, HEARTBEAT } from './node.ts';
import { CANDIDATE, FOLLOWER, LEADER } from './view.ts';

// Ongaro's dissertation (2014), chapter 3, rule by rule. What its sections 3.3 to 3.6 have in common with section 5 of
// the paper is tested there (paper-5-*.test.ts);
// section 3.10 has a file of its own.

describe('looking for the place where logs match', () => {
  test('§3.5 while the leader does not know where a follower’s log matches, one request is under way to it', () => {
    const bench = leader({ nodes: 3, options: { maxInflight: 8 } });
    for (let sequence = 1; sequence <= 3; sequence++) {
      bench.ask(requestOf(1, sequence));
      expect(bench.out.sent).toEqual([]);
    }
  });

  test('§3.5 an answer that was overtaken does not count for the request under way', () => {
    const bench = leader({ nodes: 3, options: { maxInflight: 8 } });
    bench.acknowledge(0, 1);
    bench.ask(requestOf(1, 1));
    expect(bench.out.sent).toEqual([]);
    bench.acknowledge(1, 1);
    expect(appendTo(bench, 1)).toMatchObject({ prevLogIndex: 1 });
  });

  test('§3.5 when it knows, entries follow each other without waiting for answers', () => {
    const bench = convergedLeader({}, { maxInflight: 8 });
    for (let sequence = 1; sequence <= 3; sequence++) {
      bench.ask(requestOf(1, sequence));
      expect(appendTo(bench, 1)).toMatchObject({ prevLogIndex: sequence, entries: [{ term: 5 }] });
    }
  });

  test('§3.5 there are as many under way as may be, and one more for each that is answered', () => {
    const bench = convergedLeader({}, { maxInflight: 2 });
    for (let sequence = 1; sequence <= 4; sequence++) {
      bench.ask(requestOf(1, sequence));
      expect(bench.sentTo(1).length).toBe(sequence <= 2 ? 1 : 0);
    }
    bench.acknowledge(2, 1);
    expect(appendTo(bench, 1)).toMatchObject({ prevLogIndex: 3, entries: [{ term: 5 }, { term: 5 }] });
  });

  test('§3.5 a rejection in between sends it back to looking', () => {
    const bench = convergedLeader({}, { maxInflight: 8 });
    for (let sequence = 1; sequence <= 3; sequence++) bench.ask(requestOf(1, sequence));
    bench.receive(1, reject(5, 3, 0, 2));
    expect(bench.sentTo(1).length).toBe(1);
    expect(appendTo(bench, 1)).toMatchObject({ prevLogIndex: 1 });
    bench.ask(requestOf(1, 4));
    expect(bench.sentTo(1)).toEqual([]);
  });
});

describe('persisted state', () => {
  test('§3.8 term and vote are on disk, in one write, before a vote is told', () => {
    const bench = follower();
    bench.receive(3, requestVoteOf(6, 3));
    expect(bench.out.writes).toEqual([{ kind: 'vote', term: 6, votedFor: 3 }]);
    expect(bench.out.sent).toEqual([{ to: 3, message: voteReply(6), after: bench.out.lastTicket }]);
  });

  test('§3.8 a vote in the present term is written, too, and what does not change is not written again', () => {
    const bench = follower();
    bench.receive(3, requestVoteOf(5, 3));
    expect(bench.out.writes).toEqual([{ kind: 'vote', term: 5, votedFor: 3 }]);
    bench.receive(4, requestVoteOf(5, 4));
    expect(bench.out.writes).toEqual([]);
  });

  test('§3.8 a vote that is asked for again waits for the same write', () => {
    const bench = follower();
    bench.receive(3, requestVoteOf(6, 3));
    bench.receive(3, requestVoteOf(6, 3));
    expect(bench.out.writes).toEqual([]);
    expect(bench.out.sent[0]!.after).toBe(bench.out.lastTicket);
  });

  test('§3.8 a new term is on disk before a refusal tells of it', () => {
    const bench = follower({ disk: { log: entriesOf(5) } });
    bench.receive(3, requestVoteOf(6, 3));
    expect(bench.out.writes).toEqual([{ kind: 'vote', term: 6, votedFor: NONE }]);
    expect(bench.out.sent).toEqual([{ to: 3, message: voteReply(6, false), after: 1 }]);
    const other = follower();
    other.receive(3, appendOf(6, 3, [4, 4]));
    expect(other.out.sent[0]!.after).toBe(1);
  });

  test('§3.8 a candidate’s vote for itself is on disk before it asks others, and before it counts', () => {
    const bench = new TestNode({ nodes: 3 });
    bench.fire(ELECTION);
    expect(bench.out.sent.map(({ after }) => after)).toEqual([bench.out.lastTicket, bench.out.lastTicket]);
    bench.receive(1, voteReply(1));
    expect(bench.node.role).toBe(CANDIDATE);
    bench.sync();
    expect(bench.node.role).toBe(LEADER);
  });

  test('§3.8 an earlier write that becomes durable does not make its vote count', () => {
    const bench = new TestNode({ nodes: 3 });
    bench.receive(1, appendOf(1, 1, [0, 0], entriesOf(1)));
    bench.fire(ELECTION);
    bench.receive(1, voteReply(2));
    // The term of the leader, its entry; then the candidate's own vote.
    for (const role of [CANDIDATE, CANDIDATE, LEADER]) {
      bench.syncOne();
      expect(bench.node.role).toBe(role);
    }
  });

  test('§3.8 a server that restarts does not vote for another in a term in which it has voted', () => {
    const bench = follower({ disk: { votedFor: 1 } });
    bench.receive(3, requestVoteOf(5, 3, 9, 9));
    expect(bench.sentTo(3)).toEqual([voteReply(5, false)]);
    bench.receive(1, requestVoteOf(5, 1, 9, 9));
    expect(bench.sentTo(1)).toEqual([voteReply(5)]);
  });

  test('§3.8 a server that restarts does not listen to leaders of terms that it knew to be over', () => {
    const bench = follower({ disk: { log: entriesOf(5) } });
    bench.receive(3, appendOf(4, 3, [0, 0], entriesOf(4)));
    expect([replyOf(bench).success, bench.node.leader, termsOf(bench.node)]).toEqual([false, NONE, [5]]);
  });

  test('§3.8 a follower’s entries are on disk before it acknowledges them', () => {
    const bench = follower();
    bench.receive(1, appendOf(5, 1, [0, 0], entriesOf(5, 5)));
    expect(bench.out.sent).toEqual([{ to: 1, message: ack(5, 2), after: bench.out.lastTicket }]);
  });

  test('§3.8 neither a heartbeat nor a second copy makes it acknowledge what is not on disk yet', () => {
    for (const again of [appendOf(5, 1, [2, 5]), appendOf(5, 1, [0, 0], entriesOf(5, 5))]) {
      const bench = follower();
      bench.receive(1, appendOf(5, 1, [0, 0], entriesOf(5, 5)));
      bench.receive(1, again);
      expect(bench.out.writes).toEqual([]);
      expect(bench.out.sent).toEqual([{ to: 1, message: ack(5, 2), after: bench.out.lastTicket }]);
    }
  });

  test('§3.8 a snapshot is on disk before it is acknowledged', () => {
    const bench = follower();
    bench.receive(1, installOf(5, 1, [4, 3]));
    expect(bench.out.writes).toMatchObject([{ kind: 'snapshot', keepsLog: false }]);
    expect(bench.out.sent[0]).toMatchObject({ message: { done: true }, after: bench.out.lastTicket });
  });

  test('§3.8 a leader counts its own entries for commitment when they are on its disk', () => {
    const bench = convergedLeader();
    bench.ask(requestOf(1, 1));
    bench.acknowledge(2, 1);
    expect(bench.node.commitIndex).toBe(1);
    bench.sync();
    expect(bench.node.commitIndex).toBe(2);
  });

  test('§3.8 it counts none that is behind the one that has just become durable', () => {
    const bench = convergedLeader();
    bench.ask(requestOf(1, 1));
    bench.ask(requestOf(1, 2));
    bench.acknowledge(3, 1);
    bench.syncOne();
    expect(bench.node.commitIndex).toBe(2);
    bench.syncOne();
    expect(bench.node.commitIndex).toBe(3);
  });

  test('§3.8 nor does a new leader that has written down less than it holds', () => {
    const bench = candidate({ nodes: 3, disk: { term: 3 } });
    bench.receive(1, appendOf(4, 1, [0, 0], entriesOf(4, 4)));
    expect(bench.node.matchIndex[0]).toBe(0);
    bench.fire(ELECTION);
    for (const from of [1, 2]) bench.receive(from, voteReply(5));
    expect([bench.node.role, bench.node.matchIndex[0], bench.node.log.lastIndex]).toEqual([LEADER, 0, 3]);
  });

  test('§3.8 entries that a majority of others have on disk are committed without the leader’s own disk', () => {
    const bench = convergedLeader();
    bench.ask(requestOf(1, 1));
    bench.acknowledge(2, 1, 2);
    expect([bench.node.commitIndex, bench.pending]).toEqual([2, true]);
  });

  test('§3.8 a write that has been overwritten meanwhile makes nothing durable that took its place', () => {
    const bench = candidate({ nodes: 3 });
    bench.receive(1, appendOf(5, 1, [0, 0], entriesOf(5, 5)));
    bench.receive(2, appendOf(6, 2, [0, 0], entriesOf(6, 6)));
    bench.syncOne();
    expect([termsOf(bench.node), bench.node.stableIndex]).toEqual([[6, 6], 0]);
    bench.syncOne();
    expect(bench.node.stableIndex).toBe(0);
    bench.syncOne();
    expect(bench.node.stableIndex).toBe(2);
  });

  test('§3.8 what was durable and has been overwritten is durable no more', () => {
    const bench = follower({ disk: { log: entriesOf(5, 5) } });
    bench.receive(2, appendOf(6, 2, [1, 5], entriesOf(6)));
    expect([termsOf(bench.node), bench.node.stableIndex]).toEqual([[5, 6], 1]);
    bench.sync();
    expect(bench.node.stableIndex).toBe(2);
  });

  test('§3.8 what it wrote before the place where it was overwritten is durable', () => {
    const bench = follower();
    bench.receive(1, appendOf(5, 1, [0, 0], entriesOf(5, 5, 5)));
    bench.receive(2, appendOf(6, 2, [2, 5], entriesOf(6)));
    bench.syncOne();
    expect(bench.node.stableIndex).toBe(2);
  });
});

describe('state that may be lost', () => {
  const LOG = [1, 2, 3].map((sequence) => entryOf(5, requestOf(1, sequence, { op: 'append', value: `${sequence}` })));

  test('§3.8 a server restarts as a follower with commitIndex 0, an empty state machine and no leader', () => {
    const { node } = follower({ disk: { log: LOG, votedFor: 0 } });
    expect([node.role, node.leader, node.commitIndex, node.lastApplied, node.lookup('x')]).toEqual([
      FOLLOWER,
      NONE,
      0,
      0,
      null,
    ]);
    expect([node.term, node.votedFor, node.log.lastIndex, node.stableIndex]).toEqual([5, 0, 3, 3]);
  });

  test('§3.8 the state machine is recovered by applying the log again, to the same state', () => {
    const before = follower();
    before.receive(1, appendOf(5, 1, [0, 0], LOG, 3));
    const restarted = follower({ disk: { log: LOG } });
    restarted.receive(1, appendOf(5, 1, [3, 5], [], 3));
    expect(restarted.out.applied_).toEqual(before.out.applied_);
    expect([restarted.node.lookup('x'), restarted.node.store.hash]).toEqual(['123', before.node.store.hash]);
  });

  test('§3.8 with a snapshot, it is recovered from that and the log after it', () => {
    const whole = follower({ options: { snapshotTrailing: 0 } });
    whole.receive(1, appendOf(5, 1, [0, 0], LOG, 2));
    expect(whole.admin({ kind: 'snapshot' })).toBe(null);
    const { snapshot } = whole.node;
    const restarted = follower({ disk: { snapshot, base: 2, baseTerm: 5, log: LOG.slice(2) } });
    expect([restarted.node.commitIndex, restarted.node.lastApplied, restarted.node.lookup('x')]).toEqual([2, 2, '12']);
    restarted.receive(1, appendOf(5, 1, [3, 5], [], 3));
    expect(restarted.out.applied_.map(({ index }) => index)).toEqual([3]);
    expect(restarted.node.lookup('x')).toBe('123');
  });

  test('§3.8 when all servers restart, what was committed is committed again with the first entry of a new leader', () => {
    const benches = [0, 1, 2].map((id) => new TestNode({ id, nodes: 3, disk: { term: 5, log: LOG } }));
    expect(benches.map(({ node }) => node.commitIndex)).toEqual([0, 0, 0]);
    const cluster = new Exchange(benches);
    cluster.fire(1, ELECTION);
    cluster.fire(1, HEARTBEAT);
    expect(benches.map(({ node }) => [node.commitIndex, node.lookup('x')])).toEqual([
      [4, '123'],
      [4, '123'],
      [4, '123'],
    ]);
  });

  test('§3.8 a leader that restarts follows, and learns of its followers anew if it is elected again', () => {
    const bench = leader({ nodes: 3, disk: { term: 5, votedFor: 0, log: entriesOf(5, 5) } });
    expect([bench.node.term, ...[...bench.node.nextIndex].slice(1), ...[...bench.node.matchIndex].slice(1)]).toEqual([
      6, 3, 3, 0, 0,
    ]);
  });

  test('§3.8 the configuration is that of the log and the snapshot', () => {
    const three = configuration([0, 1, 2]);
    const four = configuration([0, 1, 2, 3]);
    const inLog = follower({ disk: { log: [entryOf(5, null, three), entryOf(5, null, four)] } });
    expect([inLog.node.configuration, inLog.node.configurationIndex]).toEqual([four, 2]);
    const inSnapshot = follower({ disk: { snapshot: emptySnapshot(three) } });
    expect([inSnapshot.node.configuration, inSnapshot.node.members]).toEqual([three, [0, 1, 2]]);
  });
});

describe('availability', () => {
  test('§3.9 a majority of servers that are up elects a leader and serves', () => {
    const cluster = new Exchange([0, 1, 2, 3, 4].map((id) => new TestNode({ id })));
    cluster.down.add(3);
    cluster.down.add(4);
    cluster.fire(0, ELECTION);
    cluster.ask(0, requestOf(1, 1));
    expect([cluster.benches[0]!.node.role, cluster.benches[0]!.node.commitIndex]).toEqual([LEADER, 2]);
  });

  test('§3.9 with a majority down, nobody leads', () => {
    const cluster = new Exchange([0, 1, 2, 3, 4].map((id) => new TestNode({ id })));
    for (const node of [2, 3, 4]) cluster.down.add(node);
    for (const node of [0, 1, 0, 1]) cluster.fire(node, ELECTION);
    expect(cluster.benches.map(({ node }) => node.role)).not.toContain(LEADER);
  });

  test('§3.9 no timeout is shorter than the others need to hear from a new leader: a vote waits a whole one', () => {
    const bench = follower();
    bench.now = 1_000_000;
    bench.receive(3, requestVoteOf(6, 3));
    expect(bench.out.timers.at(-1)!.at).toBeGreaterThanOrEqual(1_150_000);
  });
});
