import { describe, expect, test } from 'vitest';
import type { AdminRequest } from './admin-request.ts';
import { configuration, isVoter, joint, membersOf, voterDifference } from './configuration.ts';
import { APPEND_ENTRIES } from './messages.ts';
import { HEARTBEAT } from './node.ts';
import { appendOf, entriesOf, requestOf } from './testing/messages.ts';
import { TestNode } from './testing/node.ts';
import { ReliableCluster } from './testing/reliable-cluster.ts';
import { LEADER } from './view.ts';

const WITH_LEARNER = configuration([0, 1, 2], [3]);

function leading(members = WITH_LEARNER): TestNode {
  const node = new TestNode({ nodes: 5, members });
  node.lead();
  node.acknowledge(1, 1, 2);
  return node;
}

function change(change: 'add' | 'addLearner' | 'promote' | 'remove', node: number): AdminRequest {
  return { kind: 'change', change, node };
}

describe('configurations', () => {
  test('list each node once, ascending, and none as voter and learner', () => {
    expect(configuration([2, 0, 2], [0, 3, 1])).toEqual({
      voters: [0, 2],
      outgoing: [],
      learners: [1, 3],
      leavesByItself: true,
    });
    expect(membersOf(joint([0, 3], [0, 1, 2], [2, 4], true))).toEqual([0, 1, 2, 3, 4]);
  });

  test('count added and removed voters as difference', () => {
    const both = joint([0, 3], [0, 1], [1, 4], true);
    expect([0, 1, 2, 3, 4].map((node) => isVoter(both, node))).toEqual([true, true, false, true, false]);
    expect(voterDifference([0, 1, 2], [1, 2, 3, 4])).toBe(3);
  });
});

describe('admin requests that cannot be carried out are rejected with a reason, and change nothing', () => {
  const rejected: [string, AdminRequest, RegExp][] = [
    ['a voter is added', change('add', 1), /already a voter/],
    ['a voter is added as learner', change('addLearner', 1), /is a voter/],
    ['a learner is added as learner', change('addLearner', 3), /already a learner/],
    ['a voter is promoted', change('promote', 1), /already a voter/],
    ['a non-member is promoted', change('promote', 4), /not a learner/],
    ['a non-member is removed', change('remove', 4), /not a member/],
    [
      'the configuration would have no voters',
      { kind: 'reconfigure', voters: [], learners: [0], leave: 'auto' },
      /no voters/,
    ],
    ['it is not joint', { kind: 'leave-joint' }, /not joint/],
  ];
  test.each(rejected)('%s', (_, request, reason) => {
    const node = leading();
    expect(node.admin(request)).toMatch(reason);
    expect([node.state.configuration, node.state.log.lastIndex]).toEqual([WITH_LEARNER, 1]);
  });

  test('a node that does not lead changes nothing', () => {
    const node = new TestNode({ nodes: 5, members: WITH_LEARNER });
    for (const request of [change('remove', 2), { kind: 'leave-joint' } as const]) {
      expect(node.admin(request)).toMatch(/not the leader|not joint/);
    }
  });

  test('a leader that is being removed changes nothing more', () => {
    const node = leading(configuration([0, 1, 2]));
    node.admin({ kind: 'reconfigure', voters: [1, 2], learners: [], leave: 'auto' });
    expect(node.admin(change('addLearner', 3))).toMatch(/not committed|removed/);
  });
});

describe('a change of members', () => {
  test('adds and removes learners directly', () => {
    const node = leading();
    node.admin(change('addLearner', 4));
    expect(node.state.configuration).toEqual(configuration([0, 1, 2], [3, 4]));
    node.commit(1);
    node.admin(change('remove', 3));
    expect([node.state.configuration, node.state.members]).toEqual([configuration([0, 1, 2], [4]), [0, 1, 2, 4]]);
  });

  test('sends a new member the log at once, and a removed one nothing more', () => {
    const node = leading(configuration([0, 1, 2]));
    node.admin(change('addLearner', 3));
    expect(node.sentTo(3).map(({ type }) => type)).toEqual([APPEND_ENTRIES]);
    node.commit(1);
    node.admin(change('remove', 3));
    node.commit(1);
    node.now += 50_000;
    node.fire(HEARTBEAT);
    expect([node.sentTo(3), node.sentTo(2).length]).toEqual([[], 1]);
  });

  test('resets the progress of a member that is added again', () => {
    const node = leading();
    node.acknowledge(1, 3);
    node.admin(change('remove', 3));
    node.commit(1);
    node.admin(change('addLearner', 3));
    expect([node.state.matchIndex[3], node.state.nextIndex[3]]).toEqual([0, node.state.log.lastIndex]);
  });
});

describe('a member that catches up', () => {
  test('requested twice is added once', () => {
    const node = leading();
    node.admin(change('promote', 3));
    expect([node.admin(change('add', 3)), node.state.log.lastIndex]).toEqual([null, 1]);
    node.acknowledge(1, 3);
    expect([node.state.configuration.voters, node.state.log.lastIndex]).toEqual([[0, 1, 2, 3], 2]);
  });

  test('is not promoted any more when it has been removed', () => {
    const node = leading();
    node.admin(change('promote', 3));
    node.admin(change('remove', 3));
    node.commit(1);
    node.acknowledge(2, 3);
    expect(node.state.configuration).toEqual(configuration([0, 1, 2]));
  });

  test('is not promoted any more when another change has removed it, or has made it a voter', () => {
    for (const voters of [
      [0, 1],
      [0, 1, 3],
    ]) {
      const node = leading();
      node.admin(change('promote', 3));
      node.admin({ kind: 'reconfigure', voters, learners: [], leave: 'auto' });
      for (let i = 0; i < 4; i++) {
        node.sync();
        node.acknowledge(node.state.log.lastIndex, 1, 2, 3);
      }
      expect([node.state.configuration, node.state.catchUp]).toEqual([configuration(voters), null]);
      expect(node.state.commitIndex).toBe(node.state.log.lastIndex);
    }
  });

  test('is forgotten by a leader that is deposed', () => {
    const node = leading();
    node.admin(change('promote', 3));
    node.receive(1, appendOf(2, 1, [1, 1], entriesOf(2)));
    expect(node.state.catchUp).toBe(null);
  });
});

test('a cluster moves to entirely different members and nothing is lost', () => {
  const cluster = ReliableCluster.of(6, {
    members: configuration([0, 1, 2]),
    options: { snapshotEvery: 4, snapshotTrailing: 0 },
  });
  cluster.elect(0);
  for (let i = 1; i <= 9; i++) cluster.request(0, requestOf(1, i, { op: 'append', value: `${i}` }));
  expect(cluster.admin(0, { kind: 'reconfigure', voters: [3, 4, 5], learners: [], leave: 'auto' })).toBe(null);
  for (let i = 0; i < 12; i++) cluster.heartbeat(0);
  expect(cluster.nodes[0]!.state.role).not.toBe(LEADER);
  for (const old of [0, 1, 2]) cluster.cutOff.add(old);
  cluster.elect(4);
  cluster.request(4, requestOf(1, 10, { op: 'append', value: '.' }));
  const { state } = cluster.nodes[4]!;
  expect([state.role, state.configuration, state.lookup('x')]).toEqual([
    LEADER,
    configuration([3, 4, 5]),
    '123456789.',
  ]);
});
