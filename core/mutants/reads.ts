import type { Rules } from '../rules/index.ts';
import { mutant } from './mutant.ts';

/** Seen in: etcd, Consul (aphyr); xline #870; Xraft-KV. */
export const readsLocally = mutant('R1', 'a leader answers reads without asking anybody', ['I31', 'I32', 'I33'], {
  readNeedsConfirmation: () => false,
});

/** Seen in: etcd #7331; tikv #6340; redisraft #22. */
export const readsBeforeItsOwnEntry = mutant(
  'R2',
  'a leader reads before it has committed an entry of its term',
  ['I32', 'I31'],
  { readIndex: (self) => self.commitIndex },
);

/** Seen in: dissertation §6.4; etcd #3879. */
export const readsBeforeApplied = mutant('R3', 'a read is answered before the state has got there', ['I31', 'I32'], {
  mayServeRead: () => true,
});

/** Seen in: etcd #20418; raft #397. */
export const oldRepliesConfirm = mutant('R4', 'answers to earlier greetings confirm a read', ['I32', 'I31'], {
  confirmingRound: (self) => Math.max(1, self.oldestRound - 1),
});

/** Seen in: openraft d60f1e85. */
export const halfConfirms = mutant('R5', 'half of the voters confirm a read', ['I32', 'I31'], {
  hasQuorum: (self, agrees) => {
    const { voters } = self.configuration;
    return voters.filter((node) => agrees(node)).length >= Math.floor(voters.length / 2);
  },
});

/** Seen in: dissertation §6.4.1; tikv #964; sofa-jraft #34. */
export const leaseFromTheReply = mutant('R6', 'a lease is counted from the answers', ['I33', 'I31', 'I32'], {
  leaseEnds: (self, _roundStart, now) => now + self.options.electionTimeout[0],
});

/** Seen in: tikv #1593; openraft #1748; raft-rs #234. */
export const leaseKeptDuringTransfer = mutant(
  'R7',
  'a lease holds although the leadership is being handed over',
  ['I33', 'I31', 'I32'],
  { readNeedsConfirmation: (self, now) => self.options.reads !== 'lease' || now >= self.leaseUntil },
);

/** Seen in: dissertation §6.4. */
export const followersReadTheirOwn = mutant('R9', 'a follower reads without asking the leader', ['I31', 'I32'], {
  sendsReadIndex: () => false,
});

export const earlierHeartbeatsConfirm = mutant(
  'R10',
  'greetings that were under way when a read came in confirm it',
  ['I32', 'I31'],
  {
    confirmingRound(this: Rules, self) {
      return self.roundStarts.length > 0 ? self.heartbeatRound : self.heartbeatRound + 1;
    },
  },
);

/** Seen in: dissertation §6.4.1. */
export const forgetsStickiness = mutant(
  'R11',
  'a restart forgets the loyalty a lease rests on',
  ['I33', 'I31', 'I32'],
  {
    stickyAtRestart: () => -Infinity,
  },
);
