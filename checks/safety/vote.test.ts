import { describe, expect, test } from 'vitest';
import type { Configuration } from '../../core/messages.ts';
import {
  entry,
  FakeCluster,
  type FakeClusterOptions,
  members,
  n1,
  n2,
  n3,
  n4,
  n5,
  request,
} from '../testing/fake-cluster.ts';

const A = request(1, 1);

describe('[I17] CandidateTermFresh', () => {
  const only: FakeClusterOptions = { enabled: ['I17'] };

  test('[I17] a candidate that receives the votes of a quorum in a term that has had a leader is rejected', () => {
    const cluster = new FakeCluster(3, only);
    cluster.elect(n1, [n2], 1);
    cluster.startDurableElection(n3, 1);
    expect(cluster.violation).toBeNull();
    cluster.vote(n2, n3);
    expect(cluster.violation).toMatchObject({ invariant: 'I17', node: n3 });
    expect(cluster.violation?.summary).toBe('n3 has the votes of a quorum in term 1, which already has a leader');
    expect(cluster.violation?.quorums.map(({ nodes }) => nodes)).toEqual([
      [n2, n3],
      [n1, n2],
    ]);
  });

  test('[I17] so is one whose term already has an entry', () => {
    const cluster = new FakeCluster(3, only);
    cluster.enterTerm(n2, 1);
    cluster.append(n2, A);
    cluster.startDurableElection(n1, 1);
    cluster.vote(n3, n1);
    expect(cluster.violation).toMatchObject({ invariant: 'I17', node: n1, witnesses: [{ node: n2 }, { node: n1 }] });
    expect(cluster.violation?.summary).toContain('already has an entry');
  });

  test('[I17] the double vote that causes it breaks first', () => {
    const cluster = new FakeCluster(3);
    cluster.elect(n1, [n2], 1);
    cluster.startDurableElection(n3, 1);
    cluster.vote(n2, n3);
    expect(cluster.violation?.invariant).toBe('I8');
  });

  test('[I17] a candidate of a fresh term, and one that receives too few votes in another one, are accepted', () => {
    const cluster = new FakeCluster(5);
    cluster.elect(n1, [n2, n3], 1);
    cluster.write(n1, [n2, n3], A);
    cluster.startDurableElection(n5, 1);
    cluster.vote(n4, n5);
    cluster.elect(n2, [n3, n4], 2);
    expect(cluster.end()).toBeNull();
  });

  test('[I17] votes that arrive after the election are votes for the leader', () => {
    const cluster = new FakeCluster(3);
    cluster.elect(n1, [n2], 1);
    cluster.append(n1, A);
    cluster.vote(n3, n1);
    expect(cluster.end()).toBeNull();
  });

  test('[I17] the votes of learners do not make a quorum', () => {
    const cluster = new FakeCluster(5, { configuration: members([n1, n2, n3], { learners: [n4, n5] }) });
    cluster.startDurableElection(n3, 1);
    cluster.vote(n4, n3);
    cluster.vote(n5, n3);
    cluster.elect(n1, [n2], 1);
    expect(cluster.end()).toBeNull();
  });
});

