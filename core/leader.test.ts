import { describe, expect, test } from 'vitest';
import type { AppendEntries } from './messages.ts';
import { ELECTION, HEARTBEAT } from './node.ts';
import { ack, appendOf, entriesOf, reject, requestOf, requestVoteOf, voteReply } from './testing/messages.ts';
import { appendTo, leading, termsOf, TestNode } from './testing/node.ts';
import { LEADER } from './view.ts';

describe('a new leader', () => {
  test('starts its term with a no-op, and sends it to all others without waiting for its own disk', () => {
    const node = new TestNode({ nodes: 3, disk: { term: 3, log: entriesOf(1, 3) } });
    node.fire(ELECTION);
    node.sync();
    node.receive(1, voteReply(4));
    expect([node.state.role, termsOf(node.state)]).toEqual([LEADER, [1, 3, 4]]);
    expect(node.state.log.entry(3).request).toBe(null);
    for (const { message, after } of node.out.sent) {
      expect(message).toMatchObject({ term: 4, leader: 0, prevLogIndex: 2, prevLogTerm: 3, leaderCommit: 0 });
      expect((message as AppendEntries).entries.map(({ term }) => term)).toEqual([4]);
      expect(after).toBe(0);
    }
    expect([...node.state.nextIndex]).toEqual([3, 3, 3]);
    expect([...node.state.matchIndex]).toEqual([2, 0, 0]);
  });

  test('appends nothing with the no-op turned off', () => {
    const node = leading({ log: entriesOf(1) }, { noop: false });
    expect(termsOf(node.state)).toEqual([1]);
    node.fire(HEARTBEAT);
    expect(appendTo(node, 1).entries).toEqual([]);
  });

  test('resets what it knew of its followers from an earlier leadership', () => {
    const node = leading();
    node.acknowledge(1, 1, 2);
    node.receive(1, requestVoteOf(5, 1, 9, 9));
    node.lead();
    expect(node.state.role).toBe(LEADER);
    expect([...node.state.matchIndex].slice(1)).toEqual([0, 0]);
    expect(node.state.commitIndex).toBe(1);
  });
});

describe('commitment', () => {
  test('a leader commits what a majority has on disk, and applies it', () => {
    const node = leading();
    node.acknowledge(1, 1);
    expect([node.state.commitIndex, node.state.lastApplied]).toEqual([1, 1]);
    node.request(requestOf(1, 1));
    node.sync();
    expect(node.state.commitIndex).toBe(1);
    node.acknowledge(2, 2);
    expect([node.state.commitIndex, node.out.appliedEntries.map(({ index }) => index)]).toEqual([2, [2]]);
  });

  test('the leader counts itself only when its own write is durable', () => {
    const node = leading();
    node.request(requestOf(1, 1));
    node.acknowledge(2, 1);
    expect(node.state.commitIndex).toBe(1);
    node.sync();
    expect(node.state.commitIndex).toBe(2);
  });

  test('a majority of followers is enough while the leader’s own disk is slow', () => {
    const node = leading();
    node.request(requestOf(1, 1));
    node.acknowledge(2, 1, 2);
    expect([node.state.commitIndex, node.hasPendingWrite]).toEqual([2, true]);
  });

  test('Figure 8: an entry of an earlier term is not committed by counting, but with one of the leader’s own', () => {
    const node = leading({ term: 3, log: entriesOf(1, 2) }, { noop: false });
    node.acknowledge(2, 1, 2);
    expect(node.state.commitIndex).toBe(0);
    node.request(requestOf(1, 1));
    node.sync();
    node.acknowledge(3, 1);
    expect(node.state.commitIndex).toBe(3);
  });

  test('alone in its cluster, a leader commits when its disk has it', () => {
    const node = new TestNode({ nodes: 1 });
    node.fire(ELECTION);
    node.syncOne();
    expect([node.state.role, node.state.commitIndex]).toEqual([LEADER, 0]);
    node.syncOne();
    expect(node.state.commitIndex).toBe(1);
  });

  test('the next heartbeat tells followers what is committed', () => {
    const node = leading();
    node.acknowledge(1, 1);
    node.fire(HEARTBEAT);
    expect(appendTo(node, 1)).toMatchObject({ prevLogIndex: 1, leaderCommit: 1, entries: [] });
  });
});

describe('backtracking', () => {
  const LOG = [1, 1, 1, 4, 4, 5, 5, 6, 6, 6];

  /** A leader with Figure 7’s log, that backtracks from the end. */
  function backsUpTo(conflictTerm: number, conflictIndex: number): AppendEntries {
    const node = leading({ term: 7, log: entriesOf(...LOG) }, { noop: false });
    node.receive(1, reject(8, 10, conflictTerm, conflictIndex));
    return appendTo(node, 1);
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
      expect(termsOf(follower.state)).toEqual([...LOG, 8]);
    }
  });

  test('a reply to an earlier probe is ignored', () => {
    const node = leading({ term: 7, log: entriesOf(...LOG) }, { noop: false });
    node.receive(1, reject(8, 10, 0, 5));
    node.receive(1, reject(8, 10, 0, 2));
    expect([node.sentTo(1), node.state.nextIndex[1]]).toEqual([[], 5]);
    node.receive(1, ack(8, 10));
    node.receive(1, reject(8, 4, 0, 2));
    expect([node.sentTo(1), node.state.nextIndex[1], node.state.matchIndex[1]]).toEqual([[], 11, 10]);
  });

  test('replies of a stale term and reordered acknowledgements change nothing', () => {
    const node = leading({ term: 7, log: entriesOf(...LOG) }, { noop: false });
    node.receive(1, ack(7, 10));
    expect(node.state.matchIndex[1]).toBe(0);
    node.receive(1, ack(8, 9));
    node.receive(1, ack(8, 3));
    expect([node.state.matchIndex[1], node.state.nextIndex[1]]).toEqual([9, 11]);
  });

  test('replies that reach a deposed leader change nothing', () => {
    const node = leading();
    node.receive(2, appendOf(5, 2));
    node.receive(1, ack(5, 1));
    node.receive(1, reject(5, 1, 0, 1));
    expect([node.out.sent, node.state.commitIndex]).toEqual([[], 0]);
  });
});
