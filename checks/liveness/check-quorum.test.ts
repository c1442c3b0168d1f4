import { describe, expect, test } from 'vitest';
import {
  type Configuration,
  REQUEST_PRE_VOTE_REPLY,
  REQUEST_PRE_VOTE,
  REQUEST_VOTE,
  type RequestPreVote,
  type RequestVote,
  INSTALL_SNAPSHOT_REPLY,
} from '../../core/messages.ts';
import { FOLLOWER, LEADER } from '../../core/view.ts';
import {
  FakeCluster,
  follow,
  n1,
  n2,
  n3,
  n4,
  n5,
  request,
  type FakeNode,
  type FakeOut,
} from '../testing/fake-cluster.ts';
import { livenessFailures, heartbeat, handle, receiveHeartbeatReply } from '../testing/hooks.ts';

const MS = 1_000;

/** n1 leads term 1. Election timeouts are 150 ms to 300 ms, heartbeats 50 ms. */
function cluster(nodes = 3, expected: object = { checkQuorum: true }): FakeCluster {
  const made = new FakeCluster(nodes, { expected });
  made.elect(n1, nodes === 1 ? [] : nodes === 3 ? [n2] : [n2, n3]);
  return made;
}

/** From here on, this is the configuration of n1. */
function goesBy(made: FakeCluster, changes: Partial<Configuration>): void {
  const configuration = { voters: [], outgoing: [], learners: [], leavesByItself: true, ...changes };
  made.step(n1, (node) => (node.pinnedConfiguration = { configuration, index: 1 }));
}

/** Time goes on for a node that handles something every 50 ms. */
function pass(made: FakeCluster, id: number, span: number): void {
  for (const until = made.now + span; made.now < until;) {
    made.now += 49 * MS;
    made.step(id, () => {});
  }
}

describe('[Lv7] LeaderWithoutQuorum', () => {
  test('[Lv7] a leader that goes on without any contact fails', () => {
    const made = cluster();
    pass(made, n1, 1_000 * MS);
    expect(livenessFailures(made)).toHaveLength(1);
    expect(livenessFailures(made)[0]).toMatch(/^Lv7: n1 led term 1 for \d{3} ms without contact to a quorum$/);
    expect(made.end()).toBeNull();
  });

  test('[Lv7] one that steps down after an election timeout does not', () => {
    const made = cluster();
    pass(made, n1, 400 * MS);
    made.step(n1, (node) => (node.role = FOLLOWER));
    pass(made, n1, 2_000 * MS);
    expect(livenessFailures(made)).toEqual([]);
  });

  test('[Lv7] one with contact to a quorum may go on, and a minority is not enough', () => {
    for (const contacts of [[n2], [n2, n3]]) {
      const made = cluster(5);
      for (let i = 0; i < 30; i++) {
        for (const from of contacts) receiveHeartbeatReply(made, n1, from);
        pass(made, n1, 50 * MS);
      }
      expect(livenessFailures(made)).toHaveLength(contacts.length === 1 ? 1 : 0);
    }
  });

  test('[Lv7] while joint, contact with both majorities is needed', () => {
    for (const [contacts, count] of [
      [[n4, n5], 1],
      [[n2, n4], 0],
    ] as const) {
      const made = cluster(5);
      goesBy(made, { voters: [n1, n4, n5], outgoing: [n1, n2, n3] });
      for (let i = 0; i < 30; i++) {
        for (const from of contacts) receiveHeartbeatReply(made, n1, from);
        pass(made, n1, 50 * MS);
      }
      expect(livenessFailures(made)).toHaveLength(count);
    }
  });

  test('[Lv7] learners do not count', () => {
    const made = cluster();
    goesBy(made, { voters: [n1, n2], learners: [n3] });
    for (let i = 0; i < 30; i++) {
      receiveHeartbeatReply(made, n1, n3);
      pass(made, n1, 50 * MS);
    }
    expect(livenessFailures(made)).toHaveLength(1);
  });

  test('[Lv7] the only voter needs no contact', () => {
    const made = cluster(1);
    pass(made, n1, 2_000 * MS);
    expect(livenessFailures(made)).toEqual([]);
  });

  test('[Lv7] a paused leader cannot step down, and does not fail when it resumes', () => {
    const made = cluster();
    made.pause(n1);
    made.now += 5_000 * MS;
    made.step(n1, () => {});
    made.resume(n1);
    made.step(n1, () => {});
    receiveHeartbeatReply(made, n1, n2);
    pass(made, n1, 400 * MS);
    expect(livenessFailures(made)).toEqual([]);
  });

  test('[Lv7] new members have time to make contact', () => {
    const made = cluster();
    for (let i = 0; i < 20; i++) {
      receiveHeartbeatReply(made, n1, n2);
      pass(made, n1, 50 * MS);
    }
    goesBy(made, { voters: [n1, n3] });
    pass(made, n1, 600 * MS);
    expect(livenessFailures(made)).toEqual([]);
    pass(made, n1, 400 * MS);
    expect(livenessFailures(made)).toHaveLength(1);
  });

  test('[Lv7] without CheckQuorum, a leader may stay', () => {
    const made = cluster(3, {});
    pass(made, n1, 2_000 * MS);
    expect(livenessFailures(made)).toEqual([]);
  });
});

