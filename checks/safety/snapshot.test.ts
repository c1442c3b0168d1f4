import { describe, expect, test } from 'vitest';
import type { InstallSnapshot, Snapshot } from '../../core/messages.ts';
import { FOLLOWER } from '../../core/view.ts';
import { entry, FakeCluster, type FakeClusterOptions, members, n1, n2, n3, request } from '../testing/fake-cluster.ts';

const A = request(1, 1);
const B = request(2, 1);
const C = request(3, 1);

/** n1 leads term 1 and has committed four entries with n2; n3 has the first. `compacted`: n1 has only a snapshot. */
function behind(options: FakeClusterOptions = {}, compacted = true): FakeCluster {
  const cluster = new FakeCluster(3, options);
  cluster.elect(n1, [n2]);
  cluster.append(n1, null);
  cluster.sync(n1);
  for (const node of [n2, n3]) cluster.replicate(n1, node);
  cluster.write(n1, [n2], A, B, C);
  if (compacted) {
    cluster.snapshot(n1);
    cluster.sync(n1);
  }
  return cluster;
}

/** n1 takes a snapshot that is not what it should be. */
function doctored(change: (snapshot: Snapshot) => Partial<Snapshot>, options: FakeClusterOptions = {}): FakeCluster {
  const cluster = behind(options, false);
  cluster.step(n1, (node) => {
    const snapshot = node.takeSnapshot();
    node.snapshot = { ...snapshot, ...change(snapshot) };
  });
  return cluster;
}

describe('[I22] PointerOrder', () => {
  test('[I22] a log that is compacted beyond the snapshot is rejected', () => {
    const cluster = behind({}, false);
    cluster.step(n1, (node) => {
      node.snapshot = node.takeSnapshot();
    });
    expect(cluster.violation).toBeNull();
    const early = behind({}, false);
    early.step(n1, (node) => node.compactTo(2));
    expect(early.violation).toMatchObject({ invariant: 'I22', node: n1 });
    expect(early.violation?.summary).toBe('n1 has compacted its log up to index 2, but its snapshot is of index 0');
  });

  test('[I22] a snapshot of what has not been applied is rejected', () => {
    const cluster = behind();
    cluster.replicate(n1, n2);
    cluster.restart(n2);
    cluster.step(n2, (node) => {
      node.snapshot = cluster.node(n1).snapshot;
      node.commitIndex = 4;
    });
    expect(cluster.violation).toMatchObject({ invariant: 'I22', node: n2 });
    expect(cluster.violation?.summary).toBe('n2 has a snapshot of index 4, but has applied only up to 0');
  });

  test('[I22] a log that keeps some entries before its snapshot is accepted', () => {
    const cluster = behind({}, false);
    cluster.snapshot(n1, 2);
    cluster.sync(n1);
    expect(cluster.node(n1)).toMatchObject({ base: 2, snapshot: { index: 4 } });
    expect(cluster.disk(n1)).toMatchObject({ base: 2, baseTerm: 1 });
    expect(cluster.marks.get('log-compacted')).toBe(1);
    expect(cluster.end()).toBeNull();
  });
});

