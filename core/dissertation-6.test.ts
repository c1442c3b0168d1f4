import { describe, expect, test } from 'vitest';
import type { Reply, Request } from '../sim/protocol.ts';
import { configuration } from './configuration.ts';
import { APPEND_ENTRIES, FORWARD, FORWARD_REPLY, READ_INDEX, READ_INDEX_REPLY } from './messages.ts';
import { ELECTION, HEARTBEAT } from './node.ts';
import {
  ack,
  appendOf,
  chunkOf,
  entriesOf,
  entryOf,
  preVoteReply,
  requestOf,
  requestVoteOf,
  timeoutNow,
  valueOf,
  voteReply,
} from './testing/messages.ts';
import { TestNode, type TestNodeOptions } from './testing/node.ts';
import { FOLLOWER, LEADER } from './view.ts';

const OK = { status: 'ok', applied: true, leader: -1 } as const;
const get = (session = 1, sequence = 1): Request => requestOf(session, sequence, { op: 'get', value: '' });

/** A leader of three whose no-op is committed. */
function leading(options: TestNodeOptions['options'] = {}): TestNode {
  const node = new TestNode({ nodes: 3, options });
  // It may have supported a lease before it was started.
  node.now = 300_000;
  node.lead();
  node.confirm(1, 1, 2);
  node.now += 1_000_000;
  return node;
}

/** Follows n2 in term 1. */
function following(options: TestNodeOptions['options'] = {}): TestNode {
  const node = new TestNode({ nodes: 3, options });
  node.receive(1, appendOf(1, 1, [0, 0], entriesOf(1), 1));
  node.sync();
  return node;
}

function executed(value: string): Reply {
  return { ...OK, value };
}

describe('§6.2 routing requests to the leader', () => {
  test('§6.2 a node that does not lead rejects a request and names the leader it has heard from last', () => {
    const node = following();
    node.request(requestOf(1, 1));
    expect(node.replies).toEqual([{ status: 'redirect', value: null, applied: false, leader: 1 }]);
  });

  test('§6.2 a node that no longer follows its leader redirects no client to it', () => {
    const node = following();
    node.fire(ELECTION);
    node.request(requestOf(1, 1));
    expect(node.replies).toEqual([{ status: 'redirect', value: null, applied: false, leader: -1 }]);
  });

  test('§6.2 or it forwards the request, and passes the reply back', () => {
    const node = following({ forwarding: true });
    const request = requestOf(1, 1);
    node.request(request);
    expect([node.replies, node.sentTo(1)]).toEqual([[], [{ type: FORWARD, term: 1, request }]]);
    node.receive(1, { type: FORWARD_REPLY, term: 1, request, reply: executed('v') });
    expect(node.out.replies).toMatchObject([{ to: 101, request, reply: executed('v') }]);
  });

  test('§6.2 a request is forwarded once: a receiver that does not lead redirects', () => {
    const node = following({ forwarding: true });
    node.receive(2, { type: FORWARD, term: 1, request: requestOf(1, 1) });
    expect(node.sentTo(1)).toEqual([]);
    expect(node.sentTo(2)).toMatchObject([{ type: FORWARD_REPLY, reply: { status: 'redirect', leader: 1 } }]);
  });

  test('§6.2 the leader replies through the follower that forwarded the request', () => {
    const node = leading({ forwarding: true });
    const request = requestOf(1, 1, { value: 'v' });
    node.receive(2, { type: FORWARD, term: 1, request });
    node.commit(1);
    expect(node.replies).toEqual([]);
    expect(node.sentTo(2)).toContainEqual({ type: FORWARD_REPLY, term: 1, request, reply: executed('v') });
  });

  test('§6.2 a request that comes twice gets the same reply, and a deposed leader replies that the outcome is unknown', () => {
    const node = leading({ forwarding: true });
    const request = requestOf(1, 1, { op: 'append', value: 'v' });
    for (let copy = 0; copy < 2; copy++) node.receive(2, { type: FORWARD, term: 1, request });
    expect(node.state.log.lastIndex).toBe(2);
    node.receive(1, requestVoteOf(2, 1, 9, 9));
    expect(node.sentTo(2)).toMatchObject([{ type: FORWARD_REPLY, term: 1, reply: { status: 'unknown' } }]);
  });

  test('§6.2 a leader without contact to a quorum for an election timeout steps down, so that clients look elsewhere', () => {
    const node = leading({ checkQuorum: true });
    node.fire(HEARTBEAT);
    expect(node.state.role).toBe(FOLLOWER);
    node.request(requestOf(1, 1));
    expect(node.replies).toMatchObject([{ status: 'redirect', leader: -1 }]);
  });
});

