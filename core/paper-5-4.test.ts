import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { configuration } from './configuration.ts';
import { type Message, REQUEST_VOTE } from './messages.ts';
import { ELECTION, HEARTBEAT } from './node.ts';
import { DEFAULT_OPTIONS } from './options.ts';
import {
  ack,
  appendOf,
  entriesOf,
  installOf,
  reject,
  requestOf,
  requestVoteOf,
  voteReply,
} from './testing/messages.ts';
import { appendTo, convergedLeader, follower, leader, replyOf, termsOf, TestNode } from './testing/node.ts';
import { ReliableCluster } from './testing/reliable-cluster.ts';
import { LEADER } from './view.ts';

// The extended version of the Raft paper (Ongaro and Ousterhout, 2014), sections 5.4 to 5.6, rule by rule.

describe('the election restriction', () => {
  test.each([[[]], [[1]], [[1, 1, 2]]])('§5.4.1 RequestVote describes the candidate’s log: %j', (log) => {
    const node = follower({ disk: { log: entriesOf(...log) } });
    node.fire(ELECTION);
    for (const message of node.out.sent.map((sent) => sent.message)) {
      expect(message).toMatchObject({ type: REQUEST_VOTE, lastLogIndex: log.length, lastLogTerm: log.at(-1) ?? 0 });
    }
  });

  test.each([
    // The same last term: length decides.
    [[1], [1, 1], true],
    [[1], [2, 1], true],
    [[1, 1], [1, 1], false],
    // The candidate has the later term.
    [[1], [1, 2], true],
    [[1], [2, 2], true],
    [[1, 1], [1, 2], true],
    [[1, 1, 1, 1], [1, 2], true],
    // The voter has the later term.
    [[2], [1, 1], false],
    [[2], [2, 1], false],
    [[2], [9, 1], false],
    [[2, 1], [0, 0], false],
    [[1, 2], [1, 2], false],
    // Nothing yet.
    [[], [0, 0], true],
    [[1], [0, 0], false],
  ] as const)(
    '§5.4.1 a voter whose log is %j votes for a candidate whose last entry is %j: %s',
    (log, [index, term], granted) => {
      const ascending = log.toSorted((a, b) => a - b);
      const node = follower({ disk: { log: entriesOf(...ascending) } });
      node.receive(3, requestVoteOf(6, 3, index, term));
      expect(node.sentTo(3)).toEqual([voteReply(6, granted)]);
      expect(node.state.votedFor).toBe(granted ? 3 : -1);
    },
  );

  test('§5.4.1 entries that are not durable yet count in the comparison', () => {
    const node = follower();
    node.receive(1, appendOf(5, 1, [0, 0], entriesOf(5, 5)));
    node.receive(3, requestVoteOf(6, 3, 1, 5));
    expect(node.sentTo(3)).toEqual([voteReply(6, false)]);
  });

  test('§5.4.1 a leader has every entry that a majority has, whatever node starts the election', () => {
    const log = fc
      .array(fc.integer({ min: 1, max: 3 }), { maxLength: 4 })
      .map((terms) => terms.toSorted((a, b) => a - b));
    fc.assert(
      fc.property(fc.array(log, { minLength: 5, maxLength: 5 }), fc.nat(4), (logs, candidate) => {
        const nodes = logs.map((terms, id) => new TestNode({ id, disk: { term: 5, log: entriesOf(...terms) } }));
        const cluster = new ReliableCluster(nodes);
        cluster.act(candidate, (node) => node.fire(ELECTION));
        const logOfCandidate = logs[candidate]!;
        cluster.deliverAll();
        const isBehind = (other: number[]) => {
          const [ours, theirs] = [logOfCandidate.at(-1) ?? 0, other.at(-1) ?? 0];
          return theirs > ours || (theirs === ours && other.length > logOfCandidate.length);
        };
        expect(nodes[candidate]!.state.role === LEADER).toBe(logs.filter(isBehind).length <= 2);
      }),
    );
  });

  test('§5.4.1 entries flow from the leader to followers only: a leader accepts none', () => {
    const node = leader({ nodes: 3, disk: { log: entriesOf(1, 2) } });
    for (const message of [
      voteReply(5),
      ack(5, 2),
      reject(5, 2, 3, 1),
      requestVoteOf(5, 2, 9, 9),
      appendOf(4, 2, [0, 0], entriesOf(4)),
    ])
      node.receive(2, message);
    expect(termsOf(node.state)).toEqual([1, 2, 5]);
  });
});

