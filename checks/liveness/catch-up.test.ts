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

/** n1 leads term 1 with n2 and n3; all nodes, n4 included, have these three as members. */
function cluster(expected: object = {}): FakeCluster {
  const made = new FakeCluster(4, { expected, configuration: three, enabled: ['Lv6'] });
  made.elect(n1, [n2]);
  made.write(n1, [n2], A);
  return made;
}

/** n1 appends a configuration, by which n4 votes. */
function reconfigure(made: FakeCluster, next: Configuration, request: AdminRequest | null = null): readonly string[] {
  made.step(n1, (node) => {
    if (request !== null) made.checks.adminRequested(n1, request);
    node.pinnedConfiguration = { configuration: next, index: 2 };
  });
  return livenessFailures(made);
}

describe('[Lv6] ReconfigurationCompletes: new members', () => {
  test('[Lv6] one that votes before it has caught up fails', () => {
    expect(reconfigure(cluster(), members(n1, n2, n3, n4))).toEqual([
      'Lv6: n1 made n4 a voter before it had caught up',
    ]);
  });

  test('[Lv6] one that has caught up does not', () => {
    const made = cluster();
    made.replicate(n1, n4);
    expect(reconfigure(made, members(n1, n2, n3, n4))).toEqual([]);
  });

  test('[Lv6] a learner need not have replied to this leader, and need not have caught up', () => {
    const made = cluster();
    reconfigure(made, { ...three, learners: [n4] });
    expect(reconfigure(made, members(n1, n2, n3, n4))).toEqual([]);
  });

  test('[Lv6] an administrator may add any node by a reconfiguration, joint or not', () => {
    const next = { voters: [n1, n2, n3, n4], learners: [] };
    const request: AdminRequest = { kind: 'reconfigure', ...next, leave: 'auto' };
    expect(reconfigure(cluster(), members(...next.voters), request)).toEqual([]);
    expect(reconfigure(cluster(), { ...members(n1, n4), outgoing: [n1, n2, n3] })).toEqual([]);
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

  /** n4, which is not in n2's configuration, has won an election and sends n2 a heartbeat, which n2 handles like this. */
  function heartbeatHandled(change: (node: FakeNode, out: FakeOut) => void): readonly string[] {
    const made = cluster();
    made.elect(n4, [n1, n3], 2);
    handle(made, n4, n2, heartbeat(made, n4, 0), change);
    return livenessFailures(made);
  }

  test('[Lv6] a node that does not follow a leader outside its configuration fails', () => {
    expect(heartbeatHandled(() => {})).toEqual([
      'Lv6: n2, whose configuration does not have n4 among the voters, rejected AppendEntries from n4',
    ]);
    const follows = (node: FakeNode, out: FakeOut): void => {
      follow(node, out, 2);
      node.leader = n4;
    };
    expect(heartbeatHandled(follows)).toEqual([]);
  });

  test('[Lv6] any leader of an earlier term is rejected', () => {
    const made = cluster();
    made.startDurableElection(n4, 2);
    const late = heartbeat(made, n4, 0);
    made.enterTerm(n2, 3);
    handle(made, n4, n2, late);
    expect(livenessFailures(made)).toEqual([]);
  });

  /** n4 sends RequestVote to n2, which does this. */
  function voteRequested(
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
    expect(voteRequested(() => {})).toHaveLength(1);
    expect(voteRequested((node, out) => follow(node, out, 2))).toHaveLength(1);
    expect(voteRequested(votes)).toEqual([]);
  });

  test('[Lv6] it may deny its vote because of the log or of leader stickiness, but not long after leader contact', () => {
    expect(voteRequested((node, out) => follow(node, out, 2), { lastLogIndex: 0, lastLogTerm: 0 })).toEqual([]);
    const sticky = cluster({ checkQuorum: true });
    handle(sticky, n1, n2, heartbeat(sticky, n1, 0), (node) => (node.leader = n1));
    expect(voteRequested(() => {}, {}, sticky)).toEqual([]);
    sticky.now += 2_000_000;
    expect(voteRequested(() => {}, {}, sticky)).toHaveLength(1);
  });

  test('[Lv6] a node that is no voter of its configuration must vote all the same', () => {
    const made = cluster();
    made.step(n2, (node) => (node.pinnedConfiguration = { configuration: members(n1, n4), index: 2 }));
    expect(voteRequested(() => {}, {}, made)).toEqual([
      'Lv6: n2, whose configuration does not have itself among the voters, rejected RequestVote from n4',
    ]);
  });

  test('[Lv6] among members, a denied vote breaks other properties', () => {
    const made = cluster();
    handle(made, n3, n2, { ...wanted, candidate: n3 });
    expect(livenessFailures(made)).toEqual([]);
  });
});
