import { describe, expect, test } from 'vitest';
import { TIMEOUT_NOW } from './messages.ts';
import { ELECTION } from './node.ts';
import { DEFAULT_OPTIONS } from './options.ts';
import { appendOf, preVoteReply, requestVoteOf, voteReply } from './testing/messages.ts';
import { follower, TestNode, timerOf } from './testing/node.ts';
import { CANDIDATE, FOLLOWER, LEADER } from './view.ts';

const [SHORTEST, LONGEST] = DEFAULT_OPTIONS.electionTimeout;
const DURABLE = { options: { voteTimer: 'durable' } } as const;

/** The timer restarts at the node's own time. */
function expectRestart(node: TestNode): void {
  expect(timerOf(node, ELECTION)).toBeGreaterThanOrEqual(node.now + SHORTEST);
  expect(timerOf(node, ELECTION)).toBeLessThanOrEqual(node.now + LONGEST);
}

describe('voteTimer: granted', () => {
  test('the timer restarts when a vote is granted, and not when it is durable', () => {
    const node = follower();
    node.now = 1_000_000;
    node.receive(1, requestVoteOf(6, 1));
    expectRestart(node);
    node.sync();
    expect(timerOf(node, ELECTION)).toBe(null);
  });
});

describe('voteTimer: durable', () => {
  test('a granted vote stops the timer, and it restarts when the vote is durable', () => {
    const node = follower(DURABLE);
    node.receive(1, requestVoteOf(6, 1));
    expect(timerOf(node, ELECTION)).toBe(Infinity);
    node.now = 400_000;
    node.sync();
    expectRestart(node);
  });

  test('so does the vote of a candidate for itself', () => {
    const node = follower(DURABLE);
    node.fire(ELECTION);
    expect([node.state.role, timerOf(node, ELECTION)]).toEqual([CANDIDATE, Infinity]);
    node.now = 400_000;
    node.sync();
    expectRestart(node);
    node.fire(ELECTION);
    expect([node.state.term, timerOf(node, ELECTION)]).toEqual([7, Infinity]);
  });

  test('a vote that is granted again, and durable already, restarts it at once', () => {
    const node = follower(DURABLE);
    node.receive(1, requestVoteOf(6, 1));
    node.sync();
    node.now = 100_000;
    node.receive(1, requestVoteOf(6, 1));
    expectRestart(node);
  });

  test('a vote that is granted again before it is durable goes on to wait', () => {
    const node = follower(DURABLE);
    node.receive(1, requestVoteOf(6, 1));
    node.receive(1, requestVoteOf(6, 1));
    expect(timerOf(node, ELECTION)).toBe(Infinity);
    node.sync();
    expectRestart(node);
  });

  test('a later term without a vote leaves it waiting for the write, and a vote in it for the next one', () => {
    const node = follower(DURABLE);
    node.receive(1, requestVoteOf(6, 1));
    node.receive(2, voteReply(7, false));
    expect([node.state.term, timerOf(node, ELECTION)]).toEqual([7, null]);
    node.syncOne();
    expectRestart(node);
    const twice = follower(DURABLE);
    twice.receive(1, requestVoteOf(6, 1));
    twice.receive(2, requestVoteOf(7, 2));
    twice.syncOne();
    expect(timerOf(twice, ELECTION)).toBe(null);
    twice.syncOne();
    expectRestart(twice);
  });

  test('contact with the leader of the term restarts it, and the write does not any more', () => {
    const node = follower(DURABLE);
    node.receive(1, requestVoteOf(6, 1));
    node.now = 100_000;
    node.receive(1, appendOf(6, 1));
    expectRestart(node);
    node.now = 200_000;
    node.sync();
    expect(timerOf(node, ELECTION)).toBe(null);
  });

  test('a node that leads before its own vote is durable has no timer after it', () => {
    const node = follower({ ...DURABLE, nodes: 3 });
    node.fire(ELECTION);
    for (const from of [1, 2]) node.receive(from, voteReply(6));
    expect(node.state.role).toBe(LEADER);
    node.sync();
    expect(timerOf(node, ELECTION)).toBe(null);
    node.receive(1, appendOf(7, 1));
    expect(node.state.role).toBe(FOLLOWER);
    expectRestart(node);
  });

  test('so do elections after pre-votes, and those that a leader has asked for', () => {
    const asked = follower({ options: { ...DURABLE.options, preVote: true } });
    asked.fire(ELECTION);
    expectRestart(asked);
    for (const from of [1, 2]) asked.receive(from, preVoteReply(6));
    expect([asked.state.role, timerOf(asked, ELECTION)]).toEqual([CANDIDATE, Infinity]);
    asked.sync();
    expectRestart(asked);
    const target = follower(DURABLE);
    target.receive(1, { type: TIMEOUT_NOW, term: 5 });
    expect([target.state.role, timerOf(target, ELECTION)]).toEqual([CANDIDATE, Infinity]);
  });

  test('pre-votes are not written, and leave the timer alone', () => {
    const node = new TestNode(DURABLE);
    expectRestart(node);
    expect(node.out.writes).toEqual([]);
  });
});