describe('[I34] IdentityFresh', () => {
  /** The disk of n3, which held the first entry, was wiped. */
  function wiped(options: FakeClusterOptions = {}): FakeCluster {
    const cluster = new FakeCluster(3, options);
    cluster.elect(n1, [n2]);
    cluster.write(n1, [n2, n3], A);
    cluster.crash(n3);
    cluster.wipe(n3);
    cluster.boot(n3);
    return cluster;
  }

  test('[I34] a node whose disk was wiped and that votes again is rejected', () => {
    const cluster = wiped();
    expect(cluster.violation).toBeNull();
    cluster.startDurableElection(n2);
    cluster.vote(n3, n2);
    expect(cluster.violation).toMatchObject({ invariant: 'I34', node: n3 });
    expect(cluster.violation?.summary).toBe(
      'n3 votes for n2 in term 2, but its disk has lost what it held: it may have voted or acknowledged otherwise before',
    );
    expect(cluster.violation?.witnesses).toMatchObject([
      { label: 'A', node: n3, text: 'the disk of n3 lost what it held' },
      { label: 'B', node: n3, text: 'n3 votes for n2 in term 2' },
    ]);
  });

  test('[I34] so is one that becomes candidate, and thereby votes for itself', () => {
    const cluster = wiped();
    cluster.startDurableElection(n3);
    expect(cluster.violation).toMatchObject({ invariant: 'I34', node: n3 });
  });

  test('[I34] so is one that acknowledges entries', () => {
    const cluster = wiped();
    cluster.accept(n3, cluster.offer(n1, n3, 0));
    expect(cluster.violation).toBeNull();
    cluster.sync(n3);
    expect(cluster.violation).toMatchObject({ invariant: 'I34', node: n3 });
    expect(cluster.violation?.summary).toContain('acknowledges index 1');
  });

  test('[I34] so is one that acknowledges a snapshot', () => {
    const cluster = wiped();
    cluster.snapshot(n1);
    cluster.sync(n1);
    cluster.install(n3, cluster.offerSnapshot(n1, n3));
    cluster.sync(n3);
    expect(cluster.violation).toMatchObject({ invariant: 'I34', node: n3 });
  });

  test('[I34] one that restarts and only denies votes and rejects entries is accepted', () => {
    const cluster = wiped();
    cluster.startDurableElection(n2);
    cluster.deny(n3, n2);
    expect(cluster.end()).toBeNull();
  });

  test('[I34] a node that was wiped before it had ever taken part is accepted', () => {
    const cluster = new FakeCluster(3);
    cluster.crash(n3);
    cluster.wipe(n3);
    cluster.boot(n3);
    cluster.elect(n1, [n3]);
    cluster.write(n1, [n3], A);
    expect(cluster.end()).toBeNull();
  });

  test('[I34] a node that crashed and kept its disk is accepted', () => {
    const cluster = new FakeCluster(3);
    cluster.elect(n1, [n2]);
    cluster.write(n1, [n2, n3], A);
    cluster.restart(n3);
    cluster.elect(n2, [n3]);
    expect(cluster.end()).toBeNull();
  });
});

