import { describe, expect, test } from 'vitest';
import type { Reply, Request } from '../sim/protocol.ts';
import { configuration } from './configuration.ts';
import { APPEND_ENTRIES, FORWARD, FORWARD_REPLY, READ_INDEX, READ_INDEX_REPLY } from './messages.ts';
import {
  TestNode,
  type TestNodeOptions,
  ack,
  appendOf,
  requestVoteOf,
  entriesOf,
  entryOf,
  chunkOf,
  requestOf,
  valueOf,
  voteReply,
} from './testing/node.ts';
import { ELECTION, HEARTBEAT } from './node.ts';
import { FOLLOWER, LEADER } from './view.ts';

const OK = { status: 'ok', applied: true, leader: -1 } as const;
const get = (session = 1, sequence = 1): Request => requestOf(session, sequence, { op: 'get', value: '' });

/** A leader of three whose no-op is committed. */
function leading(options: TestNodeOptions['options'] = {}): TestNode {
  const bench = new TestNode({ nodes: 3, options });
  bench.lead();
  bench.confirm(1, 1, 2);
  bench.now += 1_000_000;
  return bench;
}

/** Follows n2 in term 1. */
function following(options: TestNodeOptions['options'] = {}): TestNode {
  const bench = new TestNode({ nodes: 3, options });
  bench.receive(1, appendOf(1, 1, [0, 0], entriesOf(1), 1));
  bench.sync();
  return bench;
}

function executed(value: string): Reply {
  return { ...OK, value };
}

describe('§6.2 routing requests to the leader', () => {
  test('§6.2 who does not lead rejects a request and names the leader it has heard from last', () => {
    const bench = following();
    bench.ask(requestOf(1, 1));
    expect(bench.replies).toEqual([{ status: 'redirect', value: null, applied: false, leader: 1 }]);
  });

  test('§6.2 who gives its leader up sends nobody there any more', () => {
    const bench = following();
    bench.fire(ELECTION);
    bench.ask(requestOf(1, 1));
    expect(bench.replies).toEqual([{ status: 'redirect', value: null, applied: false, leader: -1 }]);
  });

  test('§6.2 or it passes the request on, and the answer back', () => {
    const bench = following({ forwarding: true });
    const request = requestOf(1, 1);
    bench.ask(request);
    expect([bench.replies, bench.sentTo(1)]).toEqual([[], [{ type: FORWARD, term: 1, request }]]);
    bench.receive(1, { type: FORWARD_REPLY, term: 1, request, reply: executed('v') });
    expect(bench.out.replies).toMatchObject([{ to: 101, request, reply: executed('v') }]);
  });

  test('§6.2 a request is passed on once: who gets it and does not lead sends it back', () => {
    const bench = following({ forwarding: true });
    bench.receive(2, { type: FORWARD, term: 1, request: requestOf(1, 1) });
    expect(bench.sentTo(1)).toEqual([]);
    expect(bench.sentTo(2)).toMatchObject([{ type: FORWARD_REPLY, reply: { status: 'redirect', leader: 1 } }]);
  });

  test('§6.2 the leader answers through the follower that has passed the request on', () => {
    const bench = leading({ forwarding: true });
    const request = requestOf(1, 1, { value: 'v' });
    bench.receive(2, { type: FORWARD, term: 1, request });
    bench.commit(1);
    expect(bench.replies).toEqual([]);
    expect(bench.sentTo(2)).toContainEqual({ type: FORWARD_REPLY, term: 1, request, reply: executed('v') });
  });

  test('§6.2 a request that comes twice is answered as before, and a deposed leader answers that it does not know', () => {
    const bench = leading({ forwarding: true });
    const request = requestOf(1, 1, { op: 'append', value: 'v' });
    for (let copy = 0; copy < 2; copy++) bench.receive(2, { type: FORWARD, term: 1, request });
    expect(bench.node.log.lastIndex).toBe(2);
    bench.receive(1, requestVoteOf(2, 1, 9, 9));
    expect(bench.sentTo(2)).toMatchObject([{ type: FORWARD_REPLY, term: 1, reply: { status: 'unknown' } }]);
  });

  test('§6.2 a leader that hears from no quorum for an election timeout steps down, so that clients look elsewhere', () => {
    const bench = leading({ checkQuorum: true });
    bench.fire(HEARTBEAT);
    expect(bench.node.role).toBe(FOLLOWER);
    bench.ask(requestOf(1, 1));
    expect(bench.replies).toMatchObject([{ status: 'redirect', leader: -1 }]);
  });
});

