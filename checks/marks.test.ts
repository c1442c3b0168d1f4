import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { FORWARD, FORWARD_REPLY, REQUEST_VOTE_REPLY } from '../core/messages.ts';
import { FOLLOWER } from '../core/view.ts';
import { entry, FakeCluster, members, n1, n2, n3, n4, n5, ok, request } from './testing/fake-cluster.ts';
import { MARKS } from './marks.ts';

const A = request(1, 1);
const B = request(2, 1);

function marksOf(cluster: FakeCluster): ReadonlyMap<string, number> {
  expect(cluster.end()).toBeNull();
  return cluster.marks;
}

describe('split-vote', () => {
  test('two candidates with two of four votes each have split them', () => {
    const cluster = new FakeCluster(4);
    cluster.startDurableElection(n1);
    cluster.startDurableElection(n2);
    cluster.vote(n3, n1);
    expect(cluster.marks.has('split-vote')).toBe(false);
    cluster.vote(n4, n2);
    expect(marksOf(cluster).get('split-vote')).toBe(1);
  });

  test('three candidates that voted for themselves have split three votes', () => {
    const cluster = new FakeCluster(3);
    for (const node of [n1, n2, n3]) cluster.startDurableElection(node);
    expect(marksOf(cluster).get('split-vote')).toBe(1);
  });

  test('votes are not split while an open one can decide', () => {
    const cluster = new FakeCluster(5);
    cluster.startDurableElection(n1);
    cluster.startDurableElection(n2);
    cluster.vote(n3, n1);
    cluster.vote(n4, n2);
    expect(cluster.marks.has('split-vote')).toBe(false);
    cluster.vote(n5, n1);
    cluster.lead(n1);
    expect(marksOf(cluster).has('split-vote')).toBe(false);
  });

  test('the vote of a crashed node that has not voted is open', () => {
    const cluster = new FakeCluster(3);
    cluster.crash(n3);
    cluster.startDurableElection(n1);
    cluster.startDurableElection(n2);
    expect(cluster.marks.has('split-vote')).toBe(false);
    cluster.boot(n3);
    cluster.vote(n3, n2);
    expect(marksOf(cluster).has('split-vote')).toBe(false);
  });

  test('one candidate that receives too few votes has split none', () => {
    const cluster = new FakeCluster(3);
    cluster.startDurableElection(n1);
    cluster.deny(n2, n1);
    cluster.deny(n3, n1);
    expect(marksOf(cluster).has('split-vote')).toBe(false);
  });

  test('a term is counted once, and the next term again', () => {
    const cluster = new FakeCluster(4);
    for (const term of [1, 2]) {
      cluster.startDurableElection(n1, term);
      cluster.startDurableElection(n2, term);
      cluster.vote(n3, n1);
      cluster.vote(n4, n2);
    }
    expect(marksOf(cluster).get('split-vote')).toBe(2);
  });

  test('votes that were given count, though their nodes have entered a later term', () => {
    const cluster = new FakeCluster(5);
    cluster.startDurableElection(n1);
    cluster.vote(n2, n1);
    cluster.vote(n3, n1);
    cluster.enterTerm(n2, 2);
    cluster.enterTerm(n3, 2);
    cluster.enterTerm(n5, 2);
    cluster.startDurableElection(n4);
    // All three votes of n1 arrive: nothing was split.
    cluster.lead(n1);
    expect(marksOf(cluster).has('split-vote')).toBe(false);
  });
});

describe('stale-leader', () => {
  test('a leader elected while one of an earlier term still runs', () => {
    const cluster = new FakeCluster(3);
    cluster.elect(n1, [n2]);
    cluster.elect(n3, [n2], 2);
    expect(marksOf(cluster).get('stale-leader')).toBe(1);
    expect(cluster.marks.get('leader-change')).toBe(1);
    expect(cluster.marks.get('leader-elected')).toBe(2);
  });

  test('none, if the earlier leader has stepped down or crashed', () => {
    const cluster = new FakeCluster(3);
    cluster.elect(n1, [n2]);
    cluster.elect(n2, [n1]);
    cluster.crash(n2);
    cluster.elect(n3, [n1], 3);
    expect(marksOf(cluster).has('stale-leader')).toBe(false);
    expect(cluster.marks.get('leader-stepped-down')).toBe(1);
  });
});

