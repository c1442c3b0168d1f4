import { describe, expect, test } from 'vitest';
import { allVoters, configuration } from './configuration.ts';
import { cloneDisk, tearWrite, writeDisk } from './disk.ts';
import { APPEND_ENTRIES, type Entry, INSTALL_SNAPSHOT, type InstallSnapshot, type RaftDisk } from './messages.ts';
import { ELECTION, HEARTBEAT } from './node.ts';
import { RULES } from './rules/index.ts';
import { Dice } from './testing/dice.ts';
import {
  ack,
  appendOf,
  chunkOf,
  entriesOf,
  entryOf,
  installReply,
  reject,
  requestOf,
  requestVoteOf,
  valueOf,
  voteReply,
} from './testing/messages.ts';
import { appendTo, firstReplyOf, termsOf, TestNode } from './testing/node.ts';
import { ReliableCluster } from './testing/reliable-cluster.ts';

/** Entries in which one session appends its sequence numbers to x. */
function appending(term: number, count: number, from = 1): Entry[] {
  return Array.from({ length: count }, (_, i) =>
    entryOf(term, requestOf(1, from + i, { op: 'append', value: `${from + i}` })),
  );
}

/** A follower of three that has applied this many entries of term 1. */
function following(count: number, options = {}): TestNode {
  const node = new TestNode({ nodes: 3, disk: { term: 1 }, options });
  node.receive(1, appendOf(1, 1, [0, 0], appending(1, count), count));
  return node;
}

/** The disk when all writes are durable. */
function diskOf(node: TestNode, writes: TestNode['out']['writes'][number][]): RaftDisk {
  const disk = node.protocol.freshDisk(0);
  for (const write of writes) writeDisk(disk, write);
  return disk;
}

function partTo(node: TestNode, to: number): InstallSnapshot {
  const message = node.sentTo(to).find(({ type }) => type === INSTALL_SNAPSHOT);
  if (message?.type !== INSTALL_SNAPSHOT) throw new Error('no InstallSnapshot');
  return message;
}

/** The leader of three, in term 2, with a log of ten entries of which those up to the fifth are compacted away. */
function leadingCompacted(options = {}): TestNode {
  const node = new TestNode({
    nodes: 3,
    disk: { term: 1, log: appending(1, 9) },
    options: { snapshotTrailing: 3, ...options },
  });
  node.lead();
  node.acknowledge(10, 1);
  node.now += 50_000;
  node.admin({ kind: 'snapshot' });
  expect([node.state.snapshot.index, node.state.log.base, node.state.log.lastIndex]).toEqual([10, 7, 10]);
  return node;
}

