import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { APPEND_ENTRIES, NONE, REQUEST_VOTE } from './messages.ts';
import {
  candidate,
  follower,
  installOf,
  leader,
  messagesOf,
  requestPreVoteOf,
  snapshotReply,
  timeoutNow,
} from './testing/messages.ts';
import { Exchange } from './testing/exchange.ts';
import {
  TestNode,
  ack,
  appendOf,
  requestVoteOf,
  entriesOf,
  reject,
  requestOf,
  termsOf,
  voteReply,
} from './testing/node.ts';
import { ELECTION, HEARTBEAT } from './node.ts';
import { CANDIDATE, FOLLOWER, LEADER } from './view.ts';

// The extended version of the Raft paper (Ongaro and Ousterhout, 2014), section 5.1, rule by rule.

const ROLES = { follower, candidate, leader };

describe('roles', () => {
  test.each([
    ['a fresh disk', {}],
    ['a term in which it stood', { term: 7, votedFor: 0 }],
    ['a log in which it led', { term: 7, votedFor: 0, log: entriesOf(1, 7, 7) }],
  ])('§5.1 a server that starts with %s is a follower that knows no leader', (_, disk) => {
    const { node } = new TestNode({ disk });
    expect([node.role, node.leader]).toEqual([FOLLOWER, NONE]);
  });

  test('§5.1 a follower is passive: it only answers, and only who has asked', () => {
    const bench = follower({ disk: { log: entriesOf(1) } });
    bench.fire(HEARTBEAT);
    expect(bench.out.sent).toEqual([]);
    bench.ask(requestOf(1, 1));
    expect(bench.out.sent).toEqual([]);
    for (const message of [appendOf(5, 3, [1, 1]), requestVoteOf(5, 3, 1, 1), installOf(5, 3, [4, 5])]) {
      bench.receive(3, message);
      expect(bench.out.sent.map(({ to }) => to)).toEqual([3]);
    }
    bench.receive(3, ack(5, 1));
    expect(bench.out.sent).toEqual([]);
  });

  test('§5.1 a follower that a client contacts directs it to the leader it knows', () => {
    const bench = follower();
    bench.ask(requestOf(1, 1));
    expect(bench.out.replies.map(({ reply }) => [reply.status, reply.leader])).toEqual([['redirect', NONE]]);
    bench.receive(3, appendOf(5, 3));
    bench.ask(requestOf(1, 1));
    expect(bench.out.replies.map(({ reply }) => [reply.status, reply.leader])).toEqual([['redirect', 3]]);
    expect([bench.out.writes, bench.node.log.lastIndex]).toEqual([[], 0]);
  });
});

