import { describe, expect, test } from 'vitest';
import { APPEND_ENTRIES, NONE, REQUEST_VOTE } from './messages.ts';
import { ELECTION, HEARTBEAT } from './node.ts';
import { DEFAULT_OPTIONS } from './options.ts';
import { RULES } from './rules/index.ts';
import { Dice } from './testing/dice.ts';
import { ack, appendOf, entriesOf, installOf, requestVoteOf, voteReply } from './testing/messages.ts';
import { appendTo, candidate, follower, leader, replyOf, termsOf, TestNode, timerOf } from './testing/node.ts';
import { CANDIDATE, FOLLOWER, LEADER } from './view.ts';

// The extended version of the Raft paper (Ongaro and Ousterhout, 2014), section 5.2, rule by rule.

const [SHORTEST, LONGEST] = DEFAULT_OPTIONS.electionTimeout;

describe('followers and heartbeats', () => {
  test('§5.2 a node that starts sets its election timer', () => {
    const node = new TestNode();
    expect(timerOf(node, ELECTION)).toBeGreaterThanOrEqual(SHORTEST);
    expect(timerOf(node, ELECTION)).toBeLessThanOrEqual(LONGEST);
    expect(node.out.sent).toEqual([]);
  });

  test.each([
    ['a heartbeat', appendOf(5, 1, [1, 5]), true],
    ['AppendEntries that do not match', appendOf(5, 1, [7, 5]), true],
    ['AppendEntries of a later term', appendOf(6, 1, [1, 5]), true],
    ['InstallSnapshot', installOf(5, 1, [4, 5]), true],
    ['a candidate it votes for', requestVoteOf(5, 1, 1, 5), true],
    ['a candidate it denies', requestVoteOf(5, 1), false],
    ['a candidate of a later term that it denies', requestVoteOf(6, 1), false],
    ['a leader of an earlier term', appendOf(4, 1, [1, 5]), false],
    ['a snapshot of an earlier term', installOf(4, 1, [4, 4]), false],
    ['a reply', ack(5, 1), false],
    ['a reply of a later term', voteReply(6, false), false],
  ])(
    '§5.2 a node remains a follower while leaders, or candidates it votes for, make contact: %s',
    (_, message, waits) => {
      const node = follower({ disk: { log: entriesOf(5) } });
      node.now = 1_000_000;
      node.receive(1, message);
      expect(node.state.role).toBe(FOLLOWER);
      const at = timerOf(node, ELECTION);
      if (waits) expect(at).toBeGreaterThanOrEqual(node.now + SHORTEST);
      else expect(at).toBe(null);
    },
  );

  test('§5.2 a leader sends all its followers periodic heartbeats, AppendEntries without entries', () => {
    const node = leader();
    node.acknowledge(1, 1, 2, 3, 4);
    for (let beat = 1; beat <= 3; beat++) {
      node.now += DEFAULT_OPTIONS.heartbeatInterval;
      node.fire(HEARTBEAT);
      expect(node.out.sent.map(({ to }) => to)).toEqual([1, 2, 3, 4]);
      for (const to of [1, 2, 3, 4]) expect(appendTo(node, to)).toMatchObject({ term: 5, leader: 0, entries: [] });
      expect(timerOf(node, HEARTBEAT)).toBe(node.now + DEFAULT_OPTIONS.heartbeatInterval);
    }
  });

  test('§5.2 heartbeats go to followers that do not reply, too', () => {
    const node = leader();
    for (node.now = 50_000; node.now <= 2_000_000; node.now += 50_000) {
      node.fire(HEARTBEAT);
      expect(node.out.sent.map(({ to }) => to)).toEqual([1, 2, 3, 4]);
    }
  });
});

describe('starting an election', () => {
  test('§5.2 a follower without contact for an election timeout starts an election in the next term', () => {
    const node = follower();
    node.receive(1, appendOf(5, 1));
    node.fire(ELECTION);
    expect([node.state.role, node.state.term, node.state.leader]).toEqual([CANDIDATE, 6, NONE]);
  });

  test('§5.2 a candidate votes for itself', () => {
    const node = follower({ id: 2, disk: { votedFor: 1 } });
    node.fire(ELECTION);
    expect(node.state.votedFor).toBe(2);
    expect(node.out.writes).toEqual([{ kind: 'vote', term: 6, votedFor: 2 }]);
  });

  test('§5.2 a candidate requests the votes of all others at once', () => {
    const node = follower({ id: 2, disk: { log: entriesOf(1, 5) } });
    node.fire(ELECTION);
    const request = { type: REQUEST_VOTE, term: 6, candidate: 2, lastLogIndex: 2, lastLogTerm: 5, transfer: false };
    expect(node.out.sent.map(({ to, message }) => [to, message])).toEqual([0, 1, 3, 4].map((to) => [to, request]));
  });

  test('§5.2 a candidate remains one until it wins, another does, or time goes by', () => {
    const node = candidate();
    for (const from of [1, 2, 3]) node.receive(from, voteReply(5, false));
    node.receive(4, voteReply(5));
    node.receive(2, requestVoteOf(5, 2));
    node.receive(2, appendOf(4, 2));
    node.fire(HEARTBEAT);
    expect([node.state.role, node.state.term, node.state.votedFor]).toEqual([CANDIDATE, 5, 0]);
  });
});

