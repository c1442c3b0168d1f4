import { describe, expect, test } from 'vitest';
import { configuration, joint } from './configuration.ts';
import { NONE, REQUEST_PRE_VOTE, REQUEST_PRE_VOTE_REPLY, REQUEST_VOTE } from './messages.ts';
import { ELECTION, HEARTBEAT } from './node.ts';
import type { RaftOptions } from './options.ts';
import {
  appendOf,
  entriesOf,
  installOf,
  preVoteReply,
  requestOf,
  requestPreVoteOf,
  requestVoteOf,
  voteReply,
} from './testing/messages.ts';
import {
  candidate,
  convergedLeader,
  follower,
  leader,
  TestNode,
  type TestNodeOptions,
  timerOf,
} from './testing/node.ts';
import { ReliableCluster } from './testing/reliable-cluster.ts';
import { CANDIDATE, FOLLOWER, LEADER, PRE_CANDIDATE } from './view.ts';

// Dissertation §9.6, and the traps that implementations have fallen into (V1 to V7).

const PRE_VOTE: Partial<RaftOptions> = { preVote: true };
const SHORTEST = 150_000;

/** A pre-candidate of term 5. */
function preCandidate(options: TestNodeOptions = {}): TestNode {
  const node = follower({ ...options, options: { ...PRE_VOTE, ...options.options } });
  node.fire(ELECTION);
  return node;
}

describe('requesting pre-votes', () => {
  test('§9.6 a follower without contact from its leader requests pre-votes for the next term, and does not enter it', () => {
    const node = preCandidate({ disk: { votedFor: 3, log: entriesOf(1, 5) } });
    expect([node.state.role, node.state.term, node.state.votedFor]).toEqual([PRE_CANDIDATE, 5, 3]);
    expect(node.out.writes).toEqual([]);
    const request = { type: REQUEST_PRE_VOTE, term: 6, candidate: 0, lastLogIndex: 2, lastLogTerm: 5 };
    expect(node.out.sent).toEqual([1, 2, 3, 4].map((to) => ({ to, message: request, after: 0 })));
  });

  test('§9.6 it repeats the request after another timeout, as often as necessary, in the same term', () => {
    const node = preCandidate();
    for (let round = 1; round <= 5; round++) {
      for (const from of [1, 2, 3, 4]) node.receive(from, preVoteReply(5, false));
      node.now += 300_000;
      node.fire(ELECTION);
      expect(node.out.sent.map(({ message }) => [message.type, message.term])).toEqual(
        [1, 2, 3, 4].map(() => [REQUEST_PRE_VOTE, 6]),
      );
      expect(timerOf(node, ELECTION)).toBeGreaterThanOrEqual(node.now + SHORTEST);
    }
    expect([node.state.role, node.state.term]).toEqual([PRE_CANDIDATE, 5]);
  });

  test('§9.6 without the option no pre-votes are requested', () => {
    const node = preCandidate({ options: { preVote: false } });
    expect([node.state.role, node.state.term]).toEqual([CANDIDATE, 6]);
  });

  test('§9.6 a candidate that has not won requests pre-votes, too', () => {
    const node = candidate({ options: { preVote: false } });
    expect(node.state.role).toBe(CANDIDATE);
    const repeated = new TestNode({ options: PRE_VOTE, nodes: 3 });
    repeated.fire(ELECTION);
    repeated.receive(1, preVoteReply(1));
    repeated.sync();
    expect([repeated.state.role, repeated.state.term]).toEqual([CANDIDATE, 1]);
    repeated.fire(ELECTION);
    expect([repeated.state.role, repeated.state.term]).toEqual([PRE_CANDIDATE, 1]);
  });

  test('§9.6 learners get no requests', () => {
    const node = preCandidate({ nodes: 4, members: configuration([0, 1, 2], [3]) });
    expect(node.out.sent.map(({ to }) => to)).toEqual([1, 2]);
  });

  test('§9.6 a learner requests no pre-votes and starts no election, and its timer runs on', () => {
    for (const preVote of [false, true]) {
      const node = preCandidate({ nodes: 4, members: configuration([1, 2, 3], [0]), options: { preVote } });
      expect([node.state.role, node.state.term, node.out.sent]).toEqual([FOLLOWER, 5, []]);
      expect(timerOf(node, ELECTION)).toBeGreaterThanOrEqual(SHORTEST);
    }
  });

  test('§9.6 a request does not leave before its term is on disk', () => {
    const node = follower({ options: PRE_VOTE });
    node.receive(3, voteReply(6, false));
    node.fire(ELECTION);
    expect(node.out.sent[0]!.after).toBe(node.out.lastTicket);
  });

  test('[V7] a pre-candidate no longer follows its leader: it names none, and grants pre-votes to others', () => {
    const node = follower({ options: { ...PRE_VOTE, checkQuorum: true } });
    node.receive(1, appendOf(5, 1));
    node.now = 200_000;
    node.fire(ELECTION);
    expect(node.state.leader).toBe(NONE);
    node.request(requestOf(1, 1));
    expect(node.out.replies.map(({ reply }) => reply.leader)).toEqual([NONE]);
    node.receive(2, requestPreVoteOf(6, 2));
    expect(node.sentTo(2)).toEqual([preVoteReply(6)]);
  });
});

