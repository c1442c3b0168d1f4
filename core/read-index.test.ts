import { describe, expect, test } from 'vitest';
import type { Request } from '../sim/protocol.ts';
import { allVoters } from './configuration.ts';
import { FORWARD, FORWARD_REPLY, READ_INDEX, READ_INDEX_REPLY } from './messages.ts';
import { ELECTION, HEARTBEAT } from './node.ts';
import { ack, appendOf, entriesOf, requestOf } from './testing/messages.ts';
import { TestNode } from './testing/node.ts';

const OPTIONS = { reads: 'readIndex', readsAtFollowers: true, forwarding: true } as const;
/** The longest election timeout, four times. */
const READ_EXPIRY = 1_200_000;

function get(session: number): Request {
  return requestOf(session, 1, { op: 'get', value: '' });
}

/** A leader of three whose no-op is committed, and whose first round is confirmed. */
function leading(): TestNode {
  const node = new TestNode({ nodes: 3, options: OPTIONS });
  node.lead();
  node.confirm(1, 1, 2);
  return node;
}

describe('rounds', () => {
  test('are confirmed in order, and a later reply confirms the earlier ones', () => {
    const node = leading();
    for (let i = 0; i < 3; i++) node.fire(HEARTBEAT);
    expect(node.state.roundStarts.length).toBe(3);
    node.confirm(1, 1);
    expect([node.state.roundStarts, node.state.oldestRound]).toEqual([[], node.state.heartbeatRound + 1]);
  });

  test('are limited for a leader without replies, and continue with the first reply', () => {
    const node = leading();
    for (let i = 0; i < 1000; i++) {
      node.now += 50_000;
      node.fire(HEARTBEAT);
    }
    expect(node.state.roundStarts.length).toBeLessThan(100);
    node.confirm(1, 1);
    expect(node.state.leaseUntil).toBeLessThan(node.now);
    node.request(get(1));
    expect(node.replies).toEqual([]);
    node.confirm(1, 1);
    expect(node.replies.length).toBe(1);
  });

  test('are not counted where reads go through the log', () => {
    const node = new TestNode({ nodes: 3 });
    node.lead();
    for (let i = 0; i < 3; i++) node.fire(HEARTBEAT);
    expect([node.state.heartbeatRound, node.state.roundStarts]).toEqual([0, []]);
  });

  test('a rejection confirms as well as an acknowledgement: its sender still follows', () => {
    const node = leading();
    node.request(get(1));
    const { heartbeatRound: round } = node.state;
    node.receive(2, { ...ack(1, 0), success: false, rejectedIndex: 1, conflictIndex: 1, round });
    expect(node.replies.length).toBe(1);
  });

  test('a reordered reply takes no confirmation back', () => {
    const node = leading();
    node.fire(HEARTBEAT);
    const { heartbeatRound: round } = node.state;
    node.receive(1, { ...ack(1, 1), round });
    node.receive(1, { ...ack(1, 1), round: 1 });
    expect(node.state.progress[1]!.round).toBe(round);
  });
});

describe('pending reads', () => {
  test('are dropped by a leader that cannot confirm, when their clients have surely retried', () => {
    const node = leading();
    node.request(get(1));
    node.now += READ_EXPIRY - 1;
    node.fire(HEARTBEAT);
    expect(node.state.reads.length).toBe(1);
    node.now += 1;
    node.fire(HEARTBEAT);
    expect(node.state.reads).toEqual([]);
  });

  test('are dropped by a follower whose leader does not reply', () => {
    const node = new TestNode({ nodes: 3, options: OPTIONS });
    node.receive(1, appendOf(1, 1));
    node.request(get(1));
    node.now += READ_EXPIRY;
    node.request(get(2));
    expect(node.state.reads.map(({ request }) => request!.session)).toEqual([2]);
  });

  test('are dropped by a learner that gets no message any more, as after its removal: the leader serves their clients', () => {
    const node = new TestNode({
      nodes: 3,
      options: OPTIONS,
      members: { ...allVoters(3), voters: [1, 2], learners: [0] },
    });
    node.receive(1, appendOf(1, 1));
    node.request(get(1));
    node.receive(1, { type: READ_INDEX_REPLY, term: 1, read: node.state.lastRead, readIndex: 9 });
    node.now += READ_EXPIRY - 1;
    node.fire(ELECTION);
    expect(node.state.reads.length).toBe(1);
    node.now += 1;
    node.fire(ELECTION);
    expect(node.replies).toMatchObject([{ status: 'redirect', leader: 1 }]);
    expect(node.state.reads).toEqual([]);
  });

  test('get each their own result, in the order of arrival', () => {
    const node = leading();
    for (const session of [3, 1, 2]) node.request(get(session));
    node.confirm(1, 1);
    node.confirm(1, 1);
    expect(node.out.replies.map(({ to }) => to)).toEqual([101, 102]);
    expect(node.state.reads).toEqual([]);
  });

  test('that were forwarded get their replies through the follower', () => {
    const node = leading();
    node.receive(2, { type: FORWARD, term: 1, request: get(1) });
    node.confirm(1, 1);
    expect(node.replies).toEqual([]);
    expect(node.sentTo(2)).toMatchObject([{ type: FORWARD_REPLY, request: get(1), reply: { status: 'ok' } }]);
  });

  test('a duplicated ReadIndex gets two replies, and the second is ignored', () => {
    const leader = leading();
    for (let copy = 0; copy < 2; copy++) leader.receive(2, { type: READ_INDEX, term: 1, read: 5 });
    leader.confirm(1, 1);
    leader.confirm(1, 1);
    expect(leader.state.reads).toEqual([]);
    const follower = new TestNode({ nodes: 3, options: OPTIONS });
    follower.receive(1, appendOf(1, 1, [0, 0], entriesOf(1), 1));
    follower.request(get(1));
    const { lastRead } = follower.state;
    for (const expected of [1, 0]) {
      follower.receive(1, { type: READ_INDEX_REPLY, term: 1, read: lastRead, readIndex: 1 });
      expect(follower.replies.length).toBe(expected);
    }
  });
});

test('a request that is not a read goes through the log, at any node', () => {
  const node = leading();
  node.request(requestOf(1, 1));
  expect([node.state.log.lastIndex, node.state.reads]).toEqual([2, []]);
  const follower = new TestNode({ nodes: 3, options: OPTIONS });
  follower.receive(1, appendOf(1, 1));
  follower.request(requestOf(1, 1));
  expect(follower.sentTo(1).map(({ type }) => type)).toEqual([FORWARD]);
});

test('a leader serves reads during a transfer', () => {
  const node = leading();
  node.admin({ kind: 'transfer', to: 1 });
  node.request(get(1));
  node.confirm(1, 2);
  expect(node.replies.map(({ status }) => status)).toEqual(['ok']);
});