describe('§5.1 snapshotting memory-based state machines', () => {
  test('§5.1 a snapshot covers what has been applied, and carries the index and term of its last entry', () => {
    const node = new TestNode({ nodes: 3, disk: { term: 2 } });
    node.receive(1, appendOf(2, 1, [0, 0], [...appending(1, 2), ...appending(2, 2, 3)], 3));
    expect(node.admin({ kind: 'snapshot' })).toBe(null);
    expect(node.state.snapshot).toMatchObject({ index: 3, term: 2 });
    expect(node.state.snapshot.records).toContainEqual(valueOf('x', '123'));
    expect([node.state.log.base, termsOf(node.state).length, node.state.log.lastIndex]).toEqual([3, 1, 4]);
  });

  test('§5.1 each node takes its snapshots independently of the leader', () => {
    const node = following(5, { snapshotEvery: 5 });
    expect([node.state.snapshot.index, node.out.sent.map(({ to }) => to)]).toEqual([5, [1]]);
  });

  test('§5.1 the latest configuration as of the last entry goes into the snapshot, and not a later one', () => {
    const [first, second] = [configuration([0, 1]), configuration([0, 1, 2])];
    const node = new TestNode({ nodes: 3, disk: { term: 1 } });
    const log = [entryOf(1, null, first), ...appending(1, 2), entryOf(1, null, second)];
    node.receive(1, appendOf(1, 1, [0, 0], log, 3));
    node.admin({ kind: 'snapshot' });
    expect(node.state.snapshot).toMatchObject({ index: 3, configuration: first, configurationIndex: 1 });
    expect([node.state.configuration, node.state.configurationIndex]).toEqual([second, 4]);
    node.receive(2, appendOf(2, 2, [3, 1], entriesOf(2)));
    expect([node.state.configuration, node.state.configurationIndex]).toEqual([first, 1]);
  });

  test('§5.1 what AppendEntries are checked against is kept: index and term of the last compacted entry', () => {
    const node = following(4);
    node.admin({ kind: 'snapshot' });
    expect([node.state.log.base, node.state.log.term(4), node.state.log.has(3)]).toEqual([4, 1, false]);
    node.receive(1, appendOf(2, 1, [4, 1], entriesOf(2)));
    expect([firstReplyOf(node), node.state.log.lastIndex]).toEqual([ack(2, 5), 5]);
    node.receive(1, appendOf(2, 1, [4, 2], entriesOf(2)));
    expect(firstReplyOf(node).success).toBe(false);
  });

  test('§5.1 a request that begins before the log does matches, and its known entries are skipped', () => {
    const node = following(4);
    node.admin({ kind: 'snapshot' });
    node.receive(1, appendOf(1, 1, [1, 1], [...appending(1, 3, 2), ...appending(1, 2, 5)], 5));
    expect([firstReplyOf(node), node.state.log.lastIndex, node.state.lookup('x')]).toEqual([ack(1, 6), 6, '12345']);
    node.receive(1, appendOf(1, 1, [0, 0], appending(1, 2)));
    expect([firstReplyOf(node), node.out.writes]).toEqual([ack(1, 2), []]);
  });

  test('§5.1 a log that was compacted completely is as up to date as it was', () => {
    const node = following(4);
    node.admin({ kind: 'snapshot' });
    node.receive(2, requestVoteOf(2, 2, 3, 1));
    expect(node.sentTo(2)).toEqual([voteReply(2, false)]);
    node.receive(2, requestVoteOf(3, 2, 4, 1));
    expect(node.sentTo(2)).toEqual([voteReply(3)]);
    node.fire(ELECTION);
    expect(node.sentTo(1)).toEqual([requestVoteOf(4, 0, 4, 1)]);
  });

  test('§5.1 a node that restarts has the state of its snapshot, and all that is in it is committed', () => {
    const node = following(6);
    const writes = [...node.out.writes];
    node.admin({ kind: 'snapshot' });
    writes.push(...node.out.writes);
    const disk = diskOf(node, writes);
    const { state } = new TestNode({ nodes: 3, disk });
    expect([state.commitIndex, state.lastApplied, state.log.base, state.log.lastIndex, state.stableIndex]).toEqual([
      6, 6, 6, 6, 6,
    ]);
    expect([state.lookup('x'), state.store.hash]).toEqual(['123456', node.state.store.hash]);
  });

  test('§5.1 the snapshot replaces the log in one write: a crash leaves the old state or the new', () => {
    const node = following(6, { snapshotTrailing: 2 });
    const before = diskOf(node, node.out.writes);
    node.admin({ kind: 'snapshot' });
    expect(node.out.writes.length).toBe(1);
    const [write] = node.out.writes;
    expect(tearWrite(write!, new Dice(1))).toBe(null);
    const after = cloneDisk(before);
    writeDisk(after, write!);
    expect([before.log.length, after.base, after.baseTerm, after.log.length]).toEqual([6, 4, 1, 2]);
    for (const disk of [before, after]) {
      const { state } = new TestNode({ nodes: 3, disk });
      expect(state.log.lastIndex).toBe(6);
    }
  });

  test('§5.1 sessions are part of the state: what was executed before a snapshot is not executed after it', () => {
    const node = following(3);
    node.admin({ kind: 'snapshot' });
    const disk: RaftDisk = { ...node.protocol.freshDisk(0), term: 1, snapshot: node.state.snapshot };
    const restarted = new TestNode({ nodes: 3, disk: { ...disk, base: 3, baseTerm: 1 } });
    restarted.receive(1, appendOf(1, 1, [3, 1], appending(1, 2, 3), 5));
    expect(restarted.state.lookup('x')).toBe('1234');
  });

  test('§5.1 a leader sends a snapshot when it has discarded what the follower needs next, and entries otherwise', () => {
    const node = leadingCompacted();
    node.receive(1, ack(2, 10));
    node.receive(2, reject(2, 9, 0, 8));
    expect(node.sentTo(2).map(({ type }) => type)).not.toContain(INSTALL_SNAPSHOT);
    expect(appendTo(node, 2)).toMatchObject({ prevLogIndex: 7, prevLogTerm: 1 });
    const other = leadingCompacted();
    other.receive(2, reject(2, 9, 0, 7));
    expect(partTo(other, 2)).toMatchObject({ lastIndex: 10, lastTerm: 2, offset: 0 });
  });

  test('§5.1.2 a snapshot is taken by number of entries or by their size, and not before', () => {
    const byCount = following(4, { snapshotEvery: 5, snapshotTrailing: 0 });
    expect(byCount.state.snapshot.index).toBe(0);
    byCount.receive(1, appendOf(1, 1, [4, 1], appending(1, 1, 5), 5));
    expect([byCount.state.snapshot.index, byCount.state.log.base]).toEqual([5, 5]);
    const bySize = following(4, { snapshotBytes: 80 });
    expect(bySize.state.snapshot.index).toBe(0);
    bySize.receive(1, appendOf(1, 1, [4, 1], appending(1, 1, 5), 5));
    expect(bySize.state.snapshot.index).toBe(5);
    bySize.receive(1, appendOf(1, 1, [5, 1], appending(1, 4, 6), 9));
    expect(bySize.state.snapshot.index).toBe(5);
  });

  test('some entries before a snapshot stay, as many as the options say', () => {
    expect(following(10, { snapshotEvery: 10 }).state.log.base).toBe(0);
    expect(following(10, { snapshotEvery: 10, snapshotTrailing: 4 }).state.log.base).toBe(6);
    expect(following(10, { snapshotEvery: 10, snapshotTrailing: 0 }).state.log.base).toBe(10);
  });
});

