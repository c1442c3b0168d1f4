import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { NONE, REQUEST_VOTE, REQUEST_VOTE_REPLY } from './messages.ts';
import { ELECTION, HEARTBEAT } from './node.ts';
import { ack, appendOf, entriesOf, reject, requestOf, requestVoteOf, voteReply } from './testing/messages.ts';
import { TestNode } from './testing/node.ts';
import { CANDIDATE, FOLLOWER, LEADER } from './view.ts';

describe('the election timer', () => {
  test('a node that boots waits for a leader for a drawn election timeout, and has written nothing', () => {
    const { state, out } = new TestNode();
    expect([state.role, state.term, state.votedFor]).toEqual([FOLLOWER, 0, NONE]);
    expect(out.timers.map(({ timer }) => timer)).toEqual([ELECTION]);
    expect(out.timers[0]!.at).toBeGreaterThanOrEqual(150_000);
    expect(out.timers[0]!.at).toBeLessThanOrEqual(300_000);
    expect([out.writes, out.sent]).toEqual([[], []]);
  });

  test('a granted vote and contact from the leader restart it; a denial, a stale leader and a higher term do not', () => {
    const resets = (act: (node: TestNode) => void): boolean => {
      const node = new TestNode({ disk: { term: 5, log: entriesOf(5) } });
      act(node);
      return node.out.timers.some(({ timer, at }) => timer === ELECTION && at !== Infinity);
    };
    expect(resets((node) => node.receive(1, requestVoteOf(5, 1, 1, 5)))).toBe(true);
    expect(resets((node) => node.receive(1, appendOf(5, 1, [1, 5])))).toBe(true);
    expect(resets((node) => node.receive(1, appendOf(5, 1, [7, 5])))).toBe(true);
    expect(resets((node) => node.receive(1, requestVoteOf(6, 1)))).toBe(false);
    expect(resets((node) => node.receive(1, appendOf(4, 1)))).toBe(false);
    expect(resets((node) => node.receive(1, voteReply(6, false)))).toBe(false);
  });

  test('a restarted node finds its term, vote and log on its disk, and nothing else', () => {
    const { state } = new TestNode({ disk: { term: 7, votedFor: 3, log: entriesOf(1, 7) } });
    expect([state.term, state.votedFor, state.log.lastIndex, state.commitIndex, state.lastApplied]).toEqual([
      7, 3, 2, 0, 0,
    ]);
    expect([state.role, state.leader, state.stableIndex]).toEqual([FOLLOWER, NONE, 2]);
  });
});