describe('§6.3 linearizable semantics', () => {
  const SECOND = 1_000_000;
  const register = Object.freeze({
    ...requestOf(0, 1, { op: 'register', key: '', value: '' }),
    client: 105,
  });

  /** A leader whose sessions expire after a second, with one that was opened at the time it says. */
  function serving(): { node: TestNode; session: number } {
    const node = leading({ sessionTimeout: SECOND });
    node.request(register);
    node.commit(1);
    const [reply] = node.replies;
    return { node: node, session: Number(reply!.value) };
  }

  test('§6.3 a session is opened through the log, and its id is the index of its entry', () => {
    const { node: node, session } = serving();
    expect([session, node.state.store.isOpen(2), node.state.log.entry(2).request]).toEqual([2, true, register]);
  });

  test('§6.3 a request of a session is executed once, and gets the same reply each time', () => {
    const { node: node, session } = serving();
    const request = requestOf(session, 1, { op: 'append', value: 'a' });
    node.request(request);
    node.commit(1);
    expect(node.replies).toEqual([executed('a')]);
    node.request(request);
    expect(node.replies).toEqual([executed('a')]);
    node.receive(2, appendOf(2, 2, [3, 1], [entryOf(2, request)], 4));
    expect([node.state.lastApplied, node.state.lookup('x')]).toEqual([4, 'a']);
  });

  test('§6.3 a session may have several pending requests: each gets its own reply, in any order', () => {
    const node = leading();
    const requests = [3, 1, 2].map((sequence) =>
      Object.freeze({ ...requestOf(1, sequence, { op: 'append', value: `${sequence}` }), firstUnanswered: 1 }),
    );
    for (const request of requests) node.request(request);
    node.commit(1);
    expect(node.replies).toEqual([executed('3'), executed('31'), executed('312')]);
    for (const [i, request] of requests.entries()) {
      node.request(request);
      expect(node.replies).toEqual([executed('312'.slice(0, i + 1))]);
    }
  });

  test('§6.3 replies that the client has seen are dropped, and their requests not executed again', () => {
    const node = leading();
    const first = requestOf(1, 1, { op: 'append', value: 'a' });
    for (const request of [first, requestOf(1, 2, { op: 'append', value: 'b' })]) {
      node.request(request);
      node.commit(1);
    }
    expect(node.state.store.export()).toContainEqual(
      expect.objectContaining({ kind: 'session', session: 1, replies: [expect.objectContaining({ sequence: 2 })] }),
    );
    node.receive(2, appendOf(2, 2, [3, 1], [entryOf(2, first)], 4));
    expect([node.state.lastApplied, node.state.lookup('x')]).toEqual([4, 'ab']);
  });

  test('§6.3 a session that was idle for too long expires by the time in the log, and its requests are refused', () => {
    const { node: node, session } = serving();
    node.now += SECOND + 1;
    node.request(requestOf(session, 1));
    node.commit(1);
    expect(node.replies).toEqual([{ status: 'refused', value: null, applied: false, leader: -1 }]);
    expect([node.state.lookup('x'), node.state.store.isOpen(session)]).toEqual([null, false]);
  });

  test('§6.3 a session lives as long as it is used', () => {
    const { node: node, session } = serving();
    for (let sequence = 1; sequence <= 5; sequence++) {
      node.now += SECOND;
      node.request(requestOf(session, sequence));
      node.commit(1);
      expect(node.replies[0]!.status).toBe('ok');
    }
  });

  test('§6.3 a request without a session is refused, whatever it is', () => {
    const { node: node } = serving();
    node.request(requestOf(99, 1));
    node.commit(1);
    expect(node.replies[0]!.status).toBe('refused');
  });

  test('§6.3 nodes whose clocks disagree expire the same sessions at the same entry', () => {
    const { node: node, session } = serving();
    const other = new TestNode({ id: 1, nodes: 3, options: { sessionTimeout: SECOND } });
    other.now = 500 * SECOND;
    node.now += SECOND + 1;
    node.request(requestOf(session, 1));
    node.commit(1);
    const entries = [1, 2, 3].map((index) => node.state.log.entry(index));
    other.receive(0, appendOf(1, 0, [0, 0], entries.slice(0, 2), 2));
    expect(other.state.store.isOpen(session)).toBe(true);
    other.receive(0, appendOf(1, 0, [2, 1], entries.slice(2), 3));
    expect([other.state.store.isOpen(session), other.state.store.hash]).toEqual([false, node.state.store.hash]);
  });

  test('§6.3 log time does not go back, even if a leader’s clock is behind the previous leader’s', () => {
    const ahead = { ...entryOf(1, null), time: 50 * SECOND };
    const node = new TestNode({ nodes: 3, disk: { term: 1, log: [ahead] }, options: { sessionTimeout: SECOND } });
    node.lead();
    node.request(requestOf(1, 1));
    expect([node.state.log.entry(2).time, node.state.log.entry(3).time]).toEqual([50 * SECOND, 50 * SECOND]);
    node.now = 51 * SECOND;
    node.request(requestOf(1, 2));
    expect(node.state.log.entry(4).time).toBe(51 * SECOND);
  });

  test('§6.3 log time is that of the wall clock, which may be set back', () => {
    const node = new TestNode({ nodes: 3, disk: { term: 1 }, options: { sessionTimeout: SECOND } });
    node.wallAhead = 3600 * SECOND;
    node.now = 10 * SECOND;
    node.lead();
    node.wallAhead = 0;
    node.request(requestOf(1, 1));
    expect([1, 2].map((index) => node.state.log.entry(index).time)).toEqual([3610 * SECOND, 3610 * SECOND]);
  });

  test('§6.3 log time continues from a snapshot, whose entries are compacted', () => {
    const ahead = { ...entryOf(1, null), time: 50 * SECOND };
    const options = { sessionTimeout: SECOND, snapshotTrailing: 0 };
    const node = new TestNode({ nodes: 3, disk: { term: 1 }, options });
    node.receive(1, appendOf(1, 1, [0, 0], [ahead], 1));
    node.admin({ kind: 'snapshot' });
    expect(node.state.log.base).toBe(1);
    node.lead();
    expect(node.state.log.entry(2).time).toBe(50 * SECOND);
  });
});

