import { describe, expect, test } from 'vitest';
import { configuration, joint } from './configuration.ts';
import { NONE } from './messages.ts';
import { ELECTION, HEARTBEAT } from './node.ts';
import type { RaftOptions } from './options.ts';
import {
  ack,
  appendOf,
  entriesOf,
  entryOf,
  installOf,
  installSnapshotReply,
  preVoteReply,
  reject,
  requestOf,
  requestPreVoteOf,
  requestVoteOf,
  transferRequestVote,
  voteReply,
} from './testing/messages.ts';
import { candidate, follower, leader, TestNode, timerOf } from './testing/node.ts';
import { ReliableCluster } from './testing/reliable-cluster.ts';
import { CANDIDATE, FOLLOWER, LEADER } from './view.ts';

// Dissertation §6.2 (a leader without followers steps down), §4.2.3 (leader stickiness), §6.4.1 (restarts and leases).

const CHECKS: Partial<RaftOptions> = { checkQuorum: true };
const [SHORTEST, LONGEST] = [150_000, 300_000];

describe('a leader without a quorum', () => {
  test('§6.2 steps down when an election timeout has passed without contact to a majority, and not before', () => {
    const node = leader({ options: CHECKS });
    node.now = LONGEST - 1;
    node.fire(HEARTBEAT);
    expect(node.state.role).toBe(LEADER);
    node.now = LONGEST;
    node.fire(HEARTBEAT);
    expect([node.state.role, node.state.leader, node.state.term, node.state.votedFor]).toEqual([FOLLOWER, NONE, 5, 0]);
    expect([node.out.sent, node.out.writes]).toEqual([[], []]);
    expect(timerOf(node, HEARTBEAT)).toBe(Infinity);
    expect(timerOf(node, ELECTION)).toBeGreaterThanOrEqual(node.now + SHORTEST);
  });

  test('[V6] §6.2 without the option it leads for ever', () => {
    const node = leader();
    for (node.now = 50_000; node.now <= 10_000_000; node.now += 50_000) node.fire(HEARTBEAT);
    expect(node.state.role).toBe(LEADER);
  });

  test.each([1, 2, 3, 4, 5, 6, 7])('§6.2 of %i nodes, it needs a majority, itself included', (nodes) => {
    for (let replying = 0; replying < nodes; replying++) {
      const node = leader({ nodes, options: CHECKS });
      for (node.now = 50_000; node.now <= 1_000_000; node.now += 50_000) {
        node.fire(HEARTBEAT);
        for (let from = 1; from <= replying; from++) node.receive(from, ack(5, 1));
      }
      expect(node.state.role).toBe(2 * (replying + 1) > nodes ? LEADER : FOLLOWER);
    }
  });

  test('§6.2 followers may reply in turn: the time of each one’s last reply counts', () => {
    const node = leader({ options: CHECKS });
    for (let turn = 0; turn < 40; turn++) {
      node.now += 50_000;
      node.fire(HEARTBEAT);
      node.receive(1 + (turn % 4), ack(5, 1));
    }
    expect(node.state.role).toBe(LEADER);
  });

  test.each([
    ['an acknowledgement', ack(5, 1), LEADER],
    ['a rejection', reject(5, 0, 0, 1), LEADER],
    ['a reply to a chunk of a snapshot', installSnapshotReply(5, 1, false), LEADER],
    ['an acknowledgement of an earlier term', ack(4, 1), FOLLOWER],
    ['a reply to a chunk of an earlier term', installSnapshotReply(4, 1, false), FOLLOWER],
    ['a vote', voteReply(5), FOLLOWER],
  ])('§6.2 what counts as contact with a follower: %s', (_, message, role) => {
    const node = leader({ nodes: 3, options: CHECKS });
    node.now = 100_000;
    node.receive(1, message);
    node.now = LONGEST;
    node.fire(HEARTBEAT);
    expect(node.state.role).toBe(role);
  });

  test('§6.2 learners and non-members do not count', () => {
    const node = leader({ members: configuration([0, 1, 2], [3]), options: CHECKS });
    node.now = 100_000;
    for (const from of [3, 4]) node.receive(from, ack(5, 1));
    node.now = LONGEST;
    node.fire(HEARTBEAT);
    expect(node.state.role).toBe(FOLLOWER);
  });

  test.each([
    [[1], FOLLOWER],
    [[3, 4], FOLLOWER],
    [[1, 3], LEADER],
  ])(
    '§6.2 while the configuration is joint, it needs both majorities: of {0,1,2} and {0,3,4}, with %j',
    (from, role) => {
      const node = leader({ members: joint([0, 3, 4], [0, 1, 2], [], false), options: CHECKS });
      for (const from of [1, 3]) node.receive(from, voteReply(5));
      expect(node.state.role).toBe(LEADER);
      node.now = 100_000;
      for (const id of from) node.receive(id, ack(5, 1));
      node.now = LONGEST;
      node.fire(HEARTBEAT);
      expect(node.state.role).toBe(role);
    },
  );

  test('§6.2 it replies to its clients that their requests have an unknown outcome, and that it knows no leader', () => {
    const node = leader({ options: CHECKS });
    node.request(requestOf(1, 1));
    node.now = LONGEST;
    node.fire(HEARTBEAT);
    expect(node.out.replies.map(({ reply }) => [reply.status, reply.leader])).toEqual([['unknown', NONE]]);
    node.request(requestOf(2, 1));
    expect(node.out.replies.map(({ reply }) => [reply.status, reply.leader])).toEqual([['redirect', NONE]]);
  });

  test('§6.2 replies that arrive after it has stepped down commit nothing', () => {
    const node = leader({ nodes: 3, options: CHECKS });
    node.now = LONGEST;
    node.fire(HEARTBEAT);
    for (const from of [1, 2]) node.receive(from, ack(5, 1));
    expect([node.state.role, node.state.commitIndex, node.out.sent]).toEqual([FOLLOWER, 0, []]);
  });

  test('§6.2 a new leader has a whole timeout to hear from a majority', () => {
    const node = leader({ nodes: 3, options: CHECKS });
    node.now = LONGEST;
    node.fire(HEARTBEAT);
    node.now = 5_000_000;
    node.lead();
    node.now += LONGEST - 1;
    node.fire(HEARTBEAT);
    expect(node.state.role).toBe(LEADER);
  });
});

