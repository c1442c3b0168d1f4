import { describe, expect, test } from 'vitest';
import { FOLLOWER, LEADER, PRE_CANDIDATE } from '../../core/view.ts';
import { becomeLeader, entry, FakeCluster, n1, n2, n3, n4, n5, request } from '../testing/fake-cluster.ts';

const PUT = request(1, 1);

describe('[I1] ElectionSafety', () => {
  /** n2 votes for n1 in term 1, and then for n3 in the same term. */
  function twoLeaders(enabled?: readonly string[]): FakeCluster {
    const cluster = new FakeCluster(3, enabled === undefined ? {} : { enabled });
    cluster.elect(n1, [n2], 1);
    cluster.crash(n1);
    cluster.startDurableElection(n3, 1);
    cluster.vote(n2, n3);
    cluster.lead(n3);
    return cluster;
  }

  test('[I1] a second leader of a term is rejected, though the first has crashed by then', () => {
    const cluster = twoLeaders(['I1']);
    expect(cluster.violation).toMatchObject({ invariant: 'I1', node: n3, event: cluster.event, at: cluster.now });
  });

  test('[I1] the double vote that causes two leaders breaks first', () => {
    expect(twoLeaders().violation?.invariant).toBe('I8');
  });

  test('[I1] the report shows both elections, and quorums that intersect', () => {
    const { violation } = twoLeaders(['I1']);
    expect(violation?.summary).toBe('n1 and n3 were both elected leader of term 1');
    expect(violation?.witnesses.map(({ label, node }) => [label, node])).toEqual([
      ['A', n1],
      ['B', n3],
    ]);
    const [first, second] = violation!.witnesses;
    expect(first!.event).toBeLessThan(second!.event);
    expect(first!.at).toBeLessThan(second!.at);
    expect(violation?.quorums.map(({ nodes }) => nodes)).toEqual([
      [n1, n2],
      [n1, n2, n3],
    ]);
    expect(violation?.agreement).toBeNull();
  });

  test('[I1] a second leader of a term is rejected, though the first has followed others since', () => {
    const cluster = new FakeCluster(5, { enabled: ['I1'] });
    cluster.elect(n1, [n2, n3], 1);
    cluster.elect(n5, [n2, n1, n3], 2);
    cluster.startDurableElection(n4, 1);
    cluster.step(n4, (node) => becomeLeader(node, 0));
    expect(cluster.violation).toMatchObject({ invariant: 'I1', node: n4 });
  });

  test('[I1] leaders of different terms may exist side by side', () => {
    const cluster = new FakeCluster(3);
    cluster.elect(n1, [n2], 1);
    cluster.elect(n3, [n2], 2);
    expect(cluster.node(n1).role).toBe(LEADER);
    expect(cluster.node(n3).role).toBe(LEADER);
    expect(cluster.end()).toBeNull();
  });
});

describe('[I3] LeaderCompleteness, at elections', () => {
  function incompleteLeader(): FakeCluster {
    const cluster = new FakeCluster(3);
    cluster.elect(n1, [n2]);
    cluster.write(n1, [n2], null, PUT);
    cluster.elect(n3, [n2], 2);
    return cluster;
  }

  test('[I3] a leader elected without a committed entry is rejected, before anything else breaks', () => {
    expect(incompleteLeader().violation).toMatchObject({ invariant: 'I3', node: n3 });
  });

  test('[I3] the report shows the commit, the log of the leader, and up to where the two agree', () => {
    const cluster = incompleteLeader();
    const { violation } = cluster;
    expect(violation?.summary).toBe('n3 was elected leader of term 2 without index 2, which was committed in term 1');
    expect(violation?.agreement).toBe(0);
    const [commit, election] = violation!.witnesses;
    expect(commit).toMatchObject({
      label: 'A',
      node: n1,
      text: 'index 2 {term 1, put x 1.1} committed in term 1 by n1',
    });
    expect(election).toMatchObject({
      label: 'B',
      node: n3,
      event: cluster.event,
      text: 'the log with which n3 was elected ends in the empty log',
    });
    expect(commit!.event).toBeLessThan(election!.event);
  });

  test('[I3] a leader elected with every committed entry is accepted', () => {
    const cluster = new FakeCluster(3);
    cluster.elect(n1, [n2]);
    cluster.write(n1, [n2], null, PUT);
    cluster.elect(n2, [n3]);
    expect(cluster.end()).toBeNull();
  });

  test('[I3] entries that were not committed may be missing', () => {
    const cluster = new FakeCluster(3);
    cluster.elect(n1, [n2]);
    cluster.append(n1, PUT);
    cluster.sync(n1);
    cluster.elect(n3, [n2], 2);
    expect(cluster.end()).toBeNull();
  });

  test('[I3] a leader of an earlier term, elected late, need not hold what a later term has committed', () => {
    const cluster = new FakeCluster(5);
    cluster.startDurableElection(n5, 1);
    cluster.vote(n4, n5);
    cluster.vote(n3, n5);
    // The votes are on their way for a long time.
    cluster.elect(n1, [n2, n3], 2);
    cluster.write(n1, [n2, n3], PUT);
    cluster.lead(n5);
    expect(cluster.end()).toBeNull();
  });

  test('[I3] what the new leader appends in the event of its election does not count as held at its election', () => {
    const cluster = new FakeCluster(3);
    cluster.elect(n1, [n2]);
    cluster.write(n1, [n2], PUT);
    cluster.startDurableElection(n3, 2);
    cluster.vote(n2, n3);
    cluster.step(n3, (node) => {
      becomeLeader(node, 0);
      node.entries.push(entry(2));
    });
    expect(cluster.violation).toMatchObject({ invariant: 'I3', agreement: 0 });
    expect(cluster.violation?.witnesses[1]?.text).toContain('the empty log');
  });
});

