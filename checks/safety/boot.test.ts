import { describe, expect, test } from 'vitest';
import type { Entry } from '../../core/messages.ts';
import {
  entry,
  FakeCluster,
  type FakeClusterOptions,
  type FakeNode,
  n1,
  n2,
  n3,
  request,
} from '../testing/fake-cluster.ts';

const A = request(1, 1);
const B = request(2, 1);
const ONLY: FakeClusterOptions = { enabled: ['I36'] };

/** n1 leads term 1 with three entries; n3 has voted for it, has all of them on its disk, and is down. */
function down(options: FakeClusterOptions = {}): FakeCluster {
  const cluster = new FakeCluster(3, options);
  cluster.elect(n1, [n3]);
  cluster.write(n1, [n2, n3], null, A, B);
  cluster.replicate(n1, n3);
  cluster.crash(n3);
  return cluster;
}

/** n3 boots with this difference from its disk. */
function bootedWith(change: (node: FakeNode) => void, options: FakeClusterOptions = {}): FakeCluster {
  const cluster = down(options);
  cluster.boot(n3, change);
  return cluster;
}

function other(term: number): Entry {
  return entry(term, request(9, 9));
}

describe('[I36] StateFromDisk', () => {
  test('[I36] a node that boots in a later term than that on its disk is rejected', () => {
    const cluster = bootedWith((node) => (node.term = 2));
    expect(cluster.violation).toMatchObject({ invariant: 'I36', node: n3, event: cluster.event });
    expect(cluster.violation?.summary).toBe('n3 booted in term 2, but the term on its disk is 1');
    expect(cluster.violation?.witnesses).toMatchObject([
      { label: 'A', node: n3, text: 'on disk: term 1, vote for n1, log ends in index 3 {term 1, put x 2.1}' },
      { label: 'B', node: n3, text: 'in memory: log ends in index 3 {term 1, put x 2.1}' },
    ]);
  });

  test('[I36] a node that boots from a corrupt disk is rejected, whatever it boots with', () => {
    const cluster = down();
    cluster.disk(n3).damage = [{ record: 'entry', index: 2 }];
    cluster.boot(n3);
    expect(cluster.violation).toMatchObject({ invariant: 'I36', node: n3 });
    expect(cluster.violation?.summary).toBe('n3 booted although the checksum of entry 2 does not fit');
  });

  test('[I36] so is one that boots in an earlier term, which is I7 first', () => {
    expect(bootedWith((node) => (node.term = 0), ONLY).violation).toMatchObject({ invariant: 'I36', node: n3 });
    expect(bootedWith((node) => (node.term = 0)).violation).toMatchObject({ invariant: 'I7', node: n3 });
  });

  test('[I36] a node that has forgotten its vote is rejected when it boots', () => {
    const { violation } = bootedWith((node) => (node.votedFor = -1));
    expect(violation).toMatchObject({ invariant: 'I36', node: n3 });
    expect(violation?.summary).toContain('but the vote on its disk is for n1');
  });

  test('[I36] so is one that boots with a vote for another candidate', () => {
    const { violation } = bootedWith((node) => (node.votedFor = n2), ONLY);
    expect(violation?.summary).toBe('n3 booted with a vote for n2, but the vote on its disk is for n1');
  });

  test('[I36] a node that has lost the last entry on its disk is rejected when it boots', () => {
    const { violation } = bootedWith((node) => node.entries.pop());
    expect(violation).toMatchObject({ invariant: 'I36', node: n3 });
    expect(violation?.summary).toBe('n3 booted with a log of 1..2, but that on its disk is of 1..3');
    expect(violation?.witnesses[1]).toMatchObject({ text: 'in memory: log ends in index 2 {term 1, put x 1.1}' });
  });

  test('[I36] so is one that has an entry more', () => {
    const { violation } = bootedWith((node) => node.entries.push(other(1)), ONLY);
    expect(violation?.summary).toBe('n3 booted with a log of 1..4, but that on its disk is of 1..3');
  });

  test('[I36] so is one that has another last entry, or others from some index on', () => {
    for (const first of [1, 2, 3]) {
      const { violation } = bootedWith((node) => {
        for (let index = first; index <= 3; index++) node.entries[index - 1] = other(1);
      }, ONLY);
      expect(violation).toMatchObject({ invariant: 'I36', node: n3 });
    }
  });

  test('[I36] so is one that has another entry before an equal last one', () => {
    const { violation } = bootedWith((node) => (node.entries[0] = other(1)), ONLY);
    expect(violation).toMatchObject({ invariant: 'I36', node: n3 });
  });

  test('[I36] so is one that has lost its whole log', () => {
    expect(bootedWith((node) => (node.entries.length = 0)).violation).toMatchObject({ invariant: 'I36', node: n3 });
  });

  /** n3 has a snapshot of index 3, and one entry after it, on its disk. */
  function compacted(options: FakeClusterOptions = {}, trailing = 0): FakeCluster {
    const cluster = down(options);
    cluster.boot(n3);
    cluster.replicate(n1, n3);
    cluster.snapshot(n3, trailing);
    cluster.sync(n3);
    cluster.write(n1, [n2, n3], A);
    cluster.crash(n3);
    expect(cluster.disk(n3)).toMatchObject({ base: 3 - trailing, snapshot: { index: 3 } });
    return cluster;
  }

  test('[I36] a node that boots with another snapshot than that on its disk is rejected', () => {
    for (const change of [{ index: 2 }, { term: 2 }, { bytes: 99 }]) {
      const cluster = compacted(ONLY, 1);
      cluster.boot(n3, (node) => (node.snapshot = { ...node.snapshot, ...change }));
      expect(cluster.violation).toMatchObject({ invariant: 'I36', node: n3 });
    }
  });

  test('[I36] so is one that boots without the entries that its disk keeps before the snapshot', () => {
    const cluster = compacted({}, 1);
    cluster.boot(n3, (node) => node.compactTo(3));
    expect(cluster.violation).toMatchObject({ invariant: 'I36', node: n3 });
    expect(cluster.violation?.summary).toBe('n3 booted with a log of 4..4, but that on its disk is of 3..4');
  });

  test('[I36] a node that boots with what is on its disk is accepted', () => {
    const cluster = bootedWith(() => {});
    cluster.replicate(n1, n3);
    expect(cluster.end()).toBeNull();
  });

  test.each([0, 1])('[I36] so is one with a log that is compacted, with %i entries before its snapshot', (trailing) => {
    const cluster = compacted({}, trailing);
    cluster.boot(n3);
    cluster.restart(n3);
    cluster.replicate(n1, n3);
    expect(cluster.end()).toBeNull();
  });

  test('[I36] so is one whose log ends where its snapshot does', () => {
    const cluster = down();
    cluster.boot(n3);
    cluster.replicate(n1, n3);
    cluster.snapshot(n3);
    cluster.sync(n3);
    cluster.restart(n3);
    expect(cluster.node(n3)).toMatchObject({ base: 3, entries: [] });
    expect(cluster.end()).toBeNull();
  });

  test('[I36] what was not durable yet may be lost in a crash: term, vote, entries and snapshot', () => {
    const cluster = new FakeCluster(3);
    cluster.elect(n1, [n2]);
    cluster.append(n1, A, B);
    cluster.sync(n1);
    cluster.startElection(n3, 1);
    cluster.restart(n3);
    expect(cluster.node(n3)).toMatchObject({ term: 0, votedFor: -1 });
    cluster.accept(n3, cluster.offer(n1, n3, 0));
    cluster.crash(n3, 1);
    cluster.boot(n3);
    expect(cluster.node(n3)).toMatchObject({ term: 1, entries: [] });
    cluster.replicate(n1, n2);
    cluster.commit(n1, 2);
    cluster.snapshot(n1);
    cluster.restart(n1);
    expect(cluster.node(n1)).toMatchObject({ base: 0, snapshot: { index: 0 } });
    expect(cluster.end()).toBeNull();
  });

  test('[I36] a write that had reached the disk before a crash, although the node has not learned of it, is there at boot', () => {
    const cluster = new FakeCluster(3);
    cluster.elect(n1, [n2]);
    cluster.append(n1, A, B);
    cluster.crash(n1, 1);
    cluster.boot(n1);
    expect(cluster.node(n1).entries).toHaveLength(2);
    expect(cluster.end()).toBeNull();
  });

  test('[I36] a node that boots without what had reached its disk in the crash is rejected', () => {
    const cluster = new FakeCluster(3);
    cluster.elect(n1, [n2]);
    cluster.append(n1, A, B);
    cluster.crash(n1, 1);
    cluster.boot(n1, (node) => node.entries.pop());
    expect(cluster.violation).toMatchObject({ invariant: 'I36', node: n1 });
  });

  test('[I36] nodes that boot for the first time from given disks are accepted', () => {
    const cluster = new FakeCluster(3, { logs: [[1, 1, 2], [1, 1], []], terms: [3, 2, 0] });
    cluster.elect(n1, [n2], 4);
    cluster.write(n1, [n2, n3], A);
    expect(cluster.end()).toBeNull();
  });

  test('[I36] a node whose disk was wiped boots with nothing, and is accepted until it takes part', () => {
    const cluster = down();
    cluster.wipe(n3);
    cluster.boot(n3);
    expect(cluster.violation).toBeNull();
    cluster.crash(n3);
    cluster.boot(n3, (node) => (node.term = 1));
    expect(cluster.violation).toMatchObject({ invariant: 'I36', node: n3 });
  });
});

