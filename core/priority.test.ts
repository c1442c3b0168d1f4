import { describe, expect, test } from 'vitest';
import { TIMEOUT_NOW } from './messages.ts';
import { ELECTION } from './node.ts';
import { DEFAULT_OPTIONS, longestWait, priorityDelay } from './options.ts';
import { appendOf, requestVoteOf } from './testing/messages.ts';
import { follower, timerOf } from './testing/node.ts';
import { CANDIDATE, FOLLOWER, PRE_CANDIDATE } from './view.ts';

const [SHORTEST, LONGEST] = DEFAULT_OPTIONS.electionTimeout;

describe('the priority of a node', () => {
  test.each([3, 2, 1])('%i: it waits for another longest election timeout for each step below 3', (priority) => {
    const node = follower({ options: { priority } });
    node.receive(1, appendOf(5, 1));
    const further = (3 - priority) * LONGEST;
    expect(priorityDelay({ ...DEFAULT_OPTIONS, priority })).toBe(further);
    expect(timerOf(node, ELECTION)).toBeGreaterThanOrEqual(further + SHORTEST);
    expect(timerOf(node, ELECTION)).toBeLessThanOrEqual(longestWait({ ...DEFAULT_OPTIONS, priority }));
    node.fire(ELECTION);
    expect(node.state.role).toBe(CANDIDATE);
    expect(timerOf(node, ELECTION)).toBeGreaterThanOrEqual(further + SHORTEST);
  });

  test.each([false, true])('0: its timer starts no election, and fires again (preVote: %s)', (preVote) => {
    const node = follower({ options: { priority: 0, preVote } });
    for (let times = 0; times < 3; times++) {
      node.fire(ELECTION);
      expect([node.state.role, node.state.term, node.out.sent]).toEqual([FOLLOWER, 5, []]);
      expect(timerOf(node, ELECTION)).not.toBe(null);
    }
    const other = follower({ options: { priority: 1, preVote } });
    other.fire(ELECTION);
    expect(other.state.role).toBe(preVote ? PRE_CANDIDATE : CANDIDATE);
  });

  test('0: it votes, and obeys TimeoutNow', () => {
    const node = follower({ options: { priority: 0 } });
    node.receive(1, requestVoteOf(6, 1));
    expect(node.state.votedFor).toBe(1);
    node.receive(1, { type: TIMEOUT_NOW, term: 6 });
    expect([node.state.role, node.state.term]).toEqual([CANDIDATE, 7]);
    node.fire(ELECTION);
    expect([node.state.role, node.state.term]).toEqual([CANDIDATE, 7]);
  });
});
