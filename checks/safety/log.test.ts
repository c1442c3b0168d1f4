import { describe, expect, test } from 'vitest';
import type { AppendEntries } from '../../core/messages.ts';
import { entry, FakeCluster, n1, n2, n3, request } from '../testing/fake-cluster.ts';

const A = request(1, 1);
const B = request(2, 1);

/** n1 leads term 1, and its log is that of n2: a no-op and two puts. */
function replicated(enabled?: readonly string[]): FakeCluster {
  const cluster = new FakeCluster(3, enabled === undefined ? {} : { enabled });
  cluster.elect(n1, [n2]);
  cluster.append(n1, null, A, B);
  cluster.sync(n1);
  cluster.replicate(n1, n2);
  return cluster;
}

describe('[I2] LogMatching', () => {
  /** n3 stores what n1 sent, with another request at index 2. */
  function doctored(enabled?: readonly string[]): FakeCluster {
    const cluster = replicated(enabled);
    const message = cluster.offer(n1, n3, 0);
    const entries = message.entries.with(1, entry(1, request(3, 1)));
    cluster.accept(n3, { ...message, entries });
    return cluster;
  }

  test('[I2] two logs with another entry at the same index and term are rejected, before anything else', () => {
    expect(doctored().violation).toMatchObject({ invariant: 'I2', node: n3, agreement: 1 });
  });

  test('[I2] the report shows where either log was seen first', () => {
    const { violation } = doctored(['I2']);
    expect(violation?.summary).toBe('two different logs end in index 2, term 1');
    expect(violation?.witnesses).toMatchObject([
      { label: 'A', node: n1, text: 'index 2 {term 1, put x 1.1} first at n1' },
      { label: 'B', node: n3, text: 'index 2 {term 1, put x 3.1} at n3' },
    ]);
    expect(violation!.witnesses[0]!.event).toBeLessThan(violation!.witnesses[1]!.event);
  });

  test('[I2] equal last entries after different ones are rejected', () => {
    const cluster = new FakeCluster(3, { enabled: ['I2'] });
    cluster.elect(n1, [n2], 2);
    cluster.append(n1, A, B);
    cluster.step(n2, (node) => {
      node.entries.push(entry(1));
      node.entries.push(cluster.node(n1).entries[1]!);
    });
    expect(cluster.violation).toMatchObject({ invariant: 'I2', node: n2, agreement: 0 });
  });

  test('[I2] a leader that wins its term again after a crash and appends other entries is rejected', () => {
    const cluster = new FakeCluster(3, { enabled: ['I2'] });
    cluster.elect(n1, [n2]);
    cluster.append(n1, A);
    cluster.replicate(n1, n2);
    cluster.restart(n1);
    cluster.elect(n1, [n2], 1);
    cluster.append(n1, B);
    expect(cluster.violation).toMatchObject({ invariant: 'I2', node: n1 });
  });

  test('[I2] a disk with another entry of that index and term is rejected', () => {
    const cluster = replicated(['I2']);
    cluster.step(n2, (_node, out) => out.persist({ kind: 'log', from: 3, entries: [entry(1, request(4, 1))] }));
    cluster.sync(n2);
    expect(cluster.violation).toMatchObject({ invariant: 'I2', node: n2, agreement: 2 });
  });

  test('[I2] entries of different terms at the same index are accepted', () => {
    const cluster = new FakeCluster(3);
    cluster.elect(n1, [n2], 1);
    cluster.append(n1, A);
    cluster.elect(n3, [n2], 2);
    cluster.append(n3, A);
    cluster.sync(n1);
    cluster.sync(n3);
    expect(cluster.end()).toBeNull();
  });

  test('[I2] the same request at two indices of one term is accepted', () => {
    const cluster = new FakeCluster(3);
    cluster.elect(n1, [n2]);
    cluster.append(n1, A, A);
    cluster.sync(n1);
    cluster.replicate(n1, n3);
    expect(cluster.end()).toBeNull();
  });

  test('[I2] nodes that copy entries instead of sharing them have the same logs', () => {
    const cluster = replicated();
    const message = cluster.offer(n1, n3, 0);
    const entries = message.entries.map(({ term, request: sent }) =>
      entry(term, sent && { ...sent, command: { ...sent.command } }),
    );
    cluster.accept(n3, { ...message, entries });
    cluster.sync(n3);
    expect(cluster.end()).toBeNull();
  });
});