describe('§6.3 linearizable semantics', () => {
  const SECOND = 1_000_000;
  const register = Object.freeze({
    ...requestOf(0, 1, { op: 'register', key: '', value: '' }),
    client: 105,
  });

  /** A leader whose sessions expire after a second, with one that was opened at the time it says. */
  function serving(): { bench: TestNode; session: number } {
    const bench = leading({ sessionTimeout: SECOND });
    bench.ask(register);
    bench.commit(1);
    const [reply] = bench.replies;
    return { bench, session: Number(reply!.value) };
  }

  test('§6.3 a session is opened through the log, and its id is the index of its entry', () => {
    const { bench, session } = serving();
    expect([session, bench.node.store.isOpen(2), bench.node.log.entry(2).request]).toEqual([2, true, register]);
  });

  test('§6.3 a request of a session is executed once, and answered the same each time', () => {
    const { bench, session } = serving();
    const request = requestOf(session, 1, { op: 'append', value: 'a' });
    bench.ask(request);
    bench.commit(1);
    expect(bench.replies).toEqual([executed('a')]);
    bench.ask(request);
    expect(bench.replies).toEqual([executed('a')]);
    bench.receive(2, appendOf(2, 2, [3, 1], [entryOf(2, request)], 4));
    expect([bench.node.lastApplied, bench.node.lookup('x')]).toEqual([4, 'a']);
  });

  test('§6.3 a session may have several requests under way: each is answered by itself, in any order', () => {
    const bench = leading();
    const asked = [3, 1, 2].map((sequence) =>
      Object.freeze({ ...requestOf(1, sequence, { op: 'append', value: `${sequence}` }), firstUnanswered: 1 }),
    );
    for (const request of asked) bench.ask(request);
    bench.commit(1);
    expect(bench.replies).toEqual([executed('3'), executed('31'), executed('312')]);
    for (const [i, request] of asked.entries()) {
      bench.ask(request);
      expect(bench.replies).toEqual([executed('312'.slice(0, i + 1))]);
    }
  });

  test('§6.3 answers that the client has seen are forgotten, and their requests not executed again', () => {
    const bench = leading();
    const first = requestOf(1, 1, { op: 'append', value: 'a' });
    for (const request of [first, requestOf(1, 2, { op: 'append', value: 'b' })]) {
      bench.ask(request);
      bench.commit(1);
    }
    expect(bench.node.store.export()).toContainEqual(
      expect.objectContaining({ kind: 'session', session: 1, answers: [expect.objectContaining({ sequence: 2 })] }),
    );
    bench.receive(2, appendOf(2, 2, [3, 1], [entryOf(2, first)], 4));
    expect([bench.node.lastApplied, bench.node.lookup('x')]).toEqual([4, 'ab']);
  });

  test('§6.3 a session that was idle for too long expires by the time in the log, and its requests are refused', () => {
    const { bench, session } = serving();
    bench.now += SECOND + 1;
    bench.ask(requestOf(session, 1));
    bench.commit(1);
    expect(bench.replies).toEqual([{ status: 'refused', value: null, applied: false, leader: -1 }]);
    expect([bench.node.lookup('x'), bench.node.store.isOpen(session)]).toEqual([null, false]);
  });

  test('§6.3 a session lives as long as it is used', () => {
    const { bench, session } = serving();
    for (let sequence = 1; sequence <= 5; sequence++) {
      bench.now += SECOND;
      bench.ask(requestOf(session, sequence));
      bench.commit(1);
      expect(bench.replies[0]!.status).toBe('ok');
    }
  });

  test('§6.3 a request is refused that never had a session, whatever it asks', () => {
    const { bench } = serving();
    bench.ask(requestOf(99, 1));
    bench.commit(1);
    expect(bench.replies[0]!.status).toBe('refused');
  });

  test('§6.3 servers whose clocks disagree expire the same sessions at the same entry', () => {
    const { bench, session } = serving();
    const other = new TestNode({ id: 1, nodes: 3, options: { sessionTimeout: SECOND } });
    other.now = 500 * SECOND;
    bench.now += SECOND + 1;
    bench.ask(requestOf(session, 1));
    bench.commit(1);
    const entries = [1, 2, 3].map((index) => bench.node.log.entry(index));
    other.receive(0, appendOf(1, 0, [0, 0], entries.slice(0, 2), 2));
    expect(other.node.store.isOpen(session)).toBe(true);
    other.receive(0, appendOf(1, 0, [2, 1], entries.slice(2), 3));
    expect([other.node.store.isOpen(session), other.node.store.hash]).toEqual([false, bench.node.store.hash]);
  });

  test('§6.3 log time does not go back, though a leader’s clock be behind its predecessor’s', () => {
    const ahead = { ...entryOf(1, null), time: 50 * SECOND };
    const bench = new TestNode({ nodes: 3, disk: { term: 1, log: [ahead] }, options: { sessionTimeout: SECOND } });
    bench.lead();
    bench.ask(requestOf(1, 1));
    expect([bench.node.log.entry(2).time, bench.node.log.entry(3).time]).toEqual([50 * SECOND, 50 * SECOND]);
    bench.now = 51 * SECOND;
    bench.ask(requestOf(1, 2));
    expect(bench.node.log.entry(4).time).toBe(51 * SECOND);
  });

  test('§6.3 log time goes on from a snapshot, whose entries are gone', () => {
    const ahead = { ...entryOf(1, null), time: 50 * SECOND };
    const options = { sessionTimeout: SECOND, snapshotTrailing: 0 };
    const bench = new TestNode({ nodes: 3, disk: { term: 1 }, options });
    bench.receive(1, appendOf(1, 1, [0, 0], [ahead], 1));
    bench.admin({ kind: 'snapshot' });
    expect(bench.node.log.base).toBe(1);
    bench.lead();
    expect(bench.node.log.entry(2).time).toBe(50 * SECOND);
  });
});