describe('replies to a pre-candidate', () => {
  test.each([1, 2, 3, 4, 5, 6, 7])('§9.6 of %i nodes, a majority of pre-votes starts an election', (nodes) => {
    const node = preCandidate({ nodes });
    const needed = Math.floor(nodes / 2);
    for (let from = 1; from <= needed; from++) {
      expect([node.state.role, node.state.term]).toEqual([PRE_CANDIDATE, 5]);
      node.receive(from, preVoteReply(6));
    }
    expect([node.state.role, node.state.term, node.state.votedFor]).toEqual([CANDIDATE, 6, 0]);
    expect(node.out.writes).toEqual([{ kind: 'vote', term: 6, votedFor: 0 }]);
    const requests = node.out.sent.filter(({ message }) => message.type === REQUEST_VOTE);
    expect(requests.length).toBe(nodes - 1);
    for (const { message } of requests) expect(message).toMatchObject({ term: 6, transfer: false });
  });

  test.each([
    ['denials', [1, 2, 3, 4], preVoteReply(5, false)],
    ['one node, again and again', [1, 1, 1, 1], preVoteReply(6)],
    ['pre-votes for the present term', [1, 2, 3, 4], preVoteReply(5)],
    ['pre-votes for an earlier term', [1, 2, 3, 4], preVoteReply(4)],
    ['pre-votes for a later term', [1, 2, 3, 4], preVoteReply(7)],
    ['votes', [1, 2, 3, 4], voteReply(5)],
  ])('[V3] %s start no election', (_, from, message) => {
    const node = preCandidate();
    for (const id of from) node.receive(id, message);
    expect([node.state.role, node.state.term]).toEqual([PRE_CANDIDATE, 5]);
  });

  test.each([
    [[1], PRE_CANDIDATE],
    [[3, 4], PRE_CANDIDATE],
    [[1, 3], CANDIDATE],
  ])(
    '§9.6 while the configuration is joint, it takes both majorities: of {0,1,2} and {0,3,4}, with %j',
    (from, role) => {
      const node = preCandidate({ members: joint([0, 3, 4], [0, 1, 2], [], false) });
      for (const id of from) node.receive(id, preVoteReply(6));
      expect(node.state.role).toBe(role);
    },
  );

  test('[V3] learners’ pre-votes start no election', () => {
    const node = preCandidate({ members: configuration([0, 1, 2], [3, 4]) });
    for (const from of [3, 4]) node.receive(from, preVoteReply(6));
    expect(node.state.role).toBe(PRE_CANDIDATE);
  });

  test('[V3] pre-votes are no votes: the election they lead to requests all votes', () => {
    const node = preCandidate({ nodes: 3 });
    node.receive(1, preVoteReply(6));
    node.sync();
    node.receive(1, preVoteReply(6));
    node.receive(2, preVoteReply(6));
    node.receive(2, preVoteReply(7));
    expect([node.state.role, node.state.term]).toEqual([CANDIDATE, 6]);
    node.receive(2, voteReply(6));
    expect(node.state.role).toBe(LEADER);
  });

  test('[V3] pre-votes of an earlier round are not kept', () => {
    const node = preCandidate();
    node.receive(1, preVoteReply(6));
    node.fire(ELECTION);
    node.receive(2, preVoteReply(6));
    expect(node.state.role).toBe(PRE_CANDIDATE);
    node.receive(1, preVoteReply(6));
    expect(node.state.role).toBe(CANDIDATE);
  });

  test('[V5] a denial in a later term carries it, and the pre-candidate enters it', () => {
    const node = preCandidate();
    node.receive(1, preVoteReply(9, false));
    expect([node.state.role, node.state.term, node.state.votedFor]).toEqual([FOLLOWER, 9, NONE]);
    expect(node.out.writes).toEqual([{ kind: 'vote', term: 9, votedFor: NONE }]);
  });

  test('§9.6 a pre-candidate follows any leader that makes contact, and votes for any candidate it may', () => {
    const follows = preCandidate();
    follows.receive(1, appendOf(5, 1));
    expect([follows.state.role, follows.state.leader]).toEqual([FOLLOWER, 1]);
    const votes = preCandidate();
    votes.receive(1, requestVoteOf(6, 1));
    expect([votes.state.role, votes.sentTo(1)]).toEqual([FOLLOWER, [voteReply(6)]]);
    const sameTerm = preCandidate();
    sameTerm.receive(1, requestVoteOf(5, 1));
    expect(sameTerm.sentTo(1)).toEqual([voteReply(5)]);
  });
});

