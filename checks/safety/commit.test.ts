import { describe, expect, test } from 'vitest';
import { FakeCluster, n1, n2, n3, n4, n5, ok, request } from '../testing/fake-cluster.ts';

const A = request(1, 1);
const B = request(2, 1);

function ids(...enabled: readonly string[]): { enabled: readonly string[] } {
  return { enabled };
}

/** n1 leads term 1 and has committed a no-op and two puts, which n2 has too. */
function committed(options: { enabled?: readonly string[] } = {}): FakeCluster {
  const cluster = new FakeCluster(3, options);
  cluster.elect(n1, [n2]);
  cluster.write(n1, [n2], null, A, B);
  return cluster;
}

/** n1 commits A in term 1 with n2; n3, elected without it, writes B over it at n2, and commits that. */
function overwritten(options: { enabled?: readonly string[] } = {}): FakeCluster {
  const cluster = new FakeCluster(3, options);
  cluster.elect(n1, [n2]);
  cluster.write(n1, [n2], A);
  cluster.elect(n3, [n2], 2);
  cluster.append(n3, B);
  cluster.sync(n3);
  cluster.replicate(n3, n2);
  cluster.commit(n3, 1);
  return cluster;
}

describe('[I3] LeaderCompleteness, at late commits', () => {
  /** n1 has sent A to n2; `winner` is elected with the vote of the other; then the ack of n2 arrives at n1. */
  function lateCommit(winner: typeof n2 | typeof n3, winnerIsDead = false): FakeCluster {
    const cluster = new FakeCluster(3);
    cluster.elect(n1, [n2]);
    cluster.append(n1, A);
    cluster.sync(n1);
    const ack = cluster.accept(n2, cluster.offer(n1, n2, 0));
    cluster.sync(n2);
    cluster.elect(winner, [winner === n2 ? n3 : n2], 2);
    if (winnerIsDead) cluster.crash(winner);
    cluster.count(n1, n2, ack);
    cluster.commit(n1, 1);
    return cluster;
  }

  test('[I3] a deposed leader that commits what the later leader was elected without is rejected', () => {
    const { violation } = lateCommit(n3);
    expect(violation).toMatchObject({ invariant: 'I3', node: n1, agreement: 0 });
    expect(violation?.summary).toContain('n3 had been elected leader of term 2 without it');
    expect(violation?.witnesses.map(({ node }) => node)).toEqual([n1, n3]);
    expect(violation!.witnesses[0]!.event).toBeGreaterThan(violation!.witnesses[1]!.event);
  });

  test('[I3] so it is when the later leader has crashed by then', () => {
    expect(lateCommit(n3, true).violation?.invariant).toBe('I3');
  });

  test('[I3] a deposed leader that commits late what the later leader has is accepted', () => {
    expect(lateCommit(n2).end()).toBeNull();
    expect(lateCommit(n2, true).end()).toBeNull();
  });
});

describe('[I4] StateMachineSafety', () => {
  test('[I4] another entry applied at an index is rejected', () => {
    const { violation } = overwritten(ids('I4'));
    expect(violation).toMatchObject({ invariant: 'I4', node: n3 });
  });

  test('[I4] the incomplete leader that causes it breaks first', () => {
    expect(overwritten().violation?.invariant).toBe('I3');
  });

  test('[I4] the report shows both applications and up to where the logs agree', () => {
    const cluster = new FakeCluster(3, ids('I4'));
    cluster.elect(n1, [n2]);
    cluster.write(n1, [n2, n3], null);
    cluster.write(n1, [n2], A);
    cluster.elect(n3, [n2], 2);
    cluster.append(n3, B);
    cluster.replicate(n3, n2);
    cluster.commit(n3, 2);
    const { violation } = cluster;
    expect(violation).toMatchObject({ summary: 'n1 and n3 applied different entries at index 2', agreement: 1 });
    expect(violation?.witnesses).toMatchObject([
      { label: 'A', node: n1, text: 'index 2 {term 1, put x 1.1} applied by n1' },
      { label: 'B', node: n3, event: cluster.event, text: 'index 2 {term 2, put x 2.1} applied by n3' },
    ]);
    expect(violation!.witnesses[0]!.event).toBeLessThan(cluster.event);
  });

  test('[I4] one node that applies another entry after its restart is rejected', () => {
    const cluster = new FakeCluster(1, ids('I4'));
    cluster.elect(n1, []);
    cluster.append(n1, A);
    cluster.commit(n1, 1);
    cluster.restart(n1);
    cluster.elect(n1, []);
    cluster.write(n1, [], B);
    expect(cluster.violation).toMatchObject({ invariant: 'I4', node: n1 });
  });

  test('[I4] all nodes applying the same entries, each at its own pace, is accepted', () => {
    const cluster = committed();
    cluster.replicate(n1, n3, 1);
    cluster.replicate(n1, n3);
    cluster.replicate(n1, n2);
    expect(cluster.node(n2).lastApplied).toBe(3);
    expect(cluster.node(n3).lastApplied).toBe(3);
    expect(cluster.end()).toBeNull();
  });
});