describe('§6.4 read-only queries', () => {
  const READ_INDEX_OPTIONS = { reads: 'readIndex' } as const;

  test('§6.4 reads leave no trace in the log', () => {
    const node = leading(READ_INDEX_OPTIONS);
    node.request(get());
    node.confirm(1, 1);
    expect(node.replies).toEqual([{ ...OK, value: null }]);
    expect([node.state.log.lastIndex, node.out.writes]).toEqual([1, []]);
  });

  test('§6.4, 1: a leader serves none before it has committed an entry of its own term', () => {
    const log = [entryOf(1, requestOf(1, 1, { value: 'v' }))];
    const node = new TestNode({ nodes: 3, disk: { term: 1, log }, options: READ_INDEX_OPTIONS });
    node.lead();
    node.request(get());
    // All nodes agree who leads, but not what is committed.
    node.now += 50_000;
    node.fire(HEARTBEAT);
    node.confirm(1, 1, 2);
    node.confirm(1, 1, 2);
    expect([node.state.commitIndex, node.replies]).toEqual([0, []]);
    node.confirm(2, 1);
    expect(node.replies).toEqual([executed('v')]);
  });

  test('§6.4, 2: a read sees what is committed when it arrives, and waits for no more', () => {
    const node = leading(READ_INDEX_OPTIONS);
    node.request(requestOf(2, 1, { value: 'v' }));
    node.request(get());
    expect(node.state.reads).toMatchObject([{ index: 1 }]);
    node.confirm(1, 1);
    expect(node.replies).toEqual([{ ...OK, value: null }]);
  });

  test('§6.4, 3: a majority must reply to a heartbeat that was sent after the read arrived', () => {
    const node = leading(READ_INDEX_OPTIONS);
    node.fire(HEARTBEAT);
    const before = node.state.heartbeatRound;
    node.request(get());
    node.receive(1, { ...ack(1, 1), round: before });
    node.receive(2, { ...ack(1, 1), round: before });
    expect(node.replies).toEqual([]);
    expect(node.state.heartbeatRound).toBe(before + 1);
    node.receive(1, { ...ack(1, 1), round: before + 1 });
    expect(node.replies.length).toBe(1);
  });

  test('§6.4, 3: at once, without waiting for the next heartbeat', () => {
    const node = leading(READ_INDEX_OPTIONS);
    node.fire(HEARTBEAT);
    node.confirm(1, 1, 2);
    node.request(get());
    const heartbeats = node.out.sent.filter(({ message }) => message.type === APPEND_ENTRIES);
    expect(heartbeats.map(({ to }) => to)).toEqual([1, 2]);
  });

  test('§6.4, 3: one reply of many is not a majority', () => {
    const node = new TestNode({ nodes: 5, options: READ_INDEX_OPTIONS });
    node.lead();
    node.confirm(1, 1, 2);
    node.request(get());
    for (let copy = 0; copy < 3; copy++) node.confirm(1, 3);
    expect(node.replies).toEqual([]);
    node.confirm(1, 4);
    expect(node.replies.length).toBe(1);
  });

  test('§6.4, 3: several reads share one heartbeat round', () => {
    const node = leading(READ_INDEX_OPTIONS);
    node.request(get(1));
    const { heartbeatRound: round } = node.state;
    node.request(get(2));
    node.request(get(3));
    expect([node.state.heartbeatRound, node.out.sent]).toEqual([round, []]);
    node.confirm(1, 1);
    expect([node.out.replies.map(({ to }) => to), node.state.heartbeatRound]).toEqual([[101], round + 1]);
    node.confirm(1, 2);
    expect(node.out.replies.map(({ to }) => to)).toEqual([102, 103]);
  });

  test('§6.4, 3: replies of non-voters confirm nothing', () => {
    const node = new TestNode({ nodes: 5, members: configuration([0, 1, 2], [3, 4]), options: READ_INDEX_OPTIONS });
    node.fire(ELECTION);
    node.sync();
    node.receive(1, voteReply(1));
    node.sync();
    node.confirm(1, 1, 2);
    node.request(get());
    node.confirm(1, 3, 4);
    expect(node.replies).toEqual([]);
  });

  test('§6.4, 4: the reply waits until the state machine has reached the read index', () => {
    const node = leading(READ_INDEX_OPTIONS);
    node.state.lastApplied = 0;
    node.request(get());
    node.confirm(1, 1);
    expect([node.replies, node.state.reads.length]).toEqual([[], 1]);
  });

  test('§6.4 a deposed leader serves no read from its state: clients go elsewhere', () => {
    const node = leading(READ_INDEX_OPTIONS);
    node.request(get());
    node.receive(2, appendOf(2, 2, [1, 1], entriesOf(2), 2));
    expect(node.replies.map(({ status }) => status)).toEqual(['redirect']);
    node.confirm(1, 1, 2);
    expect(node.replies).toEqual([]);
  });

  test('§6.4 replies to heartbeats of an earlier leadership confirm nothing', () => {
    const node = leading(READ_INDEX_OPTIONS);
    for (let i = 0; i < 5; i++) node.fire(HEARTBEAT);
    const { heartbeatRound: round } = node.state;
    node.receive(2, appendOf(2, 2, [1, 1]));
    node.lead();
    node.confirm(2, 1, 2);
    node.request(get());
    node.receive(1, { ...ack(1, 1), round });
    node.receive(2, { ...ack(1, 1), round });
    expect(node.replies).toEqual([]);
  });

  test('§6.4 a leader alone in its cluster confirms itself', () => {
    const node = new TestNode({ nodes: 1, options: READ_INDEX_OPTIONS });
    node.lead();
    node.request(get());
    expect(node.replies).toEqual([{ ...OK, value: null }]);
  });
});