describe('winning', () => {
  const CASES: readonly (readonly [number, number, boolean])[] = [1, 2, 3, 4, 5, 6, 7].flatMap((nodes) =>
    Array.from({ length: nodes }, (_, others) => [nodes, others, 2 * (others + 1) > nodes] as const),
  );

  test.each(CASES)(
    '§5.2 of %i nodes, with its own vote and %i others, a candidate leads: %s',
    (nodes, others, wins) => {
      const node = candidate({ nodes });
      for (let from = 1; from <= others; from++) node.receive(from, voteReply(5));
      expect(node.state.role).toBe(wins ? LEADER : CANDIDATE);
    },
  );

  test.each([
    ['denials', [voteReply(5, false), voteReply(5, false), voteReply(5, false), voteReply(5, false)], [1, 2, 3, 4]],
    ['votes of an earlier term', [voteReply(4), voteReply(4), voteReply(4), voteReply(4)], [1, 2, 3, 4]],
    ['one voter’s reply, again and again', [voteReply(5), voteReply(5), voteReply(5), voteReply(5)], [1, 1, 1, 1]],
    ['its own vote, heard again', [voteReply(5), voteReply(5)], [0, 0]],
  ])('§5.2 a majority is of votes of different nodes in one term: %s are none', (_, votes, from) => {
    const node = candidate();
    for (const [i, message] of votes.entries()) node.receive(from[i]!, message);
    expect(node.state.role).toBe(CANDIDATE);
  });

  test('§5.2 votes of one election do not count in the next', () => {
    const node = candidate();
    node.receive(1, voteReply(5));
    node.fire(ELECTION);
    node.sync();
    node.receive(2, voteReply(6));
    expect(node.state.role).toBe(CANDIDATE);
    node.receive(1, voteReply(5));
    expect(node.state.role).toBe(CANDIDATE);
    node.receive(1, voteReply(6));
    expect(node.state.role).toBe(LEADER);
  });

  test('§5.2 votes that arrive after the election make no leader', () => {
    const node = candidate({ nodes: 3 });
    node.receive(2, appendOf(5, 2));
    node.receive(1, voteReply(5));
    expect([node.state.role, node.state.leader]).toEqual([FOLLOWER, 2]);
  });

  test('§5.2 the winner leads at once, and sends heartbeats to prevent other elections', () => {
    const node = candidate({ nodes: 3, disk: { log: entriesOf(1) } });
    node.receive(1, voteReply(5));
    expect([node.state.role, node.state.leader]).toEqual([LEADER, 0]);
    expect(node.out.sent.map(({ to, message }) => [to, message.type, message.term])).toEqual([
      [1, APPEND_ENTRIES, 5],
      [2, APPEND_ENTRIES, 5],
    ]);
    expect(node.out.sent.every(({ after }) => after === 0)).toBe(true);
    expect([timerOf(node, ELECTION), timerOf(node, HEARTBEAT)]).toEqual([Infinity, DEFAULT_OPTIONS.heartbeatInterval]);
  });

  test('§5.2 a leader does not start an election', () => {
    const node = leader();
    node.fire(ELECTION);
    expect([node.state.role, node.state.term, node.out.sent, node.out.timers]).toEqual([LEADER, 5, [], []]);
  });

  test('§5.2 a leader that becomes a follower stops its heartbeats and waits for a leader', () => {
    const node = leader();
    node.receive(3, voteReply(6, false));
    expect(timerOf(node, HEARTBEAT)).toBe(Infinity);
    expect(timerOf(node, ELECTION)).toBeGreaterThanOrEqual(SHORTEST);
    node.fire(ELECTION);
    expect([node.state.role, node.state.term]).toEqual([CANDIDATE, 7]);
  });
});

