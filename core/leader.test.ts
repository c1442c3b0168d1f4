import { describe, expect, test } from 'vitest';
import type { AppendEntries } from './messages.ts';
import {
  TestNode,
  ack,
  appendOf,
  appendTo,
  requestVoteOf,
  entriesOf,
  leading,
  reject,
  requestOf,
  termsOf,
  voteReply,
} from './testing/node.ts';
import { ELECTION, HEARTBEAT } from './node.ts';
import { LEADER } from './view.ts';

describe('a new leader', () => {
  test('starts its term with a no-op, and sends it to everybody without waiting for its own disk', () => {
    const bench = new TestNode({ nodes: 3, disk: { term: 3, log: entriesOf(1, 3) } });
    bench.fire(ELECTION);
    bench.sync();
    bench.receive(1, voteReply(4));
    expect([bench.node.role, termsOf(bench.node)]).toEqual([LEADER, [1, 3, 4]]);
    expect(bench.node.log.entry(3).request).toBe(null);
    for (const { message, after } of bench.out.sent) {
      expect(message).toMatchObject({ term: 4, leader: 0, prevLogIndex: 2, prevLogTerm: 3, leaderCommit: 0 });
      expect((message as AppendEntries).entries.map(({ term }) => term)).toEqual([4]);
      expect(after).toBe(0);
    }
    expect([...bench.node.nextIndex]).toEqual([3, 3, 3]);
    expect([...bench.node.matchIndex]).toEqual([2, 0, 0]);
  });

  test('appends nothing when it is told to go without a no-op', () => {
    const bench = leading({ log: entriesOf(1) }, { noop: false });
    expect(termsOf(bench.node)).toEqual([1]);
    bench.fire(HEARTBEAT);
    expect(appendTo(bench, 1).entries).toEqual([]);
  });

  test('forgets what it knew of its followers from an earlier leadership', () => {
    const bench = leading();
    bench.acknowledge(1, 1, 2);
    bench.receive(1, requestVoteOf(5, 1, 9, 9));
    bench.lead();
    expect(bench.node.role).toBe(LEADER);
    expect([...bench.node.matchIndex].slice(1)).toEqual([0, 0]);
    expect(bench.node.commitIndex).toBe(1);
  });
});

describe('commitment', () => {
  test('a leader commits what a majority has on disk, and applies it', () => {
    const bench = leading();
    bench.acknowledge(1, 1);
    expect([bench.node.commitIndex, bench.node.lastApplied]).toEqual([1, 1]);
    bench.ask(requestOf(1, 1));
    bench.sync();
    expect(bench.node.commitIndex).toBe(1);
    bench.acknowledge(2, 2);
    expect([bench.node.commitIndex, bench.out.applied_.map(({ index }) => index)]).toEqual([2, [2]]);
  });

  test('the leader counts itself only when its own write is durable', () => {
    const bench = leading();
    bench.ask(requestOf(1, 1));
    bench.acknowledge(2, 1);
    expect(bench.node.commitIndex).toBe(1);
    bench.sync();
    expect(bench.node.commitIndex).toBe(2);
  });

  test('a majority of followers is enough while the leader’s own disk is slow', () => {
    const bench = leading();
    bench.ask(requestOf(1, 1));
    bench.acknowledge(2, 1, 2);
    expect([bench.node.commitIndex, bench.pending]).toEqual([2, true]);
  });

  test('Figure 8: an entry of an earlier term is not committed by counting, but with one of the leader’s own', () => {
    const bench = leading({ term: 3, log: entriesOf(1, 2) }, { noop: false });
    bench.acknowledge(2, 1, 2);
    expect(bench.node.commitIndex).toBe(0);
    bench.ask(requestOf(1, 1));
    bench.sync();
    bench.acknowledge(3, 1);
    expect(bench.node.commitIndex).toBe(3);
  });

  test('alone in its cluster, a leader commits when its disk has it', () => {
    const bench = new TestNode({ nodes: 1 });
    bench.fire(ELECTION);
    bench.syncOne();
    expect([bench.node.role, bench.node.commitIndex]).toEqual([LEADER, 0]);
    bench.syncOne();
    expect(bench.node.commitIndex).toBe(1);
  });

  test('the next heartbeat tells followers what is committed', () => {
    const bench = leading();
    bench.acknowledge(1, 1);
    bench.fire(HEARTBEAT);
    expect(appendTo(bench, 1)).toMatchObject({ prevLogIndex: 1, leaderCommit: 1, entries: [] });
  });
});

