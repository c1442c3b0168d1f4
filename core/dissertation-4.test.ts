import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { NodeId } from '../sim/protocol.ts';
import { configuration, joint } from './configuration.ts';
import { type Configuration, REQUEST_VOTE } from './messages.ts';
import { ELECTION, HEARTBEAT } from './node.ts';
import { RULES } from './rules/index.ts';
import { ack, appendOf, entriesOf, entryOf, reject, requestVoteOf, voteReply } from './testing/messages.ts';
import { appendTo, TestNode } from './testing/node.ts';
import { ReliableCluster } from './testing/reliable-cluster.ts';
import { CANDIDATE, FOLLOWER, LEADER } from './view.ts';

const MEMBERS = configuration([0, 1, 2]);

/** The leader of n1 … n3 of five, whose no-op is committed. */
function leading(members = MEMBERS, options = {}): TestNode {
  const node = new TestNode({ nodes: 5, members, options });
  node.fire(ELECTION);
  node.sync();
  for (const from of [...members.voters, ...members.outgoing]) if (from !== 0) node.receive(from, voteReply(1));
  node.commit(...members.voters.filter((id) => id !== 0), ...members.outgoing.filter((id) => id !== 0));
  expect([node.state.role, node.state.commitIndex]).toEqual([LEADER, 1]);
  return node;
}

/** A candidate whose log ends with an entry that holds this configuration. */
function standing(after: Configuration, id: NodeId = 0, before = MEMBERS): TestNode {
  const node = new TestNode({ id, nodes: 5, members: before, disk: { term: 1, log: [entryOf(1, null, after)] } });
  node.fire(ELECTION);
  return node;
}

function votesNeeded(node: TestNode, ...voters: NodeId[]): boolean {
  node.sync();
  for (const voter of voters) node.receive(voter, voteReply(node.state.term));
  return node.state.role === LEADER;
}

/** All the ways to choose some of these nodes. */
function subsets(nodes: readonly NodeId[]): NodeId[][] {
  return nodes.reduce<NodeId[][]>((all, node) => [...all, ...all.map((some) => [...some, node])], [[]]);
}

function majorities(nodes: readonly NodeId[]): NodeId[][] {
  return subsets(nodes).filter((some) => some.length > nodes.length / 2);
}