describe('candidate-stepped-down', () => {
  test('a candidate that follows the winner', () => {
    const cluster = new FakeCluster(3);
    cluster.startDurableElection(n1);
    cluster.elect(n2, [n3]);
    expect(cluster.marks.has('candidate-stepped-down')).toBe(false);
    cluster.accept(n1, cluster.offer(n2, n1, 0));
    expect(marksOf(cluster).get('candidate-stepped-down')).toBe(1);
  });
});

describe('votes denied', () => {
  test('vote-denied-by-log: a free vote is denied to a candidate whose log is behind', () => {
    const cluster = new FakeCluster(3, { logs: [[], [1], [1]], terms: [1, 1, 1] });
    cluster.startDurableElection(n1);
    cluster.deny(n2, n1);
    expect(marksOf(cluster).get('vote-denied-by-log')).toBe(1);
    expect(cluster.marks.has('vote-denied')).toBe(false);
  });

  test('vote-denied: a vote is denied that has been given', () => {
    const cluster = new FakeCluster(3);
    cluster.startDurableElection(n1);
    cluster.startDurableElection(n3);
    cluster.vote(n2, n1);
    cluster.deny(n2, n3);
    expect(marksOf(cluster).get('vote-denied')).toBe(1);
    expect(cluster.marks.has('vote-denied-by-log')).toBe(false);
  });

  test('a candidate that has entered the term of the denial was denied for its term, too', () => {
    const cluster = new FakeCluster(3);
    cluster.startDurableElection(n1);
    cluster.enterTerm(n2, 2);
    cluster.enterTerm(n1, 2);
    cluster.deny(n2, n1, 1);
    expect(marksOf(cluster).has('vote-denied-by-log')).toBe(false);
  });

  test('a candidate of an earlier term is denied for its term, not for its log', () => {
    const cluster = new FakeCluster(3);
    cluster.startDurableElection(n1);
    cluster.enterTerm(n2, 4);
    cluster.deny(n2, n1);
    expect(cluster.sentMessages.at(-1)?.message).toEqual({ type: REQUEST_VOTE_REPLY, term: 4, granted: false });
    expect(marksOf(cluster).has('vote-denied-by-log')).toBe(false);
  });
});

describe('log-truncated and write-rolled-back', () => {
  /** n1 has appended in term 1 what n3, leader of term 2, replaces by a no-op. */
  function truncated(...requests: Parameters<FakeCluster['append']>[1][]): FakeCluster {
    const cluster = new FakeCluster(3);
    cluster.elect(n1, [n2]);
    cluster.append(n1, ...requests);
    cluster.sync(n1);
    cluster.elect(n3, [n2], 2);
    cluster.append(n3, null);
    cluster.sync(n3);
    cluster.replicate(n3, n1);
    return cluster;
  }

  test("a client's entry that a later leader overwrites", () => {
    const marks = marksOf(truncated(null, A, B));
    expect([marks.get('log-truncated'), marks.get('write-rolled-back')]).toEqual([1, 1]);
  });

  test('an overwritten no-op rolls back no write', () => {
    const marks = marksOf(truncated(null));
    expect([marks.get('log-truncated'), marks.has('write-rolled-back')]).toEqual([1, false]);
  });

  test('a log that only grows, and one that a crash shortened, were not truncated', () => {
    const cluster = new FakeCluster(3);
    cluster.elect(n1, [n2]);
    cluster.write(n1, [n2, n3], A);
    cluster.append(n1, B);
    cluster.restart(n1);
    expect(marksOf(cluster).has('log-truncated')).toBe(false);
  });
});