describe('a candidate', () => {
  test('raises its term, votes for itself, and requests all other votes when that is durable', () => {
    const node = new TestNode({ id: 2, disk: { term: 4, log: entriesOf(1, 3) } });
    node.fire(ELECTION);
    const { state, out } = node;
    expect([state.role, state.term, state.votedFor, state.leader]).toEqual([CANDIDATE, 5, 2, NONE]);
    expect(out.writes).toEqual([{ kind: 'vote', term: 5, votedFor: 2 }]);
    expect(out.sent.map(({ to }) => to)).toEqual([0, 1, 3, 4]);
    for (const { message, after } of out.sent) {
      expect(message).toEqual(requestVoteOf(5, 2, 2, 3));
      expect(after).toBe(out.lastTicket);
    }
  });

  test('counts its own vote only when that is on disk', () => {
    const node = new TestNode({ nodes: 3 });
    node.fire(ELECTION);
    node.receive(1, voteReply(1));
    expect(node.state.role).toBe(CANDIDATE);
    node.sync();
    expect(node.state.role).toBe(LEADER);
  });

  test('does not count its own vote when an earlier write becomes durable', () => {
    const node = new TestNode({ nodes: 3, disk: { term: 1, log: entriesOf(1) } });
    node.receive(1, appendOf(1, 1, [1, 1], entriesOf(1)));
    node.fire(ELECTION);
    node.receive(1, voteReply(2));
    node.syncOne();
    expect(node.state.role).toBe(CANDIDATE);
    node.syncOne();
    expect(node.state.role).toBe(LEADER);
  });

  test('leads with the votes of a majority, and not with one fewer or with duplicates', () => {
    for (const nodes of [3, 4, 5, 7]) {
      const node = new TestNode({ nodes });
      node.fire(ELECTION);
      node.sync();
      for (let votes = 1, from = 1; votes < Math.floor(nodes / 2) + 1; votes++, from++) {
        expect(node.state.role).toBe(CANDIDATE);
        for (let copy = 0; copy < 2 && node.state.role === CANDIDATE; copy++) node.receive(from, voteReply(1));
        if (from > 1 && votes < Math.floor(nodes / 2)) node.receive(1, voteReply(1));
      }
      expect(node.state.role).toBe(LEADER);
    }
  });

  test('alone in its cluster it leads when its vote is on disk', () => {
    const node = new TestNode({ nodes: 1 });
    node.fire(ELECTION);
    expect(node.state.role).toBe(CANDIDATE);
    node.syncOne();
    expect(node.state.role).toBe(LEADER);
  });

  test('does not count denials, votes of a stale term, or votes that arrive after the election', () => {
    const node = new TestNode({ nodes: 3, disk: { term: 4 } });
    node.fire(ELECTION);
    node.sync();
    node.receive(1, voteReply(5, false));
    node.receive(1, voteReply(4));
    expect(node.state.role).toBe(CANDIDATE);
    node.receive(2, appendOf(5, 2));
    expect([node.state.role, node.state.leader]).toEqual([FOLLOWER, 2]);
    node.receive(1, voteReply(5));
    expect(node.state.role).toBe(FOLLOWER);
  });

  test('starts another election in a higher term when its timeout elapses again, and counts votes afresh', () => {
    const node = new TestNode({ nodes: 5 });
    node.fire(ELECTION);
    node.sync();
    node.receive(1, voteReply(1));
    node.fire(ELECTION);
    node.sync();
    expect([node.state.role, node.state.term]).toEqual([CANDIDATE, 2]);
    node.receive(2, voteReply(2));
    expect(node.state.role).toBe(CANDIDATE);
    node.receive(1, voteReply(2));
    expect(node.state.role).toBe(LEADER);
  });

  test('denies its vote to another candidate of its term', () => {
    const node = new TestNode();
    node.fire(ELECTION);
    node.receive(1, requestVoteOf(1, 1, 9, 1));
    expect(node.sentTo(1)).toEqual([voteReply(1, false)]);
  });
});

describe('a voter', () => {
  test('grants its vote when term and vote are on disk, together and in one write', () => {
    const node = new TestNode({ disk: { term: 4 } });
    node.receive(3, requestVoteOf(6, 3));
    expect(node.out.writes).toEqual([{ kind: 'vote', term: 6, votedFor: 3 }]);
    expect(node.out.sent).toEqual([{ to: 3, message: voteReply(6), after: node.out.lastTicket }]);
  });

  test('grants the same candidate its vote again without another write', () => {
    const node = new TestNode();
    node.receive(3, requestVoteOf(1, 3));
    node.sync();
    node.receive(3, requestVoteOf(1, 3));
    expect([node.sentTo(3), node.out.writes]).toEqual([[voteReply(1)], []]);
  });

  test('replies to a second request only when the first write is durable', () => {
    const node = new TestNode();
    node.receive(3, requestVoteOf(1, 3));
    node.receive(3, requestVoteOf(1, 3));
    expect(node.out.sent[0]!.after).toBe(1);
  });

  test('denies its vote to a second candidate of the term, also after a restart', () => {
    const node = new TestNode();
    node.receive(3, requestVoteOf(1, 3));
    node.receive(4, requestVoteOf(1, 4, 9, 9));
    expect(node.sentTo(4)).toEqual([voteReply(1, false)]);
    const restarted = new TestNode({ disk: { term: 1, votedFor: 3 } });
    restarted.receive(4, requestVoteOf(1, 4, 9, 9));
    expect(restarted.sentTo(4)).toEqual([voteReply(1, false)]);
    restarted.receive(3, requestVoteOf(1, 3));
    expect(restarted.sentTo(3)).toEqual([voteReply(1)]);
  });

  test('denies a candidate whose log is behind, but adopts its term, and replies when that is durable', () => {
    const node = new TestNode({ disk: { term: 3, votedFor: 0, log: entriesOf(1, 3) } });
    node.receive(4, requestVoteOf(5, 4, 9, 2));
    expect([node.state.term, node.state.votedFor]).toEqual([5, NONE]);
    expect(node.out.writes).toEqual([{ kind: 'vote', term: 5, votedFor: NONE }]);
    expect(node.out.sent).toEqual([{ to: 4, message: voteReply(5, false), after: node.out.lastTicket }]);
  });

  test('replies to a candidate of a stale term with the current one, and writes nothing', () => {
    const node = new TestNode({ disk: { term: 5 } });
    node.receive(4, requestVoteOf(3, 4, 9, 9));
    expect([node.sentTo(4), node.out.writes, node.state.term]).toEqual([[voteReply(5, false)], [], 5]);
  });

  test('votes once a term, whatever the order of the candidates', () => {
    const request = fc.record({ term: fc.integer({ min: 1, max: 4 }), candidate: fc.integer({ min: 1, max: 4 }) });
    fc.assert(
      fc.property(fc.array(request, { maxLength: 20 }), (requests) => {
        const node = new TestNode();
        const granted = new Map<number, number>();
        let term = 0;
        for (const { term: requested, candidate } of requests) {
          node.receive(candidate, requestVoteOf(requested, candidate));
          expect(node.state.term).toBeGreaterThanOrEqual(term);
          ({ term } = node.state);
          const [reply] = node.sentTo(candidate);
          if (reply?.type !== REQUEST_VOTE_REPLY || !reply.granted) continue;
          expect(granted.get(reply.term) ?? candidate).toBe(candidate);
          granted.set(reply.term, candidate);
        }
      }),
    );
  });
});

