import { describe, expect, test } from 'vitest';
import { entry, FakeCluster, members, n1, n2, n3, n4, request } from '../testing/fake-cluster.ts';

/** n1 leads; `count` entries are committed, applied and compacted on these nodes, two of them at a time. */
function write(cluster: FakeCluster, nodes: readonly number[], count: number, from = 0): void {
  for (let done = 0; done < count; done += 2) {
    const [one, two] = [1, 2].map((more) => request(1, from + done + more));
    cluster.write(n1, nodes, one!, two!);
    for (const node of nodes) cluster.replicate(n1, node);
    if ((from + done) % 20 !== 0) continue;
    for (const node of [n1, ...nodes]) {
      cluster.snapshot(node, 5);
      cluster.sync(node);
    }
  }
}

function started(nodes = 3, enabled?: readonly string[]): FakeCluster {
  const configuration = members([n1, n2, n3]);
  const cluster = new FakeCluster(nodes, enabled === undefined ? { configuration } : { configuration, enabled });
  cluster.elect(n1, [n2, n3]);
  return cluster;
}

describe('what is remembered', () => {
  test('does not grow with the number of entries, if all nodes compact their logs', () => {
    const cluster = started();
    write(cluster, [n2, n3], 200);
    const { prefixes, entries, terms } = cluster.checks.remembered;
    expect(prefixes).toBeLessThan(40);
    expect(entries).toBeLessThan(80);
    write(cluster, [n2, n3], 4_000, 200);
    expect(cluster.checks.remembered).toEqual({ prefixes, entries, terms });
    expect(cluster.checks.committed).toBe(4_200);
    expect(cluster.end()).toBeNull();
  });

  test('does not grow with the number of terms', () => {
    const cluster = started();
    for (let round = 0; round < 100; round++) {
      cluster.restart(n1);
      cluster.elect(n1, [n2, n3]);
      write(cluster, [n2, n3], 2, round * 20);
    }
    expect(cluster.node(n1).term).toBe(101);
    expect(cluster.checks.remembered.terms).toBeLessThan(40);
    expect(cluster.end()).toBeNull();
  });

  test('is everything, as long as no node compacts', () => {
    const cluster = started();
    for (let sequence = 1; sequence <= 100; sequence++) cluster.write(n1, [n2, n3], request(1, sequence));
    expect(cluster.checks.remembered).toMatchObject({ prefixes: 101, entries: 201 });
  });

  test('waits for a node that lags, also while it is down', () => {
    const cluster = started();
    write(cluster, [n2, n3], 20);
    cluster.crash(n3);
    const before = cluster.checks.remembered.prefixes;
    write(cluster, [n2], 400, 20);
    expect(cluster.checks.remembered.prefixes).toBeGreaterThan(400);
    cluster.boot(n3);
    cluster.replicate(n1, n3);
    cluster.snapshot(n3);
    cluster.sync(n3);
    write(cluster, [n2, n3], 40, 420);
    expect(cluster.checks.remembered.prefixes).toBeLessThan(before + 40);
    expect(cluster.end()).toBeNull();
  });

  test('does not wait for a node without a log that is no member, which may join later all the same', () => {
    const cluster = started(4);
    write(cluster, [n2, n3], 400);
    expect(cluster.checks.remembered.prefixes).toBeLessThan(40);
    cluster.change(n1, [n2, n3], members([n1, n2, n3], { learners: [n4] }));
    cluster.snapshot(n1);
    cluster.sync(n1);
    cluster.replicate(n1, n4);
    cluster.change(n1, [n2, n4], members([n1, n2, n3, n4]));
    cluster.write(n1, [n2, n4], null);
    expect(cluster.node(n4).commitIndex).toBeGreaterThan(400);
    expect(cluster.end()).toBeNull();
  });

  test('may lack what a message contains that was sent long ago', () => {
    const cluster = started(4);
    cluster.write(n1, [n2, n3], request(9, 1), request(9, 2));
    const late = cluster.offer(n1, n4, 0);
    write(cluster, [n2, n3], 400);
    cluster.accept(n4, late);
    cluster.sync(n4);
    expect(cluster.node(n4)).toMatchObject({ base: 0, entries: [{}, {}] });
    cluster.replicate(n1, n4);
    cluster.restart(n4);
    expect(cluster.end()).toBeNull();
  });
});