describe('[I27] SnapshotFaithful, of what is taken', () => {
  test.each([
    ['another state', () => ({ records: [] }), 'with another state than that of replaying the committed log'],
    ['another term', () => ({ term: 2 }), 'term 2, but the committed entry there is of term 1'],
    [
      'other members',
      () => ({ configuration: members([n1, n2]) }),
      'with configuration voters n1, n2 of index 0, but the committed log has voters n1, n2, n3 of index 0',
    ],
    [
      'another place of its configuration',
      () => ({ configurationIndex: 2 }),
      'with configuration voters n1, n2, n3 of index 2, but the committed log has voters n1, n2, n3 of index 0',
    ],
    ['another log time', () => ({ time: 7 }), 'with log time 7, but the committed log has 0'],
    ['an index that no node has committed', () => ({ index: 9 }), 'which no node has committed'],
  ])('[I27] a snapshot with %s is rejected', (_what, change, words) => {
    const cluster = doctored(change, { enabled: ['I27'] });
    expect(cluster.violation).toMatchObject({ invariant: 'I27', node: n1 });
    expect(cluster.violation?.summary).toContain(words);
  });

  test('[I27] a snapshot that lacks the sessions is rejected', () => {
    const cluster = doctored((snapshot) => {
      const [all] = snapshot.records;
      const contents = JSON.parse(all?.kind === 'value' ? all.value : '{}') as { sessions: unknown[]; hash: number };
      const value = JSON.stringify({ ...contents, sessions: [], hash: contents.hash + 1 });
      return { records: [{ kind: 'value', key: '(everything)', value, bytes: 100 }] };
    });
    expect(cluster.violation).toMatchObject({ invariant: 'I27', node: n1 });
  });

  test('[I27] a snapshot on disk is checked like one in memory', () => {
    const cluster = behind();
    cluster.step(n1, (node, out) => {
      const { snapshot, base, baseTerm } = node;
      out.persist({ kind: 'snapshot', snapshot: { ...snapshot, records: [] }, base, baseTerm, keepsLog: true });
    });
    expect(cluster.violation).toBeNull();
    cluster.sync(n1);
    expect(cluster.violation).toMatchObject({ invariant: 'I27', node: n1 });
  });

  test('[I27] a snapshot that goes back is rejected', () => {
    const cluster = behind();
    const { snapshot } = cluster.node(n1);
    cluster.write(n1, [n2], request(1, 2));
    cluster.snapshot(n1);
    cluster.step(n1, (node) => (node.snapshot = snapshot));
    expect(cluster.violation).toMatchObject({ invariant: 'I27', node: n1 });
    expect(cluster.violation?.summary).toBe('the snapshot of n1 went from index 5 back to 4');
  });

  test('[I27] a log that begins after an entry that no node has had is rejected', () => {
    const cluster = behind({ enabled: ['I27'] }, false);
    cluster.step(n1, (node) => {
      node.snapshot = node.takeSnapshot();
      node.compactTo(4);
      node.baseTerm = 7;
    });
    expect(cluster.violation).toMatchObject({ invariant: 'I27', node: n1 });
    expect(cluster.violation?.summary).toContain('begins after index 4, term 7, which no node has ever had');
  });

  test('[I27] snapshots taken at any time, of logs with configurations and sessions, are accepted', () => {
    const cluster = behind({ sessionTimeout: null });
    cluster.change(n1, [n2], members([n1, n2, n3], { learners: [] }));
    cluster.snapshot(n1);
    cluster.write(n1, [n2], request(1, 2));
    cluster.snapshot(n1);
    cluster.sync(n1);
    expect(cluster.node(n1).snapshot).toMatchObject({ index: 6, configurationIndex: 5 });
    expect(cluster.marks.get('snapshot-taken')).toBe(3);
    expect(cluster.end()).toBeNull();
  });
});

