import { describe, expect, test } from 'vitest';

import { appendTo, candidate, convergedLeader, follower, leader, termsOf } from './testing/node.ts';
import { appendOf, entriesOf, requestOf } from './testing/messages.ts';
import { HEARTBEAT } from './node.ts';

// The extended version of the Raft paper (Ongaro and Ousterhout, 2014), section 5.3, rule by rule: replication and
// commitment.

const HEARTBEATS = 50_000;

describe('handling a request', () => {
  test('§5.3 a leader serves clients as soon as it is elected', () => {
    const node = candidate({ nodes: 3 });
    node.request(requestOf(1, 1));
    expect(node.out.replies.map(({ reply }) => reply.status)).toEqual(['redirect']);
    node.lead();
    node.request(requestOf(1, 1));
    expect([node.out.replies, node.state.log.lastIndex]).toEqual([[], 2]);
  });

  test('§5.3 the leader appends the command as a new entry with its term, and writes it to disk', () => {
    const node = convergedLeader();
    const request = requestOf(1, 1);
    node.request(request);
    expect(termsOf(node.state)).toEqual([5, 5]);
    expect(node.state.log.entry(2)).toMatchObject({ term: 5, request });
    expect(node.out.writes).toEqual([{ kind: 'log', from: 2, entries: [node.state.log.entry(2)] }]);
  });

  test('§5.3 the leader sends the entry to all others in parallel', () => {
    const node = convergedLeader();
    node.request(requestOf(1, 1));
    for (const to of [1, 2]) {
      expect(appendTo(node, to)).toMatchObject({ prevLogIndex: 1, prevLogTerm: 5, leaderCommit: 1 });
      expect(appendTo(node, to).entries).toEqual([node.state.log.entry(2)]);
    }
  });

  test('§5.3 the leader applies the entry and replies to the client when it is replicated, and not before', () => {
    const node = convergedLeader();
    node.request(requestOf(1, 1));
    node.sync();
    expect([node.out.replies, node.state.lastApplied]).toEqual([[], 1]);
    node.acknowledge(2, 2);
    expect(node.out.appliedEntries.map(({ index }) => index)).toEqual([2]);
    expect(node.out.replies.map(({ to, reply }) => [to, reply.status, reply.value])).toEqual([[101, 'ok', '1.1']]);
  });

  test('§5.3 the leader repeats AppendEntries for ever, also after its reply to the client', () => {
    const node = convergedLeader();
    node.request(requestOf(1, 1));
    node.sync();
    node.acknowledge(2, 1);
    expect(node.out.replies.length).toBe(1);
    let last = 0;
    for (node.now = HEARTBEATS; node.now <= 60_000_000; node.now += HEARTBEATS) {
      node.fire(HEARTBEAT);
      if (appendTo(node, 2).entries.length > 0) last = node.now;
    }
    expect(last).toBeGreaterThan(59_000_000);
  });

  test('§5.3 entries number from 1, one after the other', () => {
    const node = convergedLeader();
    for (let sequence = 1; sequence <= 4; sequence++) {
      node.request(requestOf(1, sequence));
      expect(node.state.log.lastIndex).toBe(1 + sequence);
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
    '§5.3 an entry is committed when a majority has it: of %i nodes, the leader and %j: %i',
    (nodes, others, commit) => {
      const node = leader({ nodes });
      node.acknowledge(1, ...[1, 2, 3, 4].slice(0, nodes - 1));
      node.request(requestOf(1, 1));
      node.sync();
      node.acknowledge(2, ...others);
      expect(node.state.commitIndex).toBe(commit);
    },
  );

  test.each([
    [[4], [4, 5]],
    [
      [1, 2, 3],
      [1, 2, 3, 5],
    ],
  ])('§5.3 an entry commits all entries before it, also those of earlier leaders: %j', (log, terms) => {
    const node = leader({ nodes: 3, disk: { log: entriesOf(...log) } });
    expect([node.state.commitIndex, termsOf(node.state)]).toEqual([0, terms]);
    node.acknowledge(terms.length, 1);
    expect(node.state.commitIndex).toBe(terms.length);
    expect(node.out.appliedEntries.map(({ index }) => index)).toEqual(terms.map((_, i) => i + 1));
  });

  test('§5.3 every AppendEntries, heartbeats included, carries the leader’s commitIndex', () => {
    const node = convergedLeader();
    node.fire(HEARTBEAT);
    expect(appendTo(node, 2)).toMatchObject({ entries: [], leaderCommit: 1 });
    node.request(requestOf(1, 1));
    expect(appendTo(node, 2)).toMatchObject({ leaderCommit: 1 });
    node.sync();
    node.acknowledge(2, 1);
    node.fire(HEARTBEAT);
    expect(appendTo(node, 1)).toMatchObject({ entries: [], leaderCommit: 2 });
  });

  test('§5.3 a heartbeat carries what has been committed since the last one', () => {
    const node = leader();
    node.acknowledge(1, 4);
    node.fire(HEARTBEAT);
    expect(appendTo(node, 4)).toMatchObject({ prevLogIndex: 1, entries: [], leaderCommit: 0 });
    node.acknowledge(1, 1);
    node.fire(HEARTBEAT);
    expect(appendTo(node, 1)).toMatchObject({ prevLogIndex: 1, entries: [], leaderCommit: 1 });
  });

  test.each([0, 1, 2, 3])(
    '§5.3 a follower applies entries as soon as it learns that they are committed: %i of them',
    (commit) => {
      const node = follower();
      node.receive(1, appendOf(5, 1, [0, 0], entriesOf(5, 5, 5)));
      expect(node.state.lastApplied).toBe(0);
      node.receive(1, appendOf(5, 1, [3, 5], [], commit));
      expect([node.state.commitIndex, node.state.lastApplied]).toEqual([commit, commit]);
      expect(node.out.appliedEntries.map(({ index }) => index)).toEqual([1, 2, 3].slice(0, commit));
    },
  );

  test('§5.3 entries are applied in the order of the log, each once, however often the commit is received', () => {
    const node = follower();
    const applied: number[] = [];
    for (const [prev, commit] of [
      [0, 2],
      [3, 1],
      [3, 2],
      [3, 3],
      [3, 3],
    ] as const) {
      node.receive(1, appendOf(5, 1, [prev, prev === 0 ? 0 : 5], prev === 0 ? entriesOf(5, 5, 5) : [], commit));
      applied.push(...node.out.appliedEntries.map(({ index }) => index));
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
      const node = follower({ disk: { log: entriesOf(5, 5, 5, 5) } });
      node.receive(1, appendOf(5, 1, prev, entriesOf(...sent), leaderCommit));
      expect(node.state.commitIndex).toBe(commit);
    },
  );

  test('§5.3 a commitIndex does not go back when a leader knows of less', () => {
    const node = follower({ disk: { log: entriesOf(5, 5) } });
    node.receive(1, appendOf(5, 1, [2, 5], [], 2));
    node.receive(2, appendOf(6, 2, [2, 5], [], 0));
    expect(node.state.commitIndex).toBe(2);
  });

  test('§5.3 one slow follower does not delay a majority', () => {
    const node = convergedLeader();
    for (let sequence = 1; sequence <= 3; sequence++) {
      node.request(requestOf(1, sequence));
      node.sync();
      node.acknowledge(1 + sequence, 1);
      expect(node.out.replies.map(({ reply }) => reply.status)).toEqual(['ok']);
    }
    expect(node.state.matchIndex[2]).toBe(1);
  });
});