describe('[I5] LeaderAppendOnly', () => {
  test('[I5] a leader that truncates its log is rejected', () => {
    const cluster = replicated();
    cluster.step(n1, (node) => (node.entries.length = 1));
    expect(cluster.violation).toMatchObject({ invariant: 'I5', node: n1, agreement: 1 });
    expect(cluster.violation?.witnesses).toMatchObject([{ label: 'A', node: n1 }]);
    expect(cluster.violation?.summary).toContain('from index 2');
  });

  test('[I5] a leader that overwrites its last entry is rejected', () => {
    const cluster = new FakeCluster(3, { logs: [[1], [1], [1]] });
    cluster.elect(n1, [n2], 2);
    cluster.step(n1, (node) => (node.entries[0] = entry(2)));
    expect(cluster.violation).toMatchObject({ invariant: 'I5', node: n1, agreement: 0 });
  });

  test('[I5] a leader that steps down and truncates its log in the same event is accepted', () => {
    const cluster = new FakeCluster(3);
    cluster.elect(n1, [n2], 1);
    cluster.append(n1, A, B);
    cluster.sync(n1);
    cluster.elect(n3, [n2], 2);
    cluster.append(n3, null);
    cluster.sync(n3);
    cluster.accept(n1, cluster.offer(n3, n1, 0));
    expect(cluster.node(n1).entries).toHaveLength(1);
    expect(cluster.marks.get('log-truncated')).toBe(1);
    cluster.sync(n1);
    expect(cluster.end()).toBeNull();
  });

  test('[I5] a leader that restarts after a crash without its last entries is accepted', () => {
    const cluster = new FakeCluster(3);
    cluster.elect(n1, [n2]);
    cluster.append(n1, A);
    cluster.restart(n1);
    expect(cluster.node(n1).entries).toHaveLength(0);
    expect(cluster.end()).toBeNull();
  });

  test('[I5] a follower that truncates its log for the leader of a later term is accepted', () => {
    const cluster = new FakeCluster(3, { logs: [[1, 3], [1, 2, 2], [1]], terms: [3, 3, 3] });
    cluster.elect(n1, [n3], 4);
    cluster.replicate(n1, n2);
    expect(cluster.disk(n2).log.map(({ term }) => term)).toEqual([1, 3]);
    expect(cluster.end()).toBeNull();
  });
});

describe('[I15] LogTermsMonotonic', () => {
  test('[I15] a log whose terms decrease is rejected', () => {
    const cluster = new FakeCluster(3);
    cluster.enterTerm(n1, 2);
    cluster.step(n1, (node) => node.entries.push(entry(2), entry(1)));
    // The entries have no leader, either.
    expect(cluster.violation?.invariant).toBe('I18');
    const isolated = new FakeCluster(3, { enabled: ['I15'] });
    isolated.enterTerm(n1, 2);
    isolated.step(n1, (node) => node.entries.push(entry(2), entry(1)));
    expect(isolated.violation).toMatchObject({ invariant: 'I15', node: n1 });
    expect(isolated.violation?.summary).toBe('in the log of n1, term 2 at index 1 is followed by term 1');
  });

  test('[I15] terms that decrease in a log given at the beginning are rejected', () => {
    expect(new FakeCluster(1, { logs: [[2, 1]], terms: [2] }).violation?.invariant).toBe('I15');
  });

  test('[I15] an entry of a term that its node has not reached is rejected', () => {
    const cluster = new FakeCluster(3);
    cluster.elect(n1, [n2]);
    cluster.append(n1, A);
    cluster.step(n3, (node) => node.entries.push(cluster.node(n1).entries[0]!));
    expect(cluster.violation).toMatchObject({ invariant: 'I15', node: n3 });
    expect(cluster.violation?.summary).toBe('n3 holds an entry of term 1 while its current term is 0');
  });

  test('[I15] a node that boots with entries of a later term than that on its disk is rejected', () => {
    const cluster = new FakeCluster(3);
    cluster.elect(n1, [n2]);
    cluster.append(n1, A);
    const message = cluster.offer(n1, n3, 0);
    cluster.step(n3, (_node, out) => out.persist({ kind: 'log', from: 1, entries: message.entries }));
    cluster.sync(n3);
    cluster.restart(n3);
    expect(cluster.violation).toMatchObject({ invariant: 'I15', node: n3 });
  });

  test('[I15] terms that skip some, and a node beyond the term of its last entry, are accepted', () => {
    const cluster = new FakeCluster(3, { logs: [[1, 1, 4], [1], []], terms: [6, 6, 6] });
    cluster.elect(n1, [n2], 9);
    cluster.write(n1, [n2, n3], A);
    cluster.enterTerm(n3, 12);
    expect(cluster.end()).toBeNull();
  });
});