describe('[Lv10] LeaderStays: the leader', () => {
  const giveUp = (node: FakeNode): void => void (node.role = FOLLOWER);

  test('[Lv10] a leader that steps down although a quorum has just replied fails', () => {
    const made = cluster();
    receiveHeartbeatReply(made, n1, n2);
    made.now += 100 * MS;
    made.step(n1, giveUp);
    expect(livenessFailures(made)).toEqual([
      'Lv10: n1 stepped down in term 1, although a quorum had replied 101 ms before',
    ]);
  });

  test('[Lv10] a reply to a chunk of a snapshot counts, too', () => {
    const made = cluster();
    handle(made, n2, n1, {
      type: INSTALL_SNAPSHOT_REPLY,
      term: 1,
      lastIndex: 9,
      offset: 0,
      done: false,
      round: 0,
      memberSince: 0,
    });
    made.step(n1, giveUp);
    expect(livenessFailures(made)).toHaveLength(1);
  });

  test('[Lv10] a leader may step down when the last reply is long ago, or for a later term, or when it is removed', () => {
    const silent = cluster();
    receiveHeartbeatReply(silent, n1, n2);
    silent.now += 150 * MS;
    silent.step(n1, giveUp);
    const deposed = cluster();
    receiveHeartbeatReply(deposed, n1, n2);
    deposed.enterTerm(n1, 2);
    const removed = cluster();
    receiveHeartbeatReply(removed, n1, n2);
    goesBy(removed, { voters: [n2, n3] });
    removed.step(n1, giveUp);
    for (const made of [silent, deposed, removed]) expect(livenessFailures(made)).toEqual([]);
  });
});

describe('[Lv10] LeaderStays: its followers', () => {
  /** n2 has heard from n1 this long ago when it receives RequestVote of n3 for a later term. */
  function voteRequested(made: FakeCluster, span: number, changes: Partial<RequestVote> = {}): FakeCluster {
    handle(made, n1, n2, heartbeat(made, n1, 0), (node, out) => {
      follow(node, out, 1);
      node.leader = n1;
    });
    made.now += span;
    made.startDurableElection(n3, 2);
    const request: RequestVote = {
      type: REQUEST_VOTE,
      term: 2,
      candidate: n3,
      lastLogIndex: 0,
      lastLogTerm: 0,
      transfer: false,
    };
    handle(made, n3, n2, { ...request, ...changes }, (node, out) => follow(node, out, 2));
    return made;
  }

  test('[Lv10] a node that has just heard from its leader and enters the term of another candidate fails', () => {
    expect(livenessFailures(voteRequested(cluster(), 100 * MS))).toEqual([
      'Lv10: n2 followed n3 into term 2, although it had heard from its leader n1 103 ms before',
    ]);
  });

  test('[Lv10] it may do so after the shortest election timeout, or if the leader wants it', () => {
    expect(livenessFailures(voteRequested(cluster(), 150 * MS))).toEqual([]);
    expect(
      livenessFailures(voteRequested(cluster(), 100 * MS, { transfer: true })).filter((text) =>
        text.startsWith('Lv10'),
      ),
    ).toEqual([]);
  });

  test('[Lv10] it may do so after an admin request to forget its leader, or after a restart', () => {
    const forgetful = cluster();
    heartbeatThen(forgetful, () => {
      forgetful.step(n2, () => forgetful.checks.adminRequested(n2, { kind: 'forget-leader' }));
    });
    const crashed = cluster();
    heartbeatThen(crashed, () => crashed.restart(n2));
    for (const made of [forgetful, crashed]) {
      made.startDurableElection(n3, 2);
      handle(made, n3, n2, voteRequest(), (node, out) => follow(node, out, 2));
      expect(livenessFailures(made)).toEqual([]);
    }
  });

  test('[Lv10] without CheckQuorum, it may do so at once', () => {
    expect(livenessFailures(voteRequested(cluster(3, {}), 0))).toEqual([]);
    expect(
      livenessFailures(voteRequested(cluster(3, { preVote: true }), 0)).filter((text) => text.startsWith('Lv10')),
    ).toEqual([]);
  });

  function heartbeatThen(made: FakeCluster, then: () => void): void {
    handle(made, n1, n2, heartbeat(made, n1, 0), (node) => (node.leader = n1));
    then();
  }

  function voteRequest(): RequestVote {
    return { type: REQUEST_VOTE, term: 2, candidate: n3, lastLogIndex: 0, lastLogTerm: 0, transfer: false };
  }

  test.each([{ checkQuorum: true }, { preVote: true }])(
    '[Lv10] with %o, a pre-vote for another right after a message of the leader fails',
    (expected) => {
      for (const [span, granted, count] of [
        [100, true, 1],
        [100, false, 0],
        [150, true, 0],
      ] as const) {
        const made = cluster(3, expected);
        heartbeatThen(made, () => (made.now += span * MS));
        const request = { type: REQUEST_PRE_VOTE, term: 2, candidate: n3, lastLogIndex: 0, lastLogTerm: 0 } as const;
        handle(made, n3, n2, request, (_node: FakeNode, out: FakeOut) =>
          out.send(n3, { type: REQUEST_PRE_VOTE_REPLY, term: granted ? 2 : 1, granted }, false),
        );
        expect(livenessFailures(made).filter((text) => text.startsWith('Lv10'))).toHaveLength(count);
      }
    },
  );

  test('[Lv10] the leader it hears from is the one it follows', () => {
    const made = cluster();
    handle(made, n1, n2, heartbeat(made, n1, 0), () => {});
    made.startDurableElection(n3, 2);
    handle(made, n3, n2, voteRequest(), (node, out) => follow(node, out, 2));
    // It has rejected the heartbeat, which breaks other properties.
    expect(livenessFailures(made)).toEqual([]);
    expect(made.node(n1).role).toBe(LEADER);
  });
});

