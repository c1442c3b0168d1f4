/** Histories that Raft allows, each close to one that it forbids. None may lead to a violation. */
import { describe, expect, test } from 'vitest';
import { FOLLOWER, LEADER } from '../core/view.ts';
import { entry, FakeCluster, n1, n2, n3, n4, n5, n6, n7, ok, request } from './testing/fake-cluster.ts';

const A = request(1, 1);
const B = request(2, 1);

function diskTerms(cluster: FakeCluster, node: number): number[] {
  return cluster.disk(node).log.map(({ term }) => term);
}

describe('Figure 8', () => {
  /** (a) to (c), in which n5 does not crash but is cut off, and stays leader of term 3. */
  function partC(): FakeCluster {
    const cluster = new FakeCluster(5, { logs: [[1], [1], [1], [1], [1]] });
    cluster.elect(n1, [n2, n3], 2);
    cluster.append(n1, A);
    cluster.sync(n1);
    cluster.replicate(n1, n2);
    cluster.crash(n1);
    cluster.elect(n5, [n3, n4], 3);
    cluster.append(n5, B);
    cluster.sync(n5);
    cluster.boot(n1);
    cluster.elect(n1, [n2, n3], 4);
    cluster.replicate(n1, n2);
    cluster.replicate(n1, n3);
    cluster.append(n1, null);
    cluster.sync(n1);
    return cluster;
  }

  test('(d): what was on a majority, but not committed, is overwritten', () => {
    const cluster = partC();
    cluster.crash(n1);
    cluster.crash(n5);
    cluster.boot(n5);
    cluster.enterTerm(n5, 4);
    cluster.elect(n5, [n2, n3, n4], 5);
    for (const follower of [n2, n3, n4]) cluster.replicate(n5, follower);
    cluster.write(n5, [n2, n3, n4], null);
    cluster.boot(n1);
    cluster.replicate(n5, n1);
    for (const node of [n1, n2, n3, n4, n5]) expect(diskTerms(cluster, node)).toEqual([1, 3, 5]);
    expect(cluster.end()).toBeNull();
  });

  test('(e): what is committed by an entry of term 4 stays, and n5 loses its own entry', () => {
    const cluster = partC();
    cluster.replicate(n1, n2);
    cluster.replicate(n1, n3);
    cluster.commit(n1, 3);
    expect(cluster.node(n5)).toMatchObject({ role: LEADER, term: 3 });
    // Cut off, it stays leader: it appends and sends entries that are rejected, and finally removes them.
    cluster.append(n5, A);
    cluster.sync(n5);
    cluster.accept(n3, cluster.offer(n5, n3, 1));
    cluster.replicate(n1, n5);
    expect(cluster.node(n5)).toMatchObject({ role: FOLLOWER, commitIndex: 3 });
    for (const node of [n1, n2, n3, n5]) expect(diskTerms(cluster, node)).toEqual([1, 2, 4]);
    expect(cluster.end()).toBeNull();
  });

  test('(e) with every step done twice and all nodes restarted in between', () => {
    const cluster = partC();
    for (const node of [n2, n3, n4]) cluster.restart(node);
    cluster.replicate(n1, n2);
    cluster.replicate(n1, n3);
    cluster.commit(n1, 3);
    for (const node of [n1, n2, n3, n4, n5]) cluster.restart(node);
    cluster.elect(n2, [n3, n4], 5);
    cluster.write(n2, [n1, n3, n4, n5], B);
    for (const node of [n1, n3, n4, n5]) cluster.replicate(n2, node);
    expect(cluster.node(n5)).toMatchObject({ lastApplied: 4 });
    expect(cluster.end()).toBeNull();
  });
});

test("Figure 7: a leader of term 8 brings its six followers' logs in line, committed prefix and all", () => {
  const leader = [1, 1, 1, 4, 4, 5, 5, 6, 6, 6];
  const followers = [
    leader.slice(0, 9),
    leader.slice(0, 4),
    [...leader, 6],
    [...leader, 7, 7],
    [1, 1, 1, 4, 4, 4, 4],
    [1, 1, 1, 2, 2, 2, 3, 3, 3, 3, 3],
  ];
  // The leader needs votes: those of (a), (b), (e) and (f), whose logs are behind its own.
  const cluster = new FakeCluster(7, { logs: [leader, ...followers], terms: [7, 7, 7, 7, 7, 7, 7] });
  cluster.elect(n1, [n2, n3, n6, n7], 8);
  for (const node of [n4, n5]) cluster.deny(node, n1, 8);
  for (const node of [n2, n3, n4, n5, n6, n7]) cluster.replicate(n1, node);
  cluster.write(n1, [n2, n3, n4, n5, n6, n7], A);
  for (const node of [n2, n3, n4, n5, n6, n7]) {
    cluster.replicate(n1, node);
    expect(diskTerms(cluster, node)).toEqual([...leader, 8]);
    expect(cluster.node(node).lastApplied).toBe(11);
  }
  expect(cluster.end()).toBeNull();
});

