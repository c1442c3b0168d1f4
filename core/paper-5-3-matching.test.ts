import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { appendTo, candidate, convergedLeader, follower, leader, replyOf, termsOf, TestNode } from './testing/node.ts';
import { ReliableCluster } from './testing/reliable-cluster.ts';
import { ack, appendOf, entriesOf, entryOf, reject, requestOf, requestVoteOf, voteReply } from './testing/messages.ts';
import { ELECTION } from './node.ts';
import { LEADER } from './view.ts';

// The extended version of the Raft paper (Ongaro and Ousterhout, 2014), section 5.3, rule by rule: consistency of logs.

describe('log matching', () => {
  test('§5.3 a leader creates at most one entry with a given index in its term, and never moves or deletes one', () => {
    const node = leader({ nodes: 3, disk: { log: entriesOf(1, 2) } });
    const messages = [
      reject(5, 3, 2, 1),
      reject(5, 2, 0, 1),
      ack(5, 3),
      requestVoteOf(5, 2, 9, 9),
      appendOf(4, 2),
      ack(5, 2),
    ];
    const entries = [1, 2, 3].map((index) => node.state.log.entry(index));
    for (const [i, message] of messages.entries()) {
      node.receive(1 + (i % 2), message);
      node.request(requestOf(1, i + 1));
      entries.push(node.state.log.entry(node.state.log.lastIndex));
      expect(entries.map((_, at) => node.state.log.entry(at + 1))).toEqual(entries);
    }
    expect(node.state.role).toBe(LEADER);
    expect(new Set(entries).size).toBe(entries.length);
  });

  test('§5.3 AppendEntries name index and term of the entry before the new ones', () => {
    const log = [1, 1, 3];
    const node = candidate({ nodes: 3, disk: { log: entriesOf(...log) } });
    node.receive(1, voteReply(5));
    expect(appendTo(node, 1)).toMatchObject({ prevLogIndex: 3, prevLogTerm: 3 });
    expect(appendTo(node, 1).entries.map(({ term }) => term)).toEqual([5]);
    for (const prevLogIndex of [2, 1, 0]) {
      node.receive(1, reject(5, prevLogIndex + 1, 0, prevLogIndex + 1));
      expect(appendTo(node, 1)).toMatchObject({ prevLogIndex, prevLogTerm: log[prevLogIndex - 1] ?? 0 });
      expect(appendTo(node, 1).entries.map(({ term }) => term)).toEqual([1, 1, 3, 5].slice(prevLogIndex));
    }
  });

  test.each([
    ['nothing before', [0, 0], true],
    ['an entry it has', [1, 1], true],
    ['its last entry', [2, 2], true],
    ['an entry whose term is another', [1, 2], false],
    ['a last entry of another term', [2, 1], false],
    ['an entry beyond its log', [3, 2], false],
  ] as const)('§5.3 a follower that lacks the preceding entry rejects: AppendEntries after %s', (_, prev, matches) => {
    const node = follower({ disk: { log: entriesOf(1, 2) } });
    node.receive(1, appendOf(5, 1, prev, entriesOf(5), 3));
    expect(replyOf(node).success).toBe(matches);
    expect(termsOf(node.state)).toEqual(matches ? [...[1, 2].slice(0, prev[0]), 5] : [1, 2]);
    if (!matches) expect([node.state.commitIndex, node.out.writes]).toEqual([0, []]);
  });

  test('§5.3 a heartbeat is checked like any other AppendEntries', () => {
    const node = follower({ disk: { log: entriesOf(1, 1) } });
    node.receive(1, appendOf(5, 1, [2, 2], [], 2));
    expect([replyOf(node).success, node.state.commitIndex]).toEqual([false, 0]);
  });

  test('§5.3 a success says that the logs agree up to the new entries, and no further', () => {
    const node = follower({ disk: { log: entriesOf(1, 5, 5, 5) } });
    node.receive(1, appendOf(5, 1, [1, 1], entriesOf(5)));
    expect(replyOf(node)).toMatchObject({ success: true, matchIndex: 2 });
    node.receive(1, appendOf(5, 1, [1, 1]));
    expect(replyOf(node)).toMatchObject({ success: true, matchIndex: 1 });
  });

  test('§5.3 a success counts for what was acknowledged, not for what the leader has by then', () => {
    const node = convergedLeader();
    node.request(requestOf(1, 1));
    node.request(requestOf(1, 2));
    node.acknowledge(2, 1);
    expect([node.state.matchIndex[1], node.state.commitIndex]).toEqual([2, 1]);
  });

  test('Figure 2 a late reply lowers neither matchIndex nor nextIndex', () => {
    const node = convergedLeader({ log: entriesOf(1, 1, 1) });
    node.acknowledge(2, 1);
    expect([node.state.matchIndex[1], node.state.nextIndex[1]]).toEqual([4, 5]);
    node.receive(1, reject(5, 3, 0, 1));
    expect([node.state.matchIndex[1], node.state.nextIndex[1], node.out.sent]).toEqual([4, 5, []]);
  });
});

