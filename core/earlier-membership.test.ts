import { describe, expect, test } from 'vitest';
import { configuration } from './configuration.ts';
import { INSTALL_SNAPSHOT, type InstallSnapshot, type Message } from './messages.ts';
import { HEARTBEAT } from './node.ts';
import {
  ack,
  appendOf,
  chunkOf,
  entriesOf,
  installReply,
  reject,
  requestOf,
  requestVoteOf,
} from './testing/messages.ts';
import { appendTo, TestNode, type TestNodeOptions } from './testing/node.ts';

// Progress belongs to one membership of a node: dissertation §4.1, §4.2.1.

/** The leader of term 1 with nodes 0 to 2, which has removed node 2 at index 2 and added it again at index 3. */
function leaderThatAddedAgain(options: TestNodeOptions['options'] = {}): TestNode {
  const node = new TestNode({ nodes: 4, members: configuration([0, 1, 2]), options });
  node.lead();
  node.acknowledge(1, 1, 2);
  expect(node.admin({ kind: 'change', change: 'remove', node: 2 })).toBe(null);
  node.sync();
  node.acknowledge(2, 1);
  expect(node.admin({ kind: 'change', change: 'addLearner', node: 2 })).toBe(null);
  node.sync();
  node.acknowledge(3, 1);
  expect(node.state.commitIndex).toBe(3);
  return node;
}

/** A reply as node 2 would have sent it in this membership. */
function of<M extends Message>(memberSince: number, reply: M): M {
  return { ...reply, memberSince };
}

describe('a leader that has added a node again', () => {
  test('§4.2.1 begins its progress anew, and says in its messages since when it is a member', () => {
    const node = leaderThatAddedAgain();
    expect([node.state.matchIndex[2], node.state.progress[2]!.memberSince]).toEqual([0, 3]);
    node.now += 50_000;
    node.fire(HEARTBEAT);
    expect([appendTo(node, 1).memberSince, appendTo(node, 2).memberSince]).toEqual([0, 3]);
  });

  test('§4.2.1 ignores acknowledgements of the earlier membership', () => {
    const node = leaderThatAddedAgain();
    node.receive(2, of(0, ack(1, 1)));
    expect([node.state.matchIndex[2], node.out.sent]).toEqual([0, []]);
    node.receive(2, of(3, ack(1, 1)));
    expect(node.state.matchIndex[2]).toBe(1);
  });

  test('§4.2.1 ignores rejections of the earlier membership', () => {
    const node = leaderThatAddedAgain();
    const next = node.state.nextIndex[2]!;
    expect(next).toBeGreaterThan(1);
    node.receive(2, of(0, reject(1, next - 1, 0, 1)));
    expect([node.state.nextIndex[2], node.out.sent]).toEqual([next, []]);
    node.receive(2, of(3, reject(1, next - 1, 0, 1)));
    expect(node.state.nextIndex[2]).toBe(1);
    expect(appendTo(node, 2)).toMatchObject({ prevLogIndex: 0, memberSince: 3 });
  });

  test('§4.2.1 ignores replies to InstallSnapshot of the earlier membership', () => {
    const node = leaderThatAddedAgain();
    node.receive(2, of(0, installReply(1, 2, 0, true)));
    expect([node.state.matchIndex[2], node.out.sent]).toEqual([0, []]);
    node.receive(2, of(3, installReply(1, 2, 0, true)));
    expect(node.state.matchIndex[2]).toBe(2);
  });

  test('§5.2 sends chunks that say since when the node is a member, and goes on for a reply that says the same', () => {
    const node = leaderThatAddedAgain({ snapshotTrailing: 0, snapshotChunk: 1 });
    node.request(requestOf(1, 1));
    node.commit(1);
    node.admin({ kind: 'snapshot' });
    node.receive(2, of(3, reject(1, node.state.nextIndex[2]! - 1, 0, 1)));
    const chunk = node.sentTo(2).find(({ type }) => type === INSTALL_SNAPSHOT) as InstallSnapshot;
    expect(chunk).toMatchObject({ type: INSTALL_SNAPSHOT, lastIndex: 4, memberSince: 3, offset: 0, done: false });
    node.receive(2, of(0, installReply(1, 4, chunk.records[0]!.bytes)));
    expect([node.state.progress[2]!.offset, node.out.sent]).toEqual([0, []]);
    node.receive(2, of(3, installReply(1, 4, chunk.records[0]!.bytes)));
    expect(node.sentTo(2)).toMatchObject([{ type: INSTALL_SNAPSHOT, offset: chunk.records[0]!.bytes, memberSince: 3 }]);
  });

  test('§6.2 takes no reply of the earlier membership for contact, nor for the confirmation of a round', () => {
    const node = leaderThatAddedAgain();
    const progress = node.state.progress[2]!;
    const before = [progress.lastContactAt, progress.round];
    node.now += 50_000;
    for (const reply of [ack(1, 1), reject(1, 2, 0, 1), installReply(1, 2, 0, true)]) {
      node.receive(2, { ...of(0, reply), round: 9 });
    }
    expect([progress.lastContactAt, progress.round]).toEqual(before);
  });

  test('§4.2.1 does not promote the node for what it has acknowledged before', () => {
    const node = leaderThatAddedAgain();
    expect(node.admin({ kind: 'change', change: 'promote', node: 2 })).toBe(null);
    node.receive(2, of(0, ack(1, 3)));
    expect(node.state.configuration).toEqual(configuration([0, 1], [2]));
    node.receive(2, of(3, ack(1, 3)));
    expect(node.state.configuration).toEqual(configuration([0, 1, 2]));
  });

  test('§4.1 a node that stays a member keeps its membership through a promotion and other changes', () => {
    const node = leaderThatAddedAgain();
    node.receive(2, of(3, ack(1, 3)));
    node.admin({ kind: 'change', change: 'promote', node: 2 });
    node.sync();
    node.acknowledge(4, 1, 2);
    node.admin({ kind: 'change', change: 'addLearner', node: 3 });
    expect(node.state.progress.map(({ memberSince }) => memberSince)).toEqual([0, 0, 3, 5]);
  });

  test('§5.2 a new leadership begins with every member as one that was there before', () => {
    const node = leaderThatAddedAgain();
    node.receive(1, requestVoteOf(2, 1, 9, 9));
    node.lead();
    expect(node.state.progress.map(({ memberSince }) => memberSince)).toEqual([0, 0, 0, 0]);
    node.now += 50_000;
    node.fire(HEARTBEAT);
    expect(appendTo(node, 2).memberSince).toBe(0);
  });

  test('a node that is no member gets its replies ignored, whatever membership they name', () => {
    const node = new TestNode({ nodes: 4, members: configuration([0, 1, 2]) });
    node.lead();
    node.acknowledge(1, 1);
    for (const memberSince of [0, 1]) node.receive(3, of(memberSince, ack(1, 1)));
    expect(node.state.matchIndex[3]).toBe(0);
  });
});

