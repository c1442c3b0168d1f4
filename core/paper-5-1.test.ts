import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { APPEND_ENTRIES, NONE, REQUEST_VOTE } from './messages.ts';
import { ELECTION, HEARTBEAT } from './node.ts';
import {
  ack,
  appendOf,
  entriesOf,
  installOf,
  installSnapshotReply,
  messagesOf,
  reject,
  requestOf,
  requestPreVoteOf,
  requestVoteOf,
  timeoutNow,
  voteReply,
} from './testing/messages.ts';
import { candidate, follower, leader, termsOf, TestNode } from './testing/node.ts';
import { ReliableCluster } from './testing/reliable-cluster.ts';
import { CANDIDATE, FOLLOWER, LEADER } from './view.ts';

// The extended version of the Raft paper (Ongaro and Ousterhout, 2014), section 5.1, rule by rule.

const ROLES = { follower, candidate, leader };

describe('roles', () => {
  test.each([
    ['a fresh disk', {}],
    ['a term in which it stood', { term: 7, votedFor: 0 }],
    ['a log in which it led', { term: 7, votedFor: 0, log: entriesOf(1, 7, 7) }],
  ])('§5.1 a node that starts with %s is a follower that knows no leader', (_, disk) => {
    const { state } = new TestNode({ disk });
    expect([state.role, state.leader]).toEqual([FOLLOWER, NONE]);
  });

  test('§5.1 a follower is passive: it only replies, and only to the sender', () => {
    const node = follower({ disk: { log: entriesOf(1) } });
    node.fire(HEARTBEAT);
    expect(node.out.sent).toEqual([]);
    node.request(requestOf(1, 1));
    expect(node.out.sent).toEqual([]);
    for (const message of [appendOf(5, 3, [1, 1]), requestVoteOf(5, 3, 1, 1), installOf(5, 3, [4, 5])]) {
      node.receive(3, message);
      expect(node.out.sent.map(({ to }) => to)).toEqual([3]);
    }
    node.receive(3, ack(5, 1));
    expect(node.out.sent).toEqual([]);
  });

  test('§5.1 a follower that a client contacts directs it to the leader it knows', () => {
    const node = follower();
    node.request(requestOf(1, 1));
    expect(node.out.replies.map(({ reply }) => [reply.status, reply.leader])).toEqual([['redirect', NONE]]);
    node.receive(3, appendOf(5, 3));
    node.request(requestOf(1, 1));
    expect(node.out.replies.map(({ reply }) => [reply.status, reply.leader])).toEqual([['redirect', 3]]);
    expect([node.out.writes, node.state.log.lastIndex]).toEqual([[], 0]);
  });
});

