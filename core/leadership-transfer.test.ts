import { describe, expect, test } from 'vitest';
import { configuration } from './configuration.ts';
import { TIMEOUT_NOW } from './messages.ts';
import { TestNodes } from './testing/benches.ts';
import {
  TestNode,
  type TestNodeOptions,
  ack,
  appendOf,
  requestVoteOf,
  entriesOf,
  requestOf,
  voteReply,
} from './testing/node.ts';
import { HEARTBEAT } from './node.ts';
import { CANDIDATE, FOLLOWER, LEADER } from './view.ts';

const TO_1 = { kind: 'transfer', to: 1 } as const;
const STAND = { type: TIMEOUT_NOW, term: 1 } as const;

/** A leader of three in term 1; its no-op is on n2 and committed. */
function leading(changes: Partial<TestNodeOptions> = {}): TestNode {
  const bench = new TestNode({ nodes: 3, ...changes });
  bench.lead();
  bench.acknowledge(1, 1);
  return bench;
}

describe('a leader that hands over', () => {
  test('tells the other to stand at once if that has the whole log', () => {
    const bench = leading();
    expect(bench.admin(TO_1)).toBe(null);
    expect(bench.sentTo(1)).toEqual([STAND]);
    expect([bench.node.role, bench.node.transferee]).toEqual([LEADER, 1]);
  });

  test('brings the other up to date first', () => {
    const bench = leading();
    bench.admin({ kind: 'transfer', to: 2 });
    expect(bench.sentTo(2)).not.toContainEqual(STAND);
    bench.receive(1, ack(1, 1));
    expect(bench.out.sent.map(({ message }) => message)).not.toContainEqual(STAND);
    bench.receive(2, ack(1, 1));
    expect(bench.sentTo(2)).toContainEqual(STAND);
  });

  test('says so again with the next answer, in case it was lost', () => {
    const bench = leading();
    bench.admin(TO_1);
    bench.now += 50_000;
    bench.fire(HEARTBEAT);
    bench.receive(1, ack(1, 1));
    expect(bench.sentTo(1)).toEqual([STAND]);
  });

  test('takes no requests and no changes of membership meanwhile', () => {
    const bench = leading();
    bench.admin(TO_1);
    bench.ask(requestOf(1, 1));
    expect([bench.replies.map(({ status }) => status), bench.node.log.lastIndex]).toEqual([['busy'], 1]);
    expect(bench.admin({ kind: 'change', change: 'remove', node: 2 })).toMatch(/handing/);
  });

  test('goes on if it has not happened within an election timeout', () => {
    const bench = leading();
    bench.admin(TO_1);
    bench.now += 299_999;
    bench.fire(HEARTBEAT);
    expect(bench.node.transferee).toBe(1);
    bench.now += 1;
    bench.fire(HEARTBEAT);
    expect(bench.node.transferee).toBe(-1);
    bench.ask(requestOf(1, 1));
    expect([bench.replies, bench.node.log.lastIndex]).toEqual([[], 2]);
  });

  test('declines what cannot be', () => {
    expect(new TestNode().admin(TO_1)).toMatch(/does not lead/);
    expect(leading().admin({ kind: 'transfer', to: 0 })).toMatch(/leads already/);
    const learners = new TestNode({ nodes: 3, members: configuration([0], [1]) });
    learners.lead();
    expect(learners.admin(TO_1)).toMatch(/no voter/);
    const bench = leading();
    bench.admin(TO_1);
    expect(bench.admin(TO_1)).toBe(null);
    expect(bench.admin({ kind: 'transfer', to: 2 })).toMatch(/another/);
  });

  test('forgets about it when it is deposed', () => {
    const bench = leading();
    bench.admin(TO_1);
    bench.receive(2, appendOf(2, 2));
    bench.lead();
    bench.receive(1, ack(3, 2));
    expect(bench.out.sent.map(({ message }) => message.type)).not.toContain(TIMEOUT_NOW);
  });
});

describe('who is told to stand', () => {
  test('stands at once, and says that its leader wanted it, even where others are asked first', () => {
    const bench = new TestNode({ id: 1, nodes: 3, options: { preVote: true, checkQuorum: true } });
    bench.receive(0, appendOf(1, 0, [0, 0], entriesOf(1)));
    bench.sync();
    bench.receive(0, STAND);
    expect([bench.node.role, bench.node.term]).toEqual([CANDIDATE, 2]);
    expect(bench.sentTo(2)).toEqual([{ ...requestVoteOf(2, 1, 1, 1), transfer: true }]);
  });

  test('does not if it was another term’s leader, or if it does not vote', () => {
    const late = new TestNode({ id: 1, nodes: 3, disk: { term: 2 } });
    late.receive(0, STAND);
    expect([late.node.role, late.node.term]).toEqual([FOLLOWER, 2]);
    const learner = new TestNode({ id: 1, nodes: 3, members: configuration([0, 2], [1]), disk: { term: 1 } });
    learner.receive(0, STAND);
    expect([learner.node.role, learner.node.term]).toEqual([FOLLOWER, 1]);
  });

  test('wins the votes of those who are loyal to the leader that wanted it, and of that leader', () => {
    const asked = { ...requestVoteOf(2, 1, 1, 1), transfer: true };
    const options = { checkQuorum: true };
    const loyal = new TestNode({ id: 2, nodes: 3, options });
    loyal.receive(0, appendOf(1, 0, [0, 0], entriesOf(1)));
    loyal.receive(1, requestVoteOf(2, 1, 1, 1));
    expect(loyal.sentTo(1)).toEqual([]);
    loyal.receive(1, asked);
    expect(loyal.sentTo(1)).toEqual([voteReply(2)]);
    const leader = leading({ options });
    leader.receive(1, requestVoteOf(2, 1, 1, 1));
    expect([leader.node.role, leader.sentTo(1)]).toEqual([LEADER, []]);
    leader.receive(1, asked);
    expect([leader.node.role, leader.sentTo(1)]).toEqual([FOLLOWER, [voteReply(2)]]);
  });
});

test('leadership changes hands without an election timeout, and nothing is lost', () => {
  const cluster = new TestNodes(3, { options: { preVote: true, checkQuorum: true } });
  cluster.elect(0);
  cluster.ask(0, requestOf(1, 1, { value: 'v' }));
  cluster.admin(0, { kind: 'transfer', to: 2 });
  const roles = cluster.all.map(({ node }) => [node.role, node.term]);
  expect(roles).toEqual([
    [FOLLOWER, 2],
    [FOLLOWER, 2],
    [LEADER, 2],
  ]);
  cluster.ask(2, requestOf(2, 1, { op: 'append', value: 'w' }));
  expect(cluster.all[2]!.node.lookup('x')).toBe('vw');
});
