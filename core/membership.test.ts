import { describe, expect, test } from 'vitest';
import type { AdminRequest } from './admin-request.ts';
import { configuration, isVoter, joint, membersOf, voterDifference } from './configuration.ts';
import { APPEND_ENTRIES } from './messages.ts';
import { TestNodes } from './testing/benches.ts';
import { TestNode, appendOf, entriesOf, requestOf } from './testing/node.ts';
import { HEARTBEAT } from './node.ts';
import { LEADER } from './view.ts';

const WITH_LEARNER = configuration([0, 1, 2], [3]);

function leading(members = WITH_LEARNER): TestNode {
  const bench = new TestNode({ nodes: 5, members });
  bench.lead();
  bench.acknowledge(1, 1, 2);
  return bench;
}

function change(change: 'add' | 'addLearner' | 'promote' | 'remove', node: number): AdminRequest {
  return { kind: 'change', change, node };
}

describe('configurations', () => {
  test('list everybody once, ascending, and nobody as voter and learner', () => {
    expect(configuration([2, 0, 2], [0, 3, 1])).toEqual({
      voters: [0, 2],
      outgoing: [],
      learners: [1, 3],
      leavesByItself: true,
    });
    expect(membersOf(joint([0, 3], [0, 1, 2], [2, 4], true))).toEqual([0, 1, 2, 3, 4]);
  });

  test('count as voters those who come and those who go', () => {
    const both = joint([0, 3], [0, 1], [1, 4], true);
    expect([0, 1, 2, 3, 4].map((node) => isVoter(both, node))).toEqual([true, true, false, true, false]);
    expect(voterDifference([0, 1, 2], [1, 2, 3, 4])).toBe(3);
  });
});

describe('orders that cannot be carried out are declined with a reason, and change nothing', () => {
  const declined: [string, AdminRequest, RegExp][] = [
    ['a voter is added', change('add', 1), /voter already/],
    ['a voter is added as learner', change('addLearner', 1), /is a voter/],
    ['a learner is added as learner', change('addLearner', 3), /learner already/],
    ['a voter is promoted', change('promote', 1), /voter already/],
    ['a stranger is promoted', change('promote', 4), /no learner/],
    ['a stranger is removed', change('remove', 4), /no member/],
    ['nobody would vote', { kind: 'reconfigure', voters: [], learners: [0], leave: 'auto' }, /nobody/],
    ['it is not joint', { kind: 'leave-joint' }, /not joint/],
  ];
  test.each(declined)('%s', (_, order, reason) => {
    const bench = leading();
    expect(bench.admin(order)).toMatch(reason);
    expect([bench.node.configuration, bench.node.log.lastIndex]).toEqual([WITH_LEARNER, 1]);
  });

  test('who does not lead changes nothing', () => {
    const bench = new TestNode({ nodes: 5, members: WITH_LEARNER });
    for (const order of [change('remove', 2), { kind: 'leave-joint' } as const]) {
      expect(bench.admin(order)).toMatch(/not lead|not joint/);
    }
  });

  test('a leader that is being removed changes nothing more', () => {
    const bench = leading(configuration([0, 1, 2]));
    bench.admin({ kind: 'reconfigure', voters: [1, 2], learners: [], leave: 'auto' });
    expect(bench.admin(change('addLearner', 3))).toMatch(/not committed|removed/);
  });
});

describe('a change of members', () => {
  test('adds and removes learners directly', () => {
    const bench = leading();
    bench.admin(change('addLearner', 4));
    expect(bench.node.configuration).toEqual(configuration([0, 1, 2], [3, 4]));
    bench.commit(1);
    bench.admin(change('remove', 3));
    expect([bench.node.configuration, bench.node.members]).toEqual([configuration([0, 1, 2], [4]), [0, 1, 2, 4]]);
  });

  test('sends a new member the log at once, and a removed one nothing more', () => {
    const bench = leading(configuration([0, 1, 2]));
    bench.admin(change('addLearner', 3));
    expect(bench.sentTo(3).map(({ type }) => type)).toEqual([APPEND_ENTRIES]);
    bench.commit(1);
    bench.admin(change('remove', 3));
    bench.commit(1);
    bench.now += 50_000;
    bench.fire(HEARTBEAT);
    expect([bench.sentTo(3), bench.sentTo(2).length]).toEqual([[], 1]);
  });

  test('makes a member that comes back start from scratch', () => {
    const bench = leading();
    bench.acknowledge(1, 3);
    bench.admin(change('remove', 3));
    bench.commit(1);
    bench.admin(change('addLearner', 3));
    expect([bench.node.matchIndex[3], bench.node.nextIndex[3]]).toEqual([0, bench.node.log.lastIndex]);
  });
});

describe('a server that catches up', () => {
  test('asked for twice is added once', () => {
    const bench = leading();
    bench.admin(change('promote', 3));
    expect([bench.admin(change('add', 3)), bench.node.log.lastIndex]).toEqual([null, 1]);
    bench.acknowledge(1, 3);
    expect([bench.node.configuration.voters, bench.node.log.lastIndex]).toEqual([[0, 1, 2, 3], 2]);
  });

  test('is not promoted any more when it has been removed', () => {
    const bench = leading();
    bench.admin(change('promote', 3));
    bench.admin(change('remove', 3));
    bench.commit(1);
    bench.acknowledge(2, 3);
    expect(bench.node.configuration).toEqual(configuration([0, 1, 2]));
  });

  test('is not promoted any more when another change has dismissed it, or has made it a voter', () => {
    for (const voters of [
      [0, 1],
      [0, 1, 3],
    ]) {
      const bench = leading();
      bench.admin(change('promote', 3));
      bench.admin({ kind: 'reconfigure', voters, learners: [], leave: 'auto' });
      for (let i = 0; i < 4; i++) {
        bench.sync();
        bench.acknowledge(bench.node.log.lastIndex, 1, 2, 3);
      }
      expect([bench.node.configuration, bench.node.catchUp]).toEqual([configuration(voters), null]);
      expect(bench.node.commitIndex).toBe(bench.node.log.lastIndex);
    }
  });

  test('is forgotten by a leader that is deposed', () => {
    const bench = leading();
    bench.admin(change('promote', 3));
    bench.receive(1, appendOf(2, 1, [1, 1], entriesOf(2)));
    expect(bench.node.catchUp).toBe(null);
  });
});

test('a cluster moves to entirely different members and nothing is lost', () => {
  const cluster = new TestNodes(6, {
    members: configuration([0, 1, 2]),
    options: { snapshotEvery: 4, snapshotTrailing: 0 },
  });
  cluster.elect(0);
  for (let i = 1; i <= 9; i++) cluster.ask(0, requestOf(1, i, { op: 'append', value: `${i}` }));
  expect(cluster.admin(0, { kind: 'reconfigure', voters: [3, 4, 5], learners: [], leave: 'auto' })).toBe(null);
  for (let i = 0; i < 12; i++) cluster.beat(0);
  expect(cluster.all[0]!.node.role).not.toBe(LEADER);
  for (const old of [0, 1, 2]) cluster.cutOff.add(old);
  cluster.elect(4);
  cluster.ask(4, requestOf(1, 10, { op: 'append', value: '.' }));
  const { node } = cluster.all[4]!;
  expect([node.role, node.configuration, node.lookup('x')]).toEqual([LEADER, configuration([3, 4, 5]), '123456789.']);
});
