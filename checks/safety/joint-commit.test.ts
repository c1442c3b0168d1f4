import { describe, expect, test } from 'vitest';
import type { Configuration } from '../../core/messages.ts';
import { FOLLOWER, LEADER } from '../../core/view.ts';
import { entry, FakeCluster, members, n1, n2, n3, n4, n5, request } from '../testing/fake-cluster.ts';

const A = request(1, 1);
const JOINT = members([n1, n4, n5], { outgoing: [n1, n2, n3] });
const AFTER = members([n1, n4, n5]);

/** n1 leads these voters and has committed a no-op, then appended the next configuration, which these followers have. */
function changing(
  next: Configuration,
  followers: readonly number[],
  before: Configuration = members([n1, n2, n3]),
): FakeCluster {
  const cluster = new FakeCluster(5, { configuration: before });
  const others = before.voters.filter((node) => node !== n1);
  cluster.elect(n1, others);
  cluster.write(n1, others, null);
  cluster.reconfigure(n1, next);
  cluster.sync(n1);
  for (const follower of followers) cluster.replicate(n1, follower);
  return cluster;
}

/** n1 commits up to index 2, and appends this configuration in the same event. */
function commitAndAppend(cluster: FakeCluster, next: Configuration): void {
  cluster.step(n1, (node, out) => {
    node.commitIndex = 2;
    out.apply(2);
    const one = entry(node.term, null, next);
    out.persist({ kind: 'log', from: 3, entries: [one] });
    node.entries.push(one);
  });
}

describe('[I14] CommitRule, of a joint configuration', () => {
  test.each([
    ['the new voters alone', [n4]],
    ['the old voters alone', [n2]],
    ['all new voters and no old one but the leader', [n4, n5]],
    ['all old voters and no new one but the leader', [n2, n3]],
    ['the leader alone', []],
  ])('[I14] one that %s have on disk is not committed', (_who, followers) => {
    const cluster = changing(JOINT, followers);
    expect(cluster.violation).toBeNull();
    cluster.commit(n1, 2);
    expect(cluster.violation).toMatchObject({ invariant: 'I14', node: n1, event: cluster.event });
    expect(cluster.violation?.quorums[0]!.nodes).toEqual([n1, ...followers]);
  });

  test.each([
    ['one of the old and one of the new', [n2, n4]],
    ['all', [n2, n3, n4, n5]],
  ])('[I14] one that a majority of both has on disk is committed: %s', (_who, followers) => {
    const cluster = changing(JOINT, followers);
    cluster.commit(n1, 2);
    expect(cluster.end()).toBeNull();
  });

  test('[I14] what follows it counts by both majorities, until it is left', () => {
    for (const followers of [[n2], [n4]]) {
      const cluster = changing(JOINT, [n2, n4]);
      cluster.commit(n1, 2);
      cluster.write(n1, followers, A);
      expect(cluster.violation).toMatchObject({ invariant: 'I14', node: n1 });
    }
    const cluster = changing(JOINT, [n2, n4]);
    cluster.commit(n1, 2);
    cluster.change(n1, [n4], AFTER);
    cluster.write(n1, [n5], A);
    expect(cluster.end()).toBeNull();
  });

  test('[I14] a leader that leaves it in the event in which it commits it counts by both majorities', () => {
    const half = changing(JOINT, [n4, n5]);
    commitAndAppend(half, AFTER);
    expect(half.violation).toMatchObject({ invariant: 'I14', node: n1, event: half.event });
    const both = changing(JOINT, [n2, n4]);
    commitAndAppend(both, AFTER);
    expect(both.end()).toBeNull();
  });

  test('[I14] a configuration that comes into force with its commit counts, too', () => {
    const inForceWithCommit = (followers: readonly number[]): FakeCluster => {
      const cluster = new FakeCluster(5, { configuration: members([n1, n2, n3]), enabled: ['I14'] });
      cluster.elect(n1, [n2, n3]);
      cluster.write(n1, [n2, n3], null);
      const { configuration } = cluster.node(n1);
      cluster.step(n1, (node) => (node.pinnedConfiguration = { configuration, index: 0 }));
      cluster.reconfigure(n1, JOINT);
      cluster.sync(n1);
      for (const follower of followers) cluster.replicate(n1, follower);
      cluster.step(n1, (node, out) => {
        node.pinnedConfiguration = null;
        node.commitIndex = 2;
        out.apply(2);
      });
      return cluster;
    };
    expect(inForceWithCommit([n2]).violation).toMatchObject({ invariant: 'I14', node: n1 });
    expect(inForceWithCommit([n2, n4]).violation).toBeNull();
  });

  test('[I14] a leader that is in the old half alone needs both majorities', () => {
    const next = members([n4, n5], { outgoing: [n1, n2, n3] });
    const half = changing(next, [n4, n5]);
    half.commit(n1, 2);
    expect(half.violation).toMatchObject({ invariant: 'I14', node: n1 });
    const both = changing(next, [n2, n4, n5]);
    both.commit(n1, 2);
    expect(both.end()).toBeNull();
  });

  // Reported as I26: nodes with the entry that are no voters of the configuration that the leader has appended in the event.
  test.each([
    ['the old voters have it', JOINT, AFTER, [n2, n3]],
    ['the leader is no new voter', members([n4, n5], { outgoing: [n1, n2, n3] }), members([n4, n5]), [n4, n5]],
  ])(
    '[I14] so does one that leaves it in the event in which it commits it, where %s',
    (_what, joint, after, holders) => {
      const cluster = changing(joint, holders);
      commitAndAppend(cluster, after);
      expect(cluster.violation).toMatchObject({ invariant: 'I14', node: n1 });
    },
  );

  // The text says "on only 2 of 3 voters": those of the configuration that the leader has appended in the event.
  test('[I14] the text names the configuration that lacks a majority', () => {
    const cluster = changing(JOINT, [n4]);
    commitAndAppend(cluster, AFTER);
    expect(cluster.violation?.summary).toBe('n1 committed index 2, which is durable on only 2 of joint voters');
  });
});

