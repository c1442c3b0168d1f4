import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { allVoters } from '../configuration.ts';
import { freshDisk } from '../disk.ts';
import { keyOf } from '../kv-store.ts';
import { NONE, type RaftDisk } from '../messages.ts';
import { RaftNode } from '../node.ts';
import { DEFAULT_OPTIONS } from '../options.ts';
import { Dice } from '../testing/dice.ts';
import { ack, appendOf, entriesOf, reject, requestOf, requestVoteOf, voteReply } from '../testing/messages.ts';
import { CANDIDATE, FOLLOWER, LEADER, type RoleCode } from '../view.ts';
import { RULES } from './index.ts';

const index = fc.nat(12);
const ROLES: readonly RoleCode[] = [FOLLOWER, CANDIDATE, LEADER];
const role = fc.constantFrom(...ROLES);
const logTerms = fc
  .array(fc.integer({ min: 1, max: 5 }), { maxLength: 12 })
  .map((terms) => terms.toSorted((a, b) => a - b));

interface Facts {
  readonly role?: RoleCode;
  readonly term?: number;
  readonly votedFor?: number;
  readonly log?: readonly number[];
  readonly commitIndex?: number;
  readonly nodes?: number;
}

/** A node of which the test says what matters. */
function nodeWith({
  role = FOLLOWER,
  term = 5,
  votedFor = NONE,
  log = [],
  commitIndex = 0,
  nodes = 5,
}: Facts = {}): RaftNode {
  const node = new RaftNode(0, nodes, DEFAULT_OPTIONS, RULES, {
    ...freshDisk(allVoters(nodes)),
    term,
    votedFor,
    log: entriesOf(...log),
  });
  node.role = role;
  node.commitIndex = commitIndex;
  return node;
}