describe('[Lv16] StickinessEnds', () => {
  /** n2 has heard from n1 this long before n3 asks for its vote, and ignores it. */
  function ignoredAfter(span: number, expected: object = { checkQuorum: true }): readonly string[] {
    const made = new FakeCluster(3, { expected, enabled: ['Lv16'] });
    made.elect(n1, [n2]);
    handle(made, n1, n2, heartbeat(made, n1, 0), (node) => (node.leader = n1));
    made.startDurableElection(n3);
    made.now += span;
    const request: RequestVote = {
      ...{ type: REQUEST_VOTE, term: 2, candidate: n3, lastLogIndex: 0, lastLogTerm: 0, transfer: false },
    };
    handle(made, n3, n2, request);
    return livenessFailures(made);
  }

  test('[Lv16] a node that ignores a candidate long after it has heard from a leader fails', () => {
    const failures = ignoredAfter(200 * MS);
    expect(failures).toHaveLength(1);
    expect(failures[0]).toMatch(
      /^Lv16: n2 ignored the RequestVote of n3 for term 2, although it last heard from one 20\d ms before$/,
    );
  });

  test('[Lv16] within the shortest election timeout it may, with CheckQuorum only', () => {
    expect(ignoredAfter(100 * MS)).toEqual([]);
    expect(ignoredAfter(100 * MS, { checkQuorum: false })).toHaveLength(1);
  });

  /** n2 has heard from n1 this long before n3, whose log is up to date or not, asks for its pre-vote, and denies it. */
  function deniedAfter(span: number, isUpToDate = true, isLeader = false): readonly string[] {
    const made = new FakeCluster(3, { expected: { preVote: true }, enabled: ['Lv16'] });
    made.elect(n1, [n2]);
    made.write(n1, [n2], request(1, 1));
    handle(made, n1, n2, heartbeat(made, n1, 0), (node) => (node.leader = n1));
    made.now += span;
    const last = isUpToDate ? 1 : 0;
    const asked: RequestPreVote = {
      ...{ type: REQUEST_PRE_VOTE, term: 2, candidate: n3, lastLogIndex: last, lastLogTerm: last },
    };
    handle(made, n3, isLeader ? n1 : n2, asked, (_node, out) =>
      out.send(n3, { type: REQUEST_PRE_VOTE_REPLY, term: 1, granted: false }, false),
    );
    return livenessFailures(made);
  }

  test('[Lv16] a node that denies a pre-vote long after it has heard from a leader fails', () => {
    const failures = deniedAfter(200 * MS);
    expect(failures).toHaveLength(1);
    expect(failures[0]).toMatch(
      /^Lv16: n2 denied n3 a pre-vote for term 2, whose log is up to date, although it last heard from one 20\d ms before$/,
    );
  });

  test('[Lv16] it may within the shortest election timeout, when the log of the candidate is behind, or as leader', () => {
    expect(deniedAfter(100 * MS)).toEqual([]);
    expect(deniedAfter(200 * MS, false)).toEqual([]);
    expect(deniedAfter(200 * MS, true, true)).toEqual([]);
  });
});