describe('a follower', () => {
  function following(): TestNode {
    return new TestNode({ nodes: 4, disk: { term: 1, log: entriesOf(1, 1) } });
  }

  test.each([
    ['accepted', appendOf(1, 1, [2, 1])],
    ['rejected', appendOf(1, 1, [7, 1])],
    ['of a stale term', appendOf(0, 1, [2, 1])],
  ])('§4.2.1 repeats in its reply since when it is a member: AppendEntries that is %s', (_what, append) => {
    const node = following();
    node.receive(1, of(5, append));
    expect(node.sentTo(1)).toMatchObject([{ memberSince: 5 }]);
  });

  test.each([
    ['accepted', chunkOf(1, 1, [2, 1])],
    ['of a stale term', chunkOf(0, 1, [2, 1])],
  ])('§4.2.1 repeats it for InstallSnapshot that is %s', (_what, chunk) => {
    const node = following();
    node.receive(1, of(5, chunk));
    expect(node.sentTo(1)).toMatchObject([{ memberSince: 5 }]);
  });
});

test('a heartbeat is shared by followers of one membership only', () => {
  const node = leaderThatAddedAgain();
  node.receive(2, of(3, ack(1, 3)));
  node.now += 50_000;
  node.fire(HEARTBEAT);
  expect(appendTo(node, 1)).toMatchObject({ prevLogIndex: 3, entries: [], memberSince: 0 });
  expect(appendTo(node, 2)).toMatchObject({ prevLogIndex: 3, entries: [], memberSince: 3 });
});
