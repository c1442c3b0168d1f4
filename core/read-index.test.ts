import { describe, expect, test } from 'vitest';
import type { Request } from '../sim/protocol.ts';
import { FORWARD, FORWARD_REPLY, READ_INDEX, READ_INDEX_REPLY } from './messages.ts';
import { TestNode, ack, appendOf, entriesOf, requestOf } from './testing/node.ts';
import { HEARTBEAT } from './node.ts';

const OPTIONS = { reads: 'readIndex', readsAtFollowers: true, forwarding: true } as const;
/** The longest election timeout, four times. */
const PATIENCE = 1_200_000;

function get(session: number): Request {
  return requestOf(session, 1, { op: 'get', value: '' });
}

/** A leader of three whose no-op is committed, and whose first round is answered. */
function leading(): TestNode {
  const bench = new TestNode({ nodes: 3, options: OPTIONS });
  bench.lead();
  bench.confirm(1, 1, 2);
  return bench;
}

describe('rounds', () => {
  test('are confirmed in order, and a later answer confirms those before', () => {
    const bench = leading();
    for (let i = 0; i < 3; i++) bench.fire(HEARTBEAT);
    expect(bench.node.roundStarts.length).toBe(3);
    bench.confirm(1, 1);
    expect([bench.node.roundStarts, bench.node.oldestRound]).toEqual([[], bench.node.heartbeatRound + 1]);
  });

  test('are not begun without end by a leader that nobody answers, and go on when somebody does', () => {
    const bench = leading();
    for (let i = 0; i < 1000; i++) {
      bench.now += 50_000;
      bench.fire(HEARTBEAT);
    }
    expect(bench.node.roundStarts.length).toBeLessThan(100);
    bench.confirm(1, 1);
    expect(bench.node.leaseUntil).toBeLessThan(bench.now);
    bench.ask(get(1));
    expect(bench.replies).toEqual([]);
    bench.confirm(1, 1);
    expect(bench.replies.length).toBe(1);
  });

  test('are not kept where reads go through the log', () => {
    const bench = new TestNode({ nodes: 3 });
    bench.lead();
    for (let i = 0; i < 3; i++) bench.fire(HEARTBEAT);
    expect([bench.node.heartbeatRound, bench.node.roundStarts]).toEqual([0, []]);
  });

  test('a rejection confirms as well as an acknowledgement: who answers still follows', () => {
    const bench = leading();
    bench.ask(get(1));
    const { heartbeatRound: round } = bench.node;
    bench.receive(2, { ...ack(1, 0), success: false, rejectedIndex: 1, conflictIndex: 1, round });
    expect(bench.replies.length).toBe(1);
  });

  test('an answer that was overtaken takes no confirmation back', () => {
    const bench = leading();
    bench.fire(HEARTBEAT);
    const { heartbeatRound: round } = bench.node;
    bench.receive(1, { ...ack(1, 1), round });
    bench.receive(1, { ...ack(1, 1), round: 1 });
    expect(bench.node.progress[1]!.round).toBe(round);
  });
});

describe('reads that wait', () => {
  test('are given up by a leader that cannot confirm, when their clients have surely given up too', () => {
    const bench = leading();
    bench.ask(get(1));
    bench.now += PATIENCE - 1;
    bench.fire(HEARTBEAT);
    expect(bench.node.reads.length).toBe(1);
    bench.now += 1;
    bench.fire(HEARTBEAT);
    expect(bench.node.reads).toEqual([]);
  });

  test('are given up by a follower whose leader does not answer', () => {
    const bench = new TestNode({ nodes: 3, options: OPTIONS });
    bench.receive(1, appendOf(1, 1));
    bench.ask(get(1));
    bench.now += PATIENCE;
    bench.ask(get(2));
    expect(bench.node.reads.map(({ request }) => request!.session)).toEqual([2]);
  });

  test('are answered each with its own result, in the order they came', () => {
    const bench = leading();
    for (const session of [3, 1, 2]) bench.ask(get(session));
    bench.confirm(1, 1);
    bench.confirm(1, 1);
    expect(bench.out.replies.map(({ to }) => to)).toEqual([101, 102]);
    expect(bench.node.reads).toEqual([]);
  });

  test('that were passed on are answered through the follower', () => {
    const bench = leading();
    bench.receive(2, { type: FORWARD, term: 1, request: get(1) });
    bench.confirm(1, 1);
    expect(bench.replies).toEqual([]);
    expect(bench.sentTo(2)).toMatchObject([{ type: FORWARD_REPLY, request: get(1), reply: { status: 'ok' } }]);
  });

  test('a follower’s question that comes twice is answered twice, and the second answer is nobody’s', () => {
    const leader = leading();
    for (let copy = 0; copy < 2; copy++) leader.receive(2, { type: READ_INDEX, term: 1, read: 5 });
    leader.confirm(1, 1);
    leader.confirm(1, 1);
    expect(leader.node.reads).toEqual([]);
    const follower = new TestNode({ nodes: 3, options: OPTIONS });
    follower.receive(1, appendOf(1, 1, [0, 0], entriesOf(1), 1));
    follower.ask(get(1));
    const { lastRead } = follower.node;
    for (const expected of [1, 0]) {
      follower.receive(1, { type: READ_INDEX_REPLY, term: 1, read: lastRead, readIndex: 1 });
      expect(follower.replies.length).toBe(expected);
    }
  });
});

test('what is not a read goes through the log, wherever it is asked', () => {
  const bench = leading();
  bench.ask(requestOf(1, 1));
  expect([bench.node.log.lastIndex, bench.node.reads]).toEqual([2, []]);
  const follower = new TestNode({ nodes: 3, options: OPTIONS });
  follower.receive(1, appendOf(1, 1));
  follower.ask(requestOf(1, 1));
  expect(follower.sentTo(1).map(({ type }) => type)).toEqual([FORWARD]);
});

test('a leader that hands over still reads', () => {
  const bench = leading();
  bench.admin({ kind: 'transfer', to: 1 });
  bench.ask(get(1));
  bench.confirm(1, 2);
  expect(bench.replies.map(({ status }) => status)).toEqual(['ok']);
});
