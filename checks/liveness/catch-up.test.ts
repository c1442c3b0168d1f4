import { describe, expect, test } from 'vitest';
import { type Configuration, REQUEST_VOTE, type RequestVote } from '../../core/messages.ts';
import type { AdminRequest } from '../../core/admin-request.ts';
import { FakeCluster, type FakeNode, type FakeOut, follow, n1, n2, n3, n4, request } from '../testing/fake-cluster.ts';
import { livenessFailures, heartbeat, handle } from '../testing/hooks.ts';

const A = request(1, 1);

function members(...voters: number[]): Configuration {
  return { voters, outgoing: [], learners: [], leavesByItself: true };
}

const three = members(n1, n2, n3);

/** n1 leads term 1 with n2 and n3; everybody, n4 included, believes these three to be the members. */
function cluster(expected: object = {}): FakeCluster {
  const made = new FakeCluster(4, { expected, configuration: three, enabled: ['Lv6'] });
  made.elect(n1, [n2]);
  made.write(n1, [n2], A);
  return made;
}

/** n1 appends a configuration, by which n4 votes. */
function takeIn(made: FakeCluster, next: Configuration, order: AdminRequest | null = null): readonly string[] {
  made.step(n1, (node) => {
    if (order !== null) made.checks.adminRequested(n1, order);
    node.pinnedConfiguration = { configuration: next, index: 2 };
  });
  return livenessFailures(made);
}

describe('[Lv6] ReconfigurationCompletes: new members', () => {
  test('[Lv6] one that votes before it has caught up fails', () => {
    expect(takeIn(cluster(), members(n1, n2, n3, n4))).toEqual(['Lv6: n1 made n4 a voter before it had caught up']);
  });

  test('[Lv6] one that has caught up does not', () => {
    const made = cluster();
    made.replicate(n1, n4);
    expect(takeIn(made, members(n1, n2, n3, n4))).toEqual([]);
  });

  test('[Lv6] a learner need not have replied to this leader, and need not have caught up', () => {
    const made = cluster();
    takeIn(made, { ...three, learners: [n4] });
    expect(takeIn(made, members(n1, n2, n3, n4))).toEqual([]);
  });

  test('[Lv6] an administrator may add any node by a reconfiguration, joint or not', () => {
    const next = { voters: [n1, n2, n3, n4], learners: [] };
    const order: AdminRequest = { kind: 'reconfigure', ...next, leave: 'auto' };
    expect(takeIn(cluster(), members(...next.voters), order)).toEqual([]);
    expect(takeIn(cluster(), { ...members(n1, n4), outgoing: [n1, n2, n3] })).toEqual([]);
  });

  test('[Lv6] a follower uses any configuration of its leader', () => {
    const made = cluster();
    made.step(n2, (node) => (node.pinnedConfiguration = { configuration: members(n1, n2, n3, n4), index: 2 }));
    expect(livenessFailures(made)).toEqual([]);
  });
});

describe('[Lv6] ReconfigurationCompletes: messages of non-members', () => {
  const wanted: RequestVote = {
    type: REQUEST_VOTE,
    term: 2,
    candidate: n4,
    lastLogIndex: 1,
    lastLogTerm: 1,
    transfer: false,
  };

  /** n4, which n2 does not know to be a member, has won an election and greets n2, which does this. */
  function greeted(change: (node: FakeNode, out: FakeOut) => void): readonly string[] {
    const made = cluster();
    made.elect(n4, [n1, n3], 2);
    handle(made, n4, n2, heartbeat(made, n4, 0), change);
    return livenessFailures(made);
  }

  test('[Lv6] a node that does not follow a leader outside its configuration fails', () => {
    expect(greeted(() => {})).toEqual([
      'Lv6: n2, whose configuration does not have n4 among the voters, rejected AppendEntries from n4',
    ]);
    const follows = (node: FakeNode, out: FakeOut): void => {
      follow(node, out, 2);
      node.leader = n4;
    };
    expect(greeted(follows)).toEqual([]);
  });

  test('[Lv6] any leader of an earlier term is rejected', () => {
    const made = cluster();
    made.startDurableElection(n4, 2);
    const late = heartbeat(made, n4, 0);
    made.enterTerm(n2, 3);
    handle(made, n4, n2, late);
    expect(livenessFailures(made)).toEqual([]);
  });

  /** n4 asks for the vote of n2, which does this. */
  function asked(
    change: (node: FakeNode, out: FakeOut) => void,
    changes: Partial<RequestVote> = {},
    made = cluster(),
  ): readonly string[] {
    handle(made, n4, n2, { ...wanted, ...changes }, change);
    return livenessFailures(made);
  }

  const votes = (node: FakeNode, out: FakeOut): void => {
    follow(node, out, 2);
    node.votedFor = n4;
    out.saveVote();
  };

  test('[Lv6] a node that does not vote for a candidate outside its configuration fails', () => {
    expect(asked(() => {})).toHaveLength(1);
    expect(asked((node, out) => follow(node, out, 2))).toHaveLength(1);
    expect(asked(votes)).toEqual([]);
  });

  test('[Lv6] it may deny its vote because of the log or of leader stickiness, but not long after leader contact', () => {
    expect(asked((node, out) => follow(node, out, 2), { lastLogIndex: 0, lastLogTerm: 0 })).toEqual([]);
    const loyal = cluster({ checkQuorum: true });
    handle(loyal, n1, n2, heartbeat(loyal, n1, 0), (node) => (node.leader = n1));
    expect(asked(() => {}, {}, loyal)).toEqual([]);
    loyal.now += 2_000_000;
    expect(asked(() => {}, {}, loyal)).toHaveLength(1);
  });

  test('[Lv6] a node that is no voter of its configuration must vote all the same', () => {
    const made = cluster();
    made.step(n2, (node) => (node.pinnedConfiguration = { configuration: members(n1, n4), index: 2 }));
    expect(asked(() => {}, {}, made)).toEqual([
      'Lv6: n2, whose configuration does not have itself among the voters, rejected RequestVote from n4',
    ]);
  });

  test('[Lv6] among members, a denied vote breaks other properties', () => {
    const made = cluster();
    handle(made, n3, n2, { ...wanted, candidate: n3 });
    expect(livenessFailures(made)).toEqual([]);
  });
});