describe('leader stickiness', () => {
  /** Node 0, which has just heard from its leader, node 1. */
  function stickyFollower(options: Partial<RaftOptions> = CHECKS, contact = appendOf(5, 1)): TestNode {
    const node = follower({ options });
    node.now = 1_000_000;
    node.receive(1, contact);
    return node;
  }

  test('§4.2.3 a node that has heard from a leader within the shortest timeout neither votes nor enters the term', () => {
    const node = stickyFollower();
    node.now += SHORTEST - 1;
    node.receive(3, requestVoteOf(9, 3, 9, 9));
    const { state, out } = node;
    expect([state.term, state.votedFor, state.leader, state.role]).toEqual([5, NONE, 1, FOLLOWER]);
    expect([out.sent, out.writes, out.timers, out.marks]).toEqual([[], [], [], []]);
    node.now += 1;
    node.receive(3, requestVoteOf(9, 3, 9, 9));
    expect([node.sentTo(3), node.state.term]).toEqual([[voteReply(9)], 9]);
  });

  test.each([
    ['AppendEntries that do not match', appendOf(5, 1, [7, 5]), true],
    ['InstallSnapshot', installOf(5, 1, [4, 5]), true],
    ['a leader of a later term', appendOf(6, 1), true],
    ['a leader of an earlier term', appendOf(4, 1), false],
    ['a snapshot of an earlier term', installOf(4, 1, [4, 4]), false],
    ['a candidate that it votes for', requestVoteOf(6, 1), false],
    ['a reply', ack(5, 1), false],
  ])('§4.2.3 only contact from a current leader makes a node sticky: %s', (_, contact, isSticky) => {
    const node = follower({ options: CHECKS });
    node.receive(1, contact);
    node.receive(3, requestVoteOf(9, 3, 9, 9));
    expect(node.sentTo(3)).toEqual(isSticky ? [] : [voteReply(9)]);
  });

  test('§4.2.3 a leader ignores candidates, whatever their term', () => {
    const node = leader({ options: CHECKS });
    node.receive(3, requestVoteOf(9, 3, 9, 9));
    expect([node.state.role, node.state.term, node.out.sent]).toEqual([LEADER, 5, []]);
  });

  test('§4.2.3 a candidate does not', () => {
    const node = candidate({ options: CHECKS });
    node.receive(3, requestVoteOf(9, 3, 9, 9));
    expect([node.state.role, node.sentTo(3)]).toEqual([FOLLOWER, [voteReply(9)]]);
  });

  test('§4.2.3 without the option no node is sticky', () => {
    for (const node of [stickyFollower({}), leader()]) {
      node.receive(3, requestVoteOf(9, 3, 9, 9));
      expect(node.sentTo(3)).toEqual([voteReply(9)]);
    }
  });

  test('[T4] §4.2.3 neither followers nor the leader ignore the transfer target', () => {
    for (const node of [stickyFollower(), leader({ options: CHECKS })]) {
      node.receive(3, transferRequestVote(6, 3, 9, 9));
      expect([node.state.role, node.state.term, node.sentTo(3)]).toEqual([FOLLOWER, 6, [voteReply(6)]]);
    }
  });

  test('§4.2.3 a sticky node ignores vote requests of stale terms as well, and replies to none', () => {
    const node = stickyFollower();
    for (const term of [4, 5, 6]) {
      node.receive(3, requestVoteOf(term, 3, 9, 9));
      expect(node.out.sent).toEqual([]);
    }
  });

  test('§4.2.3 [M8] a removed node that does not know of its removal does not depose the leader', () => {
    const members = configuration([0, 1, 2]);
    const left = [entryOf(1, null, members)];
    const nodes = [0, 1, 2, 3].map(
      (id) => new TestNode({ id, nodes: 4, options: CHECKS, disk: { term: 1, log: id === 3 ? [] : left } }),
    );
    const cluster = new ReliableCluster(nodes);
    cluster.fire(0, ELECTION);
    for (let now = 50_000; now <= 2_000_000; now += 50_000) {
      cluster.now = now;
      cluster.fire(0, HEARTBEAT);
      if (now % 200_000 === 0) cluster.fire(3, ELECTION);
    }
    expect(nodes[3]!.state.term).toBeGreaterThan(5);
    expect(nodes.slice(0, 3).map(({ state }) => [state.term, state.leader])).toEqual([
      [2, 0],
      [2, 0],
      [2, 0],
    ]);
  });

  test('§4.2.3 replies of a member in a later term make the leader step down, and the next one reaches all', () => {
    const nodes = [0, 1, 2].map((id) => new TestNode({ id, nodes: 3, options: CHECKS }));
    const cluster = new ReliableCluster(nodes);
    cluster.fire(0, ELECTION);
    cluster.cutOff.add(2);
    for (let round = 0; round < 5; round++) cluster.fire(2, ELECTION);
    cluster.cutOff.delete(2);
    cluster.now = 100_000;
    cluster.fire(0, HEARTBEAT);
    expect([nodes[0]!.state.role, nodes[0]!.state.term]).toEqual([FOLLOWER, 6]);
    cluster.now = 400_000;
    // At first it only learns the current term.
    cluster.fire(1, ELECTION);
    cluster.fire(1, ELECTION);
    cluster.fire(1, HEARTBEAT);
    expect(nodes.map(({ state }) => [state.term, state.leader])).toEqual([
      [7, 1],
      [7, 1],
      [7, 1],
    ]);
  });
});

