import { describe, expect, test } from 'vitest';
import { FakeCluster, n1, n2, n3, n4, n5, request } from '../testing/fake-cluster.ts';

const A = request(1, 1);
const B = request(2, 1);

/** n1 leads term 1 with three entries; n2 has acknowledged all of them. */
function replicated(options: { enabled?: readonly string[] } = {}): FakeCluster {
  const cluster = new FakeCluster(3, options);
  cluster.elect(n1, [n2]);
  cluster.append(n1, null, A, B);
  cluster.sync(n1);
  cluster.replicate(n1, n2);
  return cluster;
}

describe('[I11] MatchMonotonic', () => {
  test('[I11] a matchIndex that goes back during a leadership is rejected', () => {
    const cluster = replicated();
    cluster.step(n1, (node) => (node.matchIndex[n2] = 2));
    expect(cluster.violation).toMatchObject({ invariant: 'I11', node: n1 });
    expect(cluster.violation?.summary).toBe('the matchIndex that n1 keeps for n2 went from 3 back to 2');
  });

  test('[I11] a matchIndex beyond the log of the leader is rejected', () => {
    const cluster = replicated();
    cluster.step(n1, (node) => (node.matchIndex[n2] = 4));
    expect(cluster.violation).toMatchObject({ invariant: 'I11', node: n1 });
    expect(cluster.violation?.summary).toBe('n1 keeps matchIndex 4 for n2, but its own log ends at 3');
  });

  test('[I11] a matchIndex that starts again from 0 in a new leadership is accepted', () => {
    const cluster = replicated();
    cluster.enterTerm(n1, 2);
    cluster.elect(n1, [n3], 3);
    expect(cluster.node(n1).matchIndex).toEqual([3, 0, 0]);
    cluster.replicate(n1, n2, 1);
    expect(cluster.end()).toBeNull();
  });

  test('[I11] a stale acknowledgement changes nothing', () => {
    const cluster = replicated();
    const short = cluster.accept(n2, cluster.offer(n1, n2, 0, 1));
    cluster.append(n1, A);
    cluster.replicate(n1, n2);
    cluster.count(n1, n2, short);
    expect(cluster.node(n1).matchIndex[n2]).toBe(4);
    cluster.sync(n1);
    expect(cluster.end()).toBeNull();
  });
});