describe('[I6] CommitLedger', () => {
  test('[I6] another entry committed at an index is rejected', () => {
    expect(overwritten(ids('I6')).violation).toMatchObject({ invariant: 'I6', node: n3 });
  });

  test('[I6] the report shows both commits and up to where the logs agree', () => {
    const cluster = new FakeCluster(3, ids('I6'));
    cluster.elect(n1, [n2]);
    cluster.write(n1, [n2, n3], null);
    cluster.write(n1, [n2], A);
    cluster.elect(n3, [n2], 2);
    cluster.append(n3, B);
    cluster.replicate(n3, n2);
    cluster.commit(n3, 2);
    const { violation } = cluster;
    expect(violation).toMatchObject({ node: n3, agreement: 1 });
    expect(violation?.witnesses).toMatchObject([
      { label: 'A', node: n1, text: 'index 2 {term 1, put x 1.1} committed in term 1 by n1' },
      { label: 'B', node: n3, event: cluster.event, text: 'index 2 {term 2, put x 2.1} committed by n3 in term 2' },
    ]);
  });

  test('[I6] a follower that commits what its leader has not offered yet is rejected, before anything else', () => {
    const cluster = new FakeCluster(3, { logs: [[1], [1, 2], [1]], terms: [3, 3, 3] });
    cluster.elect(n1, [n3], 4);
    cluster.write(n1, [n3], A);
    // Heartbeats carry the commitIndex 2; n2 has another entry there.
    cluster.step(n2, (node, out) => {
      node.commitIndex = 2;
      out.apply(2);
    });
    expect(cluster.violation).toMatchObject({ invariant: 'I6', node: n2, agreement: 1 });
  });

  test('[I6] a node that loses its committed log in a crash and commits another is rejected', () => {
    const cluster = committed(ids('I6'));
    cluster.crash(n2);
    cluster.disk(n2).log.length = 0;
    cluster.boot(n2);
    cluster.elect(n2, [n3], 2);
    cluster.write(n2, [n3], null);
    expect(cluster.violation).toMatchObject({ invariant: 'I6', node: n2, agreement: 0 });
  });

  test('[I6] a follower that removes what it has committed is rejected at once', () => {
    const cluster = committed();
    cluster.replicate(n1, n2);
    cluster.step(n2, (node) => (node.entries.length = 1));
    expect(cluster.violation).toMatchObject({ invariant: 'I6', node: n2 });
  });

  test('[I6] a committed log that is too short is found by the audit', () => {
    const cluster = committed(ids('I6', 'I22'));
    cluster.replicate(n1, n2);
    cluster.step(n2, (node) => (node.entries.length = 1));
    expect(cluster.end()).toMatchObject({ node: n2 });
  });

  test('[I6] a node that has lost what was not committed commits other entries there', () => {
    const cluster = new FakeCluster(3);
    cluster.elect(n1, [n2]);
    cluster.append(n1, A);
    cluster.sync(n1);
    cluster.elect(n3, [n2], 2);
    cluster.write(n3, [n2, n1], B);
    cluster.replicate(n3, n1);
    expect(cluster.node(n1).commitIndex).toBe(1);
    expect(cluster.end()).toBeNull();
  });
});

describe('[I9] CommitMonotonic', () => {
  test('[I9] a commitIndex that goes back is rejected', () => {
    const cluster = committed();
    cluster.step(n1, (node) => (node.commitIndex = 2));
    // lastApplied stays at 3, but the commitIndex is checked first.
    expect(cluster.violation).toMatchObject({ invariant: 'I9', node: n1 });
    expect(cluster.violation?.summary).toBe('the commitIndex of n1 went from 3 back to 2');
  });

  test('[I22] a node that boots with a commitIndex beyond its log is rejected', () => {
    const cluster = committed();
    cluster.crash(n3);
    cluster.boot(n3, (node) => {
      node.entries.push(...cluster.node(n1).entries.slice(0, 1));
      Object.assign(node, { term: 1, commitIndex: 3 });
    });
    expect(cluster.violation).toMatchObject({ invariant: 'I22', node: n3 });
  });

  test('[I9] a commitIndex that starts again from 0 after a crash is accepted', () => {
    const cluster = committed();
    cluster.restart(n2);
    expect(cluster.node(n2).commitIndex).toBe(0);
    cluster.replicate(n1, n2);
    expect(cluster.node(n2).commitIndex).toBe(3);
    expect(cluster.end()).toBeNull();
  });

  test('[I9] a delayed heartbeat with an old commitIndex changes nothing', () => {
    const cluster = committed();
    const late = { ...cluster.offer(n1, n2, 3), leaderCommit: 1 };
    cluster.replicate(n1, n2);
    cluster.accept(n2, late);
    expect(cluster.node(n2).commitIndex).toBe(3);
    expect(cluster.end()).toBeNull();
  });
});