describe('terms', () => {
  test('§5.1 terms are consecutive: an election begins the one after its candidate’s', () => {
    const node = follower();
    for (const term of [6, 7, 8]) {
      node.fire(ELECTION);
      expect(node.state.term).toBe(term);
    }
  });

  test('§5.1 a term has at most one leader, in whatever order vote requests arrive', () => {
    const arrivals = fc.constantFrom([0, 1], [1, 0], [0], [1], []);
    fc.assert(
      fc.property(fc.array(arrivals, { minLength: 3, maxLength: 3 }), (rounds) => {
        const cluster = new ReliableCluster(Array.from({ length: 5 }, (_, id) => new TestNode({ id })));
        const [first, second] = [cluster.nodes[0]!, cluster.nodes[1]!];
        first.fire(ELECTION);
        second.fire(ELECTION);
        first.sync();
        second.sync();
        for (const [i, requests] of rounds.entries()) {
          for (const candidate of requests)
            cluster.act(2 + i, (node) => node.receive(candidate, requestVoteOf(1, candidate)));
        }
        cluster.deliverAll();
        expect([first, second].filter(({ state }) => state.role === LEADER).length).toBeLessThanOrEqual(1);
      }),
    );
  });

  test('§5.1 a term may end without a leader, and the next begins with a new election', () => {
    const nodes = Array.from({ length: 4 }, (_, id) => new TestNode({ id, nodes: 4 }));
    const [first, second] = [nodes[0]!, nodes[1]!];
    for (const node of [first, second]) {
      node.fire(ELECTION);
      node.sync();
    }
    first.receive(2, voteReply(1));
    second.receive(3, voteReply(1));
    expect([first.state.role, second.state.role]).toEqual([CANDIDATE, CANDIDATE]);
    const cluster = new ReliableCluster(nodes);
    cluster.fire(0, ELECTION);
    expect([first.state.role, first.state.term, second.state.role, second.state.term]).toEqual([
      LEADER,
      2,
      FOLLOWER,
      2,
    ]);
  });

  test('§5.1 a current term never decreases, whatever messages arrive', () => {
    const message = fc
      .tuple(fc.integer({ min: 0, max: 9 }), fc.nat(100))
      .map(([term, which]) => messagesOf(term)[which % messagesOf(0).length]![1]);
    fc.assert(
      fc.property(fc.constantFrom(...Object.values(ROLES)), fc.array(message, { maxLength: 12 }), (make, messages) => {
        const node = make();
        let { term } = node.state;
        let onDisk = 0;
        for (const requests of messages) {
          node.receive(3, requests);
          expect(node.state.term).toBeGreaterThanOrEqual(term);
          ({ term } = node.state);
          for (const write of node.out.writes) {
            if (write.kind !== 'vote') continue;
            expect(write.term).toBeGreaterThanOrEqual(onDisk);
            onDisk = write.term;
          }
        }
      }),
    );
  });

  test('§5.1 nodes exchange their terms whenever they communicate: every message carries the current one', () => {
    const said = (node: TestNode, act: (node: TestNode) => void): void => {
      act(node);
      expect(node.out.sent.length).toBeGreaterThan(0);
      for (const { message } of node.out.sent) expect(message.term).toBe(node.state.term);
    };
    said(follower(), (node) => node.fire(ELECTION));
    said(leader(), (node) => node.fire(HEARTBEAT));
    said(leader({ disk: { log: entriesOf(1, 1) } }), (node) => node.receive(1, reject(5, 2, 0, 1)));
    said(leader({ nodes: 3 }), (node) => {
      node.acknowledge(1, 1);
      node.admin({ kind: 'transfer', to: 1 });
    });
    for (const term of [4, 5, 6]) {
      said(follower(), (node) => node.receive(3, requestVoteOf(term, 3)));
      said(follower(), (node) => node.receive(3, appendOf(term, 3)));
      said(follower(), (node) => node.receive(3, appendOf(term, 3, [7, 4])));
      said(follower(), (node) => node.receive(3, installOf(term, 3, [4, 4])));
    }
    said(follower({ options: { forwarding: true } }), (node) => {
      node.receive(3, appendOf(5, 3));
      node.request(requestOf(1, 1));
    });
  });

  test.each(messagesOf(9))('§5.1 a node that receives a larger term by %s adopts it and saves it', (_, message) => {
    for (const make of Object.values(ROLES)) {
      const node = make();
      node.receive(3, message);
      const { state, out } = node;
      expect(state.term).toBeGreaterThanOrEqual(9);
      expect(out.writes[0]).toMatchObject({ kind: 'vote', term: 9 });
    }
  });

  test.each(messagesOf(9).filter(([name]) => name !== 'TimeoutNow'))(
    '§5.1 a candidate or leader that finds its term out of date by %s reverts to follower at once',
    (_, message) => {
      for (const make of [candidate, leader]) {
        const node = make();
        node.receive(3, message);
        expect([node.state.role, node.state.term]).toEqual([FOLLOWER, 9]);
        node.fire(HEARTBEAT);
        expect(node.out.sent).toEqual([]);
      }
    },
  );

  test('§5.1 a node knows no leader of a term that it has just entered, unless the message is from the leader', () => {
    const node = follower();
    node.receive(1, appendOf(5, 1));
    node.receive(3, voteReply(6, false));
    expect(node.state.leader).toBe(NONE);
    node.receive(1, appendOf(7, 1));
    expect(node.state.leader).toBe(1);
  });

  test('§5.1 a node enters a higher term without a vote in it, unless it grants one', () => {
    const node = candidate();
    node.receive(3, voteReply(9, false));
    expect([node.state.votedFor, node.out.writes]).toEqual([NONE, [{ kind: 'vote', term: 9, votedFor: NONE }]]);
    node.receive(3, requestVoteOf(12, 3));
    expect([node.state.votedFor, node.out.writes]).toEqual([3, [{ kind: 'vote', term: 12, votedFor: 3 }]]);
  });
});