describe('terms and votes', () => {
  test('§5.1 a term is newer when it is higher and stale when it is lower, and its own is neither', () => {
    const node = nodeWith({ term: 5 });
    expect([4, 5, 6].map((term) => RULES.isNewerTerm(node, term))).toEqual([false, false, true]);
    expect([4, 5, 6].map((term) => RULES.isStaleTerm(node, term))).toEqual([true, false, false]);
  });

  test('§5.2 a new term begins without a vote', () => {
    expect(RULES.voteInNewTerm(nodeWith({ votedFor: 3 }))).toBe(NONE);
  });

  test('§5.2 following a leader does not clear the vote', () => {
    expect(RULES.voteWhenFollowing(nodeWith({ votedFor: 3 }))).toBe(3);
  });

  test('Figure 2 the vote survives a crash', () => {
    const disk: RaftDisk = { ...freshDisk(allVoters(5)), term: 4, votedFor: 2 };
    expect(RULES.diskAtRestart(disk).votedFor).toBe(2);
  });

  test('Figure 2 so does the log, to its last entry', () => {
    fc.assert(
      fc.property(logTerms, (terms) => {
        const disk: RaftDisk = { ...freshDisk(allVoters(5)), term: 5, log: entriesOf(...terms) };
        expect(RULES.diskAtRestart(disk).log).toEqual(entriesOf(...terms));
      }),
    );
  });

  test('§5.2 election timeouts are drawn from the whole range, both ends included', () => {
    const node = new RaftNode(0, 3, { ...DEFAULT_OPTIONS, electionTimeout: [10, 13] }, RULES, freshDisk(allVoters(3)));
    const dice = new Dice(1);
    const drawn = new Set(Array.from({ length: 100 }, () => RULES.electionTimeout(node, dice)));
    expect(drawn).toEqual(new Set([10, 11, 12, 13]));
  });

  test('Figure 4 followers and candidates start elections, a leader does not', () => {
    expect(ROLES.map((role) => RULES.mayCampaign(nodeWith({ role })))).toEqual([true, true, false]);
  });

  test('§5.2 only a follower can vote', () => {
    expect(ROLES.map((role) => RULES.mayVote(nodeWith({ role })))).toEqual([true, false, false]);
  });

  test('§5.2 at most one candidate a term gets the vote, and the same one again', () => {
    fc.assert(
      fc.property(fc.integer({ min: -1, max: 4 }), fc.integer({ min: 1, max: 4 }), (votedFor, candidate) => {
        const granted = RULES.grantVote(nodeWith({ term: 5, votedFor }), requestVoteOf(5, candidate));
        expect(granted).toBe(votedFor === NONE || votedFor === candidate);
      }),
    );
  });

  test('§5.1 a candidate of another term does not get the vote', () => {
    expect([4, 5, 6].map((term) => RULES.grantVote(nodeWith({ term: 5 }), requestVoteOf(term, 1)))).toEqual([
      false,
      true,
      false,
    ]);
  });

  test('§5.4.1 a vote needs all its conditions at once: term, role, no other vote, and an up-to-date log', () => {
    fc.assert(
      fc.property(
        role,
        fc.integer({ min: -1, max: 2 }),
        fc.integer({ min: 4, max: 6 }),
        logTerms,
        index,
        fc.nat(6),
        (role, votedFor, term, log, lastIndex, lastTerm) => {
          const node = nodeWith({ role, term: 5, votedFor, log });
          const granted = RULES.grantVote(node, requestVoteOf(term, 1, lastIndex, lastTerm));
          const may = term === 5 && role === FOLLOWER && (votedFor === NONE || votedFor === 1);
          expect(granted).toBe(may && RULES.logUpToDate(node, lastTerm, lastIndex));
        },
      ),
    );
  });

  test('§5.4.1 the later last term is more up to date, whatever the lengths', () => {
    fc.assert(
      fc.property(logTerms, index, fc.nat(7), (log, lastIndex, lastTerm) => {
        const node = nodeWith({ log });
        fc.pre(lastTerm !== node.log.lastTerm);
        expect(RULES.logUpToDate(node, lastTerm, lastIndex)).toBe(lastTerm > node.log.lastTerm);
      }),
    );
  });

  test('§5.4.1 with equal last terms the longer log is more up to date, and an equal one is enough', () => {
    fc.assert(
      fc.property(logTerms, index, (log, lastIndex) => {
        const node = nodeWith({ log });
        expect(RULES.logUpToDate(node, node.log.lastTerm, lastIndex)).toBe(lastIndex >= log.length);
      }),
    );
  });

  test('§5.2 a vote counts for a candidate in the term of the vote, and a denial never', () => {
    fc.assert(
      fc.property(role, fc.integer({ min: 4, max: 6 }), fc.boolean(), (role, term, granted) => {
        const counts = RULES.countsVote(nodeWith({ role, term: 5 }), voteReply(term, granted));
        expect(counts).toBe(role === CANDIDATE && term === 5 && granted);
      }),
    );
  });

  test('§5.2 each voter counts once', () => {
    const node = nodeWith({ role: CANDIDATE });
    expect(RULES.voteWeight(node, 3)).toBe(1);
    node.votes[3] = 1;
    expect([RULES.voteWeight(node, 3), RULES.voteWeight(node, 2)]).toEqual([0, 1]);
  });

  test('§5.1 a quorum is the smallest majority: two of them always share a node, and one less does not', () => {
    for (let nodes = 1; nodes <= 20; nodes++) {
      const quorum = RULES.quorum(nodes);
      expect(2 * quorum).toBeGreaterThan(nodes);
      expect(2 * (quorum - 1)).toBeLessThanOrEqual(nodes);
    }
  });

  test('§5.2 a candidate wins with the votes of a quorum of the full cluster', () => {
    for (let nodes = 1; nodes <= 9; nodes++) {
      const node = nodeWith({ role: CANDIDATE, nodes });
      for (let votes = 0; votes <= nodes; votes++) {
        node.votes.fill(1).fill(0, votes);
        expect(RULES.wins(node)).toBe(votes >= RULES.quorum(nodes));
      }
    }
  });
});

describe('durability', () => {
  test('Figure 2 term and vote are saved, and votes, acknowledgements and vote requests wait for the newest write', () => {
    const node = nodeWith();
    node.lastTicket = 7;
    expect(RULES.savesVote(node)).toBe(true);
    expect([RULES.voteReplyAfter(node), RULES.appendReplyAfter(node), RULES.requestVoteAfter(node)]).toEqual([7, 7, 7]);
  });

  test('dissertation §5.1 a snapshot and the log after it are in one write', () => {
    expect(RULES.savesSnapshotAtOnce(nodeWith())).toBe(true);
  });

  test('dissertation §10.2.1 a pending write makes nothing durable at or after a truncation', () => {
    expect([3, 5, 6, 9].map((from) => RULES.stillMatches({ matches: 5 }, from))).toEqual([2, 4, 5, 5]);
  });
});

