import { expect, test } from 'vitest';
import { DEFAULT_EXPECTED_OPTIONS, everyNode } from './expected-options.ts';
import { NodeOptions } from './node-options.ts';

const PLAIN = DEFAULT_EXPECTED_OPTIONS;
const SHORTER = { ...PLAIN, electionTimeout: [50_000, 90_000] as const, preVote: true };

test('a node has the options with which it booted last, whatever it will boot with', () => {
  const next = [PLAIN, PLAIN];
  const options = new NodeOptions({ of: (node) => next[node]!, possible: [PLAIN, SHORTER] }, 2);
  next[1] = SHORTER;
  expect(options.of(1)).toBe(PLAIN);
  expect([options.shortestTimeout, options.longestTimeout, options.narrowestRange]).toEqual([
    150_000, 300_000, 150_000,
  ]);
  options.booted(1);
  expect([options.of(0), options.of(1)]).toEqual([PLAIN, SHORTER]);
  expect([options.shortestTimeout, options.longestTimeout, options.narrowestRange]).toEqual([50_000, 300_000, 40_000]);
});

test('the longest wait for a leader is that of the node with the lowest priority that starts elections', () => {
  const longest = (...priorities: number[]): number =>
    new NodeOptions({ of: (node) => ({ ...PLAIN, priority: priorities[node]! }), possible: [PLAIN] }, 3).longestTimeout;
  expect(longest(3, 3, 3)).toBe(300_000);
  expect(longest(3, 2, 3)).toBe(600_000);
  expect(longest(3, 2, 1)).toBe(900_000);
  expect(longest(3, 3, 0)).toBe(300_000);
});

test('whether any timer waits for votes', () => {
  const waits = (...timers: ('granted' | 'durable')[]): boolean =>
    new NodeOptions({ of: (node) => ({ ...PLAIN, voteTimer: timers[node]! }), possible: [PLAIN] }, 2).waitsForVotes;
  expect([waits('granted', 'granted'), waits('granted', 'durable')]).toEqual([false, true]);
});

test('what some node may become counts from the beginning', () => {
  const upgraded = new NodeOptions({ of: () => PLAIN, possible: [PLAIN, SHORTER] }, 2);
  expect(upgraded.ever(({ preVote }) => preVote)).toBe(true);
  expect(new NodeOptions(everyNode(PLAIN), 2).ever(({ preVote }) => preVote)).toBe(false);
});
