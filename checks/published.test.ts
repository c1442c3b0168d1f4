/**
 * Invariants that were published for Raft, in specifications of etcd-io/raft, CCF, AsyncRaft and openraft, and are
 * false: for each a legal history that breaks it, and that passes the checks.
 */
import { expect, test } from 'vitest';
import { LEADER } from '../core/view.ts';
import { FakeCluster, type FakeNode, members, n1, n2, n3, n4, n5, request } from './testing/fake-cluster.ts';

const A = request(1, 1);
const B = request(2, 1);

function terms(node: FakeNode): number[] {
  return node.entries.map(({ term }) => term);
}

function isUpToDate(a: FakeNode, b: FakeNode): boolean {
  const [lastA, lastB] = [a.termAt(a.log.lastIndex), b.termAt(b.log.lastIndex)];
  return lastA > lastB || (lastA === lastB && a.log.lastIndex >= b.log.lastIndex);
}

function holds(node: FakeNode, index: number, of: FakeNode): boolean {
  return node.log.lastIndex >= index && node.entries[index - 1] === of.entries[index - 1];
}

/** Figure 8 (e): n5 has an entry of term 3 at index 2; n1, in term 4, commits that of term 2 there, with its own. */
function figure8e(): FakeCluster {
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
  cluster.append(n1, null);
  cluster.sync(n1);
  for (const follower of [n2, n3]) cluster.replicate(n1, follower);
  cluster.commit(n1, 3);
  return cluster;
}

test('[MoreUpToDateCorrect is false] a more up-to-date log need not hold what a less up-to-date node has committed', () => {
  const cluster = figure8e();
  // n4 has only the older entry so far, and knows that it is committed.
  cluster.replicate(n1, n4, 2);
  const [fresher, staler] = [cluster.node(n5), cluster.node(n4)];
  expect(terms(staler)).toEqual([1, 2]);
  expect(staler.commitIndex).toBe(2);
  expect(terms(fresher)).toEqual([1, 3]);
  expect(isUpToDate(fresher, staler)).toBe(true);
  expect(holds(fresher, 2, staler)).toBe(false);
  expect(cluster.end()).toBeNull();
});

test("[LeaderCompleteness by the entry's term is false] a stale leader of term 3 lacks an entry of term 2 committed in term 4", () => {
  const cluster = figure8e();
  const [stale, leader] = [cluster.node(n5), cluster.node(n1)];
  expect(stale).toMatchObject({ role: LEADER, term: 3 });
  expect(leader).toMatchObject({ role: LEADER, term: 4, commitIndex: 3 });
  expect(leader.termAt(2)).toBe(2);
  expect(holds(stale, 2, leader)).toBe(false);
  expect(cluster.end()).toBeNull();
});

test("[LeaderCompleteness by the entry's term is false] a leader of term 3 may even be elected after term 4 has committed it", () => {
  const cluster = new FakeCluster(5, { logs: [[1, 2], [1, 2], [1], [1], [1]], terms: [2, 2, 2, 2, 2] });
  cluster.startDurableElection(n5);
  cluster.vote(n3, n5);
  cluster.vote(n4, n5);
  cluster.elect(n1, [n2, n3], 4);
  cluster.write(n1, [n2, n3], null);
  cluster.lead(n5);
  expect(cluster.node(n5).term).toBe(3);
  expect(cluster.node(n5).entries).toHaveLength(1);
  expect(cluster.end()).toBeNull();
});

test('[CommittedIsDurable is false] a leader may commit before its own disk has the entry', () => {
  const cluster = new FakeCluster(3);
  cluster.elect(n1, [n2]);
  cluster.append(n1, A);
  cluster.replicate(n1, n2);
  cluster.replicate(n1, n3);
  cluster.commit(n1, 1);
  expect(cluster.node(n1).commitIndex).toBeGreaterThan(cluster.disk(n1).log.length);
  // It may even lose the entry in a crash: the others have it.
  cluster.restart(n1);
  cluster.elect(n2, [n3]);
  cluster.write(n2, [n1], null);
  cluster.replicate(n2, n1);
  expect(cluster.node(n1).lookup('x')).toBe('1.1');
  expect(cluster.end()).toBeNull();
});

test("[MatchIndexValid without 'same term' is false] what a stale leader has counted may be overwritten", () => {
  const cluster = new FakeCluster(5);
  cluster.elect(n1, [n2, n3], 1);
  cluster.append(n1, A);
  cluster.sync(n1);
  cluster.replicate(n1, n2);
  cluster.elect(n5, [n3, n4], 2);
  cluster.append(n5, B);
  cluster.sync(n5);
  cluster.replicate(n5, n2);
  cluster.step(n1, () => {});
  const [stale, follower] = [cluster.node(n1), cluster.node(n2)];
  expect(stale).toMatchObject({ role: LEADER, term: 1 });
  expect(stale.matchIndex[n2]).toBe(1);
  expect(holds(follower, 1, stale)).toBe(false);
  expect(cluster.disk(n2).log[0]).not.toBe(stale.entries[0]);
  expect(cluster.end()).toBeNull();
});

test('[QuorumLog is false] what is committed need not be in the logs of a majority of the running nodes', () => {
  const cluster = new FakeCluster(3);
  cluster.elect(n1, [n2]);
  cluster.write(n1, [n2], A);
  cluster.crash(n1);
  const holders = [n1, n2, n3].filter((node) => (cluster.view(node)?.log.lastIndex ?? 0) >= 1);
  expect(cluster.checks.committed).toBe(1);
  expect(holders).toEqual([n2]);
  cluster.elect(n2, [n3]);
  expect(cluster.end()).toBeNull();
});

test('[QuorumLog is false] what an old configuration has committed need not be on a majority of the current one', () => {
  const cluster = new FakeCluster(3, { configuration: members([n1]) });
  cluster.elect(n1, []);
  cluster.write(n1, [], A);
  cluster.reconfigure(n1, members([n1, n2]));
  const holders = [n1, n2, n3].filter((node) => cluster.disk(node).log.length > 0);
  expect(cluster.node(n1).configuration.voters).toHaveLength(2);
  expect(cluster.checks.committed).toBe(1);
  expect(holders).toEqual([n1]);
  expect(cluster.end()).toBeNull();
});

test('[MoreThanOneLeader is not enough] two leaders of one term that never lead at the same time are found', () => {
  const cluster = new FakeCluster(3, { enabled: ['I1'] });
  cluster.elect(n1, [n2], 1);
  cluster.enterTerm(n1, 2);
  cluster.restart(n2);
  cluster.elect(n3, [n2], 1);
  expect([n1, n2, n3].filter((node) => cluster.node(node).role === LEADER)).toEqual([n3]);
  expect(cluster.violation?.invariant).toBe('I1');
});
