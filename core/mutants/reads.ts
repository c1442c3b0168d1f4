import type { Rules } from '../rules/index.ts';
import { mutantIn } from './mutant.ts';

const mutant = mutantIn('reads');

export const roundThatNeverComes = mutant(
  'R12',
  'a read waits for a heartbeat round that is not the next one',
  ['Lv19'],
  { confirmingRound: (self) => self.heartbeatRound + 1_000_000 },
);

/** Seen in: etcd, Consul (aphyr); xline #870; Xraft-KV. */
export const readsLocally = mutant(
  'R1',
  'a leader serves reads without confirming that it leads',
  ['I31', 'I32', 'I33'],
  {
    readNeedsConfirmation: () => false,
  },
);

/** Seen in: etcd #7331; tikv #6340; redisraft #22. */
export const readsBeforeItsOwnEntry = mutant(
  'R2',
  'a leader reads before it has committed an entry of its term',
  ['I32', 'I31'],
  { readIndex: (self) => self.commitIndex },
);

/** Seen in: dissertation §6.4; etcd #3879. */
export const readsBeforeApplied = mutant(
  'R3',
  'a read is served before the state machine has reached its read index',
  ['I31', 'I32'],
  {
    mayServeRead: () => true,
  },
);

/** Seen in: etcd #20418; raft #397. */
export const oldRepliesConfirm = mutant('R4', 'replies to heartbeats sent before the read confirm it', ['I32', 'I31'], {
  confirmingRound: (self) => Math.max(1, self.oldestRound - 1),
});

/** Seen in: openraft d60f1e85. */
export const halfConfirms = mutant('R5', 'half of the voters are enough to confirm a read', ['I32', 'I31'], {
  hasQuorum: (self, agrees) => {
    const { voters } = self.configuration;
    return voters.filter((node) => agrees(node)).length >= Math.floor(voters.length / 2);
  },
});

/** Seen in: dissertation §6.4.1; tikv #964; sofa-jraft #34. */
export const leaseFromTheReply = mutant(
  'R6',
  'a lease begins when the heartbeat replies arrive',
  ['I33', 'I31', 'I32'],
  {
    leaseEnds: (self, _roundStart, now) => now + self.options.electionTimeout[0],
  },
);

/** Seen in: tikv #1593; openraft #1748; raft-rs #234. */
export const leaseKeptDuringTransfer = mutant(
  'R7',
  'a lease holds during a leadership transfer',
  ['I33', 'I31', 'I32'],
  { readNeedsConfirmation: (self, now) => self.options.reads !== 'lease' || now >= self.leaseUntil },
);

/** Seen in: dissertation §6.4. */
export const followersReadTheirOwn = mutant(
  'R9',
  'a follower serves reads without a read index from the leader',
  ['I31', 'I32'],
  {
    sendsReadIndex: () => false,
  },
);

export const earlierHeartbeatsConfirm = mutant(
  'R10',
  'a heartbeat round in flight when a read arrives confirms it',
  ['I32', 'I31'],
  {
    confirmingRound(this: Rules, self) {
      return self.roundStarts.length > 0 ? self.heartbeatRound : self.heartbeatRound + 1;
    },
  },
);

export const leaseByWallClock = mutant('R13', 'a lease is measured by the wall clock', ['I33', 'I31', 'I32'], {
  leaseTime: (_now, out) => out.readWallClock(),
});

/** Seen in: dissertation §6.4.1. */
export const forgetsStickiness = mutant(
  'R11',
  'a restart forgets the leader stickiness that a lease rests on',
  ['I33', 'I31', 'I32'],
  {
    stickyAtRestart: () => -Infinity,
  },
);
