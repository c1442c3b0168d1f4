import { describe, expect, test } from 'vitest';
import { LEADER } from '../../core/view.ts';
import { FakeCluster, type FakeClusterOptions, members, n1, n2, n3, n4, n5, request } from '../testing/fake-cluster.ts';

const A = request(1, 1);
const OF_THREE = members([n1, n2, n3]);
const OF_FOUR = members([n1, n2, n3, n4]);

/** n1 leads term 1 and has committed a no-op; n4 and n5 run, but are no members. */
function ofThree(options: FakeClusterOptions = {}): FakeCluster {
  const cluster = new FakeCluster(5, { configuration: OF_THREE, ...options });
  cluster.elect(n1, [n2]);
  cluster.write(n1, [n2, n3], null);
  return cluster;
}

describe('[I23] ConfigFromLog', () => {
  /** n1 has appended a configuration that n2, leader of term 2, does not have. */
  function rolledBack(): FakeCluster {
    const cluster = ofThree();
    cluster.reconfigure(n1, OF_FOUR);
    cluster.sync(n1);
    cluster.elect(n2, [n3], 2);
    cluster.append(n2, null);
    cluster.sync(n2);
    return cluster;
  }

  test('[I23] a node that still uses a configuration that was removed from its log is rejected', () => {
    const cluster = rolledBack();
    const { configuration, configurationIndex: index } = cluster.node(n1);
    cluster.accept(n1, cluster.offer(n2, n1, 0));
    cluster.step(n1, (node) => (node.pinnedConfiguration = { configuration, index }));
    expect(cluster.violation).toMatchObject({ invariant: 'I23', node: n1 });
    expect(cluster.violation?.summary).toBe(
      'n1 uses configuration voters n1, n2, n3, n4 (index 2), but the last in its log is voters n1, n2, n3 (index 0)',
    );
  });

  test('[I23] a node that falls back to the configuration before is accepted', () => {
    const cluster = rolledBack();
    expect(cluster.node(n1).configuration).toBe(OF_FOUR);
    cluster.accept(n1, cluster.offer(n2, n1, 0));
    cluster.sync(n1);
    expect(cluster.node(n1).configuration).toBe(OF_THREE);
    expect(cluster.marks.get('configuration-rolled-back')).toBe(1);
    expect(cluster.end()).toBeNull();
  });

  test('[I23] a node that uses a configuration only after it is committed is rejected', () => {
    const cluster = ofThree();
    cluster.step(n2, (node) => (node.pinnedConfiguration = { configuration: OF_THREE, index: 0 }));
    cluster.reconfigure(n1, OF_FOUR);
    cluster.sync(n1);
    cluster.accept(n2, cluster.offer(n1, n2, 1));
    expect(cluster.violation).toMatchObject({ invariant: 'I23', node: n2 });
  });

  test('[I23] the right members under a wrong index are rejected', () => {
    const cluster = ofThree();
    cluster.step(n2, (node) => (node.pinnedConfiguration = { configuration: OF_THREE, index: 1 }));
    expect(cluster.violation).toMatchObject({ invariant: 'I23', node: n2 });
  });

  test('[I23] a node that restarts without the configuration of its snapshot is rejected', () => {
    const cluster = ofThree();
    cluster.change(n1, [n2, n3, n4], OF_FOUR);
    cluster.replicate(n1, n2);
    cluster.snapshot(n2);
    cluster.sync(n2);
    cluster.crash(n2);
    cluster.boot(n2, (node) => (node.pinnedConfiguration = { configuration: OF_THREE, index: 0 }));
    expect(cluster.violation).toMatchObject({ invariant: 'I23', node: n2 });
  });

  test('[I23] a configuration that is compacted away, restarted with and installed elsewhere is accepted', () => {
    const cluster = ofThree();
    cluster.change(n1, [n2, n3, n4], OF_FOUR);
    cluster.write(n1, [n2, n3], A);
    cluster.snapshot(n1);
    cluster.sync(n1);
    cluster.replicate(n1, n4);
    cluster.restart(n4);
    expect(cluster.node(n4)).toMatchObject({ configuration: OF_FOUR, configurationIndex: 2, base: 3 });
    expect(cluster.end()).toBeNull();
  });
});