describe('the follower’s side of replication', () => {
  test('§5.3 a request matches when the log holds an entry at prevLogIndex with its term; before the first entry it always does', () => {
    fc.assert(
      fc.property(logTerms, index, fc.nat(6), (log, prevIndex, prevTerm) => {
        const matches = RULES.matchesPrev(nodeWith({ log }), appendOf(5, 1, [prevIndex, prevTerm]));
        expect(matches).toBe(prevIndex === 0 ? prevTerm === 0 : log[prevIndex - 1] === prevTerm);
      }),
    );
  });

  test('Figure 2 the first entry to replace is the first that is lacking or has another term; what matches is skipped', () => {
    fc.assert(
      fc.property(logTerms, index, fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 6 }), (log, prev, sent) => {
        fc.pre(prev <= log.length);
        const first = RULES.firstToReplace(
          nodeWith({ log }),
          appendOf(5, 1, [prev, log[prev - 1] ?? 0], entriesOf(...sent)),
        );
        const naive = sent.findIndex((term, i) => log[prev + i] !== term);
        expect(first).toBe(naive < 0 ? sent.length : naive);
      }),
    );
  });

  test('Figure 2 a conflicting entry is deleted with all that follow it', () => {
    expect(RULES.truncatesConflict(nodeWith(), 1)).toBe(true);
  });

  test('Figure 2 what is acknowledged is what the request covered, however long the log', () => {
    fc.assert(
      fc.property(logTerms, index, index, (log, prev, count) => {
        const sent = entriesOf(...Array.from({ length: count }, () => 1));
        expect(RULES.acknowledges(nodeWith({ log }), appendOf(5, 1, [prev, 1], sent))).toBe(prev + count);
      }),
    );
  });

  test('Figure 2 a follower commits to leaderCommit or the last entry of the request, whichever is lower, and never back', () => {
    fc.assert(
      fc.property(index, index, index, index, (commitIndex, prev, count, leaderCommit) => {
        const sent = entriesOf(...Array.from({ length: count }, () => 1));
        const commit = RULES.followerCommit(nodeWith({ commitIndex }), appendOf(5, 1, [prev, 1], sent, leaderCommit));
        expect(commit).toBe(Math.max(commitIndex, Math.min(leaderCommit, prev + count)));
      }),
    );
  });
});

describe('the leader’s side of replication', () => {
  test('§5.3 a reply counts only for a leader of the same term', () => {
    fc.assert(
      fc.property(role, fc.integer({ min: 4, max: 6 }), (role, term) => {
        expect(RULES.countsAck(nodeWith({ role, term: 5 }), ack(term, 1))).toBe(role === LEADER && term === 5);
      }),
    );
  });

  test('Figure 2 matchIndex never falls, and nextIndex is after it and never falls', () => {
    fc.assert(
      fc.property(index, index, index, (match, next, acked) => {
        const node = nodeWith({ role: LEADER });
        node.matchIndex[2] = match;
        node.nextIndex[2] = next;
        expect(RULES.matchAfterAck(node, 2, ack(5, acked))).toBe(Math.max(match, acked));
        expect(RULES.nextAfterAck(node, 2)).toBe(Math.max(next, match + 1));
      }),
    );
  });

  test('§5.3 where the follower’s log is too short, the next attempt begins where it ends', () => {
    const node = nodeWith({ role: LEADER, log: [1, 1, 2, 2, 3, 3, 5] });
    expect(RULES.nextAfterReject(node, 2, reject(5, 7, 0, 3))).toBe(3);
  });

  test('§5.3 where the leader has the conflicting term, the next attempt begins after its last entry of it', () => {
    const node = nodeWith({ role: LEADER, log: [1, 1, 2, 2, 5, 5, 5] });
    expect(RULES.nextAfterReject(node, 2, reject(5, 7, 2, 3))).toBe(5);
  });

  test('§5.3 where the leader lacks the conflicting term, the next attempt begins where the follower’s entries of it do', () => {
    const node = nodeWith({ role: LEADER, log: [1, 1, 2, 2, 5, 5, 5] });
    expect(RULES.nextAfterReject(node, 2, reject(5, 7, 4, 3))).toBe(3);
  });

  test('§5.3 a rejection lowers nextIndex, by one at least, and never to what is known to match', () => {
    fc.assert(
      fc.property(logTerms, index, index, fc.nat(5), index, (log, match, rejected, conflictTerm, conflictIndex) => {
        fc.pre(rejected > match && rejected <= log.length && conflictIndex >= 1);
        const node = nodeWith({ role: LEADER, log });
        node.matchIndex[2] = match;
        const next = RULES.nextAfterReject(node, 2, reject(5, rejected, conflictTerm, conflictIndex));
        expect(next).toBeGreaterThan(match);
        expect(next).toBeLessThanOrEqual(rejected);
      }),
    );
  });

  test('§5.3 fast backtracking never skips the place where the logs diverge, and finds it', () => {
    fc.assert(
      fc.property(logTerms, logTerms, logTerms, (shared, ours, theirs) => {
        const top = shared[shared.length - 1] ?? 1;
        const leader = [...shared, ...ours.map((term) => term + top)];
        const follower = [...shared, ...theirs.map((term) => term + top)];
        // Two leaders give no index and term two different pasts: entries of one term are the same entries.
        let agreed = 0;
        while (agreed < Math.min(leader.length, follower.length) && leader[agreed] === follower[agreed]) agreed++;
        for (let i = agreed; i < Math.min(leader.length, follower.length); i++) fc.pre(leader[i] !== follower[i]);
        const node = nodeWith({ role: LEADER, term: 99, log: leader });
        const other = nodeWith({ log: follower });
        let next = leader.length + 1;
        for (let tries = 0; ; tries++) {
          expect(tries).toBeLessThanOrEqual(leader.length);
          expect(next).toBeGreaterThanOrEqual(1);
          const prev = next - 1;
          if (RULES.matchesPrev(other, appendOf(99, 0, [prev, node.log.term(prev)]))) break;
          const hasPrev = other.log.has(prev);
          const conflictIndex = hasPrev ? other.log.firstOfTerm(prev) : other.log.lastIndex + 1;
          next = RULES.nextAfterReject(node, 2, reject(99, prev, hasPrev ? other.log.term(prev) : 0, conflictIndex));
        }
        expect(next - 1).toBeLessThanOrEqual(agreed);
      }),
      { numRuns: 500 },
    );
  });

  test('dissertation §10.2.1 the leader counts itself for what is on its disk', () => {
    const node = nodeWith({ role: LEADER, log: [1, 1, 1] });
    node.stableIndex = 2;
    expect(RULES.ownMatch(node)).toBe(2);
  });

  test('Figure 2 what is replicated is the highest index that a quorum of matchIndexes reach', () => {
    fc.assert(
      fc.property(fc.array(index, { minLength: 1, maxLength: 9 }), (matches) => {
        const node = nodeWith({ role: LEADER, nodes: matches.length });
        for (const [i, match] of matches.entries()) node.matchIndex[i] = match;
        const descending = matches.toSorted((a, b) => b - a);
        expect(RULES.quorumMatchIndex(node)).toBe(descending[RULES.quorum(matches.length) - 1]);
      }),
    );
  });

  test('§5.4.2 an entry is committed by counting only in its own term, and commitIndex only rises', () => {
    fc.assert(
      fc.property(logTerms, index, index, (log, commitIndex, at) => {
        fc.pre(at <= log.length && commitIndex <= log.length);
        const node = nodeWith({ role: LEADER, term: 5, log, commitIndex });
        expect(RULES.mayCommit(node, at)).toBe(at > commitIndex && log[at - 1] === 5);
      }),
    );
  });
});

