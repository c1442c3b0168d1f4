import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { NONE, REQUEST_VOTE, REQUEST_VOTE_REPLY } from './messages.ts';
import { TestNode, ack, appendOf, requestVoteOf, entriesOf, reject, requestOf, voteReply } from './testing/node.ts';
import { ELECTION, HEARTBEAT } from './node.ts';
import { CANDIDATE, FOLLOWER, LEADER } from './view.ts';

describe('the election timer', () => {
  test('a node that boots waits for a leader for a drawn time, and has written nothing', () => {
    const { node, out } = new TestNode();
    expect([node.role, node.term, node.votedFor]).toEqual([FOLLOWER, 0, NONE]);
    expect(out.timers.map(({ timer }) => timer)).toEqual([ELECTION]);
    expect(out.timers[0]!.at).toBeGreaterThanOrEqual(150_000);
    expect(out.timers[0]!.at).toBeLessThanOrEqual(300_000);
    expect([out.writes, out.sent]).toEqual([[], []]);
  });

  test('a granted vote and word from the leader start it anew; a refusal, a stale leader and a heard-of term do not', () => {
    const resets = (act: (bench: TestNode) => void): boolean => {
      const bench = new TestNode({ disk: { term: 5, log: entriesOf(5) } });
      act(bench);
      return bench.out.timers.some(({ timer, at }) => timer === ELECTION && at !== Infinity);
    };
    expect(resets((bench) => bench.receive(1, requestVoteOf(5, 1, 1, 5)))).toBe(true);
    expect(resets((bench) => bench.receive(1, appendOf(5, 1, [1, 5])))).toBe(true);
    expect(resets((bench) => bench.receive(1, appendOf(5, 1, [7, 5])))).toBe(true);
    expect(resets((bench) => bench.receive(1, requestVoteOf(6, 1)))).toBe(false);
    expect(resets((bench) => bench.receive(1, appendOf(4, 1)))).toBe(false);
    expect(resets((bench) => bench.receive(1, voteReply(6, false)))).toBe(false);
  });

  test('a restarted node finds its term, vote and log on its disk, and nothing else', () => {
    const { node } = new TestNode({ disk: { term: 7, votedFor: 3, log: entriesOf(1, 7) } });
    expect([node.term, node.votedFor, node.log.lastIndex, node.commitIndex, node.lastApplied]).toEqual([7, 3, 2, 0, 0]);
    expect([node.role, node.leader, node.stableIndex]).toEqual([FOLLOWER, NONE, 2]);
  });
});