describe('entries of earlier terms', () => {
  test.each([
    [1, 0],
    [2, 0],
    [3, 3],
    [4, 4],
  ])(
    '§5.4.2 only entries of the leader’s term are committed by counting: with index %i on a majority, %i',
    (index, commit) => {
      const node = leader({ nodes: 3, disk: { log: entriesOf(1, 2) } });
      node.request(requestOf(1, 1));
      node.sync();
      node.acknowledge(index, 1);
      expect([termsOf(node.state), node.state.commitIndex]).toEqual([[1, 2, 5, 5], commit]);
    },
  );

  test('§5.4.2 an entry of an earlier term is not committed even when every node has it', () => {
    const node = leader({ disk: { log: entriesOf(1, 2) }, options: { noop: false } });
    node.acknowledge(2, 1, 2, 3, 4);
    expect(termsOf(node.state)).toEqual([1, 2]);
    expect([node.state.commitIndex, node.state.lastApplied]).toEqual([0, 0]);
    node.request(requestOf(1, 1));
    node.sync();
    node.acknowledge(3, 1, 2);
    expect([node.state.commitIndex, node.state.lastApplied]).toEqual([3, 3]);
  });

  test('Figure 8 what has been overwritten was not committed', () => {
    // S1 has led in terms 2 and 4 and holds [1, 2, 4]; 2 is on S2 and S3, too. S5 holds [1, 3].
    const s1 = leader({ disk: { term: 3, log: entriesOf(1, 2) } });
    expect([s1.state.term, termsOf(s1.state)]).toEqual([4, [1, 2, 4]]);
    s1.acknowledge(2, 1, 2);
    expect(s1.state.commitIndex).toBe(0);
    const s3 = new TestNode({ id: 2, disk: { term: 4, log: entriesOf(1, 2) } });
    s3.receive(4, requestVoteOf(5, 4, 2, 3));
    expect(s3.sentTo(4)).toEqual([voteReply(5)]);
    s3.receive(4, appendOf(5, 4, [1, 1], entriesOf(3)));
    expect(termsOf(s3.state)).toEqual([1, 3]);
    // (e): with an entry of term 4 on a majority, S5 cannot win, and index 2 is committed with it.
    s1.acknowledge(3, 1, 2);
    expect(s1.state.commitIndex).toBe(3);
    const other = new TestNode({ id: 2, disk: { term: 4, log: entriesOf(1, 2, 4) } });
    other.receive(4, requestVoteOf(5, 4, 2, 3));
    expect(other.sentTo(4)).toEqual([voteReply(5, false)]);
  });

  test('Figure 2 a commitIndex does not go back when nodes that have less begin to vote', () => {
    const node = leader({ members: configuration([0, 1], [2, 3]), disk: { log: entriesOf(1) } });
    node.request(requestOf(1, 1));
    node.sync();
    node.acknowledge(2, 2, 3);
    node.acknowledge(3, 1);
    expect(node.state.commitIndex).toBe(3);
    expect(node.admin({ kind: 'reconfigure', voters: [0, 1, 2, 3], learners: [], leave: 'auto' })).toBe(null);
    node.sync();
    expect([node.state.commitIndex, node.state.log.lastIndex]).toEqual([3, 4]);
  });

  test('§5.4.2 a leader sends entries of earlier terms with the terms they were created in', () => {
    const node = leader({ nodes: 3, disk: { log: entriesOf(1, 2, 2) } });
    node.receive(1, reject(5, 3, 0, 1));
    expect(appendTo(node, 1).entries.map(({ term }) => term)).toEqual([1, 2, 2, 5]);
  });

  test('§5.4.2 a follower learns of a commit of earlier entries from any leader, without looking at their term', () => {
    const node = follower({ disk: { log: entriesOf(1, 2) } });
    node.receive(1, appendOf(5, 1, [2, 2], [], 2));
    expect(node.state.commitIndex).toBe(2);
  });
});

describe('State Machine Safety', () => {
  test('§5.4.3 a node that has applied an entry does not lose it to any later leader that could be elected', () => {
    const node = follower();
    node.receive(1, appendOf(5, 1, [0, 0], entriesOf(5, 5), 2));
    const applied = [1, 2].map((index) => node.state.log.entry(index));
    node.receive(2, appendOf(6, 2, [1, 5], entriesOf(5, 6), 1));
    for (const [i, entry] of applied.entries()) expect(node.state.log.entry(i + 1)).toBe(entry);
    expect(node.out.appliedEntries).toEqual([]);
  });
});

