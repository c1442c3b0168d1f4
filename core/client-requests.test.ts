import { describe, expect, test } from 'vitest';
import type { Reply } from '../sim/protocol.ts';
import { HEARTBEAT } from './node.ts';
import { appendOf, entriesOf, entryOf, requestOf, requestVoteOf } from './testing/messages.ts';
import { TestNode } from './testing/node.ts';

/** A leader of three, whose first entry is committed. */
function leading(): TestNode {
  const node = new TestNode({ nodes: 3 });
  node.lead();
  node.acknowledge(1, 1, 2);
  return node;
}

function replies(node: TestNode): Reply[] {
  return node.out.replies.map(({ reply }) => reply);
}

/** The last entry becomes durable here and at one follower. */
function commit(node: TestNode): void {
  node.sync();
  node.acknowledge(node.state.log.lastIndex, 1);
}

describe('a node that does not lead', () => {
  test('redirects to the leader it knows, or to none, and appends nothing', () => {
    const node = new TestNode();
    node.request(requestOf(1, 1));
    expect(replies(node)).toEqual([{ status: 'redirect', value: null, applied: false, leader: -1 }]);
    node.receive(3, appendOf(1, 3));
    node.request(requestOf(1, 1));
    expect(replies(node)).toEqual([{ status: 'redirect', value: null, applied: false, leader: 3 }]);
    expect([node.state.log.lastIndex, node.out.writes]).toEqual([0, []]);
  });

  test('knows no leader any more when it starts an election or receives a higher term', () => {
    const node = new TestNode();
    node.receive(3, appendOf(1, 3));
    node.receive(2, requestVoteOf(5, 2, 0, 0));
    node.request(requestOf(1, 1));
    expect(replies(node)[0]).toMatchObject({ status: 'redirect', leader: -1 });
  });
});

describe('a leader', () => {
  test('appends, replicates, and replies to the client when the entry is committed and executed', () => {
    const node = leading();
    const request = requestOf(7, 1, { value: 'v' });
    node.request(request);
    expect([replies(node), node.state.lookup('x')]).toEqual([[], null]);
    expect(node.out.writes).toMatchObject([{ kind: 'log', from: 2, entries: [{ term: 1, request }] }]);
    expect(node.out.sent.map(({ to }) => to)).toEqual([1, 2]);
    node.sync();
    expect(replies(node)).toEqual([]);
    node.acknowledge(2, 1);
    expect(node.out.replies).toEqual([
      { to: 107, request, reply: { status: 'ok', value: 'v', applied: true, leader: -1 }, after: 0 },
    ]);
    expect(node.state.lookup('x')).toBe('v');
  });

  test('replies to each of several requests with its own result, in the order of the log', () => {
    const node = leading();
    node.request(requestOf(1, 1, { op: 'append', value: 'a' }));
    node.request(requestOf(2, 1, { op: 'append', value: 'b' }));
    node.request(requestOf(3, 1, { op: 'get' }));
    commit(node);
    expect(node.out.replies.map(({ to, reply }) => [to, reply.value])).toEqual([
      [101, 'a'],
      [102, 'ab'],
      [103, 'ab'],
    ]);
  });

  test('repeats the reply to an executed request at once, and does not execute it again', () => {
    const node = leading();
    const request = requestOf(1, 1, { op: 'append', value: 'a' });
    node.request(request);
    commit(node);
    const [first] = replies(node);
    node.request(requestOf(2, 1, { op: 'append', value: 'b' }));
    commit(node);
    node.request(request);
    expect([replies(node), node.out.writes]).toEqual([[first], []]);
    expect(node.state.lookup('x')).toBe('ab');
  });

  test('executes and replies once to a request that is retried while it is pending', () => {
    const node = leading();
    const request = requestOf(1, 1, { op: 'append', value: 'a' });
    node.request(request);
    node.request(request);
    commit(node);
    expect([replies(node).length, node.state.lookup('x')]).toEqual([1, 'a']);
  });

  test('executes a request once that two leaders have appended', () => {
    const request = requestOf(1, 1, { op: 'append', value: 'a' });
    const entry = entryOf(1, request);
    const node = new TestNode({ nodes: 3, disk: { term: 1, log: [entry] } });
    node.lead();
    node.request(request);
    commit(node);
    expect(node.state.log.lastIndex).toBe(3);
    expect([node.state.lastApplied, node.state.lookup('x')]).toEqual([3, 'a']);
    expect(replies(node)).toEqual([{ status: 'ok', value: 'a', applied: true, leader: -1 }]);
  });

  test('that has executed a request as a follower repeats the reply when it leads', () => {
    const request = requestOf(1, 1);
    const node = new TestNode({ nodes: 3 });
    node.receive(2, appendOf(1, 2, [0, 0], [entryOf(1, request)], 1));
    expect([replies(node), node.state.lastApplied]).toEqual([[], 1]);
    node.lead();
    node.request(request);
    expect(replies(node)).toEqual([{ status: 'ok', value: '1.1', applied: true, leader: -1 }]);
  });

  test('serves reads through the log: none before what was committed earlier is known', () => {
    const node = new TestNode({ nodes: 3, disk: { term: 1, log: [entryOf(1, requestOf(1, 1))] } });
    node.lead();
    node.request(requestOf(2, 1, { op: 'get' }));
    expect(replies(node)).toEqual([]);
    commit(node);
    expect(replies(node)).toEqual([{ status: 'ok', value: '1.1', applied: true, leader: -1 }]);
  });
});

describe('a leader that is deposed', () => {
  test('replies to each pending request once that its outcome is unknown', () => {
    const node = leading();
    node.request(requestOf(1, 1));
    node.request(requestOf(2, 1));
    node.receive(2, appendOf(5, 2));
    const unknown = { status: 'unknown', value: null, applied: false };
    expect(node.out.replies.map(({ to }) => to)).toEqual([101, 102]);
    for (const reply of replies(node)) expect(reply).toMatchObject(unknown);
    node.receive(2, appendOf(6, 2));
    expect(replies(node)).toEqual([]);
  });

  test('sends no replies for its entries any more, even if they are committed after all', () => {
    const node = leading();
    const request = requestOf(1, 1);
    node.request(request);
    node.receive(2, appendOf(5, 2, [2, 1], entriesOf(5), 3));
    expect(replies(node).map(({ status }) => status)).toEqual(['unknown']);
    expect([node.state.lastApplied, node.state.lookup('x')]).toEqual([3, '1.1']);
  });

  test('that leads again does not reply to a client with the result of another entry at the same index', () => {
    const node = leading();
    const mine = requestOf(1, 1, { value: 'mine' });
    node.request(mine);
    const theirs = entryOf(5, requestOf(2, 1, { value: 'theirs' }));
    node.receive(2, appendOf(5, 2, [1, 1], [theirs]));
    node.sync();
    node.lead();
    commit(node);
    expect(node.state.commitIndex).toBe(3);
    expect(replies(node)).toEqual([]);
    node.request(mine);
    commit(node);
    expect(replies(node)).toEqual([{ status: 'ok', value: 'mine', applied: true, leader: -1 }]);
  });

  test('sends no heartbeats any more', () => {
    const node = leading();
    node.receive(2, appendOf(5, 2));
    node.fire(HEARTBEAT);
    expect([node.out.sent, node.out.timers]).toEqual([[], []]);
  });
});