test('a stale leader commits late, and the later leader, which has the entries, commits them again', () => {
  const cluster = new FakeCluster(5);
  cluster.elect(n1, [n2, n3]);
  cluster.append(n1, null, A);
  cluster.sync(n1);
  const acks = [n2, n3].map((follower) => {
    const ack = cluster.accept(follower, cluster.offer(n1, follower, 0));
    cluster.sync(follower);
    return ack;
  });
  cluster.elect(n2, [n3, n4], 2);
  cluster.append(n2, null);
  cluster.sync(n2);
  cluster.count(n1, n2, acks[0]!);
  cluster.count(n1, n3, acks[1]!);
  cluster.commit(n1, 2);
  cluster.reply(n1, A, ok('1.1'));
  for (const follower of [n3, n4]) cluster.replicate(n2, follower);
  cluster.commit(n2, 3);
  cluster.replicate(n2, n1);
  cluster.elect(n3, [n4, n5], 3);
  expect(cluster.end()).toBeNull();
});

test('a follower acknowledges, enters a later term and loses the entry, and its reply arrives at the old leader', () => {
  const cluster = new FakeCluster(5);
  cluster.elect(n1, [n2, n3]);
  cluster.append(n1, A);
  cluster.sync(n1);
  const ack = cluster.accept(n2, cluster.offer(n1, n2, 0));
  cluster.sync(n2);
  cluster.elect(n5, [n3, n4], 2);
  cluster.write(n5, [n2, n3], B);
  cluster.count(n1, n2, ack);
  expect(cluster.node(n1).matchIndex).toEqual([1, 1, 0, 0, 0]);
  expect(cluster.end()).toBeNull();
});

test('a leader crashes between its own write and the replies of its followers, and another leader overwrites its entry', () => {
  const cluster = new FakeCluster(3);
  cluster.elect(n1, [n2]);
  cluster.append(n1, A);
  cluster.append(n1, B);
  cluster.crash(n1, 1);
  cluster.elect(n2, [n3], 2);
  cluster.write(n2, [n3], null);
  cluster.boot(n1);
  expect(cluster.node(n1).entries).toHaveLength(1);
  cluster.replicate(n2, n1);
  expect(diskTerms(cluster, n1)).toEqual([2]);
  expect(cluster.end()).toBeNull();
});

test('writes followed by a truncation become durable one after the other', () => {
  const cluster = new FakeCluster(5);
  cluster.elect(n1, [n2, n3]);
  cluster.append(n1, A, B);
  cluster.accept(n2, cluster.offer(n1, n2, 0));
  cluster.elect(n5, [n3, n4], 2);
  cluster.append(n5, null);
  cluster.accept(n2, cluster.offer(n5, n2, 0));
  cluster.accept(n1, cluster.offer(n5, n1, 0));
  for (const node of [n1, n2]) {
    expect(cluster.pendingWrites(node)).toBe(3);
    for (let i = 0; i < 3; i++) cluster.sync(node, 1);
    expect(diskTerms(cluster, node)).toEqual([2]);
  }
  expect(cluster.end()).toBeNull();
});

test('a crash at any point of those writes leaves a legal log', () => {
  for (const kept of [0, 1, 2, 3]) {
    const cluster = new FakeCluster(5);
    cluster.elect(n1, [n2, n3]);
    cluster.append(n1, A, B);
    cluster.accept(n2, cluster.offer(n1, n2, 0));
    cluster.elect(n5, [n3, n4], 2);
    cluster.append(n5, null);
    cluster.accept(n2, cluster.offer(n5, n2, 0));
    cluster.crash(n2, kept);
    cluster.boot(n2);
    cluster.sync(n5);
    cluster.replicate(n5, n2);
    cluster.replicate(n5, n3);
    cluster.commit(n5, 1);
    expect(cluster.end()).toBeNull();
  }
});