describe('[I22] PointerOrder, at boot', () => {
  test('[I22] a log on the disk that begins after the snapshot there is rejected when the node boots', () => {
    const cluster = down();
    cluster.disk(n3).log.splice(0, 2);
    Object.assign(cluster.disk(n3), { base: 2, baseTerm: 1 });
    cluster.boot(n3);
    expect(cluster.violation).toMatchObject({ invariant: 'I22', node: n3, event: cluster.event });
    expect(cluster.violation?.summary).toBe('n3 has compacted its log up to index 2, but its snapshot is of index 0');
  });

  test('[I22] a log on the disk that begins at the snapshot there, or before it, is accepted', () => {
    for (const trailing of [0, 2]) {
      const cluster = down();
      cluster.boot(n3);
      cluster.replicate(n1, n3);
      cluster.snapshot(n3, trailing);
      cluster.sync(n3);
      cluster.restart(n3);
      expect(cluster.node(n3)).toMatchObject({ base: 3 - trailing, lastApplied: 3 });
      expect(cluster.end()).toBeNull();
    }
  });
});

describe('[Crash] NodeCrash', () => {
  /** n3 throws this instead of handling an event. */
  function thrown(error: unknown, options: FakeClusterOptions = {}): FakeCluster {
    const cluster = down(options);
    cluster.boot(n3);
    cluster.event++;
    cluster.checks.panicked(n3, error);
    cluster.crash(n3);
    return cluster;
  }

  test('[Crash] a node that throws is rejected, with what it has thrown and the state of every node', () => {
    const error = new RangeError('no entry 7');
    const { violation } = thrown(error);
    expect(violation).toMatchObject({
      invariant: 'Crash',
      node: n3,
      summary: 'n3 threw RangeError: no entry 7',
      error,
    });
    expect(violation?.witnesses).toMatchObject([
      { label: 'A', node: n3, text: 'follower of term 1, log up to index 3, commitIndex 0, lastApplied 0' },
      { label: 'B', node: n1, text: 'leader of term 1, log up to index 3, commitIndex 3, lastApplied 3' },
      { label: 'C', node: n2, text: 'follower of term 1, log up to index 3, commitIndex 0, lastApplied 0' },
    ]);
  });

  test('[Crash] a node that throws before it is up is rejected, and described by its disk', () => {
    const cluster = down();
    cluster.event++;
    cluster.checks.panicked(n3, new Error('no boot'));
    expect(cluster.violation).toMatchObject({ invariant: 'Crash', node: n3 });
    expect(cluster.violation?.witnesses[0]).toMatchObject({ text: 'down, with a log up to index 3 on disk' });
  });

  test.each([
    ['a text', 'gone', 'n3 threw gone'],
    ['nothing', undefined, 'n3 threw undefined'],
    ['an object', { code: 7 }, 'n3 threw [object Object]'],
  ])('[Crash] %s that is thrown is described', (_what, error, summary) => {
    expect(thrown(error).violation).toMatchObject({ invariant: 'Crash', summary });
  });

  test('[Crash] what broke earlier is what is reported', () => {
    const cluster = down();
    cluster.boot(n3, (node) => node.entries.pop());
    cluster.event++;
    cluster.checks.panicked(n3, new Error('no entry 3'));
    expect(cluster.violation?.invariant).toBe('I36');
  });

  test('[Crash] a node that crashes without throwing is accepted', () => {
    const cluster = down();
    cluster.boot(n3);
    expect(cluster.end()).toBeNull();
  });
});