describe('voting', () => {
  test.each([
    [NONE, 1, true],
    [NONE, 2, true],
    [1, 1, true],
    [2, 2, true],
    [1, 2, false],
    [2, 1, false],
    [0, 1, false],
  ])(
    '§5.2 one vote a term, first come, first served: having voted for %i, it votes for %i: %s',
    (votedFor, from, granted) => {
      const node = follower({ disk: { votedFor } });
      node.receive(from, requestVoteOf(5, from));
      expect(node.sentTo(from)).toEqual([voteReply(5, granted)]);
      expect(node.state.votedFor).toBe(granted ? from : votedFor);
    },
  );

  test('§5.2 of two candidates, the first to request the vote gets it', () => {
    const node = follower();
    node.receive(1, requestVoteOf(6, 1));
    expect(node.sentTo(1)).toEqual([voteReply(6)]);
    node.receive(2, requestVoteOf(6, 2));
    expect(node.sentTo(2)).toEqual([voteReply(6, false)]);
  });

  test('§5.2 following the leader of a term does not clear its vote', () => {
    const node = follower();
    node.receive(1, requestVoteOf(5, 1));
    node.receive(2, appendOf(5, 2));
    node.receive(3, requestVoteOf(5, 3));
    expect(node.sentTo(3)).toEqual([voteReply(5, false)]);
  });

  test('§5.2 a candidate or leader of a term has voted for itself: others of that term are denied', () => {
    for (const node of [candidate(), leader()]) {
      node.receive(3, requestVoteOf(5, 3, 9, 9));
      expect([node.sentTo(3), node.state.votedFor]).toEqual([[voteReply(5, false)], 0]);
    }
  });

  test('§5.2 a vote binds in its term only', () => {
    const node = follower({ disk: { votedFor: 1 } });
    node.receive(2, requestVoteOf(6, 2));
    expect(node.sentTo(2)).toEqual([voteReply(6)]);
    const other = leader();
    other.receive(2, requestVoteOf(6, 2, 9, 9));
    expect(other.sentTo(2)).toEqual([voteReply(6)]);
  });
});

describe('losing', () => {
  test.each([5, 6, 9])(
    '§5.2 a candidate of term 5 that hears from a leader of term %i recognizes it and follows',
    (term) => {
      const node = candidate();
      node.receive(2, appendOf(term, 2, [0, 0], entriesOf(term)));
      expect([node.state.role, node.state.leader, node.state.term]).toEqual([FOLLOWER, 2, term]);
      expect([termsOf(node.state), replyOf(node)]).toEqual([[term], ack(term, 1)]);
    },
  );

  test('§5.2 a candidate that hears from a leader of a stale term rejects it and remains candidate', () => {
    const node = candidate();
    node.receive(2, appendOf(4, 2, [0, 0], entriesOf(4)));
    expect([node.state.role, node.state.leader, termsOf(node.state)]).toEqual([CANDIDATE, NONE, []]);
    expect(replyOf(node)).toMatchObject({ term: 5, success: false });
  });

  test('§5.2 a candidate that neither wins nor loses begins another election in a higher term', () => {
    const node = candidate();
    for (const term of [6, 7]) {
      node.fire(ELECTION);
      expect([node.state.role, node.state.term, node.state.votedFor]).toEqual([CANDIDATE, term, 0]);
      expect(node.out.sent.map(({ to, message }) => [to, message.type, message.term])).toEqual(
        [1, 2, 3, 4].map((to) => [to, REQUEST_VOTE, term]),
      );
      expect(timerOf(node, ELECTION)).toBeGreaterThanOrEqual(SHORTEST);
      node.sync();
    }
  });
});

describe('randomized timeouts', () => {
  /** The timeouts that an event sets when it happens again and again. */
  function timeouts(node: TestNode, again: () => void): readonly number[] {
    return Array.from({ length: 200 }, (_, round) => {
      node.now = round * 1_000_000;
      again();
      return timerOf(node, ELECTION)! - node.now;
    });
  }

  function expectSpread(drawn: readonly number[]): void {
    expect(Math.min(...drawn)).toBeGreaterThanOrEqual(SHORTEST);
    expect(Math.max(...drawn)).toBeLessThanOrEqual(LONGEST);
    // Drawn each time, and from all of the range.
    expect(new Set(drawn).size).toBeGreaterThan(150);
    for (let quarter = 0; quarter < 4; quarter++) {
      const low = SHORTEST + ((LONGEST - SHORTEST) * quarter) / 4;
      const high = low + (LONGEST - SHORTEST) / 4;
      expect(drawn.filter((timeout) => timeout >= low && timeout <= high).length).toBeGreaterThan(20);
    }
  }

  test('§5.2 a follower’s timeouts are drawn from a fixed range', () => {
    const node = follower();
    expectSpread(timeouts(node, () => node.receive(1, appendOf(5, 1))));
  });

  test('§5.2 each candidate draws its timeout anew at the start of an election', () => {
    const node = follower();
    expectSpread(timeouts(node, () => node.fire(ELECTION)));
  });

  test('§5.2 the range is the one that is set', () => {
    const node = follower({ options: { electionTimeout: [1000, 1003] } });
    const drawn = timeouts(node, () => node.receive(1, appendOf(5, 1)));
    expect(new Set(drawn)).toEqual(new Set([1000, 1001, 1002, 1003]));
  });

  test('§5.2 in most cases only a single one of five nodes times out first, well before the next', () => {
    const { state } = follower();
    const dice = Array.from({ length: 5 }, (_, i) => new Dice(i * 7919 + 1));
    let alone = 0;
    for (let round = 0; round < 1000; round++) {
      const drawn = dice.map((one) => RULES.electionTimeout(state, one)).toSorted((a, b) => a - b);
      if (drawn[1]! - drawn[0]! > 5000) alone++;
    }
    expect(alone).toBeGreaterThan(700);
  });
});