describe('membership', () => {
  test('§4.2.1 a reply counts for the membership in which it was requested, of a node that is a member', () => {
    fc.assert(
      fc.property(index, index, fc.boolean(), (memberSince, replied, isMember) => {
        const node = nodeWith({ role: LEADER });
        node.isMember[2] = isMember ? 1 : 0;
        node.progress[2]!.memberSince = memberSince;
        expect(RULES.isOfMembership(node, 2, replied)).toBe(isMember && replied === memberSince);
      }),
    );
  });

  test('§4.2.1 a round ends at the index where the log of the leader ended when it began, however long that is by now', () => {
    fc.assert(
      fc.property(logTerms, index, index, (log, match, goal) => {
        const node = nodeWith({ role: LEADER, log });
        node.matchIndex[2] = match;
        expect(RULES.endsRound(node, { node: 2, goal, since: 0, rounds: 0 })).toBe(match >= goal);
      }),
    );
  });
});

describe('the state machine and its clients', () => {
  test('Figure 2 the next entry to apply is the one after the last', () => {
    const node = nodeWith();
    node.lastApplied = 4;
    expect(RULES.firstToApply(node)).toBe(5);
  });

  test('§8 only the leader serves', () => {
    expect(ROLES.map((role) => RULES.mayServe(nodeWith({ role })))).toEqual([false, false, true]);
  });

  test('§8 a request counts as executed when its session has executed it, or a later one', () => {
    const node = nodeWith();
    node.store.execute(requestOf(1, 3), 1);
    expect([2, 3, 4].map((sequence) => RULES.alreadyExecuted(node, requestOf(1, sequence)))).toEqual([
      true,
      true,
      false,
    ]);
    expect(RULES.alreadyExecuted(node, requestOf(2, 1))).toBe(false);
  });

  test('dissertation §6.3 a request counts as appended while it is pending', () => {
    const node = nodeWith({ role: LEADER });
    node.pendingKeys.add(keyOf(requestOf(1, 3)));
    expect([2, 3, 4].map((sequence) => RULES.alreadyAppended(node, requestOf(1, sequence)))).toEqual([
      false,
      true,
      false,
    ]);
    expect(RULES.alreadyAppended(node, requestOf(2, 3))).toBe(false);
  });

  test('§5.3 a client gets no reply at the append', () => {
    expect(RULES.repliesAtAppend(nodeWith())).toBe(false);
  });
});

test('the table is frozen: no mutant can change it for others', () => {
  expect(Object.isFrozen(RULES)).toBe(true);
});