describe('[I27] SnapshotFaithful, of what is installed', () => {
  /** n3 handles the snapshot of n1. */
  function installed(change?: Parameters<FakeCluster['install']>[2], options: FakeClusterOptions = {}): FakeCluster {
    const cluster = behind(options);
    cluster.install(n3, cluster.offerSnapshot(n1, n3), change);
    return cluster;
  }

  test('[I27] a follower that installs the snapshot, and appends entries after it, is accepted', () => {
    const cluster = installed();
    cluster.sync(n3);
    expect(cluster.node(n3)).toMatchObject({ base: 4, commitIndex: 4, lastApplied: 4 });
    cluster.write(n1, [n3], request(1, 2));
    cluster.replicate(n1, n3);
    expect(cluster.node(n3).lastApplied).toBe(5);
    expect(cluster.marks.get('snapshot-installed')).toBe(1);
    expect(cluster.end()).toBeNull();
  });

  test('[I27] a state that is not that of the snapshot is rejected', () => {
    const cluster = behind();
    const message = cluster.offerSnapshot(n1, n3);
    cluster.install(n3, { ...message, records: [] });
    expect(cluster.violation).toMatchObject({ invariant: 'I27', node: n3 });
    const state = behind();
    state.install(n3, message);
    state.checks.restored(n3, 4, 77);
    expect(state.violation?.summary).toContain('differs from that of replaying the committed log');
  });

  test('[I27] a snapshot that undoes what was applied is rejected', () => {
    const cluster = installed();
    cluster.write(n1, [n3], request(1, 2));
    cluster.replicate(n1, n3);
    cluster.checks.restored(n3, 4, cluster.node(n1).machine.hash);
    expect(cluster.violation).toMatchObject({ invariant: 'I27', node: n3 });
    expect(cluster.violation?.summary).toContain('replaced its state, applied up to index 5,');
  });

  test('[I9] one that lowers the commitIndex is found by that first', () => {
    const cluster = behind();
    const message = cluster.offerSnapshot(n1, n2);
    cluster.write(n1, [n2], request(1, 2));
    cluster.replicate(n1, n2);
    cluster.step(n2, (node) => Object.assign(node, { commitIndex: 4 }));
    expect(message.lastIndex).toBe(4);
    expect(cluster.violation).toMatchObject({ invariant: 'I9', node: n2 });
  });

  /** n2 has everything that n1 has committed, and an entry more, but knows of one commit only. */
  function ahead(options: FakeClusterOptions = {}): FakeCluster {
    const cluster = behind(options);
    cluster.append(n1, request(1, 2));
    cluster.sync(n1);
    cluster.replicate(n1, n2);
    cluster.restart(n2);
    return cluster;
  }

  test('[I27] entries after a snapshot that fits are kept', () => {
    const cluster = ahead();
    cluster.install(n2, cluster.offerSnapshot(n1, n2));
    expect(cluster.node(n2)).toMatchObject({ base: 4, entries: [{}], commitIndex: 4 });
    expect(cluster.marks.get('log-suffix-kept')).toBe(1);
    cluster.sync(n2);
    expect(cluster.disk(n2).log).toHaveLength(1);
    expect(cluster.end()).toBeNull();
  });

  test('[I27] a follower that drops them is rejected', () => {
    const cluster = ahead();
    cluster.install(n2, cluster.offerSnapshot(n1, n2), (node) => (node.entries.length = 0));
    expect(cluster.violation).toMatchObject({ invariant: 'I27', node: n2 });
    expect(cluster.violation?.summary).toContain('but removed the entries after it up to index 5');
  });

  /** n3 has led term 2 without a follower, and has a log that reaches beyond the snapshot and contradicts it. */
  function diverged(options: FakeClusterOptions = {}): FakeCluster {
    const cluster = new FakeCluster(3, { ...options, logs: [[1], [1], [1, 2, 2, 2, 2]], terms: [2, 2, 2] });
    cluster.elect(n1, [n2], 3);
    cluster.write(n1, [n2], A, B, C);
    cluster.snapshot(n1);
    cluster.sync(n1);
    return cluster;
  }

  test('[I27] a log that contradicts the snapshot is replaced', () => {
    const cluster = diverged();
    cluster.replicate(n1, n3);
    expect(cluster.node(n3)).toMatchObject({ role: FOLLOWER, base: 4, entries: [], lastApplied: 4 });
    expect(cluster.disk(n3)).toMatchObject({ base: 4, baseTerm: 3, log: [] });
    expect(cluster.marks.get('log-discarded')).toBe(1);
    expect(cluster.marks.get('log-truncated')).toBe(1);
    expect(cluster.end()).toBeNull();
  });

  test('[I27] a follower that keeps entries after a snapshot it contradicts is rejected, before anything else', () => {
    const cluster = diverged();
    cluster.install(n3, cluster.offerSnapshot(n1, n3), (node) => node.entries.push(entry(2)));
    expect(cluster.violation).toMatchObject({ invariant: 'I27', node: n3 });
    expect(cluster.violation?.summary).toContain('kept entries after it up to index 5');
  });

  test('[I35] a follower that keeps entries below a snapshot that contradicts them is rejected', () => {
    const cluster = diverged();
    cluster.install(n3, cluster.offerSnapshot(n1, n3), (node) => {
      Object.assign(node, { base: 1, baseTerm: 1 });
      node.entries.push(entry(2), entry(2), entry(2));
    });
    expect(cluster.violation).toMatchObject({ invariant: 'I35', node: n3, agreement: 1 });
    expect(cluster.violation?.summary).toContain('has installed a snapshot of index 4, but its log below that differs');
  });
});