describe('after something has been forgotten', () => {
  function forgetful(): FakeCluster {
    const cluster = started();
    write(cluster, [n2, n3], 400);
    expect(cluster.checks.remembered.prefixes).toBeLessThan(40);
    return cluster;
  }

  test('[I2] two logs with another entry at the same index and term are rejected', () => {
    const cluster = forgetful();
    cluster.append(n1, request(2, 1));
    const message = cluster.offer(n1, n2, 400);
    cluster.accept(n2, { ...message, entries: [entry(1, request(3, 1))] });
    expect(cluster.violation).toMatchObject({ invariant: 'I2', node: n2, agreement: 400 });
  });

  test('[I3] a leader without what was committed is rejected', () => {
    const cluster = forgetful();
    cluster.write(n1, [n2], request(2, 1));
    cluster.elect(n3, [n2], 2);
    expect(cluster.violation).toMatchObject({ invariant: 'I3', node: n3, agreement: 400 });
  });

  test('[I3] a deposed leader that commits late is rejected, though the log of the later one is forgotten', () => {
    const cluster = forgetful();
    cluster.append(n1, request(2, 1));
    cluster.sync(n1);
    const ack = cluster.accept(n2, cluster.offer(n1, n2, 400));
    cluster.sync(n2);
    cluster.elect(n3, [n2], 2);
    cluster.count(n1, n2, ack);
    cluster.commit(n1, 401);
    expect(cluster.violation).toMatchObject({ invariant: 'I3', node: n1, agreement: 400 });
  });

  test('[I6] another entry committed at an index is rejected', () => {
    const cluster = started(3, ['I6']);
    write(cluster, [n2, n3], 400);
    cluster.write(n1, [n2], request(2, 1));
    cluster.step(n3, (node) => {
      node.entries.push(entry(1, request(3, 1)));
      node.commitIndex = 401;
    });
    expect(cluster.violation).toMatchObject({ invariant: 'I6', node: n3, agreement: 400 });
  });

  test('[I8] a second vote in the term is rejected', () => {
    const cluster = forgetful();
    cluster.startDurableElection(n2);
    cluster.startDurableElection(n3);
    cluster.vote(n1, n2);
    cluster.vote(n1, n3);
    expect(cluster.violation).toMatchObject({ invariant: 'I8', node: n1 });
  });

  test('[I28] a state that is not that of the ledger is rejected', () => {
    const cluster = forgetful();
    cluster.append(n1, request(2, 1));
    cluster.sync(n1);
    cluster.replicate(n1, n2);
    cluster.commit(n1, 401);
    cluster.node(n2).machine.execute(request(8, 1), 1);
    cluster.replicate(n1, n2);
    expect(cluster.violation).toMatchObject({ invariant: 'I28', node: n2 });
  });

  test('[I27] a snapshot of another state is rejected', () => {
    const cluster = forgetful();
    cluster.write(n1, [n2], request(2, 1));
    cluster.step(n1, (node) => (node.snapshot = { ...node.takeSnapshot(), records: [] }));
    expect(cluster.violation).toMatchObject({ invariant: 'I27', node: n1 });
  });

  test('[I30] a failed request that was executed long ago is found by the audit', () => {
    const cluster = forgetful();
    Array.from(cluster.checks.audit([request(1, 7)]));
    expect(cluster.violation).toMatchObject({ invariant: 'I30' });
    const other = forgetful();
    Array.from(other.checks.audit([request(1, 401), request(2, 1)]));
    expect(other.violation).toBeNull();
  });

  test('the audit looks at what is left', () => {
    const cluster = forgetful();
    cluster.disk(n2).log[0] = entry(1, request(8, 1));
    expect(cluster.end()).toMatchObject({ invariant: 'I2', node: n2 });
  });
});