describe('[I34] IdentityFresh, of nodes that were removed', () => {
  const FIVE = members([n1, n2, n3, n4, n5]);
  const FOUR = members([n1, n2, n4, n5]);
  const LEARNING = members([n1, n2, n4, n5], { learners: [n3] });

  /** n1 leads term 1 of five nodes; n3 has voted for it and has two entries, and is then removed. */
  function removing(isCommitted: boolean): FakeCluster {
    const cluster = new FakeCluster(5);
    cluster.elect(n1, [n2, n3]);
    cluster.write(n1, [n2, n3], null, A);
    if (isCommitted) cluster.change(n1, [n2, n4], FOUR);
    else cluster.reconfigure(n1, FOUR);
    return cluster;
  }

  function wipe(cluster: FakeCluster): void {
    cluster.crash(n3);
    cluster.wipe(n3);
    cluster.boot(n3);
  }

  /** n1 appends a configuration with n3 and begins its progress anew. */
  function addAgain(cluster: FakeCluster, configuration: Configuration): void {
    cluster.step(n1, (node, out) => {
      const one = entry(node.term, null, configuration);
      out.persist({ kind: 'log', from: node.log.lastIndex + 1, entries: [one] });
      node.entries.push(one);
      node.matchIndex[n3] = 0;
    });
    cluster.sync(n1);
    for (const follower of [n2, n4]) cluster.replicate(n1, follower);
    cluster.commit(n1, cluster.node(n1).log.lastIndex);
  }

  test.each([
    ['a learner', LEARNING],
    ['a voter', FIVE],
  ])(
    '[I34] one whose removal is committed may come back with an empty disk as %s, acknowledge and vote',
    (_as, next) => {
      const cluster = removing(true);
      wipe(cluster);
      addAgain(cluster, next);
      cluster.replicate(n1, n3);
      if (next === LEARNING) {
        cluster.change(n1, [n2, n3, n4], FIVE);
      }
      cluster.elect(n2, [n3, n4], 2);
      expect(cluster.end()).toBeNull();
    },
  );

  test('[I34] so may one whose removal is committed after its disk was wiped, before it takes part again', () => {
    const cluster = removing(false);
    wipe(cluster);
    cluster.sync(n1);
    for (const follower of [n2, n4]) cluster.replicate(n1, follower);
    cluster.commit(n1, 3);
    addAgain(cluster, LEARNING);
    cluster.replicate(n1, n3);
    expect(cluster.end()).toBeNull();
  });

  test('[I34] one whose removal is only appended must not acknowledge', () => {
    const cluster = removing(false);
    wipe(cluster);
    cluster.accept(n3, cluster.offer(n1, n3, 0));
    cluster.sync(n3);
    expect(cluster.violation).toMatchObject({ invariant: 'I34', node: n3 });
    expect(cluster.violation?.summary).toContain('n3 acknowledges index 3 in term 1');
  });

  test('[I34] one whose removal is only appended must not vote', () => {
    const cluster = removing(false);
    wipe(cluster);
    cluster.startDurableElection(n2, 2);
    cluster.vote(n3, n2);
    expect(cluster.violation).toMatchObject({ invariant: 'I34', node: n3 });
  });

  test('[I34] one that was added again, and is wiped again as a voter, must not vote', () => {
    const cluster = removing(true);
    wipe(cluster);
    addAgain(cluster, FIVE);
    cluster.replicate(n1, n3);
    wipe(cluster);
    cluster.startDurableElection(n2, 2);
    cluster.vote(n3, n2);
    expect(cluster.violation).toMatchObject({ invariant: 'I34', node: n3 });
  });

  test('[I34] one that is a voter of a leader, though that is not committed, must not acknowledge once it is wiped', () => {
    const cluster = removing(true);
    cluster.step(n1, (node) => (node.matchIndex[n3] = 0));
    cluster.reconfigure(n1, FIVE);
    cluster.sync(n1);
    cluster.replicate(n1, n3);
    wipe(cluster);
    cluster.accept(n3, cluster.offer(n1, n3, 0));
    cluster.sync(n3);
    expect(cluster.violation).toMatchObject({ invariant: 'I34', node: n3 });
  });

  // Reported: the isolated leader of term 1 still runs, and has it among its voters.
  test('[I34] one whose removal a later leader has committed may come back while the earlier leader is not deposed yet', () => {
    const cluster = new FakeCluster(5);
    cluster.elect(n5, [n1, n2, n3]);
    cluster.write(n5, [n1, n2, n3, n4], null);
    cluster.elect(n1, [n2, n4], 2);
    cluster.write(n1, [n2, n3, n4], null);
    cluster.change(n1, [n2, n4], FOUR);
    wipe(cluster);
    addAgain(cluster, FIVE);
    expect(cluster.violation).toBeNull();
    cluster.replicate(n1, n3);
    expect(cluster.violation).toBeNull();
  });

  test('[I34] a removed node that votes a second time in one term is rejected as I34, not as I8', () => {
    const cluster = removing(true);
    wipe(cluster);
    cluster.startDurableElection(n5, 1);
    cluster.vote(n3, n5);
    expect(cluster.violation).toMatchObject({ invariant: 'I34', node: n3 });
    expect(cluster.violation?.summary).toContain('n3 votes a second time in term 1');
    expect(cluster.violation?.witnesses[0]).toMatchObject({ node: n3, text: 'the disk of n3 lost what it held' });
  });

  test('[I34] so is a voter that was wiped', () => {
    const cluster = new FakeCluster(3);
    cluster.elect(n1, [n3]);
    wipe(cluster);
    cluster.startDurableElection(n2, 1);
    cluster.vote(n3, n2);
    expect(cluster.violation).toMatchObject({ invariant: 'I34', node: n3 });
  });

  test('[I34] a removed node that votes for the same candidate again, or in another term, is accepted', () => {
    const cluster = removing(true);
    wipe(cluster);
    cluster.vote(n3, n1);
    cluster.startDurableElection(n2, 2);
    cluster.vote(n3, n2);
    expect(cluster.end()).toBeNull();
  });

  test('[I8] a second vote in one term by a node that was wiped before the first is rejected as I8', () => {
    const cluster = removing(true);
    wipe(cluster);
    cluster.startDurableElection(n2, 2);
    cluster.vote(n3, n2);
    cluster.startDurableElection(n4, 2);
    cluster.vote(n3, n4);
    expect(cluster.violation).toMatchObject({ invariant: 'I8', node: n3 });
  });
});