test('a write torn by a crash leaves the first of its entries', () => {
  const cluster = new FakeCluster(3, { logs: [[1], [1, 2, 2, 2], [1]], terms: [3, 3, 3] });
  cluster.elect(n1, [n3], 4);
  cluster.append(n1, A, B);
  cluster.sync(n1);
  cluster.accept(n2, cluster.offer(n1, n2, 1));
  cluster.sync(n2, 1);
  cluster.disk(n2).log.length = 1;
  cluster.disk(n2).log.push(cluster.node(n1).entries[1]!);
  cluster.crash(n2);
  cluster.boot(n2);
  expect(diskTerms(cluster, n2)).toEqual([1, 4]);
  cluster.replicate(n1, n2);
  cluster.commit(n1, 3);
  expect(cluster.end()).toBeNull();
});

test('a follower that crashes in the middle of a term restarts and follows its leader again', () => {
  const cluster = new FakeCluster(3);
  cluster.elect(n1, [n2]);
  cluster.write(n1, [n2], A);
  cluster.append(n1, B);
  cluster.sync(n1);
  cluster.accept(n2, cluster.offer(n1, n2, 1));
  cluster.restart(n2);
  expect(cluster.node(n2).entries).toHaveLength(1);
  cluster.replicate(n1, n2);
  cluster.commit(n1, 2);
  cluster.replicate(n1, n2);
  expect(cluster.node(n2).lastApplied).toBe(2);
  expect(cluster.end()).toBeNull();
});

test('a node keeps its vote over a crash, and gives it again to the same candidate', () => {
  const cluster = new FakeCluster(3);
  cluster.startDurableElection(n1);
  cluster.vote(n2, n1);
  cluster.restart(n2);
  expect(cluster.node(n2).votedFor).toBe(n1);
  cluster.vote(n2, n1);
  cluster.lead(n1);
  cluster.write(n1, [n2], null);
  expect(cluster.end()).toBeNull();
});

test('a leader that restarts and wins its next term has its old entries, committed and not', () => {
  const cluster = new FakeCluster(3);
  cluster.elect(n1, [n2]);
  cluster.write(n1, [n2], A);
  cluster.append(n1, B);
  cluster.sync(n1);
  cluster.restart(n1);
  cluster.elect(n1, [n3]);
  cluster.write(n1, [n3], null);
  expect(cluster.node(n1).commitIndex).toBe(3);
  cluster.reply(n1, B, ok('2.1'));
  expect(cluster.end()).toBeNull();
});

test('a cluster of one elects, commits, crashes and starts again by itself', () => {
  const cluster = new FakeCluster(1);
  cluster.elect(n1, []);
  cluster.write(n1, [], null, A);
  cluster.reply(n1, A, ok('1.1'));
  cluster.append(n1, B);
  cluster.restart(n1);
  cluster.elect(n1, []);
  cluster.write(n1, [], A, B);
  expect(cluster.marks.get('request-committed-twice')).toBe(1);
  expect(cluster.checks).toMatchObject({ committed: 4, leaderChanges: 0 });
  expect(cluster.end()).toBeNull();
});

test('a cluster of two needs both', () => {
  const cluster = new FakeCluster(2);
  cluster.elect(n1, [n2]);
  cluster.write(n1, [n2], A);
  cluster.crash(n1);
  cluster.startDurableElection(n2);
  cluster.boot(n1);
  cluster.vote(n1, n2);
  cluster.lead(n2);
  cluster.write(n2, [n1], null);
  expect(cluster.end()).toBeNull();
});

test('a leader that commits before its own disk has the entry, crashes and restarts without it', () => {
  const cluster = new FakeCluster(3);
  cluster.elect(n1, [n2]);
  cluster.append(n1, A);
  cluster.replicate(n1, n2);
  cluster.replicate(n1, n3);
  cluster.commit(n1, 1);
  cluster.reply(n1, A, ok('1.1'));
  cluster.restart(n1);
  cluster.elect(n3, [n1], 2);
  cluster.write(n3, [n1], null);
  expect(cluster.end()).toBeNull();
});

test('a log given at the beginning is committed along with the first entry of a new term', () => {
  const log = [entry(1, A), entry(2, B)];
  const cluster = new FakeCluster(3, { logs: [log, log, []], terms: [2, 2, 2] });
  cluster.elect(n1, [n3]);
  cluster.write(n1, [n2], null);
  cluster.reply(n1, A, ok('1.1'));
  expect(cluster.checks.committed).toBe(3);
  expect(cluster.end()).toBeNull();
});
