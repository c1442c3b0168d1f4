import { describe, expect, test } from 'vitest';
import { configuration, joint } from './configuration.ts';
import { NONE } from './messages.ts';
import type { RaftOptions } from './options.ts';
import { Exchange } from './testing/exchange.ts';
import {
  candidate,
  follower,
  installOf,
  leader,
  requestPreVoteOf,
  preVote,
  snapshotReply,
  timerOf,
  transferRequestVote,
} from './testing/messages.ts';
import {
  TestNode,
  ack,
  appendOf,
  requestVoteOf,
  entriesOf,
  entryOf,
  reject,
  requestOf,
  voteReply,
} from './testing/node.ts';
import { ELECTION, HEARTBEAT } from './node.ts';
import { CANDIDATE, FOLLOWER, LEADER } from './view.ts';

// Dissertation §6.2 (a leader without followers steps down), §4.2.3 (loyalty to a leader), §6.4.1 (restarts and leases).

const CHECKS: Partial<RaftOptions> = { checkQuorum: true };
const [SHORTEST, LONGEST] = [150_000, 300_000];

describe('a leader without a quorum', () => {
  test('§6.2 steps down when an election timeout has passed without word from a majority, and not before', () => {
    const bench = leader({ options: CHECKS });
    bench.now = LONGEST - 1;
    bench.fire(HEARTBEAT);
    expect(bench.node.role).toBe(LEADER);
    bench.now = LONGEST;
    bench.fire(HEARTBEAT);
    expect([bench.node.role, bench.node.leader, bench.node.term, bench.node.votedFor]).toEqual([FOLLOWER, NONE, 5, 0]);
    expect([bench.out.sent, bench.out.writes]).toEqual([[], []]);
    expect(timerOf(bench, HEARTBEAT)).toBe(Infinity);
    expect(timerOf(bench, ELECTION)).toBeGreaterThanOrEqual(bench.now + SHORTEST);
  });

  test('[V6] §6.2 without the option it leads for ever', () => {
    const bench = leader();
    for (bench.now = 50_000; bench.now <= 10_000_000; bench.now += 50_000) bench.fire(HEARTBEAT);
    expect(bench.node.role).toBe(LEADER);
  });

  test.each([1, 2, 3, 4, 5, 6, 7])('§6.2 of %i servers, it needs a majority, itself included', (nodes) => {
    for (let answering = 0; answering < nodes; answering++) {
      const bench = leader({ nodes, options: CHECKS });
      for (bench.now = 50_000; bench.now <= 1_000_000; bench.now += 50_000) {
        bench.fire(HEARTBEAT);
        for (let from = 1; from <= answering; from++) bench.receive(from, ack(5, 1));
      }
      expect(bench.node.role).toBe(2 * (answering + 1) > nodes ? LEADER : FOLLOWER);
    }
  });

  test('§6.2 followers may answer in turn: what counts is when each was last heard', () => {
    const bench = leader({ options: CHECKS });
    for (let turn = 0; turn < 40; turn++) {
      bench.now += 50_000;
      bench.fire(HEARTBEAT);
      bench.receive(1 + (turn % 4), ack(5, 1));
    }
    expect(bench.node.role).toBe(LEADER);
  });

  test.each([
    ['an acknowledgement', ack(5, 1), LEADER],
    ['a rejection', reject(5, 0, 0, 1), LEADER],
    ['an answer to a part of a snapshot', snapshotReply(5, 1, false), LEADER],
    ['an acknowledgement of an earlier term', ack(4, 1), FOLLOWER],
    ['an answer to a snapshot of an earlier term', snapshotReply(4, 1, false), FOLLOWER],
    ['a vote', voteReply(5), FOLLOWER],
  ])('§6.2 what counts as word from a follower: %s', (_, message, role) => {
    const bench = leader({ nodes: 3, options: CHECKS });
    bench.now = 100_000;
    bench.receive(1, message);
    bench.now = LONGEST;
    bench.fire(HEARTBEAT);
    expect(bench.node.role).toBe(role);
  });

  test('§6.2 learners and strangers do not count', () => {
    const bench = leader({ members: configuration([0, 1, 2], [3]), options: CHECKS });
    bench.now = 100_000;
    for (const from of [3, 4]) bench.receive(from, ack(5, 1));
    bench.now = LONGEST;
    bench.fire(HEARTBEAT);
    expect(bench.node.role).toBe(FOLLOWER);
  });

  test.each([
    [[1], FOLLOWER],
    [[3, 4], FOLLOWER],
    [[1, 3], LEADER],
  ])(
    '§6.2 while the configuration is joint, it needs both majorities: of {0,1,2} and {0,3,4}, with %j',
    (from, role) => {
      const bench = leader({ members: joint([0, 3, 4], [0, 1, 2], [], false), options: CHECKS });
      for (const node of [1, 3]) bench.receive(node, voteReply(5));
      expect(bench.node.role).toBe(LEADER);
      bench.now = 100_000;
      for (const node of from) bench.receive(node, ack(5, 1));
      bench.now = LONGEST;
      bench.fire(HEARTBEAT);
      expect(bench.node.role).toBe(role);
    },
  );

  test('§6.2 its clients learn that it cannot tell what becomes of their requests, and that it knows no leader', () => {
    const bench = leader({ options: CHECKS });
    bench.ask(requestOf(1, 1));
    bench.now = LONGEST;
    bench.fire(HEARTBEAT);
    expect(bench.out.replies.map(({ reply }) => [reply.status, reply.leader])).toEqual([['unknown', NONE]]);
    bench.ask(requestOf(2, 1));
    expect(bench.out.replies.map(({ reply }) => [reply.status, reply.leader])).toEqual([['redirect', NONE]]);
  });

  test('§6.2 answers that come when it has stepped down commit nothing', () => {
    const bench = leader({ nodes: 3, options: CHECKS });
    bench.now = LONGEST;
    bench.fire(HEARTBEAT);
    for (const from of [1, 2]) bench.receive(from, ack(5, 1));
    expect([bench.node.role, bench.node.commitIndex, bench.out.sent]).toEqual([FOLLOWER, 0, []]);
  });

  test('§6.2 a leader elected anew has a whole timeout to hear from a majority', () => {
    const bench = leader({ nodes: 3, options: CHECKS });
    bench.now = LONGEST;
    bench.fire(HEARTBEAT);
    bench.now = 5_000_000;
    bench.lead();
    bench.now += LONGEST - 1;
    bench.fire(HEARTBEAT);
    expect(bench.node.role).toBe(LEADER);
  });
});

