import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { APPEND_ENTRIES, APPEND_REPLY, type AppendEntries, type AppendReply } from './messages.ts';
import {
  Bench,
  type BenchOptions,
  ack,
  appendOf,
  candidacy,
  entriesOf,
  reject,
  requestOf,
  termsOf,
  vote,
} from './testing-node.ts';
import { ELECTION, HEARTBEAT } from './timers.ts';
import { FOLLOWER, LEADER } from './view.ts';

const HEARTBEATS = 50_000;

/** A leader of three in term `term` + 1, whose followers have acknowledged nothing. */
function leading(disk: BenchOptions['disk'] = {}, options: BenchOptions['options'] = {}): Bench {
  const bench = new Bench({ nodes: 3, disk, options });
  bench.lead();
  return bench;
}

function appendTo(bench: Bench, to: number): AppendEntries {
  const message = bench.sentTo(to)[0]!;
  if (message.type !== APPEND_ENTRIES) throw new Error('no AppendEntries');
  return message;
}

function answerOf(bench: Bench): AppendReply {
  const message = bench.out.sent[0]!.message;
  if (message.type !== APPEND_REPLY) throw new Error('no answer to AppendEntries');
  return message;
}

describe('a follower', () => {
  test('appends what it lacks, writes it down in one piece and answers when that is durable', () => {
    const bench = new Bench({ disk: { term: 2, log: entriesOf(1) } });
    const sent = entriesOf(2, 2);
    bench.receive(1, appendOf(2, 1, [1, 1], sent));
    expect(termsOf(bench.node)).toEqual([1, 2, 2]);
    expect(bench.out.writes).toEqual([{ kind: 'log', from: 2, entries: sent }]);
    expect(bench.out.sent).toEqual([{ to: 1, message: ack(2, 3), after: bench.out.lastTicket }]);
    expect(bench.node.stableIndex).toBe(1);
    bench.sync();
    expect([bench.node.stableIndex, bench.node.leader, bench.node.role]).toEqual([3, 1, FOLLOWER]);
  });

  test('adopts the term of a new leader in a write of its own, and answers when both are durable', () => {
    const bench = new Bench({ disk: { term: 2, votedFor: 3 } });
    bench.receive(1, appendOf(3, 1, [0, 0], entriesOf(3)));
    expect(bench.out.writes.map(({ kind }) => kind)).toEqual(['vote', 'log']);
    expect(bench.out.writes[0]).toEqual({ kind: 'vote', term: 3, votedFor: -1 });
    expect(bench.out.sent[0]!.after).toBe(2);
  });

  test('answers a heartbeat only when what it wrote before is durable', () => {
    const bench = new Bench({ disk: { term: 2 } });
    bench.receive(1, appendOf(2, 1, [0, 0], entriesOf(2)));
    bench.receive(1, appendOf(2, 1, [1, 2]));
    expect(bench.out.sent).toEqual([{ to: 1, message: ack(2, 1), after: 1 }]);
  });

  test('deletes a conflicting entry and all that follow it, in memory and on disk', () => {
    const bench = new Bench({ disk: { term: 3, log: entriesOf(1, 2, 2, 2) } });
    const sent = entriesOf(1, 3);
    bench.receive(1, appendOf(3, 1, [0, 0], sent));
    expect(termsOf(bench.node)).toEqual([1, 3]);
    expect(bench.out.writes).toEqual([{ kind: 'log', from: 2, entries: [sent[1]] }]);
    expect(answerOf(bench)).toEqual(ack(3, 2));
    expect(bench.node.stableIndex).toBe(1);
  });

  test('keeps a longer log when a delayed short request arrives, and acknowledges only what that covers', () => {
    const bench = new Bench({ disk: { term: 2, log: entriesOf(1, 2, 2, 2) } });
    bench.receive(1, appendOf(2, 1, [1, 1], entriesOf(2)));
    expect(termsOf(bench.node)).toEqual([1, 2, 2, 2]);
    expect([answerOf(bench), bench.out.writes]).toEqual([ack(2, 2), []]);
    bench.receive(1, appendOf(2, 1, [1, 1]));
    expect([termsOf(bench.node), answerOf(bench)]).toEqual([[1, 2, 2, 2], ack(2, 1)]);
  });

  test('takes the same request twice as well as once', () => {
    const bench = new Bench({ disk: { term: 2 } });
    const request = appendOf(2, 1, [0, 0], entriesOf(1, 2), 1);
    bench.receive(1, request);
    const first = answerOf(bench);
    bench.receive(1, request);
    expect([answerOf(bench), bench.out.writes, termsOf(bench.node), bench.node.commitIndex]).toEqual([
      first,
      [],
      [1, 2],
      1,
    ]);
  });

  test('commits to leaderCommit or the last entry of the request, whichever is lower, and never back', () => {
    const commit = (prev: readonly [number, number], sent: number[], leaderCommit: number): number => {
      const bench = new Bench({ disk: { term: 2, log: entriesOf(2, 2, 2, 2) } });
      bench.receive(1, appendOf(2, 1, [1, 2], entriesOf(), 1));
      bench.receive(1, appendOf(2, 1, prev, entriesOf(...sent), leaderCommit));
      expect(bench.node.lastApplied).toBe(bench.node.commitIndex);
      return bench.node.commitIndex;
    };
    expect(commit([1, 2], [2], 4)).toBe(2);
    expect(commit([1, 2], [2, 2], 3)).toBe(3);
    expect(commit([3, 2], [], 9)).toBe(3);
    expect(commit([0, 0], [], 4)).toBe(1);
  });

  test('commits nothing of a request that does not match', () => {
    const bench = new Bench({ disk: { term: 2, log: entriesOf(1, 1) } });
    bench.receive(1, appendOf(2, 1, [2, 2], entriesOf(2), 3));
    expect([bench.node.commitIndex, termsOf(bench.node), bench.out.writes]).toEqual([0, [1, 1], []]);
  });

  test('rejects what does not match, and says where its log ends', () => {
    const bench = new Bench({ disk: { term: 5, log: entriesOf(1, 1) } });
    bench.receive(1, appendOf(5, 1, [7, 4]));
    expect(answerOf(bench)).toEqual(reject(5, 7, 0, 3));
  });

  test('rejects what does not match, and says which term stands there and where it begins', () => {
    const bench = new Bench({ disk: { term: 5, log: entriesOf(1, 1, 3, 3, 3) } });
    bench.receive(1, appendOf(5, 1, [5, 4]));
    expect(answerOf(bench)).toEqual(reject(5, 5, 3, 3));
    expect(termsOf(bench.node)).toEqual([1, 1, 3, 3, 3]);
  });

  test('refuses the request of an earlier term, tells the present one, and does not follow its sender', () => {
    const bench = new Bench({ disk: { term: 5, log: entriesOf(1) } });
    bench.receive(1, appendOf(4, 1, [1, 1], entriesOf(4), 2));
    expect(answerOf(bench)).toMatchObject({ term: 5, success: false });
    expect([bench.node.leader, termsOf(bench.node), bench.node.commitIndex]).toEqual([-1, [1], 0]);
  });
});