describe('backing up', () => {
  const LOG = [1, 1, 1, 4, 4, 5, 5, 6, 6, 6];

  /** A leader with Figure 7’s log, asked to back up from the end. */
  function backsUpTo(conflictTerm: number, conflictIndex: number): AppendEntries {
    const bench = leading({ term: 7, log: entriesOf(...LOG) }, { noop: false });
    bench.receive(1, reject(8, 10, conflictTerm, conflictIndex));
    return appendTo(bench, 1);
  }

  test('Figure 7 (b): to the end of a log that is too short', () => {
    expect(backsUpTo(0, 5)).toMatchObject({ prevLogIndex: 4, prevLogTerm: 4 });
  });

  test('to its last entry of the conflicting term, if it has one', () => {
    expect(backsUpTo(4, 4)).toMatchObject({ prevLogIndex: 5, prevLogTerm: 4 });
  });

  test('Figure 7 (f): before the first entry of a conflicting term that it lacks', () => {
    expect(backsUpTo(3, 7)).toMatchObject({ prevLogIndex: 6, prevLogTerm: 5 });
  });

  test('what it sends then are the entries from there on', () => {
    expect(backsUpTo(0, 5).entries.map(({ term }) => term)).toEqual(LOG.slice(4));
  });

  test('for each follower of Figure 7, the logs agree in the end, in fewer rounds than entries', () => {
    const followers = [
      [1, 1, 1, 4, 4, 5, 5, 6, 6],
      [1, 1, 1, 4],
      [1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 6],
      [1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 7, 7],
      [1, 1, 1, 4, 4, 4, 4],
      [1, 1, 1, 2, 2, 2, 3, 3, 3, 3, 3],
    ];
    for (const log of followers) {
      const leader = leading({ term: 7, log: entriesOf(...LOG) });
      const follower = new TestNode({ id: 1, nodes: 3, disk: { term: 7, log: entriesOf(...log) } });
      leader.fire(HEARTBEAT);
      leader.now = 10_000_000;
      leader.fire(HEARTBEAT);
      let rounds = 0;
      while (leader.sentTo(1).length > 0) {
        follower.receive(0, leader.sentTo(1)[0]!);
        leader.receive(1, follower.out.sent[0]!.message);
        expect(++rounds).toBeLessThan(6);
      }
      expect(termsOf(follower.node)).toEqual([...LOG, 8]);
    }
  });

  test('an answer to an earlier question is not listened to', () => {
    const bench = leading({ term: 7, log: entriesOf(...LOG) }, { noop: false });
    bench.receive(1, reject(8, 10, 0, 5));
    bench.receive(1, reject(8, 10, 0, 2));
    expect([bench.sentTo(1), bench.node.nextIndex[1]]).toEqual([[], 5]);
    bench.receive(1, ack(8, 10));
    bench.receive(1, reject(8, 4, 0, 2));
    expect([bench.sentTo(1), bench.node.nextIndex[1], bench.node.matchIndex[1]]).toEqual([[], 11, 10]);
  });

  test('answers of an earlier term and acknowledgements that were overtaken change nothing', () => {
    const bench = leading({ term: 7, log: entriesOf(...LOG) }, { noop: false });
    bench.receive(1, ack(7, 10));
    expect(bench.node.matchIndex[1]).toBe(0);
    bench.receive(1, ack(8, 9));
    bench.receive(1, ack(8, 3));
    expect([bench.node.matchIndex[1], bench.node.nextIndex[1]]).toEqual([9, 11]);
  });

  test('answers that reach who leads no longer change nothing', () => {
    const bench = leading();
    bench.receive(2, appendOf(5, 2));
    bench.receive(1, ack(5, 1));
    bench.receive(1, reject(5, 1, 0, 1));
    expect([bench.out.sent, bench.node.commitIndex]).toEqual([[], 0]);
  });
});