describe('commits', () => {
  /** Figure 8 (c): n1, leader of term 4, has its entry of term 2 on a majority. */
  function figure8c(): FakeCluster {
    const cluster = new FakeCluster(5, { logs: [[1, 2], [1, 2], [1], [1], [1, 3]], terms: [3, 3, 3, 3, 3] });
    cluster.elect(n1, [n2, n3], 4);
    cluster.replicate(n1, n2, 2);
    cluster.replicate(n1, n3, 2);
    return cluster;
  }

  test("indirect-commit: an entry of an earlier term is committed by one of the leader's term", () => {
    const cluster = figure8c();
    cluster.write(n1, [n2, n3], null);
    expect(marksOf(cluster).get('indirect-commit')).toBe(1);
  });

  test('indirect-commit: none, if everything committed is of the own term', () => {
    const cluster = new FakeCluster(3);
    cluster.elect(n1, [n2]);
    cluster.write(n1, [n2], null, A);
    expect(marksOf(cluster).has('indirect-commit')).toBe(false);
  });

  test('indirect-commit: none, if the earlier leader had committed the entry itself', () => {
    const cluster = new FakeCluster(3);
    cluster.elect(n1, [n2]);
    cluster.write(n1, [n2], A);
    cluster.elect(n2, [n3]);
    cluster.write(n2, [n3], null);
    expect(marksOf(cluster).has('indirect-commit')).toBe(false);
  });

  test('old-term-majority: a majority has an entry of an earlier term that its leader may not commit yet', () => {
    const marks = marksOf(figure8c());
    expect(marks.has('old-term-majority')).toBe(true);
    expect(marks.has('indirect-commit')).toBe(false);
  });

  test('old-term-majority: a follower may have passed the entry that a majority has', () => {
    const cluster = new FakeCluster(5, { logs: [[1, 2, 2], [1], [1], [1], [1, 3]], terms: [3, 3, 3, 3, 3] });
    cluster.elect(n1, [n2, n3], 4);
    cluster.replicate(n1, n2, 2);
    expect(cluster.marks.has('old-term-majority')).toBe(false);
    cluster.replicate(n1, n3, 3);
    expect(marksOf(cluster).has('old-term-majority')).toBe(true);
  });

  test('old-term-majority: a follower may even have an entry of the own term already', () => {
    const cluster = new FakeCluster(5, { logs: [[1, 2], [1], [1], [1], [1, 3]], terms: [3, 3, 3, 3, 3] });
    cluster.elect(n1, [n2, n3], 4);
    cluster.append(n1, null);
    cluster.sync(n1);
    cluster.replicate(n1, n2, 2);
    expect(cluster.marks.has('old-term-majority')).toBe(false);
    cluster.replicate(n1, n3, 3);
    expect(marksOf(cluster).has('old-term-majority')).toBe(true);
  });

  test('old-term-majority: none, if the earlier leader had committed the entry', () => {
    const cluster = new FakeCluster(3);
    cluster.elect(n1, [n2]);
    cluster.write(n1, [n2], A);
    cluster.elect(n2, [n3]);
    cluster.replicate(n2, n3);
    expect(marksOf(cluster).has('old-term-majority')).toBe(false);
  });

  test('old-term-majority: none, if a minority has it', () => {
    const cluster = new FakeCluster(5, { logs: [[1, 2], [1, 2], [1], [1], [1, 3]], terms: [3, 3, 3, 3, 3] });
    cluster.elect(n1, [n2, n3], 4);
    cluster.replicate(n1, n2, 2);
    // All nodes have index 1, which the earlier leader has committed.
    expect(marksOf(cluster).has('old-term-majority')).toBe(false);
  });

  test('old-term-majority: none, if the entry is of the own term', () => {
    const cluster = new FakeCluster(3);
    cluster.elect(n1, [n2]);
    cluster.append(n1, A);
    cluster.sync(n1);
    cluster.replicate(n1, n2);
    expect(marksOf(cluster).has('old-term-majority')).toBe(false);
  });

  test('commit-before-own-fsync: the followers of a leader with a slow disk are a majority', () => {
    const cluster = new FakeCluster(3);
    cluster.elect(n1, [n2]);
    cluster.append(n1, A);
    cluster.replicate(n1, n2);
    cluster.replicate(n1, n3);
    cluster.commit(n1, 1);
    expect(cluster.disk(n1).log).toHaveLength(0);
    cluster.sync(n1);
    expect(marksOf(cluster).get('commit-before-own-fsync')).toBe(1);
  });

  test('commit-before-own-fsync: none, if the disk of the leader has the entry', () => {
    const cluster = new FakeCluster(3);
    cluster.elect(n1, [n2]);
    cluster.write(n1, [n2], A);
    expect(marksOf(cluster).has('commit-before-own-fsync')).toBe(false);
  });

  test('request-committed-twice: once for each place after the first, and once for all nodes', () => {
    const cluster = new FakeCluster(3);
    cluster.elect(n1, [n2]);
    cluster.write(n1, [n2, n3], A, B, A);
    cluster.replicate(n1, n2);
    cluster.replicate(n1, n3);
    expect(marksOf(cluster).get('request-committed-twice')).toBe(1);
  });
});