describe('crashes of followers and candidates', () => {
  /** The messages that a node sends in return, and its state after that. */
  function outcome(node: TestNode, message: Message): unknown {
    node.receive(1, message);
    const { state, out } = node;
    return [out.sent.map((sent) => sent.message), termsOf(state), state.commitIndex, state.votedFor, state.term];
  }

  test.each([
    ['RequestVote', requestVoteOf(6, 1, 1, 5)],
    ['RequestVote that is denied', requestVoteOf(6, 1)],
    ['AppendEntries', appendOf(6, 1, [1, 5], entriesOf(5, 6), 2)],
    ['AppendEntries that overwrite', appendOf(6, 1, [0, 0], entriesOf(6, 6), 1)],
    ['AppendEntries that do not match', appendOf(6, 1, [4, 5], entriesOf(6))],
    ['a heartbeat', appendOf(6, 1, [1, 5], [], 1)],
  ])('§5.5 a request that arrives twice does no harm and gets the same reply: %s', (_, message) => {
    const node = follower({ disk: { log: entriesOf(5) } });
    const first = outcome(node, message);
    node.sync();
    expect(outcome(node, message)).toEqual(first);
    expect(node.out.writes).toEqual([]);
  });

  test('§5.5 a snapshot that arrives twice is installed once', () => {
    const node = follower();
    node.receive(1, installOf(5, 1, [4, 3]));
    expect(node.out.restoredSnapshots.length).toBe(1);
    node.receive(1, installOf(5, 1, [4, 3]));
    expect([node.out.restoredSnapshots, node.out.writes, node.state.log.base]).toEqual([[], [], 4]);
    expect(node.sentTo(1)[0]).toMatchObject({ lastIndex: 4, done: true });
  });

  test('§5.5 entries that are in the log already are skipped', () => {
    const node = follower({ disk: { log: entriesOf(5, 5) } });
    const held = node.state.log.entry(1);
    const sent = entriesOf(5, 5, 5);
    node.receive(1, appendOf(5, 1, [0, 0], sent));
    expect(node.out.writes).toEqual([{ kind: 'log', from: 3, entries: sent.slice(2) }]);
    expect([node.state.log.entry(1), node.state.log.lastIndex]).toEqual([held, 3]);
    expect(node.state.log.entry(1)).toBe(held);
  });

  test('§5.5 requests to a node that is down are repeated, and succeed when it is back', () => {
    const node = convergedLeader();
    node.request(requestOf(1, 1));
    node.sync();
    for (node.now = 50_000; node.now <= 3_000_000; node.now += 50_000) node.fire(HEARTBEAT);
    const back = new TestNode({ id: 2, nodes: 3, disk: { term: 5, log: entriesOf(5) } });
    for (; node.state.matchIndex[2]! < 2 && node.now < 4_000_000; node.now += 50_000) {
      node.fire(HEARTBEAT);
      back.receive(0, node.sentTo(2)[0]!);
      const reply = replyOf(back);
      back.sync();
      node.receive(2, reply);
    }
    expect([node.state.matchIndex[2], termsOf(back.state)]).toEqual([2, [5, 5]]);
  });
});

describe('timing and availability', () => {
  test('§5.6 heartbeats are several times as frequent as the shortest election timeout, as they are set by default', () => {
    expect(DEFAULT_OPTIONS.heartbeatInterval * 3).toBeLessThanOrEqual(DEFAULT_OPTIONS.electionTimeout[0]);
  });

  test('§5.6 safety does not depend on timing: whenever timers fire, a term has one leader', () => {
    const fired = fc.record({ node: fc.nat(2), timer: fc.constantFrom(ELECTION, HEARTBEAT), at: fc.nat(1_000_000) });
    fc.assert(
      fc.property(fc.array(fired, { maxLength: 20 }), fc.array(fc.nat(9)), (events, deliveries) => {
        const cluster = new ReliableCluster([0, 1, 2].map((id) => new TestNode({ id, nodes: 3 })));
        const leaders = new Map<number, number>();
        for (const [i, { node, timer, at }] of events.entries()) {
          // Clocks that go back and forth, too.
          cluster.now = at;
          cluster.act(node, (node) => node.fire(timer));
          if ((deliveries[i] ?? 0) > 2) cluster.deliverAll();
          for (const node of cluster.nodes) {
            if (node.state.role !== LEADER) continue;
            expect(leaders.get(node.state.term) ?? node.state.id).toBe(node.state.id);
            leaders.set(node.state.term, node.state.id);
          }
        }
      }),
    );
  });

  test('§5.6 a leader is elected and kept as long as messages are faster than timeouts', () => {
    const cluster = new ReliableCluster([0, 1, 2, 3, 4].map((id) => new TestNode({ id })));
    cluster.fire(3, ELECTION);
    for (let now = 50_000; now <= 2_000_000; now += 50_000) {
      cluster.now = now;
      cluster.fire(3, HEARTBEAT);
    }
    expect(cluster.nodes.map(({ state }) => [state.term, state.leader])).toEqual([0, 1, 2, 3, 4].map(() => [1, 3]));
  });
});