describe('[I12] MatchValid', () => {
  test('[I12] a matchIndex beyond what is durable at the follower is rejected', () => {
    const cluster = replicated();
    cluster.accept(n3, cluster.offer(n1, n3, 0));
    cluster.step(n1, (node) => Object.assign(node.matchIndex, { [n3]: 3 }));
    expect(cluster.violation).toMatchObject({ invariant: 'I12', node: n1, agreement: 0 });
    expect(cluster.violation?.witnesses).toMatchObject([
      { label: 'A', node: n1, text: 'matchIndex 3 for n3' },
      { label: 'B', node: n3, text: 'durable log ends in the empty log' },
    ]);
  });

  test('[I12] a matchIndex at which the durable log of the follower has another entry is rejected', () => {
    const cluster = new FakeCluster(3, { logs: [[1], [1, 2], [1]], terms: [3, 3, 3] });
    cluster.elect(n1, [n2], 4);
    cluster.append(n1, A);
    cluster.step(n1, (node) => (node.matchIndex[n2] = 2));
    expect(cluster.violation).toMatchObject({ invariant: 'I12', node: n1, agreement: 1 });
  });

  test("[I12] a leader's matchIndex for itself matters only when it commits", () => {
    const cluster = new FakeCluster(3);
    cluster.elect(n1, [n2]);
    cluster.append(n1, A);
    cluster.step(n1, (node) => (node.matchIndex[n1] = 1));
    expect(cluster.violation).toBeNull();
    cluster.commit(n1, 1);
    expect(cluster.violation).toMatchObject({ invariant: 'I14', node: n1, quorums: [{ nodes: [] }] });
  });

  test('[I12] what a crashed follower of the term has on its disk is what counts', () => {
    const cluster = replicated({ enabled: ['I12'] });
    cluster.accept(n3, cluster.offer(n1, n3, 0));
    cluster.sync(n3, 1);
    cluster.crash(n3);
    expect(cluster.disk(n3)).toMatchObject({ term: 1, log: [] });
    cluster.step(n1, (node) => (node.matchIndex[n3] = 3));
    expect(cluster.violation).toMatchObject({ invariant: 'I12', node: n1 });
  });

  test('[I12] the acknowledgement of a follower that has crashed by then is counted', () => {
    const cluster = replicated();
    const ack = cluster.accept(n3, cluster.offer(n1, n3, 0));
    cluster.sync(n3);
    cluster.crash(n3);
    cluster.count(n1, n3, ack);
    expect(cluster.end()).toBeNull();
  });

  test('[I12] a matchIndex below what the follower has is accepted', () => {
    const cluster = replicated();
    const ack = cluster.accept(n3, cluster.offer(n1, n3, 0, 2));
    cluster.accept(n3, cluster.offer(n1, n3, 2));
    cluster.sync(n3);
    cluster.count(n1, n3, ack);
    expect(cluster.node(n1).matchIndex[n3]).toBe(2);
    expect(cluster.end()).toBeNull();
  });

  test('[I12] the late acknowledgement of a follower that has entered a later term, and truncated its log, is counted', () => {
    const cluster = new FakeCluster(5);
    cluster.elect(n1, [n2, n3], 1);
    cluster.append(n1, A, B);
    cluster.sync(n1);
    const ack = cluster.accept(n2, cluster.offer(n1, n2, 0));
    cluster.sync(n2);
    cluster.elect(n5, [n3, n4], 2);
    cluster.append(n5, null);
    cluster.sync(n5);
    cluster.replicate(n5, n2);
    expect(cluster.disk(n2).log.map(({ term }) => term)).toEqual([2]);
    cluster.count(n1, n2, ack);
    expect(cluster.node(n1).matchIndex[n2]).toBe(2);
    expect(cluster.end()).toBeNull();
  });
});

describe('[I13] NextGtMatch', () => {
  test('[I13] a nextIndex that is set back to its matchIndex is rejected', () => {
    const cluster = replicated();
    cluster.step(n1, (node) => (node.nextIndex[n2] = 3));
    expect(cluster.violation).toMatchObject({ invariant: 'I13', node: n1 });
    expect(cluster.violation?.summary).toBe('n1 keeps nextIndex 3 for n2, but matchIndex 3');
  });

  test('[I13] a nextIndex that its matchIndex passes is rejected', () => {
    const cluster = new FakeCluster(3);
    cluster.elect(n1, [n2]);
    cluster.append(n1, A);
    cluster.sync(n1);
    const ack = cluster.accept(n2, cluster.offer(n1, n2, 0));
    cluster.sync(n2);
    cluster.step(n1, (node) => (node.matchIndex[n2] = ack.matchIndex));
    expect(cluster.node(n1)).toMatchObject({ nextIndex: [1, 1, 1], matchIndex: [1, 1, 0] });
    expect(cluster.violation).toMatchObject({ invariant: 'I13', node: n1 });
  });

  test('[I13] a nextIndex that backs up to just after its matchIndex is accepted', () => {
    const cluster = replicated();
    cluster.step(n1, (node) => (node.nextIndex[n2] = 9));
    cluster.step(n1, (node) => (node.nextIndex[n2] = 4));
    cluster.step(n1, (node) => (node.nextIndex[n3] = 1));
    expect(cluster.end()).toBeNull();
  });

  test('[I13] the nextIndex of the leader for itself is not checked', () => {
    const cluster = replicated();
    cluster.step(n1, (node) => (node.nextIndex[n1] = 0));
    expect(cluster.end()).toBeNull();
  });

  test('[I13] the indices that a node keeps after it has stepped down are not checked', () => {
    const cluster = replicated();
    cluster.enterTerm(n1, 2);
    cluster.step(n1, (node) => {
      node.matchIndex.fill(0);
      node.nextIndex.fill(0);
    });
    expect(cluster.end()).toBeNull();
  });
});