describe('Figure 5.3 InstallSnapshot, the receiver', () => {
  const RECORDS = [valueOf('x', 'abc'), valueOf('y', 'def')];
  const [first, second] = [RECORDS.slice(0, 1), RECORDS.slice(1)];

  test('Figure 5.3, 1: the reply to a chunk of a stale term carries the current one, and nothing else happens', () => {
    const node = new TestNode({ disk: { term: 3 } });
    node.receive(1, chunkOf(2, 1, [5, 2], { records: RECORDS }));
    expect(node.sentTo(1)).toEqual([installReply(3, 5, 0)]);
    expect([node.state.lastApplied, node.out.writes, node.out.timers, node.state.leader]).toEqual([0, [], [], -1]);
  });

  test('Figure 5.3: a chunk is contact from the leader', () => {
    const node = new TestNode({ disk: { term: 2 } });
    node.receive(1, chunkOf(3, 1, [5, 2], { records: first, done: false }));
    expect([node.state.term, node.state.leader]).toEqual([3, 1]);
    expect(node.out.timers.map(({ timer }) => timer)).toContain(ELECTION);
  });

  test('Figure 5.3, 2–4: chunks are stored in order, and each reply carries the next offset', () => {
    const node = new TestNode({ disk: { term: 2 } });
    node.receive(1, chunkOf(2, 1, [5, 2], { records: first, done: false }));
    expect(node.sentTo(1)).toEqual([installReply(2, 5, first[0]!.bytes)]);
    expect([node.state.lastApplied, node.out.restoredSnapshots]).toEqual([0, []]);
    node.receive(1, chunkOf(2, 1, [5, 2], { records: second, offset: first[0]!.bytes }));
    expect(node.sentTo(1)).toEqual([installReply(2, 5, first[0]!.bytes + second[0]!.bytes, true)]);
    expect([node.state.lookup('x'), node.state.lookup('y'), node.state.lastApplied]).toEqual(['abc', 'def', 5]);
  });

  test('Figure 5.3, 3: a duplicated chunk is stored once', () => {
    const node = new TestNode({ disk: { term: 2 } });
    for (let copy = 0; copy < 2; copy++) {
      node.receive(1, chunkOf(2, 1, [5, 2], { records: first, done: false }));
      expect(node.sentTo(1)).toEqual([installReply(2, 5, first[0]!.bytes)]);
    }
    expect(node.state.incoming!.records).toEqual(first);
  });

  test('Figure 5.3, 3: a chunk after a gap is not stored, even if it is the last', () => {
    const node = new TestNode({ disk: { term: 2 } });
    node.receive(1, chunkOf(2, 1, [5, 2], { records: second, offset: first[0]!.bytes }));
    expect(node.sentTo(1)).toEqual([installReply(2, 5, 0)]);
    expect(node.state.lastApplied).toBe(0);
  });

  test('Figure 5.3: chunks of different snapshots are not mixed', () => {
    const node = new TestNode({ disk: { term: 2 } });
    node.receive(1, chunkOf(2, 1, [5, 2], { records: first, done: false }));
    node.receive(1, chunkOf(2, 1, [7, 2], { records: [valueOf('z', 'z')] }));
    expect([node.state.lookup('x'), node.state.lookup('z'), node.state.snapshot.index]).toEqual([null, 'z', 7]);
  });

  test('Figure 5.3, 5: a complete snapshot is saved in one write, and acknowledged when that is durable', () => {
    const node = new TestNode({ disk: { term: 2 } });
    node.receive(1, chunkOf(2, 1, [5, 2], { records: RECORDS }));
    expect(node.out.writes).toMatchObject([
      { kind: 'snapshot', snapshot: { index: 5, term: 2 }, base: 5, baseTerm: 2 },
    ]);
    expect(node.out.sent[0]!.after).toBe(node.out.lastTicket);
    expect(node.state.stableIndex).toBe(0);
    node.sync();
    expect(node.state.stableIndex).toBe(5);
  });

  test('Figure 5.3, 6: entries after the snapshot stay if the log has its last entry', () => {
    const node = new TestNode({ disk: { term: 2, log: entriesOf(1, 1, 2, 2) } });
    node.receive(1, chunkOf(2, 1, [3, 2], { records: RECORDS }));
    expect([node.state.log.base, node.state.log.lastIndex, node.state.log.lastTerm]).toEqual([3, 4, 2]);
    expect([node.state.commitIndex, node.state.lastApplied]).toEqual([3, 3]);
    expect(node.out.writes).toMatchObject([{ kind: 'snapshot', keepsLog: true }]);
  });

  test('Figure 5.3, 7: otherwise the whole log is discarded', () => {
    const node = new TestNode({ disk: { term: 3, log: entriesOf(1, 1, 1, 1) } });
    node.receive(1, chunkOf(3, 1, [3, 2], { records: RECORDS }));
    expect([node.state.log.base, node.state.log.lastIndex, node.state.log.lastTerm]).toEqual([3, 3, 2]);
    expect(node.out.writes).toMatchObject([{ kind: 'snapshot', keepsLog: false }]);
    node.sync();
    expect(node.state.stableIndex).toBe(3);
  });

  test('Figure 5.3, 7: pending writes make nothing durable of a log that was discarded', () => {
    const node = new TestNode({ disk: { term: 1 } });
    node.receive(1, appendOf(1, 1, [0, 0], entriesOf(1, 1, 1, 1)));
    node.receive(2, chunkOf(3, 2, [3, 2], { records: RECORDS }));
    node.receive(2, appendOf(3, 2, [3, 2], entriesOf(3)));
    const stable: number[] = [];
    while (node.hasPendingWrite) {
      node.syncOne();
      stable.push(node.state.stableIndex);
    }
    // Entries of term 1, term 3, the snapshot, the entry of term 3.
    expect(stable).toEqual([0, 0, 3, 4]);
  });

  test('Figure 5.3, 8: the state machine is replaced, and the configuration of the snapshot is in force', () => {
    const node = following(2);
    const after = configuration([0, 1]);
    const changes = { records: [valueOf('y', 'b')], configuration: after, configurationIndex: 6 };
    node.receive(1, chunkOf(1, 1, [8, 1], changes));
    expect([node.state.lookup('x'), node.state.lookup('y')]).toEqual([null, 'b']);
    expect([node.state.configuration, node.state.configurationIndex]).toEqual([after, 6]);
    expect(node.out.restoredSnapshots).toEqual([{ index: 8, stateHash: node.state.store.hash }]);
  });

  test('Figure 5.3, 8: a configuration after the snapshot stays in force if its entry stays', () => {
    const later = configuration([0, 1]);
    const node = new TestNode({ nodes: 3, disk: { term: 1, log: [...entriesOf(1, 1), entryOf(1, null, later)] } });
    node.receive(1, chunkOf(1, 1, [2, 1], { configuration: allVoters(3) }));
    expect([node.state.configuration, node.state.configurationIndex]).toEqual([later, 3]);
    const other = new TestNode({ nodes: 3, disk: { term: 1, log: [...entriesOf(1, 1), entryOf(1, null, later)] } });
    other.receive(1, chunkOf(2, 1, [2, 2], { configuration: allVoters(3) }));
    expect([other.state.configuration, other.state.configurationIndex]).toEqual([allVoters(3), 0]);
  });

  test('§5.1 a snapshot of committed entries is useless: it is acknowledged and not installed', () => {
    const node = following(6);
    node.receive(1, chunkOf(1, 1, [6, 1], { records: RECORDS }));
    expect([node.state.lookup('x'), node.out.restoredSnapshots, node.out.writes]).toEqual(['123456', [], []]);
    expect(node.sentTo(1)).toEqual([installReply(1, 6, 0, true)]);
  });

  test('a node that restarts in the middle gets the snapshot from its beginning', () => {
    const restarted = new TestNode({ disk: { term: 2 } });
    restarted.receive(1, chunkOf(2, 1, [5, 2], { records: second, offset: first[0]!.bytes, done: false }));
    expect(restarted.sentTo(1)).toEqual([installReply(2, 5, 0)]);
  });
});