describe('conflicts', () => {
  test.each([
    [[2, 2], [3, 4], [3], [1, 2, 3]],
    [[1, 1], [3], [3, 4], [1, 3, 4]],
    [[0, 0], [1], [1], [1, 2]],
    [[0, 0], [3], [3], [3]],
    [
      [0, 0],
      [1, 2],
      [1, 2],
      [1, 2],
    ],
    [[1, 1], [2], [2], [1, 2]],
  ] as const)(
    '§5.3 entries that conflict with the leader’s are overwritten, others stay: after %j, of %j, %j',
    (prev, _, sent, terms) => {
      const node = follower({ disk: { log: entriesOf(1, 2) } });
      node.receive(1, appendOf(5, 1, prev, entriesOf(...sent)));
      expect(termsOf(node.state)).toEqual(terms);
      expect(replyOf(node)).toEqual(ack(5, prev[0] + sent.length));
    },
  );

  test('§5.3 a conflicting entry is deleted with all that follow it, from memory and disk', () => {
    const node = follower({ disk: { log: entriesOf(1, 2, 2, 2) } });
    const sent = entriesOf(3);
    node.receive(1, appendOf(5, 1, [1, 1], sent));
    expect(termsOf(node.state)).toEqual([1, 3]);
    expect(node.out.writes).toEqual([{ kind: 'log', from: 2, entries: sent }]);
  });

  test('Figure 2 what follows the entries of a request stays if they do not conflict', () => {
    const node = follower({ disk: { log: entriesOf(1, 5, 5, 5) } });
    node.receive(1, appendOf(5, 1, [0, 0], entriesOf(1, 5)));
    node.receive(1, appendOf(5, 1, [1, 1]));
    expect([termsOf(node.state), node.out.writes]).toEqual([[1, 5, 5, 5], []]);
  });

  test('§5.3 a new leader assumes that followers have what it has: nextIndex is the one after its last', () => {
    for (const log of [[], [1], [1, 2, 4]]) {
      const node = leader({ nodes: 3, disk: { log: entriesOf(...log) } });
      expect([...node.state.nextIndex].slice(1)).toEqual([log.length + 1, log.length + 1]);
      expect([...node.state.matchIndex].slice(1)).toEqual([0, 0]);
    }
  });

  test('§5.3 a leader resets what it knew of its followers in an earlier leadership', () => {
    const node = convergedLeader({ log: entriesOf(1, 2) });
    expect([...node.state.matchIndex]).toEqual([3, 3, 3]);
    node.receive(1, voteReply(6, false));
    node.lead();
    expect([node.state.term, ...[...node.state.matchIndex].slice(1)]).toEqual([7, 0, 0]);
  });

  test('§5.3 after a rejection the leader goes back and tries again, until the logs match', () => {
    const node = leader({ nodes: 3, disk: { log: entriesOf(1, 2, 3, 4) } });
    for (const [rejected, conflictIndex] of [
      [4, 4],
      [3, 3],
      [2, 2],
    ] as const) {
      node.receive(1, reject(5, rejected, 9, conflictIndex));
      expect(appendTo(node, 1).prevLogIndex).toBe(rejected - 1);
    }
    node.receive(1, ack(5, 5));
    expect([node.state.matchIndex[1], node.state.nextIndex[1]]).toEqual([5, 6]);
  });

  test('§5.3 a stale rejection changes nothing', () => {
    const node = leader({ nodes: 3, disk: { log: entriesOf(1, 2, 3, 4) } });
    node.receive(1, reject(5, 4, 0, 3));
    expect(node.state.nextIndex[1]).toBe(3);
    for (const late of [reject(5, 4, 0, 3), reject(5, 1, 0, 1)]) {
      node.receive(1, late);
      expect([node.state.nextIndex[1], node.out.sent]).toEqual([3, []]);
    }
  });

  test('§5.3 the leader never goes back to what is known to match', () => {
    const node = convergedLeader({ log: entriesOf(1, 2) }, { maxInflight: 8 });
    for (let sequence = 1; sequence <= 3; sequence++) node.request(requestOf(1, sequence));
    expect([node.state.matchIndex[1], node.state.nextIndex[1]]).toEqual([3, 7]);
    node.receive(1, reject(5, 4, 0, 1));
    expect(node.state.nextIndex[1]).toBe(4);
    expect(appendTo(node, 1).prevLogIndex).toBe(3);
  });

  test('Figure 2 a reply to the first of several requests does not lower nextIndex', () => {
    const node = convergedLeader({}, { maxInflight: 8 });
    for (let sequence = 1; sequence <= 3; sequence++) node.request(requestOf(1, sequence));
    node.acknowledge(2, 1);
    expect([node.state.matchIndex[1], node.state.nextIndex[1], node.sentTo(1)]).toEqual([2, 5, []]);
  });

  test.each([
    ['its log is too short', 0, 3, 2],
    ['the leader has the conflicting term: after its last entry of it', 2, 2, 4],
    ['the leader lacks the conflicting term: before the first entry of it', 3, 2, 1],
  ])('§5.3 a rejection that says why saves rounds: %s', (_, conflictTerm, conflictIndex, prevLogIndex) => {
    const node = leader({ nodes: 3, disk: { log: entriesOf(1, 1, 2, 2, 4, 4, 4) } });
    node.receive(1, reject(5, 7, conflictTerm, conflictIndex));
    expect(appendTo(node, 1).prevLogIndex).toBe(prevLogIndex);
  });

  test.each([
    ['it has no entry there', [6, 4], { conflictTerm: 0, conflictIndex: 5 }],
    ['it has another term there', [4, 4], { conflictTerm: 3, conflictIndex: 3 }],
  ] as const)('§5.3 a rejection carries the conflicting term and where it begins: %s', (_, prev, why) => {
    const node = follower({ disk: { log: entriesOf(1, 1, 3, 3) } });
    node.receive(1, appendOf(5, 1, prev));
    expect(replyOf(node)).toMatchObject({ success: false, rejectedIndex: prev[0], ...why });
  });
});