describe('[I35] Refinement', () => {
  test('[I35] a node that restarts with another log below its snapshot is rejected', () => {
    const cluster = behind({ enabled: ['I35'] }, false);
    cluster.replicate(n1, n2);
    cluster.snapshot(n2, 2);
    cluster.sync(n2);
    cluster.crash(n2);
    cluster.disk(n2).log.splice(1, 1, entry(1, request(9, 1)));
    cluster.boot(n2);
    expect(cluster.violation).toMatchObject({ invariant: 'I35', node: n2 });
    expect(cluster.violation?.summary).toContain('restarted with a snapshot of index 4');
  });

  test('[I35] a node that restarts with the entries its snapshot covers is accepted', () => {
    const cluster = behind({}, false);
    cluster.replicate(n1, n2);
    cluster.snapshot(n2, 2);
    cluster.sync(n2);
    cluster.restart(n2);
    expect(cluster.node(n2)).toMatchObject({ base: 2, commitIndex: 4, lastApplied: 4 });
    expect(cluster.end()).toBeNull();
  });
});

describe('after a snapshot', () => {
  test('[I10] a node resumes after its snapshot, whose entries it does not execute again', () => {
    const cluster = behind();
    cluster.restart(n1);
    expect(cluster.node(n1).lastApplied).toBe(4);
    cluster.elect(n1, [n3]);
    cluster.write(n1, [n2], null);
    expect(cluster.end()).toBeNull();
    const again = behind();
    again.crash(n1);
    again.boot(n1, (node) => (node.lastApplied = 2));
    expect(again.violation).toMatchObject({ invariant: 'I10', node: n1 });
    expect(again.violation?.summary).toBe(
      'n1 restarted with lastApplied 2, but the snapshot it restarts from is of index 4',
    );
  });

  test('[I27] a node that boots from the snapshot it has installed is accepted', () => {
    const cluster = new FakeCluster(3, { logs: [[1], [1], [1, 2, 2, 2, 2]], terms: [2, 2, 2] });
    cluster.elect(n1, [n2], 3);
    cluster.write(n1, [n2], A, B, C);
    cluster.snapshot(n1);
    cluster.sync(n1);
    // It replaces a log of the same length.
    const message = cluster.offerSnapshot(n1, n3);
    cluster.install(n3, message);
    cluster.sync(n3);
    cluster.write(n1, [n3], request(1, 2));
    cluster.restart(n3);
    cluster.checks.restored(n3, 4, cluster.node(n3).machine.hash);
    expect(cluster.node(n3).log.lastIndex).toBe(5);
    expect(cluster.marks.get('snapshot-installed')).toBe(1);
    expect(cluster.end()).toBeNull();
  });

  test('a node that crashes before its snapshot is durable restarts with its log', () => {
    const cluster = behind({}, false);
    cluster.snapshot(n1);
    cluster.restart(n1);
    expect(cluster.node(n1)).toMatchObject({ base: 0, lastApplied: 0 });
    expect(cluster.marks.has('entries-lost')).toBe(false);
    cluster.elect(n1, [n2]);
    cluster.write(n1, [n2, n3], null);
    expect(cluster.end()).toBeNull();
  });

  test('a node that crashes before an installed snapshot is durable restarts with the log it discarded', () => {
    const cluster = behind();
    cluster.install(n3, cluster.offerSnapshot(n1, n3));
    cluster.restart(n3);
    expect(cluster.node(n3)).toMatchObject({ base: 0, entries: [{}] });
    cluster.replicate(n1, n3);
    expect(cluster.node(n3).lastApplied).toBe(4);
    expect(cluster.end()).toBeNull();
  });

  test('[I16] a snapshot that is acknowledged before it is durable is rejected', () => {
    const cluster = behind();
    const reply = cluster.install(n3, cluster.offerSnapshot(n1, n3));
    cluster.send(n3, n1, reply);
    expect(cluster.violation).toMatchObject({ invariant: 'I16', node: n3 });
    expect(cluster.violation?.summary).toBe('n3 acknowledges index 4, but its durable log ends at 1');
  });

  test('[I12] entries up to a matchIndex may be in the snapshots of the follower and of the leader', () => {
    const cluster = behind();
    cluster.replicate(n1, n3);
    const ack = cluster.accept(n2, cluster.offer(n1, n2, 4));
    cluster.sync(n2);
    cluster.snapshot(n2);
    cluster.sync(n2);
    cluster.count(n1, n2, ack);
    expect(cluster.node(n1).matchIndex).toEqual([4, 4, 4]);
    expect(cluster.end()).toBeNull();
  });

  test('[I12] a matchIndex that the snapshot of a follower does not reach is rejected', () => {
    const cluster = behind();
    cluster.replicate(n1, n3);
    cluster.append(n1, request(1, 2));
    cluster.step(n1, (node) => (node.matchIndex[n3] = 5));
    expect(cluster.violation).toMatchObject({ invariant: 'I12', node: n1, agreement: 4 });
  });

  test('[I3] a leader whose snapshot holds what was committed is accepted, one without it is rejected', () => {
    const cluster = behind();
    cluster.restart(n1);
    cluster.elect(n1, [n3], 2);
    expect(cluster.end()).toBeNull();
    cluster.elect(n3, [n2], 3);
    expect(cluster.violation).toMatchObject({ invariant: 'I3', node: n3 });
  });
});