describe('loyalty', () => {
  /** Node 0, which has just heard from its leader, node 1. */
  function loyal(options: Partial<RaftOptions> = CHECKS, word = appendOf(5, 1)): TestNode {
    const bench = follower({ options });
    bench.now = 1_000_000;
    bench.receive(1, word);
    return bench;
  }

  test('§4.2.3 who has heard from a leader within the shortest timeout neither votes nor takes the term over', () => {
    const bench = loyal();
    bench.now += SHORTEST - 1;
    bench.receive(3, requestVoteOf(9, 3, 9, 9));
    const { node, out } = bench;
    expect([node.term, node.votedFor, node.leader, node.role]).toEqual([5, NONE, 1, FOLLOWER]);
    expect([out.sent, out.writes, out.timers, out.marks]).toEqual([[], [], [], []]);
    bench.now += 1;
    bench.receive(3, requestVoteOf(9, 3, 9, 9));
    expect([bench.sentTo(3), bench.node.term]).toEqual([[voteReply(9)], 9]);
  });

  test.each([
    ['AppendEntries that do not match', appendOf(5, 1, [7, 5]), true],
    ['InstallSnapshot', installOf(5, 1, [4, 5]), true],
    ['a leader of a later term', appendOf(6, 1), true],
    ['a leader of an earlier term', appendOf(4, 1), false],
    ['a snapshot of an earlier term', installOf(4, 1, [4, 4]), false],
    ['a candidate that it votes for', requestVoteOf(6, 1), false],
    ['an answer', ack(5, 1), false],
  ])('§4.2.3 what makes loyal is the word of a present leader: %s', (_, word, isLoyal) => {
    const bench = follower({ options: CHECKS });
    bench.receive(1, word);
    bench.receive(3, requestVoteOf(9, 3, 9, 9));
    expect(bench.sentTo(3)).toEqual(isLoyal ? [] : [voteReply(9)]);
  });

  test('§4.2.3 a leader does not listen to candidates, whatever their term', () => {
    const bench = leader({ options: CHECKS });
    bench.receive(3, requestVoteOf(9, 3, 9, 9));
    expect([bench.node.role, bench.node.term, bench.out.sent]).toEqual([LEADER, 5, []]);
  });

  test('§4.2.3 a candidate does', () => {
    const bench = candidate({ options: CHECKS });
    bench.receive(3, requestVoteOf(9, 3, 9, 9));
    expect([bench.node.role, bench.sentTo(3)]).toEqual([FOLLOWER, [voteReply(9)]]);
  });

  test('§4.2.3 without the option nobody is loyal', () => {
    for (const bench of [loyal({}), leader()]) {
      bench.receive(3, requestVoteOf(9, 3, 9, 9));
      expect(bench.sentTo(3)).toEqual([voteReply(9)]);
    }
  });

  test('[T4] §4.2.3 a candidate that the leader has asked to stand is heard at once, by followers and by the leader', () => {
    for (const bench of [loyal(), leader({ options: CHECKS })]) {
      bench.receive(3, transferRequestVote(6, 3, 9, 9));
      expect([bench.node.role, bench.node.term, bench.sentTo(3)]).toEqual([FOLLOWER, 6, [voteReply(6)]]);
    }
  });

  test('§4.2.3 loyalty is to leaders, not to elections: a request of the past term is ignored, too, and none is answered', () => {
    const bench = loyal();
    for (const term of [4, 5, 6]) {
      bench.receive(3, requestVoteOf(term, 3, 9, 9));
      expect(bench.out.sent).toEqual([]);
    }
  });

  test('§4.2.3 [M8] a server that was removed and does not know it does not depose the leader', () => {
    const members = configuration([0, 1, 2]);
    const left = [entryOf(1, null, members)];
    const benches = [0, 1, 2, 3].map(
      (id) => new TestNode({ id, nodes: 4, options: CHECKS, disk: { term: 1, log: id === 3 ? [] : left } }),
    );
    const cluster = new Exchange(benches);
    cluster.fire(0, ELECTION);
    for (let now = 50_000; now <= 2_000_000; now += 50_000) {
      cluster.now = now;
      cluster.fire(0, HEARTBEAT);
      if (now % 200_000 === 0) cluster.fire(3, ELECTION);
    }
    expect(benches[3]!.node.term).toBeGreaterThan(5);
    expect(benches.slice(0, 3).map(({ node }) => [node.term, node.leader])).toEqual([
      [2, 0],
      [2, 0],
      [2, 0],
    ]);
  });

  test('§4.2.3 a member in a later term is heard by its answers: the leader steps down, and the next one reaches all', () => {
    const benches = [0, 1, 2].map((id) => new TestNode({ id, nodes: 3, options: CHECKS }));
    const cluster = new Exchange(benches);
    cluster.fire(0, ELECTION);
    cluster.down.add(2);
    for (let round = 0; round < 5; round++) cluster.fire(2, ELECTION);
    cluster.down.delete(2);
    cluster.now = 100_000;
    cluster.fire(0, HEARTBEAT);
    expect([benches[0]!.node.role, benches[0]!.node.term]).toEqual([FOLLOWER, 6]);
    cluster.now = 400_000;
    // The first time it learns which term it is.
    cluster.fire(1, ELECTION);
    cluster.fire(1, ELECTION);
    cluster.fire(1, HEARTBEAT);
    expect(benches.map(({ node }) => [node.term, node.leader])).toEqual([
      [7, 1],
      [7, 1],
      [7, 1],
    ]);
  });
});