describe('[I10] ApplyOrder', () => {
  test('[I10] an index left out is rejected', () => {
    const cluster = committed();
    cluster.step(n2, (node) => Object.assign(node, { commitIndex: 3, lastApplied: 3 }));
    cluster.checks.applied(n2, 2, 0);
    expect(cluster.violation).toMatchObject({ invariant: 'I10', node: n2 });
    expect(cluster.violation?.summary).toBe('n2 applied index 2 after index 0');
  });

  test('[I10] an index applied twice by one incarnation is rejected', () => {
    const cluster = committed();
    cluster.checks.applied(n1, 3, cluster.node(n1).machine.hash);
    expect(cluster.violation).toMatchObject({ invariant: 'I10', node: n1 });
    expect(cluster.violation?.summary).toBe('n1 applied index 3 after index 3');
  });

  test('[I10] an index applied before it is committed is rejected', () => {
    const cluster = new FakeCluster(3, ids('I10'));
    cluster.elect(n1, [n2]);
    cluster.append(n1, A);
    cluster.step(n1, (_node, out) => out.apply(1));
    expect(cluster.violation).toMatchObject({ invariant: 'I10', node: n1 });
    expect(cluster.violation?.summary).toContain('n1 applied index 1, but its commitIndex is 0');
  });

  test('[I10] the lastApplied beyond the commitIndex breaks first', () => {
    const cluster = new FakeCluster(3);
    cluster.elect(n1, [n2]);
    cluster.append(n1, A);
    cluster.step(n1, (_node, out) => out.apply(1));
    expect(cluster.violation?.invariant).toBe('I22');
  });

  test('[I10] a node that reports as applied what it has not executed is rejected at its next event', () => {
    const cluster = committed();
    cluster.step(n2, (node) => Object.assign(node, { commitIndex: 3, lastApplied: 3 }));
    expect(cluster.violation).toBeNull();
    cluster.step(n2, () => {});
    expect(cluster.violation).toMatchObject({ invariant: 'I10', node: n2 });
    expect(cluster.violation?.summary).toBe('n2 reports lastApplied 3, but it has executed entries up to 0');
  });

  test('[I10] a node that reports so in its last event is found by the audit', () => {
    const cluster = committed();
    cluster.step(n2, (node) => Object.assign(node, { commitIndex: 3, lastApplied: 3 }));
    expect(cluster.end()).toMatchObject({ invariant: 'I10', node: n2 });
  });

  test('[I10] a lastApplied that goes back is rejected at the next event', () => {
    const cluster = committed();
    cluster.step(n1, (node) => (node.lastApplied = 1));
    cluster.step(n1, () => {});
    expect(cluster.violation).toMatchObject({ invariant: 'I10', node: n1 });
  });

  test('[I10] a node that boots with entries applied that it never executed is rejected', () => {
    const cluster = committed();
    cluster.crash(n2);
    cluster.boot(n2, (node) => Object.assign(node, { commitIndex: 3, lastApplied: 3 }));
    cluster.step(n2, () => {});
    expect(cluster.violation).toMatchObject({ invariant: 'I10', node: n2 });
  });

  test('[I10] a restarted node applies again from index 1', () => {
    const cluster = committed();
    cluster.replicate(n1, n2);
    cluster.restart(n2);
    expect(cluster.node(n2).lastApplied).toBe(0);
    cluster.replicate(n1, n2);
    expect(cluster.node(n2).lastApplied).toBe(3);
    cluster.restart(n1);
    cluster.elect(n1, [n3]);
    cluster.write(n1, [n2], null);
    expect(cluster.end()).toBeNull();
  });

  test('[I10] several entries applied in one event, and fewer than are committed, are accepted', () => {
    const cluster = committed();
    cluster.step(n2, (node, out) => {
      node.commitIndex = 3;
      out.apply(2);
    });
    cluster.step(n2, (_node, out) => out.apply(3));
    expect(cluster.end()).toBeNull();
  });
});

