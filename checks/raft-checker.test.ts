import { describe, expect, test } from 'vitest';
import { FakeCluster, n1, n2, n3, request } from './testing/fake-cluster.ts';

const A = request(1, 1);
const B = request(2, 1);

describe('the first violation', () => {
  test('is kept, and later ones are not reported', () => {
    const cluster = new FakeCluster(3);
    cluster.enterTerm(n1, 4);
    cluster.step(n1, (node) => (node.term = 3));
    const { violation } = cluster;
    cluster.step(n2, (node) => (node.commitIndex = 7));
    expect(violation?.invariant).toBe('I7');
    expect(cluster.end()).toBe(violation);
  });

  test('is one of those that are enabled', () => {
    const cluster = new FakeCluster(3, { enabled: ['I22'] });
    cluster.enterTerm(n1, 4);
    cluster.step(n1, (node) => (node.term = 3));
    expect(cluster.violation).toBeNull();
    cluster.step(n2, (node) => (node.commitIndex = 7));
    expect(cluster.violation).toMatchObject({ invariant: 'I22', node: n2, event: cluster.event, at: cluster.now });
  });
});

describe('converged', () => {
  function committed(): FakeCluster {
    const cluster = new FakeCluster(3);
    cluster.elect(n1, [n2]);
    cluster.write(n1, [n2, n3], A);
    return cluster;
  }

  test('all logs equal, committed and applied to the end under one leader', () => {
    const cluster = committed();
    expect(cluster.checks.converged()).toBe(false);
    cluster.replicate(n1, n2);
    expect(cluster.checks.converged()).toBe(false);
    cluster.replicate(n1, n3);
    expect(cluster.checks.converged()).toBe(true);
    cluster.append(n1, B);
    expect(cluster.checks.converged()).toBe(false);
  });

  test('a crashed node does not count, but one that has restarted does', () => {
    const cluster = committed();
    cluster.replicate(n1, n2);
    cluster.crash(n3);
    expect(cluster.checks.converged()).toBe(true);
    cluster.boot(n3);
    expect(cluster.checks.converged()).toBe(false);
    cluster.replicate(n1, n3);
    expect(cluster.checks.converged()).toBe(true);
  });

  test('not without a leader, nor while nodes are in different terms', () => {
    const cluster = committed();
    cluster.replicate(n1, n2);
    cluster.replicate(n1, n3);
    cluster.enterTerm(n3, 2);
    expect(cluster.checks.converged()).toBe(false);
    cluster.enterTerm(n1, 2);
    cluster.enterTerm(n2, 2);
    expect(cluster.checks.converged()).toBe(false);
  });
});

test('the revision rises with what a condition may ask about, and not with anything else', () => {
  const cluster = new FakeCluster(3);
  cluster.elect(n1, [n2]);
  const rises = (change: () => void): boolean => {
    const before = cluster.checks.revision;
    change();
    return cluster.checks.revision > before;
  };
  expect(rises(() => cluster.append(n1, A))).toBe(true);
  expect(rises(() => cluster.step(n1, () => {}))).toBe(false);
  cluster.sync(n1);
  cluster.replicate(n1, n2);
  expect(rises(() => cluster.commit(n1, 1))).toBe(true);
  expect(rises(() => cluster.step(n3, (node) => (node.votedFor = n1)))).toBe(true);
  expect(rises(() => cluster.crash(n3))).toBe(true);
  expect(rises(() => cluster.boot(n3))).toBe(true);
  expect(cluster.end()).toBeNull();
});

test('what happens is noted for the trace', () => {
  const cluster = new FakeCluster(3);
  cluster.elect(n1, [n2]);
  cluster.write(n1, [n2], A);
  cluster.enterTerm(n1, 2);
  expect(cluster.traceEvents).toEqual([
    'term-raised: term 0 → 1',
    'candidate: becomes candidate in term 1',
    'term-raised: term 0 → 1',
    'vote-granted: votes for n1 in term 1',
    'elected: elected leader of term 1',
    'appended: appended 1 of term 1',
    'appended: appended 1 of term 1',
    'committed: commits up to 1',
    'applied: applies index 1 {term 1, put x 1.1}',
    'term-raised: term 1 → 2',
    'stepped-down: leader becomes follower in term 2',
  ]);
});