describe('§6.4 reads at followers', () => {
  const OPTIONS = { reads: 'readIndex', readsAtFollowers: true } as const;

  test('§6.4 a follower gets a read index from the leader, and serves the read when it has applied that', () => {
    const node = following(OPTIONS);
    node.request(get());
    const { lastRead } = node.state;
    expect([node.replies, node.sentTo(1)]).toEqual([[], [{ type: READ_INDEX, term: 1, read: lastRead }]]);
    node.receive(1, { type: READ_INDEX_REPLY, term: 1, read: lastRead, readIndex: 2 });
    expect(node.replies).toEqual([]);
    node.receive(1, appendOf(1, 1, [1, 1], [entryOf(1, requestOf(2, 1, { value: 'v' }))], 2));
    expect(node.replies).toEqual([executed('v')]);
  });

  test('§6.4 the leader confirms that it leads before it replies to a follower', () => {
    const node = leading(OPTIONS);
    node.receive(2, { type: READ_INDEX, term: 1, read: 7 });
    expect(node.sentTo(2).map(({ type }) => type)).toEqual([APPEND_ENTRIES]);
    node.confirm(1, 1);
    expect(node.sentTo(2)).toEqual([{ type: READ_INDEX_REPLY, term: 1, read: 7, readIndex: 1 }]);
  });

  test('§6.4 a node that does not lead, or does no more, has no read index', () => {
    const follower = following(OPTIONS);
    follower.receive(2, { type: READ_INDEX, term: 1, read: 7 });
    expect(follower.sentTo(2)).toEqual([{ type: READ_INDEX_REPLY, term: 1, read: 7, readIndex: -1 }]);
    const deposed = leading(OPTIONS);
    deposed.receive(2, { type: READ_INDEX, term: 1, read: 7 });
    deposed.receive(1, requestVoteOf(2, 1, 9, 9));
    expect(deposed.sentTo(2)).toEqual([{ type: READ_INDEX_REPLY, term: 1, read: 7, readIndex: -1 }]);
  });

  test('§6.4 a follower without a read index sends its client to the leader', () => {
    const node = following(OPTIONS);
    node.request(get());
    node.receive(1, { type: READ_INDEX_REPLY, term: 1, read: node.state.lastRead, readIndex: -1 });
    expect(node.replies.map(({ status }) => status)).toEqual(['redirect']);
  });

  test('a follower that follows another leader, or starts an election, redirects its pending reads', () => {
    for (const change of [
      (node: TestNode) => {
        node.receive(2, appendOf(2, 2));
      },
      (node: TestNode) => {
        node.fire(ELECTION);
      },
    ]) {
      const node = following(OPTIONS);
      node.request(get());
      change(node);
      expect(node.replies.map(({ status }) => status)).toEqual(['redirect']);
      expect(node.state.reads).toEqual([]);
    }
  });

  test('a reply to a read of a previous incarnation is not taken for one of this incarnation', () => {
    const numbers = [1, 2, 3].map((id) => {
      const node = new TestNode({ nodes: 3, options: OPTIONS, seed: id });
      node.receive(1, appendOf(1, 1, [0, 0], entriesOf(1), 1));
      node.request(get());
      return node.state.lastRead;
    });
    expect(new Set(numbers).size).toBe(3);
  });

  test('installing a snapshot serves the reads whose index it reaches', () => {
    const node = following(OPTIONS);
    node.request(get());
    node.receive(1, { type: READ_INDEX_REPLY, term: 1, read: node.state.lastRead, readIndex: 2 });
    expect(node.replies).toEqual([]);
    node.receive(1, chunkOf(1, 1, [2, 1], { records: [valueOf('x', 'v')] }));
    expect(node.replies).toEqual([executed('v')]);
  });
});