describe('a candidate', () => {
  test('raises its term, votes for itself, and asks everybody else when that is on disk', () => {
    const bench = new TestNode({ id: 2, disk: { term: 4, log: entriesOf(1, 3) } });
    bench.fire(ELECTION);
    const { node, out } = bench;
    expect([node.role, node.term, node.votedFor, node.leader]).toEqual([CANDIDATE, 5, 2, NONE]);
    expect(out.writes).toEqual([{ kind: 'vote', term: 5, votedFor: 2 }]);
    expect(out.sent.map(({ to }) => to)).toEqual([0, 1, 3, 4]);
    for (const { message, after } of out.sent) {
      expect(message).toEqual(requestVoteOf(5, 2, 2, 3));
      expect(after).toBe(out.lastTicket);
    }
  });

  test('counts its own vote only when that is on disk', () => {
    const bench = new TestNode({ nodes: 3 });
    bench.fire(ELECTION);
    bench.receive(1, voteReply(1));
    expect(bench.node.role).toBe(CANDIDATE);
    bench.sync();
    expect(bench.node.role).toBe(LEADER);
  });

  test('does not count its own vote when an earlier write becomes durable', () => {
    const bench = new TestNode({ nodes: 3, disk: { term: 1, log: entriesOf(1) } });
    bench.receive(1, appendOf(1, 1, [1, 1], entriesOf(1)));
    bench.fire(ELECTION);
    bench.receive(1, voteReply(2));
    bench.syncOne();
    expect(bench.node.role).toBe(CANDIDATE);
    bench.syncOne();
    expect(bench.node.role).toBe(LEADER);
  });

  test('leads with the votes of a majority, and not with one fewer or with copies of one', () => {
    for (const nodes of [3, 4, 5, 7]) {
      const bench = new TestNode({ nodes });
      bench.fire(ELECTION);
      bench.sync();
      for (let votes = 1, from = 1; votes < Math.floor(nodes / 2) + 1; votes++, from++) {
        expect(bench.node.role).toBe(CANDIDATE);
        for (let copy = 0; copy < 2 && bench.node.role === CANDIDATE; copy++) bench.receive(from, voteReply(1));
        if (from > 1 && votes < Math.floor(nodes / 2)) bench.receive(1, voteReply(1));
      }
      expect(bench.node.role).toBe(LEADER);
    }
  });

  test('alone in its cluster it leads when its vote is on disk', () => {
    const bench = new TestNode({ nodes: 1 });
    bench.fire(ELECTION);
    expect(bench.node.role).toBe(CANDIDATE);
    bench.syncOne();
    expect(bench.node.role).toBe(LEADER);
  });

  test('does not count refusals, votes of an earlier term, or votes that come when it no longer stands', () => {
    const bench = new TestNode({ nodes: 3, disk: { term: 4 } });
    bench.fire(ELECTION);
    bench.sync();
    bench.receive(1, voteReply(5, false));
    bench.receive(1, voteReply(4));
    expect(bench.node.role).toBe(CANDIDATE);
    bench.receive(2, appendOf(5, 2));
    expect([bench.node.role, bench.node.leader]).toEqual([FOLLOWER, 2]);
    bench.receive(1, voteReply(5));
    expect(bench.node.role).toBe(FOLLOWER);
  });

  test('starts another election in a higher term when its time passes again, and counts votes afresh', () => {
    const bench = new TestNode({ nodes: 5 });
    bench.fire(ELECTION);
    bench.sync();
    bench.receive(1, voteReply(1));
    bench.fire(ELECTION);
    bench.sync();
    expect([bench.node.role, bench.node.term]).toEqual([CANDIDATE, 2]);
    bench.receive(2, voteReply(2));
    expect(bench.node.role).toBe(CANDIDATE);
    bench.receive(1, voteReply(2));
    expect(bench.node.role).toBe(LEADER);
  });

  test('refuses another candidate of its own term', () => {
    const bench = new TestNode();
    bench.fire(ELECTION);
    bench.receive(1, requestVoteOf(1, 1, 9, 1));
    expect(bench.sentTo(1)).toEqual([voteReply(1, false)]);
  });
});

describe('a voter', () => {
  test('grants its vote when term and vote are on disk, together and in one write', () => {
    const bench = new TestNode({ disk: { term: 4 } });
    bench.receive(3, requestVoteOf(6, 3));
    expect(bench.out.writes).toEqual([{ kind: 'vote', term: 6, votedFor: 3 }]);
    expect(bench.out.sent).toEqual([{ to: 3, message: voteReply(6), after: bench.out.lastTicket }]);
  });

  test('gives the same candidate the same answer again without another write', () => {
    const bench = new TestNode();
    bench.receive(3, requestVoteOf(1, 3));
    bench.sync();
    bench.receive(3, requestVoteOf(1, 3));
    expect([bench.sentTo(3), bench.out.writes]).toEqual([[voteReply(1)], []]);
  });

  test('answers a second request only when the first write is durable', () => {
    const bench = new TestNode();
    bench.receive(3, requestVoteOf(1, 3));
    bench.receive(3, requestVoteOf(1, 3));
    expect(bench.out.sent[0]!.after).toBe(1);
  });

  test('refuses a second candidate of the term, also after a restart', () => {
    const bench = new TestNode();
    bench.receive(3, requestVoteOf(1, 3));
    bench.receive(4, requestVoteOf(1, 4, 9, 9));
    expect(bench.sentTo(4)).toEqual([voteReply(1, false)]);
    const restarted = new TestNode({ disk: { term: 1, votedFor: 3 } });
    restarted.receive(4, requestVoteOf(1, 4, 9, 9));
    expect(restarted.sentTo(4)).toEqual([voteReply(1, false)]);
    restarted.receive(3, requestVoteOf(1, 3));
    expect(restarted.sentTo(3)).toEqual([voteReply(1)]);
  });

  test('refuses a candidate whose log is behind, but adopts its term, and says so when that is on disk', () => {
    const bench = new TestNode({ disk: { term: 3, votedFor: 0, log: entriesOf(1, 3) } });
    bench.receive(4, requestVoteOf(5, 4, 9, 2));
    expect([bench.node.term, bench.node.votedFor]).toEqual([5, NONE]);
    expect(bench.out.writes).toEqual([{ kind: 'vote', term: 5, votedFor: NONE }]);
    expect(bench.out.sent).toEqual([{ to: 4, message: voteReply(5, false), after: bench.out.lastTicket }]);
  });

  test('tells a candidate of an earlier term of the present one, and writes nothing', () => {
    const bench = new TestNode({ disk: { term: 5 } });
    bench.receive(4, requestVoteOf(3, 4, 9, 9));
    expect([bench.sentTo(4), bench.out.writes, bench.node.term]).toEqual([[voteReply(5, false)], [], 5]);
  });

  test('votes once a term, whoever asks, in whatever order', () => {
    const request = fc.record({ term: fc.integer({ min: 1, max: 4 }), candidate: fc.integer({ min: 1, max: 4 }) });
    fc.assert(
      fc.property(fc.array(request, { maxLength: 20 }), (requests) => {
        const bench = new TestNode();
        const granted = new Map<number, number>();
        let term = 0;
        for (const { term: asked, candidate } of requests) {
          bench.receive(candidate, requestVoteOf(asked, candidate));
          expect(bench.node.term).toBeGreaterThanOrEqual(term);
          ({ term } = bench.node);
          const [answer] = bench.sentTo(candidate);
          if (answer?.type !== REQUEST_VOTE_REPLY || !answer.granted) continue;
          expect(granted.get(answer.term) ?? candidate).toBe(candidate);
          granted.set(answer.term, candidate);
        }
      }),
    );
  });
});