describe('[I24] OneReconfig', () => {
  test('[I24] a second change before the first is committed is rejected', () => {
    const cluster = ofThree();
    cluster.reconfigure(n1, OF_FOUR);
    cluster.reconfigure(n1, members([n1, n2, n3, n4, n5]));
    expect(cluster.violation).toMatchObject({ invariant: 'I24', node: n1 });
    expect(cluster.violation?.summary).toBe(
      'n1 changed the configuration of index 2 at index 3 before that was committed',
    );
    expect(cluster.violation?.witnesses).toMatchObject([
      { label: 'A', text: 'index 2: voters n1, n2, n3, n4' },
      { label: 'B', text: 'index 3 {term 1, configuration voters n1, n2, n3, n4, n5} at n1' },
    ]);
  });

  test('[I24] a change before anything of the own term is committed is rejected', () => {
    const cluster = ofThree();
    cluster.elect(n2, [n3], 2);
    cluster.reconfigure(n2, OF_FOUR);
    expect(cluster.violation).toMatchObject({ invariant: 'I24', node: n2 });
    expect(cluster.violation?.summary).toContain('before it had committed an entry of its term');
  });

  test.each([
    ['two voters more', members([n1, n2, n3, n4, n5])],
    ['a voter for another', members([n1, n2, n4])],
    ['no voters at all', members([])],
    ['a joint configuration of other voters', members([n1, n4, n5], { outgoing: [n1, n2] })],
  ])('[I24] %s at once is rejected', (_what, next) => {
    const cluster = ofThree();
    cluster.reconfigure(n1, next);
    expect(cluster.violation).toMatchObject({ invariant: 'I24', node: n1 });
    expect(cluster.violation?.summary).toContain('must not follow the one of index 0');
  });

  test.each([
    ['one voter more', members([n1, n2, n3, n4])],
    ['one voter less', members([n1, n2])],
    ['any number of learners', members([n1, n2, n3], { learners: [n4, n5] })],
    ['other voters altogether, jointly with the old ones', members([n4, n5], { outgoing: [n1, n2, n3] })],
  ])('[I24] %s is accepted', (_what, next) => {
    const cluster = ofThree();
    cluster.reconfigure(n1, next);
    expect(cluster.end()).toBeNull();
  });

  test('[I24] a joint configuration that is left before it is committed is rejected', () => {
    const cluster = ofThree();
    cluster.reconfigure(n1, members([n1, n4, n5], { outgoing: [n1, n2, n3] }));
    cluster.reconfigure(n1, members([n1, n4, n5]));
    expect(cluster.violation).toMatchObject({ invariant: 'I24', node: n1 });
    expect(cluster.violation?.summary).toContain('left the joint configuration of index 2');
  });

  test('[I24] a joint configuration that is left for other voters than its own is rejected', () => {
    const cluster = ofThree();
    cluster.change(n1, [n2, n4], members([n1, n4, n5], { outgoing: [n1, n2, n3] }));
    cluster.reconfigure(n1, members([n1, n4]));
    expect(cluster.violation).toMatchObject({ invariant: 'I24', node: n1 });
  });

  test('[I24] a change of all voters through a joint configuration is accepted', () => {
    const cluster = ofThree();
    cluster.change(n1, [n2, n4, n5], members([n1, n4, n5], { outgoing: [n1, n2, n3] }));
    cluster.change(n1, [n4], members([n1, n4, n5]));
    cluster.write(n1, [n5], A);
    for (const mark of ['joint-entered', 'joint-left', 'member-removed']) expect(cluster.marks.has(mark)).toBe(true);
    expect(cluster.end()).toBeNull();
  });

  test('[I24] a leader that commits the joint configuration and leaves it in the same event is accepted', () => {
    const cluster = ofThree();
    cluster.reconfigure(n1, members([n3, n4, n5], { outgoing: [n1, n2, n3] }));
    cluster.sync(n1);
    for (const node of [n2, n3, n4]) cluster.replicate(n1, node);
    const leave = members([n3, n4, n5]);
    cluster.step(n1, (node, out) => {
      node.commitIndex = 2;
      out.apply(2);
      const one = { ...node.entries[1]!, configuration: leave };
      out.persist({ kind: 'log', from: 3, entries: [one] });
      node.entries.push(one);
    });
    expect(cluster.end()).toBeNull();
  });
});