describe('§6.4.1 leases', () => {
  const OPTIONS = { reads: 'lease', checkQuorum: true, electionTimeout: [150_000, 300_000] } as const;
  /** 150 ms, if one clock runs a hundredth too slow and another a hundredth too fast. */
  const LEASE = 147_029;

  /** A leader whose heartbeats got their replies after 10 ms. */
  function leased(): TestNode {
    const node = leading(OPTIONS);
    for (const from of [1, 2]) node.confirm(1, from);
    node.fire(HEARTBEAT);
    node.now += 10_000;
    node.confirm(1, 1);
    return node;
  }

  test('§6.4.1 during its lease a leader serves reads without messages', () => {
    const node = leased();
    node.request(get());
    expect([node.replies, node.out.sent, node.out.marks]).toEqual([[{ ...OK, value: null }], [], ['lease-read']]);
  });

  test('§6.4.1 the lease counts from when the heartbeats were sent, not from the replies, less the drift of clocks', () => {
    const servesAfter = (micros: number): boolean => {
      const node = leased();
      node.now += micros - 10_000;
      node.request(get());
      return node.replies.length === 1;
    };
    expect([servesAfter(LEASE - 1), servesAfter(LEASE)]).toEqual([true, false]);
  });

  test('§6.4.1 a wall clock that is set makes no lease longer or shorter', () => {
    for (const [wallAhead, after, serves] of [
      [-3_600_000_000, LEASE, false],
      [3_600_000_000, LEASE - 1, true],
    ] as const) {
      const node = leased();
      node.wallAhead = wallAhead;
      node.now += after - 10_000;
      node.request(get());
      expect(node.replies.length === 1).toBe(serves);
    }
  });

  test('§6.4.1 when the lease is over, the leader confirms', () => {
    const node = leased();
    node.now += 200_000;
    node.request(get());
    expect([node.replies, node.out.sent.map(({ to }) => to)]).toEqual([[], [1, 2]]);
    node.confirm(1, 2);
    expect(node.replies.length).toBe(1);
  });

  test('§6.4.1 a new leader has no lease before a majority has replied to it', () => {
    const node = new TestNode({ nodes: 3, options: OPTIONS });
    node.now = 300_000;
    node.lead();
    node.receive(1, { ...ack(1, 1), round: 0 });
    node.request(get());
    expect(node.replies).toEqual([]);
  });

  test('§6.4.1 a node that has heard from a leader elects no other within the shortest election timeout', () => {
    const node = new TestNode({ nodes: 3, options: OPTIONS });
    node.now = 1_000_000;
    node.receive(1, appendOf(1, 1));
    node.now += 149_999;
    node.receive(2, requestVoteOf(2, 2, 9, 9));
    expect([node.sentTo(2), node.state.term]).toEqual([[], 1]);
    node.now += 1;
    node.receive(2, requestVoteOf(2, 2, 9, 9));
    expect(node.sentTo(2)).toEqual([voteReply(2)]);
  });

  /** A node that heard from its leader so long ago starts an election, and gets so many votes of others. */
  function elected(silence: number, votes: number, options: TestNodeOptions['options'] = OPTIONS): boolean {
    const node = new TestNode({ nodes: 3, options });
    node.now = 1_000_000;
    node.receive(1, appendOf(1, 1));
    node.now += silence;
    node.fire(ELECTION);
    node.sync();
    for (const from of [2, 1].slice(0, votes)) {
      node.receive(from, preVoteReply(2));
      node.sync();
    }
    for (const from of [2, 1].slice(0, votes)) node.receive(from, voteReply(2));
    return node.state.role === LEADER;
  }

  test('§6.4.1 nor does its own vote count, if a script or an administrator makes it start an election', () => {
    for (const preVote of [false, true]) {
      const options = { ...OPTIONS, preVote };
      expect([elected(149_999, 1, options), elected(149_999, 2, options)]).toEqual([false, true]);
      expect([elected(150_000, 0, options), elected(150_000, 1, options)]).toEqual([false, true]);
      // Without leases, nothing rests on it.
      expect(elected(149_999, 1, { ...options, reads: 'readIndex' })).toBe(true);
    }
  });

  test('§6.4.1 its own vote counts in an election that the leader has asked for', () => {
    const node = following(OPTIONS);
    node.receive(1, timeoutNow(1));
    node.sync();
    node.receive(2, voteReply(2));
    expect(node.state.role).toBe(LEADER);
  });

  test('§6.4.1 the only voter left is not elected either while it sticks to a leader', () => {
    const alone = configuration([0], [1]);
    for (const preVote of [false, true]) {
      const node = new TestNode({ nodes: 3, members: alone, options: { ...OPTIONS, preVote } });
      node.now = 1_000_000;
      node.receive(1, appendOf(1, 1));
      node.fire(ELECTION);
      node.sync();
      expect(node.state.role).not.toBe(LEADER);
      node.now += 150_000;
      node.fire(ELECTION);
      node.sync();
      expect(node.state.role).toBe(LEADER);
    }
  });

  test('§6.4.1 a restarted node may support a lease, and waits until that is over', () => {
    const node = new TestNode({ nodes: 3, disk: { term: 1 }, options: OPTIONS });
    node.receive(2, requestVoteOf(2, 2));
    expect(node.sentTo(2)).toEqual([]);
    node.now = 150_000;
    node.receive(2, requestVoteOf(2, 2));
    expect(node.sentTo(2)).toEqual([voteReply(2)]);
  });

  test('§6.4.1 a leader that has sent TimeoutNow has no lease any more, even if it keeps leading', () => {
    const node = leased();
    node.admin({ kind: 'transfer', to: 2 });
    node.now += 10_000;
    node.fire(HEARTBEAT);
    node.confirm(1, 1, 2);
    node.now += 10_000;
    node.request(get());
    expect([node.state.role, node.replies]).toEqual([LEADER, []]);
  });

  test('§6.4.1 forget-leader is rejected while leases depend on stickiness', () => {
    const node = following(OPTIONS);
    expect(node.admin({ kind: 'forget-leader' })).toMatch(/leases/);
  });
});