describe('[I14] CommitRule', () => {
  /** n1 leads term 4 and has its entry of term 2 on a majority. */
  function oldTermOnMajority(options: { enabled?: readonly string[] } = {}): FakeCluster {
    const cluster = new FakeCluster(5, {
      ...options,
      logs: [[1, 2], [1, 2], [1], [1], [1, 3]],
      terms: [3, 3, 3, 3, 3],
    });
    cluster.elect(n1, [n2, n3], 4);
    cluster.replicate(n1, n2);
    cluster.replicate(n1, n3);
    return cluster;
  }

  test('[I14] a leader that commits an entry of an earlier term by counting replicas is rejected', () => {
    const cluster = oldTermOnMajority();
    cluster.commit(n1, 2);
    expect(cluster.violation).toMatchObject({ invariant: 'I14', node: n1, quorums: [{ nodes: [n1, n2, n3] }] });
    expect(cluster.violation?.summary).toBe('n1, leader of term 4, committed index 2 of term 2 by counting replicas');
  });

  test('[I14] a leader that commits it along with an entry of its own term is accepted', () => {
    const cluster = oldTermOnMajority();
    cluster.write(n1, [n2, n3], null);
    expect(cluster.checks.committed).toBe(3);
    expect(cluster.end()).toBeNull();
  });

  test('[I14] an entry that is durable on a minority only is rejected', () => {
    const cluster = new FakeCluster(5);
    cluster.elect(n1, [n2, n3]);
    cluster.append(n1, A);
    cluster.sync(n1);
    cluster.replicate(n1, n2);
    cluster.commit(n1, 1);
    expect(cluster.violation).toMatchObject({ invariant: 'I14', node: n1, quorums: [{ nodes: [n1, n2] }] });
  });

  test('[I14] a copy in memory does not count', () => {
    const cluster = new FakeCluster(3);
    cluster.elect(n1, [n2]);
    cluster.append(n1, A);
    cluster.sync(n1);
    cluster.accept(n2, cluster.offer(n1, n2, 0));
    cluster.commit(n1, 1);
    expect(cluster.violation).toMatchObject({ invariant: 'I14', quorums: [{ nodes: [n1] }] });
  });

  test('[I14] another entry at the same index on disk does not count', () => {
    const cluster = new FakeCluster(3, { logs: [[1], [1, 2], [1]], terms: [3, 3, 3] });
    cluster.elect(n1, [n2], 4);
    cluster.append(n1, A);
    cluster.sync(n1);
    cluster.commit(n1, 2);
    expect(cluster.violation).toMatchObject({ invariant: 'I14', quorums: [{ nodes: [n1] }] });
  });

  test('[I14] half of an even number of nodes is no majority', () => {
    const cluster = new FakeCluster(4);
    cluster.elect(n1, [n2, n3]);
    cluster.write(n1, [n2], A);
    expect(cluster.violation?.invariant).toBe('I14');
  });

  test('[I14] a follower that commits what no leader has committed is rejected', () => {
    const cluster = new FakeCluster(3);
    cluster.elect(n1, [n2]);
    cluster.append(n1, A);
    cluster.sync(n1);
    cluster.accept(n2, cluster.offer(n1, n2, 0));
    cluster.commit(n2, 1);
    expect(cluster.violation).toMatchObject({ invariant: 'I14', node: n2 });
  });

  test('[I14] the disks of crashed followers count', () => {
    const cluster = new FakeCluster(3);
    cluster.elect(n1, [n2]);
    cluster.append(n1, A);
    cluster.sync(n1);
    const ack = cluster.accept(n2, cluster.offer(n1, n2, 0));
    cluster.sync(n2);
    cluster.crash(n2);
    cluster.crash(n3);
    cluster.count(n1, n2, ack);
    cluster.commit(n1, 1);
    expect(cluster.end()).toBeNull();
  });

  test('[I14] a follower learns of a commit of an earlier term without counting anything', () => {
    const cluster = oldTermOnMajority();
    cluster.write(n1, [n2, n3], null);
    cluster.replicate(n1, n4, 2);
    expect(cluster.node(n4).commitIndex).toBe(2);
    cluster.restart(n5);
    expect(cluster.end()).toBeNull();
  });
});