describe('§6.4 read-only queries', () => {
  const READ_INDEX_OPTIONS = { reads: 'readIndex' } as const;

  test('§6.4 reads leave no trace in the log', () => {
    const bench = leading(READ_INDEX_OPTIONS);
    bench.ask(get());
    bench.confirm(1, 1);
    expect(bench.replies).toEqual([{ ...OK, value: null }]);
    expect([bench.node.log.lastIndex, bench.out.writes]).toEqual([1, []]);
  });

  test('§6.4, 1: a leader answers none before it has committed an entry of its own term', () => {
    const log = [entryOf(1, requestOf(1, 1, { value: 'v' }))];
    const bench = new TestNode({ nodes: 3, disk: { term: 1, log }, options: READ_INDEX_OPTIONS });
    bench.lead();
    bench.ask(get());
    // Everybody agrees who leads; but not what is committed.
    bench.now += 50_000;
    bench.fire(HEARTBEAT);
    bench.confirm(1, 1, 2);
    bench.confirm(1, 1, 2);
    expect([bench.node.commitIndex, bench.replies]).toEqual([0, []]);
    bench.confirm(2, 1);
    expect(bench.replies).toEqual([executed('v')]);
  });

  test('§6.4, 2: what is committed when the read comes in is what it must see, and it waits for no more', () => {
    const bench = leading(READ_INDEX_OPTIONS);
    bench.ask(requestOf(2, 1, { value: 'v' }));
    bench.ask(get());
    expect(bench.node.reads).toMatchObject([{ index: 1 }]);
    bench.confirm(1, 1);
    expect(bench.replies).toEqual([{ ...OK, value: null }]);
  });

  test('§6.4, 3: a majority must answer a greeting that was sent after the read came in', () => {
    const bench = leading(READ_INDEX_OPTIONS);
    bench.fire(HEARTBEAT);
    const before = bench.node.heartbeatRound;
    bench.ask(get());
    bench.receive(1, { ...ack(1, 1), round: before });
    bench.receive(2, { ...ack(1, 1), round: before });
    expect(bench.replies).toEqual([]);
    expect(bench.node.heartbeatRound).toBe(before + 1);
    bench.receive(1, { ...ack(1, 1), round: before + 1 });
    expect(bench.replies.length).toBe(1);
  });

  test('§6.4, 3: at once, without waiting for the next heartbeat', () => {
    const bench = leading(READ_INDEX_OPTIONS);
    bench.fire(HEARTBEAT);
    bench.confirm(1, 1, 2);
    bench.ask(get());
    const greetings = bench.out.sent.filter(({ message }) => message.type === APPEND_ENTRIES);
    expect(greetings.map(({ to }) => to)).toEqual([1, 2]);
  });

  test('§6.4, 3: one answer of many is not a majority', () => {
    const bench = new TestNode({ nodes: 5, options: READ_INDEX_OPTIONS });
    bench.lead();
    bench.confirm(1, 1, 2);
    bench.ask(get());
    for (let copy = 0; copy < 3; copy++) bench.confirm(1, 3);
    expect(bench.replies).toEqual([]);
    bench.confirm(1, 4);
    expect(bench.replies.length).toBe(1);
  });

  test('§6.4, 3: several reads share one round of greetings', () => {
    const bench = leading(READ_INDEX_OPTIONS);
    bench.ask(get(1));
    const { heartbeatRound: round } = bench.node;
    bench.ask(get(2));
    bench.ask(get(3));
    expect([bench.node.heartbeatRound, bench.out.sent]).toEqual([round, []]);
    bench.confirm(1, 1);
    expect([bench.out.replies.map(({ to }) => to), bench.node.heartbeatRound]).toEqual([[101], round + 1]);
    bench.confirm(1, 2);
    expect(bench.out.replies.map(({ to }) => to)).toEqual([102, 103]);
  });

  test('§6.4, 3: answers of those who do not vote confirm nothing', () => {
    const bench = new TestNode({ nodes: 5, members: configuration([0, 1, 2], [3, 4]), options: READ_INDEX_OPTIONS });
    bench.fire(ELECTION);
    bench.sync();
    bench.receive(1, voteReply(1));
    bench.sync();
    bench.confirm(1, 1, 2);
    bench.ask(get());
    bench.confirm(1, 3, 4);
    expect(bench.replies).toEqual([]);
  });

  test('§6.4, 4: the answer waits until the state machine has got as far as the read index', () => {
    const bench = leading(READ_INDEX_OPTIONS);
    bench.node.lastApplied = 0;
    bench.ask(get());
    bench.confirm(1, 1);
    expect([bench.replies, bench.node.reads.length]).toEqual([[], 1]);
  });

  test('§6.4 a deposed leader answers no read from its state: clients ask elsewhere', () => {
    const bench = leading(READ_INDEX_OPTIONS);
    bench.ask(get());
    bench.receive(2, appendOf(2, 2, [1, 1], entriesOf(2), 2));
    expect(bench.replies.map(({ status }) => status)).toEqual(['redirect']);
    bench.confirm(1, 1, 2);
    expect(bench.replies).toEqual([]);
  });

  test('§6.4 a new leader does not take answers to greetings of its earlier leadership for confirmation', () => {
    const bench = leading(READ_INDEX_OPTIONS);
    for (let i = 0; i < 5; i++) bench.fire(HEARTBEAT);
    const { heartbeatRound: round } = bench.node;
    bench.receive(2, appendOf(2, 2, [1, 1]));
    bench.lead();
    bench.confirm(2, 1, 2);
    bench.ask(get());
    bench.receive(1, { ...ack(1, 1), round });
    bench.receive(2, { ...ack(1, 1), round });
    expect(bench.replies).toEqual([]);
  });

  test('§6.4 a leader alone confirms itself', () => {
    const bench = new TestNode({ nodes: 1, options: READ_INDEX_OPTIONS });
    bench.lead();
    bench.ask(get());
    expect(bench.replies).toEqual([{ ...OK, value: null }]);
  });
});