describe('[I7] TermMonotonic', () => {
  test('[I7] a term that goes back in memory is rejected', () => {
    const cluster = new FakeCluster(3);
    cluster.enterTerm(n1, 4);
    cluster.step(n1, (node) => (node.term = 3));
    expect(cluster.violation).toMatchObject({ invariant: 'I7', node: n1 });
    expect(cluster.violation?.summary).toBe('the term of n1 went from 4 back to 3');
  });

  test('[I7] a node that boots in an earlier term than that on its disk is rejected', () => {
    const cluster = new FakeCluster(3);
    cluster.enterTerm(n1, 4);
    cluster.crash(n1);
    cluster.boot(n1, (node) => (node.term = 0));
    expect(cluster.violation).toMatchObject({ invariant: 'I7', node: n1 });
  });

  test('[I7] a term that goes back on disk is rejected', () => {
    const cluster = new FakeCluster(3);
    cluster.enterTerm(n1, 4);
    cluster.step(n1, (_node, out) => out.persist({ kind: 'vote', term: 3, votedFor: -1 }));
    cluster.sync(n1);
    expect(cluster.violation).toMatchObject({ invariant: 'I7', node: n1 });
    expect(cluster.violation?.summary).toContain('durable term');
  });

  test('[I7] a disk that was wiped while its node was down is rejected when the node restarts', () => {
    const cluster = new FakeCluster(3);
    cluster.enterTerm(n1, 4);
    cluster.crash(n1);
    Object.assign(cluster.disk(n1), { term: 0, votedFor: -1 });
    cluster.boot(n1);
    expect(cluster.violation?.invariant).toBe('I7');
  });

  test('[I7] a term that was not durable yet may be lost in a crash', () => {
    const cluster = new FakeCluster(3);
    cluster.enterTerm(n1, 3);
    cluster.step(n1, (node, out) => {
      node.term = 4;
      node.votedFor = n2;
      out.saveVote();
    });
    cluster.restart(n1);
    expect(cluster.node(n1).term).toBe(3);
    expect(cluster.end()).toBeNull();
  });
});

describe('[I19] QuorumAtTerm', () => {
  test('[I19] a leader of a term that only a minority has reached is rejected', () => {
    const cluster = new FakeCluster(5);
    cluster.elect(n1, [n2]);
    expect(cluster.violation).toMatchObject({ invariant: 'I19', node: n1, quorums: [{ nodes: [n1, n2] }] });
  });

  test('[I19] half of an even number of nodes is no quorum', () => {
    const cluster = new FakeCluster(4);
    cluster.elect(n1, [n2]);
    expect(cluster.violation?.invariant).toBe('I19');
  });

  test('[I19] a crashed node counts with the term on its disk, not with that in its lost memory', () => {
    const cluster = new FakeCluster(3, { enabled: ['I19'] });
    cluster.startDurableElection(n1);
    cluster.step(n2, (node, out) => {
      node.term = 1;
      node.votedFor = n1;
      out.saveVote();
    });
    cluster.crash(n2);
    cluster.lead(n1);
    expect(cluster.violation?.invariant).toBe('I19');
  });

  test('[I19] a leader that too few have voted for is rejected, though enough nodes have reached its term', () => {
    const cluster = new FakeCluster(5);
    cluster.startDurableElection(n1);
    cluster.vote(n2, n1);
    cluster.deny(n3, n1);
    cluster.deny(n4, n1);
    cluster.lead(n1);
    expect(cluster.violation).toMatchObject({ invariant: 'I19', node: n1 });
  });

  test('[I19] the votes of nodes that have crashed, or have entered later terms, count', () => {
    const cluster = new FakeCluster(5);
    cluster.startDurableElection(n1);
    cluster.vote(n2, n1);
    cluster.vote(n3, n1);
    cluster.crash(n2);
    cluster.startDurableElection(n3);
    cluster.lead(n1);
    expect(cluster.end()).toBeNull();
  });
});

