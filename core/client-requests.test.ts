import { describe, expect, test } from 'vitest';
import type { Reply } from '../sim/protocol.ts';
import { TestNode, appendOf, requestVoteOf, entriesOf, entryOf, requestOf } from './testing/node.ts';
import { HEARTBEAT } from './node.ts';

/** A leader of three, whose first entry is committed. */
function leading(): TestNode {
  const bench = new TestNode({ nodes: 3 });
  bench.lead();
  bench.acknowledge(1, 1, 2);
  return bench;
}

function replies(bench: TestNode): Reply[] {
  return bench.out.replies.map(({ reply }) => reply);
}

/** The last entry becomes durable here and at one follower. */
function commit(bench: TestNode): void {
  bench.sync();
  bench.acknowledge(bench.node.log.lastIndex, 1);
}

describe('who does not lead', () => {
  test('redirects to the leader it knows, or to nobody, and appends nothing', () => {
    const bench = new TestNode();
    bench.ask(requestOf(1, 1));
    expect(replies(bench)).toEqual([{ status: 'redirect', value: null, applied: false, leader: -1 }]);
    bench.receive(3, appendOf(1, 3));
    bench.ask(requestOf(1, 1));
    expect(replies(bench)).toEqual([{ status: 'redirect', value: null, applied: false, leader: 3 }]);
    expect([bench.node.log.lastIndex, bench.out.writes]).toEqual([0, []]);
  });

  test('knows no leader any more when it stands for election or hears of a higher term', () => {
    const bench = new TestNode();
    bench.receive(3, appendOf(1, 3));
    bench.receive(2, requestVoteOf(5, 2, 0, 0));
    bench.ask(requestOf(1, 1));
    expect(replies(bench)[0]).toMatchObject({ status: 'redirect', leader: -1 });
  });
});

describe('a leader', () => {
  test('appends, replicates, and answers when the entry is committed and executed, to the client that asked', () => {
    const bench = leading();
    const request = requestOf(7, 1, { value: 'v' });
    bench.ask(request);
    expect([replies(bench), bench.node.lookup('x')]).toEqual([[], null]);
    expect(bench.out.writes).toMatchObject([{ kind: 'log', from: 2, entries: [{ term: 1, request }] }]);
    expect(bench.out.sent.map(({ to }) => to)).toEqual([1, 2]);
    bench.sync();
    expect(replies(bench)).toEqual([]);
    bench.acknowledge(2, 1);
    expect(bench.out.replies).toEqual([
      { to: 107, request, reply: { status: 'ok', value: 'v', applied: true, leader: -1 }, after: 0 },
    ]);
    expect(bench.node.lookup('x')).toBe('v');
  });

  test('answers each of several requests with its own result, in the order of the log', () => {
    const bench = leading();
    bench.ask(requestOf(1, 1, { op: 'append', value: 'a' }));
    bench.ask(requestOf(2, 1, { op: 'append', value: 'b' }));
    bench.ask(requestOf(3, 1, { op: 'get' }));
    commit(bench);
    expect(bench.out.replies.map(({ to, reply }) => [to, reply.value])).toEqual([
      [101, 'a'],
      [102, 'ab'],
      [103, 'ab'],
    ]);
  });

  test('answers a request it has executed as before, at once, and does not execute it again', () => {
    const bench = leading();
    const request = requestOf(1, 1, { op: 'append', value: 'a' });
    bench.ask(request);
    commit(bench);
    const [first] = replies(bench);
    bench.ask(requestOf(2, 1, { op: 'append', value: 'b' }));
    commit(bench);
    bench.ask(request);
    expect([replies(bench), bench.out.writes]).toEqual([[first], []]);
    expect(bench.node.lookup('x')).toBe('ab');
  });

  test('asked again while the request is under way, executes and answers it once', () => {
    const bench = leading();
    const request = requestOf(1, 1, { op: 'append', value: 'a' });
    bench.ask(request);
    bench.ask(request);
    commit(bench);
    expect([replies(bench).length, bench.node.lookup('x')]).toEqual([1, 'a']);
  });

  test('executes a request once that stands in the log twice, by two leaders', () => {
    const request = requestOf(1, 1, { op: 'append', value: 'a' });
    const entry = entryOf(1, request);
    const bench = new TestNode({ nodes: 3, disk: { term: 1, log: [entry] } });
    bench.lead();
    bench.ask(request);
    commit(bench);
    expect(bench.node.log.lastIndex).toBe(3);
    expect([bench.node.lastApplied, bench.node.lookup('x')]).toEqual([3, 'a']);
    expect(replies(bench)).toEqual([{ status: 'ok', value: 'a', applied: true, leader: -1 }]);
  });

  test('that has executed a request as a follower answers it when it leads', () => {
    const request = requestOf(1, 1);
    const bench = new TestNode({ nodes: 3 });
    bench.receive(2, appendOf(1, 2, [0, 0], [entryOf(1, request)], 1));
    expect([replies(bench), bench.node.lastApplied]).toEqual([[], 1]);
    bench.lead();
    bench.ask(request);
    expect(replies(bench)).toEqual([{ status: 'ok', value: '1.1', applied: true, leader: -1 }]);
  });

  test('serves reads through the log: none before what was committed earlier is known', () => {
    const bench = new TestNode({ nodes: 3, disk: { term: 1, log: [entryOf(1, requestOf(1, 1))] } });
    bench.lead();
    bench.ask(requestOf(2, 1, { op: 'get' }));
    expect(replies(bench)).toEqual([]);
    commit(bench);
    expect(replies(bench)).toEqual([{ status: 'ok', value: '1.1', applied: true, leader: -1 }]);
  });
});

describe('a leader that is deposed', () => {
  test('tells those who wait that it does not know, and each of them once', () => {
    const bench = leading();
    bench.ask(requestOf(1, 1));
    bench.ask(requestOf(2, 1));
    bench.receive(2, appendOf(5, 2));
    const unknown = { status: 'unknown', value: null, applied: false };
    expect(bench.out.replies.map(({ to }) => to)).toEqual([101, 102]);
    for (const reply of replies(bench)) expect(reply).toMatchObject(unknown);
    bench.receive(2, appendOf(6, 2));
    expect(replies(bench)).toEqual([]);
  });

  test('does not answer for its entries any more, even if they are committed after all', () => {
    const bench = leading();
    const request = requestOf(1, 1);
    bench.ask(request);
    bench.receive(2, appendOf(5, 2, [2, 1], entriesOf(5), 3));
    expect(replies(bench).map(({ status }) => status)).toEqual(['unknown']);
    expect([bench.node.lastApplied, bench.node.lookup('x')]).toEqual([3, '1.1']);
  });

  test('that leads again does not answer a client with another one’s entry at the same index', () => {
    const bench = leading();
    const mine = requestOf(1, 1, { value: 'mine' });
    bench.ask(mine);
    const theirs = entryOf(5, requestOf(2, 1, { value: 'theirs' }));
    bench.receive(2, appendOf(5, 2, [1, 1], [theirs]));
    bench.sync();
    bench.lead();
    commit(bench);
    expect(bench.node.commitIndex).toBe(3);
    expect(replies(bench)).toEqual([]);
    bench.ask(mine);
    commit(bench);
    expect(replies(bench)).toEqual([{ status: 'ok', value: 'mine', applied: true, leader: -1 }]);
  });

  test('does not beat any more', () => {
    const bench = leading();
    bench.receive(2, appendOf(5, 2));
    bench.fire(HEARTBEAT);
    expect([bench.out.sent, bench.out.timers]).toEqual([[], []]);
  });
});