describe('[I20] InstallSnapshot', () => {
  const WRONG: readonly [string, Partial<InstallSnapshot>][] = [
    ['an index beyond its snapshot', { lastIndex: 5 }],
    ['another term at that index', { lastTerm: 2 }],
    ['other members', { configuration: members([n1, n2]) }],
    ['another log time', { time: 5 }],
    ['another leader', { leader: n2 }],
  ];

  test.each(WRONG)('[I20] a leader that sends a snapshot with %s is rejected', (_what, wrong) => {
    const cluster = behind();
    const message = cluster.offerSnapshot(n1, n3);
    expect(cluster.violation).toBeNull();
    cluster.send(n1, n3, { ...message, ...wrong });
    expect(cluster.violation).toMatchObject({ invariant: 'I20', node: n1 });
  });

  test('[I20] a snapshot of a node that does not lead is rejected', () => {
    const cluster = behind();
    cluster.replicate(n1, n2);
    cluster.snapshot(n2);
    cluster.sync(n2);
    cluster.offerSnapshot(n2, n3);
    expect(cluster.violation).toMatchObject({ invariant: 'I20', node: n2 });
  });

  test('[I20] an older snapshot than the last, sent again, is accepted', () => {
    const cluster = behind();
    const message = cluster.offerSnapshot(n1, n3);
    cluster.write(n1, [n2], request(1, 2));
    cluster.snapshot(n1);
    cluster.sync(n1);
    cluster.send(n1, n3, message);
    expect(cluster.end()).toBeNull();
  });

  test('snapshot-resumed: a chunk is sent that does not follow the one before', () => {
    const cluster = behind();
    const whole = cluster.offerSnapshot(n1, n3);
    const part = { ...whole, records: whole.records.slice(0, 1), done: false };
    cluster.send(n1, n3, part);
    cluster.send(n1, n3, { ...part, offset: 100 });
    expect(cluster.marks.has('snapshot-resumed')).toBe(false);
    cluster.send(n1, n3, { ...part, offset: 100 });
    expect(cluster.marks.get('snapshot-resumed')).toBe(1);
    expect(cluster.end()).toBeNull();
  });
});