describe('a higher term', () => {
  const messages = {
    RequestVote: requestVoteOf(9, 3),
    'a vote': voteReply(9, false),
    'an append': appendOf(9, 3),
    'an acknowledgement': ack(9, 0),
    'a rejection': reject(9, 1, 0, 1),
  };

  test.each(Object.entries(messages))(
    'in %s makes a leader a follower without a vote of its own in it',
    (_, message) => {
      const node = new TestNode({ disk: { term: 4 } });
      node.lead();
      node.request(requestOf(1, 1));
      node.receive(3, message);
      const { state, out } = node;
      expect([state.role, state.term]).toEqual([FOLLOWER, 9]);
      expect([NONE, 3]).toContain(state.votedFor);
      expect(state.votedFor === 3).toBe(
        message.type === REQUEST_VOTE &&
          out.sent.some((sent) => sent.message.type === REQUEST_VOTE_REPLY && sent.message.granted),
      );
      expect(out.writes).toContainEqual({ kind: 'vote', term: 9, votedFor: state.votedFor });
      expect(out.timers.some(({ timer, at }) => timer === HEARTBEAT && at === Infinity)).toBe(true);
      expect(out.timers.some(({ timer, at }) => timer === ELECTION && at !== Infinity)).toBe(true);
      expect(out.replies.map(({ reply }) => reply.status)).toEqual(['unknown']);
    },
  );

  test('makes a candidate a follower', () => {
    const node = new TestNode();
    node.fire(ELECTION);
    node.receive(3, voteReply(9, false));
    expect([node.state.role, node.state.term, node.state.votedFor]).toEqual([FOLLOWER, 9, NONE]);
  });
});

describe('a leader', () => {
  test('stops its election timer, starts its heartbeat timer and sends heartbeats at once', () => {
    const node = new TestNode({ nodes: 3 });
    node.fire(ELECTION);
    node.sync();
    node.now = 1000;
    node.receive(1, voteReply(1));
    expect(node.out.timers).toContainEqual({ timer: ELECTION, at: Infinity });
    expect(node.out.timers).toContainEqual({ timer: HEARTBEAT, at: 51_000 });
    expect(node.out.sent.map(({ to }) => to)).toEqual([1, 2]);
  });

  test('does not start an election, even if its timer fires', () => {
    const node = new TestNode();
    node.lead();
    node.fire(ELECTION);
    expect([node.state.role, node.state.term, node.out.writes, node.out.sent]).toEqual([LEADER, 1, [], []]);
  });
});
