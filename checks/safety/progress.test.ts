import { describe, expect, test } from 'vitest';
import { entry, FakeCluster, members, n1, n2, n3, n4, n5, request } from '../testing/fake-cluster.ts';

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

describe('[I12] MatchValid, of members that come back', () => {
  const THREE = members([n1, n2, n3]);
  const TWO = members([n1, n2]);
  const LEARNING = members([n1, n2], { learners: [n3] });

  /** n1 leads term 1; n3 has acknowledged two entries and has then been removed, which n1 has committed if so said. */
  function removed(isCommitted = true): FakeCluster {
    const cluster = new FakeCluster(3, { configuration: THREE });
    cluster.elect(n1, [n2]);
    cluster.write(n1, [n2, n3], null, A);
    if (isCommitted) cluster.change(n1, [n2], TWO);
    else cluster.reconfigure(n1, TWO);
    return cluster;
  }

  function wipe(cluster: FakeCluster): void {
    cluster.crash(n3);
    cluster.wipe(n3);
    cluster.boot(n3);
  }

  /** n1 adds n3 again, and begins its progress at this matchIndex. */
  function addAgain(cluster: FakeCluster, matchIndex: number, configuration = LEARNING): void {
    cluster.step(n1, (node, out) => {
      const one = entry(node.term, null, configuration);
      out.persist({ kind: 'log', from: node.log.lastIndex + 1, entries: [one] });
      node.entries.push(one);
      node.matchIndex[n3] = matchIndex;
      node.nextIndex[n3] = node.log.lastIndex;
    });
    cluster.sync(n1);
  }

  test.each([
    ['a learner', LEARNING],
    ['a voter', THREE],
  ])(
    '[I12] a matchIndex kept from an earlier membership of a node that comes back empty as %s is rejected',
    (_as, next) => {
      const cluster = removed();
      wipe(cluster);
      expect(cluster.violation).toBeNull();
      addAgain(cluster, 2, next);
      expect(cluster.violation).toMatchObject({ invariant: 'I12', node: n1, agreement: 0 });
      expect(cluster.violation?.summary).toBe(
        'n1 keeps matchIndex 2 for n3, but the durable log of n3 agrees only up to index 0',
      );
    },
  );

  test('[I12] one that begins at 0 is accepted, and rises as the node catches up', () => {
    const cluster = removed();
    wipe(cluster);
    addAgain(cluster, 0);
    cluster.replicate(n1, n3, 1);
    cluster.replicate(n1, n3);
    expect(cluster.node(n1).matchIndex[n3]).toBe(4);
    expect(cluster.end()).toBeNull();
  });

  test('[I12] an acknowledgement of the earlier membership that is counted in the next is rejected', () => {
    const cluster = removed();
    const late = cluster.accept(n3, cluster.offer(n1, n3, 0, 2));
    wipe(cluster);
    addAgain(cluster, 0);
    expect(cluster.violation).toBeNull();
    cluster.count(n1, n3, late);
    expect(cluster.violation).toMatchObject({ invariant: 'I12', node: n1 });
  });

  test('[I12] so it is when the node has caught up in part', () => {
    const cluster = removed();
    const late = cluster.accept(n3, cluster.offer(n1, n3, 0, 2));
    wipe(cluster);
    addAgain(cluster, 0);
    cluster.replicate(n1, n3, 1);
    cluster.count(n1, n3, late);
    expect(cluster.violation).toMatchObject({ invariant: 'I12', node: n1, agreement: 1 });
  });

  test('[I12] an acknowledgement that is late, but true by now, is accepted', () => {
    const cluster = removed();
    const late = cluster.accept(n3, cluster.offer(n1, n3, 0, 2));
    wipe(cluster);
    addAgain(cluster, 0);
    cluster.accept(n3, cluster.offer(n1, n3, 0));
    cluster.sync(n3);
    cluster.count(n1, n3, late);
    expect(cluster.end()).toBeNull();
  });

  test('[I12] so is that of a node that was wiped before it was removed', () => {
    const cluster = new FakeCluster(3, { configuration: THREE });
    cluster.elect(n1, [n2]);
    cluster.write(n1, [n2, n3], null, A);
    wipe(cluster);
    cluster.change(n1, [n2], TWO);
    addAgain(cluster, 2);
    expect(cluster.violation).toMatchObject({ invariant: 'I12', node: n1 });
  });

  test('[I12] so is that of a node that was wiped before its removal was committed', () => {
    const cluster = removed(false);
    wipe(cluster);
    cluster.sync(n1);
    cluster.replicate(n1, n2);
    cluster.commit(n1, 3);
    addAgain(cluster, 2);
    expect(cluster.violation).toMatchObject({ invariant: 'I12', node: n1 });
  });

  test('[I12] a removed node that comes back with its disk keeps what it has acknowledged', () => {
    const cluster = removed();
    cluster.restart(n3);
    addAgain(cluster, 2);
    cluster.replicate(n1, n3);
    expect(cluster.end()).toBeNull();
  });

  test('[I12] a matchIndex that is kept for a node while it is no member is not checked', () => {
    const cluster = removed();
    wipe(cluster);
    cluster.step(n1, (node) => (node.matchIndex[n3] = 3));
    expect(cluster.end()).toBeNull();
  });

  test('[I12] what a member has lost with its disk is no fault of the leader', () => {
    const cluster = new FakeCluster(3);
    cluster.elect(n1, [n2]);
    cluster.write(n1, [n2, n3], null);
    cluster.append(n1, A);
    cluster.sync(n1);
    const late = cluster.accept(n3, cluster.offer(n1, n3, 1));
    cluster.sync(n3);
    wipe(cluster);
    cluster.count(n1, n3, late);
    expect(cluster.node(n1).matchIndex[n3]).toBe(2);
    expect(cluster.end()).toBeNull();
  });

  test('[I12] a matchIndex beyond what a member has acknowledged since it was wiped is rejected in a later term', () => {
    const cluster = new FakeCluster(3, { enabled: ['I12'] });
    cluster.elect(n1, [n2]);
    cluster.write(n1, [n2, n3], null);
    wipe(cluster);
    cluster.elect(n2, [n1], 2);
    cluster.step(n2, (node) => Object.assign(node.matchIndex, { [n3]: 1 }));
    expect(cluster.violation).toMatchObject({ invariant: 'I12', node: n2 });
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
