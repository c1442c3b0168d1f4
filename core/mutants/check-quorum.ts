import { mutantIn } from './mutant.ts';

const mutant = mutantIn('check-quorum');

/** Seen in: dissertation §4.2.3; logcabin #56; hashicorp #524. */
export const removedNodesDepose = mutant(
  'M8',
  'there is no leader stickiness, so a removed node deposes the leader',
  ['Lv10', 'I33'],
  { ignoresCandidate: () => false },
);

/** Seen in: sofa-jraft; dragonboat. */
export const chunksAreNoContact = mutant(
  'S13',
  'replies to chunks of a snapshot do not count as contact with the follower',
  ['Lv10'],
  { countsAsContact: () => false },
);

export const needsEverybody = mutant('V9', 'a leader steps down when any follower is silent', ['Lv10'], {
  lacksQuorum: (self, now) =>
    self.members.some(
      (node) => node !== self.id && self.progress[node]!.lastContactAt <= now - 2 * self.options.electionTimeout[1],
    ),
});

export const stickinessLasts = mutant('V10', 'a node sticks to its leader for ten election timeouts', ['Lv16'], {
  stickyUntil: (self, now) => now + 10 * self.options.electionTimeout[1],
});

/** Seen in: dissertation §6.2. */
export const leaderStaysAlone = mutant('V6', 'a leader without followers does not step down', ['Lv7'], {
  lacksQuorum: () => false,
});