describe('[I18] LeaderOwnsItsTerm', () => {
  test('[I18] an entry that the leader of its term never had there is rejected', () => {
    const cluster = replicated();
    cluster.step(n2, (node) => node.entries.push(entry(1, request(5, 1))));
    expect(cluster.violation).toMatchObject({ invariant: 'I18', node: n2, witnesses: [{ label: 'A', node: n2 }] });
    expect(cluster.violation?.summary).toContain(
      'n2 holds an entry of term 1, but n1, leader of that term, never had it there',
    );
  });

  test('[I18] an entry of a term without a leader is rejected', () => {
    const cluster = new FakeCluster(3);
    cluster.startDurableElection(n1);
    cluster.step(n1, (node) => node.entries.push(entry(1)));
    expect(cluster.violation).toMatchObject({ invariant: 'I18', node: n1 });
    expect(cluster.violation?.summary).toContain('has no leader');
  });

  test('[I18] a leader that appends entries of an earlier term than its own is rejected', () => {
    const cluster = new FakeCluster(3, { logs: [[1], [1], [1]] });
    cluster.elect(n1, [n2], 2);
    cluster.step(n1, (node) => node.entries.push(entry(1)));
    expect(cluster.violation).toMatchObject({ invariant: 'I18', node: n1 });
  });

  test('[I18] an entry that was only ever on a disk is rejected', () => {
    const cluster = replicated();
    cluster.step(n2, (_node, out) => out.persist({ kind: 'log', from: 4, entries: [entry(1)] }));
    cluster.sync(n2);
    expect(cluster.violation).toMatchObject({ invariant: 'I18', node: n2 });
  });

  test('[I18] entries of a leader that crashed before any other node had them are accepted from its disk', () => {
    const cluster = new FakeCluster(3);
    cluster.elect(n1, [n2]);
    cluster.append(n1, A);
    cluster.crash(n1, 1);
    cluster.elect(n3, [n2], 2);
    cluster.boot(n1);
    cluster.elect(n1, [n2], 3);
    cluster.replicate(n1, n2);
    expect(cluster.disk(n2).log).toHaveLength(1);
    expect(cluster.end()).toBeNull();
  });

  test('[I18] entries that were there before the run need no leader', () => {
    const cluster = new FakeCluster(3, { logs: [[1, 2], [1, 2, 3], []], terms: [4, 4, 4] });
    cluster.elect(n2, [n3], 5);
    cluster.replicate(n2, n3);
    cluster.replicate(n2, n1);
    expect(cluster.end()).toBeNull();
  });

  test('[I18] once all nodes have booted, a node that restarts with entries no leader has created is rejected', () => {
    const cluster = new FakeCluster(3, { logs: [[1], [1], []] });
    cluster.crash(n3);
    Object.assign(cluster.disk(n3), { term: 1 });
    cluster.disk(n3).log.push(entry(1), entry(1));
    cluster.boot(n3);
    expect(cluster.violation).toMatchObject({ invariant: 'I18', node: n3 });
  });
});

describe('[I12] MatchValid, when a disk loses entries', () => {
  test('[I12] a disk that loses what the leader of its term has counted is rejected', () => {
    const cluster = replicated();
    cluster.step(n2, (_node, out) => out.persist({ kind: 'log', from: 3, entries: [] }));
    cluster.sync(n2);
    expect(cluster.violation).toMatchObject({ invariant: 'I12', node: n2 });
    expect(cluster.violation?.summary).toContain('has counted up to matchIndex 3');
  });

  test('[I12] a disk that loses entries, but none that the leader has counted, is accepted', () => {
    const cluster = new FakeCluster(3, { logs: [[1], [1, 2, 2], [1]], terms: [3, 3, 3] });
    cluster.elect(n1, [n3], 4);
    cluster.append(n1, A);
    cluster.sync(n1);
    cluster.replicate(n1, n2, 1);
    expect(cluster.node(n1).matchIndex[n2]).toBe(1);
    cluster.replicate(n1, n2);
    expect(cluster.disk(n2).log.map(({ term }) => term)).toEqual([1, 4]);
    expect(cluster.end()).toBeNull();
  });

  test('[I12] a disk may lose what the leader of an earlier term has counted', () => {
    const cluster = new FakeCluster(5);
    cluster.elect(n1, [n2, n3], 1);
    cluster.append(n1, A);
    cluster.sync(n1);
    cluster.replicate(n1, n2);
    cluster.elect(n3, [3, 4], 2);
    cluster.append(n3, B);
    cluster.replicate(n3, n2);
    expect(cluster.node(n1)).toMatchObject({ role: 2, matchIndex: [1, 1, 0, 0, 0] });
    expect(cluster.disk(n2).log.map(({ term }) => term)).toEqual([2]);
    expect(cluster.end()).toBeNull();
  });
});

test('a delayed AppendEntries that is shorter than the log leaves the log as it is', () => {
  const cluster = replicated();
  const short: AppendEntries = cluster.offer(n1, n2, 0, 1);
  cluster.replicate(n1, n2);
  cluster.accept(n2, short);
  cluster.accept(n2, cluster.offer(n1, n2, 1, 1));
  expect(cluster.node(n2).entries).toHaveLength(3);
  expect(cluster.end()).toBeNull();
});