describe('[I14] CommitRule, of a change by one voter', () => {
  test('[I14] a voter more counts for the entry that adds it', () => {
    const next = members([n1, n2, n3, n4]);
    const few = changing(next, [n2]);
    few.commit(n1, 2);
    expect(few.violation).toMatchObject({ invariant: 'I14', node: n1 });
    expect(few.violation?.summary).toBe('n1 committed index 2, which is durable on only 2 of 4 voters');
    const enough = changing(next, [n2, n4]);
    enough.commit(n1, 2);
    expect(enough.end()).toBeNull();
  });

  test('[I14] a voter less does not count for the entry that removes it', () => {
    const before = members([n1, n2, n3, n4]);
    const next = members([n1, n2, n3]);
    const removed = changing(next, [n4], before);
    removed.commit(n1, 2);
    // A majority only together with a node that is no voter any more.
    expect(removed.violation).toMatchObject({ invariant: 'I26', node: n1 });
    const rest = changing(next, [n2], before);
    rest.commit(n1, 2);
    expect(rest.end()).toBeNull();
  });

  test('[I14] the last voter but one is removed by the entry that the other has on disk', () => {
    const cluster = changing(members([n1]), [], members([n1, n2]));
    cluster.commit(n1, 2);
    expect(cluster.end()).toBeNull();
  });

  test('[I14] an entry before the change counts by the voters until then', () => {
    // n1 alone has index 1 on its disk, and appends that it is the only voter in the event in which it commits that.
    const cluster = new FakeCluster(2);
    cluster.elect(n1, [n2]);
    cluster.append(n1, null);
    cluster.sync(n1);
    cluster.step(n1, (node, out) => {
      node.commitIndex = 1;
      out.apply(1);
      const one = entry(1, null, members([n1]));
      out.persist({ kind: 'log', from: 2, entries: [one] });
      node.entries.push(one);
    });
    expect(cluster.violation).toMatchObject({ invariant: 'I14', node: n1 });
  });

  test('[I14] so it does where a majority of them has it, although the next voters do not', () => {
    const cluster = new FakeCluster(5, { configuration: members([n1, n2, n3]) });
    cluster.elect(n1, [n2]);
    cluster.append(n1, null, A);
    cluster.sync(n1);
    cluster.replicate(n1, n2);
    commitAndAppend(cluster, members([n1, n2, n3, n4]));
    expect(cluster.end()).toBeNull();
  });
});

describe('[I14] CommitRule, of the removal of the leader', () => {
  const next = members([n2, n3]);

  test('[I14] a leader that commits its own removal, and steps down in the same event, needs the voters that are left', () => {
    const cluster = changing(next, [n2, n3]);
    cluster.step(n1, (node, out) => {
      node.commitIndex = 2;
      out.apply(2);
      node.role = FOLLOWER;
    });
    expect(cluster.end()).toBeNull();
  });

  test('[I26] it must not count itself', () => {
    for (const role of [FOLLOWER, LEADER] as const) {
      const cluster = changing(next, [n2]);
      cluster.step(n1, (node, out) => {
        node.commitIndex = 2;
        out.apply(2);
        node.role = role;
      });
      expect(cluster.violation).toMatchObject({ invariant: 'I26', node: n1 });
    }
  });

  test('[I14] one that is removed jointly needs a majority of both', () => {
    const joint = members([n2, n3, n4], { outgoing: [n1, n2, n3] });
    const cluster = changing(joint, [n2, n3]);
    cluster.commit(n1, 2);
    cluster.change(n1, [n2, n4], members([n2, n3, n4]));
    expect(cluster.end()).toBeNull();
    const half = changing(joint, [n4]);
    half.commit(n1, 2);
    expect(half.violation).toMatchObject({ node: n1 });
  });
});
