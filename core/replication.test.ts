import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { HEARTBEAT } from './node.ts';
import { appendOf, entriesOf, reject, requestOf } from './testing/messages.ts';
import { appendTo, firstReplyOf, leading, termsOf, TestNode } from './testing/node.ts';

const HEARTBEATS = 50_000;

describe('sending entries', () => {
  test('a follower with entries in flight gets no more until it has replied', () => {
    const node = leading();
    node.acknowledge(1, 1, 2);
    node.request(requestOf(1, 1));
    expect([appendTo(node, 1).prevLogIndex, appendTo(node, 1).entries.length]).toEqual([1, 1]);
    node.request(requestOf(2, 1));
    node.request(requestOf(3, 1));
    expect(node.out.sent).toEqual([]);
    node.acknowledge(2, 1);
    expect([appendTo(node, 1).prevLogIndex, appendTo(node, 1).entries.length]).toEqual([2, 2]);
    expect(node.sentTo(2)).toEqual([]);
  });

  test('a request carries a limited number of entries, and the rest follows', () => {
    const node = leading({ term: 1, log: entriesOf(1, 1, 1, 1, 1) }, { maxEntriesPerAppend: 2 });
    node.receive(1, reject(2, 5, 0, 1));
    for (const expected of [
      [1, 2],
      [3, 4],
      [5, 6],
    ]) {
      const { prevLogIndex, entries } = appendTo(node, 1);
      expect([prevLogIndex + 1, prevLogIndex + entries.length]).toEqual(expected);
      node.acknowledge(prevLogIndex + entries.length, 1);
    }
    expect(node.out.sent).toEqual([]);
  });

  test('followers that need the same share one message', () => {
    const node = leading();
    node.acknowledge(1, 1, 2);
    node.request(requestOf(1, 1));
    expect(node.sentTo(1)[0]).toBe(node.sentTo(2)[0]);
  });

  test('a message that was sent does not change when the log does', () => {
    const node = leading();
    node.acknowledge(1, 1, 2);
    node.request(requestOf(1, 1));
    const sent = appendTo(node, 1);
    const copy = JSON.stringify(sent);
    node.request(requestOf(2, 1));
    node.acknowledge(2, 1);
    node.receive(2, appendOf(9, 2, [1, 1], entriesOf(9)));
    expect(JSON.stringify(sent)).toBe(copy);
  });

  test('entries without a reply are sent again', () => {
    const node = leading();
    let repeated = 0;
    for (let i = 1; i <= 10; i++) {
      node.now = i * HEARTBEATS;
      node.fire(HEARTBEAT);
      expect(node.out.timers).toEqual([{ timer: HEARTBEAT, at: node.now + HEARTBEATS }]);
      expect(node.sentTo(1).length).toBe(1);
      if (appendTo(node, 1).entries.length > 0) repeated++;
    }
    expect(repeated).toBeGreaterThan(1);
    expect(repeated).toBeLessThan(10);
  });

  test('a follower that replies again after a long silence gets what it lacks within a second', () => {
    const node = leading();
    node.acknowledge(1, 1, 2);
    node.request(requestOf(1, 1));
    const MINUTE = 60_000_000;
    while (node.now < MINUTE + 1_000_000) {
      node.now += HEARTBEATS;
      node.fire(HEARTBEAT);
      const { prevLogIndex, entries } = appendTo(node, 1);
      if (node.now < MINUTE) continue;
      node.acknowledge(prevLogIndex + entries.length, 1);
    }
    expect(node.state.matchIndex[1]).toBe(2);
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
        const reply = firstReplyOf(follower);
        follower.sync();
        leader.receive(1, reply);
      }
      expect(termsOf(follower.state)).toEqual([...ours, 7]);
      expect(leader.state.matchIndex[1]).toBe(ours.length + 1);
    }),
  );
});