describe('[I25] QuorumsIntersect', () => {
  const only = { enabled: ['I25'] };

  test('[I25] two voters added at once can elect a leader without a majority of those before', () => {
    const cluster = ofThree(only);
    cluster.reconfigure(n1, members([n1, n2, n3, n4, n5]));
    expect(cluster.violation).toMatchObject({ invariant: 'I25', node: n1 });
    const [first, second] = cluster.violation!.quorums;
    expect(first!.nodes).toHaveLength(3);
    expect(second!.nodes).toHaveLength(2);
    expect(first!.nodes.filter((node) => second!.nodes.includes(node))).toEqual([]);
  });

  test('[I25] two changes one after the other, neither of them committed, are rejected, too', () => {
    const cluster = ofThree(only);
    cluster.reconfigure(n1, OF_FOUR);
    expect(cluster.violation).toBeNull();
    cluster.reconfigure(n1, members([n1, n2, n3, n4, n5]));
    expect(cluster.violation).toMatchObject({ invariant: 'I25', node: n1 });
  });

  /** Vanlightly's counterexample to the single-server changes of the dissertation, and its repair by a no-op. */
  function errata(commitsOwnTermFirst: boolean): FakeCluster {
    const cluster = new FakeCluster(5, { configuration: OF_FOUR, ...only });
    cluster.elect(n1, [n2, n3], 1);
    cluster.write(n1, [n2, n3, n4], null);
    cluster.reconfigure(n1, members([n1, n2, n3, n4, n5]));
    cluster.sync(n1);
    cluster.replicate(n1, n5);
    cluster.elect(n2, [n3, n4], 2);
    if (commitsOwnTermFirst) cluster.write(n2, [n3, n4], null);
    cluster.change(n2, [n3], members([n2, n3, n4]));
    return cluster;
  }

  test('[I25] changes of two leaders, the later of which has committed nothing in its term, are rejected', () => {
    const { violation } = errata(false);
    expect(violation).toMatchObject({ invariant: 'I25', node: n1 });
    expect(violation?.quorums.map(({ nodes }) => nodes)).toEqual([
      [n1, n4, n5],
      [n2, n3],
    ]);
  });

  test('[I25] with an entry of its term committed first, no node can be elected without it', () => {
    const cluster = errata(true);
    expect(cluster.node(n1).configuration.voters).toEqual([n1, n2, n3, n4, n5]);
    expect(cluster.end()).toBeNull();
  });

  test('[I25] a node that lags by several configurations is accepted, since no majority would elect it', () => {
    const cluster = new FakeCluster(5, { configuration: OF_THREE });
    cluster.elect(n1, [n2]);
    cluster.write(n1, [n2], null);
    cluster.change(n1, [n2], members([n1, n2]));
    cluster.change(n1, [n2, n4], members([n1, n2, n4]));
    cluster.change(n1, [n4], members([n1, n4]));
    cluster.change(n1, [n4, n5], members([n1, n4, n5]));
    expect(cluster.node(n3).configuration).toBe(OF_THREE);
    cluster.startDurableElection(n3);
    expect(cluster.marks.get('removed-node-campaigned')).toBe(1);
    expect(cluster.end()).toBeNull();
  });

  test('[I25] it is found when such a node starts an election and can win it', () => {
    const cluster = new FakeCluster(5, { configuration: OF_THREE, enabled: ['I25'] });
    cluster.elect(n1, [n2]);
    cluster.write(n1, [n2, n3], null);
    cluster.change(n1, [n4], members([n1, n4, n5]));
    expect(cluster.violation).toMatchObject({ invariant: 'I25' });
  });

  test('[I25] joint configurations intersect those on either side, however different', () => {
    const cluster = ofThree();
    cluster.change(n1, [n2, n4, n5], members([n4, n5], { outgoing: [n1, n2, n3] }));
    cluster.change(n1, [n4, n5], members([n4, n5]));
    cluster.elect(n4, [n5], 2);
    expect(cluster.end()).toBeNull();
  });
});

