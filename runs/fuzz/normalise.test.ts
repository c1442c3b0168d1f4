import { describe, expect, it } from 'vitest';
import { normalise } from './normalise.ts';

const THREE = ['n1', 'n2', 'n3'];

describe('a normalised sentence', () => {
  it.each([
    ['numbers', 'n1 applied index 7 after index 12', 'n3 applied index 1 after index 1'],
    ['names of clients', 'n1: ⇐ c1 Request', 'n2: ⇐ c27 Request'],
    ['how many nodes are listed', 'n1 n2 n3 work, but elected no leader', 'n1 n2 work, but elected no leader'],
    ['how a list is written', 'with the votes of n1, n2 and n3', 'with the votes of n1 and n2'],
    ['spans of time, in any unit', 'no leader for 12158 ms', 'no leader for 12.1 s'],
    ['texts in quotes', 'replied to "get x" twice', 'replied to "put y 1" twice'],
    ['entries in braces', 'index 3 {term 1, put x 1}', 'index 3 {term 2, append k "v"}'],
    ['hashes', 'the state is 6fa118a8bee2d4a0', 'the state is 91b1fc0011223344'],
    ['ranges', 'a log of 1..0', 'a log of 3..10'],
    ['once, and several times', 'seen once', 'seen 20 times'],
  ])('is the same whatever the %s', (_what, one, other) => {
    expect(normalise(one, THREE)).toBe(normalise(other, THREE));
  });

  it.each([
    ['matchIndex', 'n1 keeps matchIndex 5 for n2', 'n1 keeps nextIndex 5 for n2'],
    ['granted', 'n1 granted n2 a pre-vote', 'n1 denied n2 a pre-vote'],
    ['numbers and names', 'index 7 of n1', 'index n7 of n1'],
  ])('keeps the words: %s', (_what, one, other) => {
    expect(normalise(one, THREE)).not.toBe(normalise(other, THREE));
  });

  it('knows nodes by the names that a scenario gives them, also where that is the article', () => {
    expect(normalise('boss has a vote of a quorum', ['boss', 'a'])).toBe(normalise('n1 has a vote of a quorum', THREE));
    expect(normalise('the boss is down', THREE)).not.toBe(normalise('the n1 is down', THREE));
  });
});