describe('§6.4 reads at followers', () => {
  const OPTIONS = { reads: 'readIndex', readsAtFollowers: true } as const;

  test('§6.4 a follower asks the leader how far it must be, and answers itself when it is', () => {
    const bench = following(OPTIONS);
    bench.ask(get());
    const { lastRead } = bench.node;
    expect([bench.replies, bench.sentTo(1)]).toEqual([[], [{ type: READ_INDEX, term: 1, read: lastRead }]]);
    bench.receive(1, { type: READ_INDEX_REPLY, term: 1, read: lastRead, readIndex: 2 });
    expect(bench.replies).toEqual([]);
    bench.receive(1, appendOf(1, 1, [1, 1], [entryOf(1, requestOf(2, 1, { value: 'v' }))], 2));
    expect(bench.replies).toEqual([executed('v')]);
  });

  test('§6.4 the leader confirms that it leads before it tells a follower', () => {
    const bench = leading(OPTIONS);
    bench.receive(2, { type: READ_INDEX, term: 1, read: 7 });
    expect(bench.sentTo(2).map(({ type }) => type)).toEqual([APPEND_ENTRIES]);
    bench.confirm(1, 1);
    expect(bench.sentTo(2)).toEqual([{ type: READ_INDEX_REPLY, term: 1, read: 7, readIndex: 1 }]);
  });

  test('§6.4 who does not lead, or does no more, cannot tell', () => {
    const follower = following(OPTIONS);
    follower.receive(2, { type: READ_INDEX, term: 1, read: 7 });
    expect(follower.sentTo(2)).toEqual([{ type: READ_INDEX_REPLY, term: 1, read: 7, readIndex: -1 }]);
    const deposed = leading(OPTIONS);
    deposed.receive(2, { type: READ_INDEX, term: 1, read: 7 });
    deposed.receive(1, requestVoteOf(2, 1, 9, 9));
    expect(deposed.sentTo(2)).toEqual([{ type: READ_INDEX_REPLY, term: 1, read: 7, readIndex: -1 }]);
  });

  test('§6.4 a follower whose leader cannot tell asks its client to come again', () => {
    const bench = following(OPTIONS);
    bench.ask(get());
    bench.receive(1, { type: READ_INDEX_REPLY, term: 1, read: bench.node.lastRead, readIndex: -1 });
    expect(bench.replies.map(({ status }) => status)).toEqual(['busy']);
  });

  test('a follower that follows another, or stands itself, asks those who wait to come again', () => {
    for (const change of [
      (bench: TestNode) => {
        bench.receive(2, appendOf(2, 2));
      },
      (bench: TestNode) => {
        bench.fire(ELECTION);
      },
    ]) {
      const bench = following(OPTIONS);
      bench.ask(get());
      change(bench);
      expect(bench.replies.map(({ status }) => status)).toEqual(['redirect']);
      expect(bench.node.reads).toEqual([]);
    }
  });

  test('an answer to a read of an earlier life is not taken for one to a read of this life', () => {
    const numbers = [1, 2, 3].map((id) => {
      const bench = new TestNode({ nodes: 3, options: OPTIONS, seed: id });
      bench.receive(1, appendOf(1, 1, [0, 0], entriesOf(1), 1));
      bench.ask(get());
      return bench.node.lastRead;
    });
    expect(new Set(numbers).size).toBe(3);
  });

  test('a snapshot that is installed answers the reads it is far enough for', () => {
    const bench = following(OPTIONS);
    bench.ask(get());
    bench.receive(1, { type: READ_INDEX_REPLY, term: 1, read: bench.node.lastRead, readIndex: 2 });
    expect(bench.replies).toEqual([]);
    bench.receive(1, chunkOf(1, 1, [2, 1], { records: [valueOf('x', 'v')] }));
    expect(bench.replies).toEqual([executed('v')]);
  });
});