describe('[I21] Roles', () => {
  test('[I21] a follower that leads without having been a candidate is rejected', () => {
    const cluster = new FakeCluster(3);
    cluster.enterTerm(n1, 1);
    cluster.enterTerm(n2, 1);
    cluster.lead(n1);
    expect(cluster.violation).toMatchObject({ invariant: 'I21', node: n1 });
    expect(cluster.violation?.summary).toBe('n1 changed from follower of term 1 to leader of term 1');
  });

  test('[I21] a leader that becomes candidate is rejected', () => {
    const cluster = new FakeCluster(3);
    cluster.elect(n1, [n2]);
    cluster.startDurableElection(n1);
    expect(cluster.violation).toMatchObject({ invariant: 'I21', node: n1 });
    expect(cluster.violation?.summary).toBe('n1 changed from leader of term 1 to candidate of term 2');
  });

  test('[I21] one that TimeoutNow of a later term makes candidate, by way of follower, is not', () => {
    const cluster = new FakeCluster(3);
    cluster.elect(n1, [n2]);
    cluster.enterTerm(n2, 2);
    cluster.startDurableElection(n1, 3);
    expect(cluster.violation).toBeNull();
  });

  test('[I21] a node that leads as soon as it boots is rejected', () => {
    const cluster = new FakeCluster(3);
    cluster.elect(n1, [n2]);
    cluster.crash(n1);
    cluster.boot(n1, (node) => (node.role = LEADER));
    cluster.step(n1, () => {});
    expect(cluster.violation).toMatchObject({ invariant: 'I21', node: n1 });
  });

  test('[I21] a leader that enters a later term and goes on leading is rejected', () => {
    const cluster = new FakeCluster(3);
    cluster.elect(n1, [n2], 1);
    cluster.enterTerm(n2, 2);
    cluster.step(n1, (node, out) => {
      node.term = 2;
      out.saveVote();
    });
    expect(cluster.violation).toMatchObject({ invariant: 'I21', node: n1 });
  });

  test('[I21] a candidate that leads a later term than that of its election is rejected', () => {
    const cluster = new FakeCluster(3);
    cluster.startDurableElection(n1);
    cluster.enterTerm(n2, 2);
    cluster.step(n1, (node, out) => {
      node.term = 2;
      out.saveVote();
      becomeLeader(node, 0);
    });
    expect(cluster.violation).toMatchObject({ invariant: 'I21', node: n1 });
  });

  test('[I21] a candidate that starts another election without raising its term is rejected', () => {
    const cluster = new FakeCluster(3);
    cluster.enterTerm(n1, 1);
    cluster.startDurableElection(n1, 1);
    expect(cluster.violation).toMatchObject({ invariant: 'I21', node: n1 });
  });

  test('[I8] a node that changes its vote is rejected, even before a reply leaves', () => {
    const cluster = new FakeCluster(3);
    cluster.startDurableElection(n1);
    cluster.vote(n2, n1);
    cluster.step(n2, (node) => (node.votedFor = n3));
    expect(cluster.violation).toMatchObject({ invariant: 'I8', node: n2 });
  });

  test('[I21] follower, candidate twice over, leader and follower again is the way of Figure 4', () => {
    const cluster = new FakeCluster(3);
    cluster.startDurableElection(n1);
    cluster.elect(n1, [n2]);
    cluster.enterTerm(n1, 3);
    expect(cluster.node(n1).role).toBe(FOLLOWER);
    expect(cluster.end()).toBeNull();
    expect(cluster.checks.elections).toBe(2);
    expect(cluster.checks.leaderChanges).toBe(0);
    expect(cluster.checks.maxTerm).toBe(3);
  });

  test('[I21] a cluster of one elects its node in one event', () => {
    const cluster = new FakeCluster(1);
    cluster.step(n1, (node, out) => {
      node.term = 1;
      node.votedFor = n1;
      out.saveVote();
      becomeLeader(node, 0);
    });
    cluster.sync(n1);
    cluster.write(n1, [], PUT);
    expect(cluster.end()).toBeNull();
    expect(cluster.checks.committed).toBe(1);
  });
});

