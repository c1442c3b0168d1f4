import { describe, expect, test } from 'vitest';
import { APPEND_ENTRIES, NONE, REQUEST_VOTE } from './messages.ts';
import { DEFAULT_OPTIONS } from './options.ts';
import { RULES } from './rules/index.ts';
import { replyOf, appendTo, candidate, follower, installOf, leader, timerOf } from './testing/messages.ts';
import { TestNode, Dice, ack, appendOf, requestVoteOf, entriesOf, termsOf, voteReply } from './testing/node.ts';
import { ELECTION, HEARTBEAT } from './node.ts';
import { CANDIDATE, FOLLOWER, LEADER } from './view.ts';

// The extended version of the Raft paper (Ongaro and Ousterhout, 2014), section 5.2, rule by rule.

const [SHORTEST, LONGEST] = DEFAULT_OPTIONS.electionTimeout;

describe('followers and heartbeats', () => {
  test('§5.2 a server that starts begins to wait for a leader', () => {
    const bench = new TestNode();
    expect(timerOf(bench, ELECTION)).toBeGreaterThanOrEqual(SHORTEST);
    expect(timerOf(bench, ELECTION)).toBeLessThanOrEqual(LONGEST);
    expect(bench.out.sent).toEqual([]);
  });

  test.each([
    ['a heartbeat', appendOf(5, 1, [1, 5]), true],
    ['AppendEntries that do not match', appendOf(5, 1, [7, 5]), true],
    ['AppendEntries of a later term', appendOf(6, 1, [1, 5]), true],
    ['InstallSnapshot', installOf(5, 1, [4, 5]), true],
    ['a candidate it votes for', requestVoteOf(5, 1, 1, 5), true],
    ['a candidate it refuses', requestVoteOf(5, 1), false],
    ['a candidate of a later term that it refuses', requestVoteOf(6, 1), false],
    ['a leader of an earlier term', appendOf(4, 1, [1, 5]), false],
    ['a snapshot of an earlier term', installOf(4, 1, [4, 4]), false],
    ['an answer', ack(5, 1), false],
    ['an answer of a later term', voteReply(6, false), false],
  ])(
    '§5.2 a server remains a follower while leaders or candidates it votes for speak to it: %s',
    (_, message, waits) => {
      const bench = follower({ disk: { log: entriesOf(5) } });
      bench.now = 1_000_000;
      bench.receive(1, message);
      expect(bench.node.role).toBe(FOLLOWER);
      const at = timerOf(bench, ELECTION);
      if (waits) expect(at).toBeGreaterThanOrEqual(bench.now + SHORTEST);
      else expect(at).toBe(null);
    },
  );

  test('§5.2 a leader sends all its followers periodic heartbeats, AppendEntries without entries', () => {
    const bench = leader();
    bench.acknowledge(1, 1, 2, 3, 4);
    for (let beat = 1; beat <= 3; beat++) {
      bench.now += DEFAULT_OPTIONS.heartbeatInterval;
      bench.fire(HEARTBEAT);
      expect(bench.out.sent.map(({ to }) => to)).toEqual([1, 2, 3, 4]);
      for (const to of [1, 2, 3, 4]) expect(appendTo(bench, to)).toMatchObject({ term: 5, leader: 0, entries: [] });
      expect(timerOf(bench, HEARTBEAT)).toBe(bench.now + DEFAULT_OPTIONS.heartbeatInterval);
    }
  });

  test('§5.2 heartbeats go to followers that do not answer, too', () => {
    const bench = leader();
    for (bench.now = 50_000; bench.now <= 2_000_000; bench.now += 50_000) {
      bench.fire(HEARTBEAT);
      expect(bench.out.sent.map(({ to }) => to)).toEqual([1, 2, 3, 4]);
    }
  });
});

describe('beginning an election', () => {
  test('§5.2 a follower that hears nothing for an election timeout begins an election in the next term', () => {
    const bench = follower();
    bench.receive(1, appendOf(5, 1));
    bench.fire(ELECTION);
    expect([bench.node.role, bench.node.term, bench.node.leader]).toEqual([CANDIDATE, 6, NONE]);
  });

  test('§5.2 a candidate votes for itself', () => {
    const bench = follower({ id: 2, disk: { votedFor: 1 } });
    bench.fire(ELECTION);
    expect(bench.node.votedFor).toBe(2);
    expect(bench.out.writes).toEqual([{ kind: 'vote', term: 6, votedFor: 2 }]);
  });

  test('§5.2 a candidate asks each of the others for its vote, all at once', () => {
    const bench = follower({ id: 2, disk: { log: entriesOf(1, 5) } });
    bench.fire(ELECTION);
    const request = { type: REQUEST_VOTE, term: 6, candidate: 2, lastLogIndex: 2, lastLogTerm: 5, transfer: false };
    expect(bench.out.sent.map(({ to, message }) => [to, message])).toEqual([0, 1, 3, 4].map((to) => [to, request]));
  });

  test('§5.2 a candidate remains one until it wins, another does, or time goes by', () => {
    const bench = candidate();
    for (const from of [1, 2, 3]) bench.receive(from, voteReply(5, false));
    bench.receive(4, voteReply(5));
    bench.receive(2, requestVoteOf(5, 2));
    bench.receive(2, appendOf(4, 2));
    bench.fire(HEARTBEAT);
    expect([bench.node.role, bench.node.term, bench.node.votedFor]).toEqual([CANDIDATE, 5, 0]);
  });
});