describe('§6.4.1 leases', () => {
  const OPTIONS = { reads: 'lease', checkQuorum: true, electionTimeout: [150_000, 300_000] } as const;
  /** 150 ms, if one clock runs a hundredth too slow and another a hundredth too fast. */
  const LEASE = 147_029;

  /** A leader whose greetings of now were answered after 10 ms. */
  function leased(): TestNode {
    const bench = leading(OPTIONS);
    for (const node of [1, 2]) bench.confirm(1, node);
    bench.fire(HEARTBEAT);
    bench.now += 10_000;
    bench.confirm(1, 1);
    return bench;
  }

  test('§6.4.1 during its lease a leader reads without asking anybody', () => {
    const bench = leased();
    bench.ask(get());
    expect([bench.replies, bench.out.sent, bench.out.marks]).toEqual([[{ ...OK, value: null }], [], ['lease-read']]);
  });

  test('§6.4.1 the lease counts from when the greetings left, not from when they were answered, less the drift of clocks', () => {
    const answersAfter = (micros: number): boolean => {
      const bench = leased();
      bench.now += micros - 10_000;
      bench.ask(get());
      return bench.replies.length === 1;
    };
    expect([answersAfter(LEASE - 1), answersAfter(LEASE)]).toEqual([true, false]);
  });

  test('§6.4.1 when the lease is over, the leader asks', () => {
    const bench = leased();
    bench.now += 200_000;
    bench.ask(get());
    expect([bench.replies, bench.out.sent.map(({ to }) => to)]).toEqual([[], [1, 2]]);
    bench.confirm(1, 2);
    expect(bench.replies.length).toBe(1);
  });

  test('§6.4.1 a new leader has no lease before a majority has answered it', () => {
    const bench = new TestNode({ nodes: 3, options: OPTIONS });
    bench.lead();
    bench.receive(1, { ...ack(1, 1), round: 0 });
    bench.ask(get());
    expect(bench.replies).toEqual([]);
  });

  test('§6.4.1 who has heard from a leader elects no other within the shortest election timeout', () => {
    const bench = new TestNode({ nodes: 3, options: OPTIONS });
    bench.now = 1_000_000;
    bench.receive(1, appendOf(1, 1));
    bench.now += 149_999;
    bench.receive(2, requestVoteOf(2, 2, 9, 9));
    expect([bench.sentTo(2), bench.node.term]).toEqual([[], 1]);
    bench.now += 1;
    bench.receive(2, requestVoteOf(2, 2, 9, 9));
    expect(bench.sentTo(2)).toEqual([voteReply(2)]);
  });

  test('§6.4.1 a server that restarts may have granted a lease, and waits until that is over', () => {
    const bench = new TestNode({ nodes: 3, disk: { term: 1 }, options: OPTIONS });
    bench.receive(2, requestVoteOf(2, 2));
    expect(bench.sentTo(2)).toEqual([]);
    bench.now = 150_000;
    bench.receive(2, requestVoteOf(2, 2));
    expect(bench.sentTo(2)).toEqual([voteReply(2)]);
  });

  test('§6.4.1 a leader that has told another to stand has no lease any more, even if it goes on', () => {
    const bench = leased();
    bench.admin({ kind: 'transfer', to: 2 });
    bench.now += 10_000;
    bench.fire(HEARTBEAT);
    bench.confirm(1, 1, 2);
    bench.now += 10_000;
    bench.ask(get());
    expect([bench.node.role, bench.replies]).toEqual([LEADER, []]);
  });

  test('§6.4.1 nobody forgets a leader by order while leases rest on loyalty', () => {
    const bench = following(OPTIONS);
    expect(bench.admin({ kind: 'forget-leader' })).toMatch(/leases/);
  });
});