describe('terms', () => {
  test('§5.1 terms are consecutive: an election begins the one after its candidate’s', () => {
    const bench = follower();
    for (const term of [6, 7, 8]) {
      bench.fire(ELECTION);
      expect(bench.node.term).toBe(term);
    }
  });

  test('§5.1 a term has at most one leader, in whatever order voters hear of its candidates', () => {
    const order = fc.constantFrom([0, 1], [1, 0], [0], [1], []);
    fc.assert(
      fc.property(fc.array(order, { minLength: 3, maxLength: 3 }), (orders) => {
        const cluster = new Exchange(Array.from({ length: 5 }, (_, id) => new TestNode({ id })));
        const [first, second] = [cluster.benches[0]!, cluster.benches[1]!];
        first.fire(ELECTION);
        second.fire(ELECTION);
        first.sync();
        second.sync();
        for (const [i, heard] of orders.entries()) {
          for (const asks of heard) cluster.act(2 + i, (bench) => bench.receive(asks, requestVoteOf(1, asks)));
        }
        cluster.run();
        expect([first, second].filter(({ node }) => node.role === LEADER).length).toBeLessThanOrEqual(1);
      }),
    );
  });

  test('§5.1 a term may end without a leader, and the next begins with a new election', () => {
    const benches = Array.from({ length: 4 }, (_, id) => new TestNode({ id, nodes: 4 }));
    const [first, second] = [benches[0]!, benches[1]!];
    for (const bench of [first, second]) {
      bench.fire(ELECTION);
      bench.sync();
    }
    first.receive(2, voteReply(1));
    second.receive(3, voteReply(1));
    expect([first.node.role, second.node.role]).toEqual([CANDIDATE, CANDIDATE]);
    const cluster = new Exchange(benches);
    cluster.fire(0, ELECTION);
    expect([first.node.role, first.node.term, second.node.role, second.node.term]).toEqual([LEADER, 2, FOLLOWER, 2]);
  });

  test('§5.1 a current term never decreases, whatever a server hears', () => {
    const message = fc
      .tuple(fc.integer({ min: 0, max: 9 }), fc.nat(100))
      .map(([term, which]) => messagesOf(term)[which % messagesOf(0).length]![1]);
    fc.assert(
      fc.property(fc.constantFrom(...Object.values(ROLES)), fc.array(message, { maxLength: 12 }), (make, messages) => {
        const bench = make();
        let { term } = bench.node;
        let onDisk = 0;
        for (const heard of messages) {
          bench.receive(3, heard);
          expect(bench.node.term).toBeGreaterThanOrEqual(term);
          ({ term } = bench.node);
          for (const write of bench.out.writes) {
            if (write.kind !== 'vote') continue;
            expect(write.term).toBeGreaterThanOrEqual(onDisk);
            onDisk = write.term;
          }
        }
      }),
    );
  });

  test('§5.1 servers exchange their terms whenever they communicate: all that is said carries the current one', () => {
    const said = (bench: TestNode, act: (bench: TestNode) => void): void => {
      act(bench);
      expect(bench.out.sent.length).toBeGreaterThan(0);
      for (const { message } of bench.out.sent) expect(message.term).toBe(bench.node.term);
    };
    said(follower(), (bench) => bench.fire(ELECTION));
    said(leader(), (bench) => bench.fire(HEARTBEAT));
    said(leader({ disk: { log: entriesOf(1, 1) } }), (bench) => bench.receive(1, reject(5, 2, 0, 1)));
    said(leader({ nodes: 3 }), (bench) => {
      bench.acknowledge(1, 1);
      bench.admin({ kind: 'transfer', to: 1 });
    });
    for (const term of [4, 5, 6]) {
      said(follower(), (bench) => bench.receive(3, requestVoteOf(term, 3)));
      said(follower(), (bench) => bench.receive(3, appendOf(term, 3)));
      said(follower(), (bench) => bench.receive(3, appendOf(term, 3, [7, 4])));
      said(follower(), (bench) => bench.receive(3, installOf(term, 3, [4, 4])));
    }
    said(follower({ options: { forwarding: true } }), (bench) => {
      bench.receive(3, appendOf(5, 3));
      bench.ask(requestOf(1, 1));
    });
  });

  test.each(messagesOf(9))(
    '§5.1 a server that learns of a larger term by %s takes it over and writes it down',
    (_, message) => {
      for (const make of Object.values(ROLES)) {
        const bench = make();
        bench.receive(3, message);
        const { node, out } = bench;
        expect(node.term).toBeGreaterThanOrEqual(9);
        expect(out.writes[0]).toMatchObject({ kind: 'vote', term: 9 });
      }
    },
  );

  test.each(messagesOf(9).filter(([name]) => name !== 'TimeoutNow'))(
    '§5.1 a candidate or leader that finds its term out of date by %s reverts to follower at once',
    (_, message) => {
      for (const make of [candidate, leader]) {
        const bench = make();
        bench.receive(3, message);
        expect([bench.node.role, bench.node.term]).toEqual([FOLLOWER, 9]);
        bench.fire(HEARTBEAT);
        expect(bench.out.sent).toEqual([]);
      }
    },
  );

  test('§5.1 a server knows no leader of a term of which it has just heard, unless the leader has told it', () => {
    const bench = follower();
    bench.receive(1, appendOf(5, 1));
    bench.receive(3, voteReply(6, false));
    expect(bench.node.leader).toBe(NONE);
    bench.receive(1, appendOf(7, 1));
    expect(bench.node.leader).toBe(1);
  });

  test('§5.1 a server enters a term of which it hears without a vote in it, unless it gives one', () => {
    const bench = candidate();
    bench.receive(3, voteReply(9, false));
    expect([bench.node.votedFor, bench.out.writes]).toEqual([NONE, [{ kind: 'vote', term: 9, votedFor: NONE }]]);
    bench.receive(3, requestVoteOf(12, 3));
    expect([bench.node.votedFor, bench.out.writes]).toEqual([3, [{ kind: 'vote', term: 12, votedFor: 3 }]]);
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
    '§5.1 a server that receives a request with a stale term number rejects it: %s',
    (_, message, answer) => {
      for (const make of Object.values(ROLES)) {
        const bench = make();
        const { role, votedFor, leader: known, commitIndex } = bench.node;
        const log = termsOf(bench.node);
        bench.receive(3, message);
        expect(bench.out.sent.map(({ to }) => to)).toEqual([3]);
        expect(bench.sentTo(3)[0]).toMatchObject(answer);
        const { node } = bench;
        expect([node.role, node.votedFor, node.leader, node.commitIndex]).toEqual([role, votedFor, known, commitIndex]);
        expect([node.term, node.snapshot.index, termsOf(node)]).toEqual([5, 0, log]);
        expect([bench.out.writes, bench.out.timers]).toEqual([[], []]);
      }
    },
  );

  test('§5.1 a server does not stand because the leader of a stale term asks it to', () => {
    const bench = follower();
    bench.receive(3, timeoutNow(4));
    expect([bench.node.role, bench.node.term, bench.out.sent]).toEqual([FOLLOWER, 5, []]);
  });

  test.each([
    ['a vote', voteReply(4)],
    ['an acknowledgement', ack(4, 1)],
    ['a rejection', reject(4, 0, 0, 1)],
    ['an answer to InstallSnapshot', snapshotReply(4, 1, true)],
  ])('§5.1 %s that answers a request of an earlier term changes nothing', (_, message) => {
    const standing = candidate({ nodes: 3 });
    standing.receive(1, message);
    expect(standing.node.role).toBe(CANDIDATE);
    const leading = leader({ nodes: 3 });
    leading.receive(1, message);
    const { node, out } = leading;
    expect([node.role, node.commitIndex, node.matchIndex[1], node.nextIndex[1], out.sent]).toEqual([
      LEADER,
      0,
      0,
      1,
      [],
    ]);
  });
});

describe('requests', () => {
  test('§5.1 requests are issued in parallel: to all others in one step, before anybody has answered', () => {
    const standing = follower();
    standing.fire(ELECTION);
    const leading = leader();
    leading.fire(HEARTBEAT);
    for (const [bench, type] of [[standing, REQUEST_VOTE] as const, [leading, APPEND_ENTRIES] as const]) {
      expect(bench.out.sent.map(({ to, message }) => [to, message.type])).toEqual([1, 2, 3, 4].map((to) => [to, type]));
    }
  });

  test('§5.1 a request that is not answered in time is issued again', () => {
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
