import type { NodeId } from '../../sim/protocol.ts';
import { isJoint, isVoter } from '../configuration.ts';
import { NONE } from '../messages.ts';
import type { RaftNode } from '../node.ts';
import { committedIndex } from '../quorum.ts';
import type { Rules } from '../rules/index.ts';
import { mutantIn } from './mutant.ts';

const mutant = mutantIn('membership');

/** Seen in: the correction of dissertation §4.1; hashicorp raft.go; copycat #23. */
export const changesBeforeItsOwnEntry = mutant(
  'M1',
  'a leader changes the membership before it has committed an entry of its term',
  ['I24', 'I25', 'I6'],
  { hasCommittedInTerm: () => true },
);

/** Seen in: sofa-jraft. */
export const changesOverlap = mutant('M2', 'a second change begins before the first is committed', ['I24', 'I25'], {
  changePending: () => false,
});

/** Seen in: dissertation Figure 4.2. */
export const changesAtOnce = mutant(
  'M3',
  'several voters are added and removed without a joint configuration',
  ['I24', 'I25', 'I1'],
  {
    needsJoint: () => false,
  },
);

/** Seen in: CCF #3948; async-raft #62. */
export const quorumOfTheUnion = mutant(
  'M4',
  'in a joint configuration, a majority of all voters is enough',
  ['I14', 'I19', 'I1', 'I26'],
  {
    wins(this: Rules, self) {
      let votes = 0;
      for (const node of votersOf(self)) votes += self.votes[node]!;
      return votes >= this.quorum(votersOf(self).length);
    },
    quorumMatchIndex(this: Rules, self) {
      const voters = votersOf(self);
      return committedIndex(self.matchIndex, voters, this.quorum(voters.length));
    },
  },
);

/** Seen in: camunda #60086. */
export const leavesTooEarly = mutant(
  'M5',
  'a joint configuration is left before it is committed',
  ['I24', 'I14', 'I25'],
  { mayLeaveJoint: () => true },
);

/** Seen in: etcd #7280, #12133. */
export const configurationWhenApplied = mutant(
  'M6',
  'a configuration is used only when it is applied',
  ['I23', 'I25', 'I1'],
  {
    activeConfiguration: ({ configurations, lastApplied }) => {
      let last = configurations.length - 1;
      while (last > 0 && configurations[last]!.index > lastApplied) last--;
      return configurations[last]!;
    },
  },
);

/** Seen in: dissertation §4.1. */
export const configurationOutlivesItsEntry = mutant(
  'M7',
  'a configuration stays in force although its entry was truncated',
  ['I23', 'I25'],
  { survivesTruncation: () => true },
);

/** Seen in: etcd #10998; raft-rs #57. */
export const promotedLearnersRefuse = mutant(
  'M9',
  'a node that does not know yet that it is a voter denies its vote',
  ['Lv6'],
  {
    grantVote(this: Rules, self, request) {
      return (
        isVoter(self.configuration, self.id) &&
        request.term === self.term &&
        this.mayVote(self) &&
        (self.votedFor === NONE || self.votedFor === request.candidate) &&
        this.logUpToDate(self, request.lastLogTerm, request.lastLogIndex)
      );
    },
  },
);

/** Seen in: dissertation §4.2.2; redisraft #3. */
export const removedLeaderCounts = mutant('M10', 'a leader that is being removed counts itself', ['I14', 'I26'], {
  quorumMatchIndex(this: Rules, self) {
    const { voters, outgoing } = self.configuration;
    const counted = outgoing.length > 0 || voters.includes(self.id) ? voters : [...voters, self.id];
    const index = committedIndex(self.matchIndex, counted, this.quorum(voters.length));
    if (outgoing.length === 0) return index;
    return Math.min(index, committedIndex(self.matchIndex, outgoing, this.quorum(outgoing.length)));
  },
});

/** Seen in: dissertation §4.2.1. */
export const newMembersVoteAtOnce = mutant('M11', 'a new member is made a voter before it has caught up', ['Lv6'], {
  mustCatchUp: () => false,
});

/** Seen in: dissertation §4.1. */
export const nonMembersIgnored = mutant(
  'M12',
  'a node ignores messages of nodes that its configuration does not contain',
  ['Lv6'],
  {
    acceptsFrom: (self, from) => self.isMember[from] === 1,
  },
);

/** Seen in: raft-rs #192. */
export const jointStays = mutant(
  'M14',
  'a leader does not leave a joint configuration that an earlier leader entered',
  ['Lv6'],
  {
    mayLeaveJoint(this: Rules, self) {
      return !this.changePending(self) && self.configurationIndex >= self.firstOwnIndex;
    },
  },
);

export const earlierMembershipCounts = mutant(
  'M15',
  'replies from before a node was removed count after it has been added again',
  ['I12', 'Lv3'],
  { isOfMembership: (self, from) => self.isMember[from] === 1 },
);

export const goalMoves = mutant(
  'M16',
  'a new member has caught up only if it has all entries that arrive meanwhile',
  ['Lv6'],
  { endsRound: (self, { node }) => self.matchIndex[node]! >= self.log.lastIndex },
);

export const newMajorityAlone = mutant(
  'M17',
  'in a joint configuration, a majority of the new voters commits alone',
  ['I14', 'I25'],
  {
    quorumMatchIndex(this: Rules, self) {
      const { voters } = self.configuration;
      return committedIndex(self.matchIndex, voters, this.quorum(voters.length));
    },
  },
);

/** Seen in: redisraft #13. */
export const learnersCount = mutant('C8', 'acknowledgements of learners count towards a commit', ['I14', 'I26'], {
  quorumMatchIndex(this: Rules, self) {
    if (isJoint(self.configuration)) return self.commitIndex;
    return committedIndex(self.matchIndex, self.members, this.quorum(self.configuration.voters.length));
  },
});

function votersOf({ configuration: { voters, outgoing } }: RaftNode): readonly NodeId[] {
  return [...new Set([...voters, ...outgoing])];
}