describe('winning', () => {
  const CASES: readonly (readonly [number, number, boolean])[] = [1, 2, 3, 4, 5, 6, 7].flatMap((nodes) =>
    Array.from({ length: nodes }, (_, others) => [nodes, others, 2 * (others + 1) > nodes] as const),
  );

  test.each(CASES)(
    '§5.2 of %i servers, with its own vote and %i others, a candidate leads: %s',
    (nodes, others, wins) => {
      const bench = candidate({ nodes });
      for (let from = 1; from <= others; from++) bench.receive(from, voteReply(5));
      expect(bench.node.role).toBe(wins ? LEADER : CANDIDATE);
    },
  );

  test.each([
    ['refusals', [voteReply(5, false), voteReply(5, false), voteReply(5, false), voteReply(5, false)], [1, 2, 3, 4]],
    ['votes of an earlier term', [voteReply(4), voteReply(4), voteReply(4), voteReply(4)], [1, 2, 3, 4]],
    ['one voter’s answer, again and again', [voteReply(5), voteReply(5), voteReply(5), voteReply(5)], [1, 1, 1, 1]],
    ['its own vote, heard again', [voteReply(5), voteReply(5)], [0, 0]],
  ])('§5.2 a majority is of votes of different servers in one term: %s are none', (_, votes, from) => {
    const bench = candidate();
    for (const [i, message] of votes.entries()) bench.receive(from[i]!, message);
    expect(bench.node.role).toBe(CANDIDATE);
  });

  test('§5.2 votes of one election do not count in the next', () => {
    const bench = candidate();
    bench.receive(1, voteReply(5));
    bench.fire(ELECTION);
    bench.sync();
    bench.receive(2, voteReply(6));
    expect(bench.node.role).toBe(CANDIDATE);
    bench.receive(1, voteReply(5));
    expect(bench.node.role).toBe(CANDIDATE);
    bench.receive(1, voteReply(6));
    expect(bench.node.role).toBe(LEADER);
  });

  test('§5.2 votes that come when it stands no longer make nobody leader', () => {
    const bench = candidate({ nodes: 3 });
    bench.receive(2, appendOf(5, 2));
    bench.receive(1, voteReply(5));
    expect([bench.node.role, bench.node.leader]).toEqual([FOLLOWER, 2]);
  });

  test('§5.2 the winner leads at once, and tells all others, so that no other election begins', () => {
    const bench = candidate({ nodes: 3, disk: { log: entriesOf(1) } });
    bench.receive(1, voteReply(5));
    expect([bench.node.role, bench.node.leader]).toEqual([LEADER, 0]);
    expect(bench.out.sent.map(({ to, message }) => [to, message.type, message.term])).toEqual([
      [1, APPEND_ENTRIES, 5],
      [2, APPEND_ENTRIES, 5],
    ]);
    expect(bench.out.sent.every(({ after }) => after === 0)).toBe(true);
    expect([timerOf(bench, ELECTION), timerOf(bench, HEARTBEAT)]).toEqual([
      Infinity,
      DEFAULT_OPTIONS.heartbeatInterval,
    ]);
  });

  test('§5.2 a leader does not stand for election', () => {
    const bench = leader();
    bench.fire(ELECTION);
    expect([bench.node.role, bench.node.term, bench.out.sent, bench.out.timers]).toEqual([LEADER, 5, [], []]);
  });

  test('§5.2 a leader that becomes a follower stops its heartbeats and waits for a leader', () => {
    const bench = leader();
    bench.receive(3, voteReply(6, false));
    expect(timerOf(bench, HEARTBEAT)).toBe(Infinity);
    expect(timerOf(bench, ELECTION)).toBeGreaterThanOrEqual(SHORTEST);
    bench.fire(ELECTION);
    expect([bench.node.role, bench.node.term]).toEqual([CANDIDATE, 7]);
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
      const bench = follower({ disk: { votedFor } });
      bench.receive(from, requestVoteOf(5, from));
      expect(bench.sentTo(from)).toEqual([voteReply(5, granted)]);
      expect(bench.node.votedFor).toBe(granted ? from : votedFor);
    },
  );

  test('§5.2 of two candidates, the first to ask gets the vote', () => {
    const bench = follower();
    bench.receive(1, requestVoteOf(6, 1));
    expect(bench.sentTo(1)).toEqual([voteReply(6)]);
    bench.receive(2, requestVoteOf(6, 2));
    expect(bench.sentTo(2)).toEqual([voteReply(6, false)]);
  });

  test('§5.2 the vote of a term is not taken back by following its leader', () => {
    const bench = follower();
    bench.receive(1, requestVoteOf(5, 1));
    bench.receive(2, appendOf(5, 2));
    bench.receive(3, requestVoteOf(5, 3));
    expect(bench.sentTo(3)).toEqual([voteReply(5, false)]);
  });

  test('§5.2 a candidate or leader of a term has its vote: others of that term are refused', () => {
    for (const bench of [candidate(), leader()]) {
      bench.receive(3, requestVoteOf(5, 3, 9, 9));
      expect([bench.sentTo(3), bench.node.votedFor]).toEqual([[voteReply(5, false)], 0]);
    }
  });

  test('§5.2 a vote binds for its term alone', () => {
    const bench = follower({ disk: { votedFor: 1 } });
    bench.receive(2, requestVoteOf(6, 2));
    expect(bench.sentTo(2)).toEqual([voteReply(6)]);
    const other = leader();
    other.receive(2, requestVoteOf(6, 2, 9, 9));
    expect(other.sentTo(2)).toEqual([voteReply(6)]);
  });
});