describe('what crashes lose', () => {
  test('vote-lost: a node restarts without the vote it had given', () => {
    const cluster = new FakeCluster(3);
    cluster.startDurableElection(n1);
    cluster.enterTerm(n2, 1);
    cluster.step(n2, (node, out) => {
      node.votedFor = n1;
      out.saveVote();
    });
    cluster.restart(n2);
    expect(marksOf(cluster).get('vote-lost')).toBe(1);
    expect(cluster.marks.has('term-lost')).toBe(false);
  });

  test('vote-lost: none, if the vote was durable or had become durable all the same', () => {
    const cluster = new FakeCluster(3);
    cluster.startDurableElection(n1);
    cluster.vote(n2, n1);
    cluster.restart(n2);
    cluster.enterTerm(n3, 1);
    cluster.step(n3, (node, out) => {
      node.votedFor = n1;
      out.saveVote();
    });
    cluster.crash(n3, 1);
    cluster.boot(n3);
    expect(cluster.node(n3).votedFor).toBe(n1);
    expect(marksOf(cluster).has('vote-lost')).toBe(false);
  });

  test('term-lost: a node restarts in an earlier term', () => {
    const cluster = new FakeCluster(3);
    cluster.step(n1, (node) => (node.term = 2));
    cluster.restart(n1);
    expect(marksOf(cluster).get('term-lost')).toBe(1);
  });

  test('entries-lost: a node restarts with a shorter log', () => {
    const cluster = new FakeCluster(3);
    cluster.elect(n1, [n2]);
    cluster.append(n1, A);
    cluster.restart(n1);
    expect(marksOf(cluster).get('entries-lost')).toBe(1);
  });

  test('entries-lost: a node restarts with the entries it had overwritten', () => {
    const cluster = new FakeCluster(3, { logs: [[1], [1, 2], [1]], terms: [3, 3, 3] });
    cluster.elect(n1, [n3], 4);
    cluster.append(n1, A);
    cluster.sync(n1);
    cluster.accept(n2, cluster.offer(n1, n2, 1));
    cluster.crash(n2, 1);
    cluster.boot(n2);
    expect(cluster.node(n2).entries.map(({ term }) => term)).toEqual([1, 2]);
    expect(marksOf(cluster).get('entries-lost')).toBe(1);
  });

  test('booting for the first time loses nothing', () => {
    expect(marksOf(new FakeCluster(3, { logs: [[1], [], [1, 1]], terms: [1, 2, 3] })).size).toBe(0);
  });

  test('a clean restart loses nothing', () => {
    const cluster = new FakeCluster(3);
    cluster.elect(n1, [n2]);
    cluster.write(n1, [n2, n3], A);
    const before = [...cluster.marks.keys()];
    for (const node of [n1, n2, n3]) cluster.restart(node);
    expect([...marksOf(cluster).keys()]).toEqual(before);
  });
});

describe('progress of followers', () => {
  test('fast-backtracking: a nextIndex goes back by more than one', () => {
    const cluster = new FakeCluster(3, { logs: [[1, 1, 1], [1], []], terms: [1, 1, 1] });
    cluster.elect(n1, [n2], 2);
    cluster.step(n1, (node) => (node.nextIndex[n2] = 3));
    expect(cluster.marks.has('fast-backtracking')).toBe(false);
    cluster.step(n1, (node) => (node.nextIndex[n3] = 1));
    expect(marksOf(cluster).get('fast-backtracking')).toBe(1);
  });

  test('fast-backtracking: none, if a new leadership begins with a lower nextIndex', () => {
    const cluster = new FakeCluster(3);
    cluster.elect(n1, [n2]);
    cluster.append(n1, A, B, null);
    cluster.step(n1, (node) => node.nextIndex.fill(4));
    cluster.restart(n1);
    cluster.elect(n1, [n2]);
    expect(cluster.node(n1).nextIndex).toEqual([1, 1, 1]);
    expect(marksOf(cluster).has('fast-backtracking')).toBe(false);
  });

  test('follower-caught-up: from more than 20 entries behind to within 20', () => {
    const cluster = new FakeCluster(3);
    cluster.elect(n1, [n2]);
    const requests = Array.from({ length: 40 }, (_, i) => request(1, i + 1));
    cluster.write(n1, [n2], ...requests);
    cluster.replicate(n1, n3, 1);
    expect(cluster.marks.has('follower-caught-up')).toBe(false);
    cluster.replicate(n1, n3, 19);
    expect(cluster.marks.has('follower-caught-up')).toBe(false);
    cluster.replicate(n1, n3, 20);
    expect(marksOf(cluster).get('follower-caught-up')).toBe(1);
  });
});