describe('writes that overtake each other', () => {
  test('the completion of an overwritten write does not speak for the entries that replaced its own', () => {
    const bench = new Bench({ disk: { term: 1 } });
    bench.receive(1, appendOf(1, 1, [0, 0], entriesOf(1, 1, 1)));
    bench.receive(2, appendOf(2, 2, [1, 1], entriesOf(2, 2)));
    expect(termsOf(bench.node)).toEqual([1, 2, 2]);
    bench.syncOne();
    expect(bench.node.stableIndex).toBe(1);
    // Term 2, then its entries.
    bench.syncOne();
    expect(bench.node.stableIndex).toBe(1);
    bench.syncOne();
    expect(bench.node.stableIndex).toBe(3);
  });

  test('an entry that came, went and came again is durable only with its last write', () => {
    const bench = new Bench({ nodes: 3, disk: { term: 1 } });
    bench.receive(1, appendOf(1, 1, [0, 0], entriesOf(1, 1)));
    bench.receive(2, appendOf(2, 2, [0, 0], entriesOf(2)));
    bench.receive(1, appendOf(3, 1, [0, 0], entriesOf(1, 1)));
    const stable: number[] = [];
    while (bench.pending) {
      bench.syncOne();
      stable.push(bench.node.stableIndex);
    }
    // Entries of term 1, term 2, its entry, term 3, entries of term 1 again.
    expect(stable).toEqual([0, 0, 0, 0, 2]);
  });

  test('stableIndex is never beyond what a disk would hold that took the completed writes', () => {
    const leader = fc.record({
      term: fc.integer({ min: 1, max: 6 }),
      prev: fc.nat(6),
      count: fc.nat(4),
      sync: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(leader, { maxLength: 25 }), (leaders) => {
        const bench = new Bench({ nodes: 3, disk: { term: 1 } });
        let disk: number[] = [];
        const writes: { from: number; terms: number[] }[] = [];
        const take = (): void => {
          for (const write of bench.out.writes) {
            writes.push(
              write.kind === 'log'
                ? { from: write.from, terms: write.entries.map(({ term }) => term) }
                : { from: Infinity, terms: [] },
            );
          }
        };
        for (const { term, prev, count, sync } of leaders) {
          const prevTerm = prev === 0 ? 0 : (termsOf(bench.node)[prev - 1] ?? 1);
          bench.receive(
            1,
            appendOf(term, 1, [prev, prevTerm], entriesOf(...Array.from({ length: count }, () => term))),
          );
          take();
          if (sync && bench.pending) {
            const { from, terms } = writes.shift()!;
            if (from !== Infinity) disk = [...disk.slice(0, from - 1), ...terms];
            bench.syncOne();
            take();
          }
          const memory = termsOf(bench.node);
          for (let i = 0; i < bench.node.stableIndex; i++) expect(disk[i]).toBe(memory[i]);
        }
        bench.sync();
        expect(bench.node.stableIndex).toBe(bench.node.log.lastIndex);
      }),
      { numRuns: 300 },
    );
  });
});