describe('a higher term', () => {
  const messages = {
    'a candidacy': requestVoteOf(9, 3),
    'a vote': voteReply(9, false),
    'an append': appendOf(9, 3),
    'an acknowledgement': ack(9, 0),
    'a rejection': reject(9, 1, 0, 1),
  };

  test.each(Object.entries(messages))(
    'in %s makes a leader a follower without a vote of its own in it',
    (_, message) => {
      const bench = new TestNode({ disk: { term: 4 } });
      bench.lead();
      bench.ask(requestOf(1, 1));
      bench.receive(3, message);
      const { node, out } = bench;
      expect([node.role, node.term]).toEqual([FOLLOWER, 9]);
      expect([NONE, 3]).toContain(node.votedFor);
      expect(node.votedFor === 3).toBe(
        message.type === REQUEST_VOTE &&
          out.sent.some((sent) => sent.message.type === REQUEST_VOTE_REPLY && sent.message.granted),
      );
      expect(out.writes).toContainEqual({ kind: 'vote', term: 9, votedFor: node.votedFor });
      expect(out.timers.some(({ timer, at }) => timer === HEARTBEAT && at === Infinity)).toBe(true);
      expect(out.timers.some(({ timer, at }) => timer === ELECTION && at !== Infinity)).toBe(true);
      expect(out.replies.map(({ reply }) => reply.status)).toEqual(['unknown']);
    },
  );

  test('makes a candidate a follower', () => {
    const bench = new TestNode();
    bench.fire(ELECTION);
    bench.receive(3, voteReply(9, false));
    expect([bench.node.role, bench.node.term, bench.node.votedFor]).toEqual([FOLLOWER, 9, NONE]);
  });
});

describe('a leader', () => {
  test('stops its election timer, starts its heartbeat and tells everybody at once', () => {
    const bench = new TestNode({ nodes: 3 });
    bench.fire(ELECTION);
    bench.sync();
    bench.now = 1000;
    bench.receive(1, voteReply(1));
    expect(bench.out.timers).toContainEqual({ timer: ELECTION, at: Infinity });
    expect(bench.out.timers).toContainEqual({ timer: HEARTBEAT, at: 51_000 });
    expect(bench.out.sent.map(({ to }) => to)).toEqual([1, 2]);
  });

  test('does not stand for election, even if its timer fires', () => {
    const bench = new TestNode();
    bench.lead();
    bench.fire(ELECTION);
    expect([bench.node.role, bench.node.term, bench.out.writes, bench.out.sent]).toEqual([LEADER, 1, [], []]);
  });
});