describe('losing', () => {
  test.each([5, 6, 9])(
    '§5.2 a candidate of term 5 that hears from a leader of term %i recognizes it and follows',
    (term) => {
      const bench = candidate();
      bench.receive(2, appendOf(term, 2, [0, 0], entriesOf(term)));
      expect([bench.node.role, bench.node.leader, bench.node.term]).toEqual([FOLLOWER, 2, term]);
      expect([termsOf(bench.node), replyOf(bench)]).toEqual([[term], ack(term, 1)]);
    },
  );

  test('§5.2 a candidate that hears from a leader of an earlier term rejects it and remains candidate', () => {
    const bench = candidate();
    bench.receive(2, appendOf(4, 2, [0, 0], entriesOf(4)));
    expect([bench.node.role, bench.node.leader, termsOf(bench.node)]).toEqual([CANDIDATE, NONE, []]);
    expect(replyOf(bench)).toMatchObject({ term: 5, success: false });
  });

  test('§5.2 a candidate that neither wins nor loses begins another election in a higher term', () => {
    const bench = candidate();
    for (const term of [6, 7]) {
      bench.fire(ELECTION);
      expect([bench.node.role, bench.node.term, bench.node.votedFor]).toEqual([CANDIDATE, term, 0]);
      expect(bench.out.sent.map(({ to, message }) => [to, message.type, message.term])).toEqual(
        [1, 2, 3, 4].map((to) => [to, REQUEST_VOTE, term]),
      );
      expect(timerOf(bench, ELECTION)).toBeGreaterThanOrEqual(SHORTEST);
      bench.sync();
    }
  });
});

describe('randomized timeouts', () => {
  /** The timeouts that an event sets when it happens again and again. */
  function timeouts(bench: TestNode, again: () => void): readonly number[] {
    return Array.from({ length: 200 }, (_, round) => {
      bench.now = round * 1_000_000;
      again();
      return timerOf(bench, ELECTION)! - bench.now;
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
    const bench = follower();
    expectSpread(timeouts(bench, () => bench.receive(1, appendOf(5, 1))));
  });

  test('§5.2 each candidate draws its timeout anew at the start of an election', () => {
    const bench = follower();
    expectSpread(timeouts(bench, () => bench.fire(ELECTION)));
  });

  test('§5.2 the range is the one that is set', () => {
    const bench = follower({ options: { electionTimeout: [1000, 1003] } });
    const drawn = timeouts(bench, () => bench.receive(1, appendOf(5, 1)));
    expect(new Set(drawn)).toEqual(new Set([1000, 1001, 1002, 1003]));
  });

  test('§5.2 in most cases only a single one of five servers times out first, well before the next', () => {
    const { node } = follower();
    const dice = Array.from({ length: 5 }, (_, i) => new Dice(i * 7919 + 1));
    let alone = 0;
    for (let round = 0; round < 1000; round++) {
      const drawn = dice.map((one) => RULES.electionTimeout(node, one)).toSorted((a, b) => a - b);
      if (drawn[1]! - drawn[0]! > 5000) alone++;
    }
    expect(alone).toBeGreaterThan(700);
  });
});