describe('Figure 5.3 InstallSnapshot, the leader', () => {
  /** A leader whose second follower needs a snapshot, which has several parts. */
  function sending(): TestNode {
    const node = leadingCompacted({ snapshotChunk: 1 });
    node.receive(2, reject(2, 9, 0, 1));
    expect(partTo(node, 2)).toMatchObject({ offset: 0, done: false });
    return node;
  }

  test('Figure 5.3: a chunk is sent after the reply to the previous one, and the last one says so', () => {
    const node = sending();
    const { records } = node.state.snapshot;
    expect(records.length).toBe(2);
    node.receive(2, installReply(2, 10, records[0]!.bytes));
    expect(partTo(node, 2)).toMatchObject({ offset: records[0]!.bytes, records: [records[1]], done: true });
  });

  test('Figure 5.3: the chunks hold as much as fits, and one record at least', () => {
    const node = leadingCompacted({ snapshotChunk: 4096 });
    node.receive(2, reject(2, 9, 0, 1));
    expect(partTo(node, 2)).toMatchObject({ offset: 0, done: true, records: node.state.snapshot.records });
  });

  test('a chunk without a reply is sent again', () => {
    const node = sending();
    let repeated = 0;
    for (let i = 0; i < 20; i++) {
      node.now += 50_000;
      node.fire(HEARTBEAT);
      expect(node.sentTo(2).length).toBeGreaterThan(0);
      repeated += node.sentTo(2).filter(({ type }) => type === INSTALL_SNAPSHOT).length;
    }
    expect(repeated).toBeGreaterThan(2);
    expect(repeated).toBeLessThan(20);
  });

  test('a snapshot that cannot be read is not sent; heartbeats are, and it is read again when it counts as lost', () => {
    const node = leadingCompacted();
    const sentInAWhile = (): Set<number> => {
      const types = new Set<number>();
      for (let i = 0; i < 20; i++) {
        node.now += 50_000;
        node.fire(HEARTBEAT);
        for (const { type } of node.sentTo(2)) types.add(type);
      }
      return types;
    };
    node.out.isReadable = false;
    node.receive(2, reject(2, 9, 0, 1));
    expect(node.sentTo(2)).toEqual([]);
    expect([...sentInAWhile()]).toEqual([APPEND_ENTRIES]);
    node.out.isReadable = true;
    expect(sentInAWhile()).toContain(INSTALL_SNAPSHOT);
  });

  test('a follower that has lost its chunks gets them again when one has been sent again, and a stale reply has no effect', () => {
    const [first = 0, second = 0] = sending().state.snapshot.records.map(({ bytes }) => bytes);
    // It has none of them left; or, since the first one has come again meanwhile, only that one.
    for (const left of [0, first]) {
      const node = sending();
      node.receive(2, installReply(2, 10, first));
      node.receive(2, installReply(2, 10, first + second));
      partTo(node, 2);
      node.receive(2, installReply(2, 10, left));
      expect(node.sentTo(2)).toEqual([]);
      node.now += 50_000;
      node.fire(HEARTBEAT);
      expect(partTo(node, 2)).toMatchObject({ offset: first + second });
      node.receive(2, installReply(2, 10, left));
      expect(partTo(node, 2)).toMatchObject({ offset: left });
    }
  });

  test('when the follower has all of it, entries follow', () => {
    const node = sending();
    node.request(requestOf(2, 1));
    expect(node.sentTo(2)).toEqual([]);
    node.receive(2, installReply(2, 10, 0, true));
    expect([node.state.matchIndex[2], appendTo(node, 2).prevLogIndex]).toEqual([10, 10]);
  });

  test('a snapshot that is installed counts as acknowledgement of everything in it', () => {
    const node = new TestNode({ nodes: 3, disk: { term: 1 }, options: { snapshotTrailing: 0 } });
    node.lead();
    node.acknowledge(1, 1);
    node.admin({ kind: 'snapshot' });
    node.receive(2, reject(2, 0, 0, 1));
    node.receive(2, installReply(2, 1, 0, true));
    expect(node.state.matchIndex[2]).toBe(1);
    node.receive(2, installReply(1, 9, 0, true));
    expect(node.state.matchIndex[2]).toBe(1);
  });

  test('a snapshot in flight stays the same when the leader takes another', () => {
    const node = sending();
    const { records } = node.state.snapshot;
    node.request(requestOf(2, 1, { key: 'z' }));
    node.commit(1);
    node.admin({ kind: 'snapshot' });
    expect(node.state.snapshot.index).toBe(11);
    node.receive(2, installReply(2, 10, records[0]!.bytes));
    expect(partTo(node, 2)).toMatchObject({ lastIndex: 10, offset: records[0]!.bytes, done: true });
  });

  test('a node that lacks everything catches up by snapshot and entries', () => {
    const cluster = ReliableCluster.of(3, { options: { snapshotEvery: 5, snapshotTrailing: 1, snapshotChunk: 40 } });
    cluster.elect(0);
    cluster.cutOff.add(2);
    for (let i = 1; i <= 12; i++)
      cluster.request(0, requestOf(1, i, { op: 'append', key: `k${i % 3}`, value: `${i} ` }));
    cluster.cutOff.clear();
    for (let i = 0; i < 10; i++) cluster.heartbeat(0);
    const [leader, , last] = cluster.nodes.map(({ state }) => state);
    expect([last!.lastApplied, last!.store.hash]).toEqual([leader!.lastApplied, leader!.store.hash]);
    expect(last!.log.base).toBeGreaterThan(0);
  });
});

test('§5.1 a follower needs a snapshot if the entry before those it lacks is compacted', () => {
  const { state } = following(5, { snapshotEvery: 5, snapshotTrailing: 2 });
  expect(RULES.needsSnapshot(state, 2)).toBe(true);
  expect(RULES.needsSnapshot(state, 3)).toBe(false);
});