describe('a new leader', () => {
  test('starts its term with a no-op, and sends it to everybody without waiting for its own disk', () => {
    const bench = new Bench({ nodes: 3, disk: { term: 3, log: entriesOf(1, 3) } });
    bench.fire(ELECTION);
    bench.sync();
    bench.receive(1, vote(4));
    expect([bench.node.role, termsOf(bench.node)]).toEqual([LEADER, [1, 3, 4]]);
    expect(bench.node.log.entry(3).request).toBe(null);
    for (const { message, after } of bench.out.sent) {
      expect(message).toMatchObject({ term: 4, leader: 0, prevLogIndex: 2, prevLogTerm: 3, leaderCommit: 0 });
      expect((message as AppendEntries).entries.map(({ term }) => term)).toEqual([4]);
      expect(after).toBe(0);
    }
    expect([...bench.node.nextIndex]).toEqual([3, 3, 3]);
    expect([...bench.node.matchIndex]).toEqual([2, 0, 0]);
  });

  test('appends nothing when it is told to go without a no-op', () => {
    const bench = leading({ log: entriesOf(1) }, { noop: false });
    expect(termsOf(bench.node)).toEqual([1]);
    bench.fire(HEARTBEAT);
    expect(appendTo(bench, 1).entries).toEqual([]);
  });

  test('forgets what it knew of its followers from an earlier leadership', () => {
    const bench = leading();
    bench.acknowledge(1, 1, 2);
    bench.receive(1, candidacy(5, 1, 9, 9));
    bench.lead();
    expect(bench.node.role).toBe(LEADER);
    expect([...bench.node.matchIndex].slice(1)).toEqual([0, 0]);
    expect(bench.node.commitIndex).toBe(1);
  });
});

describe('commitment', () => {
  test('a leader commits what a majority has on disk, and applies it', () => {
    const bench = leading();
    bench.acknowledge(1, 1);
    expect([bench.node.commitIndex, bench.node.lastApplied]).toEqual([1, 1]);
    bench.ask(requestOf(1, 1));
    bench.sync();
    expect(bench.node.commitIndex).toBe(1);
    bench.acknowledge(2, 2);
    expect([bench.node.commitIndex, bench.out.applied_.map(({ index }) => index)]).toEqual([2, [2]]);
  });

  test('the leader counts itself only when its own write is durable', () => {
    const bench = leading();
    bench.ask(requestOf(1, 1));
    bench.acknowledge(2, 1);
    expect(bench.node.commitIndex).toBe(1);
    bench.sync();
    expect(bench.node.commitIndex).toBe(2);
  });

  test('a majority of followers is enough while the leader’s own disk is slow', () => {
    const bench = leading();
    bench.ask(requestOf(1, 1));
    bench.acknowledge(2, 1, 2);
    expect([bench.node.commitIndex, bench.pending]).toEqual([2, true]);
  });

  test('Figure 8: an entry of an earlier term is not committed by counting, but with one of the leader’s own', () => {
    const bench = leading({ term: 3, log: entriesOf(1, 2) }, { noop: false });
    bench.acknowledge(2, 1, 2);
    expect(bench.node.commitIndex).toBe(0);
    bench.ask(requestOf(1, 1));
    bench.sync();
    bench.acknowledge(3, 1);
    expect(bench.node.commitIndex).toBe(3);
  });

  test('alone in its cluster, a leader commits when its disk has it', () => {
    const bench = new Bench({ nodes: 1 });
    bench.fire(ELECTION);
    bench.syncOne();
    expect([bench.node.role, bench.node.commitIndex]).toEqual([LEADER, 0]);
    bench.syncOne();
    expect(bench.node.commitIndex).toBe(1);
  });

  test('the next heartbeat tells followers what is committed', () => {
    const bench = leading();
    bench.acknowledge(1, 1);
    bench.fire(HEARTBEAT);
    expect(appendTo(bench, 1)).toMatchObject({ prevLogIndex: 1, leaderCommit: 1, entries: [] });
  });
});