describe('forgetting the leader', () => {
  test('a follower that is told that its leader is dead knows none, and votes at once', () => {
    const bench = follower({ options: CHECKS });
    bench.receive(1, appendOf(5, 1));
    expect(bench.admin({ kind: 'forget-leader' })).toBe(null);
    expect([bench.node.role, bench.node.leader, bench.node.term]).toEqual([FOLLOWER, NONE, 5]);
    expect([bench.out.sent, bench.out.writes]).toEqual([[], []]);
    bench.receive(3, requestPreVoteOf(6, 3));
    expect(bench.sentTo(3)).toEqual([preVote(6)]);
    bench.receive(3, requestVoteOf(6, 3));
    expect(bench.sentTo(3)).toEqual([voteReply(6)]);
  });

  test('it goes on waiting for a leader as before, and follows the one it had if that speaks again', () => {
    const bench = follower({ options: CHECKS });
    bench.receive(1, appendOf(5, 1));
    bench.admin({ kind: 'forget-leader' });
    expect(bench.out.timers).toEqual([]);
    bench.receive(1, appendOf(5, 1));
    expect(bench.node.leader).toBe(1);
    bench.receive(3, requestVoteOf(6, 3));
    expect(bench.out.sent).toEqual([]);
  });

  test('with the others of a majority told, an election need not wait for the loyalty to end', () => {
    const benches = [0, 1, 2].map((id) => new TestNode({ id, nodes: 3, options: { ...CHECKS, preVote: true } }));
    const cluster = new Exchange(benches);
    cluster.fire(0, ELECTION);
    cluster.down.add(0);
    cluster.fire(1, ELECTION);
    expect(benches[1]!.node.role).not.toBe(LEADER);
    cluster.act(2, (bench) => bench.admin({ kind: 'forget-leader' }));
    cluster.fire(1, ELECTION);
    expect(benches[1]!.node.role).toBe(LEADER);
  });

  test('it is declined by a leader, by who knows no leader, and where leases rest on loyalty', () => {
    expect(leader().admin({ kind: 'forget-leader' })).toBe('it leads itself');
    expect(follower().admin({ kind: 'forget-leader' })).toBe('it knows no leader');
    expect(candidate().admin({ kind: 'forget-leader' })).toBe('it knows no leader');
    const bench = follower({ options: { ...CHECKS, reads: 'lease' } });
    bench.receive(1, appendOf(5, 1));
    expect(bench.admin({ kind: 'forget-leader' })).toBe('leases rest on loyalty');
    expect(bench.node.leader).toBe(1);
    bench.receive(3, requestVoteOf(6, 3));
    expect(bench.out.sent).toEqual([]);
  });
});

