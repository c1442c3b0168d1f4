import { NONE } from '../messages.ts';
import { LEADER } from '../view.ts';
import { mutant } from './mutant.ts';

/** Seen in: dissertation §6.3. */
export const retriesExecuteAgain = mutant('K1', 'a retry is executed again', ['I29', 'I28'], {
  alreadyExecuted: () => false,
  alreadyAppended: () => false,
});

export const repliesTooEarly = mutant('K4', 'a client is answered when its entry is appended', ['I30'], {
  repliesAtAppend: () => true,
});

/** Seen in: Curvine #676. */
export const leaderAloneRemembers = mutant('K2', 'only a leader knows what has been executed', ['I28', 'I29'], {
  alreadyExecuted: (self, request) => self.role === LEADER && self.store.cachedReply(request) !== null,
});

/** Seen in: Students' Guide to Raft. */
export const anyEntryReplies = mutant('K3', 'whatever is applied at its index answers a request', ['I30', 'I29'], {
  abandonsRequests: () => false,
  repliesTo: () => true,
});

/** Seen in: dissertation §6.3. */
export const sessionsExpireByLocalClock = mutant('K5', 'sessions expire by the local clock', ['I28', 'I29'], {
  logTime: (_self, _entry, now) => now,
});

/** Seen in: dissertation §6.3. */
export const expiredSessionsComeBack = mutant('K6', 'a session that has expired is opened again', ['I29', 'I28'], {
  alreadyExecuted: (self, request) => {
    const told = self.store.cachedReply(request);
    return told !== null && told.status !== 'refused';
  },
});

/** Seen in: redisraft #13. */
export const forwardedForever = mutant('K7', 'a request that was passed on is passed on again', ['Lv13', 'unmet'], {
  mayForward: (self) => self.options.forwarding && self.leader !== NONE && self.leader !== self.id,
});

/** Seen in: dissertation §6.2. */
export const hintsLoop = mutant('K8', 'who does not know the leader names somebody all the same', ['Lv13'], {
  leaderHint: (self) => (self.leader === NONE ? (self.id + 1) % self.nodes : self.leader),
});