describe('backing up', () => {
  const LOG = [1, 1, 1, 4, 4, 5, 5, 6, 6, 6];

  /** A leader with Figure 7’s log, asked to back up from the end. */
  function backsUpTo(conflictTerm: number, conflictIndex: number): AppendEntries {
    const bench = leading({ term: 7, log: entriesOf(...LOG) }, { noop: false });
    bench.receive(1, reject(8, 10, conflictTerm, conflictIndex));
    return appendTo(bench, 1);
  }

  test('Figure 7 (b): to the end of a log that is too short', () => {
    expect(backsUpTo(0, 5)).toMatchObject({ prevLogIndex: 4, prevLogTerm: 4 });
  });

  test('to its last entry of the conflicting term, if it has one', () => {
    expect(backsUpTo(4, 4)).toMatchObject({ prevLogIndex: 5, prevLogTerm: 4 });
  });

  test('Figure 7 (f): before the first entry of a conflicting term that it lacks', () => {
    expect(backsUpTo(3, 7)).toMatchObject({ prevLogIndex: 6, prevLogTerm: 5 });
  });

  test('what it sends then are the entries from there on', () => {
    expect(backsUpTo(0, 5).entries.map(({ term }) => term)).toEqual(LOG.slice(4));
  });

  test('for each follower of Figure 7, the logs agree in the end, in fewer rounds than entries', () => {
    const followers = [
      [1, 1, 1, 4, 4, 5, 5, 6, 6],
      [1, 1, 1, 4],
      [1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 6],
      [1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 7, 7],
      [1, 1, 1, 4, 4, 4, 4],
      [1, 1, 1, 2, 2, 2, 3, 3, 3, 3, 3],
    ];
    for (const log of followers) {
      const leader = leading({ term: 7, log: entriesOf(...LOG) });
      const follower = new Bench({ id: 1, nodes: 3, disk: { term: 7, log: entriesOf(...log) } });
      leader.fire(HEARTBEAT);
      leader.now = 10_000_000;
      leader.fire(HEARTBEAT);
      let rounds = 0;
      while (leader.sentTo(1).length > 0) {
        follower.receive(0, leader.sentTo(1)[0]!);
        leader.receive(1, follower.out.sent[0]!.message);
        expect(++rounds).toBeLessThan(6);
      }
      expect(termsOf(follower.node)).toEqual([...LOG, 8]);
    }
  });

  test('an answer to an earlier question is not listened to', () => {
    const bench = leading({ term: 7, log: entriesOf(...LOG) }, { noop: false });
    bench.receive(1, reject(8, 10, 0, 5));
    bench.receive(1, reject(8, 10, 0, 2));
    expect([bench.sentTo(1), bench.node.nextIndex[1]]).toEqual([[], 5]);
    bench.receive(1, ack(8, 10));
    bench.receive(1, reject(8, 4, 0, 2));
    expect([bench.sentTo(1), bench.node.nextIndex[1], bench.node.matchIndex[1]]).toEqual([[], 11, 10]);
  });

  test('answers of an earlier term and acknowledgements that were overtaken change nothing', () => {
    const bench = leading({ term: 7, log: entriesOf(...LOG) }, { noop: false });
    bench.receive(1, ack(7, 10));
    expect(bench.node.matchIndex[1]).toBe(0);
    bench.receive(1, ack(8, 9));
    bench.receive(1, ack(8, 3));
    expect([bench.node.matchIndex[1], bench.node.nextIndex[1]]).toEqual([9, 11]);
  });

  test('answers that reach who leads no longer change nothing', () => {
    const bench = leading();
    bench.receive(2, appendOf(5, 2));
    bench.receive(1, ack(5, 1));
    bench.receive(1, reject(5, 1, 0, 1));
    expect([bench.out.sent, bench.node.commitIndex]).toEqual([[], 0]);
  });
});

