import { describe, expect, test } from 'vitest';
import { TestNode, ack, answerOf, appendOf, entriesOf, reject, termsOf } from './testing/node.ts';
import { FOLLOWER } from './view.ts';

describe('a follower', () => {
  test('appends what it lacks, writes it down in one piece and answers when that is durable', () => {
    const bench = new TestNode({ disk: { term: 2, log: entriesOf(1) } });
    const sent = entriesOf(2, 2);
    bench.receive(1, appendOf(2, 1, [1, 1], sent));
    expect(termsOf(bench.node)).toEqual([1, 2, 2]);
    expect(bench.out.writes).toEqual([{ kind: 'log', from: 2, entries: sent }]);
    expect(bench.out.sent).toEqual([{ to: 1, message: ack(2, 3), after: bench.out.lastTicket }]);
    expect(bench.node.stableIndex).toBe(1);
    bench.sync();
    expect([bench.node.stableIndex, bench.node.leader, bench.node.role]).toEqual([3, 1, FOLLOWER]);
  });

  test('adopts the term of a new leader in a write of its own, and answers when both are durable', () => {
    const bench = new TestNode({ disk: { term: 2, votedFor: 3 } });
    bench.receive(1, appendOf(3, 1, [0, 0], entriesOf(3)));
    expect(bench.out.writes.map(({ kind }) => kind)).toEqual(['vote', 'log']);
    expect(bench.out.writes[0]).toEqual({ kind: 'vote', term: 3, votedFor: -1 });
    expect(bench.out.sent[0]!.after).toBe(2);
  });

  test('answers a heartbeat only when what it wrote before is durable', () => {
    const bench = new TestNode({ disk: { term: 2 } });
    bench.receive(1, appendOf(2, 1, [0, 0], entriesOf(2)));
    bench.receive(1, appendOf(2, 1, [1, 2]));
    expect(bench.out.sent).toEqual([{ to: 1, message: ack(2, 1), after: 1 }]);
  });

  test('deletes a conflicting entry and all that follow it, in memory and on disk', () => {
    const bench = new TestNode({ disk: { term: 3, log: entriesOf(1, 2, 2, 2) } });
    const sent = entriesOf(1, 3);
    bench.receive(1, appendOf(3, 1, [0, 0], sent));
    expect(termsOf(bench.node)).toEqual([1, 3]);
    expect(bench.out.writes).toEqual([{ kind: 'log', from: 2, entries: [sent[1]] }]);
    expect(answerOf(bench)).toEqual(ack(3, 2));
    expect(bench.node.stableIndex).toBe(1);
  });

  test('keeps a longer log when a delayed short request arrives, and acknowledges only what that covers', () => {
    const bench = new TestNode({ disk: { term: 2, log: entriesOf(1, 2, 2, 2) } });
    bench.receive(1, appendOf(2, 1, [1, 1], entriesOf(2)));
    expect(termsOf(bench.node)).toEqual([1, 2, 2, 2]);
    expect([answerOf(bench), bench.out.writes]).toEqual([ack(2, 2), []]);
    bench.receive(1, appendOf(2, 1, [1, 1]));
    expect([termsOf(bench.node), answerOf(bench)]).toEqual([[1, 2, 2, 2], ack(2, 1)]);
  });

  test('takes the same request twice as well as once', () => {
    const bench = new TestNode({ disk: { term: 2 } });
    const request = appendOf(2, 1, [0, 0], entriesOf(1, 2), 1);
    bench.receive(1, request);
    const first = answerOf(bench);
    bench.receive(1, request);
    expect([answerOf(bench), bench.out.writes, termsOf(bench.node), bench.node.commitIndex]).toEqual([
      first,
      [],
      [1, 2],
      1,
    ]);
  });

  test('commits to leaderCommit or the last entry of the request, whichever is lower, and never back', () => {
    const commit = (prev: readonly [number, number], sent: number[], leaderCommit: number): number => {
      const bench = new TestNode({ disk: { term: 2, log: entriesOf(2, 2, 2, 2) } });
      bench.receive(1, appendOf(2, 1, [1, 2], entriesOf(), 1));
      bench.receive(1, appendOf(2, 1, prev, entriesOf(...sent), leaderCommit));
      expect(bench.node.lastApplied).toBe(bench.node.commitIndex);
      return bench.node.commitIndex;
    };
    expect(commit([1, 2], [2], 4)).toBe(2);
    expect(commit([1, 2], [2, 2], 3)).toBe(3);
    expect(commit([3, 2], [], 9)).toBe(3);
    expect(commit([0, 0], [], 4)).toBe(1);
  });

  test('commits nothing of a request that does not match', () => {
    const bench = new TestNode({ disk: { term: 2, log: entriesOf(1, 1) } });
    bench.receive(1, appendOf(2, 1, [2, 2], entriesOf(2), 3));
    expect([bench.node.commitIndex, termsOf(bench.node), bench.out.writes]).toEqual([0, [1, 1], []]);
  });

  test('rejects what does not match, and says where its log ends', () => {
    const bench = new TestNode({ disk: { term: 5, log: entriesOf(1, 1) } });
    bench.receive(1, appendOf(5, 1, [7, 4]));
    expect(answerOf(bench)).toEqual(reject(5, 7, 0, 3));
  });

  test('rejects what does not match, and says which term stands there and where it begins', () => {
    const bench = new TestNode({ disk: { term: 5, log: entriesOf(1, 1, 3, 3, 3) } });
    bench.receive(1, appendOf(5, 1, [5, 4]));
    expect(answerOf(bench)).toEqual(reject(5, 5, 3, 3));
    expect(termsOf(bench.node)).toEqual([1, 1, 3, 3, 3]);
  });

  test('refuses the request of an earlier term, tells the present one, and does not follow its sender', () => {
    const bench = new TestNode({ disk: { term: 5, log: entriesOf(1) } });
    bench.receive(1, appendOf(4, 1, [1, 1], entriesOf(4), 2));
    expect(answerOf(bench)).toMatchObject({ term: 5, success: false });
    expect([bench.node.leader, termsOf(bench.node), bench.node.commitIndex]).toEqual([-1, [1], 0]);
  });
});
