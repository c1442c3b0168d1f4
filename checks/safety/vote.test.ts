import { describe, expect, test } from 'vitest';
import { FakeCluster, type FakeClusterOptions, members, n1, n2, n3, n4, n5, request } from '../testing/fake-cluster.ts';

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
      'n3 votes for n2 in term 2, but its disk was wiped: it may have voted or acknowledged otherwise before',
    );
    expect(cluster.violation?.witnesses).toMatchObject([
      { label: 'A', node: n3, text: 'the disk of n3 was wiped' },
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
