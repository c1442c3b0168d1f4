import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  TestNode,
  answerOf,
  appendOf,
  appendTo,
  entriesOf,
  leading,
  reject,
  requestOf,
  termsOf,
} from './testing/node.ts';
import { HEARTBEAT } from './node.ts';

const HEARTBEATS = 50_000;

describe('sending entries', () => {
  test('a follower that has entries under way is sent no more until it has answered', () => {
    const bench = leading();
    bench.acknowledge(1, 1, 2);
    bench.ask(requestOf(1, 1));
    expect([appendTo(bench, 1).prevLogIndex, appendTo(bench, 1).entries.length]).toEqual([1, 1]);
    bench.ask(requestOf(2, 1));
    bench.ask(requestOf(3, 1));
    expect(bench.out.sent).toEqual([]);
    bench.acknowledge(2, 1);
    expect([appendTo(bench, 1).prevLogIndex, appendTo(bench, 1).entries.length]).toEqual([2, 2]);
    expect(bench.sentTo(2)).toEqual([]);
  });

  test('a request carries a limited number of entries, and the rest follows', () => {
    const bench = leading({ term: 1, log: entriesOf(1, 1, 1, 1, 1) }, { maxEntriesPerAppend: 2 });
    bench.receive(1, reject(2, 5, 0, 1));
    for (const expected of [
      [1, 2],
      [3, 4],
      [5, 6],
    ]) {
      const { prevLogIndex, entries } = appendTo(bench, 1);
      expect([prevLogIndex + 1, prevLogIndex + entries.length]).toEqual(expected);
      bench.acknowledge(prevLogIndex + entries.length, 1);
    }
    expect(bench.out.sent).toEqual([]);
  });

  test('followers that need the same share one message', () => {
    const bench = leading();
    bench.acknowledge(1, 1, 2);
    bench.ask(requestOf(1, 1));
    expect(bench.sentTo(1)[0]).toBe(bench.sentTo(2)[0]);
  });

  test('a message that was sent does not change when the log does', () => {
    const bench = leading();
    bench.acknowledge(1, 1, 2);
    bench.ask(requestOf(1, 1));
    const sent = appendTo(bench, 1);
    const copy = JSON.stringify(sent);
    bench.ask(requestOf(2, 1));
    bench.acknowledge(2, 1);
    bench.receive(2, appendOf(9, 2, [1, 1], entriesOf(9)));
    expect(JSON.stringify(sent)).toBe(copy);
  });

  test('entries that go unanswered are sent again', () => {
    const bench = leading();
    let repeated = 0;
    for (let i = 1; i <= 10; i++) {
      bench.now = i * HEARTBEATS;
      bench.fire(HEARTBEAT);
      expect(bench.out.timers).toEqual([{ timer: HEARTBEAT, at: bench.now + HEARTBEATS }]);
      expect(bench.sentTo(1).length).toBe(1);
      if (appendTo(bench, 1).entries.length > 0) repeated++;
    }
    expect(repeated).toBeGreaterThan(1);
    expect(repeated).toBeLessThan(10);
  });

  test('a follower that answers again after a long silence gets what it lacks within a second', () => {
    const bench = leading();
    bench.acknowledge(1, 1, 2);
    bench.ask(requestOf(1, 1));
    const MINUTE = 60_000_000;
    while (bench.now < MINUTE + 1_000_000) {
      bench.now += HEARTBEATS;
      bench.fire(HEARTBEAT);
      const { prevLogIndex, entries } = appendTo(bench, 1);
      if (bench.now < MINUTE) continue;
      bench.acknowledge(prevLogIndex + entries.length, 1);
    }
    expect(bench.node.matchIndex[1]).toBe(2);
  });
});

test('all of a follower’s log comes to agree with the leader’s, whatever it held', () => {
  const log = fc
    .array(fc.integer({ min: 1, max: 5 }), { maxLength: 10 })
    .map((terms) => terms.toSorted((a, b) => a - b));
  fc.assert(
    fc.property(log, log, fc.integer({ min: 1, max: 4 }), (ours, theirs, maxEntriesPerAppend) => {
      for (let i = 1; i < Math.min(ours.length, theirs.length); i++) {
        // What one leader appended at an index is the same everywhere, and so is all before it.
        fc.pre(ours[i] !== theirs[i] || ours[i - 1] === theirs[i - 1]);
      }
      const leader = leading({ term: 6, log: entriesOf(...ours) }, { maxEntriesPerAppend });
      const follower = new TestNode({ id: 1, nodes: 3, disk: { term: 6, log: entriesOf(...theirs) } });
      leader.now = 10_000_000;
      leader.fire(HEARTBEAT);
      for (let rounds = 0; leader.sentTo(1).length > 0; rounds++) {
        expect(rounds).toBeLessThan(30);
        follower.receive(0, leader.sentTo(1)[0]!);
        const answer = answerOf(follower);
        follower.sync();
        leader.receive(1, answer);
      }
      expect(termsOf(follower.node)).toEqual([...ours, 7]);
      expect(leader.node.matchIndex[1]).toBe(ours.length + 1);
    }),
  );
});
