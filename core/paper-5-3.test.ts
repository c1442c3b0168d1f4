import { describe, expect, test } from 'vitest';
import { appendTo, candidate, follower, leader, convergedLeader } from './testing/messages.ts';
import { appendOf, entriesOf, requestOf, termsOf } from './testing/node.ts';
import { HEARTBEAT } from './node.ts';

// The extended version of the Raft paper (Ongaro and Ousterhout, 2014), section 5.3, rule by rule: replication and commitment.

const HEARTBEATS = 50_000;

describe('a request’s way', () => {
  test('§5.3 a leader serves clients as soon as it is elected', () => {
    const bench = candidate({ nodes: 3 });
    bench.ask(requestOf(1, 1));
    expect(bench.out.replies.map(({ reply }) => reply.status)).toEqual(['redirect']);
    bench.lead();
    bench.ask(requestOf(1, 1));
    expect([bench.out.replies, bench.node.log.lastIndex]).toEqual([[], 2]);
  });

  test('§5.3 the leader appends the command as a new entry with its term, and writes it down', () => {
    const bench = convergedLeader();
    const request = requestOf(1, 1);
    bench.ask(request);
    expect(termsOf(bench.node)).toEqual([5, 5]);
    expect(bench.node.log.entry(2)).toMatchObject({ term: 5, request });
    expect(bench.out.writes).toEqual([{ kind: 'log', from: 2, entries: [bench.node.log.entry(2)] }]);
  });

  test('§5.3 the leader sends the entry to all others in parallel', () => {
    const bench = convergedLeader();
    bench.ask(requestOf(1, 1));
    for (const to of [1, 2]) {
      expect(appendTo(bench, to)).toMatchObject({ prevLogIndex: 1, prevLogTerm: 5, leaderCommit: 1 });
      expect(appendTo(bench, to).entries).toEqual([bench.node.log.entry(2)]);
    }
  });

  test('§5.3 the leader applies the entry and answers the client when it is replicated, and not before', () => {
    const bench = convergedLeader();
    bench.ask(requestOf(1, 1));
    bench.sync();
    expect([bench.out.replies, bench.node.lastApplied]).toEqual([[], 1]);
    bench.acknowledge(2, 2);
    expect(bench.out.applied_.map(({ index }) => index)).toEqual([2]);
    expect(bench.out.replies.map(({ to, reply }) => [to, reply.status, reply.value])).toEqual([[101, 'ok', '1.1']]);
  });

  test('§5.3 the leader repeats AppendEntries for ever, also when it has answered the client', () => {
    const bench = convergedLeader();
    bench.ask(requestOf(1, 1));
    bench.sync();
    bench.acknowledge(2, 1);
    expect(bench.out.replies.length).toBe(1);
    let last = 0;
    for (bench.now = HEARTBEATS; bench.now <= 60_000_000; bench.now += HEARTBEATS) {
      bench.fire(HEARTBEAT);
      if (appendTo(bench, 2).entries.length > 0) last = bench.now;
    }
    expect(last).toBeGreaterThan(59_000_000);
  });

  test('§5.3 entries number from 1, one after the other', () => {
    const bench = convergedLeader();
    for (let sequence = 1; sequence <= 4; sequence++) {
      bench.ask(requestOf(1, sequence));
      expect(bench.node.log.lastIndex).toBe(1 + sequence);
    }
  });
});