describe('[I34] IdentityFresh, of learners', () => {
  const LEARNING = members([n1, n2], { learners: [n3] });

  /** n1 leads term 1 with n2; the learner n3 has acknowledged two entries and has then lost its disk. */
  function wipedLearner(): FakeCluster {
    const cluster = new FakeCluster(3, { configuration: LEARNING });
    cluster.elect(n1, [n2]);
    cluster.write(n1, [n2, n3], null, A);
    cluster.crash(n3);
    cluster.wipe(n3);
    cluster.boot(n3);
    return cluster;
  }

  test('[I34] one that lost its disk may acknowledge again: it counts for no quorum', () => {
    const cluster = wipedLearner();
    cluster.accept(n3, cluster.offer(n1, n3, 0));
    cluster.sync(n3);
    cluster.write(n1, [n2, n3], A);
    expect(cluster.end()).toBeNull();
  });

  test('[I34] one that has caught up again may become a voter', () => {
    const cluster = wipedLearner();
    cluster.replicate(n1, n3);
    cluster.change(n1, [n2, n3], members([n1, n2, n3]));
    cluster.write(n1, [n3], A);
    cluster.replicate(n1, n2);
    cluster.elect(n2, [n3], 2);
    expect(cluster.end()).toBeNull();
  });
});

describe('[I34] IdentityFresh, of leaders that count what is lost', () => {
  /** n3 has acknowledged the second entry, which n2 lacks, and has then lost its disk. */
  function counted(options: FakeClusterOptions = {}): FakeCluster {
    const cluster = new FakeCluster(3, options);
    cluster.elect(n1, [n2]);
    cluster.write(n1, [n2, n3], null);
    cluster.append(n1, A);
    cluster.sync(n1);
    cluster.replicate(n1, n3);
    cluster.crash(n3);
    cluster.wipe(n3);
    return cluster;
  }

  test('[I34] a commit that counts a voter that was wiped is its fault', () => {
    const cluster = counted();
    cluster.commit(n1, 2);
    expect(cluster.violation).toMatchObject({ invariant: 'I34', node: n3 });
    expect(cluster.violation?.summary).toBe('n1 committed index 2 by counting n3, which has lost it with its disk');
    expect(cluster.violation?.witnesses).toMatchObject([
      { label: 'A', node: n3, text: 'the disk of n3 lost what it held' },
      { label: 'B', node: n1, text: 'matchIndex 2 for n3' },
    ]);
  });

  test('[I34] one that another majority has on disk is accepted', () => {
    const cluster = counted();
    cluster.replicate(n1, n2);
    cluster.commit(n1, 2);
    expect(cluster.end()).toBeNull();
  });

  test('[I14] one that the wiped voter has never acknowledged is the fault of the leader', () => {
    const cluster = counted();
    cluster.append(n1, A);
    cluster.sync(n1);
    cluster.commit(n1, 3);
    expect(cluster.violation).toMatchObject({ invariant: 'I14', node: n1 });
  });

  test('[I34] a learner that is wiped, and made a voter with what it had acknowledged, is counted all the same', () => {
    const cluster = new FakeCluster(3, { configuration: members([n1, n2], { learners: [n3] }) });
    cluster.elect(n1, [n2]);
    cluster.write(n1, [n2, n3], null);
    cluster.append(n1, A);
    cluster.sync(n1);
    cluster.replicate(n1, n3);
    cluster.crash(n3);
    cluster.wipe(n3);
    cluster.boot(n3);
    cluster.reconfigure(n1, members([n1, n2, n3]));
    cluster.sync(n1);
    cluster.commit(n1, 2);
    expect(cluster.violation).toMatchObject({ invariant: 'I34', node: n3 });
  });
});