describe('forgetting the leader', () => {
  test('a follower that forgets its leader knows none, and votes at once', () => {
    const node = follower({ options: CHECKS });
    node.receive(1, appendOf(5, 1));
    expect(node.admin({ kind: 'forget-leader' })).toBe(null);
    expect([node.state.role, node.state.leader, node.state.term]).toEqual([FOLLOWER, NONE, 5]);
    expect([node.out.sent, node.out.writes]).toEqual([[], []]);
    node.receive(3, requestPreVoteOf(6, 3));
    expect(node.sentTo(3)).toEqual([preVoteReply(6)]);
    node.receive(3, requestVoteOf(6, 3));
    expect(node.sentTo(3)).toEqual([voteReply(6)]);
  });

  test('its election timer runs on, and it follows the leader again if that makes contact', () => {
    const node = follower({ options: CHECKS });
    node.receive(1, appendOf(5, 1));
    node.admin({ kind: 'forget-leader' });
    expect(node.out.timers).toEqual([]);
    node.receive(1, appendOf(5, 1));
    expect(node.state.leader).toBe(1);
    node.receive(3, requestVoteOf(6, 3));
    expect(node.out.sent).toEqual([]);
  });

  test('once a majority has forgotten the leader, an election need not wait for stickiness to end', () => {
    const nodes = [0, 1, 2].map((id) => new TestNode({ id, nodes: 3, options: { ...CHECKS, preVote: true } }));
    const cluster = new ReliableCluster(nodes);
    cluster.fire(0, ELECTION);
    cluster.cutOff.add(0);
    cluster.fire(1, ELECTION);
    expect(nodes[1]!.state.role).not.toBe(LEADER);
    cluster.act(2, (node) => node.admin({ kind: 'forget-leader' }));
    cluster.fire(1, ELECTION);
    expect(nodes[1]!.state.role).toBe(LEADER);
  });

  test('it is rejected by a leader, by a node that knows no leader, and where leases depend on stickiness', () => {
    expect(leader().admin({ kind: 'forget-leader' })).toBe('the node is the leader');
    expect(follower().admin({ kind: 'forget-leader' })).toBe('the node knows no leader');
    expect(candidate().admin({ kind: 'forget-leader' })).toBe('the node knows no leader');
    const node = follower({ options: { ...CHECKS, reads: 'lease' } });
    node.receive(1, appendOf(5, 1));
    expect(node.admin({ kind: 'forget-leader' })).toBe('leases depend on leader stickiness');
    expect(node.state.leader).toBe(1);
    node.receive(3, requestVoteOf(6, 3));
    expect(node.out.sent).toEqual([]);
  });
});