describe('pre-votes and leadership transfers', () => {
  test('pre-vote-denied and pre-candidate-stepped-down: a pre-candidate is denied a pre-vote and follows a leader', () => {
    const cluster = new FakeCluster(3);
    cluster.elect(n1, [n2, n3]);
    cluster.requestPreVotes(n3);
    cluster.replyPreVote(n2, n3, false);
    cluster.accept(n3, cluster.offer(n1, n3, 0));
    expect([marksOf(cluster).get('pre-vote-denied'), cluster.marks.get('pre-candidate-stepped-down')]).toEqual([1, 1]);
    expect(cluster.marks.has('candidate-stepped-down')).toBe(false);
  });

  test('pre-candidate-stepped-down: none, if a later term is what ends it', () => {
    const cluster = new FakeCluster(3);
    cluster.requestPreVotes(n3);
    cluster.enterTerm(n3, 1);
    expect(marksOf(cluster).has('pre-candidate-stepped-down')).toBe(false);
  });

  test('quorum-lost: a leader steps down in its own term', () => {
    const cluster = new FakeCluster(3);
    cluster.elect(n1, [n2]);
    cluster.step(n1, (node) => (node.role = FOLLOWER));
    expect(marksOf(cluster).get('quorum-lost')).toBe(1);
    cluster.elect(n1, [n2]);
    cluster.enterTerm(n1, 5);
    expect(marksOf(cluster).get('quorum-lost')).toBe(1);
  });

  test('leadership-transferred: the target of TimeoutNow is elected in the next term', () => {
    const cluster = new FakeCluster(3);
    cluster.elect(n1, [n2, n3]);
    cluster.transferLeadership(n1, n2);
    cluster.elect(n2, [n3]);
    expect(marksOf(cluster).get('leadership-transferred')).toBe(1);
    expect(cluster.marks.has('transfer-aborted')).toBe(false);
  });

  test('leadership-transferred: none, if another wins, or the leader had crashed by then', () => {
    const another = new FakeCluster(3);
    another.elect(n1, [n2, n3]);
    another.transferLeadership(n1, n2);
    another.elect(n3, [n1]);
    expect(marksOf(another).has('leadership-transferred')).toBe(false);
    const dead = new FakeCluster(3);
    dead.elect(n1, [n2, n3]);
    dead.transferLeadership(n1, n2);
    dead.crash(n1);
    dead.elect(n2, [n3]);
    expect(marksOf(dead).has('leadership-transferred')).toBe(false);
  });

  test('transfer-aborted: the leader goes on leading', () => {
    const cluster = new FakeCluster(3);
    cluster.elect(n1, [n2, n3]);
    cluster.transferLeadership(n1, n2);
    cluster.step(n1, (node) => (node.transferee = -1));
    expect(marksOf(cluster).get('transfer-aborted')).toBe(1);
  });

  test('vote-request-ignored: a RequestVote of a later term has no effect on a node', () => {
    const cluster = new FakeCluster(3);
    cluster.elect(n1, [n2, n3]);
    cluster.startDurableElection(n3, 2);
    const requestVote = cluster.sentMessages.at(-1)!.message;
    cluster.checks.delivered(n3, n1, requestVote);
    cluster.enterTerm(n1, 2);
    expect(cluster.marks.has('vote-request-ignored')).toBe(false);
    cluster.checks.delivered(n3, n2, requestVote);
    cluster.step(n2, () => {});
    cluster.step(n2, () => {});
    expect(marksOf(cluster).get('vote-request-ignored')).toBe(1);
  });
});