describe('stale terms', () => {
  const STALE = [
    ['RequestVote', requestVoteOf(4, 3, 9, 4), { granted: false, term: 5 }],
    ['AppendEntries', appendOf(4, 3, [0, 0], entriesOf(4, 4), 2), { success: false, term: 5 }],
    ['a heartbeat', appendOf(4, 3), { success: false, term: 5 }],
    ['InstallSnapshot', installOf(4, 3, [9, 4]), { done: false, term: 5 }],
    ['a question for a pre-vote', requestPreVoteOf(4, 3, 9, 4), { granted: false, term: 5 }],
  ] as const;

  test.each(STALE)(
    '§5.1 a node that receives a request with a stale term number rejects it: %s',
    (_, message, reply) => {
      for (const make of Object.values(ROLES)) {
        const node = make();
        const { role, votedFor, leader: known, commitIndex } = node.state;
        const log = termsOf(node.state);
        node.receive(3, message);
        expect(node.out.sent.map(({ to }) => to)).toEqual([3]);
        expect(node.sentTo(3)[0]).toMatchObject(reply);
        const { state } = node;
        expect([state.role, state.votedFor, state.leader, state.commitIndex]).toEqual([
          role,
          votedFor,
          known,
          commitIndex,
        ]);
        expect([state.term, state.snapshot.index, termsOf(state)]).toEqual([5, 0, log]);
        expect([node.out.writes, node.out.timers]).toEqual([[], []]);
      }
    },
  );

  test('§5.1 a node ignores TimeoutNow of a stale term', () => {
    const node = follower();
    node.receive(3, timeoutNow(4));
    expect([node.state.role, node.state.term, node.out.sent]).toEqual([FOLLOWER, 5, []]);
  });

  test.each([
    ['a vote', voteReply(4)],
    ['an acknowledgement', ack(4, 1)],
    ['a rejection', reject(4, 0, 0, 1)],
    ['InstallSnapshotReply', installSnapshotReply(4, 1, true)],
  ])('§5.1 %s that replies to a request of an earlier term changes nothing', (_, message) => {
    const standing = candidate({ nodes: 3 });
    standing.receive(1, message);
    expect(standing.state.role).toBe(CANDIDATE);
    const leading = leader({ nodes: 3 });
    leading.receive(1, message);
    const { state, out } = leading;
    expect([state.role, state.commitIndex, state.matchIndex[1], state.nextIndex[1], out.sent]).toEqual([
      LEADER,
      0,
      0,
      1,
      [],
    ]);
  });
});

describe('requests', () => {
  test('§5.1 requests are issued in parallel: to all others in one step, before any has replied', () => {
    const standing = follower();
    standing.fire(ELECTION);
    const leading = leader();
    leading.fire(HEARTBEAT);
    for (const [node, type] of [[standing, REQUEST_VOTE] as const, [leading, APPEND_ENTRIES] as const]) {
      expect(node.out.sent.map(({ to, message }) => [to, message.type])).toEqual([1, 2, 3, 4].map((to) => [to, type]));
    }
  });

  test('§5.1 a request without a reply in time is issued again', () => {
    const standing = candidate();
    standing.fire(ELECTION);
    expect(standing.out.sent.map(({ to }) => to)).toEqual([1, 2, 3, 4]);
    const leading = leader({ nodes: 3 });
    let repeated = 0;
    for (leading.now = 50_000; leading.now <= 1_000_000; leading.now += 50_000) {
      leading.fire(HEARTBEAT);
      for (const message of leading.sentTo(1)) if (message.type === APPEND_ENTRIES) repeated += message.entries.length;
    }
    expect(repeated).toBeGreaterThan(1);
  });
});