describe('Figure 7', () => {
  const LEADER_LOG = [1, 1, 1, 4, 4, 5, 5, 6, 6, 6];

  test.each([
    ['a', [1, 1, 1, 4, 4, 5, 5, 6, 6]],
    ['b', [1, 1, 1, 4]],
    ['c', [1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 6]],
    ['d', [1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 7, 7]],
    ['e', [1, 1, 1, 4, 4, 4, 4]],
    ['f', [1, 1, 1, 2, 2, 2, 3, 3, 3, 3, 3]],
  ])('§5.3 the leader brings follower (%s) to duplicate its own log', (_, log) => {
    const logs = [LEADER_LOG, log, LEADER_LOG];
    const nodes = logs.map((terms, id) => new TestNode({ id, nodes: 3, disk: { term: 7, log: entriesOf(...terms) } }));
    new ReliableCluster(nodes).fire(0, ELECTION);
    expect(nodes[0]!.state.role).toBe(LEADER);
    expect(termsOf(nodes[1]!.state)).toEqual([...LEADER_LOG, 8]);
    expect(nodes[0]!.state.matchIndex[1]).toBe(LEADER_LOG.length + 1);
  });
});

test('§5.3 a follower’s log agrees with the leader’s up to what it acknowledges, whatever it held', () => {
  const log = fc
    .array(fc.integer({ min: 1, max: 4 }), { maxLength: 8 })
    .map((terms) => terms.toSorted((a, b) => a - b));
  fc.assert(
    fc.property(log, log, fc.nat(8), fc.nat(8), (ours, theirs, at, count) => {
      // What one leader appended at an index is the same everywhere, and so is all before it.
      for (let i = 1; i < Math.min(ours.length, theirs.length); i++)
        fc.pre(ours[i] !== theirs[i] || ours[i - 1] === theirs[i - 1]);
      const prev = Math.min(at, ours.length);
      const sent = ours.slice(prev, prev + count).map((term) => entryOf(term, null));
      const node = follower({ disk: { log: entriesOf(...theirs) } });
      node.receive(1, appendOf(5, 1, [prev, ours[prev - 1] ?? 0], sent));
      const { success, matchIndex } = replyOf(node);
      if (!success) expect(termsOf(node.state)).toEqual(theirs);
      else expect(termsOf(node.state).slice(0, matchIndex)).toEqual(ours.slice(0, prev + sent.length));
    }),
  );
});