describe('[I26] OnlyVotersCount', () => {
  const WITH_LEARNERS = members([n1, n2, n3], { learners: [n4, n5] });

  function withLearners(options: FakeClusterOptions = {}): FakeCluster {
    const cluster = ofThree({ configuration: WITH_LEARNERS, ...options });
    for (const node of [n4, n5]) cluster.replicate(n1, node);
    return cluster;
  }

  test('[I26] a leader that is elected by a learner is rejected', () => {
    const cluster = withLearners();
    cluster.elect(n2, [n4], 2);
    expect(cluster.violation).toMatchObject({ invariant: 'I26', node: n2, quorums: [{ nodes: [n2, n4] }] });
    expect(cluster.violation?.summary).toContain('only by the vote of n4, no voter');
  });

  test('[I26] a learner may vote, as long as it is not needed', () => {
    const cluster = withLearners();
    cluster.elect(n2, [n3, n4], 2);
    expect(cluster.marks.get('non-voter-voted')).toBe(1);
    expect(cluster.end()).toBeNull();
  });

  test('[I26] a commit that counts a learner is rejected', () => {
    const cluster = withLearners();
    cluster.write(n1, [n4, n5], A);
    expect(cluster.violation).toMatchObject({ invariant: 'I26', node: n1, quorums: [{ nodes: [n1, n4, n5] }] });
    expect(cluster.violation?.summary).toContain('only together with n4 and n5, no voter of its configuration');
  });

  test('[I26] a commit that does not count the learners that have it is accepted', () => {
    const cluster = withLearners();
    cluster.write(n1, [n2, n4, n5], A);
    expect(cluster.end()).toBeNull();
  });

  test('[I26] a leader that counts itself for the commit of its own removal is rejected', () => {
    const cluster = ofThree();
    cluster.change(n1, [n2], members([n2, n3]));
    expect(cluster.violation).toMatchObject({ invariant: 'I26', node: n1, quorums: [{ nodes: [n1, n2] }] });
  });

  test('[I26] a leader that commits its own removal with the others, and steps down at once, is accepted', () => {
    const cluster = ofThree();
    cluster.reconfigure(n1, members([n2, n3]));
    cluster.sync(n1);
    for (const node of [n2, n3]) cluster.replicate(n1, node);
    cluster.step(n1, (node, out) => {
      node.commitIndex = 2;
      out.apply(2);
      node.role = 0;
    });
    expect(cluster.marks.get('leader-removed')).toBe(1);
    expect(cluster.marks.has('quorum-lost')).toBe(false);
    cluster.elect(n2, [n3], 2);
    expect(cluster.end()).toBeNull();
  });

  test('[I14] a node that no longer leads, and commits what no other node has, is still rejected', () => {
    const cluster = ofThree();
    cluster.append(n1, A);
    cluster.sync(n1);
    cluster.replicate(n1, n2);
    cluster.enterTerm(n1, 2);
    cluster.commit(n1, 2);
    expect(cluster.violation).toMatchObject({ invariant: 'I14', node: n1 });
  });

  test('[I26] a vote that was counted twice is rejected, and two votes of which one arrived twice are accepted', () => {
    const twice = (voters: readonly number[]): FakeCluster => {
      const cluster = new FakeCluster(5);
      cluster.startDurableElection(n1);
      for (const voter of voters) {
        cluster.vote(voter, n1);
        for (let times = 0; times < 2; times++)
          cluster.checks.delivered(voter, n1, cluster.sentMessages.at(-1)!.message);
      }
      cluster.lead(n1);
      return cluster;
    };
    const { violation } = twice([n2]);
    expect(violation).toMatchObject({ invariant: 'I26', node: n1, quorums: [{ nodes: [n1, n2] }] });
    expect(violation?.summary).toBe('n1 leads term 1 with the votes of n1 and n2 alone, one of which arrived twice');
    expect(twice([n2, n3]).end()).toBeNull();
  });

  test('[I26] a learner, a non-member and a removed node that start elections are rejected', () => {
    const learner = withLearners();
    learner.startDurableElection(n4);
    expect(learner.violation).toMatchObject({ invariant: 'I26', node: n4 });
    const stranger = ofThree();
    stranger.requestPreVotes(n5);
    expect(stranger.violation).toMatchObject({ invariant: 'I26', node: n5 });
    const removed = ofThree();
    removed.change(n1, [n2, n3], members([n1, n2]));
    removed.replicate(n1, n3);
    removed.startDurableElection(n3);
    expect(removed.violation).toMatchObject({ invariant: 'I26', node: n3 });
  });

  test('[I26] a node whose removal it does not know to be committed may start an election', () => {
    const cluster = ofThree();
    cluster.reconfigure(n1, members([n1, n2]));
    cluster.sync(n1);
    cluster.replicate(n1, n3);
    expect(cluster.node(n3).configuration.voters).toEqual([n1, n2]);
    cluster.elect(n3, [n1, n2], 2);
    expect(cluster.end()).toBeNull();
  });
});