describe('commitment', () => {
  test.each([
    [1, [], 2],
    [2, [], 1],
    [2, [1], 2],
    [3, [], 1],
    [3, [1], 2],
    [4, [1], 1],
    [4, [1, 2], 2],
    [5, [4], 1],
    [5, [2, 4], 2],
    [5, [1, 2, 3, 4], 2],
  ] as const)(
    '§5.3 an entry is committed when a majority has it: of %i servers, the leader and %j: %i',
    (nodes, others, commit) => {
      const bench = leader({ nodes });
      bench.acknowledge(1, ...[1, 2, 3, 4].slice(0, nodes - 1));
      bench.ask(requestOf(1, 1));
      bench.sync();
      bench.acknowledge(2, ...others);
      expect(bench.node.commitIndex).toBe(commit);
    },
  );

  test.each([
    [[4], [4, 5]],
    [
      [1, 2, 3],
      [1, 2, 3, 5],
    ],
  ])('§5.3 an entry commits all entries before it, also those of earlier leaders: %j', (log, terms) => {
    const bench = leader({ nodes: 3, disk: { log: entriesOf(...log) } });
    expect([bench.node.commitIndex, termsOf(bench.node)]).toEqual([0, terms]);
    bench.acknowledge(terms.length, 1);
    expect(bench.node.commitIndex).toBe(terms.length);
    expect(bench.out.applied_.map(({ index }) => index)).toEqual(terms.map((_, i) => i + 1));
  });

  test('§5.3 the leader tells in every AppendEntries, heartbeats included, how far it has committed', () => {
    const bench = convergedLeader();
    bench.fire(HEARTBEAT);
    expect(appendTo(bench, 2)).toMatchObject({ entries: [], leaderCommit: 1 });
    bench.ask(requestOf(1, 1));
    expect(appendTo(bench, 2)).toMatchObject({ leaderCommit: 1 });
    bench.sync();
    bench.acknowledge(2, 1);
    bench.fire(HEARTBEAT);
    expect(appendTo(bench, 1)).toMatchObject({ entries: [], leaderCommit: 2 });
  });

  test('§5.3 a heartbeat tells of what has been committed since the last one', () => {
    const bench = leader();
    bench.acknowledge(1, 4);
    bench.fire(HEARTBEAT);
    expect(appendTo(bench, 4)).toMatchObject({ prevLogIndex: 1, entries: [], leaderCommit: 0 });
    bench.acknowledge(1, 1);
    bench.fire(HEARTBEAT);
    expect(appendTo(bench, 1)).toMatchObject({ prevLogIndex: 1, entries: [], leaderCommit: 1 });
  });

  test.each([0, 1, 2, 3])(
    '§5.3 a follower applies entries as soon as it learns that they are committed: %i of them',
    (commit) => {
      const bench = follower();
      bench.receive(1, appendOf(5, 1, [0, 0], entriesOf(5, 5, 5)));
      expect(bench.node.lastApplied).toBe(0);
      bench.receive(1, appendOf(5, 1, [3, 5], [], commit));
      expect([bench.node.commitIndex, bench.node.lastApplied]).toEqual([commit, commit]);
      expect(bench.out.applied_.map(({ index }) => index)).toEqual([1, 2, 3].slice(0, commit));
    },
  );

  test('§5.3 entries are applied in the order of the log, each once, however often it is told', () => {
    const bench = follower();
    const applied: number[] = [];
    for (const [prev, commit] of [
      [0, 2],
      [3, 1],
      [3, 2],
      [3, 3],
      [3, 3],
    ] as const) {
      bench.receive(1, appendOf(5, 1, [prev, prev === 0 ? 0 : 5], prev === 0 ? entriesOf(5, 5, 5) : [], commit));
      applied.push(...bench.out.applied_.map(({ index }) => index));
    }
    expect(applied).toEqual([1, 2, 3]);
  });

  test.each([
    ['less than its entries', [0, 0], [5, 5], 1, 1],
    ['all of its entries', [0, 0], [5, 5], 2, 2],
    ['more than what it covers', [0, 0], [5, 5], 4, 2],
    ['more than what a heartbeat covers', [1, 5], [], 4, 1],
    ['nothing', [4, 5], [], 0, 0],
  ] as const)(
    'Figure 2 a follower commits what it has compared and no more: a leader that has committed %s',
    (_, prev, sent, leaderCommit, commit) => {
      const bench = follower({ disk: { log: entriesOf(5, 5, 5, 5) } });
      bench.receive(1, appendOf(5, 1, prev, entriesOf(...sent), leaderCommit));
      expect(bench.node.commitIndex).toBe(commit);
    },
  );

  test('§5.3 a commitIndex does not go back when a leader knows of less', () => {
    const bench = follower({ disk: { log: entriesOf(5, 5) } });
    bench.receive(1, appendOf(5, 1, [2, 5], [], 2));
    bench.receive(2, appendOf(6, 2, [2, 5], [], 0));
    expect(bench.node.commitIndex).toBe(2);
  });

  test('§5.3 one slow follower does not hold up a majority', () => {
    const bench = convergedLeader();
    for (let sequence = 1; sequence <= 3; sequence++) {
      bench.ask(requestOf(1, sequence));
      bench.sync();
      bench.acknowledge(1 + sequence, 1);
      expect(bench.out.replies.map(({ reply }) => reply.status)).toEqual(['ok']);
    }
    expect(bench.node.matchIndex[2]).toBe(1);
  });
});