describe('sending entries', () => {
  test('a follower that has entries under way is sent no more until it has answered', () => {
    const bench = leading();
    bench.acknowledge(1, 1, 2);
    bench.ask(requestOf(1, 1));
    expect([appendTo(bench, 1).prevLogIndex, appendTo(bench, 1).entries.length]).toEqual([1, 1]);
    bench.ask(requestOf(2, 1));
    bench.ask(requestOf(3, 1));
    expect(bench.out.sent).toEqual([]);
    bench.acknowledge(2, 1);
    expect([appendTo(bench, 1).prevLogIndex, appendTo(bench, 1).entries.length]).toEqual([2, 2]);
    expect(bench.sentTo(2)).toEqual([]);
  });

  test('a request carries a limited number of entries, and the rest follows', () => {
    const bench = leading({ term: 1, log: entriesOf(1, 1, 1, 1, 1) }, { maxEntriesPerAppend: 2 });
    bench.receive(1, reject(2, 5, 0, 1));
    for (const expected of [
      [1, 2],
      [3, 4],
      [5, 6],
    ]) {
      const { prevLogIndex, entries } = appendTo(bench, 1);
      expect([prevLogIndex + 1, prevLogIndex + entries.length]).toEqual(expected);
      bench.acknowledge(prevLogIndex + entries.length, 1);
    }
    expect(bench.out.sent).toEqual([]);
  });

  test('followers that need the same share one message', () => {
    const bench = leading();
    bench.acknowledge(1, 1, 2);
    bench.ask(requestOf(1, 1));
    expect(bench.sentTo(1)[0]).toBe(bench.sentTo(2)[0]);
  });

  test('a message that was sent does not change when the log does', () => {
    const bench = leading();
    bench.acknowledge(1, 1, 2);
    bench.ask(requestOf(1, 1));
    const sent = appendTo(bench, 1);
    const copy = JSON.stringify(sent);
    bench.ask(requestOf(2, 1));
    bench.acknowledge(2, 1);
    bench.receive(2, appendOf(9, 2, [1, 1], entriesOf(9)));
    expect(JSON.stringify(sent)).toBe(copy);
  });

  test('entries that go unanswered are sent again', () => {
    const bench = leading();
    let repeated = 0;
    for (let i = 1; i <= 10; i++) {
      bench.now = i * HEARTBEATS;
      bench.fire(HEARTBEAT);
      expect(bench.out.timers).toEqual([{ timer: HEARTBEAT, at: bench.now + HEARTBEATS }]);
      expect(bench.sentTo(1).length).toBe(1);
      if (appendTo(bench, 1).entries.length > 0) repeated++;
    }
    expect(repeated).toBeGreaterThan(1);
    expect(repeated).toBeLessThan(10);
  });

  test('a follower that answers again after a long silence gets what it lacks within a second', () => {
    const bench = leading();
    bench.acknowledge(1, 1, 2);
    bench.ask(requestOf(1, 1));
    const MINUTE = 60_000_000;
    while (bench.now < MINUTE + 1_000_000) {
      bench.now += HEARTBEATS;
      bench.fire(HEARTBEAT);
      const { prevLogIndex, entries } = appendTo(bench, 1);
      if (bench.now < MINUTE) continue;
      bench.acknowledge(prevLogIndex + entries.length, 1);
    }
    expect(bench.node.matchIndex[1]).toBe(2);
  });
});

test('all of a follower’s log comes to agree with the leader’s, whatever it held', () => {
  const log = fc
    .array(fc.integer({ min: 1, max: 5 }), { maxLength: 10 })
    .map((terms) => terms.toSorted((a, b) => a - b));
  fc.assert(
    fc.property(log, log, fc.integer({ min: 1, max: 4 }), (ours, theirs, maxEntriesPerAppend) => {
      for (let i = 1; i < Math.min(ours.length, theirs.length); i++) {
        // What one leader appended at an index is the same everywhere, and so is all before it.
        fc.pre(ours[i] !== theirs[i] || ours[i - 1] === theirs[i - 1]);
      }
      const leader = leading({ term: 6, log: entriesOf(...ours) }, { maxEntriesPerAppend });
      const follower = new Bench({ id: 1, nodes: 3, disk: { term: 6, log: entriesOf(...theirs) } });
      leader.now = 10_000_000;
      leader.fire(HEARTBEAT);
      for (let rounds = 0; leader.sentTo(1).length > 0; rounds++) {
        expect(rounds).toBeLessThan(30);
        follower.receive(0, leader.sentTo(1)[0]!);
        const answer = answerOf(follower);
        follower.sync();
        leader.receive(1, answer);
      }
      expect(termsOf(follower.node)).toEqual([...ours, 7]);
      expect(leader.node.matchIndex[1]).toBe(ours.length + 1);
    }),
  );
});