describe('restarts and leases', () => {
  test('§6.4.1 a server that restarts may have granted a lease it has forgotten: it votes only when that is over', () => {
    const bench = follower({ options: { ...CHECKS, reads: 'lease' }, disk: { log: entriesOf(5) } });
    bench.now = SHORTEST - 1;
    bench.receive(3, requestVoteOf(6, 3, 1, 5));
    expect([bench.out.sent, bench.node.term]).toEqual([[], 5]);
    bench.receive(3, requestPreVoteOf(6, 3, 1, 5));
    expect(bench.sentTo(3)).toEqual([preVote(5, false)]);
    bench.now = SHORTEST;
    bench.receive(3, requestVoteOf(6, 3, 1, 5));
    expect(bench.sentTo(3)).toEqual([voteReply(6)]);
  });

  test('§6.4.1 without leases it may vote at once', () => {
    for (const reads of ['log', 'readIndex'] as const) {
      const bench = follower({ options: { ...CHECKS, reads } });
      bench.receive(3, requestVoteOf(6, 3));
      expect(bench.sentTo(3)).toEqual([voteReply(6)]);
    }
  });

  test('§6.4.1 it may stand at once: others have their own loyalty', () => {
    const bench = follower({ options: { ...CHECKS, reads: 'lease' } });
    bench.fire(ELECTION);
    expect([bench.node.role, bench.node.term]).toEqual([CANDIDATE, 6]);
  });
});