describe('members', () => {
  const THREE = members([n1, n2, n3]);

  function ofThree(): FakeCluster {
    const cluster = new FakeCluster(4, { configuration: THREE });
    cluster.elect(n1, [n2]);
    cluster.write(n1, [n2, n3], null);
    return cluster;
  }

  test('learner-added, learner-promoted, member-removed: as configurations are committed', () => {
    const cluster = ofThree();
    const counts = (): unknown[] =>
      ['configuration-committed', 'learner-added', 'learner-promoted', 'member-removed'].map((mark) =>
        cluster.marks.get(mark),
      );
    cluster.reconfigure(n1, members([n1, n2, n3], { learners: [n4] }));
    cluster.sync(n1);
    expect(counts()).toEqual([undefined, undefined, undefined, undefined]);
    for (const node of [n2, n4]) cluster.replicate(n1, node);
    cluster.commit(n1, 2);
    expect(counts()).toEqual([1, 1, undefined, undefined]);
    cluster.change(n1, [n2, n4], members([n1, n2, n3, n4]));
    expect(counts()).toEqual([2, 1, 1, undefined]);
    cluster.change(n1, [n2, n4], members([n1, n2, n4]));
    expect(counts()).toEqual([3, 1, 1, 1]);
    expect(marksOf(cluster).has('leader-removed')).toBe(false);
  });

  test('removed-node-campaigned: none, as long as the removal is not committed', () => {
    const cluster = ofThree();
    cluster.reconfigure(n1, members([n1, n2]));
    cluster.sync(n1);
    cluster.startDurableElection(n3, 2);
    expect(cluster.marks.has('removed-node-campaigned')).toBe(false);
    cluster.replicate(n1, n2);
    cluster.commit(n1, 2);
    cluster.startDurableElection(n3, 3);
    expect(marksOf(cluster).get('removed-node-campaigned')).toBe(1);
  });
});

describe('entries-pipelined', () => {
  test('entries leave before those before them are acknowledged', () => {
    const cluster = new FakeCluster(3);
    cluster.elect(n1, [n2]);
    cluster.append(n1, A, B);
    cluster.offer(n1, n2, 0, 1);
    cluster.offer(n1, n2, 0, 1);
    expect(cluster.marks.has('entries-pipelined')).toBe(false);
    cluster.offer(n1, n2, 1, 2);
    expect(marksOf(cluster).get('entries-pipelined')).toBe(1);
  });

  test('none, if they were acknowledged, or go to another', () => {
    const cluster = new FakeCluster(3);
    cluster.elect(n1, [n2]);
    cluster.append(n1, A, B);
    cluster.replicate(n1, n2, 1);
    cluster.replicate(n1, n2, 2);
    cluster.offer(n1, n3, 0, 2);
    expect(marksOf(cluster).has('entries-pipelined')).toBe(false);
  });
});

describe('apply-lag', () => {
  test('a commitIndex rises while many entries below it are not applied, once for each such time', () => {
    const cluster = new FakeCluster(3);
    cluster.elect(n1, [n2]);
    cluster.append(n1, ...Array.from({ length: 30 }, (_, i) => request(1, i + 1)));
    cluster.sync(n1);
    cluster.replicate(n1, n2);
    const commit = (index: number): void => cluster.step(n1, (node) => (node.commitIndex = index));
    commit(10);
    expect(cluster.marks.has('apply-lag')).toBe(false);
    commit(11);
    commit(12);
    expect(cluster.marks.get('apply-lag')).toBe(1);
    cluster.commit(n1, 25);
    commit(26);
    expect(marksOf(cluster).get('apply-lag')).toBe(1);
  });
});

