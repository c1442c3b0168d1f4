import { describe, expect, test } from 'vitest';
import { ack, appendOf, entriesOf, reject } from './testing/messages.ts';
import { firstReplyOf, termsOf, TestNode } from './testing/node.ts';
import { FOLLOWER } from './view.ts';

describe('a follower', () => {
  test('appends what it lacks in one write and replies when that is durable', () => {
    const node = new TestNode({ disk: { term: 2, log: entriesOf(1) } });
    const sent = entriesOf(2, 2);
    node.receive(1, appendOf(2, 1, [1, 1], sent));
    expect(termsOf(node.state)).toEqual([1, 2, 2]);
    expect(node.out.writes).toEqual([{ kind: 'log', from: 2, entries: sent }]);
    expect(node.out.sent).toEqual([{ to: 1, message: ack(2, 3), after: node.out.lastTicket }]);
    expect(node.state.stableIndex).toBe(1);
    node.sync();
    expect([node.state.stableIndex, node.state.leader, node.state.role]).toEqual([3, 1, FOLLOWER]);
  });

  test('adopts the term of a new leader in a write of its own, and replies when both are durable', () => {
    const node = new TestNode({ disk: { term: 2, votedFor: 3 } });
    node.receive(1, appendOf(3, 1, [0, 0], entriesOf(3)));
    expect(node.out.writes.map(({ kind }) => kind)).toEqual(['vote', 'log']);
    expect(node.out.writes[0]).toEqual({ kind: 'vote', term: 3, votedFor: -1 });
    expect(node.out.sent[0]!.after).toBe(2);
  });

  test('replies to a heartbeat only when its earlier writes are durable', () => {
    const node = new TestNode({ disk: { term: 2 } });
    node.receive(1, appendOf(2, 1, [0, 0], entriesOf(2)));
    node.receive(1, appendOf(2, 1, [1, 2]));
    expect(node.out.sent).toEqual([{ to: 1, message: ack(2, 1), after: 1 }]);
  });

  test('deletes a conflicting entry and all that follow it, in memory and on disk', () => {
    const node = new TestNode({ disk: { term: 3, log: entriesOf(1, 2, 2, 2) } });
    const sent = entriesOf(1, 3);
    node.receive(1, appendOf(3, 1, [0, 0], sent));
    expect(termsOf(node.state)).toEqual([1, 3]);
    expect(node.out.writes).toEqual([{ kind: 'log', from: 2, entries: [sent[1]] }]);
    expect(firstReplyOf(node)).toEqual(ack(3, 2));
    expect(node.state.stableIndex).toBe(1);
  });

  test('keeps a longer log when a delayed short request arrives, and acknowledges only what that covers', () => {
    const node = new TestNode({ disk: { term: 2, log: entriesOf(1, 2, 2, 2) } });
    node.receive(1, appendOf(2, 1, [1, 1], entriesOf(2)));
    expect(termsOf(node.state)).toEqual([1, 2, 2, 2]);
    expect([firstReplyOf(node), node.out.writes]).toEqual([ack(2, 2), []]);
    node.receive(1, appendOf(2, 1, [1, 1]));
    expect([termsOf(node.state), firstReplyOf(node)]).toEqual([[1, 2, 2, 2], ack(2, 1)]);
  });

  test('handles a duplicated request like a single one', () => {
    const node = new TestNode({ disk: { term: 2 } });
    const request = appendOf(2, 1, [0, 0], entriesOf(1, 2), 1);
    node.receive(1, request);
    const first = firstReplyOf(node);
    node.receive(1, request);
    expect([firstReplyOf(node), node.out.writes, termsOf(node.state), node.state.commitIndex]).toEqual([
      first,
      [],
      [1, 2],
      1,
    ]);
  });

  test('commits to leaderCommit or the last entry of the request, whichever is lower, and never back', () => {
    const commit = (prev: readonly [number, number], sent: number[], leaderCommit: number): number => {
      const node = new TestNode({ disk: { term: 2, log: entriesOf(2, 2, 2, 2) } });
      node.receive(1, appendOf(2, 1, [1, 2], entriesOf(), 1));
      node.receive(1, appendOf(2, 1, prev, entriesOf(...sent), leaderCommit));
      expect(node.state.lastApplied).toBe(node.state.commitIndex);
      return node.state.commitIndex;
    };
    expect(commit([1, 2], [2], 4)).toBe(2);
    expect(commit([1, 2], [2, 2], 3)).toBe(3);
    expect(commit([3, 2], [], 9)).toBe(3);
    expect(commit([0, 0], [], 4)).toBe(1);
  });

  test('commits nothing of a request that does not match', () => {
    const node = new TestNode({ disk: { term: 2, log: entriesOf(1, 1) } });
    node.receive(1, appendOf(2, 1, [2, 2], entriesOf(2), 3));
    expect([node.state.commitIndex, termsOf(node.state), node.out.writes]).toEqual([0, [1, 1], []]);
  });

  test('rejects what does not match, and says where its log ends', () => {
    const node = new TestNode({ disk: { term: 5, log: entriesOf(1, 1) } });
    node.receive(1, appendOf(5, 1, [7, 4]));
    expect(firstReplyOf(node)).toEqual(reject(5, 7, 0, 3));
  });

  test('rejects what does not match, and says which term it has there and where that begins', () => {
    const node = new TestNode({ disk: { term: 5, log: entriesOf(1, 1, 3, 3, 3) } });
    node.receive(1, appendOf(5, 1, [5, 4]));
    expect(firstReplyOf(node)).toEqual(reject(5, 5, 3, 3));
    expect(termsOf(node.state)).toEqual([1, 1, 3, 3, 3]);
  });

  test('rejects a request of a stale term with the current one, and does not follow its sender', () => {
    const node = new TestNode({ disk: { term: 5, log: entriesOf(1) } });
    node.receive(1, appendOf(4, 1, [1, 1], entriesOf(4), 2));
    expect(firstReplyOf(node)).toMatchObject({ term: 5, success: false });
    expect([node.state.leader, termsOf(node.state), node.state.commitIndex]).toEqual([-1, [1], 0]);
  });
});