describe('granting pre-votes', () => {
  const question = requestPreVoteOf(6, 3, 1, 5);

  test('§9.6 a granted pre-vote carries the term of its request', () => {
    const node = follower({ disk: { log: entriesOf(5) } });
    node.receive(3, question);
    expect(node.out.sent).toEqual([{ to: 3, message: preVoteReply(6), after: 0 }]);
  });

  test('[V2] the receiver keeps its term, its vote, its role and its timer, and writes nothing', () => {
    const makes = { follower, candidate, leader, preCandidate };
    for (const make of Object.values(makes)) {
      for (const message of [
        question,
        requestPreVoteOf(6, 3),
        requestPreVoteOf(40, 3, 9, 30),
        requestPreVoteOf(4, 3, 9, 4),
      ]) {
        const node = make();
        const { term, votedFor, role } = node.state;
        node.receive(3, message);
        expect([node.state.term, node.state.votedFor, node.state.role]).toEqual([term, votedFor, role]);
        expect([node.out.writes, node.out.timers]).toEqual([[], []]);
      }
    }
  });

  test('[V2] a pre-vote does not bind: several candidates may have it, and the vote stays free', () => {
    const node = follower({ disk: { votedFor: 4 } });
    for (const from of [1, 2, 3]) {
      node.receive(from, requestPreVoteOf(6, from));
      expect(node.sentTo(from)).toEqual([preVoteReply(6)]);
    }
    node.receive(4, requestVoteOf(6, 4));
    expect(node.sentTo(4)).toEqual([voteReply(6)]);
  });

  test.each([
    [[1, 5], true],
    [[2, 5], true],
    [[1, 6], true],
    [[0, 0], false],
    [[9, 4], false],
  ] as const)('[V4] a pre-vote needs a log that is up to date: %j is: %s', ([index, term], granted) => {
    const node = follower({ disk: { log: entriesOf(5) } });
    node.receive(3, requestPreVoteOf(7, 3, index, term));
    expect(node.sentTo(3)).toEqual([preVoteReply(granted ? 7 : 5, granted)]);
  });

  test.each([
    ['a heartbeat', appendOf(5, 1, [1, 5])],
    ['AppendEntries that do not match', appendOf(5, 1, [7, 5])],
    ['InstallSnapshot', installOf(5, 1, [1, 5])],
  ])('§9.6 a node that has heard from a leader within the shortest timeout grants none: %s', (_, word) => {
    const node = follower({ disk: { log: entriesOf(5) } });
    node.now = 1_000_000;
    node.receive(1, word);
    node.now += SHORTEST - 1;
    node.receive(3, requestPreVoteOf(6, 3, 9, 5));
    expect(node.sentTo(3)).toEqual([preVoteReply(5, false)]);
    node.now += 1;
    node.receive(3, requestPreVoteOf(6, 3, 9, 5));
    expect(node.sentTo(3)).toEqual([preVoteReply(6)]);
  });

  test('[M12] a request of a node that is not a known member gets a reply like any other', () => {
    const node = follower({ members: configuration([0, 1, 2]) });
    node.receive(3, requestPreVoteOf(6, 3));
    expect(node.sentTo(3)).toEqual([preVoteReply(6)]);
    node.receive(3, requestVoteOf(6, 3));
    expect(node.sentTo(3)).toEqual([voteReply(6)]);
  });

  test('§9.6 a leader grants none', () => {
    const node = convergedLeader();
    node.receive(1, requestPreVoteOf(6, 1, 9, 5));
    expect(node.sentTo(1)).toEqual([preVoteReply(5, false)]);
  });

  test('§9.6 a candidate grants one for a later term', () => {
    const node = candidate();
    node.receive(3, requestPreVoteOf(6, 3));
    expect(node.sentTo(3)).toEqual([preVoteReply(6)]);
  });

  test.each([
    ['has not voted', follower, NONE, true],
    ['has voted for the candidate', follower, 3, true],
    ['has voted for another', follower, 1, false],
  ] as const)(
    '§9.6 for its own term a pre-vote is granted as the vote would be: by one that %s',
    (_, make, votedFor, granted) => {
      const node = make({ disk: { votedFor } });
      node.receive(3, requestPreVoteOf(5, 3));
      expect(node.sentTo(3)).toEqual([preVoteReply(5, granted)]);
    },
  );

  test('§9.6 a candidate of that term grants none for it', () => {
    const node = candidate();
    node.receive(3, requestPreVoteOf(5, 3));
    expect(node.sentTo(3)).toEqual([preVoteReply(5, false)]);
  });

  test('[V1] the reply to a request of a stale term carries the current term', () => {
    for (const make of [follower, candidate, leader]) {
      const node = make();
      node.receive(3, requestPreVoteOf(3, 3, 9, 2));
      expect(node.sentTo(3)).toEqual([preVoteReply(5, false)]);
    }
  });

  test('§9.6 a denial does not leave before the term it carries is on disk', () => {
    const node = follower({ disk: { log: entriesOf(5) } });
    node.receive(1, voteReply(6, false));
    node.receive(3, requestPreVoteOf(5, 3));
    expect(node.out.sent).toEqual([{ to: 3, message: preVoteReply(6, false), after: node.out.lastTicket }]);
  });
});