test('elections, changes of leader and the highest term are counted', () => {
  const cluster = new FakeCluster(3);
  cluster.elect(n1, [n2]);
  cluster.elect(n1, [n2], 2);
  expect(cluster.checks.leaderChanges).toBe(0);
  cluster.elect(n2, [n3]);
  expect(cluster.checks).toMatchObject({ elections: 3, leaderChanges: 1, maxTerm: 3 });
});

describe('[I21] Roles, with pre-votes', () => {
  test('[I21] follower, pre-candidate, candidate and leader is the way of §9.6', () => {
    const cluster = new FakeCluster(3);
    cluster.requestPreVotes(n1);
    expect(cluster.node(n1)).toMatchObject({ role: PRE_CANDIDATE, term: 0 });
    cluster.replyPreVote(n2, n1);
    cluster.elect(n1, [n2]);
    expect(cluster.checks.elections).toBe(1);
    expect(cluster.end()).toBeNull();
  });

  test('[I21] a candidate that did not win may collect pre-votes before it becomes candidate again', () => {
    const cluster = new FakeCluster(3);
    cluster.startDurableElection(n1);
    cluster.requestPreVotes(n1);
    cluster.elect(n1, [n2]);
    expect(cluster.node(n1).term).toBe(2);
    expect(cluster.end()).toBeNull();
  });

  test('[I21] a node that raises its term to become pre-candidate is rejected', () => {
    const cluster = new FakeCluster(3);
    cluster.step(n1, (node) => Object.assign(node, { role: PRE_CANDIDATE, term: 1 }));
    expect(cluster.violation).toMatchObject({ invariant: 'I21', node: n1 });
    expect(cluster.violation?.summary).toBe('n1 changed from follower of term 0 to pre-candidate of term 1');
  });

  test('[I21] a pre-candidate that leads without having been a candidate is rejected', () => {
    const cluster = new FakeCluster(3);
    cluster.requestPreVotes(n1);
    cluster.lead(n1);
    expect(cluster.violation).toMatchObject({ invariant: 'I21', node: n1 });
  });

  test('[I21] a pre-candidate that becomes candidate without raising its term is rejected', () => {
    const cluster = new FakeCluster(3);
    cluster.requestPreVotes(n1);
    cluster.startDurableElection(n1, 0);
    expect(cluster.violation).toMatchObject({ invariant: 'I21', node: n1 });
  });

  test('[I21] a leader that becomes pre-candidate is rejected', () => {
    const cluster = new FakeCluster(3);
    cluster.elect(n1, [n2]);
    cluster.requestPreVotes(n1);
    expect(cluster.violation).toMatchObject({ invariant: 'I21', node: n1 });
  });

  test('[I21] a leader that grants a pre-vote is rejected, one that denies it is accepted', () => {
    const cluster = new FakeCluster(3);
    cluster.elect(n1, [n2]);
    cluster.enterTerm(n3, 1);
    cluster.requestPreVotes(n3);
    cluster.replyPreVote(n1, n3, false);
    expect(cluster.end()).toBeNull();
    cluster.replyPreVote(n1, n3);
    expect(cluster.violation).toMatchObject({ invariant: 'I21', node: n1 });
    expect(cluster.violation?.summary).toBe('n1 grants a pre-vote for term 2, but it leads term 1');
  });

  test('[I16] pre-votes bind no node: their term need not be on any disk', () => {
    const cluster = new FakeCluster(3);
    cluster.requestPreVotes(n1);
    cluster.replyPreVote(n2, n1);
    cluster.replyPreVote(n2, n3);
    expect(cluster.disk(n2).term).toBe(0);
    expect(cluster.end()).toBeNull();
  });

  test('[I8] a node may grant pre-votes to several nodes, and its vote to one', () => {
    const cluster = new FakeCluster(3);
    cluster.requestPreVotes(n1);
    cluster.requestPreVotes(n3);
    cluster.replyPreVote(n2, n1);
    cluster.replyPreVote(n2, n3);
    cluster.elect(n3, [n2]);
    expect(cluster.end()).toBeNull();
  });

  test('[I20] a node that sends TimeoutNow, although it does not lead, is rejected', () => {
    const cluster = new FakeCluster(3);
    cluster.elect(n1, [n2]);
    cluster.transferLeadership(n2, n3);
    expect(cluster.violation).toMatchObject({ invariant: 'I20', node: n2 });
  });
});
