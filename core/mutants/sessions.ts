import { NONE } from '../messages.ts';
import { LEADER } from '../view.ts';
import { mutantIn } from './mutant.ts';

const mutant = mutantIn('sessions');

/** Seen in: dissertation §6.3. */
export const retriesExecuteAgain = mutant('K1', 'a retried request is executed again', ['I29', 'I28'], {
  alreadyExecuted: () => false,
  alreadyAppended: () => false,
});

export const repliesTooEarly = mutant('K4', 'a client gets its reply when its entry is appended', ['I30'], {
  repliesAtAppend: () => true,
});

/** Seen in: Curvine #676. */
export const leaderAloneRemembers = mutant(
  'K2',
  'only leaders remember which requests have been executed',
  ['I28', 'I29'],
  {
    alreadyExecuted: (self, request) => self.role === LEADER && self.store.cachedReply(request) !== null,
  },
);

/** Seen in: Students' Guide to Raft. */
export const anyEntryReplies = mutant(
  'K3',
  'the result of whichever entry is applied at its index is the reply to a request',
  ['I30', 'I29'],
  {
    abandonsRequests: () => false,
    repliesTo: () => true,
  },
);

/** Seen in: dissertation §6.3. */
export const sessionsExpireByLocalClock = mutant('K5', 'sessions expire by the local clock', ['I28', 'I29'], {
  logTime: (_self, _entry, now) => now,
});

/** Seen in: dissertation §6.3. */
export const expiredSessionsComeBack = mutant('K6', 'an expired session is opened again', ['I29', 'I28'], {
  alreadyExecuted: (self, request) => {
    const reply = self.store.cachedReply(request);
    return reply !== null && reply.status !== 'refused';
  },
});

export const unappliedSessionsRefused = mutant(
  'K10',
  'a leader refuses a session whose registration it has not applied yet',
  ['I30'],
  { hasCachedReply: (self, request) => self.store.cachedReply(request) !== null },
);

/** Seen in: redisraft #13. */
export const forwardedForever = mutant('K7', 'a forwarded request is forwarded again', ['Lv13', 'unmet'], {
  mayForward: (self) => self.options.forwarding && self.leader !== NONE && self.leader !== self.id,
});

/** Seen in: dissertation §6.2. */
export const hintsLoop = mutant('K8', 'a node that knows no leader names some node as the leader', ['Lv13'], {
  leaderHint: (self) => (self.leader === NONE ? (self.id + 1) % self.nodes : self.leader),
});