describe('retry-answered-from-session', () => {
  const REPLY = ok('1.1');

  test('a leader acknowledges a request that it has executed before', () => {
    const cluster = new FakeCluster(3);
    cluster.elect(n1, [n2]);
    cluster.write(n1, [n2], A);
    cluster.reply(n1, A, REPLY);
    expect(cluster.marks.has('retry-answered-from-session')).toBe(false);
    cluster.step(n1, () => {});
    cluster.reply(n1, A, REPLY);
    expect(marksOf(cluster).get('retry-answered-from-session')).toBe(1);
  });

  test('a later leader applies the entry and that of the retry in one event', () => {
    const cluster = new FakeCluster(3);
    cluster.elect(n1, [n2]);
    cluster.write(n1, [n2], A);
    cluster.elect(n2, [n3]);
    cluster.write(n2, [n3], A);
    expect(cluster.marks.has('retry-answered-from-session')).toBe(false);
    cluster.reply(n2, A, REPLY);
    const marks = marksOf(cluster);
    expect([marks.get('retry-answered-from-session'), marks.get('request-committed-twice')]).toEqual([1, 1]);
  });

  test('a node that restarted from a snapshot has executed what that covers', () => {
    const cluster = new FakeCluster(3);
    cluster.elect(n1, [n2]);
    cluster.write(n1, [n2], A);
    cluster.snapshot(n1);
    cluster.sync(n1);
    cluster.restart(n1);
    cluster.reply(n1, A, REPLY);
    expect(marksOf(cluster).get('retry-answered-from-session')).toBe(1);
  });

  test('none, if the node executes the request in this event, though others did before', () => {
    const cluster = new FakeCluster(3);
    cluster.elect(n1, [n2]);
    cluster.write(n1, [n2], A, B);
    cluster.reply(n1, A, REPLY);
    cluster.reply(n1, B, ok('2.1'));
    cluster.elect(n2, [n3]);
    cluster.write(n2, [n3], null);
    cluster.reply(n2, A, REPLY);
    expect(marksOf(cluster).has('retry-answered-from-session')).toBe(false);
  });

  test('none, if the request was not acknowledged, or the reply is that of another request', () => {
    const cluster = new FakeCluster(3);
    cluster.elect(n1, [n2]);
    cluster.write(n1, [n2], request(1, 1), request(1, 2));
    cluster.step(n1, () => {});
    cluster.reply(n1, request(1, 1), { ...ok(null), status: 'unknown' });
    expect(marksOf(cluster).has('retry-answered-from-session')).toBe(false);
  });

  test('of a forwarded request: where the leader replies, and not where the reply is passed on', () => {
    const cluster = new FakeCluster(3);
    cluster.elect(n1, [n2]);
    cluster.write(n1, [n2], A);
    const reply = { type: FORWARD_REPLY, term: 1, request: A, reply: REPLY } as const;
    cluster.send(n1, n2, reply);
    expect(cluster.marks.has('retry-answered-from-session')).toBe(false);
    cluster.step(n1, () => {});
    cluster.send(n1, n2, reply);
    cluster.replicate(n1, n2);
    cluster.step(n2, () => cluster.checks.delivered(n1, n2, reply));
    cluster.reply(n2, A, REPLY);
    expect(marksOf(cluster).get('retry-answered-from-session')).toBe(1);
  });
});

describe('clients', () => {
  test('request-rejected-busy, session-rejected and request-forwarded: when they are sent', () => {
    const cluster = new FakeCluster(3, { sessionTimeout: 100 });
    cluster.elect(n1, [n2, n3]);
    cluster.reply(n1, A, { ...ok(null), status: 'busy' });
    cluster.reply(n1, A, { ...ok(null), status: 'refused' });
    cluster.send(n2, n1, { type: FORWARD, term: 1, request: A });
    const marks = marksOf(cluster);
    for (const mark of ['request-rejected-busy', 'session-rejected', 'request-forwarded'])
      expect(marks.get(mark)).toBe(1);
  });

  test('session-opened and session-expired: by log time', () => {
    const cluster = new FakeCluster(3, { sessionTimeout: 100 });
    cluster.elect(n1, [n2]);
    cluster.write(n1, [n2], request(0, 1, { op: 'register' }));
    expect([cluster.marks.get('session-opened'), cluster.marks.has('session-expired')]).toEqual([1, false]);
    cluster.step(n1, (node, out) => {
      const late = entry(1, null, null, 101);
      node.entries.push(late);
      out.persist({ kind: 'log', from: 2, entries: [late] });
    });
    cluster.sync(n1);
    cluster.replicate(n1, n2);
    cluster.commit(n1, 2);
    expect(marksOf(cluster).get('session-expired')).toBe(1);
  });
});

test('every mark the checks set is explained', () => {
  const folder = new URL('./', import.meta.url);
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
    (name) => name.endsWith('.ts') && !/\.test\.ts$|^testing|^marks/.test(name),
  );
  const sources = files.map((name) => readFileSync(new URL(name, folder), 'utf8')).join('\n');
  const set = [...sources.matchAll(/mark\((?:free \? )?'([a-z-]+)'/g)].map(([, name]) => name!);
  expect(set.length).toBeGreaterThan(45);
  for (const mark of set) expect(MARKS.has(mark), mark).toBe(true);
});

test('the statement of a mark is a clause without a full stop', () => {
  for (const { id, statement } of MARKS.values()) expect(statement, id).toMatch(/^(an?|the) .*[^.]$/);
});