describe('what PreVote is for', () => {
  function clusterOf(logs: readonly (readonly [term: number, log: readonly number[]])[]): ReliableCluster {
    const nodes = logs.length;
    return new ReliableCluster(
      logs.map(
        ([term, log], id) =>
          new TestNode({
            id,
            nodes,
            options: { ...PRE_VOTE, checkQuorum: true },
            disk: { term, log: entriesOf(...log) },
          }),
      ),
    );
  }

  /** All connected nodes time out in turn until one leads. Returns the number of turns it took. */
  function turnsUntilLed(cluster: ReliableCluster): number {
    const { nodes, cutOff } = cluster;
    for (let turn = 0; turn < 20; turn++) {
      cluster.now = (turn + 1) * 1_000_000;
      const id = turn % nodes.length;
      if (!cutOff.has(id)) cluster.fire(id, ELECTION);
      if (nodes.some(({ state }) => state.role === LEADER)) return turn + 1;
    }
    return Infinity;
  }

  test('[Lv9] a node that was cut off does not depose the leader when it comes back', () => {
    const three = clusterOf([
      [1, []],
      [1, []],
      [1, []],
    ]);
    three.fire(0, ELECTION);
    three.cutOff.add(2);
    for (let now = 200_000; now <= 2_000_000; now += 200_000) {
      three.now = now;
      three.fire(2, ELECTION);
      three.fire(0, HEARTBEAT);
    }
    three.cutOff.delete(2);
    three.fire(2, ELECTION);
    three.fire(0, HEARTBEAT);
    expect(three.nodes.map(({ state }) => [state.role, state.term, state.leader])).toEqual([
      [LEADER, 2, 0],
      [FOLLOWER, 2, 0],
      [FOLLOWER, 2, 0],
    ]);
  });

  test('[V1] a node with an earlier term and the better log receives the later term, and is elected', () => {
    const three = clusterOf([
      [5, [1]],
      [3, [1, 3]],
      [5, [1, 3, 3]],
    ]);
    three.cutOff.add(2);
    expect(turnsUntilLed(three)).toBeLessThanOrEqual(10);
    expect(three.nodes[1]!.state.role).toBe(LEADER);
  });

  test('[V5] two halves, one with the better logs and one with the later term, elect a leader', () => {
    const six = clusterOf([
      [9, [1, 2]],
      [9, [1, 2]],
      [9, [1, 2]],
      [2, [1, 2, 2]],
      [2, [1, 2, 2]],
      [2, [1, 2, 2]],
    ]);
    expect(turnsUntilLed(six)).toBeLessThanOrEqual(12);
  });

  test('[V7] followers that have all restarted elect a leader', () => {
    const three = clusterOf([
      [4, [1, 4]],
      [4, [1, 4]],
      [4, [1, 4]],
    ]);
    expect(turnsUntilLed(three)).toBe(1);
  });

  test('§9.6 every pre-vote request gets a reply', () => {
    const three = clusterOf([
      [5, [1]],
      [3, [1, 3]],
      [4, [1]],
    ]);
    for (const node of [0, 1, 2]) three.fire(node, ELECTION);
    const count = (type: number): number => three.delivered.filter(({ message }) => message.type === type).length;
    expect(count(REQUEST_PRE_VOTE_REPLY)).toBe(count(REQUEST_PRE_VOTE));
  });
});