describe('§4.1 safety', () => {
  test('§4.1 a node uses the latest configuration in its log, committed or not: a follower', () => {
    const node = new TestNode({ nodes: 5, members: MEMBERS });
    const after = configuration([0, 1, 2, 3]);
    node.receive(1, appendOf(1, 1, [0, 0], [entryOf(1, null, after)]));
    expect([node.state.commitIndex, node.state.configuration, node.state.configurationIndex]).toEqual([0, after, 1]);
  });

  test('§4.1 a node uses the latest configuration in its log, committed or not: a leader counts acknowledgements by it', () => {
    const node = leading(configuration([0, 1, 2], [3]));
    node.acknowledge(1, 3);
    node.admin({ kind: 'change', change: 'promote', node: 3 });
    node.commit(1);
    // Two of four.
    expect([node.state.configuration.voters, node.state.commitIndex]).toEqual([[0, 1, 2, 3], 1]);
    node.acknowledge(2, 3);
    expect(node.state.commitIndex).toBe(2);
  });

  test('§4.1 a node uses the latest configuration in its log, committed or not: a candidate counts votes by it', () => {
    const node = standing(configuration([0, 1, 2, 3]));
    expect(node.out.sent.map(({ to }) => to)).toEqual([1, 2, 3]);
    expect(votesNeeded(node, 1)).toBe(false);
    expect(votesNeeded(node, 3)).toBe(true);
  });

  test('§4.1 a node that restarts uses the latest configuration in its log', () => {
    const log = [entryOf(1, null, configuration([0, 1])), entryOf(1, null), entryOf(1, null, configuration([0]))];
    const { state } = new TestNode({ nodes: 3, disk: { term: 1, log } });
    expect([state.configuration.voters, state.configurationIndex, state.members]).toEqual([[0], 3, [0]]);
  });

  test('§4.1 a node falls back to the previous configuration when the entry is truncated', () => {
    const node = new TestNode({ nodes: 5, members: MEMBERS });
    const [first, second] = [configuration([0, 1, 2, 3]), configuration([0, 1, 2, 3, 4])];
    node.receive(1, appendOf(1, 1, [0, 0], [entryOf(1, null, first), entryOf(1, null, second)]));
    expect(node.state.configuration).toEqual(second);
    node.receive(2, appendOf(2, 2, [1, 1], entriesOf(2)));
    expect([node.state.configuration, node.state.configurationIndex]).toEqual([first, 1]);
    node.receive(2, appendOf(3, 2, [0, 0], entriesOf(3)));
    expect([node.state.configuration, node.state.configurationIndex, node.state.members]).toEqual([
      MEMBERS,
      0,
      [0, 1, 2],
    ]);
  });

  test('§4.1 a configuration that replaces another in the log is in force at once', () => {
    const node = new TestNode({ nodes: 5, members: MEMBERS });
    node.receive(1, appendOf(1, 1, [0, 0], [entryOf(1, null, configuration([0, 1, 2, 3]))]));
    node.receive(2, appendOf(2, 2, [0, 0], [entryOf(2, null, configuration([0, 1]))]));
    expect(node.state.configuration.voters).toEqual([0, 1]);
  });

  test('§4.1 no other change starts while the last is not committed', () => {
    const node = leading();
    expect(node.admin({ kind: 'change', change: 'addLearner', node: 3 })).toBe(null);
    expect(node.admin({ kind: 'change', change: 'addLearner', node: 4 })).toMatch(/not committed/);
    expect(node.admin({ kind: 'reconfigure', voters: [0, 1], learners: [], leave: 'auto' })).toMatch(/not committed/);
    node.commit(1);
    expect(node.admin({ kind: 'change', change: 'addLearner', node: 4 })).toBe(null);
  });

  test('§4.1, corrected in 2015: a leader starts no change before it has committed an entry of its own term', () => {
    const node = new TestNode({ nodes: 3, disk: { term: 1, log: entriesOf(1) } });
    node.lead();
    expect(node.admin({ kind: 'change', change: 'remove', node: 2 })).toMatch(/no entry of the current term/);
    expect(node.admin({ kind: 'reconfigure', voters: [0, 1], learners: [], leave: 'auto' })).toMatch(/no entry/);
    node.acknowledge(1, 1, 2);
    expect(node.admin({ kind: 'change', change: 'remove', node: 2 })).toMatch(/no entry of the current term/);
    node.acknowledge(2, 1);
    expect(node.admin({ kind: 'change', change: 'remove', node: 2 })).toBe(null);
  });

  test('§4.1 two leaders of consecutive terms that change one member each cannot both commit', () => {
    // The bug of 2015: n1 … n4; n1 adds n5 and reaches no node; n2, elected by n3 and n4, removes n1.
    const cluster = ReliableCluster.of(5, { members: configuration([0, 1, 2, 3], [4]) });
    cluster.elect(0);
    cluster.cutOff.add(1).add(2).add(3);
    cluster.admin(0, { kind: 'change', change: 'promote', node: 4 });
    cluster.cutOff.clear();
    cluster.cutOff.add(0).add(4);
    cluster.elect(1);
    expect(cluster.admin(1, { kind: 'change', change: 'remove', node: 0 })).toBe(null);
    const { state } = cluster.nodes[1]!;
    // What n2 did in its term is committed by a majority of four, one of which n1 needs for its five.
    expect([state.commitIndex, state.configuration.voters]).toEqual([state.log.lastIndex, [1, 2, 3]]);
    cluster.cutOff.clear();
    cluster.cutOff.add(1).add(2);
    cluster.heartbeat(0);
    expect(cluster.nodes[0]!.state.role).toBe(FOLLOWER);
    cluster.elect(0);
    expect([cluster.nodes[0]!.state.role, cluster.nodes[0]!.state.configuration.voters.length]).toEqual([CANDIDATE, 5]);
  });

  test('§4.1 majorities before and after intersect if one voter changes; where they might not, the change is joint', () => {
    const voters = fc.uniqueArray(fc.nat(4), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(voters, voters, (before, after) => {
        const needsJoint = RULES.needsJoint(configuration(before), configuration(after));
        const meet = majorities(before).every((one) =>
          majorities(after).every((other) => one.some((node) => other.includes(node))),
        );
        if (!needsJoint) expect(meet).toBe(true);
        if (!meet) expect(needsJoint).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  test('§4.1 several changes at once become joint, one is made directly', () => {
    const direct = leading();
    direct.admin({ kind: 'reconfigure', voters: [0, 1], learners: [], leave: 'auto' });
    expect(direct.state.configuration).toEqual(configuration([0, 1]));
    const swap = leading();
    swap.admin({ kind: 'reconfigure', voters: [0, 1, 3], learners: [], leave: 'auto' });
    expect(swap.state.configuration).toEqual(joint([0, 1, 3], [0, 1, 2], [], true));
  });

  test('§4.1 a node votes for candidates and follows leaders that are not in its own configuration', () => {
    const node = new TestNode({ nodes: 5, members: MEMBERS });
    node.receive(4, requestVoteOf(1, 4));
    expect(node.sentTo(4)).toEqual([voteReply(1)]);
    node.receive(4, appendOf(1, 4, [0, 0], entriesOf(1)));
    expect([node.state.leader, node.state.log.lastIndex]).toEqual([4, 1]);
  });

  test('§4.1 a node that is not a member votes and follows, but starts no election', () => {
    const node = new TestNode({ id: 4, nodes: 5, members: MEMBERS });
    node.fire(ELECTION);
    expect([node.state.role, node.state.term, node.out.sent]).toEqual([FOLLOWER, 0, []]);
    expect(node.out.timers.map(({ timer }) => timer)).toEqual([ELECTION]);
    node.receive(1, requestVoteOf(1, 1));
    expect(node.sentTo(1)).toEqual([voteReply(1)]);
  });
});

describe('§4.2.1 catching up new members', () => {
  /** A leader that adds n4, whose log ends at `last`. */
  function adding(options = {}): TestNode {
    const node = leading(MEMBERS, options);
    expect(node.admin({ kind: 'change', change: 'add', node: 3 })).toBe(null);
    node.commit(1);
    return node;
  }

  test('§4.2.1 a new member receives the log and counts in no majority before it has caught up', () => {
    const node = adding();
    expect(node.state.configuration).toEqual(configuration([0, 1, 2], [3]));
    node.now += 50_000;
    node.fire(HEARTBEAT);
    expect(node.sentTo(3).length).toBeGreaterThan(0);
    node.admin({ kind: 'transfer', to: 1 });
    const learner = leading(configuration([0, 1, 2], [3, 4]));
    learner.admin({ kind: 'change', change: 'remove', node: 4 });
    learner.sync();
    learner.acknowledge(2, 3);
    expect(learner.state.commitIndex).toBe(1);
    learner.acknowledge(2, 1);
    expect(learner.state.commitIndex).toBe(2);
  });

  test('§4.2.1 a learner’s vote is not requested and does not count, and it starts no election', () => {
    const members = configuration([0, 1, 2], [3, 4]);
    const node = new TestNode({ nodes: 5, members });
    node.fire(ELECTION);
    expect(node.out.sent.map(({ to }) => to)).toEqual([1, 2]);
    expect(votesNeeded(node, 3, 4)).toBe(false);
    const learner = new TestNode({ id: 3, nodes: 5, members });
    learner.fire(ELECTION);
    expect([learner.state.role, learner.state.term]).toEqual([FOLLOWER, 0]);
  });

  test('§4.2.1 it becomes a voter when a round of at most an election timeout is over', () => {
    const node = adding();
    node.now += 200_000;
    node.acknowledge(1, 3);
    expect(node.state.configuration.voters).toEqual([0, 1, 2]);
    node.acknowledge(2, 3);
    expect(node.state.configuration).toEqual(configuration([0, 1, 2, 3]));
  });

  test('§4.2.1 a round replicates what the log held when it began; a long one is followed by another', () => {
    const node = adding();
    node.now += 1_000_000;
    node.admin({ kind: 'change', change: 'addLearner', node: 4 });
    node.commit(1);
    node.acknowledge(2, 3);
    expect([node.state.configuration.voters, node.state.catchUp]).toEqual([
      [0, 1, 2],
      { node: 3, goal: 3, since: node.now, rounds: 1 },
    ]);
    node.now += 100_000;
    node.acknowledge(3, 3);
    expect(node.state.configuration.voters).toEqual([0, 1, 2, 3]);
  });

  test('§4.2.1 after a fixed number of rounds that all took too long, the leader aborts the catch-up', () => {
    const node = adding();
    let rounds = 0;
    for (; node.state.catchUp !== null; rounds++) {
      node.now += 1_000_000;
      node.acknowledge(node.state.catchUp.goal, 3);
    }
    expect([rounds, node.out.marks]).toEqual([10, ['catch-up-aborted']]);
    expect(node.state.configuration).toEqual(configuration([0, 1, 2], [3]));
  });

  test('§4.2.1 the catch-up of an unreachable member is aborted, and another can be added', () => {
    const node = adding();
    for (let i = 0; i < 100 && node.state.catchUp !== null; i++) {
      expect(node.admin({ kind: 'change', change: 'add', node: 4 })).toMatch(/another node is catching up/);
      node.now += 50_000;
      node.fire(HEARTBEAT);
    }
    expect(node.out.marks).toEqual(['catch-up-aborted']);
    expect(node.admin({ kind: 'change', change: 'add', node: 4 })).toBe(null);
  });

  test('§4.2.1 a follower says how long its log is, so that the leader need not backtrack step by step', () => {
    const node = new TestNode({ nodes: 3, disk: { term: 1, log: entriesOf(...Array.from({ length: 50 }, () => 1)) } });
    node.lead();
    node.receive(1, reject(2, 50, 0, 1));
    expect(appendTo(node, 1)).toMatchObject({ prevLogIndex: 0 });
  });

  test('§4.2.1 a promoted learner catches up first, too', () => {
    const node = leading(configuration([0, 1, 2], [3]));
    node.admin({ kind: 'change', change: 'promote', node: 3 });
    expect(node.state.configuration.voters).toEqual([0, 1, 2]);
    node.acknowledge(1, 3);
    expect(node.state.configuration.voters).toEqual([0, 1, 2, 3]);
  });
});

describe('§4.2.2 removing the current leader', () => {
  test('§4.2.2 a leader that removes itself keeps leading, and does not count itself in majorities', () => {
    const node = leading();
    node.admin({ kind: 'change', change: 'remove', node: 0 });
    expect([node.state.role, node.state.configuration.voters]).toEqual([LEADER, [1, 2]]);
    node.commit(1);
    expect([node.state.role, node.state.commitIndex]).toEqual([LEADER, 1]);
    node.now += 50_000;
    node.fire(HEARTBEAT);
    expect(node.sentTo(2).length).toBeGreaterThan(0);
  });

  test('§4.2.2 it steps down when the change is committed', () => {
    const node = leading();
    node.admin({ kind: 'change', change: 'remove', node: 0 });
    node.commit(1, 2);
    expect([node.state.commitIndex, node.state.role, node.state.leader]).toEqual([2, FOLLOWER, -1]);
    node.fire(ELECTION);
    expect([node.state.role, node.state.term]).toEqual([FOLLOWER, 1]);
  });

  test('§4.2.2 a node that is being removed still starts elections until that is committed, without a vote of its own', () => {
    const node = standing(configuration([1, 2]));
    expect([node.state.role, node.out.sent.map(({ to }) => to)]).toEqual([CANDIDATE, [1, 2]]);
    expect(votesNeeded(node, 1)).toBe(false);
    expect(votesNeeded(node, 2)).toBe(true);
  });

  test('§4.2.2 the last voter cannot be removed', () => {
    const node = leading(configuration([0], [1]));
    expect(node.admin({ kind: 'change', change: 'remove', node: 0 })).toMatch(/last voter/);
  });

  test('§4.2.2 once the change is committed, the remaining nodes elect another leader', () => {
    const cluster = ReliableCluster.of(3);
    cluster.elect(0);
    cluster.admin(0, { kind: 'change', change: 'remove', node: 0 });
    expect(cluster.nodes[0]!.state.role).toBe(FOLLOWER);
    cluster.elect(1);
    expect([cluster.nodes[1]!.state.role, cluster.nodes[1]!.state.configuration.voters]).toEqual([LEADER, [1, 2]]);
    expect(cluster.nodes[1]!.state.commitIndex).toBe(cluster.nodes[1]!.state.log.lastIndex);
  });
});

describe('§4.3 arbitrary changes through joint consensus', () => {
  const JOINT = joint([0, 3, 4], [0, 1, 2], [], true);

  /** A leader of n1 … n3 that is on its way to n1, n4, n5. */
  function entering(leave: 'auto' | 'explicit' = 'auto', voters = [0, 3, 4]): TestNode {
    const node = leading();
    expect(node.admin({ kind: 'reconfigure', voters, learners: [], leave })).toBe(null);
    node.sync();
    return node;
  }

  test('§4.3 entries go to all members of both configurations', () => {
    const node = leading();
    node.admin({ kind: 'reconfigure', voters: [0, 3, 4], learners: [], leave: 'auto' });
    expect(node.state.configuration).toEqual(JOINT);
    expect(node.out.sent.map(({ to }) => to)).toEqual([1, 2, 3, 4]);
  });

  test('§4.3 while it is joint, commitment takes a majority of the old and one of the new, separately', () => {
    const node = entering();
    node.acknowledge(2, 1, 2);
    expect(node.state.commitIndex).toBe(1);
    node.acknowledge(2, 4);
    expect(node.state.commitIndex).toBe(2);
    const other = entering();
    other.acknowledge(2, 3, 4);
    expect(other.state.commitIndex).toBe(1);
    other.acknowledge(2, 2);
    expect(other.state.commitIndex).toBe(2);
  });

  test('§4.3 while it is joint, an election takes a majority of the old and one of the new, separately', () => {
    const node = standing(JOINT);
    expect(votesNeeded(node, 1, 2)).toBe(false);
    expect(votesNeeded(node, 3)).toBe(true);
    const other = standing(JOINT);
    expect(votesNeeded(other, 3, 4)).toBe(false);
    expect(votesNeeded(other, 1)).toBe(true);
  });

  test('§4.3 while it is joint, a node of either configuration may lead, and votes of all voters of both are requested', () => {
    for (const id of [1, 4]) {
      const node = standing(JOINT, id);
      expect(node.state.role).toBe(CANDIDATE);
      expect(node.out.sent.map(({ to }) => to)).toEqual([0, 1, 2, 3, 4].filter((node) => node !== id));
    }
  });

  test('§4.3 a voter that will be a learner afterwards votes while the configuration is joint', () => {
    const node = standing(joint([0], [0, 1, 2], [1, 2], true));
    const requests = node.out.sent.filter(({ message }) => message.type === REQUEST_VOTE);
    expect(requests.map(({ to }) => to)).toEqual([1, 2]);
    expect(votesNeeded(node)).toBe(false);
    expect(votesNeeded(node, 2)).toBe(true);
  });

  test('§4.3 confirming reads needs both majorities too', () => {
    const { state } = standing(JOINT);
    const agree = (...nodes: NodeId[]) => RULES.hasQuorum(state, (other) => nodes.includes(other));
    expect([agree(0, 1), agree(0, 3), agree(0, 1, 3), agree(1, 2, 3, 4), agree(3, 4), agree(0, 1, 2)]).toEqual([
      false,
      false,
      true,
      true,
      false,
      false,
    ]);
  });

  test('§4.3 the new configuration is appended when the joint one is committed, and not before', () => {
    const node = entering();
    node.acknowledge(2, 3, 4);
    expect([node.state.configuration, node.state.log.lastIndex]).toEqual([JOINT, 2]);
    node.acknowledge(2, 1);
    expect([node.state.configuration, node.state.log.lastIndex]).toEqual([configuration([0, 3, 4]), 3]);
  });

  test('§4.3 from then on only the new configuration counts', () => {
    const node = entering();
    node.acknowledge(2, 1, 3);
    node.sync();
    node.acknowledge(3, 1, 2);
    expect(node.state.commitIndex).toBe(2);
    node.acknowledge(3, 4);
    expect(node.state.commitIndex).toBe(3);
    expect(node.state.members).toEqual([0, 3, 4]);
  });

  test('§4.3 a leader that is elected in a joint configuration completes it, after an entry of its own', () => {
    const node = standing(JOINT);
    votesNeeded(node, 1, 3);
    node.sync();
    node.acknowledge(1, 1, 2, 3, 4);
    expect(node.state.log.lastIndex).toBe(2);
    node.acknowledge(2, 1, 3);
    expect([node.state.configuration, node.state.log.lastIndex]).toEqual([configuration([0, 3, 4]), 3]);
  });

  test('§4.3 a leader that is not in the new configuration steps down when that is committed, not while it is joint', () => {
    const node = entering('auto', [1, 3, 4]);
    node.acknowledge(2, 1, 3);
    expect([node.state.commitIndex, node.state.role, node.state.configuration.voters]).toEqual([2, LEADER, [1, 3, 4]]);
    node.commit(1);
    expect(node.state.role).toBe(LEADER);
    node.acknowledge(3, 3);
    expect([node.state.commitIndex, node.state.role]).toEqual([3, FOLLOWER]);
  });

  test('§4.3 a joint configuration to be left explicitly stays until it is', () => {
    const node = entering('explicit');
    expect(node.admin({ kind: 'leave-joint' })).toMatch(/not committed/);
    node.acknowledge(2, 1, 3);
    expect([node.state.commitIndex, node.state.log.lastIndex]).toEqual([2, 2]);
    expect(node.admin({ kind: 'leave-joint' })).toBe(null);
    expect(node.state.configuration).toEqual(configuration([0, 3, 4]));
    expect(leading().admin({ kind: 'leave-joint' })).toMatch(/not joint/);
  });

  test('§4.3 while it is joint, no other change starts', () => {
    const node = entering('explicit');
    node.acknowledge(2, 1, 3);
    expect(node.admin({ kind: 'change', change: 'remove', node: 1 })).toMatch(/joint/);
    expect(node.admin({ kind: 'reconfigure', voters: [0, 1], learners: [], leave: 'auto' })).toMatch(/joint/);
  });

  test('§4.3 an old majority and a new one cannot each elect a leader in the same term', () => {
    const cluster = ReliableCluster.of(5, { members: MEMBERS });
    cluster.elect(0);
    // The joint configuration reaches n4 and n5 alone.
    cluster.cutOff.add(1).add(2);
    cluster.admin(0, { kind: 'reconfigure', voters: [0, 3, 4], learners: [], leave: 'auto' });
    cluster.heartbeat(0);
    expect(cluster.nodes[3]!.state.configuration).toEqual(JOINT);
    cluster.cutOff.clear();
    cluster.cutOff.add(0).add(1).add(2);
    cluster.elect(3);
    expect(cluster.nodes[3]!.state.role).toBe(CANDIDATE);
    cluster.cutOff.clear();
    cluster.cutOff.add(0).add(3).add(4);
    cluster.elect(1);
    expect(cluster.nodes[1]!.state.role).toBe(LEADER);
    expect(cluster.nodes.filter(({ state }) => state.role === LEADER && state.term === 2).length).toBe(1);
  });
});

test('§4.1 a removed member’s acknowledgements do not count any more', () => {
  const node = leading();
  node.admin({ kind: 'change', change: 'remove', node: 2 });
  node.sync();
  node.receive(2, ack(1, 2));
  expect([node.state.commitIndex, node.state.matchIndex[2]]).toEqual([1, 1]);
  node.receive(1, ack(1, 2));
  expect(node.state.commitIndex).toBe(2);
});
