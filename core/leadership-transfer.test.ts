import { describe, expect, test } from 'vitest';
import { configuration } from './configuration.ts';
import { TIMEOUT_NOW } from './messages.ts';
import { HEARTBEAT } from './node.ts';
import { ack, appendOf, entriesOf, requestOf, requestVoteOf, voteReply } from './testing/messages.ts';
import { TestNode, type TestNodeOptions } from './testing/node.ts';
import { ReliableCluster } from './testing/reliable-cluster.ts';
import { CANDIDATE, FOLLOWER, LEADER } from './view.ts';

const TO_1 = { kind: 'transfer', to: 1 } as const;
const TIMEOUT_NOW_OF_TERM_1 = { type: TIMEOUT_NOW, term: 1 } as const;

/** A leader of three in term 1; its no-op is on n2 and committed. */
function leading(changes: Partial<TestNodeOptions> = {}): TestNode {
  const node = new TestNode({ nodes: 3, ...changes });
  node.lead();
  node.acknowledge(1, 1);
  return node;
}

describe('a leader during a transfer', () => {
  test('sends TimeoutNow at once if the target has the whole log', () => {
    const node = leading();
    expect(node.admin(TO_1)).toBe(null);
    expect(node.sentTo(1)).toEqual([TIMEOUT_NOW_OF_TERM_1]);
    expect([node.state.role, node.state.transferee]).toEqual([LEADER, 1]);
  });

  test('brings the target up to date first', () => {
    const node = leading();
    node.admin({ kind: 'transfer', to: 2 });
    expect(node.sentTo(2)).not.toContainEqual(TIMEOUT_NOW_OF_TERM_1);
    node.receive(1, ack(1, 1));
    expect(node.out.sent.map(({ message }) => message)).not.toContainEqual(TIMEOUT_NOW_OF_TERM_1);
    node.receive(2, ack(1, 1));
    expect(node.sentTo(2)).toContainEqual(TIMEOUT_NOW_OF_TERM_1);
  });

  test('sends TimeoutNow again after the next reply, in case it was lost', () => {
    const node = leading();
    node.admin(TO_1);
    node.now += 50_000;
    node.fire(HEARTBEAT);
    node.receive(1, ack(1, 1));
    expect(node.sentTo(1)).toEqual([TIMEOUT_NOW_OF_TERM_1]);
  });

  test('accepts no requests and no membership changes', () => {
    const node = leading();
    node.admin(TO_1);
    node.request(requestOf(1, 1));
    expect([node.replies.map(({ status }) => status), node.state.log.lastIndex]).toEqual([['busy'], 1]);
    expect(node.admin({ kind: 'change', change: 'remove', node: 2 })).toMatch(/transfer is in progress/);
  });

  test('aborts it after an election timeout', () => {
    const node = leading();
    node.admin(TO_1);
    node.now += 299_999;
    node.fire(HEARTBEAT);
    expect(node.state.transferee).toBe(1);
    node.now += 1;
    node.fire(HEARTBEAT);
    expect(node.state.transferee).toBe(-1);
    node.request(requestOf(1, 1));
    expect([node.replies, node.state.log.lastIndex]).toEqual([[], 2]);
  });

  test('rejects transfers that cannot be made', () => {
    expect(new TestNode().admin(TO_1)).toMatch(/not the leader/);
    expect(leading().admin({ kind: 'transfer', to: 0 })).toMatch(/is the leader/);
    const learners = new TestNode({ nodes: 3, members: configuration([0], [1]) });
    learners.lead();
    expect(learners.admin(TO_1)).toMatch(/not a voter/);
    const node = leading();
    node.admin(TO_1);
    expect(node.admin(TO_1)).toBe(null);
    expect(node.admin({ kind: 'transfer', to: 2 })).toMatch(/another node/);
  });

  test('forgets the transfer when it is deposed', () => {
    const node = leading();
    node.admin(TO_1);
    node.receive(2, appendOf(2, 2));
    node.lead();
    node.receive(1, ack(3, 2));
    expect(node.out.sent.map(({ message }) => message.type)).not.toContain(TIMEOUT_NOW);
  });
});

describe('a node that receives TimeoutNow', () => {
  test('starts an election at once and marks it as a transfer, even with PreVote', () => {
    const node = new TestNode({ id: 1, nodes: 3, options: { preVote: true, checkQuorum: true } });
    node.receive(0, appendOf(1, 0, [0, 0], entriesOf(1)));
    node.sync();
    node.receive(0, TIMEOUT_NOW_OF_TERM_1);
    expect([node.state.role, node.state.term]).toEqual([CANDIDATE, 2]);
    expect(node.sentTo(2)).toEqual([{ ...requestVoteOf(2, 1, 1, 1), transfer: true }]);
  });

  test('does not if it is of another term, or if the node is not a voter', () => {
    const late = new TestNode({ id: 1, nodes: 3, disk: { term: 2 } });
    late.receive(0, TIMEOUT_NOW_OF_TERM_1);
    expect([late.state.role, late.state.term]).toEqual([FOLLOWER, 2]);
    const learner = new TestNode({ id: 1, nodes: 3, members: configuration([0, 2], [1]), disk: { term: 1 } });
    learner.receive(0, TIMEOUT_NOW_OF_TERM_1);
    expect([learner.state.role, learner.state.term]).toEqual([FOLLOWER, 1]);
  });

  test('wins the votes of nodes that stick to the old leader, and of that leader', () => {
    const request = { ...requestVoteOf(2, 1, 1, 1), transfer: true };
    const options = { checkQuorum: true };
    const sticky = new TestNode({ id: 2, nodes: 3, options });
    sticky.receive(0, appendOf(1, 0, [0, 0], entriesOf(1)));
    sticky.receive(1, requestVoteOf(2, 1, 1, 1));
    expect(sticky.sentTo(1)).toEqual([]);
    sticky.receive(1, request);
    expect(sticky.sentTo(1)).toEqual([voteReply(2)]);
    const leader = leading({ options });
    leader.receive(1, requestVoteOf(2, 1, 1, 1));
    expect([leader.state.role, leader.sentTo(1)]).toEqual([LEADER, []]);
    leader.receive(1, request);
    expect([leader.state.role, leader.sentTo(1)]).toEqual([FOLLOWER, [voteReply(2)]]);
  });
});

test('the leadership changes without an election timeout, and nothing is lost', () => {
  const cluster = ReliableCluster.of(3, { options: { preVote: true, checkQuorum: true } });
  cluster.elect(0);
  cluster.request(0, requestOf(1, 1, { value: 'v' }));
  cluster.admin(0, { kind: 'transfer', to: 2 });
  const roles = cluster.nodes.map(({ state }) => [state.role, state.term]);
  expect(roles).toEqual([
    [FOLLOWER, 2],
    [FOLLOWER, 2],
    [LEADER, 2],
  ]);
  cluster.request(2, requestOf(2, 1, { op: 'append', value: 'w' }));
  expect(cluster.nodes[2]!.state.lookup('x')).toBe('vw');
});
