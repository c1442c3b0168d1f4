import { describe, expect, test } from 'vitest';
import { type Configuration, NONE, REQUEST_VOTE, type RequestVote } from '../../core/messages.ts';
import type { AdminRequest } from '../../core/admin-request.ts';
import { FakeCluster, type FakeNode, type FakeOut, follow, n1, n2, n3, n4, request } from '../testing/fake-cluster.ts';
import { livenessFailures, heartbeat, heartbeatReply, handle } from '../testing/hooks.ts';

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

describe('[Lv6] ReconfigurationCompletes: catching up under load', () => {
  const MS = 1_000;
  const LEARNING: Configuration = { ...three, learners: [n4] };

  /** n1 leads term 1 and lets the learner n4 catch up; what it has committed is in its log up to index 1. */
  function catchingUp(configuration = LEARNING, index = 1): FakeCluster {
    const made = cluster();
    made.step(n1, (node) => {
      node.pinnedConfiguration = { configuration, index };
      node.catchingUp = n4;
    });
    return made;
  }

  /** A round of so many milliseconds: n1 appends more, and then n4 acknowledges what was there when the round began. */
  function round(made: FakeCluster, span: number, from: number = n4): void {
    const goal = made.node(n1).log.lastIndex;
    made.append(n1, null, null);
    made.now += span * MS;
    handle(made, from, n1, heartbeatReply(1, 0), (node) => (node.matchIndex[from] = goal));
  }

  function rounds(made: FakeCluster, ...spans: readonly number[]): readonly string[] {
    for (const span of spans) round(made, span);
    return livenessFailures(made);
  }

  test('[Lv6] a member that completes four fast rounds without becoming a voter fails', () => {
    const made = catchingUp();
    expect(rounds(made, 20, 20, 20)).toEqual([]);
    expect(rounds(made, 20)).toEqual([
      'Lv6: n1 has not made n4 a voter, which has replicated what the log held 4 times within 150 ms each',
    ]);
  });

  test('[Lv6] so does one after slow rounds, and one whose rounds take nearly half an election timeout', () => {
    expect(rounds(catchingUp(), 500, 400, 20, 20, 20, 20)).toHaveLength(1);
    expect(rounds(catchingUp(), 140, 140, 140, 140)).toHaveLength(1);
  });

  test('[Lv6] one whose rounds are slow, or not fast four times in a row, does not', () => {
    expect(rounds(catchingUp(), 160, 160, 160, 160, 160, 160)).toEqual([]);
    expect(rounds(catchingUp(), 20, 20, 20, 200, 20, 20, 20)).toEqual([]);
  });

  test('[Lv6] one that acknowledges less than the log held when the round began has completed none', () => {
    const made = catchingUp();
    for (let time = 0; time < 10; time++) {
      made.append(n1, null, null);
      made.now += 20 * MS;
      handle(made, n4, n1, heartbeatReply(1, 0), (node) => (node.matchIndex[n4] = time > 0 ? 1 : 0));
    }
    expect(livenessFailures(made)).toEqual([]);
  });

  test('[Lv6] replies of other nodes complete no round', () => {
    const made = catchingUp();
    for (let time = 0; time < 6; time++) round(made, 20, n2);
    expect(livenessFailures(made)).toEqual([]);
  });

  test('[Lv6] it waits for a change that is not committed, and for a joint configuration to be left', () => {
    expect(rounds(catchingUp(LEARNING, 2), 20, 20, 20, 20, 20)).toEqual([]);
    const joint: Configuration = { voters: [n1, n2], outgoing: [n1, n2, n3], learners: [n4], leavesByItself: false };
    expect(rounds(catchingUp(joint), 20, 20, 20, 20, 20)).toEqual([]);
  });

  test('[Lv6] it starts over when the change is committed', () => {
    const made = catchingUp(LEARNING, 2);
    rounds(made, 20, 20, 20);
    made.step(n1, (node) => (node.commitIndex = 2));
    expect(rounds(made, 20, 20, 20)).toEqual([]);
    expect(rounds(made, 20)).toHaveLength(1);
  });

  test('[Lv6] it starts over when the catch-up is aborted and begins again, and when another leader continues', () => {
    const aborted = catchingUp();
    rounds(aborted, 20, 20, 20);
    aborted.step(n1, (node) => (node.catchingUp = NONE));
    aborted.step(n1, (node) => (node.catchingUp = n4));
    expect(rounds(aborted, 20, 20, 20)).toEqual([]);
    const again = catchingUp();
    rounds(again, 20, 20, 20);
    again.step(n1, (node) => (node.term = 2));
    expect(rounds(again, 20, 20, 20)).toEqual([]);
  });

  test('[Lv6] a node that is promoted after fast rounds does not fail', () => {
    const made = catchingUp();
    rounds(made, 20, 20, 20);
    made.step(n1, (node) => {
      node.pinnedConfiguration = { configuration: members(n1, n2, n3, n4), index: 2 };
      node.catchingUp = NONE;
    });
    expect(rounds(made, 20, 20, 20, 20)).toEqual([]);
  });

  /** n1 handles an event every 100 ms for so long, and no node replies. */
  function pass(made: FakeCluster, seconds: number): readonly string[] {
    for (const until = made.now + seconds * 1_000 * MS; made.now < until;) {
      made.now += 99 * MS;
      made.step(n1, () => {});
    }
    return livenessFailures(made);
  }

  test('[Lv6] a catch-up that goes on for more than 110 of the longest election timeouts fails', () => {
    const made = catchingUp();
    // 110 times 300 ms.
    expect(pass(made, 33)).toEqual([]);
    const [failure, ...more] = pass(made, 1);
    expect(failure).toMatch(/^Lv6: n1 has not made n4 a voter for 33\d{3} ms, nor aborted that$/u);
    expect(more).toEqual([]);
  });

  test('[Lv6] so does one of slow rounds without an end', () => {
    const spans = Array.from({ length: 20 }, () => 2_000);
    expect(rounds(catchingUp(), ...spans)).toHaveLength(1);
  });

  test('[Lv6] one that is aborted in time does not, nor one of a leader that steps down or is paused', () => {
    const aborted = catchingUp();
    pass(aborted, 32);
    aborted.step(n1, (node) => (node.catchingUp = NONE));
    expect(pass(aborted, 5)).toEqual([]);
    const deposed = catchingUp();
    pass(deposed, 32);
    deposed.enterTerm(n1, 2);
    expect(pass(deposed, 5)).toEqual([]);
    const paused = catchingUp();
    pass(paused, 32);
    paused.pause(n1);
    paused.now += 10_000 * MS;
    paused.resume(n1);
    paused.step(n1, () => {});
    paused.step(n1, (node) => (node.catchingUp = NONE));
    expect(livenessFailures(paused)).toEqual([]);
  });

  test('[Lv6] the bound grows with the election timeout', () => {
    const made = new FakeCluster(4, {
      expected: { electionTimeout: [300 * MS, 600 * MS] },
      configuration: three,
      enabled: ['Lv6'],
    });
    made.elect(n1, [n2]);
    made.write(n1, [n2], A);
    made.step(n1, (node) => {
      node.pinnedConfiguration = { configuration: LEARNING, index: 1 };
      node.catchingUp = n4;
    });
    expect(pass(made, 66)).toEqual([]);
    expect(pass(made, 1)).toHaveLength(1);
  });
});