describe('quorums', () => {
  const JOINT = members([n1, n4, n5], { outgoing: [n1, n2, n3] });

  /** n1 leads under a joint configuration that all nodes have. */
  function inJoint(): FakeCluster {
    const cluster = ofThree();
    cluster.change(n1, [n2, n3, n4, n5], JOINT);
    return cluster;
  }

  test('[I14] a majority of the union is not enough while joint', () => {
    const cluster = inJoint();
    cluster.write(n1, [n4, n5], A);
    expect(cluster.violation).toMatchObject({ invariant: 'I14', node: n1 });
    expect(cluster.violation?.summary).toContain('joint voters');
  });

  test('[I14] both majorities are enough while joint', () => {
    const cluster = inJoint();
    cluster.write(n1, [n2, n4], A);
    expect(cluster.end()).toBeNull();
  });

  test('[I19] a leader that only one of the two majorities has elected is rejected', () => {
    const cluster = inJoint();
    for (const node of [n2, n3, n4, n5]) cluster.replicate(n1, node);
    for (const node of [n1, n3, n5]) cluster.enterTerm(node, 2);
    cluster.elect(n4, [n1, n5], 3);
    expect(cluster.violation).toMatchObject({ invariant: 'I19', node: n4 });
  });

  test('[I19] a leader that both majorities have elected is accepted', () => {
    const cluster = inJoint();
    cluster.elect(n4, [n1, n2], 2);
    expect(cluster.marks.get('elected-in-joint')).toBe(1);
    expect(cluster.node(n4).role).toBe(LEADER);
    expect(cluster.end()).toBeNull();
  });

  test('[I14] what an old configuration has committed need not be on a majority of the next', () => {
    const cluster = new FakeCluster(5, { configuration: members([n1]) });
    cluster.elect(n1, []);
    cluster.write(n1, [], A);
    cluster.change(n1, [n2], members([n1, n2]));
    expect(cluster.end()).toBeNull();
  });

  test('[I11, I12] a node that was removed, lost its log and joins again starts over', () => {
    const cluster = ofThree();
    for (const node of [n2, n3]) cluster.replicate(n1, node);
    cluster.change(n1, [n2], members([n1, n2]));
    cluster.step(n1, (node) => (node.matchIndex[n3] = 0));
    expect(cluster.end()).toBeNull();
  });

  test('nodes that are no members do not matter for convergence', () => {
    const cluster = ofThree();
    for (const node of [n2, n3]) cluster.replicate(n1, node);
    expect(cluster.checks.converged()).toBe(true);
    cluster.reconfigure(n1, members([n1, n2, n3], { learners: [n4] }));
    cluster.sync(n1);
    for (const node of [n2, n3]) cluster.replicate(n1, node);
    cluster.commit(n1, 2);
    for (const node of [n2, n3]) cluster.replicate(n1, node);
    expect(cluster.checks.converged()).toBe(false);
    cluster.replicate(n1, n4);
    expect(cluster.checks.converged()).toBe(true);
  });
});