describe('restarts and leases', () => {
  test('§6.4.1 a restarted node may have forgotten that it supports a lease: it votes only when that is over', () => {
    const node = follower({ options: { ...CHECKS, reads: 'lease' }, disk: { log: entriesOf(5) } });
    node.now = SHORTEST - 1;
    node.receive(3, requestVoteOf(6, 3, 1, 5));
    expect([node.out.sent, node.state.term]).toEqual([[], 5]);
    node.receive(3, requestPreVoteOf(6, 3, 1, 5));
    expect(node.sentTo(3)).toEqual([preVoteReply(5, false)]);
    node.now = SHORTEST;
    node.receive(3, requestVoteOf(6, 3, 1, 5));
    expect(node.sentTo(3)).toEqual([voteReply(6)]);
  });

  test('§6.4.1 without leases it may vote at once', () => {
    for (const reads of ['log', 'readIndex'] as const) {
      const node = follower({ options: { ...CHECKS, reads } });
      node.receive(3, requestVoteOf(6, 3));
      expect(node.sentTo(3)).toEqual([voteReply(6)]);
    }
  });

  test('§6.4.1 it may start an election at once: the others’ stickiness protects the lease', () => {
    const node = follower({ options: { ...CHECKS, reads: 'lease' } });
    node.fire(ELECTION);
    expect([node.state.role, node.state.term]).toEqual([CANDIDATE, 6]);
  });
});