describe('[I22] PointerOrder', () => {
  test('[I22] a commitIndex beyond the end of the log is rejected', () => {
    const cluster = committed();
    cluster.step(n2, (node) => (node.commitIndex = 4));
    expect(cluster.violation).toMatchObject({ invariant: 'I22', node: n2 });
    expect(cluster.violation?.summary).toBe('n2 commits up to 4, but its log ends at 3');
  });

  test('[I22] a lastApplied beyond the commitIndex is rejected', () => {
    const cluster = committed();
    cluster.step(n2, (_node, out) => out.apply(1));
    expect(cluster.violation).toMatchObject({ invariant: 'I22', node: n2 });
    expect(cluster.violation?.summary).toBe('n2 has applied up to 1, but its commitIndex is 0');
  });

  test('[I22] all three pointers at the end of the log are accepted', () => {
    const cluster = committed();
    expect(cluster.node(n1)).toMatchObject({ lastApplied: 3, commitIndex: 3, log: { lastIndex: 3 } });
    expect(cluster.end()).toBeNull();
  });
});

describe('[I28] StateHash', () => {
  test('[I28] a state that is not that of replaying the ledger is rejected', () => {
    const cluster = committed();
    cluster.step(n2, (node, out) => {
      node.commitIndex = 3;
      node.machine.execute(request(9, 1), 1);
      out.apply(3);
    });
    expect(cluster.violation).toMatchObject({ invariant: 'I28', node: n2, witnesses: [{ label: 'A', node: n1 }] });
    expect(cluster.violation?.summary).toContain('after index 1');
  });

  test('[I28] a node that leaves an entry out of its state is rejected', () => {
    const cluster = committed();
    cluster.step(n2, (node) => Object.assign(node, { commitIndex: 3, lastApplied: 3 }));
    for (const index of [1, 2, 3]) cluster.checks.applied(n2, index, 0);
    expect(cluster.violation).toMatchObject({ invariant: 'I28', node: n2 });
    expect(cluster.violation?.summary).toContain('after index 2');
  });

  test('[I28] nodes that replay the same ledger are accepted', () => {
    const cluster = committed();
    cluster.replicate(n1, n3);
    cluster.replicate(n1, n2);
    expect(cluster.node(n2).machine.hash).toBe(cluster.node(n1).machine.hash);
    expect(cluster.node(n2).machine.hash).not.toBe(0);
    expect(cluster.end()).toBeNull();
  });
});

describe('[I29] ExactlyOnce', () => {
  const APPEND = request(1, 1, { op: 'append', key: 'x', value: 'a' });

  /** The client's request is in the log twice, as after a retry with a new leader. */
  function twice(): FakeCluster {
    const cluster = new FakeCluster(3);
    cluster.elect(n1, [n2]);
    cluster.write(n1, [n2], APPEND);
    cluster.elect(n2, [n3]);
    cluster.write(n2, [n3], APPEND);
    return cluster;
  }

  test('[I29] a request executed again for its second place in the log is rejected', () => {
    const cluster = twice();
    cluster.step(n3, (node) => Object.assign(node, { commitIndex: 2, lastApplied: 2 }));
    const { machine } = cluster.node(n3);
    machine.execute(APPEND, 1);
    cluster.checks.applied(n3, 1, machine.hash);
    machine.execute(APPEND, 2);
    cluster.checks.applied(n3, 2, machine.hash);
    expect(machine.lookup('x')).toBe('aa');
    expect(cluster.violation).toMatchObject({ invariant: 'I29', node: n3, witnesses: [{ label: 'A', node: n2 }] });
  });

  test('[I29] a duplicate whose reply is the result of a second execution is rejected', () => {
    const cluster = twice();
    cluster.reply(n2, APPEND, ok('aa'));
    expect(cluster.violation).toMatchObject({ invariant: 'I29', node: n2 });
    expect(cluster.violation?.summary).toBe(
      'n2 replied aa to "append x a", but executing it once, at index 1, gives a',
    );
    expect(cluster.violation?.witnesses.map(({ node }) => node)).toEqual([n1, n2]);
  });

  test('[I29] a request that is in the log twice, executed once and with the reply of the first time, is accepted', () => {
    const cluster = twice();
    cluster.reply(n2, APPEND, ok('a'));
    cluster.replicate(n2, n1);
    cluster.replicate(n2, n3);
    expect(cluster.node(n1).lastApplied).toBe(2);
    expect(cluster.node(n3).lookup('x')).toBe('a');
    expect(cluster.marks.get('request-committed-twice')).toBe(1);
    expect(cluster.end()).toBeNull();
  });

  test('[I29] the same sequence number in another session is another request', () => {
    const cluster = twice();
    cluster.write(n2, [n3], request(2, 1, { op: 'append', key: 'x', value: 'a' }));
    cluster.reply(n2, request(2, 1, { op: 'append', key: 'x', value: 'a' }), ok('aa'));
    expect(cluster.marks.get('request-committed-twice')).toBe(1);
    expect(cluster.end()).toBeNull();
  });
});
